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
    """Messages pasted in, of which the draft took an order."""
    real: int
    """Messages that had come from this sender, of which it took one."""
    empty: int
    """Messages of which the draft took no order: they say nothing of how it reads one, and count for nothing."""
    gone: int
    """Messages whose bytes were purged: not tried."""
    differing: tuple[Compared, ...]
    """Those read otherwise, newest first."""


@dataclass(frozen=True)
class Came:
    """One message that had come."""

    row: Any
    """Its row: seq, control_id, at, sender."""
    content: bytes | None
    """Its bytes; None where they were purged."""


def came_from(conn: Connection, profile: Profile, kept: Blobs, most: int) -> tuple[Came, ...]:
    """Return the newest messages of a sender."""
    mine = or_(*(message.c.sender == one for one in sorted(keys_of(profile))))
    wanted = select(message.c.seq, message.c.control_id, message.c.at, message.c.blob, message.c.sender).where(mine)
    rows = conn.execute(wanted.order_by(message.c.seq.desc()).limit(min(most, MOST))).all()
    contents = (kept.get(row.blob, conn) for row in rows)
    return tuple(Came(row, one if isinstance(one, bytes) else None) for row, one in zip(rows, contents, strict=True))


def on_messages(draft: Profile, counts: Profile | None, pasted: bytes, came: Sequence[Came], at: datetime) -> Tried:
    """Read pasted messages and those that came by both; `counts` is None for a sender that is new."""
    read, differing = [0, 0], []
    rows = [(one.row, one.content, 1) for one in came if one.content is not None]
    for row, content, real in [*([(None, pasted, 0)] if pasted.strip() else []), *rows]:
        old = _values(content, counts, at, row.sender if row else "") if counts else {}
        new = _values(content, draft, at, row.sender if row else "")
        read[real] += new["outcome"] == "accepted" and any(map(ORDER.fullmatch, new))
        if lines := _otherwise(old, new):
            differing.append(
                Compared(row.seq, row.control_id, row.at, lines) if row else Compared(0, "pasted", None, lines)
            )
    tried = len(rows) + bool(pasted.strip())
    return Tried(read[0], read[1], tried - sum(read), len(came) - len(rows), tuple(differing))


def _otherwise(old: dict[str, str], new: dict[str, str]) -> tuple[Otherwise, ...]:
    """Return what is read otherwise, of what both read in one message; `old` is empty for a sender that is new."""
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
