"""How a label's row of the outbox stands as a print job; a person's answer where nobody knows whether it came out (F39)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import Connection

from app.record import outbox
from app.record.outbox import Entry
from devices.scanner.own import check_character

LabelKind = Literal["in_process", "final"]
JobState = Literal["QUEUED", "SENT", "CONFIRMED", "UNKNOWN", "FAILED"]
SENT, TAKEN, CONFIRMED = "SENT", "TAKEN", "CONFIRMED"
"""What a row remembers under `job`: SENT from just before the first byte; TAKEN once a print queue said that it has all of
it; CONFIRMED once the printer or a person said that it came out."""
LEFT = frozenset({TAKEN, CONFIRMED})
"""It left the house for good: nothing is sent any more."""
NOTHING_CAME = "no label came out"
"""Why the next copy of such a label is printed."""
REASONS = {
    "DID NOT PRINT": "did not print",
    "DAMAGED": "damaged",
    "WILL NOT SCAN": "will not scan",
    "LOST": "lost",
    "OTHER": "another reason",
}
"""Why a label that came out is printed once more, by the word that is pressed (L5)."""


NAMES = {
    "final": ("final label", "F"),
    "in_process": ("in-process label", "I"),
    "unit": ("unit label", "U"),
    "test": ("test label", "S"),
}
"""How each kind of label is called, and the letter of its code."""


def reprint(
    conn: Connection,
    preparation: str,
    kind: LabelKind,
    *,
    station: str,
    why: str,
    who: str,
    at: datetime,
    command_id: str,
) -> int:
    """Ask for the next copy of a label that came out, for one of REASONS; `who` is the printed name of who asks.

    Every earlier copy is void from the moment the record knows of the new one.
    """
    payload = {"preparation": preparation, "kind": kind, "reason": f"{why}, asked for by {who}"}
    lane = outbox.printer_lane(station)
    return outbox.put(conn, kind="print_label", lane=lane, payload=payload, at=at, command_id=command_id)


def state_of(entry: Entry) -> JobState:
    """Return the state of a label's row (LABELS 8).

    QUEUED: it waits. SENT: it left, and nobody confirms it but the scan of the label. CONFIRMED: the printer, or a person,
    said that it came out. UNKNOWN: it left, and may have come out. FAILED: nothing left; a person has to look.
    """
    job = entry.payload.get("job", "")
    if job in LEFT:
        return "CONFIRMED" if job == CONFIRMED else "SENT"
    if job == SENT:
        return "UNKNOWN" if entry.status == "stuck" else "SENT"
    return "FAILED" if entry.status in ("stuck", "dismissed") else "QUEUED"


def name_of(entry: Entry) -> str:
    """Return which label it is, as it is printed on it: final label F-4M8D-0ZRW-P, copy 1; its turn gives it an id."""
    kind, letter = NAMES[entry.payload["kind"]]
    id_ = entry.payload.get("label", "")
    if not id_:
        return kind
    return f"{kind} {letter}-{id_[:4]}-{id_[4:]}-{check_character(id_)}, copy {entry.payload['copy']}"


def answer(conn: Connection, id: int, came_out: bool, *, at: datetime, who: str) -> bool:
    """Keep a person's word on an UNKNOWN label; False where it is none any more, and nothing is changed.

    It came out: it is reported as printed, seen by them. It did not: that copy is void for good, and the next one prints.
    """
    entry = outbox.get(conn, id)
    if entry is None or state_of(entry) != "UNKNOWN":
        return False
    payload = entry.payload
    more = {"job": CONFIRMED, "seen_by": who}
    if not came_out:
        reason = payload.get("reason") or NOTHING_CAME
        more = {"job": "", "sha256": "", "copy": payload["copy"] + 1, "reason": reason, "seen_by": ""}
    return outbox.remember(conn, id, more) and outbox.retry(conn, id, at=at)
