"""Signing in, at a station or a desk; resuming after a lock; changing one's own secret."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection, select

from app.clock import new_id, new_token
from app.people import accounts, badges, codes, sessions
from app.people.accounts import NotDoneError, Person
from app.people.door import WRONG_WITH_CODE, Checked, Door, Refused, check, settle
from app.people.history import Act
from app.people.secrets import Kind, password_trouble, pin_trouble
from app.people.sessions import Duty, Method, Session
from app.people.tables import secret

AT_A_STATION = frozenset({"technician", "lead_technician", "pharmacist"})
"""Roles that sign in at a station."""


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
    code = badges.badge_code(badge)
    if code is None:
        return Refused("This is not a badge. Scan your own badge.")
    checked = check(door, lambda conn: badges.holder(conn, code), "pin", pin, station=station, purpose="sign-in", at=at)

    must = _must_choose(checked, pin)

    def work(conn: Connection) -> Entered | Refused:
        person = settle(conn, door, checked, at)
        if isinstance(person, Refused):
            return person
        if badges.whose(conn, code) != person.id:
            return Refused("This badge is no longer valid.")
        if not person.roles & AT_A_STATION:
            return Refused("Your role does not work at a station. Sign in at a desk with name and password.")
        badges.used(conn, code, at, door.policy.badge_life)
        duty = _duty(conn, door, checked, must, at)
        act = door.act(conn, person.id, at, station)
        return begin(act, person, "badge and PIN", badge=code, continues=continues, duty=duty)

    return door.store.write(work)


def with_password(
    door: Door,
    user: str,
    password: str,
    *,
    address: str,
    at: datetime,
    continues: Session | None = None,
    code: str = "",
) -> Entered | Refused:
    """Sign in at a desk whose network address is `address`, with a one-time code where the site asks for one there."""
    checked = check(door, _by_user(user), "password", password, station=f"desk/{address}", purpose="sign-in", at=at)
    asked = door.policy.wants_code(address)
    enrol = False
    if asked and checked.right and checked.person is not None:
        with door.store.reading() as conn:
            enrol = codes.standing(conn, checked.person.id).since is None
        spend = None if enrol else codes.match(door, checked.person.id, code, at=at)
        if not enrol:
            checked = replace(checked, right=spend is not None, spend=(*checked.spend, *((spend,) if spend else ())))

    must = _must_choose(checked, password)

    def work(conn: Connection) -> Entered | Refused:
        person = settle(conn, door, checked, at, wrong=WRONG_WITH_CODE if asked else "")
        if isinstance(person, Refused):
            return person
        duty = _duty(conn, door, checked, must, at) or ("enrol code" if enrol else "")
        return begin(door.act(conn, person.id, at), person, "name and password", continues=continues, duty=duty)

    return door.store.write(work)


def begin(
    act: Act,
    person: Person,
    method: Method,
    *,
    badge: str = "",
    continues: Session | None = None,
    duty: Duty = "",
) -> Entered:
    """Open the session of somebody who was recognised, under a fresh token."""
    token = new_token()
    session = sessions.begin(
        act, id=new_id(12), token=token, method=method, badge=badge, continues=continues, duty=duty
    )
    return Entered(person, session, token)


def _must_choose(checked: Checked, private: str) -> bool:
    """Say whether a right secret has to be changed for what it is: a one-time one, or one that is too easy by now (Q44)."""
    if not checked.right or checked.person is None:
        return False
    return checked.enrolling or trouble_with(checked.kind, private, checked.person) is not None


def _duty(conn: Connection, door: Door, checked: Checked, must_choose: bool, at: datetime) -> Duty:
    """Say whether the secret has to be changed first, for what it is, because others saw it, or for its age (Q44)."""
    who = checked.person.id if checked.person else ""
    mine = (secret.c.person == who) & (secret.c.kind == checked.kind)
    kept = conn.execute(select(secret.c.to_change, secret.c.since).where(mine)).first()
    if must_choose or (kept is not None and (kept.to_change or door.policy.must_change(kept.since, at))):
        return "change PIN" if checked.kind == "pin" else "change password"
    return ""


def trouble_with(kind: Kind, private: str, person: Person) -> str | None:
    """Say why a PIN or password is too easy, or None."""
    return pin_trouble(private) if kind == "pin" else password_trouble(private, person.user, person.name)


def set_secret(
    door: Door, person_id: str, kind: Kind, new: str, *, by: str, at: datetime, to_change: bool = False
) -> None:
    """Keep a new PIN or password after judging it; `NotDoneError` says what is wrong. Hashed before the write."""
    with door.store.reading() as conn:
        person = accounts.by_id(conn, person_id)
    if trouble := trouble_with(kind, new, person):
        raise NotDoneError(trouble)
    hashed, pepper = door.secrets.hash(kind, new), door.secrets.pepper.id
    door.write(
        lambda act: accounts.keep_secret(act, person_id, kind, hashed=hashed, pepper=pepper, to_change=to_change),
        by=by,
        at=at,
    )


def change_own(
    door: Door, person: Person, kind: Kind, old: str, new: str, *, station: str, at: datetime
) -> Refused | None:
    """Change one's own PIN or password by giving the old one. Every session of the person ends; None when done."""
    checked = check(
        door, lambda conn: accounts.by_id(conn, person.id), kind, old, station=station, purpose="change", at=at
    )
    outcome = door.store.write(lambda conn: settle(conn, door, checked, at, wrong=WRONG_OWN[kind]))
    if isinstance(outcome, Refused):
        return outcome
    if new == old:
        return Refused("The new one is the old one. Choose another.")
    return _keep_own(door, person, kind, new, at)


def choose_first(door: Door, person: Person, session: Session, kind: Kind, new: str, *, at: datetime) -> Refused | None:
    """Choose a secret in a session that an enrolment secret opened: it was used up, so nothing is asked for again."""
    with door.store.reading() as conn:
        mine = (secret.c.person == person.id) & (secret.c.kind == kind)
        has_one = conn.execute(select(secret.c.person).where(mine)).first() is not None
    if has_one or session.person != person.id or not session.is_open() or not session.duty.startswith("change"):
        return Refused("Give your present one as well.")
    return _keep_own(door, person, kind, new, at)


def _keep_own(door: Door, person: Person, kind: Kind, new: str, at: datetime) -> Refused | None:
    try:
        set_secret(door, person.id, kind, new, by=person.id, at=at)
    except NotDoneError as trouble:
        return Refused(str(trouble))
    return None


WRONG_OWN = {
    "pin": "The present PIN is wrong. Nothing was changed. Try again.",
    "password": "The present password is wrong. Nothing was changed. Try again.",
}


def _by_user(user: str) -> Callable[[Connection], Person | None]:
    return lambda conn: accounts.by_user(conn, user)
