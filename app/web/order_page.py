"""What an order's page shows: each value as it was read, with its place in the message."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from app.desk.cleared import Asked
from app.desk.judging import Judgement
from app.desk.of_trial import OfTrial
from app.desk.orders import OrderLine, RawSegment
from app.desk.rounding import Rounding
from app.desk.shown import ROUTES
from app.interfaces.batches import Offer
from app.web.review_page import Signing
from workflows.by_volume import ByVolume
from workflows.lines import Line
from workflows.order import Order, Person
from workflows.wording import amount, unit

PRIORITIES = {"S": "STAT", "A": "as soon as possible", "T": "timed", "R": "routine"}
PLACE = re.compile(r"([A-Z][A-Z0-9]{2})(?:\[(\d+)\])?(?:-(\d+))?")


@dataclass(frozen=True)
class Field:
    """One value of the order."""

    name: str
    """What it is."""
    value: str
    """As it was read."""
    received: str = ""
    """As the message had it; empty where it is not kept."""
    at: str = ""
    """Its place there: RXE-3, RXC[2]-3."""

    @property
    def anchor(self) -> str:
        """The place as the raw message marks it: RXE-1-3; empty where there is none."""
        match = PLACE.match(self.at)
        return f"{match[1]}-{match[2] or 1}-{match[3] or 0}" if match else ""


@dataclass(frozen=True)
class OrderPage:
    """The whole page."""

    line: OrderLine
    fields: tuple[Field, ...]
    """The order field by field."""
    raw: tuple[RawSegment, ...]
    """The message, segment by segment; empty where it cannot be shown."""
    no_raw: str
    """Why it cannot be shown."""
    plan: tuple[Line, ...]
    """How it would be made; empty before a preparation is open."""
    recipe: str
    """The recipe with its signers; empty before."""
    judgement: Judgement | None
    """What this person may do with its preparation."""
    version: int
    """Of the preparation; 0 where there is none."""
    head: str
    """Digest of its last event."""
    signing: Signing
    may_clear: bool
    """This person may clear a finding."""
    by_weight: bool
    """It is made by weight: another signed recipe of its drug may be chosen for it."""
    verified: str
    """By whom and when it was verified; empty before."""
    rounding: Rounding | None = None
    """What rounding the dose would save, while the order waits to be verified (R59)."""
    vials: str = ""
    """Which vials it should take and why, where an opened one can be used (R32)."""
    asks: tuple[Asked, ...] = ()
    """What must be confirmed of it before it is made (R57)."""
    by_volume: tuple[str, ...] = ()
    """For what this person may have it made by volume now (R13)."""
    made_by_volume: ByVolume | None = None
    """Why its preparation is made by volume; None where it is not."""
    trial: OfTrial | None = None
    """Whose dose of a trial it is; None where it is of none (R56)."""
    together: Offer | None = None
    """What of its doses may be made together now; None for an order of one dose, and once all have preparations."""


def fields_of(order: Order, printed: str, zone: ZoneInfo, program: str = "") -> tuple[Field, ...]:
    """Return the order field by field, in the order in which a pharmacist compares them; `printed` is the drug's name.

    `program` names the program by which it was sent through the API: who verified it at the sender is that program's word.
    """
    received = {one.field: one for one in order.received}

    def field(name: str, value: str, of: str = "") -> Field:
        told = received.get(of)
        return Field(name, value, told.text if told else "", told.at if told else "")

    found = [
        field("drug", printed, "drug"),
        field("dose", f"{amount(order.dose)} {unit(order.dose_unit)}", "dose"),
        *_components(order, printed),
        field("container", order.container or "not stated", "container"),
        field("route", ROUTES.get(order.route, order.route), "route"),
        field("needed by", f"{order.due_at.astimezone(zone):%Y-%m-%d %H:%M}", "due_at"),
        field("priority", PRIORITIES.get(order.priority, order.priority), "priority"),
        *(field(*one) for one in _numbers(order)),
        field("sent by program", program),
        *(field(name, _by_word_of(program, name, _person(who))) for name, who in _people(order)),
        *(field(f"text, {one.kind}", one.text) for one in order.instructions),
    ]
    return tuple(one for one in found if one.value)


def _components(order: Order, printed: str) -> tuple[Field, ...]:
    """Return base, actives and others; the message's own numbering of components is kept in their places."""
    by_text = {one.text: one for one in order.received if one.field.startswith("components.")}

    def part(name: str, value: str, text: str) -> Field:
        told = by_text.get(text)
        return Field(name, value, told.text if told else "", told.at if told else "")

    found = []
    if order.base:
        words = f"{order.base.fluid} {amount(order.base.volume_ml)} mL" + (", fill up to" if order.base.qs else "")
        found.append(part("base", words, f"{order.base.volume_ml:f}"))
    for active in order.actives:
        words = f"{printed if active.drug == order.drug else active.drug} {amount(active.amount)} {unit(active.unit)}"
        words += f", of {active.concentration}" if active.concentration else ""
        found.append(part("active", words, f"{active.amount:f}"))
    found += [
        part(one.kind, f"{one.text} {amount(one.amount)} {unit(one.unit)}", f"{one.amount:f}") for one in order.others
    ]
    return tuple(found)


def _numbers(order: Order) -> list[tuple[str, str, str]]:
    def with_unit(value: Decimal | None, unit: str) -> str:
        return f"{amount(value)} {unit}" if value is not None else ""

    per_unit = with_unit(order.per_unit_dose, order.per_unit or "")
    cycle = ", ".join(word for word in (_told("cycle", order.cycle), _told("day", order.day)) if word)
    return [
        ("payer", order.payer, "payer"),
        ("protocol", ", ".join(word for word in (order.protocol, cycle) if word), ""),
        ("doses asked for", str(order.doses_total or ""), "doses_total"),
        ("how often", order.frequency, "frequency"),
        ("dose by size", per_unit, "per_unit_dose"),
        ("reduction", with_unit(order.reduction_percent, "percent"), "reduction_percent"),
        ("weight", with_unit(order.weight_kg, "kg"), "weight_kg"),
        ("height", with_unit(order.height_cm, "cm"), "height_cm"),
        ("body surface", with_unit(order.bsa_m2, "m²"), "bsa_m2"),
        ("rate", with_unit(order.rate_ml_h, "mL/h"), "rate_ml_h"),
        ("duration", with_unit(order.duration_min, "min"), "duration_min"),
        ("total volume", with_unit(order.total_volume_ml, "mL"), "total_volume_ml"),
        ("indication", order.indication, ""),
    ]


def _told(name: str, value: int | None) -> str:
    return f"{name} {value}" if value is not None else ""


def _people(order: Order) -> tuple[tuple[str, Person | None], ...]:
    return (
        ("prescribed by", order.prescriber),
        ("verified at sender by", order.verified_by),
        ("entered by", order.entered_by),
    )


def _by_word_of(program: str, name: str, who: str) -> str:
    told = program and who and name.startswith("verified")
    return f"{who}, by the word of this program alone: nobody signed for it here" if told else who


def _person(who: Person | None) -> str:
    return " ".join(word for word in (who.name, who.role, f"({who.id})") if word) if who else ""
