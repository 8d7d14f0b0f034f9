"""Which dose of its order a preparation is, and when that dose is due; a dose that nobody ordered is not made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, timedelta, tzinfo

from workflows.findings import Finding
from workflows.order import Order


def said(order: Order) -> str:
    """Return which dose of its order a preparation is, in words; empty where it is not one of several made together."""
    return f"dose {order.dose_no} of {order.doses_total}" if order.dose_no is not None else ""


def with_dose(words: str, order: Order) -> str:
    """Return an amount in words with which dose of its order it is, where it is one of several made together."""
    return f"{words}, {said(order)}" if order.dose_no is not None else words


def one_dose(order: Order, number: int, rhythm: tuple[int, int], zone: tzinfo) -> Order:
    """Return the order as one of its doses asks: the number, when that dose is due, and its day of the cycle.

    `rhythm`: doses in so many hours, more than 0. A dose a day is due at one time by the clock on the wall.
    """
    doses, hours = rhythm
    first = order.due_at.astimezone(zone)
    due = (first.replace(tzinfo=None) + timedelta(hours=hours) * (number - 1) / doses).replace(tzinfo=zone)
    day = order.day + (due.date() - first.date()).days if order.day is not None else None
    return replace(order, dose_no=number, due_at=due.astimezone(UTC), day=day)


def findings(order: Order) -> Iterator[Finding]:
    """Yield why a dose is not made: it is none of those that the order asks for."""
    if order.dose_no is None or 1 <= order.dose_no <= (order.doses_total or 0):
        return
    says = f"This would be dose {order.dose_no}; the order asks for {order.doses_total or 'no number of'} doses."
    yield Finding("DOSE_NOT_ORDERED", says, "Nothing is made beyond what was ordered. A pharmacist looks at the order.")
