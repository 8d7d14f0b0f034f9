"""The life of a station's balance, read from the equipment's own append-only lines: checks, qualifications, certificates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from app.record import canonical
from app.stations import labels_left, register, scanner_gate
from app.stations.tables import equipment_event
from devices.balance.control_chart import Chart, chart
from devices.link import LinkState

MOST_POINTS = 60
"""Readings of a weight in its chart: two months of days."""
PAGE = 40
"""Lines of one page of the history."""
WORDS = {
    "registered": "put on the register",
    "set up": "set up on the register",
    "taken away": "taken off the station",
    "answered": "said who it is",
    "another answered": "another balance answered",
    "check passed": "check of the day passed",
    "check failed": "check of the day FAILED",
    "check ended": "check of the day over",
    "qualified": "repeatability measured",
    "restarted": "switched off, or not heard",
    "stayed on": "said to have stayed on",
    "adjusted": "adjusted itself",
    "adjustment failed": "adjustment FAILED",
    "level confirmed": "level confirmed",
    "weight registered": "check weight registered",
    "certified": "certificate on the register",
    "taken out of service": "taken OUT OF SERVICE",
    "printer set up": "printer set up",
    "printer test passed": "test label scanned back",
    register.MEASURED: "size measured with a bank card",
    "label came out": "label seen to have come out",
    "label did not come out": "label that did NOT come out",
    "label printed again": "label printed AGAIN",
    labels_left.WHAT[labels_left.DESTROYED]: "label on no container, destroyed with a witness",
    labels_left.WHAT[labels_left.NOT_FOUND]: "label on no container, NOT FOUND",
    scanner_gate.WRONG: "scanner read a test symbol WRONG",
    scanner_gate.PASSED: "scanner passed its test",
}
"""What a line says, in words; readings of a check stand in its charts, and in the line of the check."""
BAD = frozenset(
    {
        "check failed",
        "another answered",
        "adjustment failed",
        "taken out of service",
        "label did not come out",
        labels_left.WHAT[labels_left.NOT_FOUND],
        scanner_gate.WRONG,
    }
)
"""Lines that somebody should look at."""
SAYS = {
    "serial": "serial number",
    "certificate_g": "certified g",
    "until": "certificate until",
    "s_g": "s in g",
    "px_per_mm": "pixels a mm",
}
SILENT = frozenset({"says", "digest"})


@dataclass(frozen=True)
class Line:
    """One thing that was done to the balance, or that it did."""

    seq: int
    """Its place in the record."""
    at: datetime
    """UTC."""
    who: str
    """Person id, account or part of the program."""
    balance: str
    """Name of the balance, or of the weight."""
    what: str
    """In words."""
    bad: bool
    """Whether somebody should look at it."""
    says: str
    """What came of it, in the words of then; empty for a line without any."""
    detail: tuple[tuple[str, str], ...]
    """Everything else that was kept, name and value."""


@dataclass(frozen=True)
class Answered:
    """Who the balance said it is, when it was connected last."""

    at: datetime
    """UTC, of the first connection at which it said so."""
    serial: str
    model: str
    """Empty where it does not say."""
    software: str
    """Empty where it does not say."""
    verified: bool
    """Whether its driver was ever tried on such an instrument."""


@dataclass(frozen=True)
class Qualification:
    """The repeatability measured last, with the cabinet running (R13)."""

    at: datetime
    """UTC."""
    who: str
    s_g: Decimal
    """Standard deviation in g."""
    weighings: str
    """How many."""
    mean_g: str
    """Mean of the net weights in g."""


@dataclass(frozen=True)
class WeightChart:
    """The control chart of one check weight on this balance."""

    name: str
    """What people call it: 20 g."""
    chart: Chart


def lines(conn: Connection, station: str, before: int | None = None) -> tuple[Line, ...]:
    """Return one page of what was done to the balances of a station, newest first; those before the line `before`."""
    where = [equipment_event.c.station == station, equipment_event.c.what.in_(WORDS)]
    where += [equipment_event.c.seq < before] if before else []
    rows = conn.execute(select(equipment_event).where(*where).order_by(equipment_event.c.seq.desc()).limit(PAGE))
    return tuple(_line(row) for row in rows)


def _line(row: Any) -> Line:
    detail: Any = canonical.parse(row.detail)
    rest = tuple((SAYS.get(name, name.replace("_", " ")), str(value)) for name, value in sorted(detail.items()))
    kept = tuple((name, value) for name, value in rest if name not in SILENT and value)
    says = str(detail.get("says", ""))
    return Line(row.seq, row.at, row.who, row.equipment, WORDS[row.what], row.what in BAD, says, kept)


def charts(conn: Connection, station: str) -> tuple[WeightChart, ...]:
    """Return the control chart of each check weight that was ever read on the balance standing there, the lightest first."""
    status = register.balance_status(conn, station)
    if status is None:
        return ()
    masses: dict[str, tuple[str, Decimal]] = {}
    read: dict[str, list[tuple[datetime, Decimal, Decimal, str]]] = {}
    what = ("weight registered", "check reading")
    rows = select(equipment_event).where(equipment_event.c.station == station, equipment_event.c.what.in_(what))
    for row in conn.execute(rows.order_by(equipment_event.c.seq)):
        detail: Any = canonical.parse(row.detail)
        if row.what == "weight registered":
            masses[row.equipment] = (detail["name"], Decimal(detail["certificate_g"]))
        elif row.equipment == status.name and detail["weight"] in masses:
            mass = masses[detail["weight"]][1]
            read.setdefault(detail["weight"], []).append((row.at, Decimal(detail["reading_g"]), mass, row.who))
    found = [
        WeightChart(masses[code][0], drawn)
        for code, readings in read.items()
        if (drawn := chart(readings[-MOST_POINTS:], status.division_g)) is not None
    ]
    return tuple(sorted(found, key=lambda one: one.chart.last.certificate))


def _last(conn: Connection, station: str, what: str) -> Any:
    """Return the newest line of a kind about the balance that stands there, or None."""
    status = register.balance_status(conn, station)
    if status is None:
        return None
    mine = select(equipment_event).where(equipment_event.c.equipment == status.name, equipment_event.c.what == what)
    return conn.execute(mine.order_by(equipment_event.c.seq.desc()).limit(1)).one_or_none()


def answered(conn: Connection, station: str) -> Answered | None:
    """Return who the station's balance said it is; None where it never answered."""
    row = _last(conn, station, "answered")
    if row is None:
        return None
    detail: Any = canonical.parse(row.detail)
    return Answered(row.at, detail["serial"], detail["model"], detail["software"], detail["verified"] == "yes")


def qualification(conn: Connection, station: str) -> Qualification | None:
    """Return the repeatability that was measured last; None where nobody measured it here."""
    row = _last(conn, station, "qualified")
    if row is None:
        return None
    detail: Any = canonical.parse(row.detail)
    return Qualification(row.at, row.who, Decimal(detail["s_g"]), detail["weighings"], detail["mean_g"])


def note_met(conn: Connection, station: str, state: LinkState, *, at: datetime, who: str) -> None:
    """Keep who answered at a connection, where it is another than the last time; and every balance that belongs elsewhere."""
    status, identity = register.balance_status(conn, station), state.identity
    if status is None:
        return
    if state.name == "wrong_device":
        register.note(
            conn, status.name, "another answered", at=at, who=who, station=station, detail={"says": state.says}
        )
        return
    if identity is None:
        return
    detail = {
        "serial": identity.serial,
        "model": identity.model or "",
        "software": identity.software or "",
        "verified": "yes" if identity.verified else "no",
    }
    last = _last(conn, station, "answered")
    if last is None or canonical.parse(last.detail) != detail:
        register.note(conn, status.name, "answered", at=at, who=who, station=station, detail=detail)
