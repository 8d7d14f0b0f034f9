"""A message read for people and kept by nobody: each value as it stood beside what is wrong at its place, and the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.interfaces.book import MemoryBook
from app.interfaces.csv_orders import read_sheet
from app.interfaces.fhir import read_document, sender_of
from app.interfaces.hl7 import read
from app.interfaces.judge import handle
from app.interfaces.profile import Profile
from app.interfaces.reading import Reading
from app.interfaces.sheet_file import COLUMNS, read_table
from workflows.order import Order, OrderFinding


@dataclass(frozen=True)
class Value:
    """One value as it stood in the message; clinical ones only."""

    field: str
    """What it was read as: dose, components.1.amount."""
    text: str
    """The characters."""
    at: str
    """Its place."""
    wrong: str
    """What is wrong there, in words; empty where nothing is."""


@dataclass(frozen=True)
class Tried:
    """What would become of one message."""

    accepted: bool
    """Whether it would be taken."""
    values: tuple[Value, ...]
    """In the order of reading."""
    others: tuple[str, ...]
    """What is wrong at places of which no value was read."""
    findings: tuple[OrderFinding, ...]
    """What a pharmacist would have to see."""
    order: Order | None
    """The order that would be made."""
    reply: str
    """What the sender would hear."""


def readings_of(content: bytes, profiles: Sequence[Profile], sender: str = "") -> list[Reading]:
    """Return what a message says, whatever door it would come by; a document or sheet by the profile of its sender."""
    named = next((one for one in profiles if sender in (sender_of(one), f"csv:{one.name}")), profiles[0])
    bare = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    if bare.startswith(b"{"):
        return read_document(content, named)
    if bare.split(b",", 1)[0].strip(b'"').decode("ascii", "replace") in COLUMNS:
        return read_sheet(content, read_table(content), named)
    return [read(content, profiles)]


def tried(content: bytes, profiles: Sequence[Profile], at: datetime, sender: str = "") -> tuple[Tried, ...]:
    """Return what would become of each order message in `content`, judged on an empty book."""
    return tuple(_tried(reading, at) for reading in readings_of(content, profiles, sender))


def _tried(reading: Reading, at: datetime) -> Tried:
    book = MemoryBook()
    handled = handle(reading, book, at, "PREVIEW")
    said = {fault.at: fault.hint or fault.text for fault in reversed(handled.verdict.errors)}
    read_values = [one for act in reading.orders for one in act.received]
    values = tuple(Value(one.field, one.text, one.at, said.get(one.at, "")) for one in read_values)
    places = {one.at for one in values}
    others = tuple(f"{at_}: {words}" if at_ else words for at_, words in said.items() if at_ not in places)
    kept = next((kept.order for kept in book.orders.values()), None)
    findings = handled.verdict.findings
    return Tried(handled.verdict.outcome == "accepted", values, others, findings, kept, handled.reply)
