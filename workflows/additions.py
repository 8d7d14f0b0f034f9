"""Which of a site's added confirmations one preparation has, each with its place in the policy that it was opened with."""

from __future__ import annotations

from workflows.added import AT, STEPS, AddedConfirmation
from workflows.preparation import Preparation


def additions(p: Preparation, step: str) -> tuple[AddedConfirmation, ...]:
    """Return what is confirmed in the step called `step`, in the policy's order; its units are numbered from 1."""
    vinca = p.counts is None and p.recipe.is_vinca
    return tuple(
        one
        for one in p.policy.adds
        if AT[one.at] == step and one.asked_of(p.workflow, p.master.drug, vinca=vinca, route=p.order.route)
    )


def addition(p: Preparation, slot: str) -> AddedConfirmation | None:
    """Return what is confirmed at `slot`; None where that is no added confirmation of this preparation."""
    step, _, unit = slot.partition(":")
    if step not in STEPS or not unit.isdigit():
        return None
    known = additions(p, step)
    return known[int(unit) - 1] if 1 <= int(unit) <= len(known) else None
