"""A number of units by weight (R54): what so many of them weigh, then all, and whether that can decide on one unit at all.

Ten units tell the mean of all no better than their own spread allows, and that error counts once for every unit: of 112
tablets that vary by 1 %, ten leave open two thirds of a tablet. So a number found by weight stands only where twice its
standard uncertainty is a quarter of a unit at most: a guard band of that on either side leaves half of the half unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from workflows.counting import LEAST_SPREAD
from workflows.evidence import Weighing
from workflows.preparation import Preparation
from workflows.recipe import CountRecipe
from workflows.targets import Target
from workflows.uncertainty import COVERAGE, ROOM, SENSITIVITY, combined, one_reading

EMPTY, SOME, ALL = "bottle-empty", "bottle-some", "bottle-all"
"""The bottle weighed empty, with so many units (their number is the slot's unit), and with all of them."""
AT_LEAST = 10
"""The fewest units that a mean mass is taken from (R54); more go by tens."""
HALF = Decimal("0.5")
"""How far a number by weight may be from the counted one, in units (R54)."""
GUARD = HALF * ROOM
"""The most that its expanded uncertainty may be, in units, which is its guard band too: more leaves no room inside."""
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Reference:
    """So many units that were weighed together, and what they say of all."""

    units: int
    """How many."""
    mass_g: Decimal
    """Their mass in g."""
    off: Decimal
    """Expanded uncertainty (k = 2), in units, of the number of all that is found from it."""

    @property
    def mean_g(self) -> Decimal:
        """Mean mass of one unit in g."""
        return self.mass_g / self.units

    @property
    def decides(self) -> bool:
        """Whether it tells one number of all from the next, with a guard band on either side."""
        return self.off <= GUARD


@lru_cache(maxsize=256)
def off(total: int, units: int, mean_g: Decimal, one_g: Decimal, spread: Decimal) -> Decimal:
    """Return the expanded uncertainty (k = 2), in units, of a number near `total` found from `units` of them.

    number = units × (all − empty) ÷ (some − empty). `one_g` is the standard uncertainty of one reading in g, `mean_g` the mean
    mass of one unit in g; each reading weighs in by its own derivative, as the empty bottle is in both differences. `spread` is
    the relative standard deviation of one unit's mass: the mean of `units` out of `total` is off by spread × √((1 − units ÷
    total) ÷ units). A factor that is wrong alike at every load cancels. But the day's check lets a weight read 0.1 % wrong, and
    another not: few units and all of them may be wrong by factors so far apart (R15).
    """
    times = Decimal(total) / units
    read = one_g / mean_g * combined((ONE, times - 1, times))
    mean = total * spread * ((1 - Decimal(units) / total) / units).sqrt()
    return COVERAGE * combined((read, mean, total * SENSITIVITY))


def asked(p: Preparation) -> bool:
    """Say whether it is weighed: its recipe states the spread, half of it is ten units or more, and it is of one lot.

    Units of two lots may differ in their mean, and nobody knows of which the ten are.
    """
    recipe, plan = p.counted_by, p.counts
    if recipe is None or plan is None or recipe.unit_spread is None or plan.count < 2 * AT_LEAST:
        return False
    return len({one.lot for one in p.containers() if one.role == "drug"}) <= 1


def spread_of(recipe: CountRecipe) -> Decimal | None:
    """Return how far one unit's mass is spread, never below what any lot really is; None where the recipe states none."""
    return None if recipe.unit_spread is None else max(recipe.unit_spread, LEAST_SPREAD)


def slot_of(units: int) -> str:
    """Return the slot in which the bottle is weighed with so many units."""
    return f"{SOME}:{units}"


def reference(p: Preparation, units: int, also: Weighing | None = None) -> Reference | None:
    """Return what the bottle with so many units says of all; None while it is not weighed, or not heavier than empty.

    By the least certain of its readings, with `also` that of all units; a reading without its figures leaves all open.
    """
    recipe, plan, empty, some = p.counted_by, p.counts, p.weighing(EMPTY), p.weighing(slot_of(units))
    if recipe is None or plan is None or empty is None or some is None or some.g <= empty.g:
        return None
    known = [one_reading(one) for one in (empty, some, also) if one is not None]
    figures = [one for one in known if one is not None]
    mass = some.g - empty.g
    spread = spread_of(recipe)
    if len(figures) < len(known) or spread is None:
        return Reference(units, mass, Decimal(plan.count))
    return Reference(units, mass, off(plan.count, units, mass / units, max(figures), spread))


def laid_in(p: Preparation) -> tuple[int, ...]:
    """Return with how many units the bottle is weighed before all are in it: ten; more where those turned out not to decide."""
    if not asked(p):
        return ()
    found = [AT_LEAST]
    while more := _more(p, found[-1]):
        found.append(more)
    return tuple(found)


def _more(p: Preparation, units: int) -> int:
    """Return how many would decide where `units` are weighed and do not: at most half of all, else 0."""
    known, recipe, plan, some = reference(p, units), p.counted_by, p.counts, p.weighing(slot_of(units))
    one = one_reading(some) if some else None
    spread = spread_of(recipe) if recipe else None
    if known is None or known.decides or plan is None or one is None or spread is None:
        return 0
    tens = range(units + AT_LEAST, plan.count // 2 + 1, AT_LEAST)
    return next((more for more in tens if off(plan.count, more, known.mean_g, one, spread) <= GUARD), 0)


def last(p: Preparation) -> Reference | None:
    """Return the units that all are judged by; None while the next ones are still to be weighed, or nothing is."""
    numbers = laid_in(p)
    return reference(p, numbers[-1]) if numbers else None


def can_decide(p: Preparation) -> bool:
    """Say whether all are weighed: what was laid in tells one number from the next."""
    known = last(p)
    return known is not None and known.decides


def left_open(p: Preparation) -> Reference | None:
    """Return what was laid in and decides nothing, and no greater number would: the two counts are the proof. Else None."""
    known = last(p)
    return None if known is None or known.decides else known


def target(p: Preparation) -> Target | None:
    """Return what all units must weigh: their number × the mean, within half a unit (R54); None while nothing tells."""
    known, plan = last(p), p.counts
    if known is None or plan is None or not known.decides:
        return None
    half, expected = known.mean_g * HALF, known.mean_g * plan.count
    return Target(Decimal(0), expected - half, expected, expected + half, HALF / plan.count)


def window(p: Preparation, slot: str) -> tuple[Target, Weighing] | None:
    """Return the limits of what all units weigh, and the empty bottle; None for every other slot."""
    aim, empty = target(p) if slot == ALL else None, p.weighing(EMPTY)
    return (aim, empty) if aim and empty else None


def number(p: Preparation) -> Decimal | None:
    """Return how many units there are by weight, unrounded; None while all are not weighed."""
    known, empty, full = last(p), p.weighing(EMPTY), p.weighing(ALL)
    return (full.g - empty.g) / known.mean_g if known and empty and full else None


def stages(p: Preparation) -> tuple[object, ...]:
    """Return what the steps of weighing rest on: how many units are laid in, and whether all follow."""
    numbers = laid_in(p)
    known = reference(p, numbers[-1]) if numbers else None
    return (numbers, known is not None and known.decides)
