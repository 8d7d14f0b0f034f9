"""What stands between an order and its preparation: findings that a pharmacist clears, and what must be confirmed of it (R57)."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from app.api.answers import Reply, Trouble
from app.api.once import press
from app.api.operations import operation
from app.api.reading import GONE, masked
from app.api.shapes import WHOLE, Reason, Shape, Words
from app.api.writing import Done, OnePerson, acted, signed_by
from app.catalogue import clearances
from app.catalogue import hazards as catalogue
from app.catalogue.clearances import NotClearedError
from app.desk import orders as book
from app.desk.cleared import Asked
from app.desk.orders import OrderLine
from app.interfaces.batches import NotTogetherError, make_together
from app.interfaces.by_volume import NotMadeError, make_by_volume
from app.interfaces.opening import clear_finding
from app.web import desk
from app.web.house import house
from app.web.orders import asked_of
from app.web.visit import acting_roles, visit
from workflows.by_volume import ByVolume, Why
from workflows.clearances import Clearance

GIVES = ("pharmacist", "lead_technician")
Code = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[A-Z_]+$")]
Count = Annotated[int, Field(ge=0, le=9999), WHOLE]


class Clear(Shape):
    """Which finding is cleared, and why."""

    code: Code
    """Of a finding that blocks."""
    over: Words
    """The order's `over` as it was read: a clearing counts for nothing that came since."""
    reason: Reason
    """At least ten letters."""


class Confirmation(Shape):
    """One thing that must be confirmed of an order before work begins, and what stands."""

    requirement: str
    entered_by: list[str]
    """Roles that may enter it."""
    stands: bool
    lacks: str
    """What stands in the way; empty where it stands."""
    confirmed_by: str
    number: str
    until: datetime | None
    over: str
    """What a signature for it is over."""


class Confirmations(Shape):
    """Everything that must be confirmed of an order."""

    items: list[Confirmation]


class ConfirmOrder(Shape):
    """What was confirmed of an order, by whom there, signed by who enters it."""

    requirement: Reason
    """Its name."""
    confirmed_by: Reason
    """Who said so."""
    number: Words = ""
    given_at: AwareDatetime | None = None
    """When; null: now."""
    until: AwareDatetime | None = None
    days_supply: Count | None = None
    refills: Count | None = None
    signature: OnePerson


class TakeBack(Shape):
    """Which confirmation no longer counts, and why."""

    requirement: Reason
    why: Reason


class ByVolumeAsked(Shape):
    """Why an order is made by volume instead of by weight (R13)."""

    why: Why
    reason: Reason
    """In words; at least ten letters."""
    over: Words
    """The order as it was read: its `over`."""


class TogetherAsked(Shape):
    """How many of the next doses of an order are made together."""

    count: Count
    """Doses, from the first that has no preparation of its own."""
    over: Words
    """The order as it was read: its `over`."""


class NotClearError(ValueError):
    """A finding is not cleared; the text says why."""


@operation(
    "POST /orders/{order}/clear", scope="review", tag="Orders", answer=Done, body=Clear, session=True, keyed=True
)  # fmt: skip
def clear_order_finding(order: str, body: Clear) -> Reply | Trouble:
    """Clear one finding that blocks an order, with a reason: that is a pharmacist's, and kept in their name."""
    line = _line(order)
    if line is None:
        return GONE
    dispatcher, at = house().dispatcher, visit().at
    with house().store.reading() as conn:
        who = desk.acting(conn)

    def work(act: catalogue.Acting) -> str:
        if body.code not in {one.code for one in line.blocking}:
            raise NotClearError("That finding is not open on this order.")
        said = {"over": body.over, "reason": body.reason, "command_id": press().command_id}
        if trouble := clear_finding(act.conn, dispatcher, line.key, body.code, **said, who=who, at=at):
            raise NotClearError(trouble)
        return order

    return acted(work, NotClearError)


@operation(
    "POST /orders/{order}/by-volume", scope="review", tag="Orders", answer=Done, body=ByVolumeAsked, session=True, keyed=True
)  # fmt: skip
def make_order_by_volume(order: str, body: ByVolumeAsked) -> Reply | Trouble:
    """Have an order made by volume, for what the site's policy allows it, while nobody has taken it (R13).

    The pharmacist who then verifies the order signs that too. Its preparation by weight, if there is one, ends.
    """
    line = _line(order)
    if line is None:
        return GONE
    dispatcher, at, made = house().dispatcher, visit().at, ByVolume(body.why, body.reason.strip())
    with house().store.reading() as conn:
        who = desk.acting(conn)

    def work(act: catalogue.Acting) -> str:
        now = book.one(act.conn, act.settings.site, order, at, masked=masked())
        if now is None or now.over != body.over:
            raise NotMadeError("The order was changed since it was read. Read it again. Nothing was done.")
        make_by_volume(act.conn, dispatcher, line.key, made, who=who, at=at, command_id=act.command_id)
        return order

    return acted(work, NotMadeError)


@operation(
    "POST /orders/{order}/together", scope="review", tag="Orders", answer=Done, body=TogetherAsked, session=True, keyed=True
)  # fmt: skip
def make_doses_together(order: str, body: TogetherAsked) -> Reply | Trouble:
    """Open one preparation for each of the next doses of an order, all or none, as far as the recipe's stability reaches (R30).

    Each is verified, made, checked and released by itself. The one preparation that nobody has taken ends.
    """
    line = _line(order)
    if line is None:
        return GONE
    dispatcher, at = house().dispatcher, visit().at
    with house().store.reading() as conn:
        who = desk.acting(conn)

    def work(act: catalogue.Acting) -> str:
        asks = partial(make_together, act.conn, dispatcher, line.key, body.count)
        asks(over=body.over, who=who, at=at, command_id=act.command_id)
        return order

    return acted(work, NotTogetherError)


@operation("GET /orders/{order}/confirmations", scope="orders:read", tag="Orders", answer=Confirmations)
def list_confirmations(order: str) -> Confirmations | Trouble:
    """List what the site's policy wants confirmed of an order, and what of it stands."""
    line = _line(order)
    return GONE if line is None else Confirmations(items=[_confirmation(one) for one in _asked(line)])


@operation(
    "POST /orders/{order}/confirmations", scope="orders:write", tag="Orders", answer=Done, body=ConfirmOrder, session=True,
    keyed=True, roles=GIVES,
)  # fmt: skip
def confirm_order(order: str, body: ConfirmOrder) -> Reply | Trouble:
    """Sign that something was confirmed of an order: by whom, under which number, until when."""
    line = _line(order)
    if line is None:
        return GONE
    asked = next((one for one in _asked(line) if one.required.name == body.requirement), None)
    if asked is None:
        return Trouble(409, "NOT_ASKED", "This is not asked of this order.")
    signed = signed_by(body.signature, f"confirmed: {asked.required.name}")
    if isinstance(signed, Trouble):
        return signed
    given = Clearance(
        asked.required.name,
        line.order.version,
        confirmed_by=body.confirmed_by,
        given_at=body.given_at or visit().at,
        entered_by=signed.person,
        name=signed.name,
        number=body.number,
        until=body.until,
        days_supply=body.days_supply,
        refills=body.refills,
    )
    over = body.signature.over
    return acted(lambda act: clearances.give(_as(act), line.order, asked.required, given, over), NotClearedError)


@operation(
    "POST /orders/{order}/confirmations/take-back", scope="orders:write", tag="Orders", answer=Done, body=TakeBack,
    session=True, keyed=True, roles=GIVES,
)  # fmt: skip
def take_back_confirmation(order: str, body: TakeBack) -> Reply | Trouble:
    """Say that a confirmation no longer counts, and why."""
    line = _line(order)
    if line is None:
        return GONE
    asked = next((one for one in _asked(line) if one.required.name == body.requirement), None)
    if asked is None:
        return Trouble(409, "NOT_ASKED", "This is not asked of this order.")
    return acted(lambda act: clearances.take_back(_as(act), line.order, asked.required, body.why), NotClearedError)


def _line(order: str) -> OrderLine | None:
    with house().store.reading() as conn:
        return book.one(conn, house().settings.site, order, visit().at, masked=masked())


def _asked(line: OrderLine) -> tuple[Asked, ...]:
    with house().store.reading() as conn:
        return asked_of(conn, line)


def _as(act: catalogue.Acting) -> clearances.Acting:
    return clearances.Acting(act.conn, act.settings, act.who, acting_roles(), act.at, act.command_id)


def _confirmation(one: Asked) -> Confirmation:
    return Confirmation(
        requirement=one.required.name,
        entered_by=list(one.required.entered_by),
        stands=not one.lacks,
        lacks=one.lacks,
        confirmed_by=one.given.confirmed_by if one.given else "",
        number=one.given.number if one.given else "",
        until=one.until,
        over=one.over,
    )
