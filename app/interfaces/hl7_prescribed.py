"""What a prescriber asked for in RXO, held against the pharmacy's RXE, which counts: a difference is looked at (I23)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from app.interfaces.components import Dose, Row
from app.interfaces.hl7_coded import composite, leaves
from app.interfaces.hl7_components import routes_of, two_units
from app.interfaces.hl7_group import RXO, Group, Sheet
from app.interfaces.hl7_reader import Segment
from app.interfaces.hl7_timing import Timing, minutes_of
from app.interfaces.products import Named, named
from app.interfaces.profile import Unit
from app.interfaces.values import moment, number, whole


@dataclass(frozen=True, slots=True)
class Pharmacy:
    """What the pharmacy's own segments say."""

    drug: Named | None
    """RXE-2; None with a fault."""
    dose: Dose
    """RXE-3 and -5."""
    rows: list[Row]
    """Its RXC."""
    routes: frozenset[str]
    """Every route that its RXR name."""
    timing: Timing
    """Start, frequency and doses."""
    duration_min: Decimal | None
    """Minutes."""
    segment: Segment
    """RXE, for places."""


@dataclass(frozen=True, slots=True)
class Prescribed:
    """What stands under RXO; its rows need not be fully coded, so that only what can be read is compared."""

    segment: Segment
    """RXO itself."""
    rows: list[Segment]
    """Its RXC."""
    timings: list[Segment]
    """Its TQ1."""
    routes: frozenset[str]
    """Every route that a code or word of its RXR names, for the hard stops too (I41)."""
    named: tuple[Named, ...]
    """Its drug and its components."""


def read_prescribed(group: Group, sheet: Sheet) -> Prescribed | None:
    """Return what the prescriber asked for; None where the message has no RXO."""
    if not group.drugs["RXO"]:
        return None
    asked, rows = group.drugs["RXO"][0], group.under("RXO", "RXC")
    routes = frozenset(route for one in group.under("RXO", "RXR") for route in routes_of(sheet.profile, one))
    things = (named(asked, RXO["drug"], sheet.profile), *(named(one, 2, sheet.profile) for one in rows))
    return Prescribed(asked, rows, group.under("RXO", "TQ1"), routes, tuple(one for one in things if one))


def compare(sheet: Sheet, asked: Prescribed, made: Pharmacy) -> None:
    """Note where the prescriber asked for something else than what the pharmacy orders."""
    wanted = named(asked.segment, RXO["drug"], sheet.profile)
    if made.drug is None:
        return
    if wanted and not wanted.same_drug(made.drug):
        _differs(sheet, sheet.place(asked.segment, 1), f"names another drug than {sheet.place(made.segment, 2)}")
        return
    _amount(sheet, asked.segment, made.dose)
    if asked.routes - made.routes:
        _differs(sheet, sheet.place(asked.segment), "is followed by another route than that of the pharmacy")
    for row in asked.rows:
        _component(sheet, row, asked, made)
    for timing in asked.timings:
        _timing(sheet, timing, made)


def _differs(sheet: Sheet, place: str, why: str) -> None:
    sheet.note("PRESCRIBED_DIFFERS", f"{place} {why}")


def _amount(sheet: Sheet, asked: Segment, dose: Dose) -> None:
    place, unit_text = sheet.place(asked, RXO["low"]), asked.value(RXO["unit"])
    amount, unit = number(asked.value(RXO["low"])), sheet.profile.units.get(unit_text)
    if len(leaves(asked, RXO["low"])) > 1 or two_units(sheet.profile, asked, RXO["unit"]):
        _differs(sheet, place, "asks for more than one amount")
    elif asked.value(RXO["high"]) not in ("", asked.value(RXO["low"])):
        _differs(sheet, sheet.place(asked, RXO["high"]), "asks for a range")
    elif _otherwise((amount, unit), (dose.amount, dose.unit)):
        _differs(sheet, place, f"asks for another amount than {dose.at}")


def _otherwise(asked: tuple[Decimal | None, Unit | None], made: tuple[Decimal | None, Unit | None]) -> bool:
    """Say whether two amounts are known and not the same."""
    (amount, unit), (wanted, its_unit) = asked, made
    if amount is None or unit is None or wanted is None or its_unit is None:
        return False
    return unit.dimension != its_unit.dimension or amount * unit.factor != wanted * its_unit.factor


def _component(sheet: Sheet, row: Segment, asked: Prescribed, made: Pharmacy) -> None:
    """Hold one component of the prescriber against those of the pharmacy: one of its kind, its name and its amount."""
    role, thing = sheet.profile.roles.get(row.value(1), ""), named(row, 2, sheet.profile)
    same = [one for one in made.rows if thing and one.named and one.named.same_drug(thing) and one.role == role]
    twice = [one for one in asked.rows if (one.raw(1), one.raw(2)) == (row.raw(1), row.raw(2))]
    if len(same) != 1 or len(twice) > 1:
        _differs(sheet, sheet.place(row, 2), "is not one component of the pharmacy's order")
        return
    amount, unit = number(row.value(3)), sheet.profile.units.get(row.value(4))
    if _otherwise((amount, unit), (same[0].amount, same[0].unit)):
        _differs(sheet, sheet.place(row, 3), f"asks for another amount than {same[0].at.amount}")


def _timing(sheet: Sheet, asked: Segment, made: Pharmacy) -> None:
    """Hold the prescriber's TQ1 against the pharmacy's timing; what cannot be read is another than any."""
    amount, said = composite(asked, 2)
    unit = sheet.profile.units.get(said[0]) if said else None
    dose = made.dose
    scaled = amount * unit.factor if amount is not None and unit else None
    wanted = dose.amount * dose.unit.factor if dose.amount is not None and dose.unit else None
    pairs = {
        2: (scaled, wanted),
        3: (asked.value(3), made.timing.frequency),
        7: (moment(asked.value(7), sheet.profile.zone) if asked.value(7) else None, made.timing.due_at),
        13: (minutes_of(sheet, asked), made.duration_min),
        14: (whole(asked.value(14)), made.timing.doses_total or 1),
    }
    for field_number, (theirs, ours) in pairs.items():
        if asked.value(field_number) and theirs != ours:
            _differs(sheet, sheet.place(asked, field_number), "asks for another timing than the pharmacy's")
