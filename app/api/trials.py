"""Stock of clinical trials over the API: its accountability, deliveries, what leaves, whose dose an order is (R56)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from app.api.answers import Reply, Trouble
from app.api.commands import Second
from app.api.operations import operation
from app.api.reading import GONE, masked
from app.api.shapes import Reason, Shape, Words
from app.api.writing import Done, acted, seconded
from app.catalogue import hazards as catalogue
from app.catalogue import trials as book
from app.catalogue.trial_lines import MOST, Act, Delivery, Kept, NotAccountedError, in_stock, lines, of_unit
from app.clock import new_id
from app.desk import orders as orders_book
from app.desk.of_trial import OfTrial, of_trial
from app.desk.orders import OrderLine
from app.interfaces.opening import open_if_ready
from app.web import trial_orders, trial_signing
from app.web import trials as page
from app.web.house import house
from app.web.visit import signed_in, visit
from workflows.assigned import Assigned

Kits = Annotated[list[Reason], Field(min_length=1, max_length=MOST)]


class TrialLine(Shape):
    """One line of an accountability record."""

    line: int
    """Its number."""
    at: datetime
    what: str
    protocol: str
    product: str
    unit: str
    """Of the unit's label."""
    kit: str
    lot: str
    expiry: date | None
    """Last day of use, of a unit that was received."""
    subject: str
    dose: str
    preparation: str
    change: int
    """By how much the balance changes."""
    balance: int
    """Units in stock after it."""
    note: str
    strikes: int
    """Number of the line that it strikes out; 0 for none."""
    struck: bool
    """Whether a later line strikes it out."""
    who: str
    """Person id."""
    second: str
    """Person id of whoever stood beside; empty where nobody has to."""


class TrialRecord(Shape):
    """The record of one trial at this site."""

    protocol: str
    in_stock: list[TrialLine]
    """The line of receipt of each unit that is in stock."""
    lines: list[TrialLine]
    """All of its lines, the oldest first."""
    over: str
    """Digest of the record as it is read: a new line is written over this one and no other."""


class ReceiveUnits(Shape):
    """One delivery, of one lot."""

    recipe: Reason
    """Name of the trial's recipe that it is for."""
    kits: Kits
    """Number of each unit, one a unit."""
    lot: Reason
    expiry: date | None = None
    retest: date | None = None
    """Re-test date, where the sponsor states one."""
    note: Reason
    """From whom, and the shipment's number."""
    over: Words
    """The record's `over`, as it was read."""
    second: Second


class UnitLeaves(Shape):
    """What becomes of one unit."""

    what: Literal["returned to sponsor", "destroyed", "transferred"]
    note: Reason
    """To whom or how, and under which number."""
    over: Words
    second: Second


class UnitBack(Shape):
    """What a subject brought back."""

    note: Reason
    over: Words
    second: Second


class StrikeLine(Shape):
    """What was wrong with a line, or where a unit that was used up was found sealed."""

    note: Reason
    over: Words
    second: Second


class TrialOrder(Shape):
    """Whose dose of a trial an order is."""

    protocol: str
    sponsor: str
    kits_needed: bool
    """The trial's system assigns kits: without one nothing is opened."""
    subject: str
    """Empty while nobody entered it."""
    kits: list[str]
    may_enter: bool
    """Nothing is opened of it yet."""
    over: str
    """Digest of order, patient, recipe and what stands, as they are read."""


class AssignOrder(Shape):
    """Subject and kits, compared by a second person with the trial's own paper."""

    subject: Reason
    kits: Annotated[list[Reason], Field(max_length=MOST)]
    """Kit numbers; an empty list where the trial assigns none."""
    over: Words
    second: Second


@operation("GET /trials/{protocol}", scope="stations:read", tag="Trials", answer=TrialRecord, roles=page.READERS)
def show_trial(protocol: str) -> TrialRecord | Trouble:
    """Show what is in stock of a trial, and every line of its accountability record."""
    site = house().settings.site
    with house().store.reading() as conn:
        every, over = lines(conn, site, protocol), page.over_of(conn, site, protocol)
    return TrialRecord(
        protocol=protocol,
        in_stock=[_told(one) for one in in_stock(every)],
        lines=[_told(one) for one in every],
        over=over,
    )


@operation(
    "POST /trials/receive", scope="stations:work", tag="Trials", answer=Done, body=ReceiveUnits, session=True, keyed=True,
    roles=page.HANDS,
)  # fmt: skip
def receive_trial_units(body: ReceiveUnits) -> Reply | Trouble:
    """Take a delivery into a trial's stock: a unit label and a line for each unit."""
    recipe = page.recipe_named(body.recipe)
    if recipe is None:
        return GONE
    came = Delivery(tuple(body.kits), body.lot, body.expiry, body.retest, body.note)
    return _line(recipe.protocol, body.over, body.second, lambda act: ", ".join(book.receive(act, recipe, came)))


@operation(
    "POST /trials/units/{unit}/leave", scope="stations:work", tag="Trials", answer=Done, body=UnitLeaves, session=True,
    keyed=True, roles=page.HANDS,
)  # fmt: skip
def take_trial_unit_out(unit: str, body: UnitLeaves) -> Reply | Trouble:
    """Keep that a unit left a trial's stock: returned to the sponsor, destroyed, transferred."""
    return _line(_protocol_of(unit), body.over, body.second, lambda act: book.leave(act, unit, body.what, body.note))


@operation(
    "POST /trials/units/{unit}/back", scope="stations:work", tag="Trials", answer=Done, body=UnitBack, session=True,
    keyed=True, roles=page.HANDS,
)  # fmt: skip
def keep_trial_unit_back(unit: str, body: UnitBack) -> Reply | Trouble:
    """Keep that a subject brought a dispensed unit back: it is never stock again."""
    return _line(_protocol_of(unit), body.over, body.second, lambda act: book.come_back(act, unit, body.note))


@operation(
    "POST /trials/lines/{seq}/strike", scope="stations:work", tag="Trials", answer=Done, body=StrikeLine, session=True,
    keyed=True, roles=page.HANDS,
)  # fmt: skip
def strike_trial_line(seq: str, body: StrikeLine) -> Reply | Trouble:
    """Strike a wrong line out: it stays and is read, and counts for nothing."""
    with house().store.reading() as conn:
        found = next((one for one in lines(conn, house().settings.site) if str(one.seq) == seq), None)
    if found is None:
        return GONE
    return _line(found.line.protocol, body.over, body.second, lambda act: book.strike(act, found.seq, body.note))


@operation("GET /orders/{order}/trial", scope="orders:read", tag="Trials", answer=TrialOrder)
def show_order_trial(order: str) -> TrialOrder | Trouble:
    """Show whose dose of a trial an order is, and what is still to be entered."""
    line = _order(order)
    if line is None:
        return GONE
    found = _of_trial(line)
    if found is None:
        return GONE
    return TrialOrder(
        protocol=found.protocol,
        sponsor=found.sponsor,
        kits_needed=found.kits_needed,
        subject=found.assigned.subject if found.assigned else "",
        kits=list(found.assigned.kits) if found.assigned else [],
        may_enter=found.open_to_change,
        over=found.over,
    )


@operation(
    "POST /orders/{order}/trial", scope="orders:write", tag="Trials", answer=Done, body=AssignOrder, session=True,
    keyed=True, roles=("pharmacist",),
)  # fmt: skip
def assign_order_of_trial(order: str, body: AssignOrder) -> Reply | Trouble:
    """Enter for which subject an order is and out of which kits, compared by a second person."""
    line = _order(order)
    if line is None:
        return GONE
    here = _of_trial(line)
    if here is None:
        return GONE
    told = Assigned(body.subject, tuple(body.kits), signed_in()[0].id, trial_signing.NOT_YET)
    found = trial_orders.tried(line, told)
    if isinstance(found, str) or body.over != here.over:
        return Trouble(409, "NOT_DONE", found if isinstance(found, str) else trial_orders.CHANGED)
    beside = _beside(body.second, trial_orders.COMPARED, found.over)
    if isinstance(beside, Trouble):
        return beside

    def work(act: catalogue.Acting) -> str:
        mine = Act(act.conn, act.settings, act.who, beside, act.at, found.over)
        trial_orders.keep(mine, line, replace(told, second=beside))
        opening = f"{act.command_id}.{new_id()}"
        open_if_ready(act.conn, house().dispatcher, line.key, at=act.at, command_id=opening)
        return order

    return acted(work, NotAccountedError)


def _line(protocol: str, over: str, second: Second, write: Callable[[Act], str | None]) -> Reply | Trouble:
    """Write lines in two names, over the record as it was read; what the second person signs are the lines themselves."""
    if not protocol:
        return GONE
    found = trial_signing.tried(protocol, write)
    if isinstance(found, str):
        return Trouble(409, "NOT_DONE", found)
    beside = _beside(second, page.STANDS_BESIDE, found.over)
    if isinstance(beside, Trouble):
        return beside

    def work(act: catalogue.Acting) -> str:
        page.still_as_shown(act.conn, act.settings.site, protocol, over)
        said: list[str | None] = []
        mine = Act(act.conn, act.settings, act.who, beside, act.at, found.over)
        trial_signing.done(mine, protocol, lambda acting: said.append(write(acting)))
        return said[0] or protocol

    return acted(work, NotAccountedError)


def _protocol_of(unit: str) -> str:
    """Return the trial that a unit's own record says it is of; empty for an unknown one."""
    with house().store.reading() as conn:
        every = of_unit(conn, house().settings.site, unit)
    return every[0].line.protocol if every else ""


def _of_trial(line: OrderLine) -> OfTrial | None:
    with house().store.reading() as conn:
        p = house().dispatcher.current(conn, line.preparation) if line.preparation else None
        return of_trial(conn, house().settings.site, line, p, {}, visit().at)


def _beside(second: Second, meaning: str, over: str) -> str | Trouble:
    """Return the id of whoever stands beside, or why they may not."""
    who = seconded(second, meaning, over)
    if isinstance(who, Trouble):
        return who
    says = page.no_second(who)
    return Trouble(403, "NOT_SIGNED", says) if says else who.id


def _order(order: str) -> OrderLine | None:
    with house().store.reading() as conn:
        return orders_book.one(conn, house().settings.site, order, visit().at, masked=masked())


def _told(one: Kept) -> TrialLine:
    line = one.line
    return TrialLine(
        line=one.seq,
        at=one.at,
        what=line.what,
        protocol=line.protocol,
        product=line.product,
        unit=line.unit,
        kit=line.kit,
        lot=line.lot,
        expiry=line.held.expiry if line.held is not None else None,
        subject=line.subject,
        dose=line.dose,
        preparation=line.preparation,
        change=line.change,
        balance=line.balance,
        note=line.note,
        strikes=line.strikes,
        struck=one.struck,
        who=one.who,
        second=one.second,
    )
