"""What may be done: a command and the circumstances become events, or a refusal in words. Judges; changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workflows import commands as asked
from workflows import events as happened
from workflows import measured
from workflows.amending import amend
from workflows.circumstances import Actor, Circumstances
from workflows.closing import accounts, close
from workflows.copying import replace
from workflows.downtime import from_paper
from workflows.evidence import Container, Scan, Signature, Weighing
from workflows.findings import Finding, Refused
from workflows.gates import may_print, may_start, may_work, not_cleared, open_slot
from workflows.keeping import keep
from workflows.opening import opened_by
from workflows.pairs import before_slot, mixing
from workflows.preparation import Preparation
from workflows.rules import counting, pumps, volumes
from workflows.rules.dating import beyond_use
from workflows.rules.people import PHARMACIST, entitled, may_compound, may_judge, took_part
from workflows.rules.rule import Case
from workflows.standing import FREE_TO_RESUME, graver
from workflows.station_fit import cannot_weigh, half_weighed
from workflows.steps import Slot, Workflow
from workflows.taking_back import back, own_word, redo, rework
from workflows.uncertainty import stated

Decision = tuple[happened.Event, ...] | Refused
"""One command may have several events (DESIGN 11), or it could not be tried."""
COSIGNED = (happened.Accepted, happened.Rejected, happened.HandedOver, happened.MadeOnPaper)
"""Events that keep a second person's signature."""
LEAST_REASON = 10
"""Letters that a reason must have (Q3)."""


def open_preparation(workflow: Workflow, command: asked.Open) -> Decision:
    """Begin a preparation, or say every reason why this order cannot be made by this recipe (U5, R12, R17)."""
    if command.order.container not in workflow.makes:
        asks = command.order.container or "no container"
        return Refused(
            "CANNOT_BE_MADE", f"The order asks for {asks}; {workflow.name} makes {' or '.join(workflow.makes)}."
        )
    opened = opened_by(workflow, command)
    if isinstance(opened, tuple):
        return Refused("CANNOT_BE_MADE", " ".join(f"{finding.says} {finding.do}" for finding in opened))
    return (opened,)


def decide(workflow: Workflow, p: Preparation, command: asked.Command, now: Circumstances) -> Decision:
    """Judge a command on an open preparation: the events that follow, or why it could not be tried."""
    if isinstance(command, asked.Open):
        return Refused("ALREADY_OPEN", "This preparation is open already.")
    if isinstance(command, asked.Correct):
        return _correct(p, command, now)
    if p.closed and not (isinstance(command, asked.RecordLabel) and command.printed.label_kind == "final"):
        return Refused("CLOSED", "This preparation is closed. Only a correction can be added.")
    if now.cosigned is not None and not _cosigned_this(now):
        return Refused("NOT_COSIGNED", "The second person signed something else. They look at it and sign again.")
    decided = _DECIDERS[type(command)](workflow, p, command, now)
    if now.cosigned is None or isinstance(decided, Refused):
        return decided
    return tuple(_with_cosigner(event, now) for event in decided)


def _cosigned_this(now: Circumstances) -> bool:
    """Say whether the second signature is the second person's own, over the record as it stands (Q19, Q26)."""
    signed, second = now.cosigned, now.second
    if signed is None or second is None:
        return False
    return (signed.person, signed.name, signed.licence, signed.over) == (
        second.id,
        second.name,
        second.licence,
        now.head,
    )


def _with_cosigner(event: happened.Event, now: Circumstances) -> happened.Event:
    return replace(event, cosigned=now.cosigned) if isinstance(event, COSIGNED) else event


def _submit(workflow: Workflow, p: Preparation, command: asked.Submit, now: Circumstances) -> Decision:
    if isinstance(command.evidence, Weighing):
        command = replace(command, evidence=stated(command.evidence, now.balance))
    slots = open_slot(workflow, p, command)
    if isinstance(slots, Refused):
        return slots
    blocked = may_start(p, slots[0], now)
    if blocked:
        return blocked
    tried = [(slot, _judge(p, slot, command.evidence, now)) for slot in slots]
    for slot, findings in tried:
        if not findings:
            return _accept(p, slot, command, now)
    slot, findings = _nearest(tried, command.evidence)
    if isinstance(command.evidence, Signature):
        return Refused(findings[0].code, f"{findings[0].says} {findings[0].do}")
    anew = (
        *(*counting.counted_anew(p, findings), *pumps.set_anew(p, slot.name, findings)),
        *volumes.read_anew(p, slot.name, findings),
    )
    return (happened.Rejected(slot.name, command.evidence, findings), *anew)


def _judge(p: Preparation, slot: Slot, evidence: object, now: Circumstances) -> tuple[Finding, ...]:
    """Return what the step's rules find, the first one first; a rule that raises refuses the step (Q51)."""
    case = Case(p, slot.name, evidence, now)
    found: list[Finding] = []
    for rule in slot.step.must:
        try:
            finding = rule.check(case)
        except Exception as error:  # noqa: BLE001  # fail closed: whatever went wrong in a rule, nothing is accepted
            says = f"The rule “{rule.says}” could not be judged ({type(error).__name__})."
            finding = Finding("RULE_FAILED", says, "Nothing was accepted. Call the pharmacist and report this.")
        if finding:
            found.append(finding)
    return tuple(found)


ROLES = {"drug": ("vial",), "diluent": ("diluent", "fluid"), "base": ("base", "reservoir"), "device": ("device",)}
"""The steps that a container of each role is scanned at."""


def _nearest(tried: list[tuple[Slot, tuple[Finding, ...]]], evidence: object) -> tuple[Slot, tuple[Finding, ...]]:
    """Return the slot that was meant: one for containers of this role, or the first open one, which the screen asks for."""
    found = evidence.found if isinstance(evidence, Scan) else None
    steps = ROLES[found.role] if isinstance(found, Container) else ()
    meant = [one for one in tried if one[0].step.name in steps] or tried[:1]
    return min(meant, key=lambda one: len(one[1]))


def _accept(p: Preparation, slot: Slot, command: asked.Submit, now: Circumstances) -> Decision:
    accepted = happened.Accepted(slot.name, command.evidence)
    if slot.step.name == "release":
        return (accepted, *_released(p, now))
    if slot.step.name == "waste":
        return (accepted, close(p))
    return (accepted,)


def _released(p: Preparation, now: Circumstances) -> tuple[happened.Event, ...]:
    limit = beyond_use(p)
    found = p.counts.total_mg if p.counts else (given.mg if (given := measured.dispensed(p)) else None)
    if found is None or limit is None:
        raise ValueError("a preparation without a dose or a beyond-use time reached release")
    released = happened.Released(found, limit.at, now.clearances)
    return (released, close(replace(p, outcome="released"))) if p.counts else (released,)


def _claim(workflow: Workflow, p: Preparation, _: asked.Claim, now: Circumstances) -> Decision:
    unable = may_compound(p, now.who, now)
    if unable:
        return unable
    if p.claimed_by:
        return Refused("CLAIMED", "Somebody has this preparation already. They can hand it over.")
    waiting = workflow.open_slots(p)
    if not waiting or waiting[0].step.by != "technician":
        return Refused("NOT_READY", "The order still waits for a pharmacist's signature.")
    if p.paused or p.outcome:
        return Refused("PAUSED", f"Work is stopped: {p.paused or p.outcome}.")
    if not now.station:
        return Refused("NO_STATION", "Preparing happens at a station. Sign in at one.")
    if now.occupied_by:
        return Refused("CABINET_OCCUPIED", f"Preparation {now.occupied_by} is open at this station. Finish it first.")
    if now.order_blocked:
        return Refused("ORDER_BLOCKED", f"A pharmacist clears the order first: {now.order_blocked}.")
    return not_cleared(p, now) or cannot_weigh(workflow, p, now) or (happened.Claimed(now.station, now.clearances),)


def _waive(workflow: Workflow, p: Preparation, command: asked.Waive, now: Circumstances) -> Decision:
    slot = next((one for one in workflow.open_slots(p) if one.name == command.slot), None)
    if slot is None:
        return Refused("NOT_THIS_STEP", "That step is not open now.")
    if p.paused or p.outcome:
        return Refused("PAUSED", f"Work is stopped: {p.paused or p.outcome}.")
    allowed = {role for rule in slot.step.must for role in rule.waived_by(command.code)}
    if not allowed & now.who.roles:
        return Refused("NOBODY_MAY_WAIVE", "This finding cannot be accepted by you. Do what the screen says.")
    if "pharmacist" in allowed and (unfit := may_judge(now.who) or took_part(p, now.who)):
        return unfit
    if len(command.reason.strip()) < LEAST_REASON:
        return Refused("REASON_NEEDED", f"Give a reason of at least {LEAST_REASON} letters.")
    return (happened.Waived(slot.name, command.code, command.reason.strip()),)


def _pause(workflow: Workflow, p: Preparation, command: asked.Pause, now: Circumstances) -> Decision:
    if p.outcome or (p.paused and not graver(command.why, p.paused)):
        return Refused("PAUSED", f"Work is stopped already: {p.paused or p.outcome}.")
    if command.why == "order question" and "system" in now.who.roles:
        return (happened.Paused(command.why, command.note),)
    if command.why == "pharmacist hold":
        unfit = may_judge(now.who)
        return unfit or (happened.Paused(command.why, command.note),)
    unable = may_work(p, now, paused=True)
    return unable or (happened.Paused(command.why, command.note),)


def _resume(workflow: Workflow, p: Preparation, command: asked.Resume, now: Circumstances) -> Decision:
    if not p.paused or p.outcome:
        return Refused("NOT_PAUSED", "Work is not stopped.")
    if p.paused in FREE_TO_RESUME and p.order_state == "current":
        unable = may_work(p, now, paused=True)
        return unable or (happened.Resumed(command.note),)
    unfit = may_judge(now.who) or took_part(p, now.who)
    if unfit:
        return unfit
    if now.order_blocked:
        return Refused("ORDER_BLOCKED", f"Clear the order first: {now.order_blocked}.")
    if p.order_state in ("changed", "held", "cancelled"):
        says = f"The order was {p.order_state} by its sender. Discard this one; a new version is made anew."
        return Refused("ORDER_CHANGED", says)
    if len(command.note.strip()) < LEAST_REASON:
        return Refused("REASON_NEEDED", f"Give a reason of at least {LEAST_REASON} letters.")
    return (happened.Resumed(command.note.strip()),)


def _hand_over(workflow: Workflow, p: Preparation, _: asked.HandOver, now: Circumstances) -> Decision:
    if not p.claimed_by or now.who.id != p.claimed_by:
        return Refused("NOT_YOURS", "Only the technician who has it can hand it over.")
    if now.second is None or now.second.id == now.who.id:
        return Refused("SECOND_PERSON", "The technician who takes it over gives badge and PIN.")
    return may_compound(p, now.second, now) or _handed_over(workflow, p, now.second, now)


def _handed_over(workflow: Workflow, p: Preparation, to: Actor, now: Circumstances) -> Decision:
    """Whoever takes over dresses anew and weighs anew what is still empty; at another station the cabinet is scanned anew."""
    station = now.station or p.station
    moves = station != p.station
    if moves and now.occupied_by:
        return Refused("CABINET_OCCUPIED", f"Preparation {now.occupied_by} is open at this station. Finish it first.")
    if not p.outcome and own_word(workflow, p, to.id):
        return Refused("VOUCHED_FOR_IT", f"{to.name} confirmed it as second person. Somebody else takes it over.")
    stays = (half_weighed(p) or cannot_weigh(workflow, p, now)) if moves and not p.outcome else None
    if stays:
        return stays
    begun = {before_slot(slot.name) for slot in workflow.slots(p) if slot.name not in {*p.entries, *p.moved}}
    begun |= {slot.replace("syringe-empty", "shaken") for slot in begun}  # what is drawn anew is shaken anew
    again = {"ppe", *(("cabinet", "apart") if moves else ()), *(() if _drawn(p) else ("vial-look",))}
    anew = (slot for slot in p.entries if slot.partition(":")[0] in again or slot in begun)
    why = to.emergency.reason if to.emergency and to.in_emergency(now.at) else ""
    return (happened.HandedOver(to.id, to.name, station, () if p.outcome else tuple(anew), why),)


def _drawn(p: Preparation) -> bool:
    """Say whether nothing is drawn any more: it is in its container, or its label is due."""
    return "label-print" in p.entries or bool({mixing(p.planned)} & (p.entries.keys() | p.moved))


def _take_over(workflow: Workflow, p: Preparation, _: asked.TakeOver, now: Circumstances) -> Decision:
    if not p.claimed_by or now.who.id == p.claimed_by:
        return Refused("NOT_NEEDED", "There is nobody to take it over from.")
    unable = may_compound(p, now.who, now)
    if unable:
        return unable
    second = now.second
    if second is None and now.who.in_emergency(now.at):
        return _handed_over(workflow, p, now.who, now)
    if second is None or second.id == now.who.id or not _leads(p, second, now):
        return Refused("SECOND_PERSON", "A lead technician or pharmacist gives badge and PIN.")
    return _handed_over(workflow, p, now.who, now)


def _leads(p: Preparation, who: Actor, now: Circumstances) -> bool:
    """Say whether `who` is a licensed pharmacist, or a lead technician whose competencies are current."""
    return may_judge(who) is None or ("lead_technician" in who.roles and entitled(p, who, now) is None)


def _call(workflow: Workflow, p: Preparation, command: asked.Call, now: Circumstances) -> Decision:
    unable = may_work(p, now, paused=True)
    return unable or (happened.PharmacistCalled(command.note),)


def _answer(workflow: Workflow, p: Preparation, command: asked.Answer, now: Circumstances) -> Decision:
    if not p.called:
        return Refused("NOT_CALLED", "Nobody called.")
    unfit = may_judge(now.who) or took_part(p, now.who)
    return unfit or (happened.CallAnswered(command.note),)


def _gloves(workflow: Workflow, p: Preparation, command: asked.ChangeGloves, now: Circumstances) -> Decision:
    unable = may_work(p, now, paused=True)
    if unable:
        return unable
    undressed = (slot.name for slot in workflow.slots(p) if slot.step.name == "ppe" and slot.name not in p.entries)
    if p.gloves_at is None and any(undressed):
        return Refused("NOT_GARBED", "Confirm the protective equipment first.")
    return (happened.GlovesChanged(command.gown),)


def _rework(workflow: Workflow, p: Preparation, command: asked.Rework, now: Circumstances) -> Decision:
    unfit = _may_reject(p, command.signature, now)
    return unfit or rework(workflow, p, command)


def _remake(workflow: Workflow, p: Preparation, command: asked.Remake, now: Circumstances) -> Decision:
    unfit = _may_reject(p, command.signature, now)
    if unfit:
        return unfit
    if not command.note.strip():
        return Refused("REASON_NEEDED", "Write why it is made again.")
    return _end(p, happened.Remade(command.reason, command.note, command.signature))


def _may_reject(p: Preparation, signature: Signature, now: Circumstances) -> Refused | None:
    unfit = may_judge(now.who) or took_part(p, now.who)
    if unfit:
        return unfit
    if p.outcome or not p.claimed_by:
        return Refused("NOTHING_TO_REJECT", "There is nothing to reject here.")
    own = (signature.name, signature.licence) == (now.who.name, now.who.licence) and signature.components in (1, 2)
    if signature.meaning != "rejected" or signature.over != now.head or not own:
        return Refused("CHANGED_SINCE_SHOWN", "Something was added after this page was drawn. Open it again.")
    return None


def _abort(workflow: Workflow, p: Preparation, command: asked.Abort, now: Circumstances) -> Decision:
    if p.outcome:
        return Refused("ENDED", f"It has ended already: {p.outcome}.")
    unable = may_judge(now.who) if now.who.roles & PHARMACIST else may_work(p, now, paused=True)
    return unable or _end(p, happened.Aborted(command.reason, command.note))


def _end(p: Preparation, ended: happened.Event) -> Decision:
    """End it; where nothing was brought in yet there is nothing to account for, and it closes at once.

    A tray that may have been touched is decontaminated first, also where its bottle was taken back (R54).
    """
    return (ended,) if accounts(p) or p.touched else (ended, close(p))


def _correct(p: Preparation, command: asked.Correct, now: Circumstances) -> Decision:
    if not 1 <= command.of_version <= p.version:
        return Refused("NO_SUCH_EVENT", f"There is no event {command.of_version}; the record has {p.version}.")
    if now.who.id not in p.hands and may_judge(now.who):
        return Refused("NOT_ENTITLED", "Somebody who took part, or a pharmacist, corrects a record.")
    if len(command.reason.strip()) < LEAST_REASON:
        return Refused("REASON_NEEDED", f"Give a reason of at least {LEAST_REASON} letters.")
    if not command.new.strip() or command.new == command.old:
        return Refused("NOTHING_NEW", "Say what it should read.")
    return (happened.Corrected(command.of_version, command.old, command.new.strip(), command.reason.strip()),)


def _change_order(workflow: Workflow, p: Preparation, command: asked.ChangeOrder, now: Circumstances) -> Decision:
    if "system" not in now.who.roles:
        return Refused("NOT_THE_INTERFACE", "Only the ordering system changes an order.")
    if p.outcome == "released":
        return Refused("STATE_REFUSES", "The dose was released already. Telephone the ward.")
    changed = happened.OrderChanged(command.change, command.order_version, command.equal)
    if p.outcome:
        return (changed,)
    if not p.claimed_by and command.change in ("cancelled", "changed"):
        return (changed, happened.Aborted("order cancelled", f"order {command.change} before work began"), close(p))
    return (changed,)


def _record_label(workflow: Workflow, p: Preparation, command: asked.RecordLabel, now: Circumstances) -> Decision:
    if "system" not in now.who.roles:
        return Refused("NOT_THE_PRINTER", "Only the printer reports a label.")
    if not p.claimed_by:
        return Refused("NOT_CLAIMED", "Labels are printed once a technician has taken it.")
    known = {(label.label_id, label.copy) for label in p.labels}
    label = command.printed
    if (label.label_id, label.copy) in known:
        return Refused("COPY_TWICE", "This copy was already printed.")
    again = any(old.label_kind == label.label_kind for old in p.labels)
    if again and len(command.reason.strip()) < 4:
        return Refused("REASON_NEEDED", "Say why the label is printed again.")
    if label.label_kind == "final" and (p.final_label() is None or p.outcome not in ("", "released")):
        return Refused("NOT_DUE", "The final label is printed when every compounding step has passed.")
    waits = may_print(p, now.order_blocked, now.at) if label.label_kind == "final" else None
    return waits or (happened.LabelRecorded(label, command.reason.strip()),)


_DECIDERS: dict[type, Callable[[Workflow, Preparation, Any, Circumstances], Decision]] = {
    asked.Submit: _submit,
    asked.Claim: _claim,
    asked.Keep: lambda _, p, command, now: keep(p, command, now),
    asked.Waive: _waive,
    asked.Back: back,
    asked.Redo: redo,
    asked.Pause: _pause,
    asked.Resume: _resume,
    asked.HandOver: _hand_over,
    asked.TakeOver: _take_over,
    asked.Call: _call,
    asked.Answer: _answer,
    asked.ChangeGloves: _gloves,
    asked.Rework: _rework,
    asked.Remake: _remake,
    asked.Amend: amend,
    asked.Abort: _abort,
    asked.ChangeOrder: _change_order,
    asked.RecordLabel: _record_label,
    asked.EnterFromPaper: from_paper,
}
