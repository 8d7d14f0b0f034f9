"""Faults of what a site's policy adds: a point left out, out of its place, or answered by the wrong person."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workflows.faults import Fault, patched, rebuilt, without
from workflows import decide, preparation, taking_back
from workflows.copying import replace
from workflows.events import HandedOver
from workflows.library.added import MIXING
from workflows.library.iv_bag import BAG_BEFORE
from workflows.library.oral_count import ORAL_COUNT
from workflows.rules import protection
from workflows.rules.added import IS_ANSWERED_BY_WHOM_IT_NAMES, IS_THE_ADDED_SENTENCE
from workflows.standing import WASTE_WORN
from workflows.steps import Workflow
from workflows.worlds_of_additions import ADDED_BAGS, TAKEN_OVER

PLACED = ADDED_BAGS[0]


def no_point(_: pytest.MonkeyPatch) -> Workflow:
    return rebuilt(lambda one: None if one.name == MIXING.name else one)


def undressed(_: pytest.MonkeyPatch) -> Workflow:
    return rebuilt(lambda one: None if one.name == WASTE_WORN else one)


def had_it(patch: pytest.MonkeyPatch) -> Workflow:
    """Whoever handed it over is forgotten: the present holder alone is no second person."""
    patch.setitem(
        preparation._AFTER,
        HandedOver,
        lambda p, e, r: replace(preparation._handed_over(p, e, r), held_by=frozenset({e.to})),
    )
    return ORAL_COUNT


def too_late(_: pytest.MonkeyPatch) -> Workflow:
    """The bag is weighed first, and then it is asked what has to be so before."""
    other: dict[str, Any] = {MIXING.name: BAG_BEFORE, BAG_BEFORE.name: MIXING}
    return rebuilt(lambda one: other.get(one.name, one))


ADDITION_FAULTS = (
    Fault("leftovers are discarded with nothing on", undressed, 6, PLACED),
    Fault(
        "anything is put on to discard leftovers",
        without(protection.EVERY_ITEM_CONFIRMED, step=WASTE_WORN),
        6,
        PLACED,
    ),
    Fault("what a policy adds before mixing is not asked", no_point, 17, PLACED),
    Fault("what a policy adds before mixing is asked after it", too_late, 17, PLACED),
    Fault("any sentence is confirmed", without(IS_THE_ADDED_SENTENCE), 17, PLACED),
    Fault("the technician answers for the second person", without(IS_ANSWERED_BY_WHOM_IT_NAMES), 17, PLACED),
    Fault(
        "a second person's word stands over a label they did not see",
        patched(preparation, "JUDGED_WITH_ITS_LABEL", frozenset({"label-scan", "photo-final", "approve"}), ORAL_COUNT),
        17,
        TAKEN_OVER,
        departures=1,
    ),
    Fault(
        "a second person's word stands over a picture they did not see",
        patched(taking_back, "STEPS", frozenset(), ORAL_COUNT),
        17,
        TAKEN_OVER,
    ),
    Fault(
        "whoever takes it over vouches for it as second person",
        patched(decide, "own_word", lambda *_: frozenset(), ORAL_COUNT),
        17,
        TAKEN_OVER,
    ),
    Fault("whoever had it is the second person", had_it, 17, TAKEN_OVER, departures=1),
)
