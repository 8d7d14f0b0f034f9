"""What a passkey is asked to sign: bound to its request, kept in the database, good once and for ten minutes (Q43)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from app.clock import new_token
from app.people.tables import challenge
from workflows import passkeys

LASTS = timedelta(minutes=10)
KEPT = timedelta(days=1)
"""How long one that was used or grew old stays, so that a second use can still be told from a strange one."""


@dataclass(frozen=True)
class Challenge:
    """One request to a passkey."""

    value: str
    """What is signed, base64url."""
    purpose: str
    """register, sign-in or sign."""
    person: str
    """Person id; empty for a sign-in, where nobody is known yet."""
    session: str
    """Session id; empty for a sign-in."""
    preparation: str
    """Of a signature: the preparation's id."""
    meaning: str
    """Of a signature: what it will say."""
    over: str
    """Of a signature: digest of what was shown, hex."""
    nonce: str
    """Of a signature: the random part of the value."""
    at: datetime
    """When it was made."""
    until: datetime
    """When it is too late."""
    used: datetime | None
    """When it was used."""


def for_signature(
    conn: Connection, *, person: str, session: str, preparation: str, meaning: str, over: str, at: datetime
) -> Challenge:
    """Make the challenge of one signature: SHA-256 over what it says, over what, for which preparation, by whom."""
    nonce = new_token()
    raw = passkeys.challenge(meaning, over, preparation, person, nonce)
    return _keep(conn, passkeys.to_text(raw), "sign", person, session, preparation, meaning, over, nonce, at)


def plain(conn: Connection, purpose: str, *, person: str = "", session: str = "", at: datetime) -> Challenge:
    """Make the challenge of a registration or a sign-in: random alone."""
    return _keep(conn, new_token(), purpose, person, session, "", "", "", "", at)


def _keep(
    conn: Connection, value: str, purpose: str, person: str, session: str, preparation: str, meaning: str, over: str,
    nonce: str, at: datetime,
) -> Challenge:  # fmt: skip
    """Keep it, and forget the ones that nobody can ask about any more: a flood of requests leaves ten minutes' worth."""
    idle = (challenge.c.purpose == "sign-in") & (challenge.c.until <= at)
    conn.execute(delete(challenge).where(idle | (challenge.c.until <= at - KEPT)))
    made = Challenge(value, purpose, person, session, preparation, meaning, over, nonce, at, at + LASTS, None)
    conn.execute(insert(challenge).values(**{name: getattr(made, name) for name in Challenge.__dataclass_fields__}))
    return made


def find(conn: Connection, value: str) -> Challenge | None:
    row = conn.execute(select(challenge).where(challenge.c.value == value)).first()
    return None if row is None else Challenge(**dict(row._mapping))


def use(conn: Connection, value: str, at: datetime) -> bool:
    """Use it up; False where it was used meanwhile."""
    unused = (challenge.c.value == value) & challenge.c.used.is_(None)
    return conn.execute(update(challenge).where(unused).values(used=at)).rowcount == 1
