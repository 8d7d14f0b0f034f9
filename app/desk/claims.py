"""One review, one reader at a time: opening holds it for three minutes, renewed while the page is used (R26)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, select

from app.desk.tables import review_claim
from app.people.tables import put
from app.record.columns import moment_text
from app.record.prepared import PreparedRows

HELD_FOR = timedelta(minutes=3)
"""How long an opening holds without being renewed."""


@dataclass(frozen=True)
class Claim:
    """Who has a review open."""

    preparation: str
    """Preparation id."""
    person: str
    """Person id."""
    until: datetime
    """UTC; after this anybody may take it."""


_HOLDING = PreparedRows(select(review_claim).where(review_claim.c.until > bindparam("at")))
"""Asked at every poll of a queue: made once."""


def holder(conn: Connection, preparation: str, at: datetime) -> Claim | None:
    """Return who has it at this moment, or None."""
    row = conn.execute(select(review_claim).where(review_claim.c.preparation == preparation)).one_or_none()
    return Claim(row.preparation, row.person, row.until) if row is not None and row.until > at else None


def holders(conn: Connection, at: datetime) -> dict[str, Claim]:
    """Return every claim that holds at this moment, by preparation."""
    rows = _HOLDING.all(conn, {"at": moment_text(at)})
    return {row.preparation: Claim(row.preparation, row.person, row.until) for row in rows}


def take(conn: Connection, preparation: str, person: str, at: datetime) -> Claim:
    """Take or renew it, unless somebody else has it; returns whose it now is."""
    there = holder(conn, preparation, at)
    if there is not None and there.person != person:
        return there
    until = at + HELD_FOR
    put(conn, review_claim, {"preparation": preparation}, {"person": person, "until": until})
    return Claim(preparation, person, until)


def release(conn: Connection, preparation: str, person: str) -> None:
    """Give it back; another's claim stays."""
    where = (review_claim.c.preparation == preparation) & (review_claim.c.person == person)
    conn.execute(delete(review_claim).where(where))
