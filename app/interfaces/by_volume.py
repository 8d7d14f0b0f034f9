"""An order made by volume on a pharmacist's word: for what its site allows it, and its preparation opened anew that way (R13)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from app import clock
from app.catalogue import recipes
from app.dispatch import Dispatcher
from app.interfaces import statements
from app.interfaces.opening import open_if_ready
from app.interfaces.untaken import end_untaken
from app.record import canonical, codec
from workflows.by_volume import WHYS, ByVolume, Why
from workflows.circumstances import Actor
from workflows.findings import Refused
from workflows.library import making
from workflows.order import Order
from workflows.preparation import Preparation
from workflows.rules.people import may_judge


class NotMadeError(ValueError):
    """It is not made by volume, and nothing changed; the text says why."""


def offered(conn: Connection, site: str, order: Order, p: Preparation | None, at: datetime) -> tuple[Why, ...]:
    """Return for what an order may be made by volume now: by the site's policy, and while nobody has taken it."""
    if order.status != "active" or isinstance(making(order.container, by_volume=True), Refused):
        return ()
    if p is not None and p.order.dose_no is not None:
        return ()
    if p is not None and not p.outcome and (p.claimed_by or p.counts or p.plan.by_volume):
        return ()
    if p is not None and p.outcome not in ("", "aborted", "remade"):
        return ()
    policy = recipes.policy_of(conn, site, at)
    return tuple(why for why in WHYS if policy is not None and why in policy.by_volume)


def make_by_volume(
    conn: Connection,
    dispatcher: Dispatcher,
    key: str,
    made: ByVolume,
    *,
    who: Actor,
    at: datetime,
    command_id: str = "",
) -> None:
    """Open the order's preparation by volume, in the place of one by weight that nobody has taken. Raises NotMadeError.

    What it leaves in the record is under `command_id` and what follows it; without it under new ones.
    """
    command_id = command_id or clock.new_command_id()
    if unable := may_judge(who):
        raise NotMadeError(unable.says)
    row = statements.ORDER.first(conn, {"of": key})
    order = codec.decode(Order, canonical.parse(row.body))
    p = dispatcher.current(conn, row.preparation) if row.preparation else None
    if made.why not in offered(conn, dispatcher.settings.site, order, p, at):
        raise NotMadeError("This order is not made by volume as things stand. Look at it again.")
    if p is not None and not p.outcome:
        reason = f"made by volume instead: {made.why}; {made.reason}"
        if says := end_untaken(
            conn, dispatcher, key, row.preparation, p, reason, who=who, at=at, command_id=command_id
        ):
            raise NotMadeError(says)
    opens = f"{command_id}.{clock.new_id()}"
    if says := open_if_ready(conn, dispatcher, key, at=at, by_volume=made, who=who, command_id=opens):
        raise NotMadeError(says)
