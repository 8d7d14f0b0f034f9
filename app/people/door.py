"""Checking who someone is: reading and hashing first, then one short write."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol, TypeVar

from sqlalchemy import Connection, select, update

from app.people import accounts, enrolment, lockouts
from app.people.accounts import Person
from app.people.history import Act
from app.people.policy import Policy
from app.people.secrets import PASSWORD_COST, PIN_COST, CodeKey, Cost, Kind, Pepper, Secrets
from app.people.tables import secret
from app.settings import Secrets as Kept
from app.settings import Settings

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
    settings: Settings
    """Site and software, as the events of people name them."""
    policy: Policy = field(default_factory=Policy)
    """The site's limits."""

    def act(self, conn: Connection, by: str, at: datetime, station: str = "") -> Act:
        """One act on people in the caller's transaction."""
        return Act(conn, self.settings, by, at, station)

    def write(self, work: Callable[[Act], T], *, by: str, at: datetime, station: str = "") -> T:
        """Do one act in a transaction of its own."""
        return self.store.write(lambda conn: work(self.act(conn, by, at, station)))


def door_of(settings: Settings, kept: Kept, store: Store, cost: Cost | None = None) -> Door:
    """Return the door of this installation. `cost` lowers the work of hashing: for tests and the demo's seed."""
    secrets = Secrets(
        (Pepper(kept.pepper_id, kept.pepper),),
        pin_cost=cost or PIN_COST,
        password_cost=cost or PASSWORD_COST,
        code_key=CodeKey(kept.code_key_id, kept.code_key),
    )
    return Door(store, secrets, settings, Policy.of(settings))


@dataclass(frozen=True)
class Refused:
    """Not let in, or not signed."""

    says: str
    """What to show: never which of the two components was wrong."""
    locked_until: datetime | None = None
    """End of the lock, where there is one."""


Spend = Callable[[Act], bool]
"""Uses up, inside the write, what counts once; False where somebody was faster."""


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
    spend: tuple[Spend, ...] = ()
    """What was given that counts once: a one-time code, an enrolment secret."""
    enrolling: bool = False
    """True where it was an enrolment secret: a new one has to be chosen."""


WRONG = {
    "pin": "Badge and PIN do not belong together. Nothing was changed. Try again.",
    "password": "User name and password do not belong together. Nothing was changed. Try again.",
}
WRONG_WITH_CODE = "User name, password and one-time code do not belong together. Nothing was changed. Try again."


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
        invited = enrolment.standing(conn, who, kind, at) if purpose == "sign-in" else None
    if locked is not None:
        return Checked(person, station, kind, purpose, right=False, locked=locked)
    if person is not None and person.active and fitting and invited is not None:
        right = invited.fits(door.secrets, private)
        spend = (invited.spend,) if right else ()
        return Checked(person, station, kind, purpose, right=right, spend=spend, enrolling=True)
    if person is None or kept is None or not person.active or not fitting:
        door.secrets.waste_time(kind, private)
        return Checked(person, station, kind, purpose, right=False)
    verified = door.secrets.verify(kind, private, kept.hash, kept.pepper)
    return Checked(person, station, kind, purpose, right=verified.right, rehash=verified.rehash)


def settle(conn: Connection, door: Door, checked: Checked, at: datetime, *, wrong: str = "") -> Person | Refused:
    """Count the try. A right one is still refused when a lock fell meanwhile: guessing in parallel wins nothing.

    `wrong` are the words for a wrong one, where more than the secret was compared.
    """
    who = checked.person.id if checked.person else ""
    says = wrong or WRONG[checked.kind]
    locked = checked.locked or lockouts.locked_until(conn, who, checked.station, at)
    if locked is not None:
        lockouts.note(conn, who, checked.station, purpose=checked.purpose, outcome="locked", at=at)
        return Refused(locked_words(), locked)
    act = door.act(conn, who or "unknown", at, checked.station)
    if checked.right and not all(spend(act) for spend in checked.spend):
        checked = replace(checked, right=False)
    if not checked.right or checked.person is None:
        locked = lockouts.count_wrong(act, who, purpose=checked.purpose, policy=door.policy)
        return Refused(locked_words() if locked else says, locked)
    someone = accounts.by_id(conn, who)
    if not someone.counts_at(door.settings.site):
        return Refused(someone.elsewhere(door.settings.site) if someone.active else says)
    lockouts.forget(conn, who, checked.station)
    if checked.rehash:
        _keep_stronger(conn, door, who, checked)
    return checked.person


def locked_words() -> str:
    return "Too many wrong tries. Signing in is locked for now; a lead technician or administrator can open it."


def _keep_stronger(conn: Connection, door: Door, who: str, checked: Checked) -> None:
    mine = (secret.c.person == who) & (secret.c.kind == checked.kind)
    conn.execute(update(secret).where(mine).values(hash=checked.rehash, pepper=door.secrets.pepper.id))
