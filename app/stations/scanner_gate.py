"""Whether a station's scanner has shown that it hands codes over whole: its self-test, symbol by symbol, is a record (F37).

A scanner that loses the separator makes one lot of a lot and an expiry date, and nobody sees it. So it identifies nothing
before it read the printed sheet right: once since it was set up as it is now, and anew after any symbol that came wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, or_, select

from app.record import canonical
from app.record.prepared import PreparedRows
from app.station_settings import StationSettings
from app.stations import register
from app.stations.tables import equipment_event
from devices.camera.decode import decoder_versions
from devices.camera.fixed import is_camera
from devices.scanner import selftest
from devices.scanner.selftest import Judged

Kind = Literal["serial", "wedge", "camera"]
"""A station's own scanner, which may be a fixed camera; the tablet's that types; the tablet's camera."""
RIGHT, WRONG, PASSED = "scanner symbol right", "scanner symbol wrong", "scanner test passed"
SYMBOLS = frozenset(probe.name for probe in selftest.PROBES)
NAMES = {
    "serial": "This station's scanner",
    "wedge": "The scanner that types into this tablet",
    "camera": "This tablet's camera",
}
HOW_TO = "Open SCALE CHECK, then SCANNER TEST, and scan the three symbols of the printed sheet."


@dataclass(frozen=True)
class Tested:
    """What is known of one scanner."""

    kind: Kind
    right: frozenset[str]
    """The symbols of the sheet that came through whole since the last one that did not, and since it was set up as now."""
    at: datetime | None
    """When the last of them came, UTC; None where none did."""
    who: str
    """Who scanned it; empty for nobody."""
    wrong: str
    """What the last wrong symbol showed, in words, where nothing came right since."""

    @property
    def passed(self) -> bool:
        """Whether it may identify anything."""
        return self.right == SYMBOLS

    @property
    def says(self) -> str:
        """Why it may not, in words; empty where it may."""
        if self.passed:
            return ""
        if self.wrong:
            return f"{NAMES[self.kind]} failed its test: {self.wrong}"
        if self.right:
            return f"{NAMES[self.kind]} has not finished its test: {len(self.right)} of {len(SYMBOLS)} symbols came through."
        return f"{NAMES[self.kind]} has not passed its test, as it is set up now."


def kind_at(set_as: StationSettings) -> Kind:
    """Return which scanner a station is meant to use."""
    return "serial" if set_as.scanner is not None else "wedge"


_LINES = PreparedRows(
    select(equipment_event)
    .where(
        equipment_event.c.equipment == bindparam("of"),
        or_(equipment_event.c.what == bindparam("right"), equipment_event.c.what == bindparam("wrong")),
    )
    .order_by(equipment_event.c.seq)
)
"""Asked at every scan: made once."""


def is_camera_at(set_as: StationSettings) -> bool:
    """Return whether a station's own scanner is a fixed camera."""
    return set_as.scanner is not None and is_camera(set_as.scanner.url)


def tested(conn: Connection, station: str, kind: Kind, set_as: StationSettings) -> Tested:
    """Return how a scanner's test stands, read from the lines that it left."""
    mine = {"of": _equipment(station, kind), "right": RIGHT, "wrong": WRONG}
    now, right, wrong = _profile(kind, set_as), set[str](), ""
    at: datetime | None = None
    who = ""
    for row in _LINES.all(conn, mine):
        detail: Any = canonical.parse(row.detail)
        if row.what == WRONG or detail["profile"] != now:
            right.clear()
            at, who = None, ""
            wrong = detail["says"] if row.what == WRONG and detail["profile"] == now else ""
        else:
            right.add(detail["symbol"])
            at, who, wrong = row.at, row.who, ""
    return Tested(kind, frozenset(right), at, who, wrong)


def take(
    conn: Connection, station: str, kind: Kind, set_as: StationSettings, raw: str, *, at: datetime, who: str
) -> tuple[Judged, Tested]:
    """Judge one reading of the sheet and keep it; what is no symbol of the sheet says nothing of the scanner, and is not kept."""
    judged = selftest.judge(raw)
    if judged.probe:
        detail = {"symbol": judged.probe, "profile": _profile(kind, set_as), "raw": ascii(raw), "says": judged.says}
        what = RIGHT if judged.ready else WRONG
        before = tested(conn, station, kind, set_as)
        register.note(conn, _equipment(station, kind), what, at=at, who=who, station=station, detail=detail)
        after = tested(conn, station, kind, set_as)
        if after.passed and not before.passed:
            done = {"profile": detail["profile"]}
            register.note(conn, _equipment(station, kind), PASSED, at=at, who=who, station=station, detail=done)
        return judged, after
    return judged, tested(conn, station, kind, set_as)


def _equipment(station: str, kind: Kind) -> str:
    names = {"serial": "scanner", "wedge": "tablet scanner", "camera": "tablet camera"}
    return f"{station} {names[kind]}"


def _profile(kind: Kind, set_as: StationSettings) -> str:
    """Return what matters of how a scanner is set up here: any change of it makes the test due anew. Its port is no part.

    Of a camera the decoders are part: another release of them is another scanner.
    """
    if kind == "wedge":
        return set_as.wedge.model_dump_json()
    if kind == "camera" or is_camera_at(set_as):
        return f"camera, {_decoders()}"
    return set_as.scanner.model_dump_json(exclude={"url"}) if set_as.scanner else ""


@cache
def _decoders() -> str:
    return ", ".join(f"{name} {version}" for name, version in sorted(decoder_versions().items()))
