"""Dose, actives, base, container and route of one order: read exactly, and what is said twice must agree (I30 to I37)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, cast, get_args

from app.interfaces.hl7_coded import leaves, names_another_unit, once, routes_named, texts
from app.interfaces.hl7_group import Sheet
from app.interfaces.hl7_reader import NULL, Segment
from app.interfaces.products import Named, named
from app.interfaces.profile import Profile, Unit
from app.interfaces.values import number, unit_reason
from workflows.order import Active, Base, Container, Other, Overfill, Route

ORAL_FORMS = frozenset({"tablets", "capsules"})
NOT_INTRAVENOUS_IS_FATAL = ("vincristine", "vinblastine", "vinorelbine", "vindesine", "vinflunine")
"""Vinca alkaloids: a stop by any route but i.v., in code and without override (I41)."""
INTRATHECAL_IS_FATAL = ("bortezomib",)
"""Fatal by the intrathecal route."""


@dataclass(slots=True)
class Dose:
    """The ordered amount, as far as it could be read."""

    amount: Decimal | None
    """In `unit`."""
    unit: Unit | None
    """None if not an amount."""
    at: str
    """Place of the number."""


@dataclass(slots=True)
class Row:
    """One RXC, read."""

    segment: Segment
    """The row."""
    role: str
    """active, base, device, container or additive."""
    named: Named | None
    """What it is; None if it names nothing."""
    amount: Decimal | None
    """In `unit`."""
    unit: Unit | None
    """None if not in the table."""
    concentration: str | None = None
    """In words."""
    per_ml: Decimal | None = None
    """The same in base units (mg, [iU], mmol) a mL."""

    def volume_ml(self) -> Decimal | None:
        """mL that the row brings: exact, or from the stated concentration for checks."""
        if self.amount is None or self.unit is None:
            return None
        if self.unit.dimension == "volume":
            return self.amount * self.unit.factor
        return self.amount * self.unit.factor / self.per_ml if self.per_ml else None


@dataclass(slots=True)
class Content:
    """All components of one order."""

    actives: list[Active] = field(default_factory=list)
    """In message order."""
    base: Base | None = None
    """The diluent."""
    others: list[Other] = field(default_factory=list)
    """Devices, containers, additives."""
    container: Container | None = None
    """From a container row."""
    total_ml: Decimal | None = None
    """Sum of volumes; None if one is not known."""
    names: list[Named] = field(default_factory=list)
    """What the actives name."""


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
    amount = sheet.amount(segment, 3, f"components.{nth}.amount")
    role = _role(sheet, segment, product)
    unit = sheet.profile.units.get(segment.get(4))
    wants_drug = unit is None or (role == "active" and unit.dimension not in ("volume", "count"))
    if wants_drug or two_units(sheet.profile, segment, 4):
        unit = read_unit(sheet, segment, 4)
    row = Row(
        segment, "device" if unit and unit.dimension == "count" and role == "active" else role, product, amount, unit
    )
    if row.role == "active":
        _concentration(sheet, row, nth)
    return row


def _role(sheet: Sheet, segment: Segment, product: Named | None) -> str:
    said = sheet.profile.roles.get(segment.get(1), "")
    known = product.product.kind if product and product.product else ""
    if known in ("container", "additive"):
        return known
    wrong = (said, known) in (("active", "base"), ("base", "drug")) or len(leaves(segment, 1)) > 1
    if not said or wrong:
        sheet.fault("BASE_ADDITIVE_SWAPPED", sheet.place(segment, 1))
    return said


def _concentration(sheet: Sheet, row: Row, nth: int) -> None:
    """Read RXC-5, -6 per -8, -9 and compare with what the code stands for."""
    segment, profile = row.segment, sheet.profile
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


def judge_rows(sheet: Sheet, rows: list[Row], drug: Named | None, dose: Dose) -> None:
    """Note swapped and disagreeing rows, once all of them could be read (I31, I36)."""
    if any(row.amount is None or row.unit is None for row in rows) or not rows:
        return
    for row in rows:
        dimension = row.unit.dimension if row.unit else ""
        if (row.role == "active" and dimension == "volume") or (row.role == "base" and dimension != "volume"):
            sheet.fault("BASE_ADDITIVE_SWAPPED", sheet.place(row.segment, 4))
    bases = [row for row in rows if row.role == "base"]
    for row in bases[1:]:
        sheet.fault("BASE_ADDITIVE_SWAPPED", sheet.place(row.segment, 1), hint="the order has two base rows")
    actives = [row for row in rows if row.role == "active" and row.named]
    if dose.amount is None or dose.unit is None or drug is None or not actives or _unclear(drug, actives):
        return
    same = [row for row in actives if row.named and row.named.same_drug(drug)]
    if len(same) != 1 or not _equal(same[0], dose.amount, dose.unit):
        sheet.fault("AMOUNTS_DISAGREE", sheet.kind(rows[0].segment), hint=_disagree(same, dose))


def _unclear(drug: Named, actives: list[Row]) -> bool:
    """Say whether a name contradicts itself: then no amount can be compared by name."""
    return drug.conflict or any(row.named.conflict for row in actives if row.named)


def _equal(row: Row, amount: Decimal, unit: Unit) -> bool:
    if row.unit is None or row.amount is None or row.unit.dimension != unit.dimension:
        return False
    return row.amount * row.unit.factor == amount * unit.factor


def _disagree(same: list[Row], dose: Dose) -> str:
    ordered = f"the order says {dose.amount:f} {dose.unit.ucum}" if dose.amount and dose.unit else ""
    if not same:
        return f"{ordered}, but no component is that drug"
    parts = " and ".join(f"{row.amount:f} {row.unit.ucum}" for row in same if row.amount and row.unit)
    return f"{ordered}, the components say {parts}"


def content_of(sheet: Sheet, rows: list[Row]) -> Content:
    """Return the components as the order keeps them; call only when no fault was noted."""
    content = Content()
    for row in rows:
        if row.named is None or row.amount is None or row.unit is None:
            continue
        if row.role == "active":
            content.actives.append(
                Active(row.named.name, row.amount, row.unit.ucum, row.concentration, row.named.first_code)
            )
            content.names.append(row.named)
        elif row.role == "base":
            content.base = _base(sheet, row)
        else:
            _other(sheet, row, content)
    volumes = [row.volume_ml() for row in rows if row.role in ("active", "base", "additive")]
    if volumes and all(volume is not None for volume in volumes):
        content.total_ml = _shown(sum((volume for volume in volumes if volume is not None), Decimal(0)))
    return content


def _shown(volume: Decimal) -> Decimal:
    """Round a volume that only checks and screens use to 0.001 mL where it does not end sooner."""
    rounded = volume.quantize(Decimal("0.001"))
    return (volume if volume == rounded else rounded).normalize() + 0


def _base(sheet: Sheet, row: Row) -> Base:
    thing, volume = cast(Named, row.named), cast(Decimal, row.volume_ml())
    words = " ".join(thing.texts).lower()
    overfill: Overfill = "stated" if "overfill" in words else "unknown"
    if thing.product is None:
        sheet.note("BASE_UNKNOWN", f"{sheet.place(row.segment, 2)}: the base fluid's code is not in the sender's table")
    if overfill == "stated":
        sheet.note("OVERFILL_STATED", f"{sheet.place(row.segment, 2)} speaks of overfill: decide what volume is meant")
    elif thing.product and thing.product.container_ml not in (None, volume):
        bag = thing.product.container_ml
        sheet.note("VOLUME_MISMATCH", f"{sheet.place(row.segment, 3)} is {volume:f} mL, its code stands for {bag} mL")
    filled_up = "to volume" in words or " qs" in f" {words}" or "q.s." in words
    return Base(thing.name, volume, filled_up, overfill, thing.first_code)


def _other(sheet: Sheet, row: Row, content: Content) -> None:
    thing, amount, unit = cast(Named, row.named), cast(Decimal, row.amount), cast(Unit, row.unit)
    if row.role == "container":
        _container(sheet, row, thing.name, content)
    kind = cast(Literal["device", "container", "additive"], row.role)
    content.others.append(Other(thing.name, amount, unit.ucum, kind, thing.first_code))


def _container(sheet: Sheet, row: Row, word: str, content: Content) -> None:
    if word in get_args(Container) and content.container in (None, word):
        content.container = cast(Container, word)
    else:
        sheet.note("CONTAINER_UNKNOWN", f"{sheet.place(row.segment, 2)} does not say which container is meant")


@dataclass(frozen=True, slots=True)
class Routes:
    """What an order says of its route."""

    route: Route | None
    """The one route; None with a fault on the sheet."""
    said: frozenset[str]
    """Every route that any code or word of it names, for the hard stops."""


def read_route(sheet: Sheet, routes: list[Segment], drug: Segment) -> Routes:
    """Return the one route, or note why there is none (I43)."""
    found: list[tuple[Segment, str]] = []
    for segment in routes:
        found += [(segment, route) for route in _said_of(sheet, segment)]
    if not routes:
        sheet.fault("NO_ROUTE", "RXR" if sheet.alone else f"RXR after {drug.at()}")
    said = frozenset(route for _, route in found)
    if len(said) > 1:
        odd = next(segment for segment, route in found if route != found[0][1])
        sheet.fault("ROUTE_AMBIGUOUS", sheet.place(odd, 1))
        return Routes(None, said)
    if routes:
        sheet.keep("route", routes[0], 1)
    return Routes(cast(Route, found[0][1]) if found else None, said)


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
    if once(segment, 1):
        return found + sorted(routes_named(texts(segment, 1), known) - set(found))
    more = [known[text] for text in leaves(segment, 1) if text in known]
    more += sorted(routes_named(texts(segment, 1), known) - {*found, *more})
    if found and {*found, *more} == {found[0]}:
        sheet.fault("ROUTE_AMBIGUOUS", at, hint="it holds more than one route")
    return found + more


def hard_stop(sheet: Sheet, said: frozenset[str], names: list[Named], routes: list[Segment]) -> None:
    """Refuse a drug that is fatal by a route that the order names, whatever else it names (I41)."""
    words = " ".join([thing.name for thing in names] + [text for thing in names for text in thing.texts]).lower()
    fatal = said - {"IV"} if any(drug in words for drug in NOT_INTRAVENOUS_IS_FATAL) else frozenset()
    if "IT" in said and any(drug in words for drug in INTRATHECAL_IS_FATAL):
        fatal |= {"IT"}
    if fatal:
        routes_ = " or ".join(sorted(fatal))
        sheet.fault("HARD_STOP", sheet.place(routes[0], 1), hint=f"this drug is fatal by the route {routes_}")
