"""The record's papers over HTTP: the compounding record, its events as CSV, the bundle. Each is recorded before it goes."""

from __future__ import annotations

from flask import Response, abort, current_app
from flask.typing import ResponseReturnValue

from app.desk.pictures import Copies
from app.desk.viewers import READERS
from app.export import single
from app.export.reader import page_of
from app.export.run import By, Made, NotMade
from app.web import desk
from app.web.house import house
from app.web.record import COPIES, record
from app.web.rights import right
from app.web.visit import signed_in, visit

__all__ = ["record"]


@record.get("/record/<preparation>/pdf")
@right("technician", *READERS)
def pdf(preparation: str) -> ResponseReturnValue:
    return handed_out(single.paper(rooms_of_the_record(), preparation, desk.viewer(), by()))


@record.get("/record/<preparation>/csv")
@right("technician", *READERS)
def one_csv(preparation: str) -> ResponseReturnValue:
    return handed_out(single.events_csv(rooms_of_the_record(), preparation, desk.viewer(), by()))


@record.get("/record/<preparation>/billing.csv")
@right(*READERS)
def billing_csv(preparation: str) -> ResponseReturnValue:
    return handed_out(single.billing_csv(rooms_of_the_record(), preparation, desk.viewer(), by()))


@record.get("/record/<preparation>/bundle")
@right(*READERS)
def bundle(preparation: str) -> ResponseReturnValue:
    rooms = rooms_of_the_record()
    return handed_out(single.bundled(rooms, preparation, desk.viewer(), by(), page_of(rooms, by().at)))


def by() -> By:
    """Who takes something away, where and when."""
    person, here = signed_in()[0], visit()
    return By(person.id, here.at, here.station)


def rooms_of_the_record() -> single.Rooms:
    """What papers of one preparation are made from."""
    rooms, copies = house(), current_app.extensions[COPIES]
    if not isinstance(copies, Copies):
        raise TypeError("the record's screens remember small copies of photos under another name")
    return single.Rooms(rooms.store, rooms.settings, rooms.blobs, copies)


def handed_out(made: Made | NotMade | None) -> ResponseReturnValue:
    """The file as an attachment; 404 where there is none for this viewer, 409 in words where it cannot be made."""
    if made is None:
        abort(404)
    if isinstance(made, NotMade):
        return Response(made.says, 409, content_type="text/plain; charset=utf-8")
    mark = "DEMO-" if house().settings.demo else ""
    named = {"Content-Disposition": f'attachment; filename="{mark}{made.name}"', "Content-Length": str(made.size)}
    return Response(made.parts(), content_type=made.media_type, headers=named)
