"""The final container in words: what it is called, and what it holds besides the drug."""

from __future__ import annotations

from workflows.plan import WITH_BASE, Plan
from workflows.wording import amount


def called(plan: Plan) -> str:
    """Return what people call the final container: bag, for a minibag too; syringe."""
    return "bag" if plan.container in WITH_BASE else plan.container


def held_in(plan: Plan) -> str:
    """Return what the dose is in: dextrose 5 % 250 mL, or a 20 mL syringe, undiluted."""
    if plan.container in WITH_BASE:
        return f"{plan.base} {amount(plan.base_ml)} mL"
    return f"a {amount(plan.syringes_ml[0])} mL {plan.container}, undiluted"
