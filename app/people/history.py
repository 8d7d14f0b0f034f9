"""The line each change of a person leaves behind: who, when, old, new, why; chained by digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, insert, select

from app.people.tables import person_history

_FIRST = "0" * 64


def note(
    conn: Connection, *, at: datetime, by: str, person: str, what: str, station: str = "", detail: Mapping[str, object]
) -> None:
    """Append one line. `detail` holds old, new and why as plain text, numbers or lists; never a secret."""
    last = conn.execute(
        select(person_history.c.seq, person_history.c.digest).order_by(person_history.c.seq.desc()).limit(1)
    ).one_or_none()
    seq, before = (last.seq + 1, last.digest) if last else (1, _FIRST)
    body = json.dumps(dict(detail), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    line = {"seq": seq, "at": at, "by": by, "station": station, "person": person, "what": what, "body": body}
    conn.execute(insert(person_history).values(**line, digest=digest(before, line)))


def digest(before: str, line: Mapping[str, object]) -> str:
    """SHA-256 over the line before and every field of this one, so that no line can be changed alone."""
    at = line["at"]
    if not isinstance(at, datetime):
        raise TypeError("a line of history needs its time")
    fields = [
        str(line["seq"]),
        at.isoformat(timespec="microseconds"),
        *(str(line[k]) for k in ("by", "station", "person", "what", "body")),
    ]
    text = json.dumps([before, *fields], separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(b"vialtrace/person/1\0" + text.encode()).hexdigest()


def broken_at(conn: Connection) -> int | None:
    """Return the number of the first line whose digest does not fit, or None when the whole history stands."""
    before = _FIRST
    for expected, row in enumerate(conn.execute(select(person_history).order_by(person_history.c.seq)), 1):
        if row.seq != expected or row.digest != digest(before, dict(row._mapping)):
            return expected
        before = row.digest
    return None
