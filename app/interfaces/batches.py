"""Several doses of one order made together on a pharmacist's word: which may be, and one preparation opened for each of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app import clock
from app.dispatch import Dispatcher
from app.interfaces import doses, statements
from app.interfaces.opening import Wish, open_one, read_as
from app.interfaces.untaken import end_untaken
from app.record import canonical, codec
from workflows import batch
from workflows.circumstances import Actor
from workflows.order import Order
from workflows.preparation import Preparation
from workflows.rules.people import may_judge

MOST = 14
"""Doses that are opened at once at most (ours, unconfirmed)."""


class NotTogetherError(ValueError):
    """They are not made together, and nothing changed; the text says why."""


@dataclass(frozen=True)
class Offer:
    """What of an order may be made together now."""

    first: int
    """The first dose that has no preparation of its own, from 1."""
    of: int
    """How many doses the order asks for."""
    dues: tuple[datetime, ...]
    """When each of the doses from `first` on is due that may be made now, UTC; empty where none may."""
    says: str
    """Why so many and no more, in words."""

    @property
    def last(self) -> int:
        """The last dose that may be made now."""
        return self.first + len(self.dues) - 1

    @property
    def choices(self) -> tuple[tuple[int, int, datetime], ...]:
        """Up to which dose they may be made: how many that are, the last dose's number, and when it is due, UTC."""
        each = enumerate(self.dues, start=1)
        return tuple((count, self.first + count - 1, due) for count, due in each if count >= self.least)

    @property
    def least(self) -> int:
        """How many are planned at least: one alone of an order that has no batch yet is what is made anyhow."""
        return 2 if self.first == 1 else 1


OFFERED = False
"""Whether several doses may be made together in this release: not before the recipe that counts at opening decides how long
they last, a page that is sent twice opens nothing more, and the sender hears of each dose what became of it (decision 58)."""


def offered(
    conn: Connection, dispatcher: Dispatcher, key: str, order: Order, p: Preparation, at: datetime
) -> Offer | None:
    """Return what of an order may be made together, with why; None for an order of one dose, and once all have preparations.

    `p` is the order's preparation, which nobody may have taken before the first batch is planned.
    """
    if not OFFERED:
        return None
    together = doses.made_of(conn, key)
    first = together[-1].number + 1 if together else 1
    if order.status != "active" or (order.doses_total or 1) < max(first, 2) or p.order.version != order.version:
        return None
    if not together and (p.claimed_by or p.outcome):
        return None
    return _offer(dispatcher, order, p, first, at)


def _offer(dispatcher: Dispatcher, order: Order, p: Preparation, first: int, at: datetime) -> Offer:
    asks = order.doses_total or 1
    if p.counts is None and p.plan.by_volume is not None:
        return Offer(first, asks, (), "What is made by volume is made one at a time.")
    asked = [
        doses.as_dose(order, number, dispatcher.settings.zone)
        for number in range(first, min(asks, first + MOST - 1) + 1)
    ]
    unknown = next((one for one in asked if isinstance(one, str)), "")
    if unknown:
        return Offer(first, asks, (), unknown)
    hours, why = batch.lasts(p.master, p.planned)
    if not hours:
        return Offer(first, asks, (), why)
    dues = tuple(one.due_at for one in asked if isinstance(one, Order))
    good = dues[: batch.made_ahead(dues, hours, at)]
    says = f"Recipe {p.master.name} version {p.master.version}: {why}"
    return Offer(first, asks, good, f"{says}, from when each is begun.")


def make_together(
    conn: Connection,
    dispatcher: Dispatcher,
    key: str,
    count: int,
    *,
    over: str,
    who: Actor,
    at: datetime,
    command_id: str = "",
) -> None:
    """Open one preparation for each of the next `count` doses of an order, all or none. Raises NotTogetherError.

    `over` is the digest of the order that was read (`read_as`). The caller's transaction is rolled back by the error. What is
    left in the record is under `command_id` and what follows it; without it under new ones.
    """
    command_id = command_id or clock.new_command_id()
    if unable := may_judge(who):
        raise NotTogetherError(unable.says)
    row = statements.ORDER.first(conn, {"of": key})
    if row is None or over != read_as(row):
        raise NotTogetherError("The order was changed since it was read. Read it again. Nothing was opened.")
    order = codec.decode(Order, canonical.parse(row.body))
    p = dispatcher.current(conn, row.preparation) if row.preparation else None
    offer = offered(conn, dispatcher, key, order, p, at) if p is not None else None
    if p is None or offer is None:
        raise NotTogetherError("Doses of this order are not made together as things stand. Look at it again.")
    if not offer.least <= count <= len(offer.dues):
        raise NotTogetherError(f"That many doses are not made together. {offer.says}")
    if offer.first == 1:
        reason = f"made together with other doses instead: doses 1 to {count} of {offer.of}"
        if says := end_untaken(
            conn, dispatcher, key, row.preparation, p, reason, who=who, at=at, command_id=command_id
        ):
            raise NotTogetherError(says)
    together = f"{command_id}.{clock.new_id()}"
    for number in range(offer.first, offer.first + count):
        dose = doses.Dose(number, offer.of, together, offer.says)
        wish = Wish(row, order, who, at, f"{command_id}.{clock.new_id()}", dose=dose)
        if says := open_one(conn, dispatcher, wish):
            raise NotTogetherError(f"Dose {number} of {offer.of}: {says}")
