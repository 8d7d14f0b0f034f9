"""A pharmacist has several doses of one order made together: on the order's own page."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from app.interfaces.batches import NotTogetherError, make_together
from app.web import desk
from app.web.house import house
from app.web.orders import draw, line_of
from app.web.rights import right
from app.web.visit import visit

batches = Blueprint("batches", __name__)


@batches.post("/orders/<link>/together")
@right("pharmacist")
def make(link: str) -> ResponseReturnValue:
    """Open a preparation for each of the next doses; each is then verified by itself."""
    line, at, dispatcher = line_of(link), visit().at, house().dispatcher
    count, over = request.form.get("count", ""), request.form.get("over", "")
    if not (count.isascii() and count.isdigit() and len(count) < 4):
        return draw(link, says="Choose up to which dose they are made.", dialog="together", status=422)
    with house().store.reading() as conn:
        who = desk.acting(conn)

    def work(conn: Connection) -> None:
        make_together(conn, dispatcher, line.key, int(count), over=over, who=who, at=at)

    try:
        house().store.write(work)
    except NotTogetherError as trouble:
        return draw(link, says=str(trouble), dialog="together", status=422)
    return redirect(url_for("orders.page", link=link), 303)
