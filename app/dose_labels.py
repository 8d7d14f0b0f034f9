"""What a label says of where in its treatment a dose belongs: cycle, day, and which of several doses made together it is."""

from __future__ import annotations

from workflows import doses
from workflows.order import Order


def place_in_treatment(order: Order) -> str | None:
    """Return cycle, day and number of a dose in the words of the label room; None where the order says none of them."""
    day = f"Cycle {order.cycle}, day {order.day}" if order.cycle and order.day else ""
    return ", ".join(word for word in (day, doses.said(order)) if word) or None
