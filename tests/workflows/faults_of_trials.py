"""Faults in what is made for a clinical trial: stock of another, of none, another kit, nobody's dose, one person's word (R56)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.workflows.faults import Fault, patched, swapped, without
from workflows import downtime, opening, trials
from workflows.library.iv_bag import IV_BAG
from workflows.library.oral_count import ORAL_COUNT
from workflows.rules import trials as stock
from workflows.worlds_of_trials import ALONE, BESIDE, ITS_OWN, NOBODY, OTHER_PROTOCOL, WITHOUT_A_KIT


def never(*_: object) -> tuple[()]:
    return ()


def any_kit(case: Any) -> Any:
    of = getattr(case.evidence.found, "protocol", "")
    return None if of == case.preparation.recipe.protocol else stock._own(case)


ANY_KIT = replace(stock.IS_OF_ITS_OWN_STOCK, check=any_kit)
TRIAL_FAULTS = (
    Fault("a trial's dose is made of normal stock", without(stock.IS_OF_ITS_OWN_STOCK), 2, ITS_OWN),
    Fault("a trial's stock goes into a normal dose", without(stock.IS_OF_ITS_OWN_STOCK), 2, BESIDE[IV_BAG.name]),
    Fault(
        "a trial's bottle is counted from",
        without(stock.IS_OF_ITS_OWN_STOCK, of=ORAL_COUNT),
        2,
        BESIDE[ORAL_COUNT.name],
    ),
    Fault("any kit of the trial is taken", swapped(stock.IS_OF_ITS_OWN_STOCK, ANY_KIT), 2, ITS_OWN),
    Fault("any recipe of a trial makes any order", patched(trials, "names", lambda *_: True), 2, OTHER_PROTOCOL),
    Fault("a trial's dose is for nobody", patched(opening.trials, "unassigned", never), 2, NOBODY),
    Fault("one person says whose trial dose it is", patched(opening.trials, "unassigned", never), 2, ALONE),
    Fault("a trial's dose on paper names no unit", patched(downtime, "own_stock", lambda *_: ""), 8, ITS_OWN),
    Fault("a trial's dose without its kit", patched(opening.trials, "unassigned", never), 2, WITHOUT_A_KIT),
)
"""At least one of each kind that only a trial's dose could break."""
