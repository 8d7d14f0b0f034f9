"""What takes a second person: handing a preparation over, and taking one over. Badge and PIN sign this one command (Q23)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.people.badges import badge_code, badge_text
from app.people.signing import SignRefused
from app.web import desk
from app.web.house import house
from app.web.rights import open_to_all
from app.web.station.at_hand import Asked, Cosigner, ask, bench, current, me, screen_of, stands, works_here
from app.web.station.live import last_heard
from app.web.station.screen import Screen
from app.web.visit import visit
from workflows import commands as asked

second = Blueprint("second", __name__)

BASE = "/terminal/<station>/p/<preparation>"
FRESH_S = 10.0
"""Seconds within which a badge that was held to the station's scanner is handed to the page."""


NO_BADGE = "This is not a badge. Scan your own badge."
CARD = re.compile(r"%VT-C-([A-Z][A-Z0-9-]{0,19})%")
"""A command or number card, as the scanner sends it."""


@dataclass(frozen=True)
class Second:
    """A page that asks for a second person's badge and PIN."""

    screen: Screen
    """The preparation as it stands."""
    title: str
    """What the second person signs."""
    lead: str
    """Who that has to be."""
    says: str
    """What was refused last, or empty."""
    action: str
    """Where badge and PIN are posted."""
    heard: str
    """Id of the newest reading of the station's scanner when it was drawn."""
    alone: bool = False
    """Whether the person who asks has emergency access here, and needs no second one."""
    urgent: bool = False
    """Whether emergency access is of use here, and can be opened."""
    choices: tuple[str, ...] = ()
    """What is chosen between before it is signed; empty where there is one thing."""
    about: str = ""
    """Which label is asked about; empty for none."""


def witness(station: str, preparation: str, meaning: str) -> Cosigner | SignRefused:
    """Check the second person's badge and PIN of the form; never inside a write."""
    signed = desk.cosign(meaning, current(preparation).digest, station)
    return signed if isinstance(signed, SignRefused) else Cosigner(*signed)


@second.get(f"{BASE}/hand-over")
@works_here
def hand_over(station: str, preparation: str) -> ResponseReturnValue:
    """Give it to another technician."""
    stands(station)
    return _handing(station, preparation)


@second.post(f"{BASE}/hand-over")
@works_here
def handed(station: str, preparation: str) -> ResponseReturnValue:
    """The other technician signed."""
    stands(station)
    done = _signed(station, preparation, asked.HandOver(), "takes the preparation over")
    if isinstance(done, str):
        return _handing(station, preparation, done), 422
    return redirect(url_for("worklist.show", station=station))


@second.get(f"{BASE}/take-over")
@works_here
def take_over(station: str, preparation: str) -> ResponseReturnValue:
    """Take one whose technician has left."""
    stands(station)
    return _taking(station, preparation)


@second.post(f"{BASE}/take-over")
@works_here
def taken(station: str, preparation: str) -> ResponseReturnValue:
    """A lead technician or pharmacist signed; in emergency access nobody has to, and the rules judge that (Q30)."""
    stands(station)
    if request.form.get("alone"):
        outcome = ask(station, preparation, asked.TakeOver()).outcome
        if outcome.kind != "accepted":
            return _taking(station, preparation, outcome.says), 422
        return redirect(url_for("preparing.show", station=station, preparation=preparation))
    done = _signed(station, preparation, asked.TakeOver(), "lets the preparation be taken over")
    if isinstance(done, str):
        return _taking(station, preparation, done), 422
    return redirect(url_for("preparing.show", station=station, preparation=preparation))


@second.get("/terminal/<station>/badges")
@open_to_all
def badges(station: str) -> ResponseReturnValue:
    """Badges just held to the station's scanner, for a page that asks for one. A badge opens nothing by itself (Q41).

    What was read and is no badge is told in words, so that no scan meets silence; its characters are not.
    """
    stands(station)
    stand, run, at = bench(station), house().benches.run, visit().at
    of_run, _, number = request.args.get("after", "").partition("-")
    last = int(number) if of_run == run and number.isdecimal() else stand.scans.count
    fresh = [one for one in stand.scans.after(last) if (at - one.at).total_seconds() < FRESH_S]
    found = [badge_code(one.raw) if not one.trouble else None for one in fresh]
    codes = [badge_text(code) for code in found if code]
    others = [one.trouble or NO_BADGE for one, code in zip(fresh, found, strict=True) if not code]
    read = [_read(one.raw, one.trouble, code) for one, code in zip(fresh, found, strict=True)]
    return jsonify(badges=codes, others=others, read=read, after=last_heard(stand, run))


def _read(raw: str, trouble: str, code: str | None) -> dict[str, str]:
    """Return what was read in turn, for a page that takes cards as well: a badge, a card's word, or words for the rest."""
    if code:
        return {"badge": badge_text(code)}
    card = None if trouble else CARD.search(raw)
    return {"card": card[1]} if card else {"other": trouble or NO_BADGE}


def _signed(station: str, preparation: str, command: asked.Command, meaning: str) -> Asked | str:
    other = witness(station, preparation, meaning)
    if isinstance(other, SignRefused):
        return other.says
    done = ask(station, preparation, command, other)
    return done if done.outcome.kind == "accepted" else done.outcome.says


def _handing(station: str, preparation: str, says: str = "") -> str:
    return _page(
        station,
        preparation,
        "Hand this preparation over",
        "The technician who goes on with it scans their own badge, then gives their PIN. They dress anew.",
        says,
        url_for("second.handed", station=station, preparation=preparation),
    )


def _taking(station: str, preparation: str, says: str = "") -> str:
    return _page(
        station,
        preparation,
        "Take this preparation over",
        "A lead technician or pharmacist scans their own badge, then gives their PIN. You dress anew.",
        says,
        url_for("second.taken", station=station, preparation=preparation),
        takes=True,
    )


def _page(station: str, preparation: str, title: str, lead: str, says: str, action: str, *, takes: bool = False) -> str:
    heard = last_heard(bench(station), house().benches.run)
    with house().store.reading() as conn:
        alone = takes and me(conn).in_emergency(visit().at)
    return render_template(
        "second.html",
        page=Second(screen_of(station, preparation), title, lead, says, action, heard, alone, takes and not alone),
    )
