"""A sender profile's draft tried on messages: what it reads otherwise than the version that counts, field by field."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, or_, select

from app.desk.trying import readings_of
from app.interfaces.book import MemoryBook
from app.interfaces.judge import handle
from app.interfaces.profile import Profile
from app.interfaces.reading import Reading
from app.interfaces.senders import keys_of
from app.interfaces.shown import order_json, patient_json
from app.interfaces.tables import message
from app.record.blobs import Blobs

MOST = 500
"""Newest messages of a sender that a trial looks at."""
OF_THE_MESSAGE = frozenset({"received", "message_id", "profile_version", "patient", "version", "allergies"})
"""Keys of an order that say nothing of what was read."""
ORDER = re.compile(r"(message \d+ )?order \d+")
IDENTIFYING = re.compile(r"^patient |^order \d+ (instructions|indication)")
NO_ORDER_HERE = frozenset({"ORDER_UNKNOWN"})
"""Reasons that only an empty book gives: each message is tried by itself."""


@dataclass(frozen=True)
class Otherwise:
    """One field that is read otherwise."""

    field: str
    """What it is: order 1 dose, refused, finding."""
    counts: str
    """As the version that counts reads it; empty for nothing."""
    draft: str
    """As the draft reads it."""
    identifying: bool = False
    """Whether it is of the patient: shown to pharmacists."""


@dataclass(frozen=True)
class Compared:
    """One message, read twice."""

    seq: int
    """Its number in the log of messages; 0 for one pasted in."""
    control_id: str
    """Its number at the sender."""
    at: datetime | None
    """When it came, UTC."""
    lines: tuple[Otherwise, ...]
    """What is read otherwise; empty where nothing is."""


@dataclass(frozen=True)
class Tried:
    """What a trial found."""

    pasted: int
    """Messages pasted in."""
    real: int
    """Messages that had come from this sender."""
    gone: int
    """Messages whose bytes were purged: not tried."""
    differing: tuple[Compared, ...]
    """Those read otherwise, newest first."""


def came_from(conn: Connection, profile: Profile, most: int) -> tuple[Any, ...]:
    """Return the newest messages of a sender: seq, control_id, at, blob, sender."""
    mine = or_(*(message.c.sender == one for one in sorted(keys_of(profile))))
    wanted = select(message.c.seq, message.c.control_id, message.c.at, message.c.blob, message.c.sender).where(mine)
    return tuple(conn.execute(wanted.order_by(message.c.seq.desc()).limit(min(most, MOST))))


def on_messages(
    draft: Profile, counts: Profile | None, pasted: bytes, rows: Sequence[Any], kept: Blobs, at: datetime
) -> Tried:
    """Read pasted messages and those that came by both; `counts` is None for a sender that is new."""
    own = [Compared(0, "pasted", None, otherwise(pasted, counts, draft, at))] if pasted.strip() else []
    found, gone = list(own), 0
    for row in rows:
        content = kept.get(row.blob)
        if not isinstance(content, bytes):
            gone += 1
            continue
        found.append(Compared(row.seq, row.control_id, row.at, otherwise(content, counts, draft, at, row.sender)))
    return Tried(len(own), len(found) - len(own), gone, tuple(one for one in found if one.lines))


def otherwise(
    content: bytes, counts: Profile | None, draft: Profile, at: datetime, sender: str = ""
) -> tuple[Otherwise, ...]:
    """Return what two profiles read otherwise in one message."""
    old = _values(content, counts, at, sender) if counts else {}
    new = _values(content, draft, at, sender)
    names = [*new, *(name for name in old if name not in new)]
    lost = tuple(f"{name} " for name in names if ORDER.fullmatch(name) and old and (name in old) != (name in new))
    if old and old["outcome"] != new["outcome"]:
        lost = (*lost, "finding ")
    return tuple(
        Otherwise(name, old.get(name, ""), new.get(name, ""), bool(IDENTIFYING.search(name)))
        for name in names
        if old.get(name, "") != new.get(name, "") and not name.startswith(lost)
    )


def _values(content: bytes, profile: Profile, at: datetime, sender: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, reading in enumerate(readings_of(content, [profile], sender), 1):
        where = f"message {number} " if number > 1 else ""
        found |= {name.replace("order ", f"{where}order ", 1): words for name, words in _of_reading(reading, at)}
    return found


def _of_reading(reading: Reading, at: datetime) -> Iterator[tuple[str, str]]:
    verdict = handle(reading, MemoryBook(), at, "TRIAL").verdict
    refused = [one for one in verdict.errors if one.reason not in NO_ORDER_HERE]
    yield "outcome", "refused" if refused else "accepted"
    for fault in refused:
        yield f"refused {fault.reason} {fault.at}".rstrip(), fault.hint or fault.text
    for note in verdict.findings:
        yield f"finding {note.code}", note.text
    if reading.patient:
        for name, value in patient_json(reading.patient).items():
            yield f"patient {name.replace('_', ' ')}", str(value or "")
    for number, act in enumerate(reading.orders, 1):
        if act.order is not None and reading.patient is not None:
            yield f"order {number}", f"{act.control}: {act.order.drug} {act.order.dose:f} {act.order.dose_unit}"
            shown = order_json(act.order, reading.patient)
            yield from _flat(f"order {number}", {k: v for k, v in shown.items() if k not in OF_THE_MESSAGE})


def _flat(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(f"{name} {key.replace('_', ' ')}", inner)
    elif isinstance(value, list):
        for place, inner in enumerate(value, 1):
            yield from _flat(f"{name} {place}", inner)
    elif value is not None:
        yield name, str(value)
