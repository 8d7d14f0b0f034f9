"""Sign-in sessions, kept by the server: begun, seen, locked, resumed, ended. The cookie is a key to a row."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, insert, select, update

from app.people.history import Act
from app.people.policy import Policy
from app.people.tables import person, sign_in
from app.record.prepared import PreparedRows

Method = Literal["badge and PIN", "name and password", "passkey", "identity provider", "API token"]
Duty = Literal["", "change PIN", "change password", "enrol code"]
"""What has to be done before anything else can be: a session with a duty opens one's own page alone."""
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
    duty: Duty
    """What its person has to do first."""

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
    act: Act, *, id: str, token: str, method: Method, badge: str = "", continues: Session | None = None,
    duty: Duty = "",
) -> Session:  # fmt: skip
    """Open a session of `act.by` under a new token (Q36). The one it continues ends: resumed, or changed to a person (Q38)."""
    same = continues is not None and continues.person == act.by and continues.station == act.station
    if continues is not None:
        _go_on_from(act, continues)
    act.conn.execute(
        insert(sign_in).values(
            id=id,
            token_hash=token_hash(token),
            person=act.by,
            badge=badge,
            station=act.station,
            method=method,
            started=act.at,
            last_seen=act.at,
            place=continues.place if continues is not None and same else "",
            continues=continues.id if continues else "",
            duty=duty,
        )
    )
    opened = find(act.conn, token)
    if opened is None:
        raise LookupError(f"session {id} was not kept")
    return opened


def _go_on_from(act: Act, before: Session) -> None:
    """End the session before; another person at the same screen is a change that is kept, never a takeover (Q8, Q38)."""
    if before.person == act.by:
        end(act.conn, before.id, at=act.at, why="resumed")
        return
    if end(act.conn, before.id, at=act.at, why=f"changed to {act.by}"):
        act.write("person_changed", {"from": before.person, "to": act.by, "session": before.id})


def find(conn: Connection, token: str) -> Session | None:
    """The session behind a cookie, open or not. A session of someone who left counts as ended."""
    return _one(conn, _BY_TOKEN, token_hash(token))


def by_id(conn: Connection, session_id: str) -> Session | None:
    return _one(conn, _BY_ID, session_id)


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


def lock(act: Act, session: Session, *, why: str) -> None:
    """Lock the screen; the work in hand stays. Kept as an event (Q8)."""
    mine = (sign_in.c.id == session.id) & sign_in.c.ended.is_(None) & sign_in.c.locked.is_(None)
    if act.conn.execute(update(sign_in).where(mine).values(locked=act.at)).rowcount:
        act.write("session_locked", {"person": session.person, "session": session.id, "why": why})


def expire(act: Act, session: Session) -> None:
    """End a session whose longest time has come (Q8, Q31)."""
    if end(act.conn, session.id, at=act.at, why="longest time reached"):
        act.write("session_expired", {"person": session.person, "session": session.id})


def sign_out(act: Act, session: Session, *, why: str) -> bool:
    """End somebody's session from elsewhere; False where it had ended. Another's needs a reason (Q8)."""
    words = "signed out from elsewhere" if session.person == act.by else f"signed out by {act.by}: {why}"
    ended = end(act.conn, session.id, at=act.at, why=words)
    if ended:
        detail = {"session": session.id, "at_station": session.station, "why": why}
        act.note("signed_out_remotely", session.person, detail)
    return ended


def end(conn: Connection, session_id: str, *, at: datetime, why: str) -> bool:
    """End one session; False where it had ended before."""
    living = (sign_in.c.id == session_id) & sign_in.c.ended.is_(None)
    return bool(conn.execute(update(sign_in).where(living).values(ended=at, ended_why=why)).rowcount)


def end_all(
    act: Act, person_id: str, *, why: str, badge: str | None = None, method: Method | None = None, but: str = ""
) -> None:
    """End every session of a person, or only those begun with one badge or by one method; the session `but` goes on."""
    statement = update(sign_in).where(sign_in.c.person == person_id, sign_in.c.ended.is_(None))
    if badge is not None:
        statement = statement.where(sign_in.c.badge == badge)
    if method is not None:
        statement = statement.where(sign_in.c.method == method)
    if but:
        statement = statement.where(sign_in.c.id != but)
    act.conn.execute(statement.values(ended=act.at, ended_why=why))


def living(conn: Connection, *, since: datetime, person_id: str | None = None) -> tuple[Session, ...]:
    """Return the sessions begun after `since` that have not ended, locked ones included; newest first."""
    where = sign_in.c.ended.is_(None) & (sign_in.c.started > since)
    if person_id is not None:
        where &= sign_in.c.person == person_id
    rows = conn.execute(select(sign_in).where(where).order_by(sign_in.c.started.desc()))
    return tuple(_session(dict(row._mapping)) for row in rows)


def step_up(conn: Connection, session_id: str, token: str) -> None:
    """The duty of a session is done: it opens every page from now on, under a new token (Q36)."""
    mine = (sign_in.c.id == session_id) & sign_in.c.ended.is_(None)
    conn.execute(update(sign_in).where(mine).values(duty="", token_hash=token_hash(token)))


def note_signature(conn: Connection, session_id: str, *, at: datetime, both: bool) -> None:
    values = {"signed_last": at, "last_seen": at} | ({"signed_both": at} if both else {})
    conn.execute(update(sign_in).where(sign_in.c.id == session_id).values(**values))


_WITH_PERSON = select(sign_in, person.c.active).join(person, person.c.id == sign_in.c.person)
_BY_TOKEN = PreparedRows(_WITH_PERSON.where(sign_in.c.token_hash == bindparam("of")))
_BY_ID = PreparedRows(_WITH_PERSON.where(sign_in.c.id == bindparam("of")))
"""Asked at every request: made once."""


def _one(conn: Connection, query: PreparedRows, of: str) -> Session | None:
    row = query.first(conn, {"of": of})
    if row is None:
        return None
    r = row._asdict()
    if not r.pop("active") and r["ended"] is None:
        r |= {"ended": r["last_seen"], "ended_why": "account closed"}
    return _session(r)


def _session(r: Mapping[str, Any]) -> Session:
    return Session(**{name: r[name] for name in Session.__dataclass_fields__})
