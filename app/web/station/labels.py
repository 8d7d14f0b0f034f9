"""The labels of a station as print jobs: which is queued, sent, confirmed; and the question where nobody knows (F39, L5).

A label that may have come out is never sent again by itself. A person looks, and either answer is kept: it came out, and
the record says who saw it; or it did not, that copy is void for good, and the next one prints.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from app import clock
from app.record import outbox, print_jobs
from app.record.outbox import Entry
from app.record.print_jobs import JobState
from app.stations import register
from app.web.frame import site_time
from app.web.house import house
from app.web.station import live
from app.web.station.at_hand import bench, looks_here, stands, works_here
from app.web.station.once import Said, done_once, press
from app.web.station.preparing import with_etag
from app.web.station.scanned import Lost, reading
from app.web.station.screen import Verdict
from app.web.station.told import told
from app.web.visit import signed_in, visit

labels = Blueprint("labels", __name__)

BASE = "/terminal/<station>/labels"
SHOWN = 8
"""Labels on the page, the newest first."""
OUT, NONE, AGAIN = "OUT", "NONE", "AGAIN"
COUNT = {OUT: "LABEL CAME OUT", NONE: "NO LABEL"}


@dataclass(frozen=True)
class Job:
    """One label as a print job."""

    name: str
    """Which label, and which copy."""
    state: JobState
    at: str
    """When it was asked for."""
    says: str
    """Why it stands so; empty where nothing is wrong."""


@dataclass(frozen=True)
class Labels:
    """The labels of a station, and what a person has to say of one."""

    station: str
    task: str
    act: str
    """The row and copy that is asked about, 12.1; empty where nothing is."""
    asks: Literal["", "unknown", "failed"]
    """Whether it may have come out, or was never sent."""
    jobs: tuple[Job, ...]
    back: str
    """Where BACK leads."""
    heard: str
    """Id of the newest reading of the station's scanner when it was drawn."""
    command_id: str
    """What is pressed on this screen carries this id, so that it is done once."""


@labels.get(BASE)
@works_here
def show(station: str) -> ResponseReturnValue:
    """The newest labels, and what became of each."""
    stands(station)
    return render_template("labels.html", page=_page(station))


@labels.get(f"{BASE}/live")
@looks_here
def live_now(station: str) -> ResponseReturnValue:
    """Readings of the station's scanner, and how its printer is."""
    stands(station)
    heard = live.heard(bench(station), house().benches.run, request.args.get("after", ""))
    with house().store.reading() as conn:
        waiting = tuple(one for one in outbox.unfinished(conn) if one.lane == outbox.printer_lane(station))
    row = (live.printer(waiting),)
    return with_etag(jsonify(version=0, heard=heard, devices=row, trouble="", ready=False))


@labels.post(f"{BASE}/scan")
@works_here
def scan(station: str) -> ResponseReturnValue:
    """BACK leads back. Whether a label came out is never said by a card alone."""
    stands(station)
    read = reading(station)
    if isinstance(read, Lost):
        return _answer(station, Verdict("check", "CHECK", read.says), 422)
    if read.word == "BACK":
        return jsonify(go=_page(station).back)
    return _answer(station, Verdict("check", "CHECK", "Only BACK counts here; the rest is pressed."), 422)


@labels.post(f"{BASE}/do")
@works_here
def do(station: str) -> ResponseReturnValue:
    """A button was pressed: it came out, it did not, or it is tried again."""
    stands(station)
    word, (row, _, copy) = request.form.get("word", ""), request.form.get("slot", "").partition(".")
    if word not in (OUT, NONE, AGAIN) or not row.isdecimal():
        return _answer(station, Verdict("check", "CHECK", f"{word or 'Nothing'} does nothing here."), 422)
    (person, _here), at = signed_in(), visit().at

    def keep(conn: Connection) -> Said:
        entry = outbox.get(conn, int(row))
        if entry is None or entry.lane != outbox.printer_lane(station) or str(entry.payload.get("copy", "")) != copy:
            return Verdict("check", "CHECK", "This was answered already. Look at the list."), 409
        if word == AGAIN:
            again = print_jobs.state_of(entry) == "FAILED" and outbox.retry(conn, entry.id, at=at)
            return (Verdict("check", "PRINT", "The printer is tried again."), 200) if again else _answered()
        if not print_jobs.answer(conn, entry.id, word == OUT, at=at, who=person.id):
            return _answered()
        _note(conn, station, entry, word == OUT, at=at, who=person.id)
        if word == OUT:
            return Verdict("right", COUNT[OUT], f"{print_jobs.name_of(entry)}: {person.name} has it."), 200
        says = f"{print_jobs.name_of(entry)} is void, wherever it turns up. The next copy prints."
        return Verdict("check", COUNT[NONE], says), 200

    return _answer(station, *done_once(press(label=f"{row}.{copy}", word=word), keep))


def _answered() -> Said:
    return Verdict("check", "CHECK", "This was answered already. Look at the list."), 409


def _note(conn: Connection, station: str, entry: Entry, came_out: bool, *, at: datetime, who: str) -> None:
    """Keep the answer in the station's own history: who said so, and of which copy."""
    what = "label came out" if came_out else "label did not come out"
    detail = {"label": print_jobs.name_of(entry), "preparation": entry.payload["preparation"], "says": entry.says}
    register.note(conn, f"printer {station}", what, at=at, who=who, station=station, detail=detail)


def _answer(station: str, said: Verdict, status: int = 200) -> Response:
    return told(said, _page(station), "labels_part.html", status)


def _page(station: str) -> Labels:
    with house().store.reading() as conn:
        rows = outbox.of_lane(conn, outbox.printer_lane(station), SHOWN)
        stuck = [one for one in outbox.unfinished(conn) if one.lane == outbox.printer_lane(station)]
    back = request.args.get("back") or request.form.get("back", "")
    first = next((one for one in stuck if one.status == "stuck"), None)
    asks: Literal["", "unknown", "failed"] = ""
    if first is not None:
        asks = "unknown" if print_jobs.state_of(first) == "UNKNOWN" else "failed"
    tasks = {
        "unknown": f"Look at the printer: did the {print_jobs.name_of(first)} come out?" if first else "",
        "failed": "A label was not printed. Mend what is in the way, then TRY AGAIN.",
    }
    return Labels(
        station=station,
        task=tasks.get(asks, "Nothing is asked of you here."),
        act=f"{first.id}.{first.payload.get('copy', '')}" if first else "",
        asks=asks,
        jobs=tuple(
            Job(print_jobs.name_of(one), print_jobs.state_of(one), site_time(one.made_at), one.says) for one in rows
        ),
        back=url_for("preparing.show", station=station, preparation=back)
        if back
        else url_for("worklist.show", station=station),
        heard=live.last_heard(bench(station), house().benches.run),
        command_id=clock.new_command_id(),
    )
