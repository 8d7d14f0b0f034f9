"""Where a preparation stands, in one word, and what is wanted of whom next (DOMAIN 2.10)."""

from __future__ import annotations

from workflows.gates import waiting
from workflows.preparation import Preparation
from workflows.standing import AT_THE_CABINET
from workflows.steps import Slot, Workflow


def status(workflow: Workflow, p: Preparation) -> str:
    """Return the state's name; "paused" where work is stopped, "closed", "aborted" or "remade" at the end."""
    if p.closed:
        return "closed" if p.outcome == "released" else p.outcome
    if p.outcome:
        return p.outcome
    if p.paused:
        return "paused"
    slots = waiting(workflow, p)
    stage = slots[0].step.stage if slots else "closed"
    return "ready" if stage == "claimed" and not p.claimed_by else stage


def occupies_cabinet(workflow: Workflow, p: Preparation) -> bool:
    """Say whether it is in a cabinet (R20): claimed, and its last picture not yet taken; discarded, and not cleared away."""
    if not p.claimed_by or p.closed or p.outcome == "released":
        return False
    if p.outcome:
        return True
    slots = workflow.open_slots(p)
    return bool(slots) and slots[0].step.stage in AT_THE_CABINET


def progress(workflow: Workflow, p: Preparation) -> tuple[int, int]:
    """Return how many slots are filled, and how many there are; nobody waits for gloves that nothing asks for."""
    slots, waits = workflow.slots(p), waiting(workflow, p)
    dressed = not any(slot.step.readies for slot in waits)
    return sum(slot.name in p.entries or (dressed and slot.step.readies) for slot in slots), len(slots)


def next_slots(workflow: Workflow, p: Preparation) -> tuple[Slot, ...]:
    """Return the slots that may be filled now."""
    return waiting(workflow, p)
