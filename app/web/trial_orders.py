"""Subject and kits of an order of a trial, entered on its page by a pharmacist and compared by a second person (R56, R29)."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from app.catalogue import trials as book
from app.catalogue.trials import Act, Entered, NotAccountedError
from app.desk.of_trial import of_trial
from app.desk.orders import OrderLine
from app.interfaces.opening import open_if_ready
from app.people.signing import SignRefused
from app.web import desk
from app.web.house import house
from app.web.orders import draw, line_of
from app.web.rights import right
from app.web.trials import no_second
from app.web.visit import signed_in, visit
from app.web.writing import refusal
from workflows.assigned import Assigned

trial_orders = Blueprint("trial_orders", __name__)
COMPARED = "subject and kits compared"
"""What the second person's signature means."""


@trial_orders.post("/orders/<link>/trial")
@right("pharmacist")
def assign(link: str) -> ResponseReturnValue:
    """Keep for which subject it is and out of which kits, and open its preparation where nothing else is in the way."""
    line, rooms, at, who = line_of(link), house(), visit().at, signed_in()[0].id
    over = request.form.get("over", "")
    second = desk.cosign(COMPARED, over)
    if isinstance(second, SignRefused):
        return draw(link, says=second.says, dialog="trial", status=429 if second.locked_until else 422)
    beside, _ = second
    if wrong := no_second(beside):
        return draw(link, says=wrong, dialog="trial", status=422)
    kits = tuple(request.form.get("kits", "").replace(",", " ").split())
    told = Assigned(request.form.get("subject", "").strip(), kits, who, beside.id)

    def work(conn: Connection) -> None:
        keep(Act(conn, rooms.settings, who, beside.id, at), line, told, over)
        open_if_ready(conn, rooms.dispatcher, line.key, at=at)

    trouble = refusal(work, NotAccountedError)
    if trouble:
        return draw(link, says=str(trouble), dialog="trial", status=422)
    return redirect(url_for("orders.page", link=link), 303)


def keep(act: Act, line: OrderLine, told: Assigned, over: str) -> None:
    """Keep subject and kits of an order of which nothing is opened. Raises NotAccountedError for what was not shown so."""
    book.offered()
    p = house().dispatcher.current(act.conn, line.preparation) if line.preparation else None
    asked = of_trial(act.conn, act.settings.site, line, p, {}, act.at)
    if asked is None or not asked.open_to_change or over != asked.over:
        raise NotAccountedError("Something changed since this page was drawn. Look at it again. Nothing was kept.")
    book.assign(act, line.key, Entered(told, asked.protocol, line.order.version))
