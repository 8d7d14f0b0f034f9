"""What must be so before a step is even tried: whose step, whose preparation, competency, clocks, order (DOMAIN 2.10)."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from workflows import commands as asked
from workflows.circumstances import Actor, Circumstances
from workflows.clearances import Requirement, lacking
from workflows.copying import replace
from workflows.evidence import VolumeRead, Weighing
from workflows.findings import Refused
from workflows.pairs import on_the_pan
from workflows.preparation import Preparation
from workflows.rules.dating import beyond_use
from workflows.rules.people import entitled, may_compound, may_judge, took_part
from workflows.rules.protection import clock_expired
from workflows.standing import AT_THE_CABINET, CLOSING, WASTE_WORN
from workflows.steps import Slot, Step, Workflow

RELEASING = "release"
"""The step by which a dose leaves."""


def may_work(p: Preparation, now: Circumstances, *, paused: bool = False) -> Refused | None:
    """Say why this person may not act on this preparation as its technician, or None. `paused` allows a stopped one."""
    unable = may_compound(p, now.who, now)
    if unable:
        return unable
    if not p.claimed_by:
        return Refused("NOT_CLAIMED", "Nobody has taken this preparation yet. Open it from the worklist.")
    if p.claimed_by != now.who.id:
        return Refused("NOT_YOURS", "Another technician has this preparation. Have it handed over.")
    if now.station != p.station:
        return Refused("OTHER_STATION", f"This preparation is at station {p.station}.")
    if p.paused and not paused:
        return Refused("PAUSED", f"Work is stopped: {p.paused}. {_who_resumes(p)}")
    return None


def _who_resumes(p: Preparation) -> str:
    return "RESUME to go on." if p.paused in ("equipment", "other") else "A pharmacist decides."


def open_slot(workflow: Workflow, p: Preparation, command: asked.Submit) -> tuple[Slot, ...] | Refused:
    """Return the open slots that this evidence may be for, or why there is none."""
    now_open = waiting(workflow, p)
    if not now_open:
        return Refused("NOTHING_OPEN", "Nothing is asked for now.")
    if command.slot:
        now_open = tuple(slot for slot in now_open if command.slot in (slot.name, slot.step.name))
        if not now_open:
            return Refused("NOT_THIS_STEP", "That step is not open now. Look at the screen again.")
    fitting = tuple(slot for slot in now_open if isinstance(command.evidence, slot.step.needs))
    if not fitting:
        wanted = now_open[0].step.says[:1].lower() + now_open[0].step.says[1:]
        return Refused("OTHER_EVIDENCE", f"That does not belong here. Now: {wanted}.")
    worn_out = _no_more(p, fitting[0]) if isinstance(command.evidence, Weighing | VolumeRead) else None
    return worn_out or fitting


def _no_more(p: Preparation, slot: Slot) -> Refused | None:
    """Say that this object is not weighed again, or None: too much is in it for good, or no attempt is left (R14)."""
    if slot.name in p.spent:
        return Refused("TOO_MUCH_WENT_IN", f"Too much went in, and it cannot be taken out. {_instead(slot)}")
    tries = p.attempts.get(slot.name, 0)
    if tries >= p.policy.max_attempts:
        return Refused("NO_MORE_ATTEMPTS", f"{tries} readings were outside. {_instead(slot)}")
    return None


def _instead(slot: Slot) -> str:
    if slot.step.final:
        return "Call the pharmacist: it is rejected to be made again, or discarded."
    return f"REDO with a new {on_the_pan(slot.step.name)}, or discard."


def waiting(workflow: Workflow, p: Preparation) -> tuple[Slot, ...]:
    """Return the open slots; of an ended preparation only the account of its leftovers is left."""
    if p.closed:
        return ()
    if p.outcome:
        left = (slot for slot in workflow.slots(p) if slot.step.name in (WASTE_WORN, CLOSING))
        return tuple(slot for slot in left if slot.name not in p.entries)[:1]
    return workflow.open_slots(p)


def _crowded(step: Step[Any], now: Circumstances) -> Refused | None:
    if now.occupied_by and step.stage in AT_THE_CABINET:
        return Refused("CABINET_OCCUPIED", f"Preparation {now.occupied_by} is open in this cabinet. Finish it first.")
    return None


def _never_in_emergency(p: Preparation, step: Step[Any], now: Circumstances) -> Refused | None:
    """Nothing leaves the pharmacy by the hand of somebody whom only emergency access lets work on it (Q30)."""
    if step.name != RELEASING or entitled(p, now.who, now) is None:
        return None
    says = "Emergency access never releases. A technician with current competencies takes it over and does this."
    return Refused("NOT_IN_EMERGENCY", says)


def _open_questions(p: Preparation, step: Step[Any], now: Circumstances) -> Refused | None:
    """Nothing is signed over a stop, an unanswered call, or an order that still has to be cleared."""
    if p.paused:
        return Refused("PAUSED", f"Work is stopped: {p.paused}.")
    if step.not_by_preparers:
        return _to_clear(p, now) or not_cleared(p, now, leaving=True)
    return _to_clear(replace(p, called=""), now)


def _to_clear(p: Preparation, now: Circumstances) -> Refused | None:
    """Say what a pharmacist still has to clear or answer before it is approved, or leaves."""
    if now.order_blocked:
        return Refused("ORDER_BLOCKED", f"A pharmacist clears the order first: {now.order_blocked}.")
    if p.called:
        return Refused("CALL_OPEN", f"The technician called: {p.called}. A pharmacist answers first.")
    return None


def not_cleared(p: Preparation, now: Circumstances, *, leaving: bool = False) -> Refused | None:
    """Say what still has to be confirmed of the order before work begins, or before the dose is signed and leaves (R57)."""
    required = [one for one in p.policy.requires if one.asked_of(p.order.drug, p.order.payer)]
    missing = (
        *(one for one in map(partial(_too_many_days, p), required) if one),
        *lacking(required, now.clearances, p.order.version, now.at, leaving=leaving),
    )
    if not missing:
        return None
    return Refused("NOT_CLEARED", f"{' '.join(missing)} It is entered on the order's page.")


def _too_many_days(p: Preparation, required: Requirement) -> str:
    """Say that more days are counted than may be dispensed, whatever number was told with the confirmation (R57)."""
    if p.counts is None or required.most_days is None or p.counts.taking_days <= required.most_days:
        return ""
    return f"{required.name}: {p.counts.taking_days} days are ordered, at most {required.most_days} may be dispensed."


def may_print(p: Preparation, order_blocked: str, at: datetime) -> Refused | None:
    """Say why the final label does not come out now, or None: it waits while anything about the order or the work is open.

    That of a released dose comes out once more only inside its beyond-use time (L5).
    """
    limit = beyond_use(p) if p.outcome == "released" else None
    if p.outcome == "released" and (limit is None or limit.at <= at):
        return Refused("BEYOND_USE", "Its beyond-use time has passed: the label is not printed again.")
    if p.paused:
        return Refused("PAUSED", f"The final label waits: work is stopped ({p.paused}).")
    if order_blocked:
        return Refused("ORDER_BLOCKED", f"The final label waits until a pharmacist clears the order: {order_blocked}.")
    if p.in_process is None:
        return Refused("NO_IN_PROCESS_LABEL", "The final label waits for the in-process label, which marks the tray.")
    return None


def may_reprint(p: Preparation, who: Actor, order_blocked: str, at: datetime) -> Refused | None:
    """Say why `who` may not have the final label of a released dose printed once more, or None: a pharmacist does (L5)."""
    if p.outcome != "released" or p.final_label() is None:
        return Refused("NOT_RELEASED", "It has not left. Until then its label is printed again at its station.")
    return may_judge(who) or may_print(p, order_blocked, at)


def may_start(p: Preparation, slot: Slot, now: Circumstances) -> Refused | None:
    """Say why this person may not do this step now, or None."""
    step = slot.step
    if step.by == "system":
        wrong = None if "system" in now.who.roles else Refused("NOT_YOUR_STEP", "The printer reports this step.")
        return wrong or may_print(p, now.order_blocked, now.at)
    if step.by == "pharmacist":
        unfit = may_judge(now.who) or (took_part(p, now.who) if step.not_by_preparers else None)
        return unfit or _open_questions(p, step, now)
    unable = may_work(p, now, paused=bool(p.outcome)) or _crowded(step, now) or _never_in_emergency(p, step, now)
    closes = step.name == CLOSING or (step.name == RELEASING and p.counts is not None)
    if closes and now.labels_open and unable is None:
        return Refused("LABEL_OPEN", now.labels_open)
    if step.name == RELEASING:
        return unable or _to_clear(p, now) or not_cleared(p, now, leaving=True)
    if unable or step.readies or step.continues:
        return unable
    run_out = clock_expired(p, now.at)
    if run_out:
        return Refused("CLOCK", f"The {run_out} must be changed before the next step starts. Change, then scan GLOVES.")
    return None
