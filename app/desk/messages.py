"""Every message in and out as a desk shows it: what came, what became of it, what was told to whom and what still waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, func, or_, select

from app.desk.orders import link_of, reasons
from app.interfaces.opening import key_text
from app.interfaces.tables import message, order_named, ordered, read_by
from app.record import log, outbox
from app.record.log import NewEvent
from app.record.outbox import Entry
from app.record.tables import outbox as outbox_table
from app.settings import Settings
from workflows.order import OrderKey

LISTED = 100
"""Newest messages of either direction that are listed."""
LOOKED_THROUGH = 5000
"""Newest messages that a search looks at."""
BECAME = {"accepted": "accepted", "content": "refused", "door": "turned away at the door"}
LEAST_REASON = 10
"""Letters of a reason."""
Decision = Literal["message_sent_again", "message_dismissed"]
OPEN = {"refused": ("stuck",), "waiting": ("waiting", "taken")}
"""What a search for messages that became so looks for in the outbox."""
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
    """Number and link of each order that it was about; no link where nothing of it was kept."""
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


@dataclass(frozen=True)
class Wanted:
    """Which messages; all empty: the newest."""

    looked_for: str = ""
    """Part of a message's number, a sender, an order's number, in any case."""
    became: str = ""
    """refused: refused, or a dead letter; waiting: still to be taken by the other side."""
    before: int = 0
    """Only those that came in before the message of this number; 0 for the newest."""


@dataclass(frozen=True)
class Queue:
    """What waits for one receiver."""

    receiver: str
    """Sender profile or webhook."""
    waiting: int
    """Messages still to be taken."""
    since: datetime | None
    """When the oldest of them was made, UTC."""
    dead: int
    """Messages that a person must decide."""
    last: datetime | None
    """When what it took last had been made, UTC."""


def received(conn: Connection, wanted: Wanted) -> tuple[Received, ...]:
    """Return messages that came in, newest first."""
    if wanted.became == "waiting":
        return ()
    query = _KEPT.where(message.c.seq < wanted.before) if wanted.before else _KEPT
    if wanted.became == "refused":
        query = query.where(message.c.outcome != "accepted")
    if text := wanted.looked_for.casefold():
        named = select(order_named.c.message).where(_holds(order_named.c.key, text))
        newest = select(ordered.c.message).where(_holds(ordered.c.key, text))
        own = or_(_holds(message.c.control_id, text), _holds(message.c.sender, text))
        query = query.where(or_(own, message.c.seq.in_(named), message.c.blob.in_(newest)))
    rows = conn.execute(query.order_by(message.c.seq.desc()).limit(LISTED)).all()
    keys: dict[int, list[str]] = {}
    numbers, blobs = [row.seq for row in rows], {row.blob: row.seq for row in rows}
    for seq, key in conn.execute(select(order_named).where(order_named.c.message.in_(numbers))):
        keys.setdefault(seq, []).append(key)
    for key, blob in conn.execute(select(ordered.c.key, ordered.c.message).where(ordered.c.message.in_(list(blobs)))):
        if key not in keys.setdefault(blobs[blob], []):
            keys[blobs[blob]].append(key)
    there = set(
        conn.execute(
            select(ordered.c.key).where(ordered.c.key.in_({one for each in keys.values() for one in each}))
        ).scalars()
    )
    return tuple(_received(row, keys.get(row.seq, []), there) for row in rows)


def _holds(column: ColumnElement[str], text: str) -> ColumnElement[bool]:
    return func.lower(column).contains(text, autoescape=True)


def queues(conn: Connection) -> tuple[Queue, ...]:
    """Return what waits for each receiver of whom anything was ever to be told, dead letters first."""
    kept = outbox_table.c
    letters = or_(*(kept.kind.startswith(one, autoescape=True) for one in outbox.LETTERS))
    rows = select(kept.kind, kept.status, func.count(), func.min(kept.made_at), func.max(kept.made_at)).where(letters)
    found: dict[str, dict[str, Any]] = {}
    for kind, state, number, oldest, newest in conn.execute(rows.group_by(kept.kind, kept.status)):
        found.setdefault(kind, {})[state] = (number, oldest, newest)
    made = [_queue(conn, kind, states) for kind, states in sorted(found.items())]
    return tuple(sorted(made, key=lambda one: (not one.dead, one.receiver)))


def _queue(conn: Connection, kind: str, states: dict[str, Any]) -> Queue:
    none = (0, None, None)
    open_ = [states.get(one, none) for one in ("waiting", "taken")]
    since = min((oldest for _, oldest, _ in open_ if oldest), default=None)
    (newest,) = outbox.of_kinds(conn, (kind,), 1)
    receiver = newest.payload.get("to") or kind.removeprefix(outbox.TELL)
    waiting = sum(number for number, _, _ in open_)
    return Queue(receiver, waiting, since, states.get("stuck", none)[0], states.get("done", none)[2])


def one_received(conn: Connection, seq: int) -> Received | None:
    """Return one message that came in, or None."""
    row = conn.execute(_KEPT.where(message.c.seq == seq)).one_or_none()
    if row is None:
        return None
    keys = conn.execute(select(ordered.c.key).where(ordered.c.message == row.blob)).scalars().all()
    return _received(row, list(keys), set(keys))


def _received(row: Any, keys: list[str], there: set[str]) -> Received:
    refused = row.outcome != "accepted"
    return Received(
        row.seq,
        row.at,
        row.sender.strip("|"),
        row.control_id,
        BECAME[row.outcome],
        refused,
        reasons(row.reply) if refused else (),
        tuple((key.split("\x1f")[1], link_of(key) if key in there else "") for key in keys),
        row.blob,
        row.reply,
        f"{row.profile} version {row.version}" if row.profile else "",
    )


def told(conn: Connection, wanted: Wanted) -> tuple[Told, ...]:
    """Return the newest messages to other systems, dead letters first."""
    text, states = wanted.looked_for.casefold(), OPEN.get(wanted.became, ())
    found = [
        _told(row) for row in outbox.of_kinds(conn, outbox.LETTERS, LOOKED_THROUGH if text else LISTED, states, text)
    ]
    kept = [one for one in found if any(text in said.casefold() for said in (one.order, one.receiver, one.what))]
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


def decide(
    conn: Connection,
    settings: Settings,
    number: int,
    kind: Decision,
    reason: str,
    *,
    who: str,
    at: datetime,
    command_id: str,
) -> bool:
    """Have a dead letter sent again, or give it up so that the later ones of its order go on; False where it is none."""
    if one_told(conn, number) is None:
        return False
    again = kind == "message_sent_again"
    if not (outbox.retry(conn, number, at=at) if again else outbox.dismiss(conn, number, says=reason)):
        return False
    stream = settings.site_stream
    log.append(
        conn,
        stream=stream,
        expected_version=log.version_of(conn, stream),
        events=[NewEvent(stream, kind, 1, {"message": number, "reason": reason})],
        who=who,
        second_person=None,
        at=at,
        station=None,
        command_id=command_id,
        site=settings.site,
        software=settings.software,
    )
    return True
