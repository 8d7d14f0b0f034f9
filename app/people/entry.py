"""Signing in, at a station or a desk; resuming after a lock; changing one's own secret."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from app.clock import new_id, new_token
from app.people import accounts, sessions
from app.people.accounts import NotDoneError, Person
from app.people.door import Checked, Door, Refused, check, settle
from app.people.secrets import Kind, password_trouble, pin_trouble
from app.people.sessions import Method, Session

_AS_STATION = frozenset({"technician", "lead_technician", "pharmacist"})


@dataclass(frozen=True)
class Entered:
    """Somebody is signed in."""

    person: Person
    """Who."""
    session: Session
    """The session just opened."""
    token: str = field(repr=False)
    """For the cookie; stored nowhere."""


def with_badge(
    door: Door, badge: str, pin: str, *, station: str, at: datetime, continues: Session | None = None
) -> Entered | Refused:
    """Sign in at a station. `continues` is the locked or open session this one takes over from, if any (Q38)."""
    code = accounts.badge_code(badge)
    if code is None:
        return Refused("This is not a badge. Scan your own badge.")
    checked = check(
        door, lambda conn: accounts.by_badge(conn, code), "pin", pin, station=station, purpose="sign-in", at=at
    )
    return _enter(door, checked, "badge and PIN", station, at, badge=code, continues=continues)


def with_password(
    door: Door, user: str, password: str, *, address: str, at: datetime, continues: Session | None = None
) -> Entered | Refused:
    """Sign in at a desk whose network address is `address`."""
    found = _by_user(user)
    checked = check(door, found, "password", password, station=f"desk/{address}", purpose="sign-in", at=at)
    return _enter(door, checked, "name and password", "", at, continues=continues)


def _enter(
    door: Door,
    checked: Checked,
    method: Method,
    station: str,
    at: datetime,
    *,
    badge: str = "",
    continues: Session | None,
) -> Entered | Refused:
    token, session_id = new_token(), new_id(12)

    def work(conn: Connection) -> Entered | Refused:
        person = settle(conn, door, checked, at)
        if isinstance(person, Refused):
            return person
        if badge and accounts.by_badge(conn, badge) is None:
            return Refused("This badge is no longer valid.")
        if station and not person.roles & _AS_STATION:
            return Refused("Your role does not work at a station. Sign in at a desk with name and password.")
        session = sessions.begin(
            conn,
            id=session_id,
            token=token,
            person_id=person.id,
            station=station,
            method=method,
            at=at,
            badge=badge,
            continues=continues,
        )
        return Entered(person, session, token)

    return door.store.write(work)


def set_secret(
    door: Door, person_id: str, kind: Kind, new: str, *, by: str, at: datetime, to_change: bool = False
) -> None:
    """Keep a new PIN or password after judging it; `NotDoneError` says what is wrong. Hashed before the write."""
    with door.store.reading() as conn:
        person = accounts.by_id(conn, person_id)
    trouble = pin_trouble(new) if kind == "pin" else password_trouble(new, person.user, person.name)
    if trouble:
        raise NotDoneError(trouble)
    hashed, pepper = door.secrets.hash(kind, new), door.secrets.pepper.id
    door.store.write(
        lambda conn: accounts.keep_secret(
            conn, person_id, kind, hashed=hashed, pepper=pepper, by=by, at=at, to_change=to_change
        )
    )


def change_own(
    door: Door, person: Person, kind: Kind, old: str, new: str, *, station: str, at: datetime
) -> Refused | None:
    """Change one's own PIN or password by giving the old one. Every session of the person ends; None when done."""
    checked = check(
        door, lambda conn: accounts.by_id(conn, person.id), kind, old, station=station, purpose="change", at=at
    )
    outcome = door.store.write(lambda conn: settle(conn, door, checked, at))
    if isinstance(outcome, Refused):
        return outcome
    try:
        set_secret(door, person.id, kind, new, by=person.id, at=at)
    except NotDoneError as trouble:
        return Refused(str(trouble))
    return None


def _by_user(user: str) -> Callable[[Connection], Person | None]:
    return lambda conn: accounts.by_user(conn, user)
