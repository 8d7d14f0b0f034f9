"""Dose, components and route of one HL7 order, read exactly (I30 to I37); what is made of them is in components.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from app.interfaces.components import Dose, Places, Row
from app.interfaces.hl7_coded import leaves, names_another_unit, once, texts
from app.interfaces.hl7_group import Sheet
from app.interfaces.hl7_reader import NULL, Segment
from app.interfaces.products import Named, named, names_another
from app.interfaces.profile import Profile, Unit
from app.interfaces.routes import NEAR_THE_SKIN, routes_named, understood
from app.interfaces.values import number, unit_reason
from workflows.order import Route

SUPPLEMENTARY = 7
"""RXC-7: more codes of the component, which must not name another (I22)."""


def read_unit(sheet: Sheet, segment: Segment, field_number: int) -> Unit | None:
    """Return the unit of an amount of drug in a coded field, or note why it is none (I34)."""
    at, text = sheet.place(segment, field_number), segment.get(field_number)
    text = "" if text == NULL else text
    if twofold := two_units(sheet.profile, segment, field_number):
        sheet.fault("UNIT_UNKNOWN", at, text, twofold)
        return None
    unit = sheet.profile.units.get(text)
    reason = unit_reason(text, unit)
    if reason:
        sheet.fault(reason, at, text, _unit_hint(reason, sheet))
        return None
    return unit


def two_units(profile: Profile, segment: Segment, field_number: int) -> str:
    """Return how a coded unit contradicts itself, in words; empty if it says one thing (I31)."""
    unit, other = profile.units.get(segment.get(field_number)), profile.units.get(segment.get(field_number, 4))
    if not once(segment, field_number):
        return "it holds more than one unit"
    if unit and other and unit.ucum != other.ucum:
        return "its two codes are different units"
    said = [segment.get(field_number, 4)] if other is None else []
    if unit and names_another_unit([*said, *texts(segment, field_number)], unit.ucum):
        return "its code and its words are different units"
    return ""


def _unit_hint(reason: str, sheet: Sheet) -> str:
    known = ", ".join(sorted(text for text, unit in sheet.profile.units.items() if unit.dimension == "mass"))
    if reason == "UNIT_NOT_AN_AMOUNT":
        return f"send the amount to be given, in one of {known}; nothing is multiplied or converted here"
    return f"not a unit of this sender's table; masses are spelled {known}" if reason == "UNIT_UNKNOWN" else ""


def read_dose(sheet: Sheet, drug: Segment, columns: Mapping[str, int]) -> Dose:
    """Return the dose of RXE-3, -4, -5 (RXO-2, -3, -4), or note why there is none."""
    at = sheet.place(drug, columns["low"])
    amount = sheet.amount(drug, columns["low"], "dose")
    _refuse_range(sheet, drug, columns["high"], amount)
    unit = read_unit(sheet, drug, columns["unit"])
    sheet.keep("dose_unit", drug, columns["unit"])
    return Dose(amount, unit, at)


def _refuse_range(sheet: Sheet, drug: Segment, high: int, low: Decimal | None) -> None:
    text = drug.raw(high)
    if text in ("", NULL):
        return
    found = number(text)
    if found is None:
        sheet.fault("NOT_A_NUMBER", sheet.place(drug, high), text, "leave it empty, or repeat the dose")
    elif low is not None and found != low:
        sheet.fault("DOSE_RANGE", sheet.place(drug, high), text, "a range is no dose; leave it empty")


def read_rows(sheet: Sheet, rows: list[Segment]) -> list[Row]:
    """Return the component rows, each with what it is and how much."""
    return [_row(sheet, segment, nth) for nth, segment in enumerate(rows, 1)]


def _row(sheet: Sheet, segment: Segment, nth: int) -> Row:
    product = named(segment, 2, sheet.profile)
    if product is None:
        sheet.fault("NO_DRUG", sheet.place(segment, 2))
    elif product.conflict:
        sheet.fault("CODE_NAME_CONFLICT", sheet.place(segment, 2))
    elif names_another(product, leaves(segment, SUPPLEMENTARY), sheet.profile):
        sheet.fault("CODE_NAME_CONFLICT", sheet.place(segment, SUPPLEMENTARY))
    amount = sheet.amount(segment, 3, f"components.{nth}.amount")
    role = _role(sheet, segment, product)
    unit = sheet.profile.units.get(segment.get(4))
    wants_drug = unit is None or (role == "active" and unit.dimension not in ("volume", "count"))
    if wants_drug or two_units(sheet.profile, segment, 4):
        unit = read_unit(sheet, segment, 4)
    role = "device" if unit and unit.dimension == "count" and role == "active" else role
    row = Row(_places(sheet, segment), role, product, amount, unit)
    if row.role == "active":
        _concentration(sheet, segment, row, nth)
    return row


def _places(sheet: Sheet, segment: Segment) -> Places:
    return Places(sheet.kind(segment), *(sheet.place(segment, n) for n in (1, 2, 3, 4)))


def _role(sheet: Sheet, segment: Segment, product: Named | None) -> str:
    said = sheet.profile.roles.get(segment.get(1), "")
    known = product.product.kind if product and product.product else ""
    if known in ("container", "additive"):
        return known
    wrong = (said, known) in (("active", "base"), ("base", "drug")) or len(leaves(segment, 1)) > 1
    if not said or wrong:
        sheet.fault("BASE_ADDITIVE_SWAPPED", sheet.place(segment, 1))
    return said


def _concentration(sheet: Sheet, segment: Segment, row: Row, nth: int) -> None:
    """Read RXC-5, -6 per -8, -9 and compare with what the code stands for."""
    profile = sheet.profile
    if not any(segment.value(n) for n in (5, 6, 8, 9)):
        return
    strength = sheet.optional(segment, 5, f"components.{nth}.concentration")
    unit, per = profile.units.get(segment.get(6)), profile.units.get(segment.get(9))
    volume = number(segment.get(8)) if len(leaves(segment, 8)) == 1 else None
    if any(two_units(profile, segment, n) for n in (6, 9)):
        unit = None
    if strength is None or unit is None or per is None or volume is None or volume <= 0 or per.dimension != "volume":
        sheet.unreadable(sheet.place(segment, 5), "is not a readable concentration")
        return
    if row.unit and unit.dimension != row.unit.dimension:
        sheet.unreadable(sheet.place(segment, 6), "measures the strength differently from the amount")
        return
    row.concentration = f"{strength:f} {unit.ucum}/{'' if volume == 1 else f'{volume:f} '}{per.ucum}"
    row.per_ml = strength * unit.factor / (volume * per.factor)
    known = row.named.product.concentration_mg_ml if row.named and row.named.product else None
    if known is not None and unit.dimension == "mass" and strength * unit.factor != known * volume * per.factor:
        sheet.note(
            "FIELD_UNREADABLE", f"{sheet.place(segment, 5)} differs from the {known} mg/mL that the code stands for"
        )


@dataclass(frozen=True, slots=True)
class Routes:
    """What an order says of its route."""

    route: Route | None
    """The one route; None with a fault on the sheet."""
    said: frozenset[str]
    """Every route that any code or word of it names, for the hard stops."""


def read_route(sheet: Sheet, routes: list[Segment], drug: Segment) -> Routes:
    """Return the one route, or note why there is none (I43)."""
    found: list[tuple[Segment, str, int]] = []
    for segment in routes:
        found += [(segment, route, 1) for route in _said_of(sheet, segment)]
        found += [(segment, route, 2) for route in _site(sheet, segment)]
    if not routes:
        sheet.fault("NO_ROUTE", "RXR" if sheet.alone else f"RXR after {drug.at()}")
    said = frozenset(route for _, route, _ in found)
    if len(said) > 1:
        odd, _, field_number = next(one for one in found if one[1] != found[0][1])
        sheet.fault("ROUTE_AMBIGUOUS", sheet.place(odd, field_number))
        return Routes(None, said)
    if routes:
        sheet.keep("route", routes[0], 1)
    return Routes(cast(Route, found[0][1]) if found else None, said)


def _site(sheet: Sheet, segment: Segment) -> list[str]:
    """Return every route that site, device or method name; a port beneath the skin is no route, but is looked at (I31)."""
    known = sheet.profile.routes
    named_ = {route for n in (2, 3, 4) for route in routes_named(leaves(segment, n), known)}
    if named_ & NEAR_THE_SKIN - set(_said_plainly(sheet.profile, segment)):
        sheet.unreadable(sheet.place(segment, 2), "names another route than RXR-1, or a place beneath the skin")
    return sorted(named_ - NEAR_THE_SKIN)


def _said_plainly(profile: Profile, segment: Segment) -> list[str]:
    more = [profile.routes[text] for text in leaves(segment, 1) if text in profile.routes]
    return more + sorted(routes_named(texts(segment, 1), profile.routes) - set(more))


def routes_of(profile: Profile, segment: Segment) -> set[str]:
    """Return every route that one RXR names by code, word, site or method, whether it is one or not."""
    beside = {route for n in (2, 3, 4) for route in routes_named(leaves(segment, n), profile.routes)}
    return {*_said_plainly(profile, segment), *(beside - NEAR_THE_SKIN)}


def _said_of(sheet: Sheet, segment: Segment) -> list[str]:
    """Return every route that one RXR names: by its codes in all their repetitions, and by its words (I31)."""
    known, at = sheet.profile.routes, sheet.place(segment, 1)
    code, other = segment.value(1, 1), segment.value(1, 4)
    first = code or other
    found: list[str] = []
    if not first:
        sheet.fault("NO_ROUTE", at)
    elif first not in known:
        sheet.fault("ROUTE_UNKNOWN", at, first)
    else:
        found = [known[first], *([known[other]] if other in known else [])]
        if other and other not in known:
            sheet.unreadable(at, "has a second route code that is not in the sender's table")
        if any(not understood(text) for text in texts(segment, 1)):
            sheet.unreadable(at, "has words of which not every one is understood, or that name no route")
    if once(segment, 1):
        return found + sorted(routes_named(texts(segment, 1), known) - set(found))
    more = _said_plainly(sheet.profile, segment)
    if found and {*found, *more} == {found[0]}:
        sheet.fault("ROUTE_AMBIGUOUS", at, hint="it holds more than one route")
    return found + more
