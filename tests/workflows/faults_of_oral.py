"""Faults in what draws a liquid by mouth: a syringe for the vein, a bottle that was not shaken, a dose between two marks."""

from __future__ import annotations

from typing import Any

from tests.workflows.faults import Fault, Plant, left_out, patched, without
from workflows import oral
from workflows.library.oral_liquid import ORAL_LIQUID
from workflows.rules import closeness, identity, people, weighing
from workflows.rules import oral as rules
from workflows.rules.rule import Rule
from workflows.worlds_of_oral import (
    DONE_AGAIN,
    OFTEN_UNKNOWN,
    ONE_DOSE,
    OTHER_VOLUME,
    REPEATED,
    TEN_YEARS,
    UNREADABLE,
)

AMOUNTS = (weighing.IS_WITHIN_TOLERANCE, weighing.SUM_IS_WITHIN_TOLERANCE, closeness.IS_CLEAR_OF_ITS_LIMITS)


def no(*left: Rule[Any], step: str = "") -> Plant:
    return without(*left, step=step, of=ORAL_LIQUID)


ORAL_FAULTS = (
    Fault("any syringe is an oral one", no(rules.IS_THE_ORAL_SYRINGE), 2, ONE_DOSE, 1),
    Fault("no oral syringe is scanned", left_out("dispenser", ORAL_LIQUID), 12, ONE_DOSE),
    Fault("the bottle is not shaken", left_out("shaken", ORAL_LIQUID), 13, ONE_DOSE),
    Fault("anything may be said of the bottle", no(rules.IS_SHAKEN), 13, ONE_DOSE),
    Fault("a dose may lie between two marks", patched(oral, "unreadable", lambda *_: (), ORAL_LIQUID), 14, UNREADABLE),
    Fault(
        "any frequency opens methotrexate", patched(oral, "scheduled", lambda *_: (), ORAL_LIQUID), 15, OFTEN_UNKNOWN
    ),
    Fault("an order may name any volume", patched(oral, "differing", lambda *_: (), ORAL_LIQUID), 16, OTHER_VOLUME),
    Fault("one dose is made of many", patched(oral, "repeated", lambda *_: (), ORAL_LIQUID), 18, REPEATED),
    Fault("a drawn dose is dated for years", patched(oral, "lasting", lambda *_: (), ORAL_LIQUID), 19, TEN_YEARS),
    Fault("an opened bottle is as good as a new one", no(rules.IS_SEALED), 2, ONE_DOSE, 1),
    Fault("any bottle is the ordered liquid", no(identity.IS_THE_ORDERED_PRODUCT), 2, ONE_DOSE),
    Fault("what is drawn by mouth may be any amount", no(*AMOUNTS), 3, DONE_AGAIN, 1),
    Fault("an approval by mouth may mean anything", no(people.MEANS_APPROVED), 1, ONE_DOSE),
)
"""At least one of each kind that a liquid by mouth could break in a way of its own."""
