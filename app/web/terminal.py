"""A station's tablet before and between preparations: badge and PIN, locked, resumed, signed out."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, abort, current_app, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.people import entry, sessions
from app.people.door import Refused
from app.web.cookies import is_secure_context
from app.web.house import house
from app.web.me import change_secret, fresh_kinds
from app.web.rights import ones_own, open_to_all, right, right_of
from app.web.sign_in import NOT_SECURE, let_in, own_path
from app.web.visit import signed_in, visit, wants_page

terminal = Blueprint("terminal", __name__)

WORKLIST = "worklist.show"
"""The technician's first screen, once that blueprint is there; it takes `station`."""


@dataclass(frozen=True)
class Idle:
    """The screen that waits for a badge."""

    station: str
    """Station code."""
    locked: str
    """Printed name of the person whose work waits here, or empty."""
    says: str
    """What went wrong last, or empty."""
    badge: str
    """The badge given last, so that a wrong PIN need not be scanned again."""


@terminal.get("/terminal/<station>")
@open_to_all
def idle(station: str) -> ResponseReturnValue:
    _known(station)
    here = visit()
    if here.person is not None and here.station == station:
        return redirect(first_page(station))
    return _show(station)


@terminal.post("/terminal/<station>/sign-in")
@open_to_all
def enter(station: str) -> ResponseReturnValue:
    _known(station)
    badge, pin = request.form.get("badge", ""), request.form.get("pin", "")
    if not is_secure_context(request):
        return _show(station, NOT_SECURE), 403
    if not badge.strip() or not pin.strip():
        return _show(station, "Scan your badge, then give your PIN.", badge), 422
    here = visit()
    outcome = entry.with_badge(house().door, badge, pin, station=station, at=here.at, continues=here.session)
    if isinstance(outcome, Refused):
        return _show(station, outcome.says, badge), 429 if outcome.locked_until else 422
    return let_in(outcome, own_path(outcome.session.place) or first_page(station))


@terminal.post("/terminal/<station>/lock")
@right("technician", "lead_technician", "pharmacist")
def lock(station: str) -> ResponseReturnValue:
    """Step away: the identity locks, the work in hand stays."""
    _known(station)
    here = visit()
    mine = here.session
    if mine is not None:
        door = house().door
        door.write(
            lambda act: sessions.lock(act, mine, why="stepped away"), by=mine.person, at=here.at, station=station
        )
    return redirect(url_for("terminal.idle", station=station))


@terminal.get("/terminal/<station>/choose-pin")
@ones_own
def choose(station: str) -> ResponseReturnValue:
    """Choose a new PIN on the keys, where one has to be chosen first."""
    return _choose(station)


@terminal.post("/terminal/<station>/choose-pin")
@ones_own
def chosen(station: str) -> ResponseReturnValue:
    """The new PIN was given twice."""
    _known(station)
    if says := change_secret("pin"):
        return _choose(station, says), 422
    return redirect(url_for("terminal.idle", station=station))


def _choose(station: str, says: str = "") -> str:
    _known(station)
    _, session = signed_in()
    return render_template("terminal_choose.html", station=station, says=says, fresh="pin" in fresh_kinds(session))


@terminal.get("/terminal/<station>/ready")
@right("technician", "lead_technician", "pharmacist")
def ready(station: str) -> ResponseReturnValue:
    """Signed in, with no worklist installed: what stands at this station."""
    _known(station)
    return render_template("terminal_ready.html", stands=house().settings.stations[station])


def first_page(station: str) -> str:
    there = right_of(current_app, WORKLIST) is not None
    return url_for(WORKLIST if there else "terminal.ready", station=station)


def _known(station: str) -> None:
    if station not in house().settings.stations:
        abort(404)


def _show(station: str, says: str = "", badge: str = "") -> str | Response:
    here = visit()
    waits = here.someone.name if here.locked and here.someone and here.station == station else ""
    page = Idle(station, waits, says, badge)
    return render_template("terminal_idle.html", page=page) if wants_page() else jsonify(page)
