"""Correcting a note of an earlier event: the old value, the new one, the reason and the name stay readable for ever (Q2, Q3)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.clock import new_command_id
from app.desk.story import Told
from app.dispatch import Outcome
from app.record import log
from app.web import desk
from app.web.house import house
from app.web.record import note_reading, read_page
from app.web.rights import right
from app.web.visit import visit, wants_page
from workflows import commands as asked

correcting = Blueprint("correcting", __name__)

MADE = re.compile(r"[0-9a-f]{32,}|[A-Z_]+")
"""Digests and codes: what the program wrote, and nobody can have mistaken."""


@dataclass(frozen=True)
class CorrectionPage:
    """One event that may be corrected."""

    preparation: str
    """Id."""
    of_version: int
    """The event."""
    event: Told | None
    """As the record tells it."""
    texts: tuple[str, ...]
    """What it says, one value each: what can be corrected."""
    expected_version: int
    """The record's version as shown."""
    command_id: str
    """Answered once."""
    says: str
    """Why it was refused; empty at first."""
    given: dict[str, str]
    """What was filled in."""


@correcting.get("/record/<preparation>/event/<int:version>/correct")
@right("technician", "lead_technician", "pharmacist")
def form(preparation: str, version: int) -> ResponseReturnValue:
    return _draw(preparation, version, "", 200)


@correcting.post("/record/<preparation>/event/<int:version>/correct")
@right("technician", "lead_technician", "pharmacist")
def correct(preparation: str, version: int) -> ResponseReturnValue:
    given = {name: request.form.get(name, "").strip() for name in ("old", "new", "reason")}
    if given["old"] not in texts(preparation, version):
        return _draw(preparation, version, "Choose which of its values is wrong.", 422)
    outcome = _done(preparation, asked.Correct(version, given["old"], given["new"], given["reason"]))
    if outcome.kind == "accepted":
        where = url_for("record.page", preparation=preparation, _anchor=f"event-{outcome.version}")
        return redirect(where, 303) if wants_page() else jsonify(outcome)
    return _draw(preparation, version, outcome.says, outcome.status)


def _done(preparation: str, command: asked.Correct) -> Outcome:
    at, dispatcher = visit().at, house().dispatcher
    with house().store.reading() as conn:
        ask = desk.ask_for(preparation, command, desk.acting(conn))
    return house().store.write(lambda conn: dispatcher.within(conn, ask, at))


def _draw(preparation: str, version: int, says: str, code: int) -> ResponseReturnValue:
    shown = read_page(preparation)
    if not 1 <= version <= shown.version:
        abort(404)
    note_reading(shown, "correction")
    page = CorrectionPage(
        preparation,
        version,
        next((line for line in shown.lines if line.version == version), None),
        texts(preparation, version),
        shown.version,
        new_command_id(),
        says,
        {name: request.form.get(name, "") for name in ("old", "new", "reason")},
    )
    drawn = render_template("correct.html", page=page) if wants_page() else jsonify(page)
    return make_response(drawn, code)


def texts(preparation: str, version: int) -> tuple[str, ...]:
    """Return what the event says, as a person could have mistaken it: each text and number once, in order."""
    with house().store.reading() as conn:
        events = [one for one in log.load(conn, preparation) if one.version == version]
    return tuple(dict.fromkeys(text for one in events for text in _leaves(one.data) if not MADE.fullmatch(text)))


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    elif isinstance(value, str) and value.strip():
        yield value
