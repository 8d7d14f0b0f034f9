"""One preparation's own copy of its recipe, exchanged by a pharmacist for another signed recipe of the same drug (R14 d, R17).

Nothing that was prepared by the old copy is judged by the new one: it is open again, to be brought and weighed anew.
"""

from __future__ import annotations

from decimal import Decimal

from workflows import commands as asked
from workflows import events as happened
from workflows.authoring import differences
from workflows.circumstances import Circumstances
from workflows.copying import replace
from workflows.findings import Refused
from workflows.plan import Plan, plan
from workflows.preparation import Preparation
from workflows.pumping import PumpPlan
from workflows.recipe import Recipe
from workflows.rules.people import may_judge, took_part
from workflows.steps import Workflow

LEAST_REASON = 10
"""Letters that a reason must have (Q3)."""
UNTOUCHED = ("verify", "cabinet", "ppe")
"""Steps that no recipe has a part in."""
OF_THE_BAG = ("base", "bag-before")
"""Steps that stay where the new recipe asks of the bag what the old one asked: see `_of_the_bag`."""


def amend(
    workflow: Workflow, p: Preparation, command: asked.Amend, now: Circumstances
) -> tuple[happened.Event, ...] | Refused:
    """Exchange the copy while nothing has met in the bag, or say why not; what was done by the old one is open again."""
    unable = (
        may_judge(now.who) or took_part(p, now.who) or _too_late(workflow, p, command.recipe) or _unsigned(command, now)
    )
    if unable:
        return unable
    if command.recipe == p.master:
        return Refused("NOTHING_NEW", "It is made by this recipe already.")
    made = plan(p.order, command.recipe, p.policy)
    if not isinstance(made, Plan):
        return Refused("CANNOT_BE_MADE", " ".join(f"{finding.says} {finding.do}" for finding in made))
    if made.pump and p.plan.pump and _pace(made.pump) != _pace(p.plan.pump):
        says = "That recipe runs the pump at another rate or volume than was verified."
        return Refused("OTHER_PACE", f"{says} Discard it: it is opened and verified anew.")
    amended = happened.RecipeAmended(
        was=f"{p.recipe.name} version {p.recipe.version}",
        changes=tuple(happened.Change(*one) for one in differences(p.recipe, command.recipe)),
        recipe=command.recipe,
        plan=made,
        slots=_done_by_the_old(workflow, p, command.recipe, made),
        reason=command.reason.strip(),
        signature=command.signature,
    )
    return (amended,)


def _pace(pump: PumpPlan) -> tuple[Decimal, ...]:
    """Return what the verified order runs: rate in mL/h, time in h, volumes in mL. A pharmacist saw these beside the order."""
    return pump.rate_ml_h, pump.hours, pump.infuse_ml, pump.reservoir_ml


def _too_late(workflow: Workflow, p: Preparation, recipe: Recipe) -> Refused | None:
    if p.counts:
        return Refused(
            "COUNTED", "What is counted is not amended: discard it, and it is opened anew by the recipe of now."
        )
    if p.recipe.protocol or recipe.protocol:
        says = "A trial's dose is not amended: discard it, and it is opened anew by the trial's recipe of now."
        return Refused("OF_A_TRIAL", says)
    if p.plan.by_volume is not None:
        says = "What is made by volume is not amended: discard it, and say anew how its order is made."
        return Refused("BY_VOLUME", says)
    if p.outcome:
        return Refused("ENDED", f"It has ended already: {p.outcome}.")
    if p.order_state not in ("current", "changed, equal"):
        return Refused("ORDER_CHANGED", f"The order was {p.order_state} by its sender. Discard this one.")
    final = {slot.name for slot in workflow.slots(p) if slot.step.final}
    if final & (p.moved | p.entries.keys()):
        return Refused("CANNOT_BE_UNDONE", "The liquids have met: no other recipe makes it. Reject to remake.")
    return None


def _unsigned(command: asked.Amend, now: Circumstances) -> Refused | None:
    signature = command.signature
    if len(command.reason.strip()) < LEAST_REASON:
        return Refused("REASON_NEEDED", f"Give a reason of at least {LEAST_REASON} letters.")
    own = (signature.name, signature.licence) == (now.who.name, now.who.licence) and signature.components in (1, 2)
    if signature.meaning != "recipe amended" or signature.over != now.head or not own:
        return Refused("CHANGED_SINCE_SHOWN", "Something was added after this page was drawn. Open it again.")
    return None


def _done_by_the_old(workflow: Workflow, p: Preparation, recipe: Recipe, made: Plan) -> tuple[str, ...]:
    """Return the filled slots that are open again: all that the recipe has a part in, and what the new plan has no slot for."""
    kept = set(UNTOUCHED)
    if _of_the_bag(recipe) == _of_the_bag(p.recipe):
        kept |= set(OF_THE_BAG)
    there = {slot.name for slot in workflow.slots(replace(p, master=recipe, planned=made))}
    return tuple(slot for slot in p.entries if slot.partition(":")[0] not in kept or slot not in there)


def _of_the_bag(recipe: Recipe) -> tuple[str, frozenset[str]]:
    """Return what a recipe asks of a bag: the material it is of, and those the drug is kept from (R46).

    Where either differs the bag was accepted by other questions than the new recipe's, and is scanned anew.
    """
    return recipe.bag, frozenset(recipe.keeps_from)
