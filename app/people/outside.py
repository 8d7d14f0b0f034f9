"""Who an identity provider means: its subject is linked to a person here. It may open a desk; it never signs.

This is the door for OpenID Connect, prepared and not built: nothing here speaks to a network. Whoever builds it validates the
provider's token (issuer, audience, nonce, signature, times) and hands in what it vouches for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, insert, select, update

from app.people import accounts, codes, entry, lockouts
from app.people.accounts import NotDoneError
from app.people.door import Door, Refused, locked_words
from app.people.entry import Entered
from app.people.history import Act
from app.people.sessions import Session
from app.people.tables import outside_identity

FRESH = timedelta(minutes=5)
"""How long ago the provider may have asked the person: an old session there opens nothing here."""


@dataclass(frozen=True)
class Vouched:
    """What a provider says, after its token was validated."""

    issuer: str
    """The provider's address, exactly as in its tokens."""
    subject: str
    """Its name for the person, never re-used by it."""
    authenticated: datetime
    """When it last asked the person (auth_time), UTC."""


@dataclass(frozen=True)
class Link:
    """A subject of a provider that means a person here."""

    issuer: str
    """Address of the provider."""
    subject: str
    """Its name for the person."""
    since: datetime
    """When it was linked."""
    ended: datetime | None
    """When the link was cut; it is not made again for another person."""


def link(act: Act, person_id: str, issuer: str, subject: str) -> None:
    """Link a subject to a person. One that ever meant somebody never means anybody else (Q22)."""
    accounts.not_ones_own(act, person_id)
    issuer, subject = issuer.strip(), subject.strip()
    if not issuer.startswith("https://") or not subject:
        raise NotDoneError("Write the provider's https address and its name for the person, exactly as it sends both.")
    row = act.conn.execute(select(outside_identity).where(_row(issuer, subject))).first()
    if row is not None and row.person != person_id:
        raise NotDoneError("This name at that provider is or was somebody else's. It is never given to another person.")
    if row is not None and row.ended is None:
        raise NotDoneError("It is linked already.")
    if row is None:
        act.conn.execute(
            insert(outside_identity).values(issuer=issuer, subject=subject, person=person_id, since=act.at)
        )
    else:
        act.conn.execute(update(outside_identity).where(_row(issuer, subject)).values(since=act.at, ended=None))
    act.note("outside_identity_linked", person_id, {"issuer": issuer, "subject": subject})


def unlink(act: Act, person_id: str, issuer: str, subject: str, *, why: str) -> None:
    """Cut a link: the provider opens nothing for this person any more."""
    reason = accounts.given(why)
    mine = _row(issuer, subject) & (outside_identity.c.person == person_id) & outside_identity.c.ended.is_(None)
    if act.conn.execute(update(outside_identity).where(mine).values(ended=act.at)).rowcount == 0:
        raise NotDoneError("There is no such link.")
    act.note("outside_identity_unlinked", person_id, {"issuer": issuer, "subject": subject, "why": reason})


def of(conn: Connection, person_id: str) -> tuple[Link, ...]:
    """Return the links of a person that stand."""
    mine = (outside_identity.c.person == person_id) & outside_identity.c.ended.is_(None)
    rows = conn.execute(select(outside_identity).where(mine).order_by(outside_identity.c.since))
    return tuple(Link(row.issuer, row.subject, row.since, row.ended) for row in rows)


def sign_in(
    door: Door,
    vouched: Vouched,
    *,
    address: str,
    at: datetime,
    continues: Session | None = None,
    code: str = "",
) -> Entered | Refused:
    """Open a desk for whom a provider vouches. Where this site asks for a one-time code, it asks here, too."""
    station = f"desk/{address}"
    with door.store.reading() as conn:
        living = _row(vouched.issuer, vouched.subject) & outside_identity.c.ended.is_(None)
        who = conn.execute(select(outside_identity.c.person).where(living)).scalar_one_or_none()
        person = accounts.by_id(conn, who) if who else None
        locked = lockouts.locked_until(conn, who or "", station, at)
        enrolled = who is not None and codes.standing(conn, who).since is not None
    if locked is not None:
        return Refused(locked_words(), locked)
    asked = door.policy.wants_code(address)
    spend = codes.match(door, person.id, code, at=at) if person and asked and enrolled else None
    fresh = timedelta() <= at - vouched.authenticated <= FRESH
    good = (
        fresh
        and person is not None
        and person.counts_at(door.settings.site)
        and (spend is not None or not (asked and enrolled))
    )

    def work(conn: Connection) -> Entered | Refused:
        act = door.act(conn, person.id if person else "unknown", at, station)
        if not good or person is None or (spend is not None and not spend(act)):
            ends = lockouts.count_wrong(act, person.id if person else "", purpose="sign-in", policy=door.policy)
            return Refused(locked_words() if ends else STRANGE, ends)
        lockouts.forget(conn, person.id, station)
        duty = "enrol code" if asked and not enrolled else ""
        desk = door.act(conn, person.id, at)
        return entry.begin(desk, person, "identity provider", continues=continues, duty=duty)  # type: ignore[arg-type]  # a duty

    return door.store.write(work)


STRANGE = "Your identity provider vouches for nobody who may sign in here now. Sign in with name and password."


def _row(issuer: str, subject: str) -> ColumnElement[bool]:
    return (outside_identity.c.issuer == issuer) & (outside_identity.c.subject == subject)
