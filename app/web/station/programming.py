"""A pump's programme, typed from its screen by whoever set it, and once more by a second person with badge and PIN (R55, R29)."""

from __future__ import annotations

import re
from collections.abc import Mapping
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
from workflows.evidence import Programme
from workflows.rules.pumps import UNLIKE
from workflows.standing import READS_THE_PUMP

programming = Blueprint("programming", __name__)

BASE = "/terminal/<station>/p/<preparation>/programme"
NUMBERS = (("reservoir", "Reservoir", "mL"), ("rate", "Rate", "mL/h"), ("hours", "Time", "h"))
"""What is typed as a number: name, words and unit."""
SET_ANEW = (
    "The second person read something else than was planned, and it is recorded. Set the pump anew, photograph it, "
    "and have it read again."
)
"""What a second person is told instead of the planned values: they read the screen, and are told nothing."""
NUMBER = re.compile(r"\d{1,5}(\.\d{1,2})?")


@dataclass(frozen=True)
class Typed:
    """The page on which a pump's screen is typed."""

    screen: Screen
    """The preparation as it stands."""
    action: str
    """Where it is posted."""
    back: str
    """The step it belongs to."""
    heard: str
    """Id of the newest reading of the station's scanner when it was drawn."""
    says: tuple[str, ...]
    """What was wrong with what was typed last; nothing at first."""
    typed: Mapping[str, str]
    """What was typed last; of a check nothing, so that it is read anew."""
    numbers: tuple[tuple[str, str, str], ...]
    """The fields of numbers."""
    second: bool
    """Whether a second person reads it, and signs with badge and PIN."""


@programming.get(BASE)
@works_here
def show(station: str, preparation: str) -> ResponseReturnValue:
    """Ask for what the pump's screen shows; nothing is filled in."""
    stands(station)
    return _page(station, preparation)


@programming.post(BASE)
@works_here
def enter(station: str, preparation: str) -> ResponseReturnValue:
    """Judge what was typed, and where a second person reads it, who that is."""
    stands(station)
    slot, read = slot_of(current(preparation)), _read()
    checks = slot is not None and slot.step.name == READS_THE_PUMP
    if slot is None or slot.step.needs is not Programme:
        return redirect(url_for("preparing.show", station=station, preparation=preparation))
    if isinstance(read, str):
        return _page(station, preparation, (read,), blind=checks), 422
    second = witness(station, preparation, "programme verified") if checks else None
    if isinstance(second, SignRefused):
        return _page(station, preparation, (second.says,), blind=checks), 422
    outcome = ask(station, preparation, asked.Submit(slot.name, read), second).outcome
    if outcome.kind == "accepted":
        return redirect(url_for("preparing.show", station=station, preparation=preparation))
    found = tuple(f"{one.says} {one.do}" for one in outcome.findings)
    if second is not None and any(one.code in UNLIKE for one in outcome.findings):
        found = (SET_ANEW,)
    return _page(station, preparation, found or (outcome.says,), blind=checks), 200 if found else 422


def _read() -> Programme | str:
    """Return what was typed, or what is missing of it, in words."""
    text = {name: request.form.get(name, "").strip() for name in ("entry", "version", *(one[0] for one in NUMBERS))}
    for name, words in (("entry", "library entry"), ("version", "version")):
        if not text[name]:
            return f"Type the {words} as the screen shows it."
    for name, words, unit in NUMBERS:
        if NUMBER.fullmatch(text[name]) is None:
            return f"Type the {words.lower()} in {unit} as the screen shows it: digits, as 92 or 1.9."
    reservoir, rate, hours = (Decimal(text[name]) for name, _, _ in NUMBERS)
    return Programme(text["entry"], text["version"], reservoir, rate, hours, request.form.get("locked") == "yes")


def _page(station: str, preparation: str, says: tuple[str, ...] = (), *, blind: bool = False) -> str:
    """Draw the page; `blind` where a second person typed: what they read is shown to nobody who sets or reads the pump next."""
    slot = slot_of(current(preparation))
    second = slot is not None and slot.step.name == READS_THE_PUMP
    kept = () if blind or second else ("entry", "version", "locked", *(one[0] for one in NUMBERS))
    return render_template(
        "programme.html",
        page=Typed(
            screen_of(station, preparation),
            url_for("programming.enter", station=station, preparation=preparation),
            url_for("preparing.show", station=station, preparation=preparation),
            last_heard(bench(station), house().benches.run),
            says,
            {name: request.form.get(name, "") for name in kept},
            NUMBERS,
            second,
        ),
    )
