"""Orders as a desk shows them: what each waits for, the message beside what was read of it, and messages that were refused."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, func, select

from app import preparations
from app.catalogue.names import printed_name
from app.desk import cleared
from app.desk.patients import Patient, patient_of
from app.interfaces.doses import made_of
from app.interfaces.hl7_reader import UnreadableError, decode, header, split_lines
from app.interfaces.opening import read_as
from app.interfaces.tables import message, ordered
from app.people import accounts, tokens
from app.record import canonical, codec, log, views
from app.record.blobs import Blobs, Damaged
from app.record.tables import preparation
from workflows.order import Order, OrderFinding

Stage = Literal["clear", "verify", "waits", "in work", "done", "ended"]
STAGES: dict[Stage, str] = {
    "clear": "Findings to clear",
    "verify": "To be verified",
    "waits": "Wait for something else",
    "in work": "Being prepared",
    "ended": "Held or ended by their sender",
    "done": "Done",
}
"""Groups of the list, what a pharmacist must do first."""
ENDED = frozenset({"released", "closed", "downtime", "aborted", "remade"})
"""States after which nobody acts on a dose any more."""
LISTED = 300
"""Newest orders that are listed."""
CLINICAL = frozenset({"MSH", "ORC", "RXO", "RXE", "RXR", "RXC", "TQ1", "ZCH"})
"""Segments that hold no patient's name, number, birth date or free text."""


@dataclass(frozen=True)
class OneDose:
    """One of several doses of an order that are made together."""

    number: int
    """Which dose, from 1."""
    of: int
    """How many are ordered."""
    preparation: str
    """Id of its preparation."""
    state: str
    """State of that preparation."""
    due: datetime | None
    """When it is needed, UTC."""
    why: str
    """Why it may be made ahead, in words."""


@dataclass(frozen=True)
class OrderLine:
    """One order with what it waits for."""

    link: str
    """Names the order in an address: a digest of its key, no number of a person or order."""
    key: str
    """The order's key as one text."""
    order: Order
    """As it now stands."""
    drug: str
    """Its name as the site prints it (N1)."""
    stage: Stage
    """What has to happen."""
    waits: str
    """Why nothing is made of it yet, in words; empty where nothing is in the way."""
    findings: tuple[OrderFinding, ...]
    """What a pharmacist must see; those that block are to be cleared."""
    preparation: str
    """Id of its preparation; empty for none. Of doses that are made together: of the first on which somebody has to act."""
    state: str
    """State of that preparation."""
    patient: Patient
    """As this viewer may see them."""
    patient_id: str
    """Id of the patient's text."""
    received: datetime
    """When its first message came, UTC."""
    blob: str
    """SHA-256 of its newest message."""
    over: str
    """Digest of it as it stands: what a clearing is over."""
    doses: tuple[OneDose, ...] = ()
    """The doses of it that are made together; empty where it is made alone."""

    @property
    def blocking(self) -> tuple[OrderFinding, ...]:
        """The findings that stand in the way."""
        return tuple(one for one in self.findings if one.blocks)

    @property
    def shown(self) -> tuple[OrderFinding, ...]:
        """The findings that are for reading only."""
        return tuple(one for one in self.findings if not one.blocks)


@dataclass(frozen=True)
class RawSegment:
    """One segment of a raw message."""

    name: str
    """Three letters."""
    nth: int
    """Which of its name, from 1."""
    fields: tuple[tuple[int, str], ...]
    """Number and text of each field; empty where hidden."""
    hidden: bool
    """True: held back, because this viewer has no need of the patient's name."""


@dataclass(frozen=True)
class RefusedMessage:
    """A message that was turned away."""

    seq: int
    """Its number in the log of messages."""
    at: datetime
    """UTC."""
    sender: str
    """Who sent it, as the message says."""
    control_id: str
    """Its number at the sender."""
    door: bool
    """True: the whole message was refused at the door. False: its content."""
    reasons: tuple[tuple[str, str, str], ...]
    """Place, what is wrong, what the sender should do."""
    blob: str
    """SHA-256 of its bytes."""


def program_of(conn: Connection, site: str, line: OrderLine) -> str:
    """Return by which program's token the order came as it now stands, in words; empty where it came by another door."""
    recorded = log.newest_naming(conn, f"site/{site}", line.patient_id)
    door, _, rest = recorded.command_id.partition(".") if recorded else ("", "", "")
    token = tokens.by_id(conn, rest.partition(".")[0]) if door == "api" else None
    if token is None:
        return ""
    return f"{token.name} (API token {token.id}), for which {accounts.by_id(conn, token.person).name} answers"


def link_of(key: str) -> str:
    """Return what names an order in an address."""
    return hashlib.sha256(key.encode()).hexdigest()[:20]


def listing(conn: Connection, site: str, at: datetime, *, masked: bool) -> tuple[OrderLine, ...]:
    """Return the newest orders of a site by stage, then needed-by."""
    query = select(ordered).where(ordered.c.site == site).order_by(ordered.c.received_at.desc()).limit(LISTED)
    lines = [line_of_row(conn, row, at, masked=masked) for row in conn.execute(query)]
    stages = list(STAGES)
    return tuple(
        sorted(lines, key=lambda line: (stages.index(line.stage), line.order.priority != "S", line.order.due_at))
    )


def one(conn: Connection, site: str, link: str, at: datetime, *, masked: bool) -> OrderLine | None:
    """Return the order that a link names, or None."""
    keys = conn.execute(select(ordered.c.key).where(ordered.c.site == site)).scalars()
    key = next((key for key in keys if link_of(key) == link), None)
    if key is None:
        return None
    row = conn.execute(select(ordered).where(ordered.c.key == key)).one()
    return line_of_row(conn, row, at, masked=masked)


def waiting(conn: Connection, site: str) -> int:
    """Return how many orders wait for a pharmacist: to be verified, or with findings to clear."""
    verify = select(func.count()).select_from(preparation)
    verify = verify.where(preparation.c.site == site, preparation.c.status == "ordered")
    clear = select(func.count()).select_from(ordered)
    clear = clear.where(ordered.c.site == site, ordered.c.waits.startswith("To be cleared"))
    return conn.execute(verify).scalar_one() + conn.execute(clear).scalar_one()


def line_of_row(conn: Connection, row: Any, at: datetime, *, masked: bool) -> OrderLine:
    """Return what a row of the order book says."""
    order = codec.decode(Order, canonical.parse(row.body))
    listed: Any = canonical.parse(row.findings)
    findings = tuple(codec.decode(OrderFinding, one) for one in listed)
    together = _doses(conn, row.key) if row.preparation else ()
    preparation = _to_act_on(together) or row.preparation
    view = views.get_preparation(conn, preparation) if preparation else None
    state, waits = view.status if view else "", row.waits
    if state == "ready" and (p := preparations.load(conn, preparation)) is not None:
        lacks = cleared.lacks(conn, row.site, p, at)
        state, waits = ("confirmed", " ".join(lacks)) if lacks else (state, waits)
    return OrderLine(
        link_of(row.key),
        row.key,
        order,
        printed_name(conn, order.drug),
        _stage(order, findings, state),
        waits,
        findings,
        preparation,
        state,
        patient_of(conn, row.patient, masked=masked),
        row.patient,
        row.received_at,
        row.message,
        read_as(row),
        together,
    )


def _doses(conn: Connection, key: str) -> tuple[OneDose, ...]:
    made = ((one, views.get_preparation(conn, one.preparation)) for one in made_of(conn, key))
    return tuple(
        OneDose(one.number, one.of, one.preparation, view.status, view.due, one.why) for one, view in made if view
    )


def _to_act_on(together: tuple[OneDose, ...]) -> str:
    """Return the preparation of the first dose to be verified, else of the first that has not left; empty for no doses."""
    verify = [one for one in together if one.state == "ordered"]
    going = [one for one in together if one.state not in ENDED]
    return next((one.preparation for one in (*verify, *going, *together)), "")


def _stage(order: Order, findings: Iterable[OrderFinding], state: str) -> Stage:
    if state in ("released", "closed", "downtime"):
        return "done"
    if order.status != "active":
        return "ended"
    if state == "ordered":
        return "verify"
    if state == "confirmed":
        return "waits"
    if state and state not in ("aborted", "remade"):
        return "in work"
    return "clear" if any(one.blocks for one in findings) else "waits"


def refused(conn: Connection, *, most: int = 100) -> tuple[RefusedMessage, ...]:
    """Return the newest refused messages with the reasons that were answered."""
    rows = conn.execute(
        select(message).where(message.c.outcome != "accepted").order_by(message.c.seq.desc()).limit(most)
    )
    return tuple(
        RefusedMessage(
            row.seq, row.at, row.sender.strip("|"), row.control_id, row.outcome == "door", reasons(row.reply), row.blob
        )
        for row in rows
    )


def reasons(reply: str) -> tuple[tuple[str, str, str], ...]:
    """Return place, words and advice of each fault in an acknowledgement of ours."""
    if reply.startswith("{"):
        return _issues(reply)
    found = []
    for line in split_lines(reply):
        fields = line.split("|")
        if fields[0] == "ERR" and len(fields) > 8:
            place = _place(fields[2].split("^"))
            found.append((place, _plain(fields[7]), _plain(fields[8])))
        elif fields[0] == "MSA" and len(fields) > 3 and fields[3]:
            found.append(("", _plain(fields[3]), ""))
    return tuple(found)


def _issues(reply: str) -> tuple[tuple[str, str, str], ...]:
    """Return the same of an OperationOutcome."""
    issues = [one for one in json.loads(reply)["issue"] if one["severity"] == "error"]
    return tuple((", ".join(one.get("expression", ())), one["diagnostics"], "") for one in issues)


def _place(parts: list[str]) -> str:
    name, nth, field = [*parts, "", "", ""][:3]
    return f"{name}{f'[{nth}]' if nth not in ('', '1') else ''}{f'-{field}' if field else ''}"


ESCAPED = {"\\F\\": "|", "\\S\\": "^", "\\T\\": "&", "\\R\\": "~", "\\E\\": "\\"}


def _plain(text: str) -> str:
    for coded, mark in ESCAPED.items():
        text = text.replace(coded, mark)
    return text


def raw(conn: Connection, blobs: Blobs, sha256: str, *, masked: bool) -> tuple[RawSegment, ...] | str:
    """Return a raw message segment by segment, or why it cannot be shown."""
    content = blobs.get(sha256, conn) if sha256 else None
    if content is None:
        return "The message's bytes are not here: they were purged, or the order came in another way."
    if isinstance(content, Damaged):
        return content.says
    return segments(content, masked=masked)


def segments(content: bytes, *, masked: bool) -> tuple[RawSegment, ...]:
    """Return the segments of a message; with `masked`, those that may name the patient only by their name."""
    try:
        text = decode(content, header(content), "ASCII")[0]
    except UnreadableError:
        text = content.decode("utf-8", "backslashreplace")
        if not text.lstrip("\ufeff \r\n").startswith("MSH"):
            return _lines(text, masked)
    seen: Counter[str] = Counter()
    found = []
    for line in split_lines(text):
        name = line[:3]
        seen[name] += 1
        hidden = masked and name not in CLINICAL
        found.append(RawSegment(name if name.isalnum() else "???", seen[name], () if hidden else _fields(line), hidden))
    return tuple(found)


def _lines(text: str, masked: bool) -> tuple[RawSegment, ...]:
    """Return a document or a sheet line by line; a document in one line is broken before each name, and only shown so."""
    lines = text.replace(',"', ',\n"').splitlines() if text.lstrip().startswith("{") else text.splitlines()
    return tuple(
        RawSegment("", n, () if masked else ((0, line),), masked) for n, line in enumerate(lines, 1) if line.strip()
    )


def _fields(line: str) -> tuple[tuple[int, str], ...]:
    parts = line.split(line[3:4] or "|")[1:]
    first = 2 if line.startswith("MSH") else 1
    return tuple((number, part) for number, part in enumerate(parts, start=first))
