"""Every emergency access, for whoever looks into it afterwards: who, where, when, why, and what was found (Q30)."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.desk.names import name_of, names
from app.people import emergency
from app.people.accounts import NotDoneError
from app.people.emergency import Access
from app.web.house import house
from app.web.rights import right
from app.web.visit import signed_in, visit, wants_page

emergencies = Blueprint("emergencies", __name__)

SEES = ("admin", "lead_technician", "pharmacist", "qa")
"""Who reads the list."""
REVIEWS = ("lead_technician", "qa")
"""Who looks into each, though never into their own."""


@dataclass(frozen=True)
class Line:
    """One emergency access."""

    access: Access
    """As kept."""
    name: str
    """Printed name of whose it was."""
    reviewer: str
    """Printed name of who looked into it, or empty."""
    open: bool
    """Whether it is open now."""
    to_review: bool
    """Whether the viewer may review it now."""


@dataclass(frozen=True)
class EmergencyPage:
    """The page."""

    lines: tuple[Line, ...]
    """Those that wait for a review first."""
    form: str
    """Id of the one whose review was refused, or empty."""
    says: str
    """Why."""
    finding: str
    """What was written."""


@emergencies.get("/emergency")
@right(*SEES)
def show() -> ResponseReturnValue:
    return _page()


@emergencies.post("/emergency/<access>/review")
@right(*REVIEWS)
def review(access: str) -> ResponseReturnValue:
    """Keep what was found."""
    (person, _), finding = signed_in(), request.form.get("finding", "")
    try:
        house().door.write(lambda act: emergency.review(act, access, finding), by=person.id, at=visit().at)
    except NotDoneError as trouble:
        return _page(access, str(trouble), 422)
    return redirect(url_for("emergencies.show"), 303)


@emergencies.post("/emergency/<access>/end")
@right(*SEES, role_alone=True)
def end(access: str) -> ResponseReturnValue:
    """End somebody's emergency access from a desk."""
    person, _ = signed_in()
    try:
        house().door.write(lambda act: emergency.end(act, access), by=person.id, at=visit().at)
    except NotDoneError as trouble:
        return _page(access, str(trouble), 422)
    return redirect(url_for("emergencies.show"), 303)


def _page(form: str = "", says: str = "", status: int = 200) -> Response:
    (viewer, _), at = signed_in(), visit().at
    may = bool(viewer.roles & set(REVIEWS))
    with house().store.reading() as conn:
        found, known = emergency.newest(conn), names(conn)
    lines = tuple(
        Line(
            access=one,
            name=name_of(known, one.person),
            reviewer=name_of(known, one.reviewed_by),
            open=one.is_open(at),
            to_review=may and one.reviewed is None and not one.is_open(at) and one.person != viewer.id,
        )
        for one in found
    )
    page = EmergencyPage(lines, form, says, request.form.get("finding", ""))
    return make_response(render_template("emergencies.html", page=page) if wants_page() else jsonify(page), status)
