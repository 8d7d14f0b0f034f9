"""What sets two states apart of vials opened for an earlier dose: how often one weighed otherwise, who looked into it."""

from __future__ import annotations

from workflows.preparation import Preparation


def of_opened(p: Preparation, filled: frozenset[str]) -> tuple[frozenset[tuple[str, int]], frozenset[str]]:
    """Return what weighed otherwise than it was kept and how often, and what another looked into than whoever has it.

    Each only while it can matter: until it is weighed, and while anything is still to be drawn. `filled` names the slots.
    """
    tries = ((slot, n) for slot, n in p.attempts.items() if slot.startswith("vial-opened"))
    unlike = frozenset((slot, min(n, p.policy.max_attempts)) for slot, n in tries if slot not in filled)
    if p.counts or sum(slot.startswith("syringe-full") for slot in filled) == len(p.plan.syringes_ml):
        return unlike, frozenset()
    looked = ((slot, one.who) for slot, one in p.entries.items() if slot.startswith("vial-look"))
    return unlike, frozenset(slot for slot, who in looked if who != p.claimed_by)
