"""A scanner's self-test at the station: each symbol of the printed sheet is judged, with what to set where it is wrong."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.web.house import house
from app.web.station import live
from app.web.station.at_hand import bench, looks_here, stands, works_here
from app.web.station.preparing import with_etag
from app.web.station.scanned import Lost, as_read
from app.web.station.screen import Item, Picture, Verdict
from app.web.station.told import told
from devices.scanner import selftest

scanner_test = Blueprint("scanner_test", __name__)

BASE = "/terminal/<station>/scanner-check"


@dataclass(frozen=True)
class ScannerTest:
    """The test as it stands."""

    station: str
    task: str
    act: str
    """Names of the symbols that came through, as the page hands them back."""
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
    """The symbols of the sheet, none of them scanned yet."""
    stands(station)
    return render_template("scanner_test.html", page=_page(station, frozenset()))


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
    """Judge one reading of the sheet."""
    stands(station)
    names = {probe.name for probe in selftest.PROBES}
    passed = frozenset(request.form.get("slot", "").split()) & names
    read = as_read(station)
    if isinstance(read, Lost):
        return _answer(station, passed, Verdict("check", "CHECK", read.says), 422)
    judged = selftest.judge(read)
    if not judged.ready:
        return _answer(
            station, passed - {judged.probe}, Verdict("check", "SET THE SCANNER", judged.says, judged.do), 422
        )
    passed |= {judged.probe}
    word = "SCANNER READY" if passed == names else "RIGHT"
    return _answer(station, passed, Verdict("right", word, judged.says), 200)


def _answer(station: str, passed: frozenset[str], said: Verdict, status: int) -> Response:
    return told(said, _page(station, passed), "scanner_test_part.html", status)


def _page(station: str, passed: frozenset[str]) -> ScannerTest:
    probes = selftest.PROBES
    first = next((probe for probe in probes if probe.name not in passed), None)
    return ScannerTest(
        station=station,
        task=f"Scan symbol {first.name} of the printed sheet." if first else "The scanner is set up right.",
        act=" ".join(sorted(passed)),
        items=tuple(Item(f"{one.name}: {one.shows}", "", one.name in passed, one is first) for one in probes),
        picture=Picture("label", "self-test sheet", ("vialtrace scanner sheet --out sheet.pdf",)),
        back=url_for("scale_check.show", station=station),
        heard=live.last_heard(bench(station), house().benches.run),
    )
