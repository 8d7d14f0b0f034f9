"""Sign-in sessions, kept by the server: begun, seen, locked, resumed, ended. The cookie is a key to a row."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, Connection, insert, select, update

from app.people.policy import Policy
from app.people.tables import person, sign_in

Method = Literal["badge and PIN", "name and password"]
_SEEN_EVERY = timedelta(seconds=20)
"""A session's last touch is written at most this often."""


@dataclass(frozen=True)
class Session:
    """One person at one station from sign-in to lock or end."""

    id: str
    """Names the row; not secret, unlike the cookie's token."""
    person: str
    """Person id."""
    station: str
    """Station code, or empty at a desk."""
    method: Method
    """What they signed in with."""
    badge: str
    """Badge code they signed in with, or empty."""
    started: datetime
    """When."""
    last_seen: datetime
    """Last touch by the person; a page that asks by itself does not count."""
    place: str
    """Path of the page in hand, to come back to after a lock."""
    locked: datetime | None
    """When it locked; the work in hand stays."""
    ended: datetime | None
    """When it ended; nothing revives it."""
    ended_why: str
    """Why."""
    signed_both: datetime | None
    """When both components were last given to sign (Q20)."""
    signed_last: datetime | None
    """Last signature in this session."""

    def is_open(self) -> bool:
        return self.ended is None and self.locked is None

    def due_to_lock(self, at: datetime, policy: Policy) -> bool:
        return self.is_open() and at - self.last_seen >= policy.idle

    def due_to_end(self, at: datetime, policy: Policy) -> bool:
        return self.ended is None and at - self.started >= policy.longest


def token_hash(token: str) -> str:
    """What is stored of a cookie's 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def begin(
    conn: Connection, *, id: str, token: str, person_id: str, station: str, method: Method, at: datetime,
    badge: str = "", continues: Session | None = None,
) -> Session:  # fmt: skip
    """Open a session under a new token (Q36). The one it continues ends: resumed, or changed to a person (Q38)."""
    if continues is not None:
        why = "resumed" if continues.person == person_id else f"changed to {person_id}"
        end(conn, continues.id, at=at, why=why)
    same = continues is not None and continues.person == person_id and continues.station == station
    conn.execute(
        insert(sign_in).values(
            id=id,
            token_hash=token_hash(token),
            person=person_id,
            badge=badge,
            station=station,
            method=method,
            started=at,
            last_seen=at,
            place=continues.place if continues is not None and same else "",
            continues=continues.id if continues else "",
        )
    )
    opened = find(conn, token)
    if opened is None:
        raise LookupError(f"session {id} was not kept")
    return opened


def find(conn: Connection, token: str) -> Session | None:
    """The session behind a cookie, open or not. A session of someone who left counts as ended."""
    return _one(conn, sign_in.c.token_hash == token_hash(token))


def by_id(conn: Connection, session_id: str) -> Session | None:
    return _one(conn, sign_in.c.id == session_id)


def seen(conn: Connection, session_id: str, *, at: datetime, place: str = "") -> None:
    """The person touched something: the idle clock starts again."""
    values: dict[str, object] = {"last_seen": at} | ({"place": place} if place else {})
    conn.execute(
        update(sign_in)
        .where(sign_in.c.id == session_id, sign_in.c.ended.is_(None), sign_in.c.locked.is_(None))
        .values(**values)
    )


def worth_noting(session: Session, *, at: datetime, place: str) -> bool:
    """Whether a touch has to be written: not for every request."""
    return at - session.last_seen >= _SEEN_EVERY or (bool(place) and place != session.place)


def lock(conn: Connection, session_id: str, *, at: datetime) -> None:
    conn.execute(
        update(sign_in)
        .where(sign_in.c.id == session_id, sign_in.c.ended.is_(None), sign_in.c.locked.is_(None))
        .values(locked=at)
    )


def end(conn: Connection, session_id: str, *, at: datetime, why: str) -> None:
    conn.execute(
        update(sign_in).where(sign_in.c.id == session_id, sign_in.c.ended.is_(None)).values(ended=at, ended_why=why)
    )


def end_all(conn: Connection, person_id: str, *, at: datetime, why: str, badge: str | None = None) -> None:
    """End every session of a person, or only those begun with one badge."""
    statement = update(sign_in).where(sign_in.c.person == person_id, sign_in.c.ended.is_(None))
    if badge is not None:
        statement = statement.where(sign_in.c.badge == badge)
    conn.execute(statement.values(ended=at, ended_why=why))


def note_signature(conn: Connection, session_id: str, *, at: datetime, both: bool) -> None:
    values = {"signed_last": at, "last_seen": at} | ({"signed_both": at} if both else {})
    conn.execute(update(sign_in).where(sign_in.c.id == session_id).values(**values))


def _one(conn: Connection, which: ColumnElement[bool]) -> Session | None:
    row = conn.execute(
        select(sign_in, person.c.active).join(person, person.c.id == sign_in.c.person).where(which)
    ).first()
    if row is None:
        return None
    r = dict(row._mapping)
    if not r.pop("active") and r["ended"] is None:
        r |= {"ended": r["last_seen"], "ended_why": "account closed"}
    return Session(**{name: r[name] for name in Session.__dataclass_fields__})
