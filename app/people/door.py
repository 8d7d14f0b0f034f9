"""Checking who someone is: reading and hashing first, then one short write."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from sqlalchemy import Connection, select, update

from app.people import accounts, lockouts
from app.people.accounts import Person
from app.people.policy import Policy
from app.people.secrets import Kind, Secrets
from app.people.tables import secret

T = TypeVar("T")


class Store(Protocol):
    """The part of the record's store that people need."""

    def reading(self) -> AbstractContextManager[Connection]: ...

    def write(self, work: Callable[[Connection], T]) -> T: ...


@dataclass(frozen=True)
class Door:
    """What checking a person needs."""

    store: Store
    """Where people are kept."""
    secrets: Secrets
    """How secrets are kept."""
    policy: Policy = field(default_factory=Policy)
    """The site's limits."""


@dataclass(frozen=True)
class Refused:
    """Not let in, or not signed."""

    says: str
    """What to show: never which of the two components was wrong."""
    locked_until: datetime | None = None
    """End of the lock, where there is one."""


@dataclass(frozen=True)
class Checked:
    """A secret was compared on a reading connection; `settle` makes it count."""

    person: Person | None
    """Whom the badge or user name named."""
    station: str
    """Where, or `desk/<address>`."""
    kind: Kind
    """Which secret."""
    purpose: str
    """sign-in, signature or witness."""
    right: bool
    """Whether the secret was theirs and no lock stood."""
    locked: datetime | None = None
    """A lock that stood already; nothing was compared."""
    rehash: str | None = field(default=None, repr=False)
    """A stronger hash to keep."""


WRONG = {
    "pin": "Badge and PIN do not belong together. Nothing was changed. Try again.",
    "password": "User name and password do not belong together. Nothing was changed. Try again.",
}


def check(
    door: Door,
    find: Callable[[Connection], Person | None],
    kind: Kind,
    private: str,
    *,
    station: str,
    purpose: str,
    at: datetime,
    fits: Callable[[Connection, Person], bool] | None = None,
) -> Checked:
    """Compare a secret. Reads and hashes only: call `settle` inside a write afterwards, whatever came out.

    `fits` judges the public component where the person is known already; a misfit is a wrong try of that person.
    """
    with door.store.reading() as conn:
        person = find(conn)
        who = person.id if person else ""
        fitting = person is not None and (fits is None or fits(conn, person))
        locked = lockouts.locked_until(conn, who, station, at)
        kept = conn.execute(
            select(secret.c.hash, secret.c.pepper).where(secret.c.person == who, secret.c.kind == kind)
        ).first()
    if locked is not None:
        return Checked(person, station, kind, purpose, right=False, locked=locked)
    if person is None or kept is None or not person.active or not fitting:
        door.secrets.waste_time(kind, private)
        return Checked(person, station, kind, purpose, right=False)
    verified = door.secrets.verify(kind, private, kept.hash, kept.pepper)
    return Checked(person, station, kind, purpose, right=verified.right, rehash=verified.rehash)


def settle(conn: Connection, door: Door, checked: Checked, at: datetime) -> Person | Refused:
    """Count the try. A right one is still refused when a lock fell meanwhile: guessing in parallel wins nothing."""
    who = checked.person.id if checked.person else ""
    locked = checked.locked or lockouts.locked_until(conn, who, checked.station, at)
    if locked is not None:
        lockouts.note(conn, who, checked.station, purpose=checked.purpose, outcome="locked", at=at)
        return Refused(locked_words(), locked)
    if not checked.right or checked.person is None:
        locked = lockouts.count_wrong(conn, who, checked.station, purpose=checked.purpose, at=at, policy=door.policy)
        return Refused(locked_words() if locked else WRONG[checked.kind], locked)
    if not accounts.by_id(conn, who).active:
        return Refused(WRONG[checked.kind])
    lockouts.forget(conn, who, checked.station)
    if checked.rehash:
        _keep_stronger(conn, door, who, checked)
    return checked.person


def locked_words() -> str:
    return "Too many wrong tries. Signing in is locked for now; a lead technician or administrator can open it."


def _keep_stronger(conn: Connection, door: Door, who: str, checked: Checked) -> None:
    mine = (secret.c.person == who) & (secret.c.kind == checked.kind)
    conn.execute(update(secret).where(mine).values(hash=checked.rehash, pepper=door.secrets.pepper.id))
