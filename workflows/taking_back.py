"""What may be taken back: the last evidence, one syringe or vial from empty, or, by a pharmacist, everything from a step on."""

from __future__ import annotations

from workflows import commands as asked
from workflows import events as happened
from workflows import sharing
from workflows.added import STEPS
from workflows.circumstances import Circumstances
from workflows.evidence import Container, Photo, Scan
from workflows.findings import Refused
from workflows.gates import may_work
from workflows.pairs import after_slot, before_slot, on_the_pan
from workflows.preparation import Preparation
from workflows.standing import READS_A_SYRINGE, READS_THE_PUMP, SHOWS_A_SYRINGE, SHOWS_THE_PUMP
from workflows.steps import Slot, Workflow

UNITS = {
    "syringe": (
        *("syringe-empty", "syringe-full", "syringe-new", SHOWS_A_SYRINGE, READS_A_SYRINGE),
        *("dispenser", "shaken"),
    ),
    "vial": (
        *("vial", "device:vial adaptor", "recon-before", "recon-after", "recon-mixed", "vial-before"),
        *("vial-look", "vial-opened"),
    ),
    "fluid": ("fluid-empty", "fluid-full"),
}
"""What is done anew with a new syringe, or with a new vial: it is scanned anew, and so is the adaptor it takes."""
UNTOUCHED = {
    "syringe": UNITS["syringe"],
    "fluid": UNITS["fluid"],
    "vial": (
        *("vial", "diluent", "base", "device", "fluid", "reservoir"),
        *("recon-before", "recon-after", "recon-mixed", "vial-before", "vial-look", "vial-opened"),
    ),
}
"""Steps of other units that stay as they are: nothing of theirs came from this one, and none was judged together with it."""
BY_ITS_PICTURE = {SHOWS_THE_PUMP: READS_THE_PUMP}
"""What is read of the thing that a picture shows, and so is read again with a new picture."""
CANNOT = "The liquids have met: it cannot be undone. Call the pharmacist."


def back(workflow: Workflow, p: Preparation, command: asked.Back, now: Circumstances) -> Decision:
    """Take back the last accepted evidence, if it is a technician's and can be undone."""
    unable = may_work(p, now)
    if unable:
        return unable
    if p.outcome or not p.entries:
        return Refused("NOTHING_BEFORE", "There is nothing to take back.")
    last = max(p.entries.values(), key=lambda entry: entry.version)
    if last.version < p.turned_at:
        return Refused("DONE_BEFORE", "What was done before the hand-over, REDO, rework or reprint is not taken back.")
    slot = next(one for one in workflow.slots(p) if one.name == last.slot)
    if slot.step.by != "technician" or not last.evidence:
        return Refused("NOT_YOURS_TO_UNDO", "A signature, a waiver or a printed label cannot be taken back here.")
    if slot.step.final or _met(workflow, p, (slot,)):
        return Refused("CANNOT_BE_UNDONE", CANNOT)
    if slot.step.alters:
        return Refused("LIQUID_MOVED", "Liquid has moved: that stays on record. REDO with a new vial or syringe.")
    if after_slot(slot.name) in p.moved:
        kind = on_the_pan(slot.step.name)
        says = f"Liquid has gone in: nobody weighs it as empty again. REDO with a new {kind}."
        return Refused("LIQUID_MOVED", says)
    if p.started_at is not None and isinstance(last.evidence, Scan) and isinstance(last.evidence.found, Container):
        return Refused(
            "CONTAINER_OPENED", "It may have been opened already: it stays on record. REDO the vial instead."
        )
    if isinstance(last.evidence, Scan) and _is_spoilt(p, last.evidence.found):
        return Refused(
            "OPENED_SPOILT", "That opened vial is no stock any more. REDO with another one; it is discarded."
        )
    return (happened.SteppedBack(last.slot, command.reason),)


def _is_spoilt(p: Preparation, found: object) -> bool:
    """Say whether an opened vial may not stand in its cabinet as if nothing had happened (R32)."""
    return isinstance(found, Container) and found.opened is not None and sharing.spoilt(p)


def redo(workflow: Workflow, p: Preparation, command: asked.Redo, now: Circumstances) -> Decision:
    """Open one syringe or vial again, and every later step that judged it."""
    unable = may_work(p, now)
    if unable:
        return unable
    if p.outcome:
        return Refused("ENDED", f"It has ended already: {p.outcome}. Account for what was opened.")
    names, group = {f"{step}:{command.unit}" for step in UNITS[command.group]}, on_the_pan(command.group)
    slots = workflow.slots(p)
    if not any(slot.name in names for slot in slots):
        return Refused("NO_SUCH_UNIT", f"There is no {group} {command.unit}.")
    tried = any(slot.name in names and (slot.name in p.entries or p.attempts.get(slot.name)) for slot in slots)
    if not tried:
        return Refused("NOTHING_TO_REDO", f"Nothing of {group} {command.unit} was done yet.")
    first = min(index for index, slot in enumerate(slots) if slot.name in names)
    later = {slot.name for slot in slots[first:] if slot.step.name not in UNTOUCHED[command.group]}
    opened = tuple(slot for slot in slots if slot.name in p.entries and slot.name in names | later)
    opened = (*opened, *_used_up(workflow, p, opened))
    stuck = _cannot_open(workflow, p, opened)
    return stuck or (happened.Redone(tuple(slot.name for slot in opened), command.reason),)


def _met(workflow: Workflow, p: Preparation, opened: tuple[Slot, ...]) -> bool:
    """Say whether liquids may have met that `opened` would unmake: a final reading was tried, and it showed a gain."""
    met = {slot.name for slot in workflow.slots(p) if slot.step.final} & p.moved
    return any(slot.name in met or after_slot(slot.name) in met for slot in opened)


def _cannot_open(workflow: Workflow, p: Preparation, slots: tuple[Slot, ...]) -> Refused | None:
    if any(slot.step.final for slot in slots) or _met(workflow, p, slots):
        return Refused("CANNOT_BE_UNDONE", CANNOT)
    if any(slot.step.by == "pharmacist" and slot.step.name != "premix" for slot in slots):
        return Refused("SIGNED", "A pharmacist has signed since. Call the pharmacist.")
    return None


def voided_from(workflow: Workflow, p: Preparation, step: str) -> tuple[Slot, ...]:
    """Return the filled slots from the first one of `step` on; empty if there is no such step."""
    slots = workflow.slots(p)
    first = next((index for index, slot in enumerate(slots) if slot.step.name == step), None)
    return () if first is None else tuple(slot for slot in slots[first:] if slot.name in p.entries)


def rework_targets(workflow: Workflow, p: Preparation) -> tuple[str, ...]:
    """Return the steps that a pharmacist may send it back to: done, marked for it, and not behind a final reading (R27)."""
    done = dict.fromkeys(slot.step.name for slot in workflow.slots(p) if slot.step.rework and slot.name in p.entries)
    return tuple(name for name in done if _may_reopen(workflow, p, name))


def _may_reopen(workflow: Workflow, p: Preparation, step: str) -> bool:
    gone = _gone(workflow, p)
    return not any(slot.step.final or slot in gone for slot in _reopened(workflow, p, step))


def _gone(workflow: Workflow, p: Preparation) -> tuple[Slot, ...]:
    """Return what cannot be seen or signed any more once liquids have met: from the last draw up to the final reading."""
    slots = workflow.slots(p)
    final = [index for index, slot in enumerate(slots) if slot.step.final]
    if not final or not (slots[final[0]].name in p.entries or _met(workflow, p, (slots[final[0]],))):
        return ()
    draws = (i for i, slot in enumerate(slots[: final[0]]) if slot.step.alters and _draws(slot))
    drawn = max(draws, default=final[0])
    return slots[drawn : final[0]]


def _draws(slot: Slot) -> bool:
    return bool(before_slot(slot.name)) or slot.step.name == READS_A_SYRINGE


def _reopened(workflow: Workflow, p: Preparation, step: str) -> tuple[Slot, ...]:
    """Return the filled slots that are open again after a rework to `step`.

    A picture is taken again alone, with the signatures given after it, what a site's policy had confirmed after it, and what a
    second person reads of a pump's screen once the screen has a new picture. A vial that took diluent is never weighed dry
    again: going back to the reconstitution asks for new vials, with their adaptors and their picture.
    """
    slots = voided_from(workflow, p, step)
    if slots and slots[0].step.needs is Photo:
        gone = _gone(workflow, p)
        read = BY_ITS_PICTURE.get(slots[0].name, "")
        seen = [s for s in slots[1:] if (s.step.by == "pharmacist" or s.step.name in STEPS) and s not in gone]
        return (slots[0], *(s for s in slots[1:] if s in seen or s.name == read))
    if any(slot.step.name in UNITS["vial"] for slot in slots):
        again = [slot for slot in workflow.slots(p) if slot.name in p.entries and _of_a_vial(slot)]
        opened = tuple(dict.fromkeys((*again, *slots)))
        return (*opened, *_used_up(workflow, p, opened))
    return slots


def own_word(workflow: Workflow, p: Preparation, who: str) -> frozenset[str]:
    """Return the added confirmations that `who` gave as second person: with any of them, they do not take it over.

    They would vouch for their own work. Of what was confirmed before liquids met that is not asked: another's hands made it.
    """
    slots = workflow.slots(p)
    past = max(
        (at for at, slot in enumerate(slots) if slot.step.final and slot.name in {*p.entries, *p.moved}), default=-1
    )
    given = (slot.name for slot in slots[past + 1 :] if slot.step.name in STEPS and slot.name in p.entries)
    return frozenset(name for name in given if p.entries[name].second == who)


def _used_up(workflow: Workflow, p: Preparation, opened: tuple[Slot, ...]) -> tuple[Slot, ...]:
    """Return the diluent's slot where its container cannot hold what the vials in `opened` take anew (R16)."""
    if not any(slot.step.name == "vial" for slot in opened):
        return ()
    making, scan = p.recipe.reconstitution, p.evidence("diluent")
    if making is None or not isinstance(scan, Scan) or not isinstance(scan.found, Container):
        return ()
    reopened = {slot.name for slot in opened}
    dry = sum(slot.startswith("recon-before:") and slot not in reopened for slot in p.entries)
    stay = sum(f"vial:{unit}" not in reopened for unit in sharing.opened_units(p))  # what is scanned anew may be sealed
    needed = making.volume_ml * (p.diluted + p.plan.vials - stay - dry)
    if scan.found.volume_ml is not None and needed <= scan.found.volume_ml:
        return ()
    return tuple(slot for slot in workflow.slots(p) if slot.name == "diluent" and slot not in opened)


def _of_a_vial(slot: Slot) -> bool:
    return slot.step.name == "vial" or slot.name.startswith("device:vial adaptor") or slot.step.name == "photo-staged"


def rework(workflow: Workflow, p: Preparation, command: asked.Rework) -> Decision:
    """Send it back to a step; liquids that have met are never unmade, so those need a remake (R27)."""
    if not command.note.strip():
        return Refused("REASON_NEEDED", "Write what the technician should do.")
    marked = any(
        slot.step.name == command.to_step and slot.step.rework for slot in voided_from(workflow, p, command.to_step)
    )
    if not marked or not _may_reopen(workflow, p, command.to_step):
        return Refused("NO_SUCH_STEP", "Choose one of the steps that can be done again, or reject to remake.")
    slots = _reopened(workflow, p, command.to_step)
    if any(slot.step.final for slot in slots) or _met(workflow, p, slots):
        return Refused("CANNOT_BE_UNDONE", "That step cannot be undone. Reject to remake.")
    names = tuple(slot.name for slot in slots)
    return (happened.Reworked(names, command.to_step, command.reason, command.note.strip(), command.signature),)


Decision = tuple[happened.Event, ...] | Refused
