"""People at the desk: the list, taking on, one person's file. What is done to a file is in people_acts.py."""

from __future__ import annotations

from flask import Blueprint, Response, abort, jsonify, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.clock import new_id
from app.desk.names import names
from app.people import accounts
from app.people.accounts import NotDoneError
from app.people.actors import licence_trouble
from app.people.badges import Badge
from app.people.credentials import KNOWN
from app.people.history import Act
from app.people.tables import ROLES
from app.people.trainings import PARTS, ROUTES
from app.web.frame import ROLE_WORDS
from app.web.house import house
from app.web.people_form import read_form
from app.web.people_page import Asking, Half, list_lines, person_page
from app.web.rights import right
from app.web.visit import signed_in, visit, wants_page

people = Blueprint("people", __name__)

SEES = ("admin", "qa", "lead_technician")
"""Who may open a person's file."""


@people.get("/people")
@right(*SEES)
def show() -> ResponseReturnValue:
    rooms, at = house(), visit().at
    with rooms.store.reading() as conn:
        lines = list_lines(conn, rooms.door, at)
    if not wants_page():
        return jsonify(people=lines)
    return render_template("people.html", lines=lines, words=ROLE_WORDS)


@people.get("/people/new")
@right("admin")
def new() -> ResponseReturnValue:
    return render_template("person_new.html", asking=Asking(), roles=ROLES, words=ROLE_WORDS, chosen=())


@people.post("/people")
@right("admin")
def take_on() -> ResponseReturnValue:
    """Take somebody on; their badge and secrets come next, on their own page."""
    (admin, _), form, id = signed_in(), read_form(), new_id()

    def work(act: Act) -> None:
        accounts.take_on(
            act,
            id=id,
            user=form.text("user"),
            name=form.text("name"),
            roles=form.roles,
            licence=form.text("licence"),
            licence_states=form.states(),
            licence_until=form.until(),
            identity_checked_by=form.text("identity_checked_by"),
        )

    try:
        house().door.write(work, by=admin.id, at=visit().at)
    except NotDoneError as trouble:
        asking = Asking("new", str(trouble), form.kept())
        page = render_template("person_new.html", asking=asking, roles=ROLES, words=ROLE_WORDS, chosen=form.roles)
        return page, 422
    return redirect(url_for("people.person", person=id), 303)


@people.get("/people/<person>")
@right(*SEES)
def person(person: str) -> ResponseReturnValue:
    return draw(person)


def draw(
    id: str,
    asking: Asking | None = None,
    *,
    half: Half | None = None,
    drawn_badge: Badge | None = None,
    status: int = 200,
) -> Response:
    """Draw one person's file; with what was refused, filled in as it was, or with what is shown this once."""
    rooms, at, (viewer, _) = house(), visit().at, signed_in()
    with rooms.store.reading() as conn:
        try:
            whose = accounts.by_id(conn, id)
        except LookupError:
            abort(404)
        trouble = licence_trouble(whose, rooms.settings, at) if "pharmacist" in whose.roles else ""
        page = person_page(
            conn,
            rooms.door,
            whose,
            viewer,
            known=names(conn),
            at=at,
            licence_trouble=trouble,
            asking=asking or Asking(),
            half=half,
            drawn_badge=drawn_badge,
        )
    if not wants_page():
        return make_response(jsonify(page), status)
    shown = render_template(
        "person.html", page=page, roles=ROLES, words=ROLE_WORDS, viewer=viewer, kinds=KNOWN, parts=PARTS, routes=ROUTES
    )
    return make_response(shown, status)
