"""What ends within 60 days or has ended, of people and instruments: each leads to its own page, and is answered by name."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from app.desk import expiring as board
from app.desk.expiring import AHEAD, Ending
from app.desk.names import name_of, names
from app.web.house import house
from app.web.people import SEES
from app.web.rights import right
from app.web.stations import LOOK
from app.web.visit import signed_in, visit, wants_page

expiring = Blueprint("expiring", __name__)

ANSWERS = ("lead_technician", "pharmacist", "qa", "admin", "informatics")
"""Who says what is done about it."""


@dataclass(frozen=True)
class Line:
    """One line of the board."""

    ending: Ending
    key: str
    ended: bool
    """Work that needs it is refused now."""
    says: str
    """Days left or gone, in words."""
    href: str
    """Page of the person or station; empty where the viewer may not open it."""
    answered_by: str
    """Printed name."""


@dataclass(frozen=True)
class ExpiringPage:
    """The board."""

    lines: tuple[Line, ...]
    """The first end first."""
    ended: int
    """How many have ended."""
    unanswered: int
    """How many nobody has answered."""
    days: int
    """How far it looks ahead."""
    refused: str = ""
    """Key of the line whose answer was not kept."""
    says: str = ""
    """Why."""


@expiring.get("/expiring")
@right(*ANSWERS)
def show() -> ResponseReturnValue:
    return _page()


@expiring.post("/expiring/<key>")
@right(*ANSWERS, role_alone=True)
def answer(key: str) -> ResponseReturnValue:
    """Keep what is done about it; what has ended stays ended until it is renewed."""
    rooms, (person, _), at = house(), signed_in(), visit().at

    def work(conn: Connection) -> str | None:
        one = next((found for found in _found(conn) if found.key == key), None)
        return None if one is None else board.answer(conn, one, request.form.get("words", ""), at=at, who=person.id)

    says = rooms.store.write(work)
    if says is None:
        abort(404)
    return _page(key, says, 422) if says else redirect(url_for("expiring.show"), 303)


def _found(conn: Connection) -> tuple[Ending, ...]:
    settings = house().settings
    return board.listed(conn, settings.site, sorted(settings.stations), visit().at)


def _page(refused: str = "", says: str = "", status: int = 200) -> ResponseReturnValue:
    with house().store.reading() as conn:
        known, found = names(conn), _found(conn)
    lines = tuple(_line(one, name_of(known, one.answer.who) if one.answer else "") for one in found)
    page = ExpiringPage(
        lines, sum(one.ended for one in lines), sum(not one.answered_by for one in lines), AHEAD.days, refused, says
    )
    return make_response(render_template("expiring.html", page=page) if wants_page() else jsonify(page), status)


def _line(one: Ending, by: str) -> Line:
    at, roles, href = visit().at, signed_in()[0].roles, ""
    if one.person and roles & set(SEES):
        href = url_for("people.person", person=one.person)
    elif one.station and roles & set(LOOK):
        href = url_for("stations.one", code=one.station)
    return Line(one, one.key, one.ended(at), _says(one.days(at)), href, by)


def _says(days: int | None) -> str:
    if days is None:
        return "none on file"
    if days == 0:
        return "today"
    if days < 0:
        return f"{-days} day{'s' if days != -1 else ''} ago"
    return f"in {days} day{'s' if days != 1 else ''}"
