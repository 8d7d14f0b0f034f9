"""What every act that is no preparation's has in common: done once, in one transaction, or refused in words."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

from app.api.answers import Reply, Trouble
from app.api.commands import Second
from app.api.once import done, press
from app.api.shapes import Hidden, Reason, Shape, Words
from app.catalogue.hazards import Acting
from app.people import actors, signing
from app.people.signing import Given, SignedAs, SignRefused
from app.web.house import house
from app.web.visit import signed_in, visit
from workflows.circumstances import Actor


class Done(Shape):
    """It was done, and is in the record."""

    outcome: str
    """done, in all cases: what is not done is a problem."""
    id: str
    """Of what was made or changed: a name, a number, a key."""


class OnePerson(Shape):
    """A signature under an act: who signs says again who they are."""

    over: Words
    """Digest of what was read and is signed."""
    against: Reason
    """What it was compared with: list, edition, page."""
    user: Words = ""
    """User name, or badge in a session by badge: asked for at the first signature and after a pause."""
    password: Hidden
    """Password, or PIN in a session by badge."""


def acted(
    work: Callable[[Acting], object], refused: type[ValueError] | tuple[type[ValueError], ...]
) -> Reply | Trouble:
    """Do it in the name of whoever is signed in and keep the answer; a refusal leaves nothing and takes no key.

    What `work` returns is the answer, or, if it is a text, the id in it.
    """
    rooms, at, who, command_id = house(), visit().at, signed_in()[0].id, press().command_id

    def inside(conn: Connection) -> Reply:
        made = work(Acting(conn, rooms.settings, who, at, command_id))
        if isinstance(made, Shape):
            return answered(made)
        return answered(Done(outcome="done", id=made if isinstance(made, str) else ""))

    try:
        return done(inside)
    except refused as trouble:
        return Trouble(409, "NOT_DONE", str(trouble))


def answered(shape: Shape) -> Reply:
    """Return an answer of 200 as it is kept for its key."""
    return Reply(200, shape.model_dump(mode="json"))


def signed_by(given: OnePerson, meaning: str) -> SignedAs | Trouble:
    """Ask again who it is, and return what they put their name to. Never inside a write."""
    person, session = signed_in()
    signed = signing.sign(
        house().door,
        person.id,
        Given(given.password, given.user),
        session=session,
        station=session.station,
        meaning=meaning,
        over_digest=given.over,
        at=visit().at,
    )
    if isinstance(signed, SignRefused):
        return Trouble(429 if signed.locked_until else 403, "NOT_SIGNED", signed.says)
    return signed


def seconded(given: Second, meaning: str, over: str) -> Actor | Trouble:
    """Check the second person's badge and PIN, and return who they are as the rules know them. Never inside a write."""
    rooms, here, person = house(), visit(), signed_in()[0]
    signed = signing.second_person(
        rooms.door,
        given.badge,
        given.pin,
        not_person=person.id,
        station=here.station,
        meaning=meaning,
        over_digest=over,
        at=here.at,
    )
    if isinstance(signed, SignRefused):
        return Trouble(429 if signed.locked_until else 403, "NOT_SIGNED", signed.says)
    with rooms.store.reading() as conn:
        return actors.actor(conn, signed.person, rooms.settings, here.at)
