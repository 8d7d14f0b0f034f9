"""The worklist: what is due at this site, who has it, and how it is claimed: by its button, or by scanning its code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import ParamSpec

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, func, select

from app import clock
from app.catalogue import clearances
from app.catalogue.names import printed_name
from app.desk import cleared, records, training
from app.dispatch import Ask
from app.interfaces import doses
from app.interfaces.tables import ordered
from app.people import accounts
from app.record import canonical, codec, outbox, views
from app.record.views import PreparationRow
from app.stations import register, scanner_gate
from app.stations.scans import Read
from app.web.house import house
from app.web.station import live, unseen
from app.web.station.at_hand import PURGED, bench, looks_here, me, patient_of, stands, works_here
from app.web.station.preparing import with_etag
from app.web.station.scanned import Lost, reading, untested
from app.web.station.screen import Device, Heard, Verdict
from app.web.station.told import told
from app.web.visit import signed_in, visit, wants_page
from workflows import commands as asked
from workflows.library import LIBRARY
from workflows.order import Order, PatientText
from workflows.standing import AT_THE_CABINET
from workflows.wording import amount, unit

P = ParamSpec("P")
worklist = Blueprint("worklist", __name__)

BASE = "/terminal/<station>/worklist"
PART = "worklist_part.html"
"""What changes on the list's page."""
ROWS = 3
"""Rows that fit on the glass with gloved-finger distances."""
CLAIMABLE = "ready"
UNDER_WAY = tuple(one for one in records.STATES if one not in ("closed", "aborted", "remade", "downtime"))
TO_BE_MADE = ("ready", "paused", *AT_THE_CABINET)
"""States of what a technician still has to do something for."""
_WAITING = select(func.count()).select_from(ordered).where(ordered.c.preparation == "")
SYRINGES = ("syringe", "oral syringe")
FORMS = {
    name: next((one for one in SYRINGES if one in made.makes), "i.v. bag") + (", by volume" if made.by_volume else "")
    for name, made in LIBRARY.items()
}
"""What each workflow makes, as a list names it."""
STATES = {
    "ordered": "waits: pharmacist's check of the order",
    "ready": "ready",
    "hold": "waits: pharmacist's look before it goes on",
    "awaiting-check": "waits: final check",
    "approved": "approved: remove the in-process label",
    "released": "released: leftovers",
}
"""States in words; every other one is work in hand."""


@dataclass(frozen=True)
class Row:
    """One line of the worklist."""

    preparation: str
    """Its id; empty for an order that cannot be made yet."""
    due: str
    """Needed by, HH:MM in the site's zone; with the date where it is another day."""
    stat: bool
    """Whether it is a STAT order."""
    patient: str
    """Initials."""
    number: str
    """Last four of the second identifier."""
    drug: str
    dose: str
    form: str
    """bag, syringe, …"""
    state: str
    """In words."""
    who: str
    """Who has it, and where; empty for nobody."""
    hazardous: bool
    opens: str
    """What its button says: OPEN, GO ON, LOOK; empty for none."""


@dataclass(frozen=True)
class Worklist:
    """The worklist as it stands."""

    station: str
    version: str
    """Changes with everything shown."""
    rows: tuple[Row, ...]
    """The rows of this page."""
    first: int
    """Number of the first row shown, from 1; 0 for an empty list."""
    last: int
    total: int
    earlier: int | None
    """Page before this one."""
    later: int | None
    """Page after it."""
    command_id: str
    person: str
    """Person id of who is signed in."""
    heard: str
    """Id of the newest reading of the station's scanner when it was drawn."""
    devices: tuple[Device, ...]
    at: datetime
    """When it was drawn."""
    untested: str = ""
    """Why this station's scanner may not identify anything yet; empty where it may."""
    reminder: str = ""
    """What of the person's own training ends soon or has ended, in one line; empty for nothing (G26)."""


@worklist.get(BASE)
@works_here
def show(station: str) -> ResponseReturnValue:
    """The list: a page, or the part of it that changes."""
    stands(station)
    page = _page(station)
    if wants_page():
        return render_template("worklist.html", page=page)
    return told(None, page, PART)


@worklist.get(f"{BASE}/live")
@looks_here
def live_now(station: str) -> ResponseReturnValue:
    """Readings of the station's scanner, and whether the list has changed."""
    stands(station)
    stand, run = bench(station), house().benches.run
    heard: tuple[Heard, ...] = live.heard(stand, run, request.args.get("after", ""))
    return with_etag(jsonify(version=_version(), heard=heard, devices=_devices(station)))


@worklist.post(f"{BASE}/scan")
@works_here
def scan(station: str) -> ResponseReturnValue:
    """An order's, preparation's or in-process label's code opens its preparation."""
    stands(station)
    read = reading(station)
    if isinstance(read, Lost):
        return _said(station, Verdict("check", "CHECK", read.says), 422)
    if read.word:
        return _word(station, read.word)
    found = _meant(read)
    if not found:
        says = read.refused or f"This is {getattr(read.scan.found, 'what', 'not a code of a preparation')}."
        return _said(station, Verdict("check", "CHECK", says, "Scan an order, or an in-process label."), 422)
    return _open(station, found)


@worklist.post(f"{BASE}/open")
@works_here
def open_(station: str) -> ResponseReturnValue:
    """The OPEN button of a row: claim it, or go on with it."""
    stands(station)
    return _open(station, request.form.get("preparation", ""))


def _word(station: str, word: str) -> Response:
    if word == "LOGOUT":
        return jsonify(client="leave")
    if word == "HELP":
        says = "Scan an order, a preparation's code or an in-process label, or press OPEN."
        return _said(
            station, Verdict("check", "HELP", says, "What counts here: those codes, and the card LOGOUT."), 200
        )
    return _said(station, Verdict("check", "CHECK", f"{word} does nothing here.", "Scan an order to begin."), 422)


def _open(station: str, preparation: str) -> Response:
    """Claim what is free; what somebody has is shown, to its owner with its next step, to others to look at."""
    rooms = house()
    with rooms.store.reading() as conn:
        row, who = views.get_preparation(conn, preparation), me(conn)
    if row is None or row.site != rooms.settings.site:
        return _said(station, Verdict("check", "CHECK", "There is no such preparation."), 404)
    if row.technician is None:
        if unfit := untested(station, scanner_gate.kind_at(stands(station))):
            return _said(station, unfit, 422)
        command_id = request.form.get("command_id") or clock.new_command_id()
        outcome = rooms.dispatcher.do(Ask(command_id, preparation, asked.Claim(), who, station, None, row.version))
        if outcome.kind != "accepted":
            return _said(station, Verdict("check", "CHECK", outcome.says), outcome.status)
    return jsonify(go=url_for("preparing.show", station=station, preparation=preparation))


def _said(station: str, said: Verdict, status: int) -> Response:
    return told(said, _page(station), PART, status)


def _meant(read: Read) -> str:
    """Return the preparation that a code means: its own, its label's, or its order's number; empty for none."""
    if read.preparation:
        return read.preparation
    raw = read.scan.raw
    data = raw[3:] if raw.startswith("]") else raw
    with house().store.reading() as conn:
        own = views.get_preparation(conn, data[6:14]) if data.startswith("%VT-P-") and not read.refused else None
        return own.id if own else _ordered(conn, data)


def _ordered(conn: Connection, number: str) -> str:
    """Return the preparation of the one order with this number at its sender: of several doses, the first still to be made."""
    named = ordered.c.key.contains(f"\x1f{number}\x1f", autoescape=True)
    rows = conn.execute(
        select(ordered.c.key, ordered.c.body, ordered.c.preparation).where(named, ordered.c.preparation != "")
    )
    mine = [row for row in rows if codec.decode(Order, canonical.parse(row.body)).key.placer == number]
    if len(mine) != 1:
        return ""
    each = doses.preparations_of(conn, mine[0].key, mine[0].preparation)
    begun = (one for one in each if (row := views.get_preparation(conn, one)) is not None and row.status in TO_BE_MADE)
    return next(begun, each[0])


def _version() -> str:
    """Return what changes with the list: the newest event of the site, the orders that wait, what was confirmed."""
    with house().store.reading() as conn:
        waiting = conn.execute(_WAITING).scalar_one()
        return f"{views.last_change(conn, house().settings.site)}.{waiting}.{clearances.count(conn)}"


def _page(station: str) -> Worklist:
    number = request.args.get("page", "0")
    person, _ = signed_in()
    at = visit().at
    with house().store.reading() as conn:
        found = views.preparations(conn, site=house().settings.site, statuses=UNDER_WAY)
        made = [(_urgency(one.priority, one.due), _later(_row, conn, one, person.id, station, at)) for one in found]
        listed = [draw for _, draw in sorted([*made, *_not_yet(conn, at)], key=lambda one: one[0])]
        pages = max((len(listed) - 1) // ROWS, 0)
        shown = min(int(number) if number.isdecimal() else 0, pages)
        rows = tuple(draw() for draw in listed[shown * ROWS : (shown + 1) * ROWS])
        settings = house().settings
        mind = training.reminder(conn, person.id, site=settings.site, at=at, ahead=settings.training_reminder)
    return Worklist(
        station=station,
        version=_version(),
        rows=rows,
        first=shown * ROWS + 1 if rows else 0,
        last=shown * ROWS + len(rows),
        total=len(listed),
        earlier=shown - 1 if shown > 0 else None,
        later=shown + 1 if shown < pages else None,
        command_id=clock.new_command_id(),
        person=person.id,
        heard=live.last_heard(bench(station), house().benches.run),
        devices=_devices(station),
        at=at,
        untested=_untested(station),
        reminder=mind,
    )


def _untested(station: str) -> str:
    found = untested(station, scanner_gate.kind_at(stands(station)))
    return found.says if found else ""


def _devices(station: str) -> tuple[Device, ...]:
    stand = bench(station)
    with house().store.reading() as conn:
        scale, waiting = register.balance_status(conn, station), outbox.unfinished(conn)
        missed = unseen.labels(conn, station, visit().at)
    labels = tuple(one for one in waiting if one.lane == outbox.printer_lane(station))
    glance = stand.pan.glance() if stand.pan else live.DARK
    return live.devices(stand, glance, scale, labels, missed=bool(missed))


def _later(draw: Callable[P, Row], *args: P.args, **kwargs: P.kwargs) -> Callable[[], Row]:
    """Return what draws a line: only those of the page that is shown are drawn."""
    return partial(draw, *args, **kwargs)


def _urgency(priority: str, due: datetime | None) -> tuple[bool, float]:
    return priority != "S", due.timestamp() if due else float("inf")


def _row(conn: Connection, row: PreparationRow, person: str, station: str, at: datetime) -> Row:
    name, number = _patient(patient_of(conn, row.patient))
    mine = row.technician == person and row.station == station
    who = accounts.by_id(conn, row.technician).name if row.technician else ""
    lacks = _lacks(conn, row, at)
    opens = (
        "GO ON" if mine else ("LOOK" if row.technician else ("OPEN" if row.status == CLAIMABLE and not lacks else ""))
    )
    return Row(
        preparation=row.id,
        due=_due(row.due, at),
        stat=row.priority == "S",
        patient=name,
        number=number,
        drug=row.drug,
        dose=row.dose,
        form=FORMS.get(row.workflow.partition("/")[0], ""),
        state=f"waits: {lacks}"
        if lacks
        else STATES.get(row.status, row.status if row.status == "paused" else "being made"),
        who=f"{who}, {row.station}" if who else "",
        hazardous="hazardous" in row.flags,
        opens=opens,
    )


def _lacks(conn: Connection, row: PreparationRow, at: datetime) -> str:
    """Return what still has to be confirmed of an order that could be taken otherwise (R57)."""
    p = house().dispatcher.current(conn, row.id) if row.status == CLAIMABLE else None
    return " ".join(cleared.lacks(conn, row.site, p, at)) if p else ""


def _not_yet(conn: Connection, at: datetime) -> list[tuple[tuple[bool, float], Callable[[], Row]]]:
    """Return the orders that no preparation was opened for, and how their lines are drawn where they are shown."""
    rows = conn.execute(
        select(ordered).where(
            ordered.c.site == house().settings.site, ordered.c.preparation == "", ordered.c.waits != ""
        )
    )
    found = []
    for row in rows:
        order = codec.decode(Order, canonical.parse(row.body))
        if order.status == "active":
            draw = _later(_waiting, conn, order, row.patient, row.waits, at)
            found.append((_urgency(order.priority, order.due_at), draw))
    return found


def _waiting(conn: Connection, order: Order, patient: str, waits: str, at: datetime) -> Row:
    name, number = _patient(patient_of(conn, patient))
    dose = f"{amount(order.dose)} {unit(order.dose_unit)}"
    due, form = _due(order.due_at, at), order.container or ""
    return Row(
        "", due, order.priority == "S", name, number, printed_name(conn, order.drug), dose, form, f"waits: {waits}", "",
        hazardous=True, opens="",  # no recipe says that it is not: what nobody has judged is handled as hazardous
    )  # fmt: skip


def _patient(text: PatientText | str) -> tuple[str, str]:
    """Return initials and the last four of the number: enough to find a tray, too little to gossip about."""
    if isinstance(text, str):
        return ("purged" if text == PURGED else "TEXT CHANGED"), ""
    initials = f"{text.family[:1]}.{text.given[:1]}." if text.given else f"{text.family[:1]}."
    return initials, text.mrn[-4:]


def _due(due: datetime | None, at: datetime) -> str:
    if due is None:
        return "no time"
    zone = house().settings.zone
    local, today = due.astimezone(zone), at.astimezone(zone).date()
    return f"{local:%H:%M}" if local.date() == today else f"{local:%Y-%m-%d %H:%M}"
