"""The final container in words: what it is called, and what it holds besides the drug."""

from __future__ import annotations

from workflows.counting import CountPlan, units
from workflows.made_by import Planned
from workflows.plan import Plan
from workflows.pumping import PumpPlan
from workflows.recipe_findings import WITH_BASE
from workflows.wording import amount


def called(plan: Planned) -> str:
    """Return what people call the final container: bag, for a minibag too; syringe; cassette; elastomeric pump; bottle."""
    if isinstance(plan, CountPlan):
        return "bottle"
    if plan.container == "elastomeric":
        return "elastomeric pump"
    return "bag" if plan.container in WITH_BASE else plan.container


def into(plan: Plan) -> str:
    """Return what the syringes are injected into: the bag, or a pump's reservoir."""
    return "reservoir" if plan.pump is not None else "bag"


def held_in(plan: Planned) -> str:
    """Return what the dose is in: dextrose 5 % 250 mL; a 20 mL syringe, undiluted; a 100 mL cassette; 112 tablets of 500 mg."""
    if isinstance(plan, CountPlan):
        return f"{units(plan.count, plan.container)} of {amount(plan.strength_mg)} mg"
    if plan.container in WITH_BASE:
        return f"{plan.base} {amount(plan.base_ml)} mL"
    if plan.pump is not None:
        return f"a {amount(plan.pump.capacity_ml)} mL {called(plan)}, {filled_with(plan.pump)}"
    return f"a {amount(plan.syringes_ml[0])} mL {plan.container}, undiluted"


def filled_with(pump: PumpPlan) -> str:
    """Return what a reservoir is filled up with, and to which volume."""
    filled = f"{amount(pump.filled_ml)} mL"
    return f"filled up to {filled} with {pump.fluid}" if pump.fluid_ml else f"{filled}, undiluted"


def run(pump: PumpPlan) -> str:
    """Return how a pump runs: 2 mL/h for 46 h, 92 mL to infuse."""
    return f"{amount(pump.rate_ml_h)} mL/h for {amount(pump.hours)} h, {amount(pump.infuse_ml)} mL to infuse"
