"""The record's papers over HTTP: the compounding record as PDF, events as CSV."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response, current_app, stream_with_context
from flask.typing import ResponseReturnValue

from app.desk import records, spreadsheet
from app.desk.pictures import Copies
from app.web import desk
from app.web.house import House, house
from app.web.record import COPIES, READERS, may_read, note_reading, read_page, record, wanted_filter
from app.web.record_page import RecordPage
from app.web.record_pdf import Print, compounding_record
from app.web.rights import right
from app.web.visit import signed_in, visit

__all__ = ["record"]

BOM = "\ufeff"
"""Says UTF-8 to spreadsheets, so that µ and names come out right."""


@record.get("/record/<preparation>/pdf")
@right("technician", *READERS)
def pdf(preparation: str) -> ResponseReturnValue:
    shown = read_page(preparation)
    note_reading(shown, "record pdf")
    rooms, (person, _) = house(), signed_in()
    settings = rooms.settings
    made = Print(settings.site_name, settings.zone, visit().at, person.name, settings.software, settings.demo)
    content = compounding_record(shown, _thumbs(rooms, shown), made)
    return _file(content, "application/pdf", f"compounding-record-{preparation}.pdf")


def _thumbs(rooms: House, shown: RecordPage) -> dict[str, bytes]:
    copies: Copies = current_app.extensions[COPIES]
    wanted = (one.sha256 for one in shown.photos if one.sha256 not in shown.held_back)
    found = ((sha, copies.get(rooms.blobs, sha, "thumb")) for sha in wanted)
    return {sha: picture for sha, picture in found if isinstance(picture, bytes)}


@record.get("/record/<preparation>/csv")
@right("technician", *READERS)
def one_csv(preparation: str) -> ResponseReturnValue:
    rooms = house()
    with rooms.store.reading() as conn:
        opened = desk.open_up(conn, preparation)
        may_read(opened)
    desk.note_access("record csv", preparation, (opened.p.patient,))
    return _csv((opened,), f"preparation {preparation}", f"record-{preparation}.csv")


@record.get("/records.csv")
@right(*READERS)
def many_csv() -> ResponseReturnValue:
    """Every event of every preparation that fits the filter, streamed: one preparation in memory at a time."""
    rooms, wanted = house(), wanted_filter()
    masked = "pharmacist" not in signed_in()[0].roles
    with rooms.store.reading() as conn:
        found = records.ids(conn, rooms.settings.site, wanted, rooms.settings.zone)
        patients = tuple(row.patient or "" for row in (desk.row_of(conn, one) for one in found) if row)
    desk.note_access("records csv", "", patients)
    return _csv(_each(rooms, found, masked=masked), wanted.words(), "records.csv")


def _each(rooms: House, found: tuple[str, ...], *, masked: bool) -> Iterator[desk.Opened]:
    for preparation in found:
        with rooms.store.reading() as conn:
            opened = desk.load(conn, preparation, lambda _: masked)
            if opened is not None:
                yield opened


def _csv(found: Iterator[desk.Opened] | tuple[desk.Opened, ...], wanted: str, name: str) -> Response:
    settings = house().settings

    def table() -> Iterator[tuple[str, ...]]:
        yield spreadsheet.header(settings.zone)
        for one in found:
            yield from spreadsheet.rows(
                one.row.id,
                one.p,
                one.lines,
                patient=f"{one.patient.name} {one.patient.number}",
                zone=settings.zone,
                wanted=wanted,
                software=settings.software,
            )

    def text() -> Iterator[str]:
        yield BOM
        yield from spreadsheet.written(table())

    return _file(stream_with_context(text()), "text/csv; charset=utf-8", name)


def _file(content: bytes | Iterator[str], kind: str, name: str) -> Response:
    mark = "DEMO-" if house().settings.demo else ""
    return Response(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{mark}{name}"'})
