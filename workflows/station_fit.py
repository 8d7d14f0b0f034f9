"""Can a preparation be weighed at this station: is its balance in date, fine and strong enough, the same one (R2, R6, R13)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from workflows import holding, sharing
from workflows.budgets import no_room
from workflows.circumstances import BalanceStatus, Circumstances
from workflows.evidence import Weighing
from workflows.findings import Refused
from workflows.pairs import mixing, planned
from workflows.preparation import Preparation
from workflows.quantities import Mass
from workflows.rules.weighing import NAMES, grams, smallest_for
from workflows.steps import Workflow
from workflows.wording import amount

FULL = Decimal("0.95")
"""A load that is foreseen may take this share of what the balance carries."""


def cannot_weigh(workflow: Workflow, p: Preparation, now: Circumstances) -> Refused | None:
    """Say, before anything is opened or moved, that this station's balance cannot weigh what is still to be weighed."""
    left = [slot.name for slot in workflow.slots(p) if slot.step.needs is Weighing and slot.name not in p.entries]
    if not left:
        return None
    if now.balance is None:
        return Refused("NO_BALANCE", "This station has no balance. Use one that has.")
    if p.counts:
        return unfit(now.balance, now.at)
    return unfit(now.balance, now.at) or _too_fine(p, left, now.balance) or _too_heavy(p, left, now.balance)


def unfit(balance: BalanceStatus, at: datetime) -> Refused | None:
    """Say that no dose may be weighed on this balance, however little there is to weigh (R13, R15)."""
    other = "Use another station, or tell the lead technician."
    if balance.calibrated_until is None:
        return Refused("NOT_CALIBRATED", f"{balance.name} has no calibration certificate on the register. {other}")
    if balance.calibrated_until <= at:
        ran_out = f"{balance.calibrated_until:%Y-%m-%d}"
        return Refused("NOT_CALIBRATED", f"The calibration certificate of {balance.name} ran out on {ran_out}. {other}")
    if balance.repeatability_g <= 0:
        says = f"{balance.name} is not qualified here: its scatter in the running cabinet was never measured."
        return Refused("NOT_QUALIFIED", f"{says} {other}")
    return None


def _too_fine(p: Preparation, left: list[str], balance: BalanceStatus) -> Refused | None:
    least = smallest_for(balance, p.policy.weigh_gate)
    for slot in left:
        aim = planned(p.plan, slot)
        if aim is None or slot == mixing(p.planned):
            continue
        if Mass(aim.expected_g) < least:
            says = f"{aim.expected_g:.2f} g is too small for {balance.name}, which needs {grams(least)}."
            return Refused("TOO_SMALL_TO_WEIGH", f"{says} Use a station with a finer balance.")
        off = no_room(p, slot, balance)
        if off is not None:
            says = (
                f"What {balance.name} weighs here may be off by {grams(Mass(off))}: more than half of what is allowed."
            )
            return Refused("TOO_SMALL_TO_WEIGH", f"{says} Use a station with a finer balance.")
    return None


def _too_heavy(p: Preparation, left: list[str], balance: BalanceStatus) -> Refused | None:
    """Foresee the heaviest load of each kind; what holds it (glass, bag, overfill) comes on top, and has 5 % left (R6)."""
    most = balance.capacity_g * FULL
    for what, full in _loads(p, left):
        if full > most:
            says = f"The {what} will weigh more than {full:.0f} g; {balance.name} carries {balance.capacity_g} g,"
            return Refused("TOO_HEAVY_TO_WEIGH", f"{says} of which 95 % are used. Use a station with a larger balance.")
    return None


def _loads(p: Preparation, left: list[str]) -> Iterator[tuple[str, Decimal]]:
    """Yield what will lie on the pan, and the least it can weigh in g: its liquid alone, a bag's and a diluent's as water."""
    if "reservoir-full" in left and p.plan.gain is not None:
        yield f"reservoir of {amount(p.plan.gain.volume_ml)} mL", p.plan.gain.expected_g
    if "bag-after" in left and p.plan.gain is not None:
        yield f"{amount(p.plan.base_ml)} mL bag", p.plan.base_ml + p.plan.gain.expected_g
    if any(slot.startswith("syringe-full:") for slot in left):
        yield f"syringe of {amount(p.plan.draw.volume_ml)} mL", p.plan.draw.expected_g
    making, density = p.recipe.reconstitution, p.recipe.density.g_per_ml
    if making is not None and any(slot.startswith("recon-after:") for slot in left):
        yield f"vial with {amount(making.volume_ml)} mL of diluent", making.volume_ml + p.recipe.vial_mg / 1000
    if making is None and density is not None and any(slot.startswith("vial-before:") for slot in left):
        yield f"vial of {amount(p.recipe.vial_ml)} mL", p.recipe.vial_ml * density


def half_weighed(p: Preparation) -> Refused | None:
    """Say that something waits for its second reading: only the balance of the first can give it (R2, R4)."""
    if p.counts:
        return _tray_stays(p)
    if sharing.opened_units(p):
        says = "An opened vial is part of it, which is used in the cabinet of this station alone."
        return Refused("OPENED_HERE", f"{says} Finish it there, REDO with a sealed vial or discard it, then move.")
    wet = sorted(slot for slot in p.moved if slot not in p.entries)
    if not wet:
        return _vials_wait(p)
    name = NAMES[wet[0].partition("-")[0]].lower()
    says = f"The {name} holds liquid and was weighed empty on this station's balance."
    return Refused("FINISH_WEIGHING", f"{says} Finish its weighing there, REDO or discard it, then move.")


def _tray_stays(p: Preparation) -> Refused | None:
    """Say that what is counted lies in its tray, or may: nobody carries it to another station."""
    if not p.touched or "tray-clean" in p.entries:
        return None
    says = "What is counted lies in this station's tray. Finish it there, or discard it, then move."
    return Refused("FINISH_COUNTING", says)


def _vials_wait(p: Preparation) -> Refused | None:
    """Say that vials were weighed full, and have to be weighed again after the draws."""
    if not (p.policy.weigh_vials or p.overdrawn):
        return None
    units = [str(unit) for unit in range(1, p.plan.vials + 1)]
    full = any(holding.full_slot(p, unit) in p.entries for unit in units)
    if not full or all(f"vial-after:{unit}" in p.entries for unit in units):
        return None
    says = "The vials were weighed on this station's balance and are weighed again after the draws."
    return Refused("FINISH_WEIGHING", f"{says} Finish it there, REDO or discard them, then move.")
