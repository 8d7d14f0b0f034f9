"""Whose dose of a trial an order is, as its page shows it: protocol, sponsor, subject, kits, and who says so (R56)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.catalogue import recipes, trial_assignments
from app.desk.names import name_of
from app.desk.orders import OrderLine
from workflows.assigned import Assigned
from workflows.preparation import Preparation
from workflows.recipe import Recipe


@dataclass(frozen=True)
class OfTrial:
    """What an order of a trial needs besides, and what of it stands."""

    protocol: str
    """Number of the trial."""
    sponsor: str
    """Who sponsors it."""
    kits_needed: bool
    """The trial's system assigns kits: without one nothing is opened."""
    assigned: Assigned | None
    """Subject and kits; None while nobody entered them."""
    entered: str
    """By whom, with whom; empty before."""
    open_to_change: bool
    """Nothing is opened of it, so that it may be entered, or entered anew."""
    over: str
    """Digest of the order and its patient as they were read, of the recipe, and of what stands."""

    def attested(self, told: Assigned) -> str:
        """Return the digest that the second person's signature is over: all that `over` is of, subject and kits besides."""
        return hashlib.sha256("\x1f".join((self.over, told.subject, *told.kits)).encode()).hexdigest()


def of_trial(
    conn: Connection, site: str, line: OrderLine, p: Preparation | None, known: Mapping[str, str], at: datetime
) -> OfTrial | None:
    """Return what an order's page says of its trial; None where it is of none."""
    open_ = p is not None and p.outcome not in ("aborted", "remade")
    recipe = p.master if p is not None and open_ else recipes.recipe_for(conn, line.order, at)
    if not isinstance(recipe, Recipe) or not recipe.protocol:
        return None
    told = trial_assignments.assigned_to(conn, site, line.key, recipe.protocol, line.order.version)
    stands = p.plan.trial if p is not None and open_ and not p.counts else told
    of = (line.key, line.over, str(line.order.version), recipe.protocol, recipe.name, str(recipe.version))
    entered = f"{name_of(known, stands.by)}, compared by {name_of(known, stands.second)}" if stands else ""
    return OfTrial(
        protocol=recipe.protocol,
        sponsor=recipe.sponsor,
        kits_needed=recipe.assigned_kits,
        assigned=stands,
        entered=entered,
        open_to_change=not open_ and line.order.status == "active",
        over=hashlib.sha256("\x1f".join((*of, str(told))).encode()).hexdigest(),
    )
