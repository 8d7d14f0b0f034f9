"""How the program is: two answers for machines, a page for whoever looks after it. No patient is named in any of them."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from flask import Blueprint, Response, abort, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST

from app.health.checks import Check
from app.record import clockmark
from app.web.frame import site_time
from app.web.house import house
from app.web.rights import open_to_all, right
from app.web.visit import signed_in, visit, wants_page

health = Blueprint("health", __name__)

SEES = ("admin", "informatics")
"""Who looks after the program."""


@dataclass(frozen=True)
class HealthPage:
    """Everything that was looked at, what needs a person first."""

    ready: bool
    """Whether work can be done."""
    looked: str
    """When it was looked, in the site's time."""
    troubles: tuple[Check, ...]
    """What somebody should see to, the worst first."""
    well: tuple[Check, ...]
    """The rest."""
    says: str
    """What was wrong with a form."""


@health.get("/healthz")
@open_to_all
def healthz() -> ResponseReturnValue:
    """The process answers. Nothing else is asked."""
    return jsonify(ok=True)


@health.get("/readyz")
@open_to_all
def readyz() -> ResponseReturnValue:
    """Whether work can be done: 503 when not. What only needs a person's look is named, and leaves it ready."""
    found = house().watch.look()
    checks = {check.name: check.state == "good" for check in found.checks}
    look_at = [check.name for check in found.to_look_at]
    return jsonify(ok=found.ready, **checks, look_at=look_at), 200 if found.ready else 503


@health.get("/metrics")
@open_to_all
def metrics() -> ResponseReturnValue:
    """Figures for Prometheus, for whoever sends the token; where no token is set there is no such page."""
    wanted = house().settings.metrics_token.get_secret_value()
    if not wanted:
        abort(404)
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), wanted.encode()):
        return Response("Send the token of metrics_token as a bearer token.\n", 401, {"WWW-Authenticate": "Bearer"})
    return Response(house().metrics.text(), content_type=CONTENT_TYPE_LATEST)


@health.get("/health")
@right(*SEES)
def show() -> ResponseReturnValue:
    return _page()


def _page(says: str = "") -> Response:
    found = house().watch.look()
    well = tuple(check for check in found.checks if check.state == "good")
    page = HealthPage(found.ready, site_time(found.at), found.to_look_at, well, says)
    return make_response(render_template("health.html", page=page)) if wants_page() else jsonify(page)


@health.post("/health/clock")
@right(*SEES)
def confirm_clock() -> ResponseReturnValue:
    """A person has looked and the clock is right: deadlines are judged by it again."""
    person, _ = signed_in()
    why, rooms, at = request.form.get("why", "").strip(), house(), visit().at
    if len(why) < SHORTEST_REASON:
        return _page("Say in a few words why the clock had gone back."), 422
    rooms.store.write(lambda conn: clockmark.confirm(conn, rooms.settings, who=person.id, why=why, at=at))
    rooms.watch.look(0)
    return redirect(url_for("health.show"), 303)


SHORTEST_REASON = 5
"""Characters."""
