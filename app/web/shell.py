"""The start page, which leads where the person belongs."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.web.house import house
from app.web.rights import anyone_signed_in, open_to_all, right_of
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
