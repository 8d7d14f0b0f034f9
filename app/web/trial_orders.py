"""Subject and kits of an order of a trial, entered on its page by a pharmacist, read and signed by a second person (R56, R29)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, select

from app.catalogue import recipes
from app.catalogue.trial_assignments import Entered
from app.catalogue.trial_lines import Act, NotAccountedError
from app.desk import orders as orders_book
from app.desk.of_trial import of_trial
from app.desk.orders import OrderLine
from app.interfaces import trial_orders as book
from app.interfaces.opening import open_if_ready
from app.interfaces.tables import ordered
from app.people.signing import SignRefused
from app.web import desk
from app.web.house import house
from app.web.orders import draw, line_of
from app.web.rights import right
from app.web.trial_acts import numbers
from app.web.trial_signing import NOT_YET
from app.web.trials import no_second
from app.web.visit import signed_in, visit
from workflows.assigned import Assigned
from workflows.recipe import Recipe

trial_orders = Blueprint("trial_orders", __name__)
COMPARED = "subject and kits compared"
"""What the second person's signature means."""
CHANGED = "Something changed since this was shown. Look at it again. Nothing was kept."


@dataclass(frozen=True)
class Tried:
    """What would be kept of an order; nothing of it was."""

    told: Assigned
    """Subject and kits, as the trial's stock has them."""
    over: str
    """Digest that the second person's signature is over."""


class _TriedError(Exception):
    """Undoes what was tried."""

    def __init__(self, tried: Tried) -> None:
        super().__init__("tried")
        self.tried = tried


@trial_orders.post("/orders/<link>/trial")
@right("pharmacist")
def assign(link: str) -> ResponseReturnValue:
    """Keep for which subject it is and out of which kits, and open its preparation where nothing else is in the way."""
    line, rooms, at, who = line_of(link), house(), visit().at, signed_in()[0].id
    told = Assigned(request.form.get("subject", ""), numbers(request.form.get("kits", "")), who, NOT_YET)
    found = tried(line, told)
    if isinstance(found, str):
        return draw(link, says=found, dialog="trial", status=422)
    over = request.form.get("over", "")
    if over != found.over:
        return _to_be_signed(
            link, found, CHANGED if "pin" in request.form else "", 422 if "pin" in request.form else 200
        )
    second = desk.cosign(COMPARED, over)
    if isinstance(second, SignRefused):
        return _to_be_signed(link, found, second.says, 429 if second.locked_until else 422)
    beside, _ = second
    if wrong := no_second(beside):
        return _to_be_signed(link, found, wrong, 422)

    def work(conn: Connection) -> None:
        keep(Act(conn, rooms.settings, who, beside.id, at, over), line, replace(told, second=beside.id))
        open_if_ready(conn, rooms.dispatcher, line.key, at=at)

    try:
        rooms.store.write(work)
    except NotAccountedError as trouble:
        return draw(link, says=str(trouble), dialog="trial", status=422)
    return redirect(url_for("orders.page", link=link), 303)


def _to_be_signed(link: str, found: Tried, says: str, status: int) -> Response:
    """Return the order's page with what the second person is to compare and sign."""
    given = {"subject": found.told.subject, "kits": ", ".join(found.told.kits), "over": found.over}
    return draw(link, says=says, dialog="trial-sign", status=status, given=given)


def tried(line: OrderLine, told: Assigned) -> Tried | str:
    """Return what would be kept of an order, and what is signed for it; or why not. Never inside a write."""

    def inside(conn: Connection) -> Tried:
        raise _TriedError(_kept(Act(conn, house().settings, told.by, told.second, visit().at), line, told))

    try:
        return house().store.write(inside)
    except _TriedError as found:
        return found.tried
    except NotAccountedError as trouble:
        return str(trouble)


def keep(act: Act, line: OrderLine, told: Assigned) -> None:
    """Keep subject and kits of an order, as the second person signed them. Raises NotAccountedError for anything else."""
    if _kept(act, line, told).over != act.attested:
        raise NotAccountedError(CHANGED)


def _kept(act: Act, line: OrderLine, told: Assigned) -> Tried:
    """Keep it of the order as it stands in this transaction. Raises NotAccountedError where that is not what was shown."""
    row = act.conn.execute(select(ordered).where(ordered.c.key == line.key)).one()
    now = orders_book.line_of_row(act.conn, row, act.at, masked=True)
    p = house().dispatcher.current(act.conn, now.preparation) if now.preparation else None
    asked = of_trial(act.conn, act.settings.site, now, p, {}, act.at)
    made_by = recipes.recipe_for(act.conn, now.order, act.at)
    if now.over != line.over or asked is None or not asked.open_to_change or not isinstance(made_by, Recipe):
        raise NotAccountedError(CHANGED)
    entered = Entered(told, asked.protocol, now.order.version)
    kept = book.assign(act, now.key, entered, made_by).assigned
    return Tried(kept, asked.attested(kept))
