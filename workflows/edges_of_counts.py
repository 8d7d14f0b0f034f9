"""The evidence that the walk tries where units are counted: a value on either side of each limit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from workflows import facts as read
from workflows.circumstances import Actor
from workflows.commands import Submit
from workflows.copying import replace
from workflows.evidence import Evidence
from workflows.properties_of_counts import bottles, number
from workflows.scene import UNIT_G, Attempt, Scene
from workflows.worlds import CABINET

Maker = Callable[[Scene, str, Any, Actor], Iterator[Attempt]]


def _counted(off: int) -> Maker:
    def make(_: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
        yield Attempt(Submit(slot, replace(good, number=good.number + off)), who)

    return make


def _none(_: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    for one in (0, -1, 10_000):
        yield Attempt(Submit(slot, replace(good, number=one)), who)


def _as_before(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    before = number(scene.facts, "count-1")
    if before is not None:
        yield Attempt(Submit(slot, replace(good, number=before)), who)


def _left(short: int | None) -> Maker:
    """Return a maker of bottles that hold `short` fewer than are still needed; None: none at all."""

    def make(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
        needed = int(read.ordered_number(scene.facts)) - sum(one.left or 0 for one in bottles(scene.facts))
        for left in (0, None) if short is None else (needed - short,):
            yield Attempt(Submit(slot, replace(good, found=replace(good.found, left=left))), who)

    return make


def _expiring(days: int) -> Maker:
    def make(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
        order, zone = scene.facts.begun.order, ZoneInfo(scene.facts.begun.policy.zone)
        taken = (order.doses_total or 0) // 2
        first = max(order.due_at, scene.at).astimezone(zone).date()
        last: date = first + timedelta(days=taken + days)
        yield Attempt(Submit(slot, replace(good, found=replace(good.found, expiry=last))), who)

    return make


def _after_midnight(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    zone = ZoneInfo(scene.facts.begun.policy.zone)
    tomorrow = scene.at.astimezone(zone).date() + timedelta(days=1)
    yield Attempt(Submit(slot, good), who, at=datetime.combine(tomorrow, time(0, 1), zone).astimezone(UTC))


def _endless_lot(_: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    yield Attempt(Submit(slot, replace(good, found=replace(good.found, lot="L" * 21))), who)


def _a_cabinet(_: Scene, slot: str, good: Evidence, who: Actor) -> Iterator[Attempt]:
    yield Attempt(Submit(slot, replace(good, found=CABINET)), who)


def _late_by_31(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    empty = scene.facts.weighing("bottle-empty")
    if empty is not None:
        late = empty.taken_at + timedelta(minutes=31)
        yield Attempt(Submit(slot, replace(good, taken_at=late)), who, at=late)


def _units_off(units: str, tag: str = "") -> Maker:
    """Return a maker of bottles with so many units more than they should hold, by the mean of the walk, tagged."""

    def make(_: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
        yield Attempt(Submit(slot, replace(good, g=good.g + Decimal(units) * UNIT_G, raw=(tag,) if tag else ())), who)

    return make


def _nothing_laid_in(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    before = [one.g for name in scene.facts.kept if name.startswith("bottle-") and (one := scene.facts.weighing(name))]
    if before:
        yield Attempt(Submit(slot, replace(good, g=max(before))), who)


COUNT_EDGES: dict[str, Maker] = {
    "one short": _counted(-1),
    "one more": _counted(1),
    "none counted": _none,
    "as before": _as_before,
    "one too few left": _left(1),
    "just enough left": _left(0),
    "none left": _left(None),
    "expires in use": _expiring(-1),
    "expires with it": _expiring(0),
    "after midnight": _after_midnight,
    "endless lot": _endless_lot,
    "a cabinet": _a_cabinet,
    "31 minutes after the empty bottle": _late_by_31,
    "nothing laid in": _nothing_laid_in,
    "one unit laid in too few": _units_off("-1", "one too few"),
    "within the guard band": _units_off("0.25", "a quarter"),
    "too near to half a unit": _units_off("0.5", "half a unit"),
    "just over half a unit": _units_off("0.502"),
    "a unit short": _units_off("-1"),
    "a unit more": _units_off("1"),
}
"""What each name in a rule's `edges` means, of those that only a count has."""
