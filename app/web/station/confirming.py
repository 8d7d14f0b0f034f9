"""What a site's policy has a second person confirm: one sentence, signed with badge and PIN (R29)."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.people.signing import SignRefused
from app.web.house import house
from app.web.station.acts import slot_of
from app.web.station.at_hand import ask, bench, current, screen_of, stands, works_here
from app.web.station.live import last_heard
from app.web.station.second import Second, witness
from workflows import commands as asked
from workflows.evidence import Confirmation
from workflows.instructions import SECONDED, confirms, instruction

confirming = Blueprint("confirming", __name__)

BASE = "/terminal/<station>/p/<preparation>/confirmed"
LEAD = (
    "Somebody other than the technician looks, and confirms it: badge, then PIN. A pharmacist who confirms it has taken part, "
    "and does not approve it."
)


@confirming.get(BASE)
@works_here
def show(station: str, preparation: str) -> ResponseReturnValue:
    """Ask a second person."""
    stands(station)
    waits = _asked(preparation)
    return _page(station, preparation, waits[1]) if waits else _to_its_step(station, preparation)


@confirming.post(BASE)
@works_here
def confirm(station: str, preparation: str) -> ResponseReturnValue:
    """The second person signed."""
    stands(station)
    waits = _asked(preparation)
    if waits is None:
        return _to_its_step(station, preparation)
    slot, sentence = waits
    second = witness(station, preparation, f"confirmed: {sentence}")
    if isinstance(second, SignRefused):
        return _page(station, preparation, sentence, second.says), 422
    outcome = ask(station, preparation, asked.Submit(slot, Confirmation(sentence)), second).outcome
    if outcome.kind == "accepted":
        return _to_its_step(station, preparation)
    found = " ".join(f"{one.says} {one.do}" for one in outcome.findings)
    return _page(station, preparation, sentence, found or outcome.says), 200 if found else 422


def _to_its_step(station: str, preparation: str) -> ResponseReturnValue:
    return redirect(url_for("preparing.show", station=station, preparation=preparation))


def _asked(preparation: str) -> tuple[str, str] | None:
    """Return the slot that waits for a second person's word, and the sentence; None where none does."""
    p = current(preparation)
    slot = slot_of(p)
    return (slot.name, confirms(p, slot)) if slot and instruction(p, slot).kind == SECONDED else None


def _page(station: str, preparation: str, sentence: str, says: str = "") -> str:
    return render_template(
        "second.html",
        page=Second(
            screen_of(station, preparation),
            f"Confirm: {sentence}",
            LEAD,
            says,
            url_for("confirming.confirm", station=station, preparation=preparation),
            last_heard(bench(station), house().benches.run),
        ),
    )
