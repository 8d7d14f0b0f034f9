"""People as rows: taking someone on, names, roles, licence, secrets, leaving. Runs inside a short write."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, insert, select, update

from app.people import sessions
from app.people.history import Act
from app.people.secrets import Kind
from app.people.tables import ROLES, badge, person, put, secret, user_name
from app.record.prepared import FIRST, PreparedRows
from app.record.running import append_row

SITE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,15}")
"""A code of a site, as the setting `site` takes it."""
SIGNING = frozenset({"pharmacist", "qa"})
"""Roles whose signatures count: their identity is checked before they get one (Q24)."""


class NotDoneError(ValueError):
    """The change cannot be made; the text says why and what to do instead."""


@dataclass(frozen=True)
class Person:
    """A person as screens and rules need them."""

    id: str
    """Eight characters, never re-used."""
    user: str
    """User name as first written."""
    name: str
    """Printed name, as a signature shows it."""
    roles: frozenset[str]
    """Words of `ROLES`."""
    licence: str
    """Licence number, or empty."""
    licence_states: frozenset[str]
    """States or regions the licence covers."""
    licence_until: datetime | None
    """The moment the licence lapses; None where no end is known."""
    identity_checked_by: str
    """Who checked the person's identity, and by what; empty where nobody had to."""
    active: bool
    """False once they left."""
    sites: frozenset[str] = frozenset()
    """Codes of the sites they work at; none: every site of the record."""

    def counts_at(self, site: str) -> bool:
        """Say whether they may sign in, act and sign at a site."""
        return self.active and (not self.sites or site in self.sites)

    def elsewhere(self, site: str) -> str:
        """Say in words why somebody who has not left does not count at a site."""
        theirs = ", ".join(sorted(self.sites))
        return f"{self.name} works at {theirs}, and this is {site}. An administrator can add this site."


def folded(user: str) -> str:
    """Bring a user name to the one form that is compared: NFKC, case folded, no spaces round it (Q22)."""
    once = unicodedata.normalize("NFKC", user.strip()).casefold()
    return unicodedata.normalize("NFKC", once)


def take_on(
    act: Act,
    *,
    id: str,
    user: str,
    name: str,
    roles: Iterable[str],
    licence: str = "",
    licence_states: Iterable[str] = (),
    licence_until: datetime | None = None,
    identity_checked_by: str = "",
) -> None:
    """Add a person. A signing role needs to be told who checked their identity (Q24)."""
    wanted, states = _roles(roles), _words(licence_states)
    if not name.strip() or not folded(user):
        raise NotDoneError("A person needs a user name and a printed name.")
    if wanted & SIGNING and not identity_checked_by.strip():
        raise NotDoneError("Say who checked this person's identity before giving them the right to sign.")
    _nobody_elses(act.conn, licence, id)
    act.conn.execute(
        insert(person).values(
            id=id,
            printed_name=name.strip(),
            roles=_words(wanted),
            licence=licence.strip(),
            licence_states=states,
            licence_until=licence_until,
            identity_checked_by=identity_checked_by.strip(),
            active=1,
            since=act.at,
        )
    )
    _keep_user_name(act, id, user)
    detail = {
        "user": user.strip(),
        "name": name.strip(),
        "roles": sorted(wanted),
        "licence": _licence(licence, states.split(), licence_until),
        "identity_checked_by": identity_checked_by.strip(),
    }
    act.note("person_taken_on", id, detail)


def give_user_name(act: Act, person_id: str, user: str) -> None:
    """Give one more user name, never had by anybody in any case or Unicode form (Q22). The person stays one (Q25)."""
    if not folded(user):
        raise NotDoneError("Write a user name.")
    _keep_user_name(act, person_id, user)
    act.note("user_name_given", person_id, {"user": user.strip()})


def _keep_user_name(act: Act, person_id: str, user: str) -> None:
    key = folded(user)
    if act.conn.execute(select(user_name.c.person).where(user_name.c.folded == key)).first():
        raise NotDoneError(
            f"The user name {user} is or was somebody's. Choose another; user names are never given out again."
        )
    row = {"folded": key, "shown": user.strip(), "person": person_id, "since": act.at}
    append_row(act.conn, user_name, row)


def change_roles(act: Act, person_id: str, roles: Iterable[str], *, why: str, identity_checked_by: str = "") -> None:
    """New rights end every open session: an old cookie must not keep the old ones (Q37)."""
    before, wanted, reason = by_id(act.conn, person_id), _roles(roles), given(why)
    not_ones_own(act, person_id)
    checked = identity_checked_by.strip() or before.identity_checked_by
    if wanted & SIGNING and not checked:
        raise NotDoneError("Say who checked this person's identity before giving them the right to sign.")
    values = {"roles": _words(wanted), "identity_checked_by": checked}
    act.conn.execute(update(person).where(person.c.id == person_id).values(**values))
    sessions.end_all(act, person_id, why="rights changed")
    detail = {"old": sorted(before.roles), "new": sorted(wanted), "why": reason}
    if checked != before.identity_checked_by:
        detail["identity_checked_by"] = checked
    act.note("roles_changed", person_id, detail)


def change_licence(
    act: Act, person_id: str, licence: str, states: Iterable[str], until: datetime | None, *, why: str
) -> None:
    """Enter a licence, the states it covers and the end of its last day (R25). Nobody enters their own."""
    before, reason, covered = by_id(act.conn, person_id), given(why), _words(states)
    not_ones_own(act, person_id)
    _nobody_elses(act.conn, licence, person_id)
    values = {"licence": licence.strip(), "licence_states": covered, "licence_until": until}
    act.conn.execute(update(person).where(person.c.id == person_id).values(**values))
    old = _licence(before.licence, before.licence_states, before.licence_until)
    new = _licence(licence, covered.split(), until)
    act.note("licence_changed", person_id, {"old": old, "new": new, "why": reason})


def change_sites(act: Act, person_id: str, sites: Iterable[str], *, why: str) -> None:
    """Let a person work at these sites of the record alone; at all of them where none is named. Open sessions end."""
    before, reason, wanted = by_id(act.conn, person_id), given(why), site_codes(sites)
    not_ones_own(act, person_id)
    act.conn.execute(update(person).where(person.c.id == person_id).values(sites=" ".join(wanted)))
    sessions.end_all(act, person_id, why="rights changed")
    act.note("sites_changed", person_id, {"old": sorted(before.sites), "new": list(wanted), "why": reason})


def site_codes(sites: Iterable[str]) -> tuple[str, ...]:
    """Return codes of sites, each once, sorted. Raises NotDoneError for what cannot be one."""
    wanted = tuple(_words(sites).split())
    if wrong := [site for site in wanted if not SITE.fullmatch(site)]:
        raise NotDoneError(f"{wrong[0]!r} is no code of a site. Codes are capitals, digits and hyphens, such as MAIN.")
    return wanted


def change_name(act: Act, person_id: str, name: str, *, why: str) -> None:
    """Change the printed name; signatures already given keep the old one."""
    before, reason = by_id(act.conn, person_id), given(why)
    not_ones_own(act, person_id)
    if not name.strip():
        raise NotDoneError("Write the printed name.")
    act.conn.execute(update(person).where(person.c.id == person_id).values(printed_name=name.strip()))
    act.note("name_changed", person_id, {"old": before.name, "new": name.strip(), "why": reason})


def leave(act: Act, person_id: str, *, why: str) -> None:
    """Close the account for good: sessions and badges are dead at once, the names stay taken (Q22, Q42)."""
    reason = given(why)
    not_ones_own(act, person_id)
    act.conn.execute(update(person).where(person.c.id == person_id).values(active=0))
    act.conn.execute(
        update(badge)
        .where(badge.c.person == person_id, badge.c.revoked.is_(None))
        .values(revoked=act.at, revoked_why="left")
    )
    sessions.end_all(act, person_id, why="account closed")
    act.note("person_left", person_id, {"why": reason})


def keep_secret(act: Act, person_id: str, kind: Kind, *, hashed: str, pepper: str, to_change: bool = False) -> None:
    """Keep a hash made beforehand. Open sessions end: an old cookie is dead after a PIN change (Q37)."""
    values = {"hash": hashed, "pepper": pepper, "since": act.at, "to_change": int(to_change), "reviewed": None}
    put(act.conn, secret, {"person": person_id, "kind": kind}, values)
    sessions.end_all(act, person_id, why=f"{'PIN' if kind == 'pin' else 'password'} changed")
    act.note("secret_set", person_id, {"kind": kind, "must_change": to_change})


def by_id(conn: Connection, person_id: str) -> Person:
    row = _BY_ID.first(conn, {"of": person_id})
    if row is None:
        raise LookupError(f"no person {person_id}")
    return _person(row)


def by_user(conn: Connection, user: str) -> Person | None:
    row = conn.execute(_people().where(user_name.c.folded == folded(user))).first()
    return None if row is None else _person(row)


def anybody(conn: Connection) -> bool:
    return conn.execute(select(person.c.id).limit(1)).first() is not None


def everybody(conn: Connection) -> tuple[Person, ...]:
    rows = conn.execute(_people().order_by(person.c.printed_name, user_name.c.since.desc()))
    return tuple({row.id: _person(row) for row in rows}.values())


def user_names(conn: Connection, person_id: str) -> tuple[str, ...]:
    """Return every user name of a person, first one first."""
    mine = user_name.c.person == person_id
    return tuple(conn.execute(select(user_name.c.shown).where(mine).order_by(user_name.c.since)).scalars())


def not_ones_own(act: Act, person_id: str) -> None:
    """Raise where people would change their own rights."""
    if act.by == person_id:
        raise NotDoneError("Nobody changes their own rights. Ask another administrator.")


def given(why: str) -> str:
    """Return a reason without the spaces round it; raise where it says nothing."""
    if len(why.strip()) < 4:
        raise NotDoneError("Give a reason in a few words.")
    return why.strip()


def _nobody_elses(conn: Connection, licence: str, person_id: str) -> None:
    """A licence is one human being's: a second entry of the same person would let them check their own work (Q25)."""
    same = (person.c.licence == licence.strip()) & (person.c.id != person_id)
    other = conn.execute(select(person.c.printed_name).where(same)).scalar() if licence.strip() else None
    if other is not None:
        raise NotDoneError(
            f"Licence {licence.strip()} is {other}'s. For a second account of the same person, "
            "give that person another user name."
        )


def _people() -> Select[Any]:
    return select(person, user_name.c.shown).join(user_name, user_name.c.person == person.c.id)


_BY_ID = PreparedRows(_people().where(person.c.id == bindparam("of")).order_by(user_name.c.since).limit(FIRST))
"""Asked at every request: made once."""


def _person(row: Any) -> Person:
    return Person(
        row.id,
        row.shown,
        row.printed_name,
        frozenset(row.roles.split()),
        row.licence,
        frozenset(row.licence_states.split()),
        row.licence_until,
        row.identity_checked_by,
        bool(row.active),
        frozenset(row.sites.split()),
    )


def _licence(number: str, states: Iterable[str], until: datetime | None) -> dict[str, object]:
    last = until.isoformat() if until else ""
    return {"number": number.strip(), "states": sorted(states), "until": last}


def _roles(roles: Iterable[str]) -> frozenset[str]:
    wanted = frozenset(roles)
    if unknown := wanted - set(ROLES):
        raise NotDoneError(f"There is no role {', '.join(sorted(unknown))}. Roles are {', '.join(ROLES)}.")
    if not wanted:
        raise NotDoneError("A person needs at least one role.")
    return wanted


def _words(words: Iterable[str]) -> str:
    return " ".join(sorted({word for one in words for word in one.split()}))
