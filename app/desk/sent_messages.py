"""What pharmacists wrote to the tablet about one preparation, and when it was read there, as a desk shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.desk.names import name_of
from app.stations import messages


@dataclass(frozen=True)
class Sent:
    """One message."""

    text: str
    telephone: str
    """Where the sender may be called; empty for nowhere."""
    by: str
    """Printed name."""
    at: datetime
    """When it was sent, UTC."""
    seen_by: str
    """Printed name of who read it; empty while nobody has."""
    seen_at: datetime | None
    """When they said so, UTC."""
    station: str
    """Where; empty while nobody has."""


def sent(conn: Connection, preparation: str, known: Mapping[str, str]) -> tuple[Sent, ...]:
    """Return the messages about a preparation, oldest first; `known` are printed names by person id."""
    return tuple(
        Sent(
            one.text,
            one.telephone,
            name_of(known, one.sent_by),
            one.sent_at,
            name_of(known, one.seen_by) if one.seen_by else "",
            one.seen_at,
            one.station,
        )
        for one in messages.of_preparation(conn, preparation)
    )
