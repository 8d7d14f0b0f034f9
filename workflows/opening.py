"""How a preparation begins: by the plan that its master and its workflow are for, or not at all, with every reason."""

from __future__ import annotations

from dataclasses import replace

from workflows import commands as asked
from workflows import events as happened
from workflows import trials
from workflows.by_volume import ByVolume
from workflows.counting import CountPlan, count_plan, for_counting
from workflows.findings import Finding
from workflows.made_by import Master, Planned
from workflows.order import Order
from workflows.plan import plan
from workflows.recipe import CountRecipe, Policy
from workflows.steps import Workflow


def planned(
    order: Order, master: Master, policy: Policy, by_volume: ByVolume | None = None
) -> Planned | tuple[Finding, ...]:
    """Work out how `order` is made by `master`, by weight, volume or count: the plan, or every reason why it may not be made."""
    if isinstance(master, CountRecipe):
        return count_plan(order, master, policy)
    return plan(order, master, policy, by_volume)


def opened_by(workflow: Workflow, command: asked.Open) -> happened.Opened | happened.CountOpened | tuple[Finding, ...]:
    """Return the first event of a preparation, or every reason why there is none (U5, R12, R17)."""
    master, policy = command.recipe, command.policy
    if isinstance(master, CountRecipe) != workflow.counts:
        says = f"The recipe {master.name} is not for {workflow.name}: one counts units, the other weighs."
        return (Finding("OTHER_WORKFLOW", says, "A pharmacist chooses the recipe of what was ordered."),)
    if (command.by_volume is not None) != workflow.by_volume:
        says = f"{workflow.name} is not for what is made by {'volume' if command.by_volume else 'weight'}."
        return (Finding("OTHER_WORKFLOW", says, "A pharmacist says on the order's page how it is made."),)
    made = planned(command.order, master, policy, command.by_volume)
    if isinstance(made, tuple):
        return made
    who = (command.patient, command.patient_digest, command.replaces)
    if isinstance(made, CountPlan):
        if not isinstance(master, CountRecipe) or policy.counting is None:
            raise ValueError("a count was planned without a recipe or a policy for it")
        kept = for_counting(policy, policy.counting)
        return happened.CountOpened(workflow.name, workflow.version, command.order, master, kept, made, *who)
    if isinstance(master, CountRecipe):
        raise ValueError("a weight was planned by a recipe that counts")
    if unassigned := tuple(trials.unassigned(command.order, master, command.trial)):
        return unassigned
    made = replace(made, trial=command.trial)
    return happened.Opened(workflow.name, workflow.version, command.order, master, policy, made, *who)
