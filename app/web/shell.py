"""The start page, which leads where the person belongs."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.web.cookies import set_theme
from app.web.house import house
from app.web.rights import anyone_signed_in, ones_own, open_to_all, right_of
from app.web.visit import signed_in, visit

shell = Blueprint("shell", __name__)

HOMES = (
    ("pharmacist", "review.queue"),
    ("qa", "quality.show"),
    ("admin", "people.show"),
    ("lead_technician", "orders.show"),
    ("informatics", "stations.show"),
    ("informatics", "health.show"),
    ("admin", "health.show"),
)
"""Where a role belongs at a desk: the first line whose role the person has and whose screen exists."""


@shell.get("/")
@open_to_all
def start() -> ResponseReturnValue:
    here = visit()
    if here.station:
        return redirect(url_for("terminal.idle", station=here.station))
    if here.person is None:
        return redirect(url_for("sign_in.form"))
    return redirect(home_of(here.person.roles))


def home_of(roles: frozenset[str]) -> str:
    """Address of the first page of someone with these roles, at a desk."""
    for role, endpoint in HOMES:
        named = right_of(current_app, endpoint)
        if role in roles and named is not None and named.covers(roles):
            return url_for(endpoint)
    return url_for("shell.welcome")


@shell.get("/welcome")
@anyone_signed_in
def welcome() -> ResponseReturnValue:
    person, session = signed_in()
    return render_template("welcome.html", person=person, session=session, stations=sorted(house().settings.stations))


@shell.post("/theme")
@ones_own
def theme() -> ResponseReturnValue:
    """Have this browser's pages dark or light from now on, and go back to the page that asked."""
    if (wanted := request.form.get("theme")) not in ("dark", "light"):
        abort(400)
    back = url_for("terminal.idle", station=visit().station) if visit().station else url_for("me.show")
    answer = make_response(redirect(back, 303))
    set_theme(answer, dark=wanted == "dark")
    return answer
