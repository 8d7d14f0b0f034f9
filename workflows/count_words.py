"""What the technician reads where units are counted: one task a screen, with the numbers of this preparation (SCREENS 8)."""

from __future__ import annotations

from workflows.counting import CountPlan
from workflows.recipe import CountRecipe
from workflows.rules.counting import CLEANED
from workflows.wording import amount

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


def held(plan: CountPlan, recipe: CountRecipe) -> str:
    """Return what the bottle holds: 112 film-coated tablets of 500 mg."""
    return f"{plan.count:,} {recipe.form} of {amount(recipe.strength_mg)} mg"


def taken(plan: CountPlan) -> str:
    """Return how it is taken: 4 at a time, 2 times a day, on 14 days."""
    return f"{plan.each_time} at a time, {plan.times_a_day} times a day, on {plan.taking_days} days"
