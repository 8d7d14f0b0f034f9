"""What happened in a cabinet or a counting tray, on the register: which drug was opened in it, and its cleaning (R32, R42)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from app.stations import register
from workflows import events as happened
from workflows.evidence import Confirmation, Count, Weighing
from workflows.rules.counting import CLEANED


def keep(conn: Connection, code: str, drug: str, events: tuple[happened.Event, ...], *, at: datetime, who: str) -> None:
    """Keep what these events of one preparation say of the place with this code."""
    accepted = [event for event in events if isinstance(event, happened.Accepted)]
    done = [event.evidence for event in accepted]
    if any(isinstance(one.evidence, Weighing | Count) or one.slot.startswith(OPENS) for one in accepted):
        register.note_drug(conn, code, drug, at=at, who=who)
    if any(isinstance(one, Confirmation) and one.item == CLEANED for one in done):
        register.record_decontamination(conn, code, (CLEANED,), at=at, who=who)


def keep_doubt(conn: Connection, codes: Iterable[str], what: str, *, at: datetime, who: str, told: str) -> None:
    """Keep in the history of these cabinets what ends the use of vials that stand open in them: SPILT or ON_PAPER (R32).

    `told` is the spill or the preparation. Where nobody says which cabinet it was, it was each that it may have been.
    """
    for code in codes:
        register.note(conn, code, what, at=at, who=who, station="", detail={"told": told})


def keep_puncture(conn: Connection, code: str, preparation: str, *, at: datetime, who: str, station: str) -> None:
    """Keep where in a cabinet's history the first vial of a preparation was scanned that may be kept: no clock says it (R32)."""
    register.note(conn, code, PUNCTURED, at=at, who=who, station=station, detail={"preparation": preparation})


OPENS = ("stock:", "syringe-new:")
"""Slots at which drug is opened though nothing is weighed or counted: a stock bottle, and the first syringe by volume."""
PUNCTURED = "vials opened"
"""Line of a cabinet's history at the first scan of a vial, from which it may have been opened, where vials may be kept."""
SPILT, ON_PAPER = "spill", "dose made on paper"
"""Lines of a cabinet's history: a spill at its station, by whatever preparation or none; a dose made where nobody knows (R60)."""
