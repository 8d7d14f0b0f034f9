"""Who is asking: reads the sign-in behind each request, locks or ends it when its time has come, and admits by right."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Flask, Response, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import Forbidden

from app.clock import now
from app.people import accounts, actors, sessions, signing
from app.people.accounts import Person
from app.people.sessions import Session
from app.record.engine import Busy, NotSaved, PerhapsSaved
from app.web.cookies import read_key
from app.web.house import house
from app.web.rights import Right, right_of

OF_A_PROGRAM = "api/"
"""Begins what a session is kept under that was opened through the API: no cookie may name it, so that it opens no screen."""
READING = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing."""
BY_ITSELF = "system:sessions"
"""Who locks and ends sessions by the clock."""


class NotLicensedError(Forbidden):
    """A pharmacist whose licence does not count; the description says why, and what to do."""


@dataclass(frozen=True)
class Visit:
    """One request and whose it is."""

    at: datetime
    """The request's one clock reading."""
    session: Session | None
    """The session behind the cookie, open or locked; None when there is none or it has ended."""
    someone: Person | None
    """Whose session it is, also while locked."""
    station: str
    """Station the session is bound to; empty at a desk."""

    @property
    def person(self) -> Person | None:
        """The person signed in now; None while locked."""
        return self.someone if self.session is not None and self.session.is_open() else None

    @property
    def locked(self) -> bool:
        return self.session is not None and self.session.locked is not None


def visit() -> Visit:
    """The visit of the request being served."""
    found = g.get("visit")
    if not isinstance(found, Visit):
        raise TypeError("a visit exists only inside a request that was admitted")
    return found


def signed_in() -> tuple[Person, Session]:
    """The person and session of an admitted request. Use it in views behind a right."""
    here = visit()
    if here.person is None or here.session is None:
        abort(401)
    return here.person, here.session


def acting_roles() -> frozenset[str]:
    """The roles in which the person of this request acts and signs: as pharmacist only by a licence that counts (Q27)."""
    return actors.counting(signed_in()[0], house().settings, visit().at)


def licence_trouble() -> str:
    """Why the person of this request does not act as pharmacist, though it is their role; empty for everybody else."""
    person = signed_in()[0]
    if "pharmacist" in acting_roles() or "pharmacist" not in person.roles:
        return ""
    return actors.licence_trouble(person, house().settings, visit().at)


def admit_visitors(app: Flask) -> None:
    app.before_request(_admit)


def _admit() -> ResponseReturnValue | None:
    g.visit = Visit(at=now(), session=None, someone=None, station="")
    if request.method not in READING and request.headers.get("Sec-Fetch-Site") in {
        "cross-site",
        "same-site",
    }:
        abort(403)
    if request.endpoint is None or request.endpoint == "static":
        return None
    named = right_of(current_app, request.endpoint)
    if named is None:
        abort(403)
    if named.scope:
        return None  # nobody so far: the route's own door turns away, or sets whose visit it is
    g.visit = _recognise(g.visit.at)
    if named.everyone:
        return None
    stopped = _stop(named)
    if stopped is None:
        _touch(named)
    return stopped


def _recognise(at: datetime) -> Visit:
    key = read_key(request) or ""
    return recognised("" if key.startswith(OF_A_PROGRAM) else key, at)


def recognised(token: str, at: datetime) -> Visit:
    """Return whose visit the key of a session makes this; nobody's where it opens nothing any more."""
    if not token:
        return Visit(at, None, None, "")
    with house().store.reading() as conn:
        session = sessions.find(conn, token)
        someone = accounts.by_id(conn, session.person) if session else None
    if session is None or session.ended is not None or someone is None:
        return Visit(at, None, None, "")
    if not someone.counts_at(house().settings.site):
        return Visit(at, None, None, "")  # signed in at another site of the same record, which is theirs
    session = _in_time(session, at)
    return Visit(at, session, someone, session.station) if session else Visit(at, None, None, "")


def _in_time(session: Session, at: datetime) -> Session | None:
    """Lock or end the session if its time has come, and keep that (Q31)."""
    rooms = house()
    if session.due_to_end(at, rooms.door.policy):
        rooms.door.write(lambda act: sessions.expire(act, session), by=BY_ITSELF, at=at, station=session.station)
        return None
    if session.due_to_lock(at, rooms.door.policy):
        rooms.door.write(
            lambda act: sessions.lock(act, session, why="idle"), by=BY_ITSELF, at=at, station=session.station
        )
        with rooms.store.reading() as conn:
            return sessions.by_id(conn, session.id)
    return session


def _stop(named: Right) -> ResponseReturnValue | None:
    """Turn away whoever is not signed in here, or has not the right."""
    here: Visit = g.visit
    asked = (request.view_args or {}).get("station", here.station)
    if here.person is None or asked != here.station:
        return _to_sign_in(str(asked))
    if here.session is not None and here.session.duty and not named.in_duty:
        return _elsewhere(own_page(here.session))
    if not named.covers(here.person.roles):
        _note_missing()
        abort(403)
    if request.method not in READING and named.asks_licence and not named.covers(acting_roles()):
        _note_missing()
        raise NotLicensedError(licence_trouble())
    return None


def _note_missing() -> None:
    """Keep an act that was denied for want of a right (Q7)."""
    here, what = visit(), f"{request.method} {request.endpoint}"
    who = signed_in()[0].id
    house().store.write(lambda conn: signing.note_missing_right(conn, who, here.station, what, at=here.at))


def _to_sign_in(station: str) -> ResponseReturnValue:
    """Lead a page to where one signs in; tell a script where that is, so that it can go there itself."""
    known = station in house().settings.stations
    where = url_for("terminal.idle", station=station) if known else url_for("sign_in.form", next=_own_path())
    return _elsewhere(where)


def own_page(session: Session) -> str:
    """Where a person does what has to be done first."""
    if session.station and session.duty == "change PIN":
        return url_for("terminal.choose", station=session.station)
    return url_for("me.show")


def _elsewhere(where: str) -> ResponseReturnValue:
    if wants_page() and request.method == "GET":
        return redirect(where)
    return Response(status=401, headers={"X-Sign-In": where})


def _own_path() -> str | None:
    return request.path if request.method == "GET" and request.path != "/" else None


def _touch(named: Right) -> None:
    if not named.polled:
        touched()


def touched() -> None:
    """Let the idle clock of the session in hand start again."""
    here: Visit = g.visit
    if here.session is None:
        return
    place = request.path if request.method == "GET" and wants_page() else ""
    if sessions.worth_noting(here.session, at=here.at, place=place):
        session = here.session.id
        try:
            house().store.write(lambda conn: sessions.seen(conn, session, at=here.at, place=place))
        except (Busy, NotSaved, PerhapsSaved, DBAPIError):
            return  # the idle clock goes on from the last note: reading is not stopped by a full disk (Q65)


def wants_page() -> bool:
    """Whether a whole page was asked for, not JSON."""
    return request.accept_mimetypes.best_match(["text/html", "application/json"], default="text/html") == "text/html"


def wants_drawn() -> bool:
    """Whether HTML is taken beside JSON, by the page that shows it; who asks for JSON alone has no use for a drawing."""
    return request.accept_mimetypes["text/html"] > 0
