"""The components of an order, by whatever door: what is said twice must agree, and what is fatal stops (I30 to I41)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, cast, get_args

from app.interfaces.notes import Notes
from app.interfaces.products import Named
from app.interfaces.profile import Unit
from app.interfaces.scripts import of_another_script
from workflows.fatal import BY_SPINE, VINCAS, named
from workflows.order import Active, Base, Container, Other, Overfill, Route
from workflows.wording import amount

MILLILITRES = re.compile(r"(?<![\d.,/])(\d+(?:\.\d+)?) ?m[lL]\b(?! ?(?:/|per))")
"""A volume in the words of a base: "250 mL bag". Shown beside the amount, and never read as one."""
ORAL_FORMS = frozenset({"tablets", "capsules"})
NOT_SWALLOWED = frozenset({"bag", "minibag", "cassette", "elastomeric", "pump"})
"""Containers that nothing is swallowed from; an oral liquid may come in a syringe, vial or bottle."""


@dataclass(slots=True)
class Dose:
    """The ordered amount, as far as it could be read."""

    amount: Decimal | None
    """In `unit`."""
    unit: Unit | None
    """None if not an amount."""
    at: str
    """Place of the number."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where one component stands in what was sent: RXC[2]-3, a FHIR path or a column."""

    all: str
    """All components of the order."""
    role: str
    """What says whether it is active or base."""
    name: str
    """What it is."""
    amount: str
    """How much."""
    unit: str
    """In which unit."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The four places of the component itself."""
        return (self.role, self.name, self.amount, self.unit)


@dataclass(slots=True)
class Row:
    """One component, read."""

    at: Places
    """Where it stands, for faults."""
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
    bases: list[Named] = field(default_factory=list)
    """What the base names."""


def judge_rows(notes: Notes, rows: list[Row], drug: Named | None, dose: Dose) -> None:
    """Note swapped and disagreeing rows, once all of them could be read (I31, I36)."""
    if any(row.amount is None or row.unit is None for row in rows) or not rows:
        return
    for row in rows:
        dimension = row.unit.dimension if row.unit else ""
        if (row.role == "active" and dimension == "volume") or (row.role == "base" and dimension != "volume"):
            notes.fault("BASE_ADDITIVE_SWAPPED", row.at.unit)
    bases = [row for row in rows if row.role == "base"]
    for row in bases[1:]:
        notes.fault("BASE_ADDITIVE_SWAPPED", row.at.role, hint="the order has two base rows")
    actives = [row for row in rows if row.role == "active" and row.named]
    if dose.amount is None or dose.unit is None or drug is None or not actives or _unclear(drug, actives):
        return
    same = [row for row in actives if row.named and row.named.same_drug(drug)]
    if len(same) != 1 or not _equal(same[0], dose.amount, dose.unit):
        notes.fault("AMOUNTS_DISAGREE", rows[0].at.all, hint=_disagree(same, dose))


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


def content_of(notes: Notes, rows: list[Row]) -> Content:
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
            content.base = _base(notes, row)
            content.bases.append(row.named)
        else:
            _other(notes, row, content)
    volumes = [row.volume_ml() for row in rows if row.role in ("active", "base", "additive")]
    if volumes and all(volume is not None for volume in volumes):
        content.total_ml = _shown(sum((volume for volume in volumes if volume is not None), Decimal(0)))
    return content


def _shown(volume: Decimal) -> Decimal:
    """Round a volume that only checks and screens use to 0.001 mL where it does not end sooner."""
    rounded = volume.quantize(Decimal("0.001"))
    return (volume if volume == rounded else rounded).normalize() + 0


def _base(notes: Notes, row: Row) -> Base:
    thing, volume = cast(Named, row.named), cast(Decimal, row.volume_ml())
    words = " ".join(thing.texts).lower()
    overfill: Overfill = "none" if notes.profile.overfill == "never" else "unknown"
    if "overfill" in words or notes.profile.overfill == "included":
        overfill = "stated"
    if thing.product is None:
        notes.note("BASE_UNKNOWN", f"{row.at.name}: the base fluid's code is not in the sender's table")
    if overfill == "stated":
        says = (
            f"{row.at.name} speaks of overfill"
            if "overfill" in words
            else "This sender's base volumes include overfill"
        )
        notes.note("OVERFILL_STATED", f"{says}: decide what volume is meant")
    elif thing.product and thing.product.container_ml not in (None, volume):
        bag = thing.product.container_ml
        notes.note("VOLUME_MISMATCH", f"{row.at.amount} is {amount(volume)} mL, its code stands for {bag} mL")
    elif (said := {Decimal(one) for one in MILLILITRES.findall(words)}) and said != {volume}:
        notes.note("VOLUME_MISMATCH", f"{row.at.amount} is {amount(volume)} mL, its words name another volume")
    filled_up = "to volume" in words or " qs" in f" {words}" or "q.s." in words
    return Base(thing.name, volume, filled_up, overfill, thing.first_code)


def _other(notes: Notes, row: Row, content: Content) -> None:
    thing, amount, unit = cast(Named, row.named), cast(Decimal, row.amount), cast(Unit, row.unit)
    if row.role == "container":
        _container(notes, row, thing.name, content)
    kind = cast(Literal["device", "container", "additive"], row.role)
    content.others.append(Other(thing.name, amount, unit.ucum, kind, thing.first_code))


def _container(notes: Notes, row: Row, word: str, content: Content) -> None:
    if word in get_args(Container) and content.container in (None, word):
        content.container = cast(Container, word)
    else:
        notes.note("CONTAINER_UNKNOWN", f"{row.at.name} does not say which container is meant")


def hard_stop(notes: Notes, said: frozenset[str], names: list[Named], at: str) -> None:
    """Refuse a drug that is fatal by a route that the order names, whatever else it names: nobody overrides it (I41)."""
    words = " ".join([thing.name for thing in names] + [text for thing in names for text in thing.texts])
    fatal = said - {"IV"} if named(words, VINCAS) else frozenset()
    if "IT" in said and named(words, BY_SPINE):
        fatal |= {"IT"}
    if fatal:
        routes_ = " or ".join(sorted(fatal))
        notes.fault("HARD_STOP", at, hint=f"this drug is fatal by the route {routes_}")


def complete(notes: Notes, rows: list[Row], route: Route | None, form: Container | None, at: str) -> None:
    """Note what an order must have: an active component, and a base where its container needs one (I20)."""
    oral = route == "PO" or form in ORAL_FORMS
    if route and ((form in ORAL_FORMS) != (route == "PO")) and (form in ORAL_FORMS or form in NOT_SWALLOWED):
        notes.note("CONTAINER_UNKNOWN", f"The order is {form} by the route {route}: check what is to be made")
    if not any(row.role == "active" for row in rows):
        if rows or not oral:
            notes.fault("NO_COMPONENTS", at)
        return
    vessels = {row.named.name for row in rows if row.role == "container" and row.named} or {form or ""}
    if not oral and not any(row.role == "base" for row in rows) and not vessels & notes.profile.without_base:
        notes.fault("NO_BASE", at)


def note_what_blocks(notes: Notes, content: Content, thing: Named, route: Route) -> None:
    """Note what blocks an order whose values could all be read."""
    unknown = [one for one in (thing, *content.names) if not (one.product and one.product.kind == "drug")]
    if unknown:
        notes.note(
            "DRUG_UNKNOWN", "A drug of this order has no code in the sender's table: it must be identified by hand"
        )
    if any(of_another_script(word) for one in (thing, *content.names, *content.bases) for word in one.words):
        notes.note("TEXT_LOOKALIKE", "A drug or fluid is written with letters of another script than Latin")
    if len(content.actives) > 1:
        notes.note(
            "SEVERAL_ACTIVES", f"The product has {len(content.actives)} drugs: it needs a recipe for the mixture"
        )
    if route == "IT":
        notes.note("INTRATHECAL", "Intrathecal: keep apart from all other products, second independent check (R29)")


TABLETS_DISAGREE = "quantity times strength is not the dose times the number of doses"


@dataclass(frozen=True, slots=True)
class Tablets:
    """What an oral order says of the units to dispense; None for what it does not say."""

    quantity: Decimal | None
    """How many units."""
    strength: Decimal | None
    """Of one unit, in `unit`."""
    unit: Unit | None
    """Of the strength."""
    doses: int | None
    """Doses the order asks for."""


def quantities_disagree(tablets: Tablets, dose: Dose) -> bool:
    """Say whether quantity times strength is known and is not the dose times the number of doses."""
    quantity, strength, unit = tablets.quantity, tablets.strength, tablets.unit
    if not (quantity and strength and unit and tablets.doses and dose.amount and dose.unit):
        return False
    wanted = dose.amount * dose.unit.factor * tablets.doses
    return unit.dimension != dose.unit.dimension or quantity * strength * unit.factor != wanted
