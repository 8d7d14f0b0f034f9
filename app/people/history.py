"""The line each change of a person leaves behind: who, when, old, new, why; each digest covers the line before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection

from app.people.tables import person_history
from app.record import canonical
from app.record.running import append_row


def note(
    conn: Connection, *, at: datetime, by: str, person: str, what: str, station: str = "", detail: Mapping[str, object]
) -> None:
    """Append one line. `detail` holds old, new and why as plain text, whole numbers or lists; never a secret."""
    body = canonical.dump(dict(detail)).decode()
    line = {"at": at, "by": by, "station": station, "person": person, "what": what, "body": body}
    append_row(conn, person_history, line)
