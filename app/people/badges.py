"""Badges: a name to be scanned, never a secret. Given, tried, reviewed, revoked (Q41, Q42)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from app.people import accounts, sessions
from app.people.accounts import NotDoneError, Person
from app.people.history import Act
from app.people.tables import badge
from devices.scanner.own import check_character

BADGE_FORM = re.compile(r"%VT-B-([0-9A-HJKMNP-TV-Z]{8})([0-9A-Z])%")
"""A badge as scanned: kind B, eight characters, their check character (ISO 7064 MOD 37,36), closed by %."""


@dataclass(frozen=True)
class Badge:
    """One badge of a person."""

    code: str
    """Eight characters."""
    since: datetime
    """When it was given, UTC."""
    tried: datetime | None
    """When it was last tried in front of somebody, or first used with its PIN; None: never yet."""
    review: datetime | None
    """When it is to be tried again; None before the first trial."""
    revoked: datetime | None
    """When it was revoked; such a badge opens nothing."""
    revoked_why: str
    """Why."""

    @property
    def spoken(self) -> str:
        """The letters that are printed under its symbol."""
        return f"B-{self.code[:4]}-{self.code[4:]}-{check_character(self.code)}"

    def due(self, at: datetime) -> bool:
        """Say whether it has to be tried: at the first time, and again at intervals."""
        return self.revoked is None and (self.review is None or self.review <= at)


def badge_text(code: str) -> str:
    """What is printed on the badge whose id is `code`."""
    return f"%VT-B-{code}{check_character(code)}%"


def badge_code(text: str) -> str | None:
    """Read a badge as scanned or typed (also `B-XXXX-XXXX-C` from under the symbol); None when it is no badge."""
    tidy = text.strip().upper()
    tidy = tidy[3:] if tidy.startswith("]") else tidy
    typed = re.fullmatch(r"B-?([0-9A-Z]{4})-?([0-9A-Z]{4})-?([0-9A-Z])", tidy)
    found = BADGE_FORM.fullmatch(tidy if typed is None else f"%VT-B-{''.join(typed.groups())}%")
    if found is None or found[2] != check_character(found[1]):
        return None
    return found[1]


def give(act: Act, person_id: str, code: str, *, review_after: timedelta | None = None) -> None:
    """Give a badge. With `review_after` it was scanned just now, which is its first trial."""
    accounts.not_ones_own(act, person_id)
    if act.conn.execute(select(badge.c.code).where(badge.c.code == code)).first():
        raise NotDoneError("This badge is or was somebody's. Take a new one; badges are never given out again.")
    tried, review = (act.at, act.at + review_after) if review_after else (None, None)
    act.conn.execute(insert(badge).values(code=code, person=person_id, since=act.at, tried=tried, review=review))
    act.note("badge_given", person_id, {"badge": code, "tried": tried is not None})


def tried(act: Act, person_id: str, code: str, *, review_after: timedelta) -> None:
    """Keep that a badge was scanned and is still this person's (Q42)."""
    if whose(act.conn, code) != person_id:
        raise NotDoneError("This is not a living badge of this person. Scan the right one, or revoke the old one.")
    values = {"tried": act.at, "review": act.at + review_after}
    act.conn.execute(update(badge).where(badge.c.code == code).values(**values))
    act.note("badge_tried", person_id, {"badge": code})


def used(conn: Connection, code: str, at: datetime, review_after: timedelta) -> None:
    """The first sign-in with badge and PIN is a trial, too: the scanner read it and it was the right person's."""
    first = (badge.c.code == code) & badge.c.tried.is_(None)
    conn.execute(update(badge).where(first).values(tried=at, review=at + review_after))


def revoke(act: Act, code: str, *, why: str) -> None:
    """A lost badge is dead at once, and so is every session begun with it (Q42)."""
    reason = accounts.given(why)
    owner = whose(act.conn, code)
    if owner is None:
        raise NotDoneError("There is no such badge in use.")
    act.conn.execute(update(badge).where(badge.c.code == code).values(revoked=act.at, revoked_why=reason))
    sessions.end_all(act, owner, why="badge revoked", badge=code)
    act.note("badge_revoked", owner, {"badge": code, "why": reason})


def whose(conn: Connection, code: str) -> str | None:
    """Return the id of the person whose living badge this is."""
    living = (badge.c.code == code) & badge.c.revoked.is_(None)
    owner: str | None = conn.execute(select(badge.c.person).where(living)).scalar_one_or_none()
    return owner


def holder(conn: Connection, code: str) -> Person | None:
    """The person whose living badge this is."""
    owner = whose(conn, code)
    return None if owner is None else accounts.by_id(conn, owner)


def of(conn: Connection, person_id: str) -> tuple[Badge, ...]:
    """Return every badge of a person, newest first."""
    rows = conn.execute(select(badge).where(badge.c.person == person_id).order_by(badge.c.since.desc()))
    return tuple(Badge(r.code, r.since, r.tried, r.review, r.revoked, r.revoked_why) for r in rows)
