"""Every message in and out as a desk shows it: what came, what became of it, what was told to whom and what still waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from app.desk.orders import link_of, reasons
from app.interfaces.opening import key_text
from app.interfaces.tables import message, ordered, read_by
from app.record import outbox
from app.record.outbox import Entry
from workflows.order import OrderKey

LISTED = 100
"""Newest messages of either direction that are listed."""
LOOKED_THROUGH = 5000
"""Newest messages that a search looks at."""
BECAME = {"accepted": "accepted", "content": "refused", "door": "turned away at the door"}
STATES = {
    "waiting": "waits to be sent",
    "taken": "is being sent",
    "done": "taken by the other side",
    "stuck": "REFUSED by the other side",
    "dismissed": "given up",
}


_KEPT = select(message, read_by.c.profile, read_by.c.version).outerjoin(read_by)


@dataclass(frozen=True)
class Received:
    """One message that came in."""

    seq: int
    """Its number in the log of messages."""
    at: datetime
    """UTC."""
    sender: str
    """Who sent it, as the message says."""
    control_id: str
    """Its number at the sender; empty for a file or a FHIR document."""
    outcome: str
    """What became of it, in words."""
    refused: bool
    """Whether nothing of it was stored as an order."""
    reasons: tuple[tuple[str, str, str], ...]
    """Place, what is wrong, what the sender should do."""
    orders: tuple[tuple[str, str], ...]
    """Number and link of each order whose newest message it is."""
    blob: str
    """SHA-256 of its bytes."""
    reply: str
    """What was answered."""
    read_by: str
    """Sender profile and version that read it; empty where none was noted."""


@dataclass(frozen=True)
class Told:
    """One message to another system."""

    id: int
    """Its number in the outbox."""
    at: datetime
    """When what it tells happened, UTC."""
    receiver: str
    """Name of the sender profile whose sender hears it, or of the webhook."""
    order: str
    """Number of the order."""
    link: str
    """Link of the order."""
    what: str
    """What it tells, in words."""
    state: str
    """What became of it, in words."""
    attempts: int
    """Times it was sent."""
    says: str
    """Why the last try failed."""
    dead: bool
    """Whether a person must decide."""
    blob: str
    """SHA-256 of its bytes; empty before it was written."""


def received(conn: Connection, looked_for: str = "") -> tuple[Received, ...]:
    """Return the newest messages that came in; with `looked_for` those whose number, sender or order number holds it."""
    rows = conn.execute(_KEPT.order_by(message.c.seq.desc()).limit(LOOKED_THROUGH if looked_for else LISTED)).all()
    by_blob: dict[str, list[str]] = {}
    wanted = {row.blob for row in rows}
    for key, blob in conn.execute(select(ordered.c.key, ordered.c.message)):
        if blob in wanted:
            by_blob.setdefault(blob, []).append(key)
    found = (_received(row, by_blob.get(row.blob, [])) for row in rows)
    return tuple(one for one in found if _holds(looked_for, one.control_id, one.sender, *(n for n, _ in one.orders)))[
        :LISTED
    ]


def _holds(looked_for: str, *texts: str) -> bool:
    return any(looked_for.casefold() in text.casefold() for text in texts)


def one_received(conn: Connection, seq: int) -> Received | None:
    """Return one message that came in, or None."""
    row = conn.execute(_KEPT.where(message.c.seq == seq)).one_or_none()
    if row is None:
        return None
    keys = conn.execute(select(ordered.c.key).where(ordered.c.message == row.blob)).scalars().all()
    return _received(row, list(keys))


def _received(row: Any, keys: list[str]) -> Received:
    refused = row.outcome != "accepted"
    return Received(
        row.seq,
        row.at,
        row.sender.strip("|"),
        row.control_id,
        BECAME[row.outcome],
        refused,
        reasons(row.reply) if refused else (),
        tuple((key.split("\x1f")[1], link_of(key)) for key in keys),
        row.blob,
        row.reply,
        f"{row.profile} version {row.version}" if row.profile else "",
    )


def told(conn: Connection, looked_for: str = "") -> tuple[Told, ...]:
    """Return the newest messages to other systems, dead letters first."""
    rows = outbox.of_kinds(conn, outbox.LETTERS, LOOKED_THROUGH if looked_for else LISTED)
    found = [_told(row) for row in rows]
    kept = [one for one in found if _holds(looked_for, one.order, one.receiver)]
    return tuple(sorted(kept, key=lambda one: (not one.dead, -one.id)))[:LISTED]


def one_told(conn: Connection, id: int) -> Told | None:
    """Return one message to another system, or None."""
    row = outbox.get(conn, id)
    return _told(row) if row is not None and row.kind.startswith(outbox.LETTERS) else None


def _told(row: Entry) -> Told:
    said, key = row.payload, OrderKey(*row.payload["key"])
    news = said["news"]
    what = news["words"] or (
        "dispensed: amounts, lots and beyond-use time" if news["kind"] == "dispense" else news["code"]
    )
    state = STATES[row.status]
    return Told(
        row.id,
        row.made_at,
        said.get("to") or row.kind.removeprefix(outbox.TELL),
        key.placer,
        link_of(key_text(key)) if key.placer else "",
        what,
        state,
        row.attempts,
        row.says,
        row.status == "stuck",
        said.get("sha256", ""),
    )
