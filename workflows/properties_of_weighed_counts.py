"""The checker's own reckoning of units that are weighed after they were counted: it asks neither the rules nor the engine.

As variances, where the engine adds roots: an estimate N × all ÷ some has the variance of its readings and of its sample.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from workflows import facts as read
from workflows.circumstances import Circumstances
from workflows.evidence import Weighing
from workflows.facts import Facts
from workflows.properties_of_readings import on_a_balance
from workflows.sentences import Breach

LEAST = 10
ONE_PER_MILLE = Decimal("0.001")
"""How wrong the day's check lets a balance be at one load, and not at another (R15)."""
SIXTEENTH = Decimal("0.0625")
"""A quarter of a unit, squared: what twice the standard uncertainty, squared, may be at most."""
LEAST_SPREAD = Decimal("0.005")
"""Half a percent: no lot of tablets varies less, whatever a recipe states."""


def is_weighed(f: Facts) -> bool:
    """Say whether the weight is asked for: a known spread, twenty units or more, one lot."""
    lots = {one.lot for slot, one in f.inside if slot.startswith("stock:")}
    recipe = f.counted.recipe if f.counted else None
    return recipe is not None and recipe.unit_spread is not None and read.ordered_number(f) >= 20 and len(lots) == 1


def weighed(f: Facts, slot: str, weighing: Weighing, now: Circumstances) -> Iterator[Breach]:
    """Yield what is wrong with a weighing that was accepted where units are counted (3, 4, 13)."""
    yield from on_a_balance(f, slot, weighing, now)
    if "count-2" not in f.kept:
        yield Breach(4, f"{slot} before both counts stood")
    if f.apart:
        yield Breach(13, f"{slot} after a weight or a count that differed, and not all was made anew")
    empty = f.weighing("bottle-empty")
    if slot == "bottle-empty":
        return
    if empty is None or (empty.balance, empty.epoch, empty.mode) != (weighing.balance, weighing.epoch, weighing.mode):
        yield Breach(3, f"{slot} and the empty bottle are no pair")
    elif weighing.taken_at - empty.taken_at > timedelta(minutes=30) or weighing.g <= empty.g:
        yield Breach(3, f"{slot} is too long after the empty bottle, or no heavier")
    elif slot == "bottle-all":
        yield from _all(f, empty, weighing)


def _all(f: Facts, empty: Weighing, weighing: Weighing) -> Iterator[Breach]:
    units = max(_laid_in(f), default=0)
    some = f.weighing(f"bottle-some:{units}")
    squared = _squared(f, units, (empty, some, weighing), some.g - empty.g) if some else None
    if some is None or squared is None or squared > SIXTEENTH:
        yield Breach(3, f"all were judged by {units} units that decide nothing")
        return
    found = (weighing.g - empty.g) / (some.g - empty.g) * units
    room = Decimal("0.5") - abs(found - read.ordered_number(f))
    if room < 0 or room**2 < squared:
        yield Breach(
            13, f"by weight there are {found:.2f}; {read.ordered_number(f)} were counted, and the guard band is left"
        )


def _laid_in(f: Facts) -> list[int]:
    return [int(slot.partition(":")[2]) for slot in f.kept if slot.startswith("bottle-some:")]


def _tells(f: Facts, units: int, readings: tuple[Weighing, ...], grams: Decimal) -> bool:
    """Say whether `units` that weigh `grams` tell the ordered number from the next: 2 u is at most a quarter of one."""
    squared = _squared(f, units, readings, grams)
    return squared is not None and squared <= SIXTEENTH


def _squared(f: Facts, units: int, readings: tuple[Weighing, ...], grams: Decimal) -> Decimal | None:
    """Return (2 u)² of the number that `units` of `grams` tell; None where that cannot be said."""
    spread = f.counted.recipe.unit_spread if f.counted else None
    total, one = read.ordered_number(f), grams / units
    noise = [
        (w.repeatability_g**2 + w.division_g**2 / 12) if w.repeatability_g is not None and w.division_g else None
        for w in readings
    ]
    known = [each for each in noise if each is not None]
    if spread is None or len(known) < len(noise) or grams <= 0:
        return None
    times = total / units
    read_off = max(known) / one**2 * (1 + (times - 1) ** 2 + times**2)
    sampled = (total * max(spread, LEAST_SPREAD)) ** 2 * (Decimal(1) / units - 1 / total)
    unlike = (total * ONE_PER_MILLE) ** 2 / 3
    return 4 * (read_off + sampled + unlike)


def complete(f: Facts) -> Iterator[Breach]:
    """Yield where a count was released of which the weight could tell the number, and was not asked (3)."""
    if not is_weighed(f):
        return
    empty, numbers = f.weighing("bottle-empty"), _laid_in(f)
    some = f.weighing(f"bottle-some:{max(numbers, default=0)}")
    if empty is None or some is None or min(numbers) != LEAST:
        yield Breach(3, "released without ten units weighed in its bottle")
        return
    if "bottle-all" in f.kept:
        return
    units, grams = max(numbers), some.g - empty.g
    most = range(units, int(read.ordered_number(f)) // 2 + 1, LEAST)
    if any(_tells(f, more, (empty, some), grams * more / units) for more in most):
        yield Breach(3, f"released with {units} units weighed, though the weight can tell the number")
