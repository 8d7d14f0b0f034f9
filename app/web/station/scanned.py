"""One reading at the terminal: fetched from the scanner or the page, told apart by the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import request
from sqlalchemy import Connection

from app.stations import scanner_gate, scans
from app.stations.scanner_gate import Kind, is_camera_at
from app.stations.scans import How, Read
from app.web.house import house
from app.web.station.at_hand import bench, stands
from app.web.station.screen import Verdict
from app.web.visit import visit
from workflows.evidence import Printed

LONGEST = 4096
"""Characters of one code; the largest 2-D code holds fewer."""


@dataclass(frozen=True)
class Lost:
    """There is no such reading any more."""

    says: str
    """In words."""


def reading(station: str) -> Read | Lost:
    """Return the reading that a page posts: by number from the station's own scanner, or typed in by the tablet's."""
    got = _raw(station)
    if isinstance(got, Lost):
        return got
    raw, how = got
    with house().store.reading() as conn:
        return told_apart(conn, raw, how)


def as_read(station: str) -> tuple[str, Kind] | Lost:
    """Return the characters of a reading, whole or not, for the scanner's own test: nothing is judged."""
    got = _raw(station, whole=False)
    return got if isinstance(got, Lost) else (got[0], _kind(station, got[1]))


def untested(station: str, how: How) -> Verdict | None:
    """Say that this scanner has not shown that it hands codes over whole, and what to do; None where it has (F37)."""
    kind = _kind(station, how)
    with house().store.reading() as conn:
        found = scanner_gate.tested(conn, station, kind, stands(station))
    return None if found.passed else Verdict("check", "SCANNER NOT TESTED", found.says, scanner_gate.HOW_TO)


def told_apart(conn: Connection, raw: str, how: How) -> Read:
    """Say what a raw reading is, today in the site's zone."""
    rooms = house()

    def live(preparation: str, kind: str) -> Printed | None:
        p = rooms.dispatcher.current(conn, preparation)
        if p is None:
            return None
        return p.in_process if kind == "in_process" else p.final_label()

    return scans.read(conn, raw, how, as_of=as_of(), live=live)


def as_of() -> date:
    """Return today in the site's zone."""
    return visit().at.astimezone(house().settings.zone).date()


def _kind(station: str, how: How) -> Kind:
    """Return which scanner of a station a reading is from; a fixed camera is the station's own."""
    if how == "camera" and not is_camera_at(stands(station)):
        return "camera"
    return "serial" if how in ("serial", "camera") else "wedge"


def _raw(station: str, *, whole: bool = True) -> tuple[str, How] | Lost:
    id_ = request.form.get("heard", "")
    if not id_:
        raw = request.form.get("raw", "")[:LONGEST]
        return (raw, "wedge") if raw else Lost("Nothing was read. Scan it again.")
    run, _, number = id_.partition("-")
    kept = bench(station).scans.numbered(int(number)) if number.isdecimal() else None
    if kept is None or run != house().benches.run:
        return Lost("This reading is no longer there. Scan it again.")
    unfit = kept.trouble and (whole or not kept.raw)
    return Lost(kept.trouble) if unfit else (kept.raw, kept.how)
