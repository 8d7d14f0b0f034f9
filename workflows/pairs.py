"""First and second readings of one object: which belong together, and what a reading shows that was not accepted (R2, R14)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from decimal import Decimal

from workflows.counting import CountPlan
from workflows.evidence import Weighing
from workflows.made_by import Planned
from workflows.plan import Plan
from workflows.standing import OUTSIDE, READS_A_SYRINGE
from workflows.targets import Target

BEFORE = {
    "recon-after": "recon-before",
    "syringe-full": "syringe-empty",
    "fluid-full": "fluid-empty",
    "bag-after": "bag-before",
    "reservoir-full": "reservoir-empty",
}
"""Which reading a later one is the difference to."""
AFTER = {first: second for second, first in BEFORE.items()}
"""Which reading ends the difference that a first one begins."""
NEVER_LESS = frozenset({"recon-after", "bag-after", "reservoir-full"})
"""Readings after which nothing comes out again: what is taken from a vial takes drug with it, and a bag is mixed."""


def before_slot(slot: str) -> str:
    """Return the slot of the reading that `slot` is the difference to; empty for a first reading."""
    return _other(slot, BEFORE)


def after_slot(slot: str) -> str:
    """Return the slot of the reading that ends what `slot` begins; empty for anything but a first reading."""
    return _other(slot, AFTER)


def _other(slot: str, which: dict[str, str]) -> str:
    step, colon, unit = slot.partition(":")
    other = which.get(step, "")
    return f"{other}{colon}{unit}" if other else ""


def unit_of(slot: str) -> tuple[str, str]:
    """Return the kind and number of what stands on the pan: syringe-full:2 is ("syringe", "2")."""
    step, _, unit = slot.partition(":")
    return step.partition("-")[0], unit


def of_another(slots: Iterable[str], opened: Collection[str], units: Collection[tuple[str, str]]) -> set[str]:
    """Return which second readings were of an object that gives way to a new one, where `opened` is filled anew.

    `units` are the kinds and numbers of what is weighed empty again; an opened vial has no empty weight, its scan says it.
    """
    gone = {slot for slot in slots if unit_of(slot) in units or (units and slot.startswith("vial-after"))}
    return gone | {slot for slot in slots if slot.startswith("vial-opened") and slot.replace("-opened", "") in opened}


def on_the_pan(step: str) -> str:
    """Return what a step weighs, as people call it: recon-after weighs a vial, fluid-full a diluent syringe."""
    thing = step.partition("-")[0]
    return {"recon": "vial", "fluid": "diluent syringe"}.get(thing, thing)


def dry(slots: Iterable[str]) -> int:
    """Return how many of `slots` are the dry weight of a vial."""
    return sum(slot.startswith("recon-before:") for slot in slots)


def completing(plan: Planned) -> str:
    """Return the slot of the reading that shows the dose in its final container, or of the count that bears it out."""
    if isinstance(plan, CountPlan):
        return "count-2"
    drawn = READS_A_SYRINGE if plan.by_volume else "syringe-full"
    return mixing(plan) or f"{drawn}:{len(plan.syringes_ml)}"


def mixing(plan: Planned) -> str:
    """Return the slot of the reading that shows that liquids have met; empty where nothing is injected anywhere."""
    if isinstance(plan, CountPlan):
        return ""
    if plan.by_volume is not None:
        return "bag-mixed" if plan.gain is not None else ""
    if plan.pump is not None:
        return "reservoir-full"
    return "bag-after" if plan.gain is not None else ""


def planned(plan: Plan, slot: str) -> Target | None:
    """Return what the difference that ends in `slot` was planned to be; None for a first reading."""
    step = slot.partition(":")[0]
    known = {
        "recon-after": plan.diluent,
        "syringe-full": plan.draw,
        "bag-after": plan.gain,
        "reservoir-full": plan.gain,
    }
    return plan.pump.fluid_draw if plan.pump is not None and step == "fluid-full" else known.get(step)


def gained(first: Weighing | None, second: object, aim: Target | None, gate: Decimal) -> bool:
    """Say whether `second` shows that liquid has moved: more than the noise that a balance may have (R13).

    `gate` is the policy's: the greatest part of the expected mass that the repeatability of a difference may be.
    However wrong the reading is in other ways, it counts: nobody weighs anything as empty that may hold liquid.
    """
    if first is None or aim is None or not isinstance(second, Weighing):
        return False
    return second.g - first.g > aim.expected_g * gate


def for_good(slot: str, codes: Collection[str]) -> bool:
    """Say whether a reading with these findings ends the weighing of `slot`: a true reading, and too much went in.

    Too little may be topped up. A reading that was itself no good (unsettled, no pair) says nothing of the amount.
    """
    if slot.partition(":")[0] not in NEVER_LESS or not OUTSIDE.issuperset(codes):
        return False
    return "TOO_MUCH" in codes or ("CONCENTRATION_OFF" in codes and "TOO_LITTLE" not in codes)
