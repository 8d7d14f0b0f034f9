"""A filled syringe, read off by a second person who is told no volume, with badge and PIN (R13, R29)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.people.signing import SignRefused
from app.web.house import house
from app.web.station.acts import slot_of
from app.web.station.at_hand import ask, bench, current, screen_of, stands, works_here
from app.web.station.live import last_heard
from app.web.station.screen import Screen
from app.web.station.second import witness
from workflows import commands as asked
from workflows.evidence import VolumeRead

reading_off = Blueprint("reading_off", __name__)

BASE = "/terminal/<station>/p/<preparation>/volume"
NUMBER = re.compile(r"\d{1,3}(\.\d{1,3})?")
NOT_A_NUMBER = "Type the mL at the plunger's front edge: digits, as 12 or 1.4."


@dataclass(frozen=True)
class ReadOff:
    """The page on which a syringe's volume is typed."""

    screen: Screen
    """The preparation as it stands."""
    syringe: str
    """Which syringe, and its size."""
    action: str
    """Where it is posted."""
    back: str
    """The step it belongs to."""
    heard: str
    """Id of the newest reading of the station's scanner when it was drawn."""
    says: tuple[str, ...]
    """What was wrong with what was typed last; nothing at first."""


@reading_off.get(BASE)
@works_here
def show(station: str, preparation: str) -> ResponseReturnValue:
    """Ask for the volume; nothing is filled in, and nothing tells what was planned."""
    stands(station)
    slot = slot_of(current(preparation))
    if slot is None or slot.step.needs is not VolumeRead:
        return _to_its_step(station, preparation)
    return _page(station, preparation)


@reading_off.post(BASE)
@works_here
def enter(station: str, preparation: str) -> ResponseReturnValue:
    """Judge what was typed, and who read it."""
    stands(station)
    slot, text = slot_of(current(preparation)), request.form.get("volume", "").strip()
    if slot is None or slot.step.needs is not VolumeRead:
        return _to_its_step(station, preparation)
    if NUMBER.fullmatch(text) is None:
        return _page(station, preparation, (NOT_A_NUMBER,)), 422
    second = witness(station, preparation, "volume read")
    if isinstance(second, SignRefused):
        return _page(station, preparation, (second.says,)), 422
    outcome = ask(station, preparation, asked.Submit(slot.name, VolumeRead(Decimal(text))), second).outcome
    if outcome.kind == "accepted":
        return _to_its_step(station, preparation)
    found = tuple(f"{one.says} {one.do}" for one in outcome.findings)
    return _page(station, preparation, found or (outcome.says,)), 200 if found else 422


def _to_its_step(station: str, preparation: str) -> ResponseReturnValue:
    return redirect(url_for("preparing.show", station=station, preparation=preparation))


def _page(station: str, preparation: str, says: tuple[str, ...] = ()) -> str:
    p = current(preparation)
    slot = slot_of(p)
    unit = int(slot.unit) if slot is not None and slot.unit.isdigit() else 1
    return render_template(
        "volume.html",
        page=ReadOff(
            screen_of(station, preparation),
            f"syringe {unit}, {p.plan.syringes_ml[unit - 1].normalize():f} mL",
            url_for("reading_off.enter", station=station, preparation=preparation),
            url_for("preparing.show", station=station, preparation=preparation),
            last_heard(bench(station), house().benches.run),
            says,
        ),
    )
