"""Words for where a preparation and its order stand, and which findings and steps belong together."""

from __future__ import annotations

from typing import Literal

Outcome = Literal["", "released", "aborted", "remade", "downtime"]
OrderState = Literal["current", "changed", "changed, equal", "held", "cancelled"]
TOO_CLOSE = "TOO_CLOSE"
"""The finding that an amount is inside its limits, but nearer to one of them than its uncertainty."""
OUTSIDE = frozenset(
    {"TOO_MUCH", "TOO_LITTLE", "SUM_OUTSIDE", "CONCENTRATION_OFF", "VIALS_DISAGREE", "VIAL_HEAVIER", TOO_CLOSE}
    | {"DOSE_NOT_IN_VOLUME", "VOLUME_OFF", "NOT_AS_KEPT"}
)
"""Findings that say how much was measured, not how: only these use up an attempt (R14)."""
GRAVEST_LAST = ("current", "changed, equal", "held", "changed", "cancelled")
"""What the sender may say of an order: a graver word is never undone by a lesser one."""
AT_THE_CABINET = frozenset({"claimed", "garbed", "staged", "reconstituted", "drawn", "hold", "mixed", "labelled"})
"""States in which a preparation occupies its cabinet (R20): until its last picture was taken."""
FIRST_READINGS = ("recon-before", "syringe-empty", "fluid-empty", "bag-before", "reservoir-empty")
"""Steps that weigh an object before anything goes in."""
BEGUN_ANEW = frozenset({*FIRST_READINGS, "syringe-new"})
"""Steps that are done with a new object alone, which has all its attempts (R14)."""
JUDGED_WITH_ITS_LABEL = frozenset({"label-scan", "photo-final", "added-check", "approve"})
"""Steps that are done again when the final label is printed again: nobody's word stands over a label it did not see."""
SETS_THE_PUMP, SHOWS_THE_PUMP, READS_THE_PUMP = "programme", "photo-pump", "programme-check"
"""The steps of a pump that is set by people: it is set, photographed, and read by somebody else (R55)."""
SHOWS_A_SYRINGE, READS_A_SYRINGE = "syringe-photo", "syringe-read"
"""The steps of a syringe that is drawn by volume: it is photographed, and read by somebody else (R13)."""
READS_IT_NEVER = frozenset({SETS_THE_PUMP, "syringe-new", SHOWS_A_SYRINGE})
"""Steps whose doer knows what a second person has to find: none of them reads it (R13, R29)."""
WASTE_WORN, CLOSING = "waste-on", "waste"
"""The steps of an ended preparation: what is put on to discard leftovers, and their account (R35, R28)."""
FREE_TO_RESUME = ("equipment", "other")
"""Stops that the technician may end; every other one is a pharmacist's decision (R45)."""
HAZARDS = ("spill", "integrity or particulates")
"""Stops that may follow on any other: what is spilt does not wait for the pharmacist who is awaited."""


def gravest(known: OrderState, said: OrderState) -> OrderState:
    """Return how an order stands once its sender has `said` something of it."""
    return max(known, said, key=GRAVEST_LAST.index)


def graver(why: str, paused: str) -> bool:
    """Say whether a stop may follow on the one that stands: it then has the graver one's way out alone (R45)."""
    if why in FREE_TO_RESUME or why == paused:
        return False
    return paused in FREE_TO_RESUME or (why in HAZARDS and paused not in HAZARDS)
