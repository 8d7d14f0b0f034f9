"""Passkeys: a person's own keys on their own devices. Registered, used to sign in at a desk, ended; never copied here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from app.people import accounts, ceremony, challenges, entry, lockouts, sessions
from app.people.accounts import NotDoneError, Person
from app.people.ceremony import Site
from app.people.challenges import Challenge
from app.people.door import Door, Refused, check, locked_words, settle
from app.people.entry import Entered
from app.people.history import Act
from app.people.sessions import Session
from app.people.tables import passkey
from app.record.assertions import ENDED, REGISTERED
from workflows.passkeys import Said, from_text, read, to_text


@dataclass(frozen=True)
class Passkey:
    """One key of a person."""

    id: str
    """Credential id, base64url."""
    person: str
    """Person id."""
    public_key: str
    """Its public half (COSE), base64url."""
    count: int
    """How often it was used when it last was; 0 where it does not count."""
    name: str
    """What its owner calls it."""
    since: datetime
    """When it was registered."""
    used: datetime | None
    """When it was last used."""
    ended: datetime | None
    """When it was taken away; such a key opens and signs nothing."""


@dataclass(frozen=True)
class Answer:
    """What a browser sent, taken apart and not believed yet."""

    credential: str
    """Id of the key that answered; empty where that cannot be read."""
    client_data: str
    """base64url."""
    authenticator_data: str
    """base64url."""
    signature: str
    """base64url; empty for a registration."""
    said: Said | None
    """What both say; None where they cannot be read."""
    raw: Mapping[str, Any] = field(repr=False)
    """All of it, as the library wants it."""

    @property
    def challenge(self) -> str:
        return to_text(self.said.challenge) if self.said else ""


def taken_apart(text: str) -> Answer:
    """Read a browser's answer; whatever is wrong with it is found out later, by name."""
    try:
        raw: Any = json.loads(text)
        inner = raw["response"]
        parts = (str(raw["id"]), str(inner["clientDataJSON"]), str(inner.get("authenticatorData", "")))
        signature = str(inner.get("signature", ""))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return Answer("", "", "", "", None, {})
    return Answer(*parts, signature, read(parts[1], parts[2]), raw)


def of(conn: Connection, person_id: str) -> tuple[Passkey, ...]:
    """Return the keys of a person that are in use, oldest first."""
    mine = (passkey.c.person == person_id) & passkey.c.ended.is_(None)
    rows = conn.execute(select(passkey).where(mine).order_by(passkey.c.since))
    return tuple(_key(dict(row._mapping)) for row in rows)


def find(conn: Connection, credential: str) -> Passkey | None:
    row = conn.execute(select(passkey).where(passkey.c.id == credential)).first()
    return None if row is None else _key(dict(row._mapping))


# registering


def ask_to_register(
    door: Door, person: Person, password: str, session: Session, site: Site, *, station: str, at: datetime
) -> str | Refused:
    """Return what the browser is asked, as JSON, to whoever gives their password: an open screen is not enough."""
    checked = check(
        door, lambda conn: accounts.by_id(conn, person.id), "password", password, station=station, purpose="change", at=at
    )  # fmt: skip
    wrong = "The password is wrong. Nothing was changed. Try again."

    def work(conn: Connection) -> str | Refused:
        settled = settle(conn, door, checked, at, wrong=wrong)
        if isinstance(settled, Refused):
            return settled
        made = challenges.plain(conn, "register", person=person.id, session=session.id, at=at)
        return ceremony.ask_for_new(
            site,
            called=f"vialtrace {door.settings.site}",
            person=person.id,
            user=person.user,
            name=person.name,
            challenge=from_text(made.value),
            known=[from_text(one.id) for one in of(conn, person.id)],
        )

    return door.store.write(work)


def register(
    door: Door, person: Person, text: str, name: str, session: Session, site: Site, *, station: str, at: datetime
) -> Passkey | Refused:
    """Keep the public half of a key that answered our challenge. Every other session of the person ends (Q37)."""
    answer = taken_apart(text)
    asked = _asked_of(text)
    with door.store.reading() as conn:
        known = challenges.find(conn, asked) if asked else None
    trouble = _trouble_with(known, "register", person.id, session.id, at)
    if trouble or known is None:
        return _refuse(door, person.id, trouble or "unknown challenge", station=station, at=at)
    made = ceremony.registered(answer.raw, from_text(known.value), site)
    if made is None:
        return _refuse(door, person.id, "not a registration", station=station, at=at)
    kept = Passkey(
        to_text(made.credential), person.id, to_text(made.public_key), made.count,
        name.strip()[:60] or "passkey", at, None, None,
    )  # fmt: skip

    def work(act: Act) -> Passkey | Refused:
        if not challenges.use(act.conn, known.value, at):
            return Refused(USED_BEFORE)
        if find(act.conn, kept.id) is not None:
            return Refused("This passkey is registered already.")
        row = {name: getattr(kept, name) for name in Passkey.__dataclass_fields__}
        act.conn.execute(insert(passkey).values(**row, model=made.model))
        sessions.end_all(act, person.id, why="passkey registered", but=session.id)
        told = {"credential": kept.id, "public_key": kept.public_key, "name": kept.name, "model": made.model}
        act.note(REGISTERED, person.id, told)
        return kept

    return door.write(work, by=person.id, at=at, station=station)


def end(act: Act, credential: str, *, why: str) -> None:
    """Take a key away: by its owner, or by an administrator when it is lost (Q42). Sessions begun with it end."""
    reason = accounts.given(why)
    found = find(act.conn, credential)
    if found is None or found.ended is not None:
        raise NotDoneError("There is no such passkey in use.")
    act.conn.execute(update(passkey).where(passkey.c.id == credential).values(ended=act.at, ended_why=reason))
    sessions.end_all(act, found.person, why="passkey taken away", method="passkey")
    act.note(ENDED, found.person, {"credential": credential, "name": found.name, "why": reason})


# signing in at a desk


def ask_to_sign_in(door: Door, site: Site, *, at: datetime) -> str:
    """Return what the browser is asked, as JSON: any passkey of this site, by whoever holds it."""
    made = door.store.write(lambda conn: challenges.plain(conn, "sign-in", at=at))
    return ceremony.ask_for_answer(site, from_text(made.value))


def sign_in(
    door: Door, text: str, site: Site, *, address: str, at: datetime, continues: Session | None = None
) -> Entered | Refused:
    """Sign in at a desk by passkey: it is both components, and a one-time code is not asked for beside it."""
    station, answer = f"desk/{address}", taken_apart(text)
    with door.store.reading() as conn:
        key, known = find(conn, answer.credential), challenges.find(conn, answer.challenge)
        person = accounts.by_id(conn, key.person) if key else None
        locked = lockouts.locked_until(conn, person.id if person else "", station, at)
    who = person.id if person else ""
    if locked is not None:
        return Refused(locked_words(), locked)
    trouble = _trouble_with(known, "sign-in", "", "", at) or wrong_with(answer, key, known, site)
    if person is not None and not person.counts_at(door.settings.site):
        trouble = trouble or "left"
    if trouble or key is None or known is None or person is None:
        return _refuse(door, who, trouble or "unknown key", station=station, at=at, purpose="sign-in by passkey")

    def work(conn: Connection) -> Entered | Refused:
        if not spend(conn, key, known, answer, at):
            return Refused(USED_BEFORE)
        if lockouts.locked_until(conn, who, station, at) is not None:
            return Refused(locked_words())
        lockouts.forget(conn, who, station)
        return entry.begin(door.act(conn, person.id, at), person, "passkey", continues=continues)

    return door.store.write(work)


# what both uses share

USED_BEFORE = "This answer was used before. Nothing was changed. Ask the passkey again."
SAYS = {
    "not an answer": "The passkey's answer cannot be read. Nothing was changed. Ask it again.",
    "unknown challenge": "This is not an answer to what was asked here. Nothing was changed. Ask the passkey again.",
    "used before": USED_BEFORE,
    "too late": "The passkey was asked more than ten minutes ago. Nothing was changed. Ask it again.",
    "other request": "The passkey was asked for something else. Nothing was changed. Open the page again.",
    "wrong origin": "The passkey was used on another site's page. Nothing was changed. Tell pharmacy IT at once.",
    "not verified": "The passkey did not recognise you. Use its finger, face or PIN, and try again.",
    "unknown key": "This passkey is not registered here, or was taken away. Sign in with your password.",
    "another's key": "This passkey is somebody else's. Use your own.",
    "old counter": "This passkey may have been copied: its counter went back. Nothing was changed. Tell pharmacy IT.",
    "not signed": "The passkey's answer does not hold. Nothing was changed. Ask it again.",
    "not a registration": "The passkey could not be registered. Nothing was changed. Try again.",
    "left": "This passkey is not registered here, or was taken away. Sign in with your password.",
}
"""What was wrong, as it is recorded, and what the person is told."""


def wrong_with(answer: Answer, key: Passkey | None, known: Challenge | None, site: Site) -> str:
    """Say by name what is wrong with an answer to a challenge that stands, or an empty text."""
    said = answer.said
    if said is None or known is None:
        return "not an answer"
    if said.origin != site.origin:
        return "wrong origin"
    if not (said.present and said.verified):
        return "not verified"
    if key is None or key.ended is not None:
        return "unknown key"
    if (said.count or key.count) and said.count <= key.count:
        return "old counter"
    public_key = from_text(key.public_key)
    holds = ceremony.answered(answer.raw, from_text(known.value), site, public_key=public_key, count=key.count)
    return "" if holds else "not signed"


def spend(conn: Connection, key: Passkey, known: Challenge, answer: Answer, at: datetime) -> bool:
    """Use up the challenge and move the counter; False where somebody was faster with either."""
    said = answer.said
    if said is None or not challenges.use(conn, known.value, at):
        return False
    same = (passkey.c.id == key.id) & (passkey.c.count == key.count) & passkey.c.ended.is_(None)
    return conn.execute(update(passkey).where(same).values(count=said.count, used=at)).rowcount == 1


def refused(act: Act, door: Door, person_id: str, what: str, *, purpose: str) -> Refused:
    """Keep what was wrong, count it like a wrong password (Q39), and say it. A counter that went back is an event."""
    locked = lockouts.count_wrong(act, person_id, purpose=purpose, policy=door.policy, outcome=what)
    if what in ("old counter", "wrong origin") and person_id:
        act.note("passkey_suspect", person_id, {"what": what, "purpose": purpose})
    return Refused(locked_words() if locked else SAYS[what], locked)


def _refuse(door: Door, person_id: str, what: str, *, station: str, at: datetime, purpose: str = "passkey") -> Refused:
    who = person_id or "unknown"
    return door.write(lambda act: refused(act, door, person_id, what, purpose=purpose), by=who, at=at, station=station)


def _trouble_with(known: Challenge | None, purpose: str, person: str, session: str, at: datetime) -> str:
    if known is None or known.purpose != purpose:
        return "unknown challenge"
    if known.used is not None:
        return "used before"
    if known.until <= at:
        return "too late"
    return "" if (known.person, known.session) == (person, session) else "other request"


def _asked_of(text: str) -> str:
    """Return the challenge that a registration answers: its client data alone can be read."""
    try:
        page = json.loads(from_text(json.loads(text)["response"]["clientDataJSON"]))
        return str(page["challenge"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return ""


def _key(row: Mapping[str, Any]) -> Passkey:
    return Passkey(**{name: row[name] for name in Passkey.__dataclass_fields__})
