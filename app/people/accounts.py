"""People as rows: taking someone on, names, roles, badges, competencies, leaving. Runs inside a short write."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update

from app.people import history, sessions
from app.people.secrets import Kind
from app.people.tables import ROLES, badge, competency, person, put, secret, user_name
from app.record.running import append_row
from devices.scanner.own import check_character

BADGE_FORM = re.compile(r"%VT-B-([0-9A-HJKMNP-TV-Z]{8})([0-9A-Z])%")
"""A badge as scanned: kind B, eight characters, their check character (ISO 7064 MOD 37,36), closed by %."""


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
    active: bool
    """False once they left."""


def folded(user: str) -> str:
    """Bring a user name to the one form that is compared: NFKC, case folded, no spaces round it (Q22)."""
    once = unicodedata.normalize("NFKC", user.strip()).casefold()
    return unicodedata.normalize("NFKC", once)


def badge_text(code: str) -> str:
    """What is printed on the badge whose id is `code`."""
    return f"%VT-B-{code}{check_character(code)}%"


def badge_code(text: str) -> str | None:
    """Read a badge as scanned or typed (also `B-XXXX-XXXX-C` from under the symbol); None when it is no badge."""
    tidy = text.strip().upper()
    typed = re.fullmatch(r"B-?([0-9A-Z]{4})-?([0-9A-Z]{4})-?([0-9A-Z])", tidy)
    found = BADGE_FORM.fullmatch(tidy if typed is None else f"%VT-B-{''.join(typed.groups())}%")
    if found is None or found[2] != check_character(found[1]):
        return None
    return found[1]


def take_on(
    conn: Connection, *, id: str, user: str, name: str, roles: Iterable[str], by: str, at: datetime,
    licence: str = "", licence_states: Iterable[str] = (), identity_checked_by: str = "",
) -> None:  # fmt: skip
    """Add a person. A signing role needs to be told who checked their identity (Q24)."""
    wanted = _roles(roles)
    if not name.strip() or not folded(user):
        raise NotDoneError("A person needs a user name and a printed name.")
    if wanted & {"pharmacist", "qa"} and not identity_checked_by.strip():
        raise NotDoneError("Say who checked this person's identity before giving them the right to sign.")
    conn.execute(
        insert(person).values(
            id=id,
            printed_name=name.strip(),
            roles=_words(wanted),
            licence=licence.strip(),
            licence_states=_words(licence_states),
            identity_checked_by=identity_checked_by.strip(),
            active=1,
            since=at,
        )
    )
    give_user_name(conn, id, user, at=at)
    detail = {
        "user": user,
        "name": name,
        "roles": sorted(wanted),
        "licence": licence,
        "identity_checked_by": identity_checked_by,
    }
    history.note(conn, at=at, by=by, person=id, what="taken on", detail=detail)


def give_user_name(conn: Connection, person_id: str, user: str, *, at: datetime) -> None:
    """Give a user name that nobody ever had, in any case or Unicode form (Q22)."""
    key = folded(user)
    if conn.execute(select(user_name.c.person).where(user_name.c.folded == key)).first():
        raise NotDoneError(
            f"The user name {user} is or was somebody's. Choose another; user names are never given out again."
        )
    append_row(conn, user_name, {"folded": key, "shown": user.strip(), "person": person_id, "since": at})


def give_badge(conn: Connection, person_id: str, code: str, *, by: str, at: datetime) -> None:
    conn.execute(insert(badge).values(code=code, person=person_id, since=at))
    history.note(conn, at=at, by=by, person=person_id, what="badge given", detail={"badge": code})


def revoke_badge(conn: Connection, code: str, *, why: str, by: str, at: datetime) -> None:
    """A lost badge is dead at once, and so is every session begun with it (Q42)."""
    reason = _reason(why)
    owner = conn.execute(
        select(badge.c.person).where(badge.c.code == code, badge.c.revoked.is_(None))
    ).scalar_one_or_none()
    if owner is None:
        raise NotDoneError("There is no such badge in use.")
    conn.execute(update(badge).where(badge.c.code == code).values(revoked=at, revoked_why=reason))
    sessions.end_all(conn, owner, at=at, why="badge revoked", badge=code)
    history.note(conn, at=at, by=by, person=owner, what="badge revoked", detail={"badge": code, "why": reason})


def change_roles(conn: Connection, person_id: str, roles: Iterable[str], *, why: str, by: str, at: datetime) -> None:
    """New rights end every open session: an old cookie must not keep the old ones (Q37)."""
    before, wanted, reason = by_id(conn, person_id), _roles(roles), _reason(why)
    if by == person_id:
        raise NotDoneError("Nobody changes their own rights. Ask another administrator.")
    conn.execute(update(person).where(person.c.id == person_id).values(roles=_words(wanted)))
    sessions.end_all(conn, person_id, at=at, why="rights changed")
    detail = {"old": sorted(before.roles), "new": sorted(wanted), "why": reason}
    history.note(conn, at=at, by=by, person=person_id, what="roles changed", detail=detail)


def leave(conn: Connection, person_id: str, *, why: str, by: str, at: datetime) -> None:
    reason = _reason(why)
    conn.execute(update(person).where(person.c.id == person_id).values(active=0))
    conn.execute(
        update(badge)
        .where(badge.c.person == person_id, badge.c.revoked.is_(None))
        .values(revoked=at, revoked_why="left")
    )
    sessions.end_all(conn, person_id, at=at, why="account closed")
    history.note(conn, at=at, by=by, person=person_id, what="left", detail={"why": reason})


def certify(conn: Connection, person_id: str, code: str, *, until: datetime, assessor: str, at: datetime) -> None:
    """Record a competency (R44) with the day it lapses. Nobody assesses themselves."""
    if assessor == person_id:
        raise NotDoneError("Nobody assesses their own competency. Another person must.")
    values = {"valid_until": until, "assessor": assessor, "assessed": at}
    put(conn, competency, {"person": person_id, "code": code}, values)
    history.note(
        conn, at=at, by=assessor, person=person_id, what="competency", detail={"code": code, "until": until.isoformat()}
    )


def keep_secret(
    conn: Connection,
    person_id: str,
    kind: Kind,
    *,
    hashed: str,
    pepper: str,
    by: str,
    at: datetime,
    to_change: bool = False,
) -> None:
    """Keep a hash made beforehand. Open sessions end: an old cookie is dead after a PIN change (Q37)."""
    values = {"hash": hashed, "pepper": pepper, "since": at, "to_change": int(to_change)}
    put(conn, secret, {"person": person_id, "kind": kind}, values)
    sessions.end_all(conn, person_id, at=at, why=f"{'PIN' if kind == 'pin' else 'password'} changed")
    history.note(conn, at=at, by=by, person=person_id, what=f"{kind} set", detail={"must_change": to_change})


def by_id(conn: Connection, person_id: str) -> Person:
    row = conn.execute(_people().where(person.c.id == person_id)).first()
    if row is None:
        raise LookupError(f"no person {person_id}")
    return _person(row)


def by_user(conn: Connection, user: str) -> Person | None:
    row = conn.execute(_people().where(user_name.c.folded == folded(user))).first()
    return None if row is None else _person(row)


def by_badge(conn: Connection, code: str) -> Person | None:
    """The person whose living badge this is."""
    owner = conn.execute(
        select(badge.c.person).where(badge.c.code == code, badge.c.revoked.is_(None))
    ).scalar_one_or_none()
    return None if owner is None else by_id(conn, owner)


def anybody(conn: Connection) -> bool:
    return conn.execute(select(person.c.id).limit(1)).first() is not None


def everybody(conn: Connection) -> tuple[Person, ...]:
    rows = conn.execute(_people().order_by(person.c.printed_name, user_name.c.since))
    return tuple({row.id: _person(row) for row in rows}.values())


def competencies(conn: Connection, person_id: str) -> tuple[tuple[str, datetime], ...]:
    rows = conn.execute(
        select(competency.c.code, competency.c.valid_until)
        .where(competency.c.person == person_id)
        .order_by(competency.c.code)
    )
    return tuple((row.code, row.valid_until) for row in rows)


def _people() -> Select[Any]:
    return select(person, user_name.c.shown).join(user_name, user_name.c.person == person.c.id)


def _person(row: Row[Any]) -> Person:
    r = row._mapping
    return Person(
        r["id"],
        r["shown"],
        r["printed_name"],
        frozenset(r["roles"].split()),
        r["licence"],
        frozenset(r["licence_states"].split()),
        bool(r["active"]),
    )


def _roles(roles: Iterable[str]) -> frozenset[str]:
    wanted = frozenset(roles)
    if unknown := wanted - set(ROLES):
        raise NotDoneError(f"There is no role {', '.join(sorted(unknown))}. Roles are {', '.join(ROLES)}.")
    if not wanted:
        raise NotDoneError("A person needs at least one role.")
    return wanted


def _words(words: Iterable[str]) -> str:
    return " ".join(sorted(words))


def _reason(why: str) -> str:
    if len(why.strip()) < 4:
        raise NotDoneError("Give a reason in a few words.")
    return why.strip()
