"""The situation: what is where, what is late; for a lead's desk or a screen on a wall, so without patients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app.desk import expiring
from app.desk.names import name_of, names
from app.record import views
from app.record.views import PreparationRow
from app.stations import open_vials
from workflows.library import LIBRARY
from workflows.standing import AT_THE_CABINET

PLACES = {
    "stopped": "Stopped",
    "check": "Waiting for the final check",
    "leaves": "Approved, not yet released",
    "made": "Being made",
    "ready": "Ready, nobody has begun",
    "verify": "Waiting to be verified",
}
"""Where a preparation can be, in the order in which somebody should look."""
STATUSES = ("ordered", "ready", *sorted(AT_THE_CABINET), "awaiting-check", "approved", "paused")
"""States of what is still to leave."""
_AT = {"paused": "stopped", "awaiting-check": "check", "approved": "leaves", "ready": "ready", "ordered": "verify"}
SOON = timedelta(minutes=30)
"""So long before it is needed, what is not yet at its final check is marked."""


@dataclass(frozen=True)
class BoardLine:
    """One preparation on the board."""

    preparation: str
    """Its id."""
    what: str
    """Drug and dose as lists print them."""
    due: datetime | None
    """When it is needed, UTC."""
    stat: bool
    """Ordered as STAT."""
    place: str
    """One of PLACES."""
    step: str
    """What is to be done next, in the procedure's words."""
    station: str
    """Code; empty where it has none."""
    technician: str
    """Printed name; empty where nobody has it."""
    urgency: str
    """late, soon or nothing."""
    flags: tuple[str, ...]
    """What to look at: called, near miss, rework, remake."""


@dataclass(frozen=True)
class AtStation:
    """What is in hand at one station."""

    station: str
    """Code."""
    lines: tuple[BoardLine, ...]
    """What is being made or stopped there."""


@dataclass(frozen=True)
class Board:
    """The whole situation of a site."""

    places: tuple[tuple[str, str, tuple[BoardLine, ...]], ...]
    """Short name, words, and the lines of each of PLACES, most urgent first."""
    stations: tuple[AtStation, ...]
    """Each station of the site."""
    late: int
    """How many are past the time they are needed."""
    open: int
    """How many there are."""
    opened: int
    """Opened vials that may be used."""
    past: int
    """Opened vials that have to be thrown away."""
    lapsed: int = 0
    """Competencies of people who work here that have ended."""
    lapsing: int = 0
    """Those that end within the site's days of reminding (G26)."""


def board(conn: Connection, site: str, stations: Sequence[str], now: datetime, ahead: timedelta) -> Board:
    """Return where everything of a site stands that is still to leave."""
    known = names(conn)
    rows = views.preparations(conn, site=site, statuses=STATUSES)
    lines = sorted((_line(row, name_of(known, row.technician or ""), now) for row in rows), key=_most_urgent)
    vials = open_vials.stock(conn, site, now)
    due = [end for end in expiring.of_people(conn, site) if end <= now + ahead]
    in_hand = [line for line in lines if line.place in ("made", "stopped", "check")]
    return Board(
        places=tuple((name, words, tuple(one for one in lines if one.place == name)) for name, words in PLACES.items()),
        stations=tuple(AtStation(code, tuple(one for one in in_hand if one.station == code)) for code in stations),
        late=sum(line.urgency == "late" for line in lines),
        open=len(lines),
        opened=sum(not one.gone for one in vials),
        past=sum(one.gone not in ("", open_vials.WAITS) for one in vials),
        lapsed=sum(end <= now for end in due),
        lapsing=sum(end > now for end in due),
    )


def _line(row: PreparationRow, technician: str, now: datetime) -> BoardLine:
    place = _AT.get(row.status, "made")
    return BoardLine(
        preparation=row.id,
        what=f"{row.drug} {row.dose}",
        due=row.due,
        stat=row.priority == "S",
        place=place,
        step=_step_words(row),
        station=row.station or "",
        technician=technician,
        urgency=_urgency(row.due, place, now),
        flags=tuple(flag for flag in row.flags if flag in ("called", "near miss", "rework", "remake")),
    )


def _step_words(row: PreparationRow) -> str:
    workflow = LIBRARY.get(row.workflow.partition("/")[0])
    return next((step.says for step in workflow.steps() if step.name == row.step), "") if workflow else ""


def _urgency(due: datetime | None, place: str, now: datetime) -> str:
    if due is None:
        return ""
    if now >= due:
        return "late"
    return "soon" if now >= due - SOON and place not in ("check", "leaves") else ""


def _most_urgent(line: BoardLine) -> tuple[bool, float, str]:
    return not line.stat, line.due.timestamp() if line.due else float("inf"), line.preparation
