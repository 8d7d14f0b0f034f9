"""What a program may read: orders, preparations, the queue, stations, people, messages. The record is in `record.py`."""

from __future__ import annotations

from typing import Annotated, Any

from flask import current_app, g
from pydantic import StringConstraints

from app import preparations as prepared
from app.api import resources as told
from app.api.admission import ANY
from app.api.answers import Trouble
from app.api.operations import operation
from app.api.shapes import PageQuery, Shape, cursor_of, key_of
from app.desk import orders as book
from app.desk import paged
from app.desk.messages import Received
from app.desk.names import names
from app.desk.orders import OrderLine
from app.desk.patients import Patient
from app.desk.queue import Line, Lines, queue
from app.people import accounts
from app.record.columns import moment_text
from app.record.views import PreparationRow
from app.settings import Settings
from app.stations import register
from app.web import desk
from app.web.house import house
from app.web.review import LINES
from app.web.station import live
from app.web.visit import signed_in, visit
from workflows.evidence import Photo, Scan
from workflows.instructions import confirms, instruction
from workflows.preparation import Preparation
from workflows.status import next_slots

BAD_CURSOR = Trouble(404, "NO_SUCH_CURSOR", "This cursor is none of ours. Begin without one.")
GONE = Trouble(404, "NOT_FOUND", "There is nothing at this address, or it is not yours to read.")
Code = Annotated[str, StringConstraints(max_length=40, pattern=r"^[0-9A-Za-z-]*$")]


class PreparationQuery(PageQuery):
    """Which preparations."""

    status: Code = ""
    """One state: ready, awaiting-check, released … Empty for all."""


class Since(Shape):
    """Which readings."""

    after: Annotated[str, StringConstraints(max_length=80, pattern=r"^[0-9A-Za-z-]*$")] = ""
    """Id of the last one known."""


@operation("GET /token", scope=ANY, tag="Access", answer=told.Scopes)
def show_token() -> told.Scopes:
    """Say whose token this is, and what it opens."""
    token = g.api_token
    with house().store.reading() as conn:
        owner = accounts.by_id(conn, token.person)
    return told.Scopes(
        token=token.id,
        name=token.name,
        person=owner.id,
        person_name=owner.name,
        scopes=sorted(token.scopes),
        senders=sorted(token.senders),
        station=token.station,
        expires=token.expires,
    )


@operation("GET /orders", scope="orders:read", tag="Orders", answer=told.OrderPage, query=PageQuery)
def list_orders(query: PageQuery) -> told.OrderPage | Trouble:
    """List the orders of this site, the newest first."""
    after = key_of(query.cursor, str, str) if query.cursor else None
    if query.cursor and (after is None or not _is_moment(after[0])):
        return BAD_CURSOR
    held_back = masked()
    with house().store.reading() as conn:
        lines = paged.orders(
            conn, _here().site, visit().at, masked=held_back, after=after, most=query.limit + 1
        )  # fmt: skip
    shown, more = lines[: query.limit], len(lines) > query.limit
    note("API orders", "", *(one.patient_id for one in shown if not one.patient.masked))
    last = shown[-1] if shown and more else None
    cursor = cursor_of(moment_text(last.received), last.link) if last else ""
    return told.OrderPage(items=[_order(one) for one in shown], next=cursor)


@operation("GET /orders/{order}", scope="orders:read", tag="Orders", answer=told.Order)
def show_order(order: str) -> told.Order | Trouble:
    """Show one order as it now stands."""
    with house().store.reading() as conn:
        line = book.one(conn, _here().site, order, visit().at, masked=masked())
    if line is None:
        return GONE
    if not line.patient.masked:
        note("API order", line.preparation, line.patient_id)
    return _order(line)


@operation(
    "GET /preparations", scope="preparations:read", tag="Preparations", answer=told.PreparationPage, query=PreparationQuery
)  # fmt: skip
def list_preparations(query: PreparationQuery) -> told.PreparationPage | Trouble:
    """List the preparations of this site in the order of their last change.

    The cursor of the last part, kept and given later, brings what changed since: that is how to keep in step.
    """
    after = key_of(query.cursor, int, str) if query.cursor else (0, "")
    if after is None or not 0 <= after[0] < 1 << 53:
        return BAD_CURSOR
    with house().store.reading() as conn:
        rows = paged.preparations(conn, _here().site, status=query.status, after=(after[0], after[1]), most=query.limit)
    cursor = cursor_of(rows[-1].updated_site_seq, rows[-1].id) if rows else query.cursor
    return told.PreparationPage(items=[told.PreparationLine(**line_told(row)) for row in rows], next=cursor)


@operation("GET /preparations/{preparation}", scope="preparations:read", tag="Preparations", answer=told.Preparation)
def show_preparation(preparation: str) -> told.Preparation | Trouble:
    """Show how a preparation stands, and what may be done with it now."""
    with house().store.reading() as conn:
        row = desk.row_of(conn, preparation)
        opened = desk.open_up(conn, preparation) if row is not None else None
    if opened is None:
        return GONE
    if not opened.patient.masked:
        note("API preparation", preparation, opened.p.patient)
    p = opened.p
    return told.Preparation(
        **line_told(opened.row),
        head=p.digest,
        outcome=p.outcome or "",
        paused=p.paused,
        called=p.called,
        order=p.order.key.placer,
        patient=_patient(opened.patient),
        wanted=_wanted(p),
        labels=[told.Label(kind=one.label_kind, id=one.label_id, copy_number=one.copy) for one in p.labels],
        pictures=[told.Picture(slot=name, sha256=sha) for name, sha in _pictures(p)],
        typed=[one.slot for one in p.typed()],
        near_misses=[told.Miss(slot=one.slot, codes=list(one.codes), says=one.says) for one in p.near_misses],
    )


@operation("GET /queue", scope="review", tag="Review", answer=told.Queue)
def show_queue() -> told.Queue:
    """Show what waits for a pharmacist, the most urgent first."""
    lines: Lines = current_app.extensions[LINES]
    person, _ = signed_in()
    with house().store.reading() as conn:
        found = queue(conn, lines, sites=[_here().site], viewer=person.id, known=names(conn), at=visit().at)
    note("API queue", "", *(one.waiting.patient for one in found))
    return told.Queue(items=[_waiting(one) for one in found])


@operation("GET /stations", scope="stations:read", tag="Stations", answer=told.Stations)
def list_stations() -> told.Stations:
    """List the stations of this site, with what stands there."""
    return told.Stations(items=[_station(one) for one in sorted(_here().stations)])


@operation("GET /stations/{station}", scope="stations:read", tag="Stations", answer=told.Station)
def show_station(station: str) -> told.Station | Trouble:
    """Show one station."""
    return _station(station) if station in _here().stations else GONE


@operation("GET /stations/{station}/scale", scope="stations:read", tag="Stations", answer=told.Scale)
def show_scale(station: str) -> told.Scale | Trouble:
    """Show what the station's balance shows: for the eye, never evidence."""
    bench = house().benches.at(station)
    if bench is None:
        return GONE
    glance = bench.pan.glance() if bench.pan else live.DARK
    return told.Scale(
        state=glance.state if bench.pan else "none",
        says=glance.says,
        value=glance.value,
        unit=glance.unit,
        settled=glance.settled,
        empty=glance.empty,
        armed=glance.armed,
    )


@operation("GET /stations/{station}/readings", scope="stations:work", tag="Stations", answer=told.Readings, query=Since)
def list_readings(station: str, query: Since) -> told.Readings | Trouble:
    """List the newest readings of the station's own scanner by their ids, to be handed over as evidence."""
    bench = house().benches.at(station)
    if bench is None:
        return GONE
    heard = live.heard(bench, house().benches.run, query.after)
    return told.Readings(items=[told.Reading(id=one.id, trouble=one.trouble) for one in heard])


@operation("GET /people", scope="people:read", tag="People", answer=told.People, query=PageQuery)
def list_people(query: PageQuery) -> told.People | Trouble:
    """List the staff by id: names, roles and licences, and no secret."""
    after = key_of(query.cursor, str) if query.cursor else ("",)
    if after is None:
        return BAD_CURSOR
    with house().store.reading() as conn:
        everybody = sorted(accounts.everybody(conn), key=lambda one: one.id)
    found = [one for one in everybody if one.id > after[0]]
    shown = found[: query.limit]
    people = [person_told(one) for one in shown]
    return told.People(items=people, next=cursor_of(shown[-1].id) if len(found) > len(shown) else "")


@operation("GET /messages", scope="messages:read", tag="Messages", answer=told.MessagePage, query=PageQuery)
def list_messages(query: PageQuery) -> told.MessagePage | Trouble:
    """List what came in from other systems, the newest first, and what became of it."""
    before = key_of(query.cursor, int) if query.cursor else (0,)
    if before is None or not 0 <= before[0] < 1 << 53:
        return BAD_CURSOR
    with house().store.reading() as conn:
        found = list(paged.messages(conn, before=before[0], most=query.limit + 1))
    shown = found[: query.limit]
    items = [message_told(one) for one in shown]
    return told.MessagePage(items=items, next=cursor_of(shown[-1].seq) if len(found) > len(shown) else "")


def person_told(one: accounts.Person) -> told.Person:
    """Return a person without any secret."""
    return told.Person(
        id=one.id,
        name=one.name,
        roles=sorted(one.roles),
        licence=one.licence,
        licence_until=one.licence_until.astimezone(_here().zone).date() if one.licence_until else None,
        sites=sorted(one.sites),
        active=one.active,
    )


def message_told(one: Received) -> told.Message:
    """Return a message that came in, without its text."""
    return told.Message(
        seq=one.seq,
        at=one.at,
        sender=one.sender,
        control_id=one.control_id,
        outcome=one.outcome,
        refused=one.refused,
        reasons=[told.Complaint(where=where, says=says, do=do) for where, says, do in one.reasons],
        orders=[link for _, link in one.orders],
    )


def _here() -> Settings:
    return house().settings


def masked() -> bool:
    """Return whether this person has no need of patients' names."""
    return "pharmacist" not in signed_in()[0].roles


def note(what: str, preparation: str, *patients: str) -> None:
    """Record that patients' text went out to a program, in the name of its person (Q32); where that fails, nothing goes."""
    desk.note_access(what, preparation, tuple(one for one in patients if one))


def _is_moment(text: str) -> bool:
    return len(text) == len(moment_text(visit().at)) and text.endswith("Z") and text[:4].isdigit()


def _patient(one: Patient) -> told.Patient:
    return told.Patient(
        name=one.name,
        number=one.number,
        born=one.born,
        location=one.location,
        allergies=list(one.allergies),
        masked=one.masked,
    )


def _order(line: OrderLine) -> told.Order:
    order = line.order
    return told.Order(
        id=line.link,
        number=order.key.placer,
        sender=order.key.sender.strip("|"),
        version=order.version,
        status=order.status,
        stage=line.stage,
        waits=line.waits,
        drug=line.drug,
        dose=str(order.dose),
        dose_unit=order.dose_unit,
        route=order.route,
        container=order.container or "",
        priority=order.priority,
        due=order.due_at,
        received=line.received,
        preparation=line.preparation,
        patient=_patient(line.patient),
        findings=[told.OrderFinding(code=one.code, text=one.text, blocks=one.blocks) for one in line.findings],
        over=line.over,
    )


def line_told(row: PreparationRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "version": row.version,
        "change": row.updated_site_seq,
        "workflow": row.workflow,
        "step": row.step,
        "status": row.status,
        "due": row.due,
        "priority": row.priority,
        "station": row.station or "",
        "cabinet": row.cabinet or "",
        "technician": row.technician or "",
        "drug": row.drug,
        "dose": row.dose,
        "flags": list(row.flags),
    }


def _wanted(p: Preparation) -> list[told.Wanted]:
    found = []
    for slot in next_slots(prepared.workflow_of(p), p):
        words = instruction(p, slot)
        found.append(
            told.Wanted(
                slot=slot.name,
                step=slot.step.name,
                by=slot.step.by,
                kind=words.kind,
                task=words.task,
                item=confirms(p, slot) if words.kind == "confirm" else words.name,
                detail=words.detail,
            )
        )
    return found


def _pictures(p: Preparation) -> list[tuple[str, str]]:
    """Return what whoever signs has to look at: pictures that count, and those of typed labels."""
    found = [(name, one.evidence.sha256) for name, one in p.entries.items() if isinstance(one.evidence, Photo)]
    return found + [(one.slot, one.evidence.photo) for one in p.typed() if isinstance(one.evidence, Scan)]


def _waiting(line: Line) -> told.Waiting:
    one = line.waiting
    return told.Waiting(
        preparation=one.preparation,
        version=one.version,
        reason=one.reason,
        about=one.about,
        stat=one.stat,
        due=one.due,
        since=one.since,
        drug=one.drug,
        dose=one.dose,
        container=one.container,
        look_at=list(one.look_at),
        holder=line.holder,
        patient=_patient(line.patient),
    )


def _station(name: str) -> told.Station:
    stands = _here().stations[name]
    with house().store.reading() as conn:
        scale = register.balance_status(conn, name)
    return told.Station(
        id=name,
        cabinets=list(stands.cabinets),
        balance=scale.serial if scale else "",
        check_valid_until=scale.check_valid_until if scale else None,
        scanner=stands.scanner is not None,
        camera=stands.camera is not None,
    )
