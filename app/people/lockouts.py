"""Wrong tries, counted in the database, and the locks they lead to (Q39). Every one is kept (Q7)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select

from app.people import history
from app.people.policy import Policy
from app.people.tables import attempt, lockout, put
from app.record.running import append_row


def subjects(person_id: str, station: str) -> tuple[str, ...]:
    """What one try counts against: the person, if known, and the place it came from."""
    return tuple(s for s in (f"person:{person_id}" if person_id else "", f"station:{station}" if station else "") if s)


def locked_until(conn: Connection, person_id: str, station: str, at: datetime) -> datetime | None:
    """The end of the longest lock that stands, or None."""
    rows = conn.execute(
        select(lockout.c.until).where(lockout.c.subject.in_(subjects(person_id, station)), lockout.c.until.is_not(None))
    )
    return max((row.until for row in rows if row.until > at), default=None)


def count_wrong(
    conn: Connection, person_id: str, station: str, *, purpose: str, at: datetime, policy: Policy
) -> datetime | None:
    """Keep one wrong try and return the end of the lock it brought, if it did."""
    note(conn, person_id, station, purpose=purpose, outcome="wrong", at=at)
    ends = [_count_one(conn, subject, at, policy) for subject in subjects(person_id, station)]
    return max((end for end in ends if end is not None), default=None)


def note(conn: Connection, person_id: str, station: str, *, purpose: str, outcome: str, at: datetime) -> None:
    row = {"at": at, "person": person_id, "station": station, "purpose": purpose, "outcome": outcome}
    append_row(conn, attempt, row)


def forget(conn: Connection, person_id: str, station: str) -> None:
    """A right try ends the row of wrong ones."""
    conn.execute(delete(lockout).where(lockout.c.subject.in_(subjects(person_id, station))))


def release(conn: Connection, subject: str, *, by: str, at: datetime) -> None:
    """A lead or administrator opens a lock early, so that nobody can keep a person out by guessing at their PIN."""
    conn.execute(delete(lockout).where(lockout.c.subject == subject))
    history.note(
        conn, at=at, by=by, person=subject.removeprefix("person:"), what="lock released", detail={"subject": subject}
    )


def standing(conn: Connection, at: datetime) -> tuple[tuple[str, datetime], ...]:
    """Locks that stand now, for the lead's list."""
    rows = conn.execute(
        select(lockout.c.subject, lockout.c.until).where(lockout.c.until.is_not(None)).order_by(lockout.c.until)
    )
    return tuple((row.subject, row.until) for row in rows if row.until > at)


def _count_one(conn: Connection, subject: str, at: datetime, policy: Policy) -> datetime | None:
    row = conn.execute(select(lockout).where(lockout.c.subject == subject)).first()
    lapsed = row is not None and row.until is not None and row.until <= at
    wrong = 1 if row is None or lapsed else row.wrong + 1
    allowed = policy.wrong_allowed_desk if subject.startswith("station:desk/") else policy.wrong_allowed
    until = at + policy.locked_for if wrong >= allowed else None
    if row is not None and not lapsed and row.until is not None:
        until = row.until
    put(conn, lockout, {"subject": subject}, {"wrong": wrong, "until": until, "last_wrong": at})
    return until
