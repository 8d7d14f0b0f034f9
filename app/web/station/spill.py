"""The spill card at every station: steps, kit, whom to call; and the steps ticked as they are done (G27, R45)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from app.clock import new_command_id
from app.desk.records import STATES
from app.dispatch import Ask
from app.record import views
from app.record.views import PreparationRow
from app.stations import incidents as book
from app.stations.incidents import Acting, NotKeptError
from app.web.house import house
from app.web.rights import open_to_all, right
from app.web.station.at_hand import me, stands
from app.web.visit import signed_in, visit, wants_page
from workflows import commands as asked
from workflows.spills import SURFACES, Spill
from workflows.spills import steps as spill_steps

spill_card = Blueprint("spill_card", __name__)

WORKS = ("technician", "lead_technician", "pharmacist")
UNDER_WAY = tuple(one for one in STATES if one not in ("ordered", "ready", "closed", "aborted", "remade", "downtime"))
"""States of a preparation that somebody has in hand."""
UNKNOWN = "a hazardous drug"
"""What is written where no preparation is open at the station."""


@dataclass(frozen=True)
class CardPage:
    """The card."""

    station: str
    """Station code."""
    steps: tuple[tuple[str, str], ...]
    """Every step: short name and words."""
    at: int
    """Number of the step in hand, from 0; -1 where no spill is recorded here."""
    spill: str
    """Id of the spill whose steps are ticked; empty for none."""
    surfaces: tuple[str, ...]
    """To choose from when one is recorded."""
    kit: str
    """Where the kit stands; empty where the site has not said."""
    call: str
    """Whom to call; empty where the site has not said."""
    may_record: bool
    """Somebody is signed in here who may record a spill."""
    says: str
    """Why the last press was refused."""


@spill_card.get("/terminal/<station>/spill")
@open_to_all
def show(station: str) -> ResponseReturnValue:
    return _page(station)


@spill_card.post("/terminal/<station>/spill")
@right(*WORKS)
def begin(station: str) -> ResponseReturnValue:
    """Record that something was spilled here now, and on what; the preparation in hand stops. The rest is said at a desk."""
    surface = request.form.get("surface", "")
    if surface not in SURFACES:
        return _page(station, "Choose where it is.", 422)

    def work(act: Acting) -> None:
        if book.open_at(act.conn, act.settings.site, station) is None:
            preparation, drug = _at_work(act.conn, act.settings.site, station)
            book.begin(act, Spill(act.at, station, drug, preparation, surface=surface))

    answer = _done(station, work)
    _stop(station)
    return answer


def _stop(station: str) -> None:
    """Stop what the one signed in has in hand here; what is stopped already stays as it is (R45)."""
    rooms = house()
    with rooms.store.reading() as conn:
        who = me(conn)
        rows = [one for one in _in_hand(conn, rooms.settings.site, station) if one.technician == who.id]
    for row in rows:
        command = asked.Pause("spill", "the station's SPILL card")
        rooms.dispatcher.do(Ask(new_command_id(), row.id, command, who, station, expected_version=row.version))


@spill_card.post("/terminal/<station>/spill/<id>/step")
@right(*WORKS)
def step(station: str, id: str) -> ResponseReturnValue:
    """One step is done."""
    return _done(station, lambda act: book.step_done(act, id, request.form.get("step", "")))


def _in_hand(conn: Connection, site: str, station: str) -> list[PreparationRow]:
    return [one for one in views.preparations(conn, site=site, statuses=UNDER_WAY) if one.station == station]


def _at_work(conn: Connection, site: str, station: str) -> tuple[str, str]:
    """Return id and drug of the preparation in hand at a station, or that none is."""
    rows = _in_hand(conn, site, station)
    return (rows[0].id, rows[0].drug) if len(rows) == 1 else ("", UNKNOWN)


def _done(station: str, work: Callable[[Acting], None]) -> ResponseReturnValue:
    stands(station)
    rooms, who, at = house(), signed_in()[0].id, visit().at

    def inside(conn: Connection) -> str:
        try:
            work(Acting(conn, rooms.settings, who, at, station))
        except NotKeptError as trouble:
            return str(trouble)
        return ""

    says = rooms.store.write(inside)
    return _page(station, says, 422) if says else redirect(url_for("spill_card.show", station=station), 303)


def _page(station: str, says: str = "", status: int = 200) -> Response:
    stand, here, site = stands(station), visit(), house().settings.site
    inside = here.person is not None and here.station == station
    with house().store.reading() as conn:
        found = book.open_at(conn, site, station) if inside else None
        told = spill_steps(book.wear_at(conn, site, found.spill.happened_at if found else here.at))
    done = {one.step for one in found.spill.done} if found else set()
    left = [number for number, (name, _) in enumerate(told) if name not in done]
    shown = CardPage(
        station=station,
        steps=told,
        at=left[0] if found and left else -1,
        spill=found.id if found else "",
        surfaces=SURFACES,
        kit=stand.spill_kit,
        call=stand.spill_call,
        may_record=inside and here.person is not None and bool(here.person.roles & set(WORKS)),
        says=says,
    )
    return make_response(render_template("spill_card.html", page=shown) if wants_page() else jsonify(shown), status)
