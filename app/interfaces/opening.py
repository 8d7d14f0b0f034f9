"""From an order to its preparation: opened once nothing is in the way, anew after a run without a product; what blocks it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from app import clock, labelling
from app.catalogue import hazards, procedures, recipes, withdrawals
from app.dispatch import Ask, Dispatcher
from app.interfaces import doses, statements, trial_orders
from app.interfaces.tables import ordered
from app.people import accounts
from app.record import canonical, codec, log, ordertext, views
from app.record.log import NewEvent
from app.stations import register
from workflows import commands as asked
from workflows.by_volume import ByVolume, weighed_by
from workflows.circumstances import Actor
from workflows.findings import Refused
from workflows.library import making
from workflows.made_by import Master
from workflows.opening import planned
from workflows.order import Order, OrderFinding, OrderKey, PatientText
from workflows.plan import Plan
from workflows.preparation import Preparation
from workflows.recipe import Recipe

INTERFACE = Actor("system:interface", "order interface", frozenset({"system"}))
"""Who acts when a message comes in."""
NOT_AS_RECEIVED = (
    "The order or its patient's text is not what was received: it was changed in the database, or purged. "
    "Nothing is made of it; run `vialtrace record verify`, tell quality assurance, and have the order sent again."
)


def key_text(key: OrderKey) -> str:
    """Return an order's key as one text."""
    return "\x1f".join((key.sender, key.placer, key.placer_ns, key.group))


def waits_for(conn: Connection, key: OrderKey) -> str:
    """Return why nothing is made of an order yet, in words; empty where nothing is in the way."""
    return conn.execute(select(ordered.c.waits).where(ordered.c.key == key_text(key))).scalar_one_or_none() or ""


def blocked_by_order(conn: Connection, preparation: str) -> str:
    """Return what a pharmacist still has to clear on the order of a preparation, in words; empty for nothing."""
    key = doses.key_of(conn, preparation)
    listed = conn.execute(select(ordered.c.findings).where(ordered.c.key == key)).scalar_one_or_none() if key else None
    return "; ".join(one.text for one in findings_of(listed) if one.blocks) if listed else ""


def blocked(conn: Connection, preparation: str, p: Preparation, at: datetime) -> str:
    """Return what a pharmacist still has to clear on a preparation, in words; empty for nothing.

    That is what blocks its order, and a recipe that was withdrawn or, before anything is brought in, has a newer version.
    """
    return "; ".join(filter(None, (blocked_by_order(conn, preparation), withdrawals.why_not(conn, p, at))))


def make_anew(conn: Connection, dispatcher: Dispatcher, preparation: str, at: datetime) -> None:
    """Open a new preparation of an order whose run ended without a product, if it is still wanted (R27, R28)."""
    if key := doses.key_of(conn, preparation):
        open_if_ready(conn, dispatcher, key, at=at)


def open_if_ready(
    conn: Connection,
    dispatcher: Dispatcher,
    key: str,
    *,
    at: datetime,
    by_volume: ByVolume | None = None,
    who: Actor = INTERFACE,
    written: Order | None = None,
    command_id: str = "",
) -> str:
    """Open a preparation of an order that waits for none; returns why it cannot be made yet, or an empty text.

    `by_volume`: why it is made by volume, on the word of the pharmacist `who`; without it, it is weighed or counted.
    `written` is the order that was written a moment ago, in this transaction: it is not read anew. Without `command_id` a new
    one names the opening. Where the doses of the order are made together, each of them that has no preparation gets one anew.
    """
    row = statements.ORDER.first(conn, {"of": key})
    order = written or codec.decode(Order, canonical.parse(row.body))
    wish = Wish(row, order, who, at, command_id, by_volume)
    together = doses.made_of(conn, key) if (order.doses_total or 0) > 1 or row.preparation else ()
    if not together:
        return open_one(conn, dispatcher, wish)
    said = [open_one(conn, dispatcher, replace(wish, dose=one, command_id="")) for one in together]
    return next((says for says in said if says), "")


@dataclass(frozen=True)
class Wish:
    """What is to be opened."""

    row: Any
    """The order's row."""
    order: Order
    """The order as it now stands."""
    who: Actor
    """On whose word."""
    at: datetime
    """UTC."""
    command_id: str = ""
    """Names the opening; empty: a new one does."""
    by_volume: ByVolume | None = None
    """Why it is made by volume; None: it is weighed or counted."""
    dose: doses.Dose | None = None
    """Which of several doses that are made together; None: the order is made alone."""


def open_one(conn: Connection, dispatcher: Dispatcher, wish: Wish) -> str:
    """Open the preparation of an order, or of one of its doses; returns why it cannot be made yet, or an empty text."""
    row, dose, at = wish.row, wish.dose, wish.at
    before = (dose.preparation if dose else "") or (row.preparation if dose is None or dose.number == 1 else "")
    view = views.get_preparation(conn, before) if before else None
    busy = view is not None and view.status not in ("aborted", "remade")
    if busy or wish.order.status != "active":
        return _wait(conn, row, "")
    wanted = _wanted(conn, dispatcher, wish, view.id if view is not None else "")
    if isinstance(wanted, str):
        return _wait(conn, row, wanted)
    if weighed := _weighed_after_all(conn, dispatcher, wanted):
        return weighed
    preparation = clock.new_id()
    ask = Ask(wish.command_id or clock.new_command_id(), preparation, wanted, wish.who)
    outcome = dispatcher.within(conn, ask, at)
    if outcome.kind != "accepted":
        statements.WAITS.change(conn, {"of": row.key, "why": outcome.says})
        return outcome.says
    if dose is not None:
        doses.keep(conn, row.key, dose, preparation, who=wish.who.id, at=at)
    holds = {"preparation": preparation} if dose is None or dose.number == 1 else {}
    conn.execute(update(ordered).where(ordered.c.key == row.key).values(waits="", **holds))
    return ""


def _wanted(conn: Connection, dispatcher: Dispatcher, wish: Wish, replaces: str) -> asked.Open | str:
    """Return the command that opens it, or in words what it waits for."""
    row, at, settings = wish.row, wish.at, dispatcher.settings
    order = doses.as_dose(wish.order, wish.dose.number, settings.zone) if wish.dose else wish.order
    if isinstance(order, str):
        return order
    made_by = recipes.recipe_for(conn, order, at)
    blocking = [one for one in _findings(conn, settings.site, row, order, made_by, at) if one.blocks]
    if blocking:
        return "To be cleared by a pharmacist: " + "; ".join(one.text for one in blocking)
    policy = recipes.policy_of(conn, settings.site, at)
    if isinstance(made_by, str) or policy is None:
        return made_by if isinstance(made_by, str) else "No site policy is signed."
    made_by = hazards.governed(conn, settings.site, made_by, hazards.on(at, settings.zone))
    workflow = making(order.container, by_volume=wish.by_volume is not None)
    if isinstance(workflow, Refused):
        return workflow.says
    if unsigned := procedures.why_not(settings, workflow):
        return unsigned
    digest = _digest_as_recorded(conn, settings.site_stream, row)
    text = ordertext.get(conn, row.patient, digest)
    if not isinstance(text, ordertext.OrderText):
        return NOT_AS_RECEIVED
    wanted = asked.Open(order, made_by, policy, row.patient, digest, replaces, wish.by_volume)
    entered = trial_orders.assigned_to(conn, settings.site, row.key, made_by, order.version)
    if gone := trial_orders.kits_gone(conn, settings.site, made_by, entered):
        return gone
    wanted = replace(wanted, trial=entered)
    return _why_no_label(conn, dispatcher, wanted, text, at) or wanted


def _findings(
    conn: Connection, site: str, row: Any, order: Order, made_by: Master | str, at: datetime
) -> tuple[OrderFinding, ...]:
    """Return the findings of an order, with those that its recipe brings: it may be of a trial, and would be made of none."""
    known = findings_of(row.findings)
    found = () if isinstance(made_by, str) else trial_orders.doubts(conn, site, row, order, made_by, at)
    now = trial_orders.with_doubts(known, found)
    if now != known:
        body = canonical.dump([codec.encode(one) for one in now]).decode()
        conn.execute(update(ordered).where(ordered.c.key == row.key).values(findings=body))
    return now


def _why_no_label(
    conn: Connection, dispatcher: Dispatcher, wanted: asked.Open, text: ordertext.OrderText, at: datetime
) -> str:
    """Lay the final label out before anything is made; an order that has no plan is refused by its opening instead."""
    made = planned(wanted.order, wanted.recipe, wanted.policy, wanted.by_volume)
    if isinstance(made, tuple):
        return ""
    if isinstance(made, Plan):
        made = replace(made, trial=wanted.trial)
    longest = max((one.name for one in accounts.everybody(conn)), key=len, default="name of the preparer")
    patient = codec.decode(PatientText, text.fields)
    trial = labelling.trial(made, wanted.recipe, at, longest)
    return labelling.why_no_label(wanted.order, wanted.recipe, made, patient, dispatcher.settings, trial)


def _weighed_after_all(conn: Connection, dispatcher: Dispatcher, wanted: asked.Open) -> str:
    """Return which balance of this site can judge what is called too small to weigh; empty where none can (R13)."""
    made = planned(wanted.order, wanted.recipe, wanted.policy, wanted.by_volume)
    if wanted.by_volume is None or not isinstance(made, Plan) or not isinstance(wanted.recipe, Recipe):
        return ""
    balances = register.balances_of(conn, dispatcher.settings.stations)
    return weighed_by(wanted.by_volume, made.draw.volume_ml, wanted.recipe, wanted.policy, balances)


def _digest_as_recorded(conn: Connection, stream: str, row: Any) -> str:
    """Return the digest of the patient's text from the event that recorded the order; empty where the row is another.

    The row and the text could be changed in the database; what is made is what was received and recorded.
    """
    recorded = log.newest_naming(conn, stream, row.patient)
    if recorded is None:
        return ""
    same = recorded.data["patient"] == row.patient and recorded.data["order"] == canonical.parse(row.body)
    return str(recorded.data["patient_digest"]) if same else ""


def read_as(row: Any) -> str:
    """Return the digest of an order as it now stands: another one after every message that touched it, none by a clearing.

    Every such message writes the patient's text under a new id.
    """
    return hashlib.sha256("\x1f".join((row.key, row.body, row.patient)).encode()).hexdigest()


def clear_finding(
    conn: Connection,
    dispatcher: Dispatcher,
    key: str,
    code: str,
    *,
    over: str,
    reason: str,
    who: Actor,
    at: datetime,
    command_id: str = "",
) -> str:
    """Let a pharmacist clear one blocking finding with a reason; returns what is wrong, or an empty text.

    `over` is the digest of the order that was read (`read_as`): what came since was not read, and is not cleared unread.
    """
    if "pharmacist" not in who.roles:
        return "Only a pharmacist clears a finding."
    if not who.licence:
        return who.no_licence
    if len(reason.strip()) < 10:
        return "Give a reason of at least ten letters."
    row = conn.execute(select(ordered).where(ordered.c.key == key)).one_or_none()
    if row is None or code not in {one.code for one in findings_of(row.findings)}:
        return "That finding is not open on this order."
    if over != read_as(row):
        return "The order was changed since it was read. Read it again. Nothing was cleared."
    left = [one if one.code != code else replace(one, blocks=False) for one in findings_of(row.findings)]
    body = canonical.dump([codec.encode(one) for one in left]).decode()
    conn.execute(update(ordered).where(ordered.c.key == key).values(findings=body))
    settings, command_id = dispatcher.settings, command_id or clock.new_command_id()
    data = {"key": key.split("\x1f"), "code": code, "reason": reason.strip()}
    log.append(
        conn,
        stream=settings.site_stream,
        expected_version=log.version_of(conn, settings.site_stream),
        events=[NewEvent(settings.site_stream, "order_finding_cleared", 1, data)],
        who=who.id,
        second_person=None,
        at=at,
        station=None,
        command_id=command_id,
        site=settings.site,
        software=settings.software,
    )
    open_if_ready(conn, dispatcher, key, at=at, command_id=f"{command_id}.{clock.new_id()}")
    return ""


def _wait(conn: Connection, row: Any, says: str) -> str:
    if row.waits != says:
        statements.WAITS.change(conn, {"of": row.key, "why": says})
    return says


def findings_of(text: str) -> tuple[OrderFinding, ...]:
    listed: Any = canonical.parse(text)
    return tuple(codec.decode(OrderFinding, one) for one in listed)
