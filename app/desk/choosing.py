"""Which vials a preparation should take, seen with those that wait behind it: advice, which no rule knows of (R32)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection

from app.record import views
from app.stations import open_vials
from app.stations.open_vials import Stock
from workflows import sharing
from workflows.preparation import Preparation
from workflows.selection import Choice, Open, Wanted, proposal
from workflows.standing import AT_THE_CABINET
from workflows.trials import shown_drug
from workflows.wording import amount, rounded

WAITING = ("ordered", "ready", "paused", *sorted(AT_THE_CABINET))
"""States of preparations that may still take a vial."""
MOST = 8
"""Doses that are looked ahead."""
Current = Callable[[Connection, str], Preparation | None]
"""Returns a preparation as it stands."""


def advice(conn: Connection, current: Current, preparation: str, p: Preparation, *, site: str, at: datetime) -> str:
    """Return which vials it should take and why, in words; empty where no opened vial can be used or its vials are scanned."""
    if not _chooses(p):
        return ""
    stock = [one for one in open_vials.stock(conn, site, at) if not one.gone and _is_for(one, p)]
    if not stock:
        return ""
    queue = [_wanted(preparation, p, at), *_behind(conn, current, preparation, p, site)[:MOST]]
    found = proposal(queue, [_open(one, p) for one in stock], p.recipe.vial_ml)
    return found.says(p.recipe.vial_ml, p.recipe.concentration_mg_ml)


def _chooses(p: Preparation) -> bool:
    """Say whether vials may be shared here, and none was scanned yet."""
    return not p.outcome and sharing.shares(p) and "vial:1" not in p.entries


def _is_for(one: Stock, p: Preparation) -> bool:
    recipe, vial = p.recipe, one.vial
    same = (vial.drug, vial.concentration_mg_ml, vial.amount_mg) == (
        *(recipe.drug, recipe.concentration_mg_ml, recipe.vial_mg),
    )
    named = vial.item_id in recipe.items and vial.ndc in recipe.ndcs
    fits = not sharing.made_up_otherwise(one.known, recipe)
    return same and named and fits and (p.cabinet is None or p.cabinet.code == one.known.cabinet)


def _behind(conn: Connection, current: Current, preparation: str, p: Preparation, site: str) -> list[Wanted]:
    """Return the doses of the same drug that take their vials later, the most urgent first."""
    rows = views.preparations(conn, site=site, statuses=WAITING)
    ids = [row.id for row in rows if row.drug == shown_drug(p.master) and row.id != preparation]
    found = ((id, other) for id in ids if (other := current(conn, id)) is not None and _chooses(other))
    return [_wanted(id, other, other.order.due_at) for id, other in found if other.recipe.items == p.recipe.items]


def _wanted(name: str, p: Preparation, at: datetime) -> Wanted:
    return Wanted(name, p.plan.volume_ml, p.plan.vials, sharing.asked_of(p, "1"), at)


def _open(one: Stock, p: Preparation) -> Open:
    sure = max(sharing.usable_ml(one.known, p.policy), Decimal(0))
    return Open(one.label, one.known.left_ml, sure, sharing.good_until(one.known, p.recipe))


@dataclass(frozen=True)
class Queue:
    """What the doses of one recipe that wait take, so that all of them together waste least (R32, R58)."""

    recipe: str
    """Name of the recipe."""
    choices: tuple[Choice, ...]
    """What each takes, the most urgent first."""
    waste_mg: Decimal
    """mg left over of all that is opened for them, and of every opened vial."""
    sealed_waste_mg: Decimal
    """The same if all of them took sealed vials alone."""

    @property
    def says(self) -> str:
        """Both in words, with mg to a tenth."""
        both = (amount(rounded(mg, 1)) for mg in (self.waste_mg, self.sealed_waste_mg))
        return "{} mg left over of all of it; {} mg with sealed vials alone".format(*both)


def queues(conn: Connection, current: Current, *, site: str, at: datetime) -> tuple[Queue, ...]:
    """Return what waits for each recipe that an opened vial is there for."""
    stock = [one for one in open_vials.stock(conn, site, at) if not one.gone]
    by_recipe: dict[str, list[tuple[str, Preparation]]] = {}
    for row in views.preparations(conn, site=site, statuses=WAITING) if stock else ():
        p = current(conn, row.id)
        if p is not None and _chooses(p) and any(_is_for(one, p) for one in stock):
            by_recipe.setdefault(p.recipe.name, []).append((row.id, p))
    return tuple(_queue(name, waiting[: MOST + 1], stock, at) for name, waiting in sorted(by_recipe.items()))


def _queue(name: str, waiting: list[tuple[str, Preparation]], stock: list[Stock], at: datetime) -> Queue:
    first = waiting[0][1]
    wanted = [_wanted(id, p, max(at, p.order.due_at) if place else at) for place, (id, p) in enumerate(waiting)]
    opened = [_open(one, first) for one in stock if _is_for(one, first)]
    best, sealed = (proposal(wanted, some, first.recipe.vial_ml) for some in (opened, ()))
    unused = sum((one.left_ml for one in opened), Decimal(0))
    strength = first.recipe.concentration_mg_ml
    return Queue(name, (best.choice, *best.others), best.waste_ml * strength, (sealed.waste_ml + unused) * strength)
