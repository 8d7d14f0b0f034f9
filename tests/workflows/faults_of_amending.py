"""Faults of another recipe for one preparation: by anybody, unsigned, too late, or over what was made by the old one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workflows.faults import Fault, patched
from workflows import amending, closing
from workflows import events as happened
from workflows import preparation as state
from workflows.copying import replace
from workflows.library import IV_BAG
from workflows.steps import Workflow
from workflows.worlds import AMENDED, PERSON, POLICY, STRONGER

PLAIN = replace(STRONGER, hold=False, bag="")
SMALL = replace(AMENDED, opening=replace(AMENDED.opening, policy=POLICY), others=(PLAIN,))
"""The same with the fewest steps: these faults are found only after everything is done again."""
APART = replace(SMALL, others=(replace(PLAIN, keeps_from=("PVC", "DEHP")),))
"""The same, and the drug of the new recipe takes up what some bags are made of."""
BY_DANA = replace(AMENDED, only=frozenset({PERSON}))
"""Where somebody who may approve prepares."""


def nothing(*_: object) -> None:
    return None


def keeping(*steps: str) -> Any:
    """Plant that what these steps brought or weighed by the old recipe stands."""
    whole = amending._done_by_the_old

    def less(*given: Any) -> tuple[str, ...]:
        return tuple(slot for slot in whole(*given) if slot.partition(":")[0] not in steps)

    return patched(amending, "_done_by_the_old", less)


def _kept_copy(monkeypatch: pytest.MonkeyPatch) -> Workflow:
    """The record says another recipe, and the preparation goes on by the old one."""
    right = state._AFTER[happened.RecipeAmended]
    monkeypatch.setitem(
        state._AFTER,
        happened.RecipeAmended,
        lambda p, e, r: replace(right(p, e, r), master=p.master, planned=p.planned),
    )
    return IV_BAG


AMENDING_FAULTS = (
    Fault("anybody amends a recipe", patched(amending, "may_judge", nothing), 5, AMENDED),
    Fault("whoever drew it up amends its recipe", patched(amending, "took_part", nothing), 5, BY_DANA, 1),
    Fault("a recipe is amended unsigned", patched(amending, "_unsigned", nothing), 5, AMENDED),
    Fault("a recipe is amended once the liquids have met", patched(amending, "_too_late", nothing), 3, SMALL, 1),
    Fault("the vial of the old recipe stands", keeping("vial"), 3, SMALL, 1),
    Fault("what was weighed by the old recipe stands", keeping("syringe-empty", "syringe-full"), 3, SMALL, 1),
    Fault("the bag of the old recipe stands", keeping("base", "bag-before"), 3, AMENDED),
    Fault("the bag stands that nobody looked into", patched(amending, "_of_the_bag", lambda asks: asks.bag), 3, APART),
    Fault("the preparation goes on by its old copy", _kept_copy, 2, AMENDED),
    Fault(
        "a vial thrown away counts as one of the new recipe",
        patched(closing, "_held", lambda _, recipe: (recipe.vial_ml, recipe.vial_mg)),
        8,
        SMALL,
        1,
    ),
)
