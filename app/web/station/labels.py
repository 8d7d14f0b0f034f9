"""The labels of a station as print jobs: which is queued, sent, confirmed; and the question where nobody knows (F39, L5).

A label that may have come out is never sent again by itself. A person looks, and either answer is kept: it came out, and
the record says who saw it; or it did not, that copy is void for good, and the next one prints. One that did come out is
printed once more for a reason: it did not print, is damaged, will not scan, is lost, or another. One that nobody has
scanned is named.
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
from app.record.print_jobs import REASONS, JobState
from app.stations import register
from app.web.frame import site_time
from app.web.house import house
from app.web.station import live, unseen
from app.web.station.acts import label_of
from app.web.station.at_hand import bench, current, looks_here, screen_of, stands, works_here
from app.web.station.once import Said, done_once, press
from app.web.station.preparing import with_etag
from app.web.station.scanned import Lost, reading
from app.web.station.screen import Verdict
from app.web.station.told import told
from app.web.visit import signed_in, visit
from workflows.preparation import Preparation

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
    state: JobState | Literal["NOT SEEN"]
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
    asks: Literal["", "unknown", "failed", "reason"]
    """Whether it may have come out, or was never sent; or why one that came out is printed once more."""
    reasons: tuple[str, ...]
    """The answers to the last of these."""
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
    """A button was pressed: it came out, it did not, it is tried again, or printed once more for a reason."""
    stands(station)
    word, (row, _, copy) = request.form.get("word", ""), request.form.get("slot", "").partition(".")
    if word in REASONS:
        return _print_once_more(station, word, request.form.get("slot", ""))
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


def _print_once_more(station: str, word: str, act: str) -> Response:
    """Ask for the next copy of the label that the page is about, unless it was asked for since (L5)."""
    (person, _here), at, preparation = signed_in(), visit().at, request.form.get("back", "")
    about = press(again=act, word=word, preparation=preparation)

    def keep(conn: Connection) -> Said:
        p = house().dispatcher.current(conn, preparation)
        waits = any(one.payload.get("preparation") == preparation for one in outbox.unfinished(conn))
        if p is None or waits or act != _act_of(p) or "PRINT" not in screen_of(station, preparation).words:
            return Verdict("check", "CHECK", "That label is not printed again here. Look at the step."), 409
        kind = label_of(p)
        print_jobs.reprint(
            conn, preparation, kind, station=station, why=REASONS[word], who=person.name, at=at,
            command_id=about.command_id,
        )  # fmt: skip
        detail = {"label": act, "preparation": preparation, "says": REASONS[word]}
        register.note(
            conn, f"printer {station}", "label printed again", at=at, who=person.id, station=station, detail=detail
        )
        return Verdict("check", "PRINT", "The next copy prints. The old one is void, wherever it turns up."), 200

    return _answer(station, *done_once(about, keep))


def _act_of(p: Preparation) -> str:
    """Return the label that the screen of a preparation is about and its latest copy, final.2; empty for none."""
    printed = [one for one in p.labels if one.label_kind == label_of(p)]
    return f"{printed[-1].label_kind}.{printed[-1].copy}" if printed else ""


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
    back = request.args.get("back") or request.form.get("back", "")
    with house().store.reading() as conn:
        rows = outbox.of_lane(conn, outbox.printer_lane(station), SHOWN)
        stuck = [one for one in outbox.unfinished(conn) if one.lane == outbox.printer_lane(station)]
        strays = unseen.labels(conn, station, visit().at)
    first = next((one for one in stuck if one.status == "stuck"), None)
    asks, act, task = _asked(first, current(back) if back and request.args.get("again") else None)
    return Labels(
        station=station,
        task=task,
        act=act,
        asks=asks,
        reasons=tuple(REASONS) if asks == "reason" else (),
        jobs=(
            *(Job(print_jobs.name_of(one), "NOT SEEN", site_time(one.made_at), unseen.SAYS) for one in strays),
            *(
                Job(print_jobs.name_of(one), print_jobs.state_of(one), site_time(one.made_at), one.says)
                for one in rows
                if one.id not in {stray.id for stray in strays}
            ),
        )[:SHOWN],
        back=url_for("preparing.show", station=station, preparation=back)
        if back
        else url_for("worklist.show", station=station),
        heard=live.last_heard(bench(station), house().benches.run),
        command_id=clock.new_command_id(),
    )


def _asked(
    first: Entry | None, again: Preparation | None
) -> tuple[Literal["", "unknown", "failed", "reason"], str, str]:
    """Return what is asked, of which label, and in which words: what is stuck comes before what is wanted anew."""
    if first is not None:
        act = f"{first.id}.{first.payload.get('copy', '')}"
        if print_jobs.state_of(first) == "UNKNOWN":
            return "unknown", act, f"Look at the printer: did the {print_jobs.name_of(first)} come out?"
        return "failed", act, "A label was not printed. Mend what is in the way, then TRY AGAIN."
    act = _act_of(again) if again is not None else ""
    if again is not None and act:
        kind = "in-process" if label_of(again) == "in_process" else "final"
        return "reason", act, f"Why is the {kind} label printed again? The old copy will be void."
    return "", "", "Nothing is asked of you here."
