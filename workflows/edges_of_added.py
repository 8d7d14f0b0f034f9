"""What the walk tries where a site's policy adds a confirmation: another sentence, and second persons of every kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from workflows.added import STEPS
from workflows.circumstances import Actor
from workflows.commands import Submit
from workflows.evidence import Confirmation
from workflows.scene import Attempt, Scene
from workflows.worlds import ANN, BO, CY, DANA, LEE, NED, PAM, RAE, VERA

Maker = Callable[[Scene, str, Any, Actor], Iterator[Attempt]]
"""As in workflows/edges.py."""


def _answered(*seconds: Actor) -> Maker:
    """Return a maker that keeps what is confirmed, and changes who confirms it besides."""

    def make(_: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
        for second in seconds:
            yield Attempt(Submit(slot, good), who, second)

    return make


def _who_may(scene: Scene) -> Actor:
    """Return a technician who never had it: the one who may take it over next, while that is so, so that this is tried too."""
    return NED if BO.id in scene.facts.held_by else BO


def _answered_by_another(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    for second in (_who_may(scene), PAM, DANA):
        yield Attempt(Submit(slot, good), who, second)


def _who_had_it(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    """Yield one of the technicians who had it before, if any did: they are alike."""
    before = [one for one in (ANN, BO, LEE) if one.id in scene.facts.held_by and one.id != who.id]
    for second in before[:1]:
        yield Attempt(Submit(slot, good), who, second)


def _alone(_: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    for second in (None, who):
        yield Attempt(Submit(slot, good), who, second)


def _another_sentence(scene: Scene, slot: str, _: Any, who: Actor) -> Iterator[Attempt]:
    """Return every other sentence of the policy, and one that nobody asked, by an entitled second person."""
    said = dict.fromkeys(("something else", *(one.says for one in scene.facts.begun.policy.adds)))
    for one in said:
        yield Attempt(Submit(slot, Confirmation(one)), who, _who_may(scene))


ADDED_EDGES: dict[str, Maker] = {
    "another sentence": _another_sentence,
    "answered alone": _alone,
    "answered by whom it may not": _answered(VERA, CY, RAE),
    "answered by another": _answered_by_another,
    "answered by who had it": _who_had_it,
}
"""What each name in the edges of these rules means."""
TRIED_AT_POINTS = dict.fromkeys(
    STEPS,
    (
        "another sentence",
        "answered alone",
        "answered by whom it may not",
        "answered by another",
        "answered by who had it",
    ),
)
"""What is tried at each point, whatever its rules."""
