"""What is given of what was drawn, by the checker's own sums: of a pump, what it runs of what is in it (R8, R55)."""

from __future__ import annotations

from decimal import Decimal

from workflows import facts as read
from workflows import facts_of_pumps as pumped
from workflows.facts import Facts


def fluid_drawn_ml(f: Facts) -> Decimal | None:
    """Return mL of diluent in all kept draws for a reservoir; None while one is missing."""
    made = f.opened.recipe.reservoir
    fluids = [read.gained(f, f"fluid-full:{unit}") for unit in range(1, pumped.fluid_syringes(f.opened) + 1)]
    if made is None or not made.fluid_density.g_per_ml or None in fluids:
        return None
    return sum((g for g in fluids if g is not None), Decimal(0)) / made.fluid_density.g_per_ml


def infused_mg(f: Facts) -> Decimal | None:
    """Return mg in the volume to infuse, by the strength that the weighed draws make; None while one is missing."""
    drawn, fluid = read.drawn_ml(f), fluid_drawn_ml(f)
    if drawn is None or fluid is None:
        return None
    return drawn * read.strength(f) / (drawn + fluid) * pumped.to_infuse_ml(f.opened)


def final_mg_ml(f: Facts) -> Decimal | None:
    """Return mg in each mL of the final container, by its order's base and by what was drawn; None while a draw is missing."""
    drawn, base = read.drawn_ml(f), f.opened.order.base
    around = fluid_drawn_ml(f) if pumped.in_a_pump(f.begun.order) else base.volume_ml if base else Decimal(0)
    if not drawn or around is None:
        return None
    return read.strength(f) * drawn / (drawn + around)


def leaves_mg(f: Facts) -> Decimal | None:
    """Return mg that are given of what leaves: of a pump what it runs of what is in it; None while a draw is missing."""
    if not pumped.in_a_pump(f.begun.order):
        return read.dispensed_mg(f)
    drawn, fluid, given = read.drawn_ml(f), fluid_drawn_ml(f), infused_mg(f)
    if drawn is None or fluid is None or given is None:
        return None
    asked = pumped.to_infuse_ml(f.opened)
    runs = drawn + fluid - (pumped.filled_ml(f.opened) - asked)
    if f.begun.order.container == "cassette" and runs > asked:
        return given
    return given * runs / asked


def off_label(f: Facts, slot: str, gain: Decimal) -> bool:
    """Say whether a vial that took `gain` grams is more than 5 % from its label; False where that cannot be told (R5)."""
    recipe, making = f.opened.recipe, f.opened.recipe.reconstitution
    if not slot.startswith("recon-after") or making is None or making.displacement_ml is None:
        return False
    liquid = gain / (making.diluent_density.g_per_ml or 1) + making.displacement_ml
    return liquid <= 0 or abs(recipe.vial_mg / liquid / recipe.concentration_mg_ml - 1) > Decimal("0.05")
