"""Emergency access at a station: opened with a reason and one's own PIN, ended by its button, over after an hour (Q30)."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.people import emergency
from app.people.accounts import NotDoneError
from app.people.door import Refused
from app.people.emergency import Access
from app.web.house import house
from app.web.station.at_hand import stands, works_here
from app.web.visit import signed_in, visit

urgent = Blueprint("urgent", __name__)

BASE = "/terminal/<station>/emergency"
OTHER = "something else"
REASONS = (
    "technician taken ill",
    "nobody competent is here",
    "evacuation",
    OTHER,
)
"""Picked with gloves on; something else is written."""


@dataclass(frozen=True)
class UrgentPage:
    """The page."""

    station: str
    """Station code."""
    preparation: str
    """Which preparation it leads back to; empty for the worklist."""
    access: Access | None
    """What the person has open here."""
    reasons: tuple[str, ...]
    """The pick-list."""
    picked: str
    """The reason that was picked."""
    words: str
    """What was written."""
    says: str
    """What was refused last, or empty."""
    back: str
    """Where BACK leads."""


@urgent.get(BASE)
@works_here
def show(station: str) -> ResponseReturnValue:
    return _page(station)


@urgent.post(BASE)
@works_here
def begin(station: str) -> ResponseReturnValue:
    """Open it for an hour."""
    stands(station)
    (person, _), form = signed_in(), request.form
    picked, words = form.get("reason", ""), form.get("words", "").strip()
    if picked not in REASONS:
        return _page(station, "Choose why you need it."), 422
    if picked == OTHER and len(words) < emergency.LEAST_WORDS:
        return _page(station, f"Write why, in {emergency.LEAST_WORDS} letters or more."), 422
    reason = words if picked == OTHER else f"{picked}: {words}" if words else picked
    made = emergency.begin(house().door, person.id, form.get("pin", ""), reason, station=station, at=visit().at)
    if isinstance(made, Refused):
        return _page(station, made.says), 422
    return redirect(_back(station))


@urgent.post(f"{BASE}/end")
@works_here
def end(station: str) -> ResponseReturnValue:
    """End what one has open here."""
    stands(station)
    (person, _), at = signed_in(), visit().at
    with house().store.reading() as conn:
        found = emergency.unended(conn, person.id, station)
    if found is not None:
        try:
            house().door.write(lambda act: emergency.end(act, found.id), by=person.id, at=at, station=station)
        except NotDoneError as trouble:
            return _page(station, str(trouble)), 422
    return redirect(url_for("worklist.show", station=station))


def _back(station: str) -> str:
    preparation = request.values.get("preparation", "")
    if preparation:
        return url_for("preparing.show", station=station, preparation=preparation)
    return url_for("worklist.show", station=station)


def _page(station: str, says: str = "") -> str:
    stands(station)
    (person, _), at = signed_in(), visit().at
    with house().store.reading() as conn:
        found = emergency.unended(conn, person.id, station)
    page = UrgentPage(
        station=station,
        preparation=request.values.get("preparation", ""),
        access=found if found is not None and found.is_open(at) else None,
        reasons=REASONS,
        picked=next((one for one in REASONS if one == request.values.get("reason")), ""),
        words=request.form.get("words", ""),
        says=says,
        back=_back(station),
    )
    return render_template("urgent.html", page=page)
