"""Wrong tries, counted in the database, and the locks they lead to (Q39). Every one is kept (Q7)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select

from app.people.accounts import NotDoneError, given
from app.people.history import Act
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


def count_wrong(act: Act, person_id: str, *, purpose: str, policy: Policy, outcome: str = "wrong") -> datetime | None:
    """Keep one wrong try at `act.station` and return the end of the lock it brought, if it did."""
    note(act.conn, person_id, act.station, purpose=purpose, outcome=outcome, at=act.at)
    ends = [_count_one(act, subject, policy, purpose) for subject in subjects(person_id, act.station)]
    return max((end for end in ends if end is not None), default=None)


def note(conn: Connection, person_id: str, station: str, *, purpose: str, outcome: str, at: datetime) -> None:
    row = {"at": at, "person": person_id, "station": station, "purpose": purpose, "outcome": outcome}
    append_row(conn, attempt, row)


def forget(conn: Connection, person_id: str, station: str) -> None:
    """A right try ends the row of wrong ones."""
    conn.execute(delete(lockout).where(lockout.c.subject.in_(subjects(person_id, station))))


def release(act: Act, subject: str, *, why: str) -> None:
    """A lead or administrator opens a lock early, so that nobody can keep a person out by guessing at their PIN.

    Nobody opens their own: whoever guesses at it may sit at their open screen.
    """
    person = subject.removeprefix("person:") if subject.startswith("person:") else ""
    if person == act.by:
        raise NotDoneError("Nobody opens their own lock. Ask another lead technician or administrator.")
    if act.conn.execute(delete(lockout).where(lockout.c.subject == subject)).rowcount == 0:
        raise NotDoneError("This lock is open already.")
    if person:
        act.note("lock_opened", person, {"why": given(why)})
    else:
        act.write("lock_opened", {"subject": subject, "why": given(why)})


def standing(conn: Connection, at: datetime) -> tuple[tuple[str, datetime], ...]:
    """Locks that stand now, for the lead's list."""
    rows = conn.execute(
        select(lockout.c.subject, lockout.c.until).where(lockout.c.until.is_not(None)).order_by(lockout.c.until)
    )
    return tuple((row.subject, row.until) for row in rows if row.until > at)


def _count_one(act: Act, subject: str, policy: Policy, purpose: str) -> datetime | None:
    conn, at = act.conn, act.at
    row = conn.execute(select(lockout).where(lockout.c.subject == subject)).first()
    lapsed = row is not None and row.until is not None and row.until <= at
    wrong = 1 if row is None or lapsed else row.wrong + 1
    allowed = policy.wrong_allowed_desk if subject.startswith("station:desk/") else policy.wrong_allowed
    until = at + policy.locked_for if wrong >= allowed else None
    if row is not None and not lapsed and row.until is not None:
        until = row.until
    elif until is not None:
        act.write("sign_in_locked", {"subject": subject, "wrong": wrong, "until": until.isoformat(), "what": purpose})
    put(conn, lockout, {"subject": subject}, {"wrong": wrong, "until": until, "last_wrong": at})
    return until
