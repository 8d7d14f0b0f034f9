"""A scanner's self-test at the station: each symbol of the printed sheet is judged, with what to set where it is wrong."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.desk.names import name_of, names
from app.stations import scanner_gate
from app.stations.scanner_gate import Kind
from app.web.frame import site_time
from app.web.house import house
from app.web.station import live
from app.web.station.at_hand import bench, looks_here, stands, works_here
from app.web.station.preparing import with_etag
from app.web.station.scanned import Lost, as_read
from app.web.station.screen import Item, Picture, Verdict
from app.web.station.told import told
from app.web.visit import signed_in, visit
from devices.scanner import selftest

scanner_test = Blueprint("scanner_test", __name__)

BASE = "/terminal/<station>/scanner-check"


@dataclass(frozen=True)
class ScannerTest:
    """The test as it stands."""

    station: str
    task: str
    act: str
    """Names of the symbols that came through."""
    since: str
    """Who tested it and when; or why it may not identify anything yet."""
    items: tuple[Item, ...]
    picture: Picture
    back: str
    """Where BACK leads."""
    heard: str
    """Id of the newest reading of the station's scanner when it was drawn."""
    judges: bool = True
    """A reading without its AIM identifier is handed over all the same: the test says so."""


@scanner_test.get(BASE)
@works_here
def show(station: str) -> ResponseReturnValue:
    """The symbols of the sheet, and which of them came through since the last that did not."""
    kind = scanner_gate.kind_at(stands(station))
    return render_template("scanner_test.html", page=_page(station, kind))


@scanner_test.get(f"{BASE}/live")
@looks_here
def live_now(station: str) -> ResponseReturnValue:
    """Readings of the station's own scanner."""
    stands(station)
    heard = live.heard(bench(station), house().benches.run, request.args.get("after", ""))
    return with_etag(jsonify(version=0, heard=heard, devices=[], trouble="", ready=False))


@scanner_test.post(f"{BASE}/scan")
@works_here
def scan(station: str) -> ResponseReturnValue:
    """Judge one reading of the sheet, and keep what it shows of the scanner that read it."""
    set_as = stands(station)
    read = as_read(station)
    if isinstance(read, Lost):
        return _answer(station, scanner_gate.kind_at(set_as), Verdict("check", "CHECK", read.says), 422)
    (raw, kind), (person, _), at = read, signed_in(), visit().at
    judged, stands_now = house().store.write(
        lambda conn: scanner_gate.take(conn, station, kind, set_as, raw, at=at, who=person.id)
    )
    if not judged.ready:
        return _answer(station, kind, Verdict("check", "SET THE SCANNER", judged.says, judged.do), 422)
    word = "SCANNER READY" if stands_now.passed else "RIGHT"
    return _answer(station, kind, Verdict("right", word, judged.says), 200)


def _answer(station: str, kind: Kind, said: Verdict, status: int) -> Response:
    return told(said, _page(station, kind), "scanner_test_part.html", status)


def _page(station: str, kind: Kind) -> ScannerTest:
    with house().store.reading() as conn:
        found = scanner_gate.tested(conn, station, kind, stands(station))
        known = names(conn)
    probes = selftest.PROBES
    first = next((probe for probe in probes if probe.name not in found.right), None)
    return ScannerTest(
        station=station,
        task=f"Scan symbol {first.name} of the printed sheet." if first else "The scanner is set up right.",
        act=" ".join(sorted(found.right)),
        since=f"{scanner_gate.NAMES[kind]} was tested on {site_time(found.at)} by {name_of(known, found.who)}. "
        "Scan the sheet again whenever its set-up was changed."
        if found.at and not first
        else found.says,
        items=tuple(Item(f"{one.name}: {one.shows}", "", one.name in found.right, one is first) for one in probes),
        picture=Picture("label", "self-test sheet", ("vialtrace scanner sheet --out sheet.pdf",)),
        back=url_for("scale_check.show", station=station),
        heard=live.last_heard(bench(station), house().benches.run),
    )
