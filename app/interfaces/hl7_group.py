"""The segments of one order: who belongs to which ORC, in which order; and the sheet on which its faults are collected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from app.interfaces.hl7_reader import NULL, Message, Segment
from app.interfaces.notes import Notes, number_hint
from app.interfaces.values import number
from workflows.order import Received

RXE: Mapping[str, int] = {
    "beside": 31,
    "drug": 2,
    "low": 3,
    "high": 4,
    "unit": 5,
    "form": 6,
    "admin": 7,
    "dispense": 10,
    "dispense_unit": 11,
    "refills": 12,
    "verifier": 14,
    "dispensing": 21,
    "per_time": 22,
    "rate": 23,
    "rate_unit": 24,
    "strength": 25,
    "strength_unit": 26,
    "indication": 27,
}
"""Where the drug segment of a pharmacy's order keeps its values."""
RXO: Mapping[str, int] = {
    "beside": 24,
    "drug": 1,
    "low": 2,
    "high": 3,
    "unit": 4,
    "form": 5,
    "pharmacy": 6,
    "admin": 7,
    "dispense": 11,
    "dispense_unit": 12,
    "refills": 13,
    "strength": 18,
    "strength_unit": 19,
    "indication": 20,
    "rate": 21,
    "rate_unit": 22,
}
"""The same for a prescriber's order."""
OF_AN_ORDER = frozenset({"TQ1", "RXO", "RXE", "RXR", "RXC"})
# fmt: off
HARMLESS = frozenset({
    "MSH", "SFT", "UAC", "EVN", "PID", "PD1", "NK1", "PV1", "PV2", "IN1", "IN2", "IN3", "GT1", "AL1", "IAM",
    "ARV", "NTE", "ORC", "TQ1", "TQ2", "RXO", "RXE", "RXR", "RXC", "OBX", "OBR", "FT1", "BLG", "CTI", "PRT",
    "DG1", "PR1", "MRG", "ROL", "ACC", "UB1", "UB2", "DRG", "PDA", "DB1", "CON",
})
# fmt: on
"""Segments that may stand in a message we read, whether used or not; Z segments too. Any other is pointed out."""


@dataclass(slots=True)
class Group:
    """One ORC and what follows it."""

    orc: Segment
    """Its first segment."""
    after: dict[str, dict[str, list[Segment]]] = field(default_factory=lambda: {"ORC": {}, "RXO": {}, "RXE": {}})
    """Segments by the last of ORC, RXO, RXE before them, then by name."""
    drugs: dict[str, list[Segment]] = field(default_factory=lambda: {"RXO": [], "RXE": []})
    """RXO and RXE segments."""
    rest: list[Segment] = field(default_factory=list)
    """NTE and all others, in order."""

    def under(self, anchor: str, name: str) -> list[Segment]:
        """Return the segments `name` that follow `anchor` (ORC, RXO or RXE)."""
        return self.after[anchor].get(name, [])


@dataclass(slots=True)
class Sheet(Notes):
    """What is noted while one order of a message is read; its places are segments and fields."""

    message: Message
    """For places."""
    alone: bool
    """Whether the message has one order only, so that a segment name alone is a place."""
    common: tuple[Segment, ...] = ()
    """Z segments that stand before the first ORC and so speak of every order."""

    def place(self, segment: Segment, field_number: int = 0) -> str:
        """Return the place of a field."""
        return self.message.place(segment, field_number)

    def kind(self, segment: Segment) -> str:
        """Return the place of all segments of this kind of the order."""
        return segment.name if self.alone else segment.at()

    def keep(self, name: str, segment: Segment, field_number: int) -> None:
        """Keep a text as received, with its place (I37)."""
        text = segment.get(field_number)
        if text:
            self.received.append(Received(name, text, self.place(segment, field_number)))

    def amount(self, segment: Segment, field_number: int, name: str) -> Decimal | None:
        """Return the amount above zero in a field, or note why there is none (I32)."""
        at, text = self.place(segment, field_number), segment.get(field_number)
        self.keep(name, segment, field_number)
        if text in ("", NULL):
            self.fault("AMOUNT_MISSING", at)
            return None
        found = number(text) if segment.leaves(field_number) == 1 else None
        if found is None:
            self.fault("NOT_A_NUMBER", at, segment.raw(field_number), number_hint(text))
            return None
        if found <= 0:
            self.fault("NOT_POSITIVE", at, text, "an amount must be greater than zero")
            return None
        return found

    def optional(self, segment: Segment, field_number: int, name: str) -> Decimal | None:
        """Return a number above zero, None if the field is empty; what cannot be read is a finding (I42)."""
        text = segment.get(field_number)
        if text in ("", NULL):
            return None
        self.keep(name, segment, field_number)
        found = number(text) if segment.leaves(field_number) == 1 else None
        if found is None or found <= 0:
            self.unreadable(self.place(segment, field_number), "is not a plain number above zero")
            return None
        return found


def groups_of(message: Message) -> tuple[list[Group], list[Segment]]:
    """Return the orders of a message, and the order segments that stand before the first ORC."""
    groups: list[Group] = []
    early: list[Segment] = []
    anchor = "ORC"
    for segment in message.segments:
        if segment.name == "ORC":
            groups.append(Group(segment))
            anchor = "ORC"
        elif not groups:
            if segment.name in OF_AN_ORDER:
                early.append(segment)
        elif segment.name in ("RXO", "RXE"):
            anchor = segment.name
            groups[-1].drugs[anchor].append(segment)
        elif segment.name in OF_AN_ORDER:
            groups[-1].after[anchor].setdefault(segment.name, []).append(segment)
        else:
            groups[-1].rest.append(segment)
    return groups, early


def drug_segment(group: Group, sheet: Sheet, message_type: str) -> Segment | None:
    """Return the one RXE (or RXO) that counts, or note why the order cannot be read (I17, I23)."""
    for name in ("RXE", "RXO"):
        if len(group.drugs[name]) > 1:
            sheet.fault("TWO_DRUGS", sheet.kind(group.drugs[name][0]))
            return None
    found = group.drugs["RXE"] or ([] if message_type == "RDE" else group.drugs["RXO"])
    if not found:
        sheet.fault("NO_DRUG", "RXE" if message_type == "RDE" else "RXO")
        return None
    if group.under("ORC", "RXR") or group.under("ORC", "RXC"):
        sheet.fault("SEGMENT_ORDER", sheet.kind(found[0]))
        return None
    return found[0]
