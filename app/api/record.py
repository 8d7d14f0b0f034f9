"""The record of a preparation for a program: its events as they are stored and chained, and its photos."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import StringConstraints

from app.api import resources as told
from app.api.answers import File, Trouble
from app.api.operations import operation
from app.api.reading import BAD_CURSOR, GONE, line_told, masked
from app.api.shapes import PageQuery, Words, cursor_of, key_of
from app.desk import records
from app.desk.names import name_of, names
from app.desk.patients import texts_of
from app.desk.record_page import photos_in
from app.desk.records import Filter
from app.desk.viewers import READERS, held_back, opened_for
from app.record import log, views
from app.record.blobs import Damaged
from app.record.log import StoredEvent
from app.web import desk
from app.web.house import house

Day = Annotated[str, StringConstraints(max_length=10, pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")]


class RecordQuery(PageQuery):
    """What preparations are looked for; all empty: every one."""

    status: Words = ""
    """One state, as `list_preparations` has it."""
    drug: Words = ""
    """Part of the drug's name, in any case."""
    first: Day = ""
    """First day by needed-by time, in the site's zone: YYYY-MM-DD."""
    last: Day = ""
    """Last day, itself included."""
    lot: Words = ""
    """Lot of something that was scanned for it, in any case; also of what was refused."""
    patient: Words = ""
    """A patient's whole record number; the beginning of a name finds them for whom names are to be seen."""
    person: Words = ""
    """Person id of who did or witnessed something of it."""
    station: Words = ""
    """Code of the station it was made at."""


@operation(
    "GET /records", scope="record:read", tag="Record", answer=told.PreparationPage, query=RecordQuery, roles=READERS
)
def find_records(query: RecordQuery) -> told.PreparationPage | Trouble:
    """Find preparations by lot, patient, person, station, drug or day, the first needed first. No answer holds a name."""
    settings, after = house().settings, key_of(query.cursor, str, str) if query.cursor else ("", "")
    try:
        days = [date.fromisoformat(one) if one else None for one in (query.first, query.last)]
    except ValueError:
        return Trouble(422, "NOT_VALID", "A day is written as 2027-06-30.")
    if after is None:
        return BAD_CURSOR
    with house().store.reading() as conn:
        patients = texts_of(conn, query.patient, masked=masked()) if query.patient.strip() else None
        wanted = Filter(
            query.status.strip(), query.drug.strip(), days[0], days[1], query.station.strip(), lot=query.lot.strip(),
            person=query.person.strip(), patients=patients,
        )  # fmt: skip
        start = records.Place(after[0], after[1])
        found = records.ids(conn, settings.site, wanted, settings.zone, start, query.limit)
        rows = {row.id: row for row in views.these(conn, [one.id for one in found])}
    if patients:
        desk.note_access("API records", "", patients)
    cursor = cursor_of(found[-1].due, found[-1].id) if found else ""
    items = [told.PreparationLine(**line_told(rows[one.id])) for one in found if one.id in rows]
    return told.PreparationPage(items=items, next=cursor)


@operation(
    "GET /preparations/{preparation}/events", scope="record:read", tag="Record", answer=told.EventPage, query=PageQuery
)  # fmt: skip
def list_events(preparation: str, query: PageQuery) -> told.EventPage | Trouble:
    """List the events of a preparation in their order, with the links of their chain.

    No event holds a patient's name. How each body is made, and how the chain is checked, stands in docs/record-format.md.
    """
    after = key_of(query.cursor, int) if query.cursor else (0,)
    if after is None:
        return BAD_CURSOR
    with house().store.reading() as conn:
        opened = opened_for(conn, house().settings.site, preparation, desk.viewer())
        stored = log.load(conn, preparation) if opened is not None else ()
        known = names(conn)
    if opened is None:
        return GONE
    desk.note_access("API record", preparation, (opened.p.patient,))
    left = [one for one in stored if one.version > after[0]]
    shown = left[: query.limit]
    cursor = cursor_of(shown[-1].version) if shown else query.cursor
    return told.EventPage(items=[_event(one, name_of(known, one.who)) for one in shown], next=cursor)


@operation(
    "GET /preparations/{preparation}/photos/{sha256}", scope="record:read", tag="Record", answer=None, bytes_out=True
)  # fmt: skip
def show_photo(preparation: str, sha256: str) -> File | Trouble:
    """Hand out a photo of a preparation, byte for byte as it was taken."""
    rooms = house()
    with rooms.store.reading() as conn:
        opened = opened_for(conn, rooms.settings.site, preparation, desk.viewer())
        if opened is None or sha256 not in photos_in(opened.log) or records.identifying(conn, sha256) is None:
            return GONE
        if sha256 in held_back(conn, opened):
            return Trouble(403, "NOT_ALLOWED", "This photo shows a patient's name, which is not yours to see.")
    desk.note_access("API photo", preparation, (opened.p.patient,))
    content = rooms.blobs.get(sha256)
    if isinstance(content, Damaged):
        return Trouble(410, "DAMAGED", content.says)
    if content is None:
        return Trouble(410, "PURGED", "The file is missing or was purged.")
    return File(content)


def _event(one: StoredEvent, name: str) -> told.Event:
    return told.Event(
        version=one.version,
        kind=one.kind,
        at=one.at,
        who=one.who,
        name=name,
        second=one.second_person or "",
        station=one.station or "",
        command=one.command_id,
        software=one.software,
        digest=one.digest.hex(),
        shape=one.shape,
        body=one.data,
    )
