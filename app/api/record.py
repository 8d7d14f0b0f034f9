"""The record of a preparation for a program: its events as they are stored and chained, and its photos."""

from __future__ import annotations

from app.api import resources as told
from app.api.answers import File, Trouble
from app.api.operations import operation
from app.api.reading import BAD_CURSOR, GONE
from app.api.shapes import PageQuery, cursor_of, key_of
from app.desk import records
from app.desk.names import name_of, names
from app.desk.record_page import photos_in
from app.desk.viewers import held_back, opened_for
from app.record import log
from app.record.blobs import Damaged
from app.record.log import StoredEvent
from app.web import desk
from app.web.house import house


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
