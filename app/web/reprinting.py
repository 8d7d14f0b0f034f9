"""Printing the final label of a released dose once more: a pharmacist's act, with a reason, inside its beyond-use time (L5)."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from app.catalogue.hazards import LEAST_WORDS
from app.clock import new_command_id
from app.record import outbox, print_jobs
from app.record.print_jobs import REASONS
from app.stations import register
from app.web import desk
from app.web.house import house
from app.web.record import note_reading, read_page
from app.web.rights import right
from app.web.station.once import Said, done_once, press
from app.web.station.screen import Verdict
from app.web.visit import signed_in, visit, wants_page
from workflows.gates import may_reprint
from workflows.preparation import Preparation

reprinting = Blueprint("reprinting", __name__)


@dataclass(frozen=True)
class ReprintPage:
    """A released dose whose label is wanted once more."""

    preparation: str
    """Id."""
    drug: str
    """What it is, as lists show it."""
    stations: tuple[str, ...]
    """Whose printers it may come out of; the one where it was made first."""
    reasons: tuple[str, ...]
    """Of which one is chosen."""
    cannot: str
    """Why it is not printed again, in words; empty where it may be."""
    command_id: str
    """Answered once."""
    says: str
    """Why it was refused; empty at first."""
    given: dict[str, str]
    """What the form holds."""


@reprinting.get("/record/<preparation>/label")
@right("pharmacist")
def form(preparation: str) -> ResponseReturnValue:
    return _draw(preparation, "", 200)


@reprinting.post("/record/<preparation>/label")
@right("pharmacist", role_alone=True)
def print_again(preparation: str) -> ResponseReturnValue:
    """Ask for the next copy; the one that left is void from then on."""
    shown = read_page(preparation)
    why, station = request.form.get("reason", ""), request.form.get("station", "")
    if why not in REASONS.values() or station not in _stations(preparation):
        return _draw(preparation, "Choose why, and the printer.", 422)
    if why == REASONS["OTHER"]:
        words = request.form.get("words", "").strip()[:200]
        if len(words) < LEAST_WORDS:
            return _draw(preparation, "Say in words what the other reason is.", 422)
        why = f"{why}: {words}"
    about = press(reprint=preparation, why=why, station=station)

    def keep(conn: Connection) -> Said:
        if cannot := ask_for_copy(conn, preparation, why, station, about.command_id):
            return Verdict("check", "CHECK", cannot), 422
        return Verdict("check", "PRINT", "The next copy prints. Every earlier one is void."), 200

    note_reading(shown, "label")
    said, status = done_once(about, keep)
    if status != 200:
        return _draw(preparation, said.says, status)
    return redirect(url_for("record.page", preparation=preparation), 303) if wants_page() else jsonify(said)


def ask_for_copy(conn: Connection, preparation: str, why: str, station: str, command_id: str) -> str:
    """Ask for the next copy of a released dose's label, in the transaction of a request; return why not, or an empty text."""
    person, at = signed_in()[0], visit().at
    cannot = _cannot(conn, preparation)
    if any(one.payload.get("preparation") == preparation for one in outbox.unfinished(conn)):
        cannot = "A copy was asked for and has not come out yet."
    if cannot:
        return cannot
    print_jobs.reprint(
        conn, preparation, "final", station=station, why=why, who=person.name, at=at, command_id=command_id
    )
    detail = {"label": "final label, after release", "preparation": preparation, "says": why}
    register.note(
        conn, f"printer {station}", "label printed again", at=at, who=person.id, station=station, detail=detail
    )
    return ""


def _cannot(conn: Connection, preparation: str) -> str:
    p = house().dispatcher.current(conn, preparation)
    if p is None:
        return "There is no such preparation at this site."
    unfit = may_reprint(
        p, desk.acting(conn), house().dispatcher.order_blocked(conn, preparation, p, visit().at), visit().at
    )
    return unfit.says if unfit else ""


def _made_at(preparation: str) -> Preparation | None:
    with house().store.reading() as conn:
        return house().dispatcher.current(conn, preparation)


def _stations(preparation: str) -> tuple[str, ...]:
    p = _made_at(preparation)
    here = sorted(house().settings.stations)
    return tuple(dict.fromkeys([p.station, *here] if p is not None and p.station else here))


def _draw(preparation: str, says: str, status: int) -> ResponseReturnValue:
    shown = read_page(preparation)
    with house().store.reading() as conn:
        cannot = _cannot(conn, preparation)
    page = ReprintPage(
        preparation, f"{shown.drug} {shown.dose}", _stations(preparation), tuple(REASONS.values()), cannot,
        new_command_id(), says, {name: request.form.get(name, "") for name in ("reason", "station", "words")},
    )  # fmt: skip
    drawn = render_template("reprint.html", page=page) if wants_page() else jsonify(page)
    return make_response(drawn, status)
