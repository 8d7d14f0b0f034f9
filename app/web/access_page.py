"""Who opened whose record, when and where: for quality assurance and whoever looks after privacy (Q32)."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from app.desk.access import PAGE, Asked, Opening, search
from app.desk.names import name_of, names
from app.export.openings import openings
from app.web.exports import day_of
from app.web.house import house
from app.web.record_papers import by, handed_out
from app.web.rights import right
from app.web.visit import wants_page

access_pages = Blueprint("access", __name__)

WATCHERS = ("qa", "admin")
"""Roles that read the access log."""


@dataclass(frozen=True)
class Line:
    """One opening."""

    opening: Opening
    """What was opened."""
    who: str
    """Printed name."""


@dataclass(frozen=True)
class AccessPage:
    """The whole page. It shows no patient text: whose record it was is said by preparation."""

    lines: tuple[Line, ...]
    older: int
    """Show those before this number; 0 when there are none."""
    people: tuple[tuple[str, str], ...]
    """Person id and printed name."""
    given: dict[str, str]
    """What was filled in."""
    says: str = ""
    """What of it could not be read."""


@access_pages.get("/access")
@right(*WATCHERS)
def show() -> ResponseReturnValue:
    given = dict(request.args)
    page = _page(given, asked_of(given), request.args.get("before", 0, int))
    return render_template("access.html", page=page) if wants_page() else jsonify(page)


@access_pages.post("/access")
@right(*WATCHERS)
def export() -> ResponseReturnValue:
    given = {name: value for name, value in request.form.items() if name != "csrf_token"}
    asked = asked_of(given)
    if isinstance(asked, str):
        page = _page(given, asked, 0)
        return (render_template("access.html", page=page) if wants_page() else jsonify(page)), 422
    rooms = house()
    return handed_out(openings(rooms.store, rooms.settings, asked, by()))


def asked_of(given: dict[str, str]) -> Asked | str:
    """Read the filter; says in words what cannot be read."""
    first, last = day_of(given.get("first", "")), day_of(given.get("last", ""))
    if isinstance(first, str):
        return f"Write days as 2026-11-24: {first} is none."
    if isinstance(last, str):
        return f"Write days as 2026-11-24: {last} is none."
    who, preparation, station = (given.get(name, "").strip() for name in ("who", "preparation", "station"))
    return Asked(who, preparation, station, first, last)


def _page(given: dict[str, str], asked: Asked | str, before: int) -> AccessPage:
    rooms = house()
    with rooms.store.reading() as conn:
        known = names(conn)
        wanted = Asked() if isinstance(asked, str) else asked
        found = search(conn, rooms.settings.site, wanted, rooms.settings.zone, before)
    lines = tuple(Line(one, name_of(known, one.who)) for one in found[:PAGE])
    people = tuple(sorted(((id, name) for id, name in known.items() if ":" not in id), key=lambda one: one[1]))
    older = lines[-1].opening.number if len(found) > PAGE else 0
    shown = {name: value for name, value in given.items() if name != "before"}
    return AccessPage(lines, older, people, shown, asked if isinstance(asked, str) else "")
