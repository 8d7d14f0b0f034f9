"""What is billed for a released dose: given units, discarded units, JW or JZ, by drug code, package and day (R58).

An amount is billed on the prescribed dose, as if the vials that waste least had been opened; overfill is never billed. Nothing
here decides what a payer pays: it makes the lines that a biller reads.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Literal

from workflows.whole_vials import least_waste, too_many
from workflows.wording import amount, rounded

Modifier = Literal["", "JW", "JZ"]
REMADE = "made again: the waste of a dose made again is never JW, and whether JZ fits is a biller's to say"
"""Remark on the line of a dose that replaces a destroyed one (R27, R58)."""


SHARED = "a shared vial: its waste is never JW, and whether JZ fits is a biller's to say"
"""Remark on the line of a dose with drug of a vial that served two (R58)."""
STILL_KEPT = (
    "an opened vial of it is kept: whether anything is JW is told once it was used for another dose or thrown away"
)
"""Remark while nobody knows."""
UNRECORDED = (
    "Whether the vials are single-dose containers is not recorded, so JW or JZ cannot be told."
    " Whoever keeps the formulary enters it."
)
"""Why a blank flag makes no line."""


@dataclass(frozen=True, slots=True)
class BillingCode:
    """A HCPCS code as it stood for one package on some days: codes turn maker-specific, and end."""

    ndc: str
    """Package, eleven digits as 5-4-2 with dashes."""
    code: str
    """HCPCS, e.g. J9075."""
    unit_mg: Decimal
    """mg of one billing unit, above 0."""
    first_day: date | None = None
    """First day of service it counts on; None: no first day is known."""
    last_day: date | None = None
    """Last day; None: still in force."""
    confirmed: bool = False
    """A pharmacist of the site has signed code and unit (U1)."""

    def counts_on(self, day: date) -> bool:
        """Say whether it stands for a dose given on `day`."""
        return (self.first_day is None or self.first_day <= day) and (self.last_day is None or day <= self.last_day)


@dataclass(frozen=True, slots=True)
class Vial:
    """One container that went in, as billing knows it."""

    ndc: str
    """Eleven digits as 5-4-2 with dashes; empty where the code named none."""
    single_dose: bool | None
    """True for a single-dose container; False for a multiple-dose vial or a bulk package; None: not recorded."""


@dataclass(frozen=True, slots=True)
class Dose:
    """What was released."""

    prescribed_mg: Decimal
    """mg prescribed, after authorised rounding; above 0."""
    vials: tuple[Vial, ...]
    """Every drug container that went in."""
    sizes_mg: tuple[Decimal, ...]
    """Labelled mg of the vials this product comes in."""
    day: date
    """Day of service: the day it is given, at the site."""
    remade: bool = False
    """It replaces a dose that was destroyed (R27)."""
    shared: str = ""
    """Remark where a vial of it serves, or may still serve, another dose (R58); empty where each was its own."""
    unconfirmed: tuple[str, ...] = ()
    """Values of its recipe that nobody has signed: then it was training, and is not billed (U5)."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a claim."""

    code: str
    """HCPCS."""
    modifier: Modifier
    """JW discarded, JZ nothing discarded, empty where neither belongs on it."""
    units: int
    """Whole billing units."""
    mg: Decimal
    """mg behind them: given, or discarded."""
    ndc: str
    """Package billed."""
    day: date
    """Day of service."""
    confirmed: bool
    """Whether the code and its unit are signed here."""
    formula: str
    """How the units came about."""
    remark: str = ""
    """What a biller must still decide."""


@dataclass(frozen=True, slots=True)
class NotBilled:
    """No line can be made."""

    says: str
    """Why, and who puts it right."""


def billing_ndc(ndc: str) -> str:
    """Return a package number with dashes (4-4-2, 5-3-2, 5-4-1 or 5-4-2) in its billing form 5-4-2; empty for any other (R18)."""
    parts = ndc.split("-")
    lengths = tuple(len(part) for part in parts)
    if lengths not in ((4, 4, 2), (5, 3, 2), (5, 4, 1), (5, 4, 2)) or not all(
        p.isascii() and p.isdigit() for p in parts
    ):
        return ""
    return "-".join(part.zfill(wide) for part, wide in zip(parts, (5, 4, 2), strict=True))


def lines(dose: Dose, codes: Iterable[BillingCode]) -> tuple[Line, ...] | NotBilled:
    """Return the lines of a claim for a released dose, or why there is none (R58)."""
    trouble = _not_billed(dose)
    if trouble:
        return NotBilled(trouble)
    known = tuple(codes)
    found = {
        one.ndc: [code for code in known if code.ndc == one.ndc and code.counts_on(dose.day)] for one in dose.vials
    }
    for ndc, fitting in found.items():
        if len(fitting) != 1:
            return NotBilled(_no_one_code(ndc, len(fitting), dose.day))
    chosen = [fitting[0] for fitting in found.values()]
    if len({(one.code, one.unit_mg) for one in chosen}) > 1:
        return NotBilled(
            f"The vials have different codes ({', '.join(sorted({one.code for one in chosen}))}). A biller divides it."
        )
    return _lines(dose, chosen[0], all(one.confirmed for one in chosen))


def _not_billed(dose: Dose) -> str:
    if dose.unconfirmed:
        return f"Made in training: {', '.join(dose.unconfirmed)} unconfirmed. Training is never billed."
    if not dose.vials or not dose.sizes_mg:
        return "No drug container is recorded in it."
    if any(not one.ndc for one in dose.vials):
        return "A container has no NDC. Whoever keeps the formulary enters it."
    if any(one.single_dose is None for one in dose.vials):
        return UNRECORDED
    if len({one.single_dose for one in dose.vials}) > 1:
        return "Single-dose and other containers went in together. A biller divides it."
    return too_many(dose.prescribed_mg, dose.sizes_mg)


def _no_one_code(ndc: str, many: int, day: date) -> str:
    what = "No HCPCS code is" if many == 0 else f"{many} HCPCS codes are"
    return f"{what} on file for NDC {ndc} on {day.isoformat()}. Whoever keeps the formulary enters one."


def _lines(dose: Dose, code: BillingCode, confirmed: bool) -> tuple[Line, ...]:
    given = units_given(dose.prescribed_mg, code.unit_mg)
    one = f"{amount(code.unit_mg)} mg a unit"
    exact = amount(rounded(dose.prescribed_mg / code.unit_mg, 3))
    said = f"{amount(dose.prescribed_mg)} mg prescribed, {one}: {exact} rounded up is {given:,}"
    first = Line(code.code, "", given, dose.prescribed_mg, code.ndc, dose.day, confirmed, said)
    if not dose.vials[0].single_dose:
        return (replace(first, formula=f"{said}; not single-dose containers, so neither JW nor JZ"),)
    if dose.remade:
        return (replace(first, remark=REMADE),)
    if dose.shared:
        return (replace(first, remark=dose.shared),)
    opened = least_waste(dose.prescribed_mg, dose.sizes_mg)
    labelled = sum(opened, Decimal(0))
    waste = units_discarded(labelled, given, code.unit_mg)
    least = f"least-waste vials {' + '.join(amount(one) for one in opened)} mg"
    whole = units_whole(labelled, code.unit_mg)
    if waste == 0:
        return (replace(first, modifier="JZ", formula=f"{said}; {least}: {whole:,} whole units, none discarded"),)
    left = f"{least}: {whole:,} whole units − {given:,} given is {waste:,}"
    return (first, Line(code.code, "JW", waste, labelled - dose.prescribed_mg, code.ndc, dose.day, confirmed, left))


def units_given(prescribed_mg: Decimal, unit_mg: Decimal) -> int:
    """Return the given units: mg over mg a unit, rounded up (R58)."""
    return int((prescribed_mg / unit_mg).to_integral_value(ROUND_CEILING))


def units_whole(labelled_mg: Decimal, unit_mg: Decimal) -> int:
    """Return the whole units on the labels of the vials."""
    return int((labelled_mg / unit_mg).to_integral_value(ROUND_FLOOR))


def units_discarded(labelled_mg: Decimal, given: int, unit_mg: Decimal) -> int:
    """Return the discarded units: whole units labelled less the given ones, never below 0 (R58)."""
    return max(0, units_whole(labelled_mg, unit_mg) - given)
