"""What the technician reads where units are counted: one task a screen, with the numbers of this preparation (SCREENS 8)."""

from __future__ import annotations

from workflows import by_weight
from workflows.counting import CountPlan
from workflows.preparation import Preparation
from workflows.recipe import CountRecipe
from workflows.rules.counting import CLEANED
from workflows.wording import amount, of_units, reading

ONCE = {
    "verify": ("Compare the order with its message and sign.", "order", "two pharmacists' eyes"),
    "cabinet": ("Scan the counting tray.", "counting tray", "for hazardous drugs only"),
    "photo-staged": ("Photograph the stock bottles, labels in view.", "stock bottles", "all labels readable"),
    "count-2": ("Count the tray once more. Enter how many.", "second count", "all of them, by fives"),
    "photo-tray": ("Photograph them in the tray, in rows.", "counted in the tray", "every one in view"),
    "label-print": ("The final label prints.", "final label", ""),
    "label-scan": ("Fill the bottle, label it. Scan the label.", "final label", "of this preparation"),
    "photo-final": ("Photograph the bottle with both labels.", "filled bottle", "both labels readable"),
    "tray-clean": ("Decontaminate tray and spatula. Wipe them.", CLEANED, "confirm with NEXT"),
    "approve": ("Wait for the final check.", "final check", ""),
    "release": ("Scan and remove the in-process label.", "in-process label", "then the bottle is released"),
    "waste": ("Discard what was counted. Decontaminate tray and spatula.", CLEANED, "confirm with NEXT"),
}
"""Task, name and detail of steps that are done once."""


def words(recipe: CountRecipe, plan: CountPlan, step: str, unit: str) -> tuple[str, str, str]:
    """Return task, name and detail of one step. No count is in them but the ordered one, and that at the first only."""
    if step == "ppe":
        return f"Put on {unit}.", unit, "confirm with NEXT"
    if step == "stock":
        what = f"{recipe.printed_drug} {amount(recipe.strength_mg)} mg {recipe.form}"
        which = f"stock bottle {unit}" if plan.bottles > 1 else "the stock bottle"
        return f"Scan {which}.", what, " or ".join(recipe.ndcs)
    if step == "count-1":
        return f"Count out {plan.count:,} by hand. Enter how many.", "first count", "by fives, with the spatula"
    return ONCE.get(step, (step, step, ""))


WEIGHED = (by_weight.EMPTY, by_weight.SOME, by_weight.ALL)
"""Steps of the count by weight."""


def weighed(p: Preparation, plan: CountPlan, step: str, unit: str) -> tuple[str, str, str]:
    """Return task, name and detail of one step of the count by weight: how many to lay in, and what all of them weigh."""
    if step == by_weight.EMPTY:
        return "Weigh the empty bottle, without its closure.", "empty bottle", "the one that will be labelled"
    if step == by_weight.ALL:
        aim = by_weight.target(p)
        limits = f"{of_units(aim.expected_g)} ({of_units(aim.low_g)} to {of_units(aim.high_g)})" if aim else ""
        return "Put all the others in. Weigh the bottle.", f"bottle with all {plan.container}", limits
    known, name = _fewer(p, int(unit)), f"bottle with {unit} {plan.container}"
    if known is None:
        return f"Lay {unit} in the bottle. Weigh it.", name, "counted out of the tray, any of them"
    return f"Lay in more, {unit} in all. Weigh it.", name, _too_few(known)


def _fewer(p: Preparation, units: int) -> by_weight.Reference | None:
    """Return what was laid in before `units`; None where they are the first."""
    fewer = [one for one in by_weight.laid_in(p) if one < units]
    return by_weight.reference(p, fewer[-1]) if fewer else None


def told_by_weight(p: Preparation, slot: str) -> str:
    """Say what the technician should know at `slot` of the weight: why more are laid in, or that it decides nothing."""
    step, _, unit = slot.partition(":")
    if step == by_weight.SOME and (known := _fewer(p, int(unit))):
        return f"{_too_few(known)}."
    return undecided(p)


def _too_few(known: by_weight.Reference) -> str:
    return f"{known.units} leave open ± {reading(known.off)} of one in all; a quarter of one is needed"


def undecided(p: Preparation) -> str:
    """Say that the weight decides nothing here, and why; empty where it does, or nothing is weighed."""
    known = by_weight.left_open(p)
    if known is None:
        return ""
    return f"The weight decides nothing: {_too_few(known)}. The two counts are the proof."


def held(plan: CountPlan, recipe: CountRecipe) -> str:
    """Return what the bottle holds: 112 film-coated tablets of 500 mg."""
    return f"{plan.count:,} {recipe.form} of {amount(recipe.strength_mg)} mg"


def taken(plan: CountPlan) -> str:
    """Return how it is taken: 4 at a time, 2 times a day, on 14 days."""
    return f"{plan.each_time} at a time, {plan.times_a_day} times a day, on {plan.taking_days} days"
