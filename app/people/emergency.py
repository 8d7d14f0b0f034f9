"""Emergency access: opened by whoever stands at a station, with PIN and reason, for an hour; alarmed, and reviewed afterwards.

It lets its person finish or stop what is running there, as the clinical rules say (Q30). It begins nothing and releases nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, insert, select, update

from app.clock import new_id
from app.people import accounts
from app.people.accounts import NotDoneError
from app.people.door import Door, Refused, check, settle
from app.people.history import Act
from app.people.tables import emergency
from app.record.columns import moment_text
from app.record.prepared import FIRST, PreparedRows
from workflows.circumstances import Emergency

LASTS = timedelta(hours=1)
LEAST_WORDS = 10
"""Letters that a reason and a finding must have (Q3)."""


@dataclass(frozen=True)
class Access:
    """One emergency access."""

    id: str
    """Names the row."""
    person: str
    """Person id."""
    station: str
    """Station code: it counts nowhere else."""
    reason: str
    """Why, in words."""
    opened: datetime
    """When, UTC."""
    until: datetime
    """Its end, an hour later."""
    ended: datetime | None
    """When its person or somebody else ended it before."""
    reviewed: datetime | None
    """When somebody else looked into it."""
    reviewed_by: str
    """Person id; empty while nobody did."""
    finding: str
    """What they found."""

    def is_open(self, at: datetime) -> bool:
        return self.ended is None and at < self.until


def begin(door: Door, person_id: str, pin: str, reason: str, *, station: str, at: datetime) -> Access | Refused:
    """Open it: the person gives their own PIN once more, so that an open screen is not enough. Never inside a write."""
    if not station:
        return Refused("Emergency access is opened at a station, where the work is.")
    if len(reason.strip()) < LEAST_WORDS:
        return Refused(f"Say why, in {LEAST_WORDS} letters or more.")
    checked = check(
        door,
        lambda conn: accounts.by_id(conn, person_id),
        "pin",
        pin,
        station=station,
        purpose="emergency access",
        at=at,
    )

    def work(conn: Connection) -> Access | Refused:
        settled = settle(conn, door, checked, at, wrong="This is not your PIN. Nothing was opened. Try again.")
        if isinstance(settled, Refused):
            return settled
        standing = unended(conn, person_id, station)
        if standing is not None and standing.is_open(at):
            return Refused("You have emergency access here already.")
        return _open(door.act(conn, person_id, at, station), reason.strip())

    return door.store.write(work)


def _open(act: Act, reason: str) -> Access:
    until = act.at + LASTS
    id = new_id()
    told = {"access": id, "at_station": act.station, "reason": reason, "until": until.isoformat()}
    stored = act.note("emergency_opened", act.by, told)
    row = {"person": act.by, "station": act.station, "reason": reason, "opened": act.at, "until": until}
    act.conn.execute(insert(emergency).values(id=id, digest=stored.digest.hex(), **row))
    return Access(id, act.by, act.station, reason, act.at, until, None, None, "", "")


def end(act: Act, id: str) -> None:
    """End it before its hour is over."""
    found = by_id(act.conn, id)
    if not found.is_open(act.at):
        raise NotDoneError("This emergency access is over already.")
    act.conn.execute(update(emergency).where(emergency.c.id == id).values(ended=act.at))
    act.note("emergency_ended", found.person, {"access": id, "at_station": found.station})


def review(act: Act, id: str, finding: str) -> None:
    """Keep what somebody else found when they looked into it; once, and only when it is over."""
    found, words = by_id(act.conn, id), finding.strip()
    if found.person == act.by:
        raise NotDoneError("Nobody reviews their own emergency access. Another person looks into it.")
    if found.is_open(act.at):
        raise NotDoneError("It is still open. It is reviewed when it is over.")
    if found.reviewed is not None:
        raise NotDoneError("This emergency access was reviewed already.")
    if len(words) < LEAST_WORDS:
        raise NotDoneError(f"Write what you found, in {LEAST_WORDS} letters or more.")
    values = {"reviewed": act.at, "reviewed_by": act.by, "finding": words}
    act.conn.execute(update(emergency).where(emergency.c.id == id).values(**values))
    act.note("emergency_reviewed", found.person, {"access": id, "finding": words})


def by_id(conn: Connection, id: str) -> Access:
    """Return one. Raises NotDoneError where there is none."""
    found = _those(conn, emergency.c.id == id)
    if not found:
        raise NotDoneError("There is no such emergency access.")
    return found[0]


_OPEN = select(emergency).where(emergency.c.ended.is_(None)).order_by(emergency.c.opened.desc())
_UNENDED = PreparedRows(
    _OPEN.where(emergency.c.person == bindparam("of"), emergency.c.station == bindparam("here")).limit(FIRST)
)
_LIVING = PreparedRows(_OPEN.where(emergency.c.until > bindparam("at")))
"""Asked at every request: made once."""


def unended(conn: Connection, person_id: str, station: str) -> Access | None:
    """Return the newest one of somebody at a station that nobody ended, its hour over or not."""
    row = _UNENDED.first(conn, {"of": person_id, "here": station})
    return None if row is None else _access(row)


def for_rules(conn: Connection, person_id: str, station: str) -> Emergency | None:
    """Return it as the clinical rules know it; whether it is still open they judge by their own time."""
    found = unended(conn, person_id, station) if station else None
    return Emergency(found.reason, found.until) if found is not None else None


def living(conn: Connection, at: datetime) -> tuple[Access, ...]:
    """Return every one that is open now, newest first: what the alarm shows."""
    return tuple(_access(row) for row in _LIVING.all(conn, {"at": moment_text(at)}))


def of(conn: Connection, person_id: str, station: str) -> tuple[Access, ...]:
    """Return every one of somebody at a station, newest first."""
    return _those(conn, (emergency.c.person == person_id) & (emergency.c.station == station))


def newest(conn: Connection, most: int = 100) -> tuple[Access, ...]:
    """Return the newest ones, reviewed or not, those that wait for a review first."""
    waiting, done = _those(conn, emergency.c.reviewed.is_(None)), _those(conn, emergency.c.reviewed.is_not(None))
    return (*waiting, *done[:most])


def _those(conn: Connection, which: ColumnElement[bool]) -> tuple[Access, ...]:
    rows = conn.execute(select(emergency).where(which).order_by(emergency.c.opened.desc()))
    return tuple(_access(row) for row in rows)


def _access(row: Row[Any]) -> Access:
    return Access(
        row.id,
        row.person,
        row.station,
        row.reason,
        row.opened,
        row.until,
        row.ended,
        row.reviewed,
        row.reviewed_by,
        row.finding,
    )
