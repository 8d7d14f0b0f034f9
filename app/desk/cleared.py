"""What an order still needs before it is made, as screens show it: what was confirmed, or what lacks (R57)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.catalogue import clearances
from workflows.clearances import Clearance, Requirement, good_until, lacking
from workflows.order import Order
from workflows.preparation import Preparation
from workflows.recipe import Policy


@dataclass(frozen=True)
class Asked:
    """One thing that has to be confirmed of an order."""

    nth: int
    """Which of what is asked of the order, from 0: its forms are named by it."""
    required: Requirement
    """What is asked."""
    given: Clearance | None
    """What was confirmed; None: nothing, or it was taken back."""
    until: datetime | None
    """Until when it counts, UTC; None: no end."""
    lacks: str
    """What stands in the way; empty where it stands."""
    over: str
    """Digest that a signature for it is over."""
    may_enter: bool
    """This person may enter it and take it back."""


def asked_of(
    conn: Connection, site: str, order: Order, policy: Policy, *, made_of: int, roles: frozenset[str], at: datetime
) -> tuple[Asked, ...]:
    """Return everything the policy asks of an order; `made_of` is the version of it that is made."""
    stands = clearances.standing(conn, site, order.key)
    known = {one.requirement: one for one in stands}
    found: list[Asked] = []
    for required in policy.requires:
        if not required.asked_of(order.drug, order.payer):
            continue
        given = known.get(required.name)
        lacks = " ".join(lacking((required,), stands, made_of, at))
        until = good_until(required, given) if given else None
        over = clearances.signed_over(order, required, stands)
        may = bool(roles & set(required.entered_by))
        found.append(Asked(len(found), required, given, until, lacks, over, may))
    return tuple(found)


def lacks(conn: Connection, site: str, p: Preparation, at: datetime) -> tuple[str, ...]:
    """Return what a preparation that nobody has taken yet still waits for, a sentence each."""
    required = [one for one in p.policy.requires if one.asked_of(p.order.drug, p.order.payer)]
    if not required:
        return ()
    return lacking(required, clearances.standing(conn, site, p.order.key), p.order.version, at)
