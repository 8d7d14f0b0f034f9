"""What is done more rarely with a preparation: stop it, hand it over, discard it, leave. Reasons are picked, never typed."""

from __future__ import annotations

import typing
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.web.station.at_hand import ask, current, screen_of, stands, works_here
from app.web.station.screen import Screen
from workflows import commands as asked
from workflows.commands import AbortReason, PauseReason
from workflows.standing import graver

more = Blueprint("more", __name__)

BASE = "/terminal/<station>/p/<preparation>"
PAUSES: tuple[PauseReason, ...] = ("spill", "integrity or particulates", "order question", "equipment", "other")
"""Why a technician stops; a pharmacist's hold comes from the desk."""
ABORTS: tuple[AbortReason, ...] = typing.get_args(AbortReason)


@dataclass(frozen=True)
class Choices:
    """A page of reasons to choose from."""

    screen: Screen
    """The preparation as it stands."""
    title: str
    """What is being done."""
    says: str
    """What was refused last, or empty."""
    reasons: tuple[str, ...]
    """The pick-list."""
    action: str
    """Where a choice is posted."""


@more.get(f"{BASE}/more")
@works_here
def show(station: str, preparation: str) -> ResponseReturnValue:
    """Everything that is not on the screen of a step."""
    stands(station)
    return _pauses(station, preparation)


@more.post(f"{BASE}/pause")
@works_here
def pause(station: str, preparation: str) -> ResponseReturnValue:
    """Stop with a reason."""
    stands(station)
    why = next((one for one in PAUSES if one == request.form.get("reason")), None)
    if why is None:
        return _pauses(station, preparation, "Choose why work stops."), 422
    outcome = ask(station, preparation, asked.Pause(why)).outcome
    return (
        _back(station, preparation)
        if outcome.kind == "accepted"
        else (_pauses(station, preparation, outcome.says), 422)
    )


@more.get(f"{BASE}/discard")
@works_here
def discard(station: str, preparation: str) -> ResponseReturnValue:
    """Choose why it is discarded."""
    stands(station)
    return _aborts(station, preparation)


@more.post(f"{BASE}/discard")
@works_here
def abort_it(station: str, preparation: str) -> ResponseReturnValue:
    """Discard: what was opened stays consumed, and is accounted for next (R28)."""
    stands(station)
    why = next((one for one in ABORTS if one == request.form.get("reason")), None)
    if why is None:
        return _aborts(station, preparation, "Choose why it is discarded."), 422
    outcome = ask(station, preparation, asked.Abort(why)).outcome
    return (
        _back(station, preparation)
        if outcome.kind == "accepted"
        else (_aborts(station, preparation, outcome.says), 422)
    )


def _back(station: str, preparation: str) -> ResponseReturnValue:
    return redirect(url_for("preparing.show", station=station, preparation=preparation))


def _pauses(station: str, preparation: str, says: str = "") -> str:
    shown = screen_of(station, preparation)
    paused = current(preparation).paused
    reasons = tuple(why for why in PAUSES if not paused or graver(why, paused))
    action = url_for("more.pause", station=station, preparation=preparation)
    page = Choices(shown, "Stop, hand over, discard or leave", says, reasons, action)
    return render_template("more.html", page=page)


def _aborts(station: str, preparation: str, says: str = "") -> str:
    action = url_for("more.abort_it", station=station, preparation=preparation)
    page = Choices(screen_of(station, preparation), "Discard this preparation", says, ABORTS, action)
    return render_template("discard.html", page=page)
