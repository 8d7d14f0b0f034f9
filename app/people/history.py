"""What each act on people leaves behind: an event on the site's stream, and a line by which a person's acts are found.

The event says everything: who, whom, when, where, old, new, why. It stands in the site's chain, under its checkpoints and
in its bundles. The line in `person_history` only points at it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from app.people.tables import person_history
from app.record import acts, canonical
from app.record.log import StoredEvent
from app.record.running import append_row
from app.record.tables import event
from app.settings import Settings


@dataclass(frozen=True)
class Act:
    """One act on people: in whose transaction, at which site, by whom, when and where."""

    conn: Connection
    """The transaction of the caller."""
    settings: Settings
    """Site and software of the event."""
    by: str
    """Person id, or words for the command line and the system."""
    at: datetime
    """The command's one clock reading."""
    station: str = ""
    """Station code; empty or `desk/<address>` at a desk."""
    command_id: str = ""
    """Names the command in the record; empty: a new one for each event. That of a program names its token."""

    def write(self, kind: str, data: Mapping[str, Any]) -> StoredEvent:
        """Append an event that belongs to nobody's file, such as a screen that locked."""
        return acts.append(
            self.conn,
            self.settings,
            self.settings.site,
            kind,
            data,
            who=self.by,
            at=self.at,
            station=None if self.station.startswith("desk/") else self.station or None,
            command_id=self.command_id,
        )

    def note(self, kind: str, person: str, data: Mapping[str, Any]) -> StoredEvent:
        """Append an event of this person's file. `data` holds old, new and why in JSON's types; never a secret."""
        stored = self.write(kind, {"person": person, **data})
        _point(self, kind, person, stored)
        return stored


@dataclass(frozen=True)
class Line:
    """One act in a person's file, as it is read again."""

    at: datetime
    """UTC."""
    by: str
    """Person id, or words."""
    station: str
    """Station code, or empty."""
    what: str
    """Kind of the event."""
    data: Mapping[str, Any]
    """Old, new, why."""
    site_seq: int
    """Number of the event at its site; 0 for a line older than these events."""


def of(conn: Connection, person: str, most: int = 200) -> tuple[Line, ...]:
    """Return the newest acts of a person's file, newest first."""
    mine = person_history.c.person == person
    rows = conn.execute(select(person_history).where(mine).order_by(person_history.c.seq.desc()).limit(most)).all()
    return tuple(_line(conn, dict(row._mapping)) for row in rows)


def _line(conn: Connection, row: Mapping[str, Any]) -> Line:
    where: Any = canonical.parse(row["body"])
    if "site_seq" not in where:  # written before acts became events
        return Line(row["at"], row["by"], row["station"], row["what"], where, 0)
    body = conn.execute(
        select(event.c.body).where(event.c.site == where["site"], event.c.site_seq == where["site_seq"])
    ).scalar_one()
    said: Any = canonical.parse(body)
    data = {name: value for name, value in said["data"].items() if name != "person"}
    return Line(row["at"], row["by"], row["station"], row["what"], data, where["site_seq"])


def _point(act: Act, kind: str, person: str, stored: StoredEvent) -> None:
    body = canonical.dump({"site": stored.site, "site_seq": stored.site_seq}).decode()
    line = {"at": act.at, "by": act.by, "station": act.station, "person": person, "what": kind, "body": body}
    append_row(act.conn, person_history, line)
