"""What the vials held, and what has left them: the balance's second opinion of every draw (R4)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from decimal import Decimal

from workflows.evidence import Weighing
from workflows.plan import Plan
from workflows.recipe import Recipe
from workflows.standing import OUTSIDE

Read = Callable[[str], Weighing | None]
"""Returns the accepted weighing of a slot, or None: a preparation's own `weighing`."""


def full_slot(recipe: Recipe, unit: str) -> str:
    """Return the slot that weighs vial `unit` before anything is drawn: with its diluent in, or as it came."""
    return f"recon-after:{unit}" if recipe.reconstitution else f"vial-before:{unit}"


def lost(read: Read, recipe: Recipe, unit: str) -> Decimal | None:
    """Return the grams that have left vial `unit`; None while a reading is missing."""
    return _fall(read, full_slot(recipe, unit), f"vial-after:{unit}")


def lost_in_all(read: Read, recipe: Recipe, plan: Plan) -> Decimal | None:
    """Return the grams that have left all vials together; None until each is weighed."""
    return _sum(lost(read, recipe, str(unit)) for unit in range(1, plan.vials + 1))


def drawn_in_all(read: Read, plan: Plan) -> Decimal | None:
    """Return the grams in all syringes together; None until each is weighed."""
    return _sum(_drawn(read, unit) for unit in range(1, len(plan.syringes_ml) + 1))


def held(read: Read, recipe: Recipe, plan: Plan, unit: str) -> Decimal | None:
    """Return the most grams that syringe `unit` can take from the vials meant for it; None where nobody knows.

    As many syringes as vials: each has its own. Else the vials are one stock, less what the other syringes hold. What
    a vial holds is its diluent and its drug; of a drug that comes as a liquid the overfill is not known.
    """
    each = [_content(read, recipe, str(vial)) for vial in range(1, plan.vials + 1)]
    if len(plan.syringes_ml) == plan.vials:
        return each[int(unit) - 1]
    stock = _sum(each)
    others = (_drawn(read, other) for other in range(1, len(plan.syringes_ml) + 1) if str(other) != unit)
    return None if stock is None else stock - sum((one for one in others if one is not None), Decimal(0))


def exceeds(read: Read, recipe: Recipe, plan: Plan, slot: str, reading: object, codes: Collection[str] = ()) -> bool:
    """Say whether a true reading of a filled syringe is more than its vials held: something else was entered too.

    A reading that was itself no good (unsettled, no pair) says nothing of where the liquid came from.
    """
    step, _, unit = slot.partition(":")
    if step != "syringe-full" or not isinstance(reading, Weighing) or not OUTSIDE.issuperset(codes):
        return False
    empty, most = read(f"syringe-empty:{unit}"), held(read, recipe, plan, unit)
    return empty is not None and most is not None and reading.g - empty.g > most


def injected(read: Read, plan: Plan, slot: str, reading: object, gate: Decimal) -> bool:
    """Say whether a used syringe is lighter than it was filled, by more than the noise: some of it is in the bag."""
    step, _, unit = slot.partition(":")
    full = read(f"syringe-full:{unit}") if step == "syringe-used" else None
    return full is not None and isinstance(reading, Weighing) and full.g - reading.g > plan.draw.expected_g * gate


def _content(read: Read, recipe: Recipe, unit: str) -> Decimal | None:
    gain = _fall(read, f"recon-after:{unit}", f"recon-before:{unit}")
    return None if gain is None else gain + recipe.vial_mg / 1000


def _drawn(read: Read, unit: int) -> Decimal | None:
    return _fall(read, f"syringe-full:{unit}", f"syringe-empty:{unit}")


def _fall(read: Read, heavy: str, light: str) -> Decimal | None:
    first, second = read(heavy), read(light)
    return first.g - second.g if first and second else None


def _sum(parts: Iterable[Decimal | None]) -> Decimal | None:
    total = Decimal(0)
    for part in parts:
        if part is None:
            return None
        total += part
    return total
