"""What the walk tries with a trial's stock: where none belongs, normal stock where it does, another kit (R56)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from workflows.circumstances import Actor
from workflows.commands import Submit
from workflows.copying import replace
from workflows.evidence import Container
from workflows.scene import Attempt, Scene

Maker = Callable[[Scene, str, Any, Actor], Iterator[Attempt]]
TRIALS = ("stock of a trial", "stock of no trial", "another kit")


def _of(**changes: str) -> Maker:
    """Return a maker of the right vial out of another stock or kit."""

    def make(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
        if (
            scene.world.trials
            and isinstance(good.found, Container)
            and any(getattr(good.found, name) != now for name, now in changes.items())
        ):
            yield Attempt(Submit(slot, replace(good, found=replace(good.found, **changes))), who)

    return make


def _kit(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    for kit in ("K-99", "") if good.found.protocol else ():
        yield from _of(kit=kit)(scene, slot, good, who)


TRIAL_EDGES: dict[str, Maker] = {
    "stock of a trial": _of(protocol="DEMO-999", kit="K-17"),
    "stock of no trial": _of(protocol="", kit=""),
    "another kit": _kit,
}
"""What each name in the rule's edges means."""
