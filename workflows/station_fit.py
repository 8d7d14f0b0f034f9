"""Can a preparation be weighed at this station: is its balance fine enough, strong enough, and the same one (R2, R6, R13)."""

from __future__ import annotations

from workflows import holding
from workflows.circumstances import BalanceStatus, Circumstances
from workflows.evidence import Weighing
from workflows.findings import Refused
from workflows.pairs import planned
from workflows.preparation import Preparation
from workflows.quantities import Mass
from workflows.rules.weighing import NAMES, grams, smallest_for
from workflows.steps import Workflow
from workflows.wording import amount


def cannot_weigh(workflow: Workflow, p: Preparation, now: Circumstances) -> Refused | None:
    """Say, before anything is opened or moved, that this station's balance cannot weigh what is still to be weighed."""
    left = [slot.name for slot in workflow.slots(p) if slot.step.needs is Weighing and slot.name not in p.entries]
    if not left:
        return None
    if now.balance is None:
        return Refused("NO_BALANCE", "This station has no balance. Use one that has.")
    return _too_fine(p, left, now.balance) or _too_heavy(p, left, now.balance)


def _too_fine(p: Preparation, left: list[str], balance: BalanceStatus) -> Refused | None:
    least = smallest_for(balance, p.policy.weigh_gate)
    for slot in left:
        aim = planned(p.plan, slot)
        if aim is not None and slot != "bag-after" and Mass(aim.expected_g) < least:
            says = f"{aim.expected_g:.2f} g is too small for {balance.name}, which needs {grams(least)}."
            return Refused("TOO_SMALL_TO_WEIGH", f"{says} Use a station with a finer balance.")
    return None


def _too_heavy(p: Preparation, left: list[str], balance: BalanceStatus) -> Refused | None:
    """Count a bag as its labelled volume of water: the least it can weigh (R6)."""
    full = p.plan.base_ml + p.plan.gain.expected_g
    if "bag-after" not in left or full <= balance.capacity_g:
        return None
    says = f"The {amount(p.plan.base_ml)} mL bag will weigh more than {full:.0f} g; {balance.name} carries"
    return Refused("TOO_HEAVY_TO_WEIGH", f"{says} {balance.capacity_g} g. Use a station with a larger balance.")


def half_weighed(p: Preparation) -> Refused | None:
    """Say that something waits for its second reading: only the balance of the first can give it (R2, R4)."""
    wet = sorted(slot for slot in p.moved if slot not in p.entries)
    if not wet:
        return _vials_wait(p)
    name = NAMES[wet[0].partition("-")[0]].lower()
    says = f"The {name} holds liquid and was weighed empty on this station's balance."
    return Refused("FINISH_WEIGHING", f"{says} Finish its weighing there, REDO or discard it, then move.")


def _vials_wait(p: Preparation) -> Refused | None:
    """Say that vials were weighed full, and have to be weighed again after the draws."""
    if not (p.policy.weigh_vials or p.overdrawn):
        return None
    units = [str(unit) for unit in range(1, p.plan.vials + 1)]
    full = any(holding.full_slot(p.recipe, unit) in p.entries for unit in units)
    if not full or all(f"vial-after:{unit}" in p.entries for unit in units):
        return None
    says = "The vials were weighed on this station's balance and are weighed again after the draws."
    return Refused("FINISH_WEIGHING", f"{says} Finish it there, REDO or discard them, then move.")
