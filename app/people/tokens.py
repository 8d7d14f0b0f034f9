"""API tokens: what another program shows at the door of `/api/v1`. A token opens; it never signs, and is nobody's presence.

A person makes it for one purpose, with scopes that their roles allow, for so long. It is shown once and kept as a hash.
Whoever acts through it signs in with badge and PIN, or name and password, as on a screen; a signature is asked for anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, insert, select, update

from app.people import accounts
from app.people.accounts import NotDoneError, Person
from app.people.history import Act
from app.people.tables import api_token
from app.record.prepared import PreparedRows

MARK = "vt1_"
"""How every token begins, so that one that was left lying about is recognised."""
LONGEST = timedelta(days=366)
"""A token is made anew at least once a year."""
NOTED_EVERY = timedelta(hours=24)
"""Use of a token is noted in the record at most this often; each act through it names the token in its command."""


@dataclass(frozen=True)
class Scope:
    """One thing that a token may open."""

    says: str
    """What it opens, as the page that makes tokens and the API's document say it."""
    roles: frozenset[str]
    """Whoever has none of these roles can make no token for it, and gets nothing by one."""


def _scope(says: str, *roles: str) -> Scope:
    return Scope(says, frozenset(roles))


AT_A_STATION = ("technician", "lead_technician", "pharmacist")
OFFICE = ("pharmacist", "lead_technician")
READERS = ("pharmacist", "qa", "lead_technician")
KEEPERS = (*READERS, "admin", "informatics")
SCOPES: dict[str, Scope] = {
    "orders:read": _scope("read orders, and what each waits for", "pharmacist", "lead_technician"),
    "orders:write": _scope("send orders, with their patients, as the senders named below; what was confirmed of one", *OFFICE),
    "patients:write": _scope("send patients' news (HL7 ADT): admitted, discharged, merged", "pharmacist"),
    "preparations:read": _scope("read how preparations stand, and what is wanted next", *AT_A_STATION, "qa"),
    "stations:read": _scope("read stations and their instruments", *AT_A_STATION, "qa", "informatics", "admin"),
    "stations:work": _scope("make preparations at a station, signed in there by badge and PIN", *AT_A_STATION),
    "stations:keep": _scope("keep the register of equipment and what ends, signed in", *KEEPERS),
    "review": _scope("verify orders, review and release, signed in and signing each time", "pharmacist"),
    "record:read": _scope("read the record of a preparation, event by event, and its photos", *READERS),
    "record:write": _scope("correct notes in the record of a preparation, signed in", *AT_A_STATION),
    "exports": _scope("take parts of the record away as files, signed in", "pharmacist", "qa", "admin"),
    "messages:read": _scope("read messages of other systems, and what became of each", *OFFICE, "informatics"),
    "messages:decide": _scope("send a dead letter again or give it up, signed in", "pharmacist"),
    "catalogue:read": _scope("read policy, recipes, formulary, lists and sender profiles", *KEEPERS, "technician"),
    "catalogue:write": _scope("draft and sign them, enter recalls; signed in, and signing each time", *KEEPERS),
    "people:read": _scope("read names, roles and licences of the staff; no secret of theirs", "admin", "qa", "lead_technician"),
    "people:write": _scope("take people on, their roles, licences, competencies, leaving; signed in", "admin", "qa"),
}  # fmt: skip
SENDING = frozenset({"orders:write", "patients:write"})
"""Scopes that are for the orders and patients of named senders."""
AS_SENDER = "sender:"
"""Marks, among the words of a kept token's scopes, a sender profile that it may speak for."""


@dataclass(frozen=True)
class Token:
    """One token, without what is shown."""

    id: str
    """Names it in lists and in the record."""
    person: str
    """Person id of who made it and answers for it."""
    name: str
    """What it is for, in its maker's words."""
    scopes: frozenset[str]
    """Names out of SCOPES."""
    senders: frozenset[str]
    """Names of the sender profiles that it may speak for; empty: it sends nothing."""
    station: str
    """The one station where it may be used; empty: any, or a desk."""
    made: datetime
    """UTC."""
    expires: datetime
    """From then on it opens nothing."""
    ended: datetime | None
    """When it was revoked."""
    used: datetime | None
    """When its use was last noted."""

    def opens(self, at: datetime) -> bool:
        """Say whether it opens anything at that moment."""
        return self.ended is None and at < self.expires


@dataclass(frozen=True)
class Made:
    """A token just made."""

    token: Token
    """As it is kept."""
    secret: str = field(repr=False)
    """What the other program shows; kept nowhere."""


def make(
    act: Act, person: Person, *, id: str, secret: str, name: str, scopes: Iterable[str], station: str, days: int,
    senders: Iterable[str] = (),
) -> Made:  # fmt: skip
    """Make a token for `person`; `secret` is 256 random bits as text. NotDoneError says what is wrong."""
    wanted, spoken_for, name = frozenset(scopes), frozenset(senders), name.strip()
    if not 3 <= len(name) <= 80:
        raise NotDoneError("Say in three to eighty letters which program the token is for.")
    if trouble := trouble_with(wanted, person):
        raise NotDoneError(trouble)
    if any(not one or " " in one for one in spoken_for):
        raise NotDoneError("A sender is named by one word.")
    if spoken_for and not wanted & SENDING:
        raise NotDoneError(f"A sender is chosen for a token that sends: {' or '.join(sorted(SENDING))}.")
    if station and station not in act.settings.stations:
        raise NotDoneError(f"There is no station {station}.")
    if not 1 <= days <= LONGEST.days:
        raise NotDoneError(f"A token lasts from 1 to {LONGEST.days} days.")
    expires = act.at + timedelta(days=days)
    shown = f"{MARK}{secret}"
    words = " ".join([*sorted(wanted), *(f"{AS_SENDER}{one}" for one in sorted(spoken_for))])
    row = {
        "id": id, "token_hash": _hash(shown), "person": person.id, "name": name, "scopes": words,
        "station": station, "made": act.at, "expires": expires,
    }  # fmt: skip
    act.conn.execute(insert(api_token).values(**row))
    told = {"token": id, "name": name, "scopes": words.split(), "station": station, "expires": expires.isoformat()}
    act.note("api_token_made", person.id, told)
    return Made(Token(id, person.id, name, wanted, spoken_for, station, act.at, expires, None, None), shown)


def trouble_with(scopes: frozenset[str], person: Person) -> str:
    """Say why this person can make no token for these scopes; empty where they can."""
    if not scopes:
        return "Choose at least one thing that the token may do."
    unknown = sorted(scopes - set(SCOPES))
    if unknown:
        return f"There is no scope {unknown[0]}. There are: {', '.join(SCOPES)}."
    beyond = sorted(one for one in scopes if not SCOPES[one].roles & person.roles)
    return f"The roles of {person.name} do not cover {', '.join(beyond)}." if beyond else ""


def find(conn: Connection, secret: str) -> Token | None:
    """Return the token that a program shows, expired and revoked ones included; None for none."""
    row = _BY_HASH.first(conn, {"of": _hash(secret)})
    return None if row is None else _token(row._asdict())


def by_id(conn: Connection, id: str) -> Token | None:
    """Return a token by what names it in lists, or None."""
    row = conn.execute(select(api_token).where(api_token.c.id == id)).first()
    return None if row is None else _token(dict(row._mapping))


def of(conn: Connection, person_id: str) -> tuple[Token, ...]:
    """Return a person's tokens that are not revoked, the newest first; expired ones too, until they are taken away."""
    mine = (api_token.c.person == person_id) & api_token.c.ended.is_(None)
    rows = conn.execute(select(api_token).where(mine).order_by(api_token.c.made.desc(), api_token.c.id))
    return tuple(_token(dict(row._mapping)) for row in rows)


def everybodys(conn: Connection) -> tuple[Token, ...]:
    """Return every token that is not revoked, the newest first."""
    rows = conn.execute(select(api_token).where(api_token.c.ended.is_(None)).order_by(api_token.c.made.desc()))
    return tuple(_token(dict(row._mapping)) for row in rows)


WARNED = timedelta(days=30)
"""How long before a program can send no more, Health says so."""


@dataclass(frozen=True)
class Lapse:
    """When a program's token opens its doors no more."""

    token: Token
    """Which."""
    owner: Person
    """Who answers for it."""
    at: datetime
    """UTC: its own end, or that of its owner's licence, whichever is first."""
    by_licence: bool
    """It is the owner's licence that ends: a program sends orders in the name of a pharmacist, by a licence that counts."""


def lapses(conn: Connection, site: str) -> tuple[Lapse, ...]:
    """Return when each token that is not revoked ends, of those who work at a site, the first end first."""
    owners = {one.id: one for one in accounts.everybody(conn) if one.counts_at(site)}
    found = [_lapse(one, owners[one.person]) for one in everybodys(conn) if one.person in owners]
    return tuple(sorted(found, key=lambda one: (one.at, one.token.id)))


def soon_silent(conn: Connection, site: str, at: datetime) -> tuple[tuple[str, datetime], ...]:
    """Return the tokens by which orders are sent that end within 30 days or have ended, in words, with when."""
    found = (one for one in lapses(conn, site) if one.token.senders and one.at <= at + WARNED)
    return tuple((f"{one.token.name} of {one.owner.name}", one.at) for one in found)


def _lapse(token: Token, owner: Person) -> Lapse:
    until = owner.licence_until if token.senders and owner.licence else None
    by_licence = until is not None and until < token.expires
    return Lapse(token, owner, until if until is not None and by_licence else token.expires, by_licence)


def end(act: Act, token: Token, *, why: str) -> bool:
    """Revoke a token; False where it was revoked before. Somebody else's needs a reason."""
    reason = why.strip() if token.person == act.by else accounts.given(why)
    living = (api_token.c.id == token.id) & api_token.c.ended.is_(None)
    if act.conn.execute(update(api_token).where(living).values(ended=act.at)).rowcount == 0:
        return False
    act.note("api_token_revoked", token.person, {"token": token.id, "name": token.name, "why": reason})
    return True


def worth_noting(token: Token, at: datetime) -> bool:
    """Say whether a use has to be noted: not every one."""
    return token.used is None or at - token.used >= NOTED_EVERY


def note_use(act: Act, token: Token) -> None:
    """Note that a token is in use, in its person's file."""
    act.conn.execute(update(api_token).where(api_token.c.id == token.id).values(used=act.at))
    act.note("api_token_used", token.person, {"token": token.id, "name": token.name})


_BY_HASH = PreparedRows(select(api_token).where(api_token.c.token_hash == bindparam("of")))
"""Asked at every request: made once."""


def _hash(secret: str) -> str:
    """Return what is kept of a token: its 256 bits are random, so that one round suffices."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _token(row: dict[str, object]) -> Token:
    words = str(row["scopes"]).split()
    kept = {name: row[name] for name in Token.__dataclass_fields__ if name != "senders"}
    senders = frozenset(one.removeprefix(AS_SENDER) for one in words if one.startswith(AS_SENDER))
    scopes = frozenset(one for one in words if not one.startswith(AS_SENDER))
    return Token(**{**kept, "scopes": scopes, "senders": senders})  # type: ignore[arg-type]  # a row's values
