"""What review and record show alike: photos, the three figures of the dose, the people, routes in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.desk.evidence_words import evidence_words, picture_codes, slot_words
from app.desk.expected import Expected, expected
from app.desk.names import name_of
from workflows import budgets, measured
from workflows.count_words import taken
from workflows.counting import CountPlan, units
from workflows.evidence import Photo, Scan
from workflows.preparation import Preparation
from workflows.rules.counting import FIRST, SECOND, number
from workflows.wording import amount, chance_words, percent, reading

ROUTES = {
    "IV": "intravenous", "IT": "intrathecal", "PO": "by mouth", "SC": "subcutaneous", "IM": "intramuscular",
    "IVES": "intravesical", "IP": "intraperitoneal", "IPL": "intrapleural", "TOP": "topical",
}  # fmt: skip
"""Routes in words: no abbreviation is read as another (N4)."""


STATES = {
    "ordered": "to be verified", "ready": "ready to be made", "claimed": "begun", "garbed": "being staged",
    "staged": "being made: staged", "reconstituted": "being made: reconstituted", "drawn": "being made: drawn up",
    "hold": "waits for the look before it goes on", "mixed": "being made: mixed", "labelled": "being made: labelled",
    "awaiting-check": "waits for the final check", "approved": "approved, in-process label still on", "paused": "stopped",
    "confirmed": "waits for what must be confirmed",
    "aborted": "discarded", "remade": "rejected, made anew", "downtime": "made on paper (downtime)",
}  # fmt: skip
"""States of a preparation as a desk reads them; one that is not here is its own word: released, closed."""


@dataclass(frozen=True)
class Shown:
    """One photo of the review."""

    number: int
    """From 1; the key that opens it."""
    sha256: str
    """Of the original's bytes."""
    slot: str
    """Which slot it is for."""
    taken: datetime
    """When it was accepted, UTC."""
    by: str
    """Who took it."""
    size: str
    """Width and height of the original."""
    expected: Expected
    """What it should show."""
    codes: tuple[str, ...] = ()
    """What the codes in it are, in words, and whether each was scanned."""


@dataclass(frozen=True)
class Figure:
    """Ordered, prescribed, found: one of the three large numbers."""

    what: str
    """Its name."""
    value: str
    """With unit."""
    note: str
    """What lies between it and the one before."""


def photos_of(p: Preparation, known: Mapping[str, str]) -> tuple[Shown, ...]:
    """Return the accepted photos, then the photos of typed codes, numbered."""
    found: list[Shown] = []
    for entry in p.entries.values():
        if isinstance(entry.evidence, Photo):
            one = entry.evidence
            size = f"{one.width} x {one.height}"
            who = name_of(known, entry.who)
            should, codes = expected(p, entry.slot), picture_codes(one)
            found.append(Shown(len(found) + 1, one.sha256, entry.slot, entry.at, who, size, should, codes))
    for entry in p.typed():
        if isinstance(entry.evidence, Scan) and entry.evidence.photo:
            what = Expected(f"Label of {slot_words(p, entry.slot)}", evidence_words(entry.evidence))
            who = name_of(known, entry.who)
            found.append(Shown(len(found) + 1, entry.evidence.photo, entry.slot, entry.at, who, "", what))
    return tuple(found)


def figures_of(p: Preparation) -> tuple[Figure, ...]:
    """Return ordered, prescribed and found with rounding and compounding apart (R11)."""
    ordered = Figure("ordered", f"{amount(p.planned.ordered_mg)} mg", "")
    if p.counts:
        return _counted(p, p.counts)
    account, found = measured.account(p), measured.dispensed(p)
    prescribed = f"{amount(p.plan.prescribed_mg)} mg"
    if account is None or found is None:
        return (
            ordered,
            Figure("to be made", prescribed, ""),
            Figure("found", "not read yet" if p.plan.by_volume else "not weighed yet", ""),
        )
    return (
        ordered,
        Figure("to be made", prescribed, f"rounding {percent(account.rounding, 2)}"),
        Figure("found", f"{reading(found.mg, 1)} mg", f"compounding {percent(account.compounding, 2)}"),
    )


def _counted(p: Preparation, plan: CountPlan) -> tuple[Figure, ...]:
    """Return how many were ordered, and what each count found (R54)."""
    ordered = Figure("ordered", units(plan.count, plan.container), f"{amount(plan.strength_mg)} mg each, {taken(plan)}")
    found = [(name, number(p, slot)) for name, slot in (("count 1", FIRST), ("count 2", SECOND))]
    return (ordered, *(Figure(name, "not counted yet" if one is None else f"{one:,}", "") for name, one in found))


def assurance(p: Preparation) -> str:
    """Say how likely the true dose is outside its limit, and what is counted; empty while it is not weighed (R7, R12)."""
    if p.counts or measured.dose(p) is None:
        return ""
    if p.plan.by_volume is not None:
        return "MADE BY VOLUME: no balance judged it. Each volume was read off its syringe by a second person, who was told none."
    guard = budgets.of_dose(p)
    if guard is None:
        return "How far the dose may be off was not stated when it was weighed."
    limit = percent(p.policy.dose_tolerance, 0).replace("+", "±")
    chance = f"Chance that the true dose is outside {limit}: {chance_words(guard.chance)}."
    return f"{chance} Counted: balance in its airflow, density. Taken as labelled: the drug in each vial."


def people_of(p: Preparation, known: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return who prepared and witnessed, where, in which cabinet, with gloves since when, by which recipe."""
    zone = p.policy.zone
    seconds = sorted({name_of(known, entry.second) for entry in p.entries.values() if entry.second})
    hands = ", ".join(sorted(name_of(known, one) for one in p.hands)) or "nobody yet"
    said = [
        ("prepared by", hands),
        ("witness", ", ".join(seconds)),
        ("station", p.station),
        ("tray" if p.counts else "cabinet", p.cabinet.code if p.cabinet else ""),
        ("gloves on", _clock(p.gloves_at, zone)),
        ("compounding began", _clock(p.started_at, zone)),
        ("recipe", f"{p.master.name} v{p.master.version}, signed {' and '.join(p.master.signed_by)}"),
        ("order", f"{p.order.key.placer}, version {p.order.version}"),
        ("replaces", p.replaces),
    ]
    return tuple((caption, words) for caption, words in said if words)


def _clock(at: datetime | None, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%H:%M}" if at else ""
