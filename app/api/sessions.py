"""Signing in through the API: what a person gives on a screen, given to a program that holds a token. It locks and ends alike."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from flask import g, request
from pydantic import Field, StringConstraints

from app.api.admission import ANY, key_for
from app.api.answers import Trouble
from app.api.operations import operation
from app.api.shapes import Hidden, Id, Shape
from app.people import entry, sessions
from app.people.door import Refused
from app.people.entry import Entered
from app.people.history import Act
from app.web.house import house
from app.web.visit import signed_in, visit

DUTY = "First, on a screen of vialtrace: {}. A program cannot do that for you."


class ByBadge(Shape):
    """At a station, by badge and PIN."""

    kind: Literal["station"]
    station: Id
    badge: Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[\u0020-\u007e]*$")]
    """As it is scanned."""
    pin: Hidden


class ByPassword(Shape):
    """At a desk, by name and password, and a one-time code where the site asks for one."""

    kind: Literal["desk"]
    user: Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^\u0000-\u001f\u007f-\u009f]*$")]
    password: Hidden
    one_time_code: Annotated[str, StringConstraints(max_length=40, pattern=r"^[0-9A-Za-z -]*$")] = ""


class SignIn(Shape):
    """Who signs in, and where."""

    by: Annotated[ByBadge | ByPassword, Field(discriminator="kind")]


class SignedIn(Shape):
    """A session. Send its key as Vialtrace-Session, with the token that it was opened by: with another it opens nothing."""

    session: str
    """The key; shown this once."""
    person: str
    name: str
    roles: list[str]
    station: str
    idle_minutes: int
    """Without a request for so long it locks."""
    ends: datetime
    """It ends then, whatever happens."""


@operation("POST /sessions", scope=ANY, tag="Access", answer=SignedIn, body=SignIn, status=201, session=None)
def sign_in(body: SignIn) -> SignedIn | Trouble:
    """Sign somebody in, so that acts are theirs.

    A token says which program asks; only a session says who is there. Five wrong PINs or passwords lock the person, as on
    a screen.
    """
    here, rooms, token = visit(), house(), g.api_token
    if isinstance(body.by, ByBadge):
        station = body.by.station
        if station not in rooms.settings.stations or token.station not in ("", station):
            return Trouble(403, "NOT_ALLOWED", "This token does not open that station, or there is none of that name.")
        found = entry.with_badge(rooms.door, body.by.badge, body.by.pin, station=station, at=here.at)
    else:
        if token.station:
            return Trouble(403, "NOT_ALLOWED", f"This token is for station {token.station} alone.")
        address = request.remote_addr or ""
        found = entry.with_password(
            rooms.door, body.by.user, body.by.password, address=address, at=here.at, code=body.by.one_time_code
        )
    if isinstance(found, Refused):
        return Trouble(429 if found.locked_until else 401, "NOT_SIGNED_IN", found.says)
    return _opened(found)


@operation("DELETE /sessions/current", scope=ANY, tag="Access", answer=None, status=204, session=True)
def sign_out() -> None:
    """Sign out: the session of the request ends."""
    _, session = signed_in()
    at = visit().at
    house().store.write(lambda conn: sessions.end(conn, session.id, at=at, why="signed out"))


def _opened(found: Entered) -> SignedIn | Trouble:
    """Bind the session to the token that it was opened by; one that owes a duty is ended at once."""
    rooms, at, session = house(), visit().at, found.session
    duty: str = session.duty
    if not duty and not found.person.counts_at(rooms.settings.site):
        duty = found.person.elsewhere(rooms.settings.site)
    bound = key_for(g.api_token, found.token)

    def work(act: Act) -> None:
        if duty:
            sessions.end(act.conn, session.id, at=at, why="not for a program")
        else:
            sessions.step_up(act.conn, session.id, bound)

    rooms.door.write(work, by=found.person.id, at=at, station=session.station)
    if duty:
        return Trouble(403, "DUTY", DUTY.format(duty))
    policy = rooms.door.policy
    return SignedIn(
        session=found.token,
        person=found.person.id,
        name=found.person.name,
        roles=sorted(found.person.roles),
        station=session.station,
        idle_minutes=int(policy.idle.total_seconds() // 60),
        ends=session.started + policy.longest,
    )
