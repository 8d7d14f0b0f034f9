"""A copy of a final label that is on no container: what became of it, said by two people before the preparation closes (L5)."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from app.people.signing import SignRefused
from app.stations import labels_left
from app.web.house import house
from app.web.station.at_hand import bench, current, screen_of, stands, works_here
from app.web.station.live import last_heard
from app.web.station.second import Second, witness
from app.web.visit import signed_in, visit
from workflows.evidence import Printed

stray = Blueprint("stray", __name__)

BASE = "/terminal/<station>/p/<preparation>/label"


@stray.get(BASE)
@works_here
def show(station: str, preparation: str) -> ResponseReturnValue:
    """Ask for the oldest copy that is left; back to the step where none is."""
    stands(station)
    return _page(station, preparation)


@stray.post(BASE)
@works_here
def account(station: str, preparation: str) -> ResponseReturnValue:
    """Keep what two people say of the copy that the page asked for."""
    stands(station)
    how, asked = request.form.get("how", ""), request.form.get("label", "")
    if how not in labels_left.WHAT:
        return _page(station, preparation, "Say what became of the label.")
    second = witness(station, preparation, f"witnessed: a label {how}")
    if isinstance(second, SignRefused):
        return _page(station, preparation, second.says)
    (person, _), at = signed_in(), visit().at

    def keep(conn: Connection) -> None:
        for one in labels_left.left(conn, preparation, current(preparation)):
            if _named(one) == asked:
                labels_left.account(
                    conn, preparation, one, how, station=station, who=person.id, witness=second.actor.id, at=at
                )

    house().store.write(keep)
    return redirect(url_for("stray.show", station=station, preparation=preparation), 303)


def _page(station: str, preparation: str, says: str = "") -> ResponseReturnValue:
    """Draw the question; `says` is why the answer was not taken."""
    with house().store.reading() as conn:
        open_ones = labels_left.left(conn, preparation, current(preparation))
    if not open_ones:
        return redirect(url_for("preparing.show", station=station, preparation=preparation), 303)
    first = open_ones[0]
    page = Second(
        screen_of(station, preparation),
        f"Where is the {labels_left.name_of(first)}?",
        "It was printed and is on no container. Find it, destroy it. A second person scans their badge and gives their PIN.",
        says,
        url_for("stray.account", station=station, preparation=preparation),
        last_heard(bench(station), house().benches.run),
        choices=tuple(labels_left.WHAT),
        about=_named(first),
    )
    return make_response(render_template("second.html", page=page), 422 if says else 200)


def _named(label: Printed) -> str:
    return f"{label.label_id}.{label.copy}"
