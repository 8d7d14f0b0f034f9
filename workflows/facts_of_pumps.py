"""What an opened order says of a pump, worked out by the checker itself: how much is infused, filled in, and drawn for it."""

from __future__ import annotations

from decimal import Decimal

from workflows import events as happened
from workflows.order import Order

MG = {"mg": Decimal(1), "g": Decimal(1000), "ug": Decimal("0.001")}
"""mg in one ordered unit."""


def in_a_pump(order: Order) -> bool:
    """Say whether drug and diluent fill the reservoir of a pump."""
    return order.container in ("cassette", "elastomeric")


def to_infuse_ml(o: happened.Opened) -> Decimal:
    """Return mL that a pump runs, by the rate that was planned and the hours that were ordered; 0 for no pump."""
    pump, minutes = o.plan.pump, o.order.duration_min
    return pump.rate_ml_h * minutes / 60 if pump is not None and minutes is not None else Decimal(0)


def filled_ml(o: happened.Opened) -> Decimal:
    """Return all that a reservoir is to hold: what is infused, and what the recipe adds for the line and to stay behind."""
    made = o.recipe.reservoir
    return to_infuse_ml(o) + (made.prime_ml + made.residual_ml if made else Decimal(0))


def beyond_dose(o: happened.Opened) -> Decimal:
    """Return how many times the dose is drawn: more than once where a reservoir takes more than is infused."""
    return filled_ml(o) / to_infuse_ml(o) if in_a_pump(o.order) and to_infuse_ml(o) else Decimal(1)


def fluid_ml(o: happened.Opened) -> Decimal:
    """Return mL of diluent that fill up a reservoir."""
    return filled_ml(o) - o.order.dose * MG[o.order.dose_unit] * beyond_dose(o) / o.recipe.concentration_mg_ml


def fluid_syringes(o: happened.Opened) -> int:
    """Return how many syringes of diluent fill up a reservoir."""
    pump = o.plan.pump
    return len(pump.fluid_syringes_ml) if pump else 0
