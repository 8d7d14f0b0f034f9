"""A code that will not scan: typed from the label, with a photo of it and a second person who looked (R19)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from app.catalogue import identify
from app.dispatch import Outcome
from app.people.signing import SignRefused
from app.record import blobs
from app.stations import pictures, scans
from app.web.house import house
from app.web.station import at_hand
from app.web.station.at_hand import Asked, Cosigner, answer, bench, judged, screen_of, stands, works_here
from app.web.station.live import last_heard
from app.web.station.scanned import told_apart
from app.web.station.screen import Screen, Verdict
from app.web.station.second import witness
from app.web.visit import visit
from workflows import commands as asked
from workflows.evidence import Container, Scan

typing = Blueprint("typing", __name__)

BASE = "/terminal/<station>/p/<preparation>/typed"


@dataclass(frozen=True)
class Typing:
    """The page that takes a typed code."""

    screen: Screen
    """The preparation as it stands."""
    action: str
    """Where it is posted."""
    back: str
    """The step it belongs to."""
    heard: str
    """Id of the newest reading of the station's scanner when it was drawn."""


@dataclass(frozen=True)
class Written:
    """What was typed from a label."""

    gtin14: str
    lot: str
    expiry: date | None
    serial: str


@typing.get(BASE)
@works_here
def show(station: str, preparation: str) -> ResponseReturnValue:
    """Photo first, then what the label says, then the witness."""
    stands(station)
    action = url_for("typing.enter", station=station, preparation=preparation)
    back = url_for("preparing.show", station=station, preparation=preparation)
    heard = last_heard(bench(station), house().benches.run)
    return render_template("typing.html", page=Typing(screen_of(station, preparation), action, back, heard))


@typing.post(BASE)
@works_here
def enter(station: str, preparation: str) -> ResponseReturnValue:
    """Judge the photo, the words and the witness; then the container is judged as if it had been scanned."""
    stands(station)
    written, still = _written(), _still()
    trouble = written if isinstance(written, str) else still if isinstance(still, str) else ""
    if trouble or isinstance(written, str) or isinstance(still, str):
        return answer(station, preparation, Verdict("check", "CHECK", trouble), 422)
    if against := _contradicted(written, still):
        return answer(station, preparation, Verdict("check", "CHECK", against), 422)
    second = witness(station, preparation, "witnessed a typed code")
    if isinstance(second, SignRefused):
        return answer(station, preparation, Verdict("check", "CHECK", second.says), 422)
    done = _submit(station, preparation, written, still.kept, second)
    where = url_for("preparing.show", station=station, preparation=preparation)
    if done.outcome.kind == "accepted":
        return answer(station, preparation, None, go=where)
    return judged(station, preparation, done)


@dataclass(frozen=True)
class Seen:
    """The photo of the label."""

    kept: blobs.Blob
    codes: tuple[str, ...]
    """As a scanner would send them."""


def _still() -> Seen | str:
    """Return the photo of the label, kept, or why it is not good enough."""
    file = request.files.get("still")
    content = file.read() if file else b""
    seen = pictures.examine(content)
    if isinstance(seen, str):
        return f"Take a photo of the label first. {seen if content else ''}".strip()
    return seen.words or Seen(house().blobs.put(content, seen.media_type), seen.codes)


def _written() -> Written | str:
    text = {name: request.form.get(name, "").strip() for name in ("number", "lot", "expiry", "serial")}
    with house().store.reading() as conn:
        gtin = identify.by_written(conn, text["number"])
    if not gtin:
        return (
            "Type the number under the code: 14 digits, or the NDC with its dashes. This one is not in the formulary."
        )
    if not text["lot"]:
        return "Type the lot as it is printed."
    try:
        expiry = date.fromisoformat(text["expiry"]) if text["expiry"] else None
    except ValueError:
        return "Type the expiry date as 2027-03-31."
    return Written(gtin, text["lot"], expiry, text["serial"])


def _contradicted(written: Written, seen: Seen) -> str:
    """Return what stands against the words in the photo of the label, in words: a code of another product; empty for nothing."""
    with house().store.reading() as conn:
        typed = identify.by_gtin(conn, written.gtin14)
        read = (told_apart(conn, raw, "camera").scan.found for raw in seen.codes)
        others = [one for one in read if isinstance(one, Container) and typed and one.item_id != typed.item_id]
    return (
        f"The code in the photo is of {others[0].text}. Look which of them you hold, and begin again." if others else ""
    )


def _submit(station: str, preparation: str, written: Written, still: blobs.Blob, second: Cosigner) -> Asked:
    rooms, at = house(), visit().at
    with rooms.store.reading() as conn:
        scan: Scan = scans.typed(
            conn,
            gtin14=written.gtin14,
            lot=written.lot,
            expiry=written.expiry,
            serial=written.serial,
            photo=still.sha256,
        )
    command = asked.Submit("", scan)
    envelope = at_hand.envelope(station, preparation, command, second)

    def work(conn: Connection) -> Outcome:
        outcome = rooms.dispatcher.within(conn, envelope, at)
        if outcome.kind in ("accepted", "rejected") and not outcome.replayed:
            blobs.enter(conn, still, at=at, identifying=True)
        return outcome

    return Asked(rooms.store.write(work), command)
