"""The hazardous-drug list: what is known of a drug's danger to those who handle it, and what handling follows (R35, R38, R39).

Every entry ships unconfirmed. What is unconfirmed, overdue or not known makes handling stricter, never looser.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

Niosh = Literal["1", "2", "none", ""]
Level = Literal["full containment", "alternative containment", "no hazardous handling"]
Status = Literal["unconfirmed", "confirmed"]
UNKNOWN = "not recorded"
REVIEW_MONTHS = 12
"""The list, and each assessment of risk, is reviewed at least this often (R38)."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """An assessment of risk: why less than full containment is enough, and what is done instead (R38)."""

    number: str
    """How the site calls it."""
    risk: str
    """Type of drug, its form and the risk, in words."""
    packaging: str
    """How it is packed."""
    manipulation: str
    """What is done with it here."""
    containment: str
    """The alternative containment and work practices."""
    assessed_on: date
    """Day of the assessment or of its last review."""

    @property
    def due(self) -> date:
        """The day by which it is reviewed."""
        return a_year_after(self.assessed_on)


@dataclass(frozen=True, slots=True)
class Hazard:
    """One drug in one form."""

    drug: str
    """Generic name in lower case."""
    form: str
    """Dosage form: injection, tablet, capsule …"""
    niosh_table: Niosh
    """Table of the NIOSH list; none: looked up and not there; empty: not looked up."""
    antineoplastic: bool | None
    """None: not recorded."""
    mshi: bool | None
    """The maker's special handling information stands in the label; None: not recorded."""
    manipulated: bool
    """More is done with it here than counting or packaging."""
    api: bool
    """Handled as a bulk powder."""
    source: str
    """What it was read in, in words, with the edition."""
    standing: Literal["S", "K", "D", ""]
    """S seen in a public source, K general knowledge, D a default of this project; empty: the site's own."""
    assessment: Assessment | None = None
    """None: there is none, and none is needed for full containment."""


@dataclass(frozen=True, slots=True)
class Handling:
    """How it is handled, and why."""

    level: Level
    """Which of the three."""
    why: str
    """The reason, in words."""
    alert: str = ""
    """What quality assurance must see to; empty for nothing."""


@dataclass(frozen=True, slots=True)
class Wear:
    """What is worn and used for one activity (R35)."""

    activity: str
    """What is done."""
    gloves: str
    """Chemotherapy gloves: ASTM D6978, powder-free."""
    gown: str
    """Gown."""
    face: str
    """Eyes and face."""
    respirator: str
    """Respirator."""
    cover: str
    """Hair and shoes."""
    control: str
    """Ventilated control and closed-system device."""


def a_year_after(day: date) -> date:
    """Return the same day a year later; 28 February after a 29th."""
    leap = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year + REVIEW_MONTHS // 12, day=28 if leap else day.day)


def why_no_assessment(one: Hazard) -> str:
    """Say why this drug may not be handled by an assessment of risk, or nothing (R38)."""
    if one.api:
        return "A bulk powder always takes full containment."
    if one.antineoplastic is None:
        return "Whether it is antineoplastic is not recorded."
    if one.antineoplastic and one.manipulated:
        return "An antineoplastic that is more than counted or packaged always takes full containment."
    return ""


def handling(one: Hazard, today: date, *, confirmed: bool) -> Handling:
    """Return the handling that follows from an entry on `today`.

    What is not `confirmed` by two people of the site loosens nothing (U1); an assessment that may not be, or is overdue, counts
    as none.
    """
    if not confirmed:
        return Handling(
            "full containment", "Unconfirmed: until two people of this site have signed the entry, nothing less."
        )
    if one.niosh_table == "none" and not one.mshi and not one.antineoplastic and not one.api:
        return Handling("no hazardous handling", "Looked up, and not on the list.")
    refused = why_no_assessment(one)
    if one.assessment is None:
        return Handling("full containment", refused or "No assessment of risk allows less.")
    if refused:
        return Handling("full containment", refused, f"Assessment {one.assessment.number} cannot count: {refused}")
    if today > one.assessment.due:
        late = f"Assessment {one.assessment.number} was due for review on {one.assessment.due.isoformat()}."
        return Handling("full containment", late, late)
    says = f"Assessment {one.assessment.number}, to be reviewed by {one.assessment.due.isoformat()}: {one.assessment.containment}"
    return Handling("alternative containment", says)


def review_alert(reviewed_on: date | None, today: date) -> str:
    """Say that the list is due for its yearly review, or nothing (R38)."""
    if reviewed_on is None:
        return "This list was never reviewed at this site."
    due = a_year_after(reviewed_on)
    return f"The yearly review of this list was due on {due.isoformat()}." if today > due else ""


WEAR = (
    Wear(
        "Receive, unpack, intact in plastic",
        "single",
        "only for a leak",
        "no",
        "none in plastic; else elastomeric half-mask, multi-gas and P100",
        "–",
        "no",
    ),
    Wear("Dispense an intact unit-dose tablet or capsule", "single", "no", "no", "no", "–", "no"),
    Wear(
        "Count or repackage loose tablets",
        "single; double advised",
        "if dusty",
        "no",
        "no",
        "–",
        "advised; never a counting machine for antineoplastics",
    ),
    Wear("Cut, crush, open a capsule", "double", "yes", "if not in a cabinet", "if not in a cabinet", "yes", "cabinet"),
    Wear(
        "Compound an oral liquid",
        "double",
        "yes",
        "if not in a cabinet",
        "if not in a cabinet",
        "hair and shoes",
        "cabinet",
    ),
    Wear(
        "Sterile i.v. compounding",
        "double, outer sterile",
        "closes at the back, long sleeves, closed cuffs",
        "if not in a cabinet",
        "if not in a cabinet",
        "hair, beard, two pairs of shoe covers",
        "cabinet; closed-system devices should be used",
    ),
    Wear(
        "Administer an injected antineoplastic",
        "double",
        "yes",
        "if it may splash",
        "for a spill or aerosol",
        "–",
        "closed-system devices must be used if the form allows",
    ),
    Wear("Clean up a spill", "double", "yes", "yes", "yes, half or full face by size", "shoes", "–"),
    Wear(
        "Deactivate or clean a cabinet",
        "double",
        "impermeable",
        "if it may splash, or under the tray",
        "as needed",
        "yes",
        "–",
    ),
    Wear("Waste, trace handling", "double", "yes", "if it may splash", "–", "–", "–"),
)
"""R35 as proposed, unconfirmed: what a site's pharmacist has to compare with its own procedure."""


def activities(one: Hazard, level: Level) -> tuple[str, ...]:
    """Return the activities of `WEAR` that this form meets where it is handled as hazardous; empty where it is not."""
    if level == "no hazardous handling":
        return ()
    loose = one.form in ("tablet", "capsule")
    middle = (1, 2, *((3,) if one.manipulated else ())) if loose else (4,) if one.form == "oral liquid" else (5, 6)
    return tuple(WEAR[number].activity for number in (0, *middle, 7, 8, 9))
