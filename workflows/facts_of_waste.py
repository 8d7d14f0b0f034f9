"""The checker's own sum of what was thrown away, and what each vial counts for (R58)."""

from __future__ import annotations

import math
from decimal import Decimal

from workflows import facts as read
from workflows import facts_of_pumps as pumped
from workflows.evidence import Container
from workflows.facts import Facts


def wasted_mg(f: Facts) -> Decimal:
    """Return mg of drug in every opened vial less the dose where it was released (R58); 0 before the first weighing."""
    if f.counted:
        poured = f.started_at is not None or len(f.inside) >= math.ceil(
            read.ordered_number(f) / f.counted.recipe.bottle_holds
        )
        return (
            read.ordered_number(f) * f.counted.recipe.strength_mg if poured and f.outcome != "released" else Decimal(0)
        )
    if f.started_at is None:
        return sum((counted_mg(f, one, Decimal(0)) for one in opened_before(f)), Decimal(0))
    recipe = f.opened.recipe
    vials = [one for _, one in f.inside if one.role == "drug"]
    thrown = sum(
        (counted_mg(f, one, one.amount_mg or recipe.vial_mg) for one in f.aside if one.role == "drug"), Decimal(0)
    )
    if f.outcome != "released":
        return thrown + sum((counted_mg(f, one, recipe.vial_mg) for one in vials), Decimal(0))
    strength = recipe.concentration_mg_ml
    held = sum((counted_mg(f, one, recipe.vial_ml * strength) for one in vials), Decimal(0))
    left = held - read.dose_mg(f) * pumped.beyond_dose(f.opened) - sum((one.left_mg for one in f.stored), Decimal(0))
    return thrown + max(left, Decimal(0))


def opened_before(f: Facts) -> list[Container]:
    """Return the vials of earlier doses that were brought in: stock no more, though nothing was drawn for this one (R32)."""
    return [one for one in (*f.aside, *(one for _, one in f.inside)) if one.opened is not None]


def counted_mg(f: Facts, vial: Container, sealed_mg: Decimal) -> Decimal:
    """Return the mg that a vial counts for: what was left in one opened before, else `sealed_mg`."""
    return sealed_mg if vial.opened is None else vial.opened.left_ml * f.opened.recipe.concentration_mg_ml
