"""One preparation at a station: its screen, and everything that is scanned, weighed, photographed or confirmed there."""

from __future__ import annotations

from flask import Blueprint, Response, abort, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from app.record import outbox
from app.stations import messages, register, taking
from app.web.house import house
from app.web.station import acts, at_hand, halves, keeping, live, notes
from app.web.station.at_hand import (
    Asked,
    answer,
    ask,
    bench,
    current,
    judged,
    looks_here,
    screen_of,
    stands,
    works_here,
)
from app.web.station.scanned import Lost, reading, untested
from app.web.station.screen import Verdict
from app.web.station.stills import judged_still, photo_within
from app.web.visit import signed_in, visit, wants_page
from workflows import commands as asked
from workflows.evidence import Count

preparing = Blueprint("preparing", __name__)

BASE = "/terminal/<station>/p/<preparation>"
LETTERS = Verdict(
    "check",
    "CHECK",
    "These are the letters beside the symbol. Hold the symbol itself to the scanner.",
    "Where it will not scan: print the label again, or CODE WILL NOT SCAN.",
)
"""Letters can be read off another label: only the symbol shows that this one is here and can be scanned at the bedside."""
LONGEST = 4
"""Digits of a count."""
FROZEN_OF = 3
"""So many small pictures, a quarter of a second apart, are never equal from a live sensor (F40)."""


@preparing.get(BASE)
@works_here
def show(station: str, preparation: str) -> ResponseReturnValue:
    """The screen: a page, or JSON for the page that stands (with what others did since its version)."""
    stands(station)
    if not wants_page():
        version = request.args.get("since", "")
        said = at_hand.since(preparation, int(version)) if version.isdecimal() else None
        return answer(station, preparation, said)
    return render_template("preparing.html", page=screen_of(station, preparation))


@preparing.post(f"{BASE}/scan")
@works_here
def scan(station: str, preparation: str) -> ResponseReturnValue:
    """Every reading comes here: a command card, or evidence for the step in hand."""
    stands(station)
    read = reading(station)
    if isinstance(read, Lost):
        return answer(station, preparation, Verdict("check", "CHECK", read.says), 422)
    if read.word:
        if read.word == "BACK" and request.form.get("showing") == "wrong":
            return answer(station, preparation, None, client="clear")
        if read.word == "BACK" and request.form.get("note"):
            return notes.seen(station, preparation)
        return acts.do_word(read.word, station, preparation)
    if unfit := untested(station, read.scan.how):
        return answer(station, preparation, unfit, 422)
    if read.refused:
        return answer(station, preparation, Verdict("check", "CHECK", read.refused, "Scan it again."), 422)
    if read.written:
        return answer(station, preparation, LETTERS, 422)
    scan = halves.whole(station, preparation, read.scan)
    if isinstance(scan, halves.Half):
        return answer(station, preparation, scan.said, 422, client="half")
    if isinstance(scan, Verdict):
        return answer(station, preparation, scan, 422)
    if keeping.is_to_be_kept(current(preparation), scan):
        return keeping.keep(station, preparation, scan)
    return judged(station, preparation, ask(station, preparation, asked.Submit("", scan)))


@preparing.post(f"{BASE}/do")
@works_here
def do(station: str, preparation: str) -> ResponseReturnValue:
    """A button was pressed: it means what the card of its word means."""
    stands(station)
    return acts.do_word(request.form.get("word", ""), station, preparation)


@preparing.post(f"{BASE}/note")
@works_here
def note(station: str, preparation: str) -> ResponseReturnValue:
    """SEEN was pressed on a pharmacist's message."""
    stands(station)
    return notes.seen(station, preparation)


@preparing.post(f"{BASE}/weigh")
@works_here
def weigh(station: str, preparation: str) -> ResponseReturnValue:
    """Take the settled weight from the balance itself; what the page showed is never evidence (R9)."""
    stands(station)
    pan, p = bench(station).pan, current(preparation)
    taken = taking.settled(p, acts.slot_of(p), pan)
    if isinstance(taken, str):
        return answer(station, preparation, Verdict("check", "CHECK", taken), 422)
    slot = request.form.get("slot", "")
    done = ask(station, preparation, asked.Submit(slot, taken))
    if pan is not None and done.outcome.kind in ("accepted", "rejected"):
        taking.counted(pan, slot, accepted=done.outcome.kind == "accepted")
    return judged(station, preparation, done)


@preparing.post(f"{BASE}/count")
@works_here
def count(station: str, preparation: str) -> ResponseReturnValue:
    """Take a number that was counted by hand, as it was entered with the glass's keys (R54)."""
    stands(station)
    text = request.form.get("number", "")
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST):
        return answer(station, preparation, Verdict("check", "CHECK", "Enter how many you counted."), 422)
    counted = Count(int(text), "by fives")
    return judged(station, preparation, ask(station, preparation, asked.Submit(request.form.get("slot", ""), counted)))


@preparing.post(f"{BASE}/photo")
@works_here
def photo(station: str, preparation: str) -> ResponseReturnValue:
    """Judge a still at once and keep its bytes as they came, good or poor (R24)."""
    stands(station)
    file, waits = request.files.get("still"), acts.slot_of(current(preparation))
    slot = request.form.get("slot") or (waits.name if waits is not None else "")
    camera = request.form.get("camera", "")
    seen = judged_still(
        station, preparation, file.read() if file else b"", slot, camera=camera, frozen=_is_frozen()
    )  # fmt: skip
    if isinstance(seen, str):
        return answer(station, preparation, Verdict("check", "CHECK", seen), 422)
    taken, kept = seen
    command = asked.Submit(request.form.get("slot", ""), taken)
    envelope, at, rooms = at_hand.envelope(station, preparation, command), visit().at, house()
    outcome = rooms.store.write(lambda conn: photo_within(conn, rooms.dispatcher, envelope, kept, at))
    return judged(station, preparation, Asked(outcome, command))


def _is_frozen() -> bool:
    probes = [file.read() for file in request.files.getlist("probe")]
    return len(probes) >= FROZEN_OF and len(set(probes)) == 1


@preparing.get(f"{BASE}/live")
@looks_here
def live_now(station: str, preparation: str) -> ResponseReturnValue:
    """What changes while the screen stands; 304 while nothing does."""
    stands(station)
    person, _ = signed_in()
    rooms = house()
    with rooms.store.reading() as conn:
        p = rooms.dispatcher.current(conn, preparation) or abort(404)
        scale, waiting = register.balance_status(conn, station), outbox.unfinished(conn)
        note = messages.unseen(conn, preparation)
    labels = tuple(one for one in waiting if one.lane == outbox.printer_lane(station))
    after = request.args.get("after", "")
    seen = live.live(
        p, bench(station), rooms.benches.run, after, person=person, scale=scale, labels=labels, at=visit().at,
        note=note.id if note else "",
    )  # fmt: skip
    return with_etag(jsonify(seen))


def with_etag(response: Response) -> Response:
    """Answer 304 where the page has this very content already."""
    response.add_etag()
    response.make_conditional(request)
    return response
