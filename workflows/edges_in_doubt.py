"""Readings about where an amount becomes too close to call: just clear of a limit, just not, and a load weighed once more."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from workflows import facts as read
from workflows import margins
from workflows.circumstances import Actor
from workflows.commands import Submit
from workflows.copying import replace
from workflows.evidence import Weighing
from workflows.scene import Attempt, Scene

MICROGRAM = Decimal("0.000001")
"""How finely the walk tells an amount that is clear of its limit from one that is too close."""


def clear(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    """Return readings that alone are just clear of either limit."""
    for side, tag in ((-1, "low"), (1, "high")):
        yield from _near(scene, slot, good, who, side, -2, tag)


def close(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    """Return readings that alone are just too close to either limit."""
    for side in (-1, 1) if scene.world.doubts else ():
        yield from _near(scene, slot, good, who, side, 2, "")


def _near(scene: Scene, slot: str, good: Any, who: Actor, side: int, micrograms: int, tag: str) -> Iterator[Attempt]:
    before, wanted = scene.facts.weighing(read.first_of(slot)), read.expected(scene.facts, slot)
    if before is None or wanted is None:
        return
    limit = wanted[0] * (1 + side * wanted[1])
    gain = limit
    for _ in range(3):
        gain = limit - side * _off(scene, slot, replace(good, g=before.g + gain))
    grams = (before.g + gain).quantize(MICROGRAM, ROUND_FLOOR) + side * micrograms * MICROGRAM
    yield Attempt(Submit(slot, replace(good, g=grams, raw=(tag,) if tag else ())), who)


def _off(scene: Scene, slot: str, *load: Weighing) -> Decimal:
    """Return by how much the mean of `load` may be off as the second reading of `slot`, in g."""
    balance, facts = scene.world.balance, scene.facts
    told = {"repeatability_g": balance.repeatability_g, "division_g": balance.division_g}
    says = tuple(replace(one, **told) for one in load)
    kept = read.Kept(says[-1], "", "", scene.at, 0, "")
    after = replace(facts, kept={**facts.kept, slot: kept}, loads={**facts.loads, slot: says})
    return margins.off_by(after, (slot,)) or Decimal(0)


def once_more(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    """Return readings that bring the mean of a load just clear of its nearer limit, or not quite, within its noise."""
    before, wanted = scene.facts.weighing(read.first_of(slot)), read.expected(scene.facts, slot)
    load = scene.facts.loads.get(slot, ())
    if before is None or wanted is None or not load or not scene.world.doubts:
        return
    total, count = sum((one.g for one in load), Decimal(0)), len(load) + 1
    side = 1 if total / len(load) - before.g > wanted[0] else -1
    limit = before.g + wanted[0] * (1 + side * wanted[1])
    off = _off(scene, slot, *load, replace(load[-1], g=limit))
    for micrograms, tag in ((-4, "mean"), (4, "")):
        grams = ((limit - side * off) * count - total).quantize(MICROGRAM, ROUND_FLOOR) + side * micrograms * MICROGRAM
        one = replace(good, g=grams, repeatability_g=load[-1].repeatability_g, division_g=load[-1].division_g)
        if len(margins.joined(load, one)) > 1:
            yield Attempt(Submit(slot, replace(one, raw=(tag,) if tag else ())), who)
