"""Faults in what happens near a limit: a guard left out, turned round, made small; a load weighed until it pleases (R12, R14)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.workflows.faults import Fault, Plant, patched, swapped, waivable, without
from workflows import decide, loads, uncertainty
from workflows.library import IV_BAG
from workflows.rules import closeness, weighing
from workflows.rules.rule import Rule
from workflows.standing import TOO_CLOSE
from workflows.steps import Workflow
from workflows.worlds import COARSE, ONE_OF_EACH, TWO_VIALS


def guarded(clear: Any) -> Plant:
    """The acceptance interval is another one."""

    def plant(monkeypatch: pytest.MonkeyPatch) -> Workflow:
        monkeypatch.setattr(uncertainty.Guard, "clear", property(clear))
        return IV_BAG

    return plant


def turned_round(guard: Any) -> bool:
    return bool(guard.low - guard.expanded <= guard.found <= guard.high + guard.expanded)


def half(guard: Any) -> bool:
    return bool(guard.low + guard.u <= guard.found <= guard.high - guard.u)


def only_what_was_accepted(case: Any) -> Any:
    """Whether it is a new reading is asked of those alone that were accepted."""
    return weighing.IS_FRESH.check(replace(case, preparation=replace(case.preparation, loads={})))


FORGETFUL = Rule[Any]("The reading is newer than every accepted one.", only_what_was_accepted)
DOUBT_FAULTS = (
    Fault(
        "a coarse balance weighs small draws",
        without(weighing.IS_ENOUGH_TO_WEIGH, closeness.IS_CLEAR_OF_ITS_LIMITS),
        3,
    ),
    Fault("the guard is ignored", without(closeness.IS_CLEAR_OF_ITS_LIMITS), 3, COARSE, 1),
    Fault(
        "at the diluent the guard is ignored",
        without(closeness.IS_CLEAR_OF_ITS_LIMITS, step="recon-after"),
        3,
        TWO_VIALS,
        1,
    ),
    Fault("at the bag the guard is ignored", without(closeness.IS_CLEAR_OF_ITS_LIMITS, step="bag-after"), 3, COARSE, 1),
    Fault("the guard has the wrong sign", guarded(turned_round), 3, COARSE, 1),
    Fault("the guard is half as wide", guarded(half), 3, COARSE, 1),
    Fault("the last reading decides", patched(loads, "extended", lambda _, reading: (reading,)), 3, COARSE, 1),
    Fault("one reading counts twice", swapped(weighing.IS_FRESH, FORGETFUL), 3, COARSE, 1),
    Fault(
        "readings do not say what their balance can do", patched(decide, "stated", lambda one, _: one), 3, ONE_OF_EACH
    ),
    Fault(
        "a pharmacist may wave a doubt through",
        waivable(closeness.IS_CLEAR_OF_ITS_LIMITS, TOO_CLOSE, "pharmacist"),
        3,
        COARSE,
        1,
    ),
)
