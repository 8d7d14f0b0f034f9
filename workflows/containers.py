"""The final container in words: what it is called, and what it holds besides the drug."""

from __future__ import annotations

from workflows.counting import CountPlan
from workflows.made_by import Planned
from workflows.plan import WITH_BASE
from workflows.wording import amount


def called(plan: Planned) -> str:
    """Return what people call the final container: bag, for a minibag too; syringe; bottle for what is counted."""
    if isinstance(plan, CountPlan):
        return "bottle"
    return "bag" if plan.container in WITH_BASE else plan.container


def held_in(plan: Planned) -> str:
    """Return what the dose is in: dextrose 5 % 250 mL, a 20 mL syringe, undiluted, or 112 tablets of 500 mg."""
    if isinstance(plan, CountPlan):
        return f"{plan.count:,} {plan.container} of {amount(plan.strength_mg)} mg"
    if plan.container in WITH_BASE:
        return f"{plan.base} {amount(plan.base_ml)} mL"
    return f"a {amount(plan.syringes_ml[0])} mL {plan.container}, undiluted"
