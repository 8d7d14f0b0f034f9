"""A forgotten PIN or password: a one-time secret in two halves, handed over by two people, with which a new one is chosen.

Nobody sets or sees another's secret (Q23). The first half is drawn for the administrator who resets, the second for another
person; each is shown once. Only whoever holds both signs in with it, once, and can do nothing but choose a new secret.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, select, update

from app.clock import new_digits, new_id
from app.people import accounts, sessions, tokens
from app.people.accounts import NotDoneError
from app.people.history import Act
from app.people.secrets import Kind, Secrets
from app.people.tables import enrolment, put, secret

LASTS = timedelta(hours=24)
HALF = {"pin": 6, "password": 10}
"""Digits of a PIN's half, letters of a password's: the person types both, one after the other."""


@dataclass(frozen=True)
class Invitation:
    """A one-time secret that waits to be used."""

    person: str
    """Person id."""
    kind: Kind
    """For which secret."""
    first_by: str
    """Who reset it, and was shown the first half."""
    second_by: str
    """Who was shown the second half; empty while nobody was."""
    since: datetime
    """When it was reset."""
    until: datetime
    """After this it is of no use."""
    hashes: tuple[tuple[str, str], ...] = field(repr=False)
    """Hash and pepper id of each half."""

    def fits(self, secrets: Secrets, typed: str) -> bool:
        """Compare both halves; takes as long as two PINs."""
        tidy = typed.upper().replace("-", "").replace(" ", "")
        half = HALF[self.kind]
        if len(tidy) != 2 * half or len(self.hashes) != 2:
            secrets.waste_time("enrolment", typed)
            return False
        halves = zip((tidy[:half], tidy[half:]), self.hashes, strict=True)
        found = [secrets.verify("enrolment", part, hashed, pepper).right for part, (hashed, pepper) in halves]
        return all(found)

    def spend(self, act: Act) -> bool:
        """Use it up; False where it was used meanwhile."""
        unused = _row(self.person, self.kind) & enrolment.c.used.is_(None) & (enrolment.c.since == self.since)
        if act.conn.execute(update(enrolment).where(unused).values(used=act.at)).rowcount == 0:
            return False
        act.note("enrolment_used", self.person, {"kind": self.kind})
        return True


def draw(kind: Kind) -> str:
    """Return a fresh half."""
    return new_digits(HALF[kind]) if kind == "pin" else new_id(HALF[kind])


def reset(act: Act, person_id: str, kind: Kind, *, hashed: str, pepper: str, why: str) -> None:
    """Void the secret, every session and every API token at once, and keep the first half of a new beginning."""
    accounts.not_ones_own(act, person_id)
    reason = accounts.given(why)
    if not accounts.by_id(act.conn, person_id).active:
        raise NotDoneError("This person has left. Nothing of theirs is reset.")
    act.conn.execute(delete(secret).where(secret.c.person == person_id, secret.c.kind == kind))
    values: dict[str, Any] = {
        "first": hashed,
        "first_pepper": pepper,
        "first_by": act.by,
        "second": "",
        "second_pepper": "",
    }
    values |= {"second_by": "", "since": act.at, "until": act.at + LASTS, "used": None}
    put(act.conn, enrolment, {"person": person_id, "kind": kind}, values)
    sessions.end_all(act, person_id, why=f"{'PIN' if kind == 'pin' else 'password'} reset")
    for token in tokens.of(act.conn, person_id):
        tokens.end(act, token, why=f"{'PIN' if kind == 'pin' else 'password'} reset: {reason}")
    act.note("secret_reset", person_id, {"kind": kind, "why": reason})


def hand_second(act: Act, person_id: str, kind: Kind, *, hashed: str, pepper: str) -> None:
    """Keep the second half, drawn for somebody who is neither the person nor whoever reset it."""
    waiting = open_one(act.conn, person_id, kind, act.at)
    if waiting is None or waiting.second_by:
        raise NotDoneError("There is no second half to hand over. It was handed over, used, or is older than a day.")
    if act.by in (person_id, waiting.first_by):
        raise NotDoneError("The second half is handed over by somebody else than whoever reset it.")
    values = {"second": hashed, "second_pepper": pepper, "second_by": act.by}
    mine = _row(person_id, kind) & (enrolment.c.second_by == "")
    act.conn.execute(update(enrolment).where(mine).values(**values))
    act.note("enrolment_second_half", person_id, {"kind": kind, "reset_by": waiting.first_by})


def open_one(conn: Connection, person_id: str, kind: Kind, at: datetime) -> Invitation | None:
    """Return the invitation that is neither used nor too old, its second half drawn or not."""
    row = conn.execute(select(enrolment).where(_row(person_id, kind), enrolment.c.used.is_(None))).first()
    return None if row is None or row.until <= at else _invitation(row)


def standing(conn: Connection, person_id: str, kind: Kind, at: datetime) -> Invitation | None:
    """Return the invitation that somebody may sign in with: both halves drawn."""
    found = open_one(conn, person_id, kind, at)
    return found if found is not None and found.second_by else None


def waiting(conn: Connection, at: datetime) -> tuple[Invitation, ...]:
    """Return the invitations of which the second half was not handed over yet."""
    open_ = (enrolment.c.second_by == "") & enrolment.c.used.is_(None) & (enrolment.c.until > at)
    rows = conn.execute(select(enrolment).where(open_).order_by(enrolment.c.since))
    return tuple(_invitation(row) for row in rows)


def _row(person_id: str, kind: str) -> ColumnElement[bool]:
    return (enrolment.c.person == person_id) & (enrolment.c.kind == kind)


def _invitation(row: Row[Any]) -> Invitation:
    second = ((row.second, row.second_pepper),) if row.second_by else ()
    hashes = ((row.first, row.first_pepper), *second)
    return Invitation(row.person, row.kind, row.first_by, row.second_by, row.since, row.until, hashes)
