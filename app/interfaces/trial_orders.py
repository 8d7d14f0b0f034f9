"""Whose dose an order of a trial is: what may be entered of it, and what a pharmacist decides where it may be one (R56)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from app.catalogue import recipes, trial_assignments
from app.catalogue.names import folded
from app.catalogue.trial_assignments import Entered
from app.catalogue.trial_lines import Act, NotAccountedError, as_written, in_stock, is_of, lines
from app.interfaces.tables import ordered
from app.record import canonical, codec, views
from workflows.assigned import Assigned
from workflows.made_by import Master
from workflows.order import Order, OrderFinding
from workflows.recipe import Recipe
from workflows.trials import names

LONGEST = 40
"""Letters of a subject's number."""
DOUBTS = ("MAY_BE_A_TRIAL", "WAS_A_TRIAL")
"""Findings of an order that a normal recipe would make."""
OVER = ("released", "downtime")
"""How a dose ended that was given out."""


@dataclass(frozen=True)
class Beside:
    """What is entered of another order of the same trial."""

    entered: Entered
    """Subject and kits."""
    mrn: str
    """Record number of its patient."""
    number: str
    """Number of the order."""
    wanted: bool
    """It is to be made in this version: its kits are for it."""
    given_out: bool
    """Its dose was given out: its subject is its patient, and kits that it did not take are free."""


def assign(act: Act, key: str, entered: Entered, recipe: Recipe) -> Entered:
    """Keep for which subject an order of a trial is, and which kits; return it as kept. Raises NotAccountedError."""
    told = entered.assigned
    if not act.second or act.second == act.who:
        raise NotAccountedError("A second person stands beside, and gives badge and PIN.")
    subject = as_written(told.subject)
    if not subject or len(subject) > LONGEST:
        raise NotAccountedError(f"Write the subject's number in the trial, in 1 to {LONGEST} letters.")
    others = _others(act, key, recipe.protocol)
    kits = _kits(act, told.kits, recipe)
    mrn = act.conn.execute(select(ordered.c.mrn).where(ordered.c.key == key)).scalar_one()
    for one in others:
        _not_anothers(one, subject, kits, mrn)
    kept = replace(entered, assigned=replace(told, subject=subject, kits=kits), attested=act.attested)
    trial_assignments.keep(act, key, kept)
    return kept


def _not_anothers(one: Beside, subject: str, kits: tuple[str, ...], mrn: str) -> None:
    """Refuse a subject who is another patient, and a kit that stands for another order."""
    theirs = one.entered.assigned
    if (one.wanted or one.given_out) and folded(theirs.subject) == folded(subject) and one.mrn != mrn:
        says = (
            f"Subject {subject} is another patient by the order {one.number}. Compare both with the trial's own paper."
        )
        raise NotAccountedError(says)
    if not one.wanted or one.given_out:
        return
    if taken := sorted({folded(kit) for kit in kits} & {folded(kit) for kit in theirs.kits}):
        kit = next(kit for kit in kits if folded(kit) == taken[0])
        raise NotAccountedError(f"Kit {kit} is entered for the order {one.number}, subject {theirs.subject}.")


def _kits(act: Act, told: tuple[str, ...], recipe: Recipe) -> tuple[str, ...]:
    """Return kit numbers as they stand in the trial's stock. Raises NotAccountedError for what is not in it."""
    if told and not recipe.protocol_stock:
        raise NotAccountedError(f"Doses of {recipe.protocol} are made of normal stock: it has no kits here.")
    here = in_stock(lines(act.conn, act.settings.site, recipe.protocol))
    known = {folded(one.line.kit): one.line.kit for one in here if is_of(one.line, recipe)}
    if lacking := [one for one in told if folded(one) not in known]:
        says = f"Not in the stock of {recipe.protocol} for this recipe: kit {', '.join(lacking)}."
        raise NotAccountedError(f"{says} Receive it first, or look at its number again.")
    kits = tuple(known[folded(one)] for one in told)
    if len(set(kits)) < len(kits):
        raise NotAccountedError("A kit number stands there twice.")
    return kits


def _others(act: Act, key: str, protocol: str) -> list[Beside]:
    """Return what is entered of every other order of a trial at this site."""
    told = dict(trial_assignments.everything(act.conn, act.settings.site, protocol))
    told.pop(key, None)
    rows = act.conn.execute(select(ordered).where(ordered.c.key.in_(list(told)))) if told else ()
    return [_beside(act.conn, row, told[row.key]) for row in rows]


def _beside(conn: Connection, row: Any, entered: Entered) -> Beside:
    order = codec.decode(Order, canonical.parse(row.body))
    view = views.get_preparation(conn, row.preparation) if row.preparation else None
    wanted = order.status == "active" and order.version == entered.version
    given_out = view is not None and view.status in OVER
    return Beside(entered, row.mrn, order.key.placer, wanted, given_out)


def doubts(
    conn: Connection, site: str, row: Any, order: Order, made_by: Master, at: datetime
) -> tuple[OrderFinding, ...]:
    """Return why a pharmacist decides before a dose is made as one of no trial: its words may mean one, or it was of one."""
    if isinstance(made_by, Recipe) and made_by.protocol:
        return ()
    version, found = f"Version {order.version} of the order", []
    for protocol in recipes.may_be_of(conn, order, at):
        if names(order, protocol):
            says = f"{version} names the trial {protocol}, of which no recipe counts now."
        else:
            says = f"{version} does not name the trial {protocol} by its number alone, and its words may mean it."
        says += " Cleared, it is made of normal stock; of the trial's once the prescriber names it."
        found.append(OrderFinding("MAY_BE_A_TRIAL", True, says))
    before = trial_assignments.newest(conn, site, row.key)
    if before is not None:
        was = before.protocol or "a trial"
        says = f"{version} names no trial that has a recipe here. A subject was entered for it, of {was}."
        found.append(OrderFinding("WAS_A_TRIAL", True, f"{says} Cleared, it is made of normal stock."))
    return tuple(found)


def with_doubts(known: tuple[OrderFinding, ...], found: tuple[OrderFinding, ...]) -> tuple[OrderFinding, ...]:
    """Return the findings of an order with these doubts in place of those of an earlier version; a cleared one stays so."""
    stay = {(one.code, one.text): one for one in known if one.code in DOUBTS}
    others = tuple(one for one in known if one.code not in DOUBTS)
    return (*others, *(stay.get((one.code, one.text), one) for one in found))


def assigned_to(conn: Connection, site: str, key: str, made_by: Master, version: int) -> Assigned | None:
    """Return subject and kits that stand for an order as its recipe's trial has them; None for none."""
    protocol = made_by.protocol if isinstance(made_by, Recipe) else ""
    return trial_assignments.assigned_to(conn, site, key, protocol, version)


def kits_gone(conn: Connection, site: str, made_by: Master, assigned: Assigned | None) -> str:
    """Say which assigned kits are no stock any more, as after a remake; empty while all of them are, and where there are none."""
    if assigned is None or not assigned.kits or not isinstance(made_by, Recipe):
        return ""
    here = {folded(one.line.kit) for one in in_stock(lines(conn, site, made_by.protocol))}
    gone = [kit for kit in assigned.kits if folded(kit) not in here]
    says = f"Kit {', '.join(gone)} of the trial {made_by.protocol} is no stock any more."
    return f"{says} A pharmacist enters what the trial's system assigns now." if gone else ""
