"""Old PINs and passwords: looked at again by their owner, or changed, as the site has set (Q44)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from app.people.history import Act
from app.people.policy import Policy
from app.people.secrets import Kind
from app.people.tables import secret


@dataclass(frozen=True)
class KeptSecret:
    """What of a PIN or password is no secret."""

    kind: Kind
    """Which."""
    since: datetime
    """When it was set."""
    reviewed: datetime | None
    """When its owner last kept it; None: not since it was set."""
    due: bool
    """Whether it is time for another look, or for a change."""


def of(conn: Connection, policy: Policy, person_id: str, at: datetime) -> tuple[KeptSecret, ...]:
    """Return what a person signs in with, the password first."""
    rows = conn.execute(select(secret).where(secret.c.person == person_id).order_by(secret.c.kind))
    return tuple(
        KeptSecret(row.kind, row.since, row.reviewed, policy.is_old(row.reviewed or row.since, at)) for row in rows
    )


def has(conn: Connection, person_id: str, kind: Kind) -> bool:
    """Say whether a person has such a secret now; a reset takes it away at once."""
    mine = (secret.c.person == person_id) & (secret.c.kind == kind)
    return conn.execute(select(secret.c.person).where(mine)).first() is not None


def still_good(act: Act, kind: Kind) -> None:
    """Keep that its owner looked at it: nobody else knows it, it is on no list, it stays."""
    mine = (secret.c.person == act.by) & (secret.c.kind == kind)
    if act.conn.execute(update(secret).where(mine).values(reviewed=act.at)).rowcount:
        act.note("secret_reviewed", act.by, {"kind": kind})
