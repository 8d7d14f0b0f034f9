"""A pharmacist has an order made by volume, with the reason: on the order's own page (R13)."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from app.interfaces.by_volume import NotMadeError, make_by_volume
from app.web import desk
from app.web.house import house
from app.web.orders import draw, line_of
from app.web.rights import right
from app.web.visit import visit
from workflows.by_volume import WHYS, ByVolume

by_volume = Blueprint("by_volume", __name__)


@by_volume.post("/orders/<link>/by-volume")
@right("pharmacist")
def make(link: str) -> ResponseReturnValue:
    """Open its preparation by volume; the pharmacist who then verifies the order signs that too."""
    line, at, dispatcher = line_of(link), visit().at, house().dispatcher
    why = next((one for one in WHYS if one == request.form.get("why")), None)
    if why is None:
        return draw(link, says="Choose why a balance cannot decide.", dialog="volume", status=422)
    made = ByVolume(why, request.form.get("reason", "").strip())
    with house().store.reading() as conn:
        who = desk.acting(conn)

    def work(conn: Connection) -> None:
        make_by_volume(conn, dispatcher, line.key, made, who=who, at=at)

    try:
        house().store.write(work)
    except NotMadeError as trouble:
        return draw(link, says=str(trouble), dialog="volume", status=422)
    return redirect(url_for("orders.page", link=link), 303)
