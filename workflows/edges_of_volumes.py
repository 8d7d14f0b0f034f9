"""What the walk tries where volumes are read: wrong ones, at their limits, and second persons of every kind (R13)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from workflows import facts as read
from workflows.circumstances import Actor
from workflows.commands import Submit
from workflows.copying import replace
from workflows.scene import Attempt, Scene
from workflows.worlds import ANN, BO, CY, DANA, PAM, RAE, VERA

Maker = Callable[[Scene, str, Any, Actor], Iterator[Attempt]]
HAIR = Decimal("0.0001")
"""mL beyond a limit."""


def _another(who: Actor) -> Actor:
    return ANN if who.id == BO.id else BO


def _off(*parts: tuple[int, Decimal]) -> Maker:
    """Return a maker of volumes at the limit of one side, so much further, read by an entitled second person."""

    def make(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
        allowed = scene.facts.opened.plan.draw.tolerance
        for side, further in parts:
            ml = good.volume_ml * (1 + side * allowed) + side * further
            yield Attempt(Submit(slot, replace(good, volume_ml=ml)), who, _another(who))

    return make


def _tenth(_: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    yield Attempt(Submit(slot, replace(good, volume_ml=good.volume_ml / 10)), who, _another(who))


def _alone(_: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    for second in (None, who):
        yield Attempt(Submit(slot, good), who, second)


def _read_by(*seconds: Actor) -> Maker:
    def make(_: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
        for second in seconds:
            yield Attempt(Submit(slot, good), who, _another(who) if second is BO else second)

    return make


def _too_late(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    until = read.opened_until(scene.facts)
    if until is not None and until >= scene.at:
        yield Attempt(Submit(slot, good), who, _another(who), at=until)


VOLUME_EDGES: dict[str, Maker] = {
    "read alone": _alone,
    "read by whom it may not": _read_by(VERA, CY, RAE),
    "read by another": _read_by(BO, PAM, DANA),
    "read too much": _off((1, HAIR)),
    "read too little": _off((-1, HAIR)),
    "read at its limit": _off((1, Decimal(0)), (-1, Decimal(0))),
    "a tenth of it read": _tenth,
    "read too late": _too_late,
    "injected too late": _too_late,
}
"""What each name in the edges of the rules by volume means."""
TRIED_BY_VOLUME: dict[str, tuple[str, ...]] = {
    "syringe-new": ("other item",),
    "syringe-photo": ("same picture",),
    "syringe-read": (
        *("read alone", "read by whom it may not", "read by another", "read too much", "read too little"),
        *("read at its limit", "a tenth of it read", "read too late"),
    ),
    "bag-mixed": ("other item", "injected too late"),
}
"""What is tried at the steps by volume, whatever their rules."""
