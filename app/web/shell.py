"""The start page, which leads where the person belongs, and the two health answers."""

from __future__ import annotations

import shutil

from flask import Blueprint, current_app, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.record.engine import Busy, Closed, NotSaved
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
)
"""Where a role belongs at a desk: the first line whose role the person has and whose screen exists."""

_LEAST_FREE = 200 * 1024 * 1024
"""Bytes of free disk below which the service says it is not ready."""


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


@shell.get("/healthz")
@open_to_all
def healthz() -> ResponseReturnValue:
    return jsonify(ok=True)


@shell.get("/readyz")
@open_to_all
def readyz() -> ResponseReturnValue:
    """Whether work can be done: the database takes a write, the disk has room."""
    checks = {"database": _takes_a_write(), "disk": _has_room()}
    return jsonify(ok=all(checks.values()), **checks), 200 if all(checks.values()) else 503


def _takes_a_write() -> bool:
    try:
        return bool(house().store.write(lambda conn: conn.execute(text("SELECT 1")).scalar_one()) == 1)
    except (Busy, Closed, NotSaved, SQLAlchemyError):
        return False


def _has_room() -> bool:
    try:
        return shutil.disk_usage(house().settings.data_dir).free > _LEAST_FREE
    except OSError:
        return False
