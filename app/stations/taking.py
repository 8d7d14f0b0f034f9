"""Taking a weight as evidence: what the balance itself says once the load is settled, and never what anybody else says (R9)."""

from __future__ import annotations

from app.stations.pan import Pan
from app.stations.preview import preview
from workflows.evidence import Weighing
from workflows.pairs import after_slot, before_slot
from workflows.preparation import Preparation
from workflows.steps import Slot

LIGHTER = "This is lighter than it was before. Put the right thing on the pan."


def settled(p: Preparation, slot: Slot | None, pan: Pan | None) -> Weighing | str:
    """Return the settled weight of what lies on the pan now, or in words why there is none for this slot."""
    if pan is None:
        return "No balance is connected at this station."
    if slot is None or slot.step.needs is not Weighing:
        return "Nothing is weighed now."
    glance = pan.glance()
    seen = preview(p, slot, glance)
    if seen.prompt or not glance.armed:
        return seen.prompt or glance.says
    got = pan.capture()
    if not isinstance(got, Weighing):
        return got.says
    first = p.weighing(before_slot(slot.name)) if before_slot(slot.name) else None
    return LIGHTER if first is not None and got.g < first.g else got


def counted(pan: Pan, slot: str, *, accepted: bool) -> None:
    """Tell the pan that its weight was judged: the next one needs an empty pan, and its keys are held while a pair is open."""
    pan.counted()
    pan.hold_keys(bool(after_slot(slot) if accepted else before_slot(slot)))
