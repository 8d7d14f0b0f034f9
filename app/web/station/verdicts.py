"""What became of a command, in the words and the tone of the terminal (SCREENS 5)."""

from __future__ import annotations

import re

from app.dispatch import Outcome
from app.web.station import draw
from app.web.station.panels import redo_of
from app.web.station.screen import Action, Verdict
from workflows import commands as asked
from workflows import events as happened
from workflows import sharing
from workflows.containers import called
from workflows.entries import Entry, NearMiss
from workflows.evidence import Printed, Signature, Weighing
from workflows.findings import Finding
from workflows.instructions import instruction
from workflows.pairs import on_the_pan
from workflows.preparation import Preparation
from workflows.steps import Workflow

CAPITALS = re.compile(r"([A-Z][A-Z0-9 ,%]{3,})\.\s+(.+)", re.DOTALL)
"""A finding that begins with its own heading: WRONG STRENGTH. Scanned …"""
DISMISS = Action("BACK TO THE STEP", "BACK")
"""Takes the verdict off the glass and nothing else, as the card BACK does while one stands there."""
CALL = Action("CALL PHARMACIST", "CALL", call=True)
SET_ASIDE = "Keep it apart, touch nothing else. A pharmacist has it before them now."
CALL_AFTER = 3
"""Wrong scans in a row after which the pharmacist's help is offered in words."""
DONE_WORDS: dict[type, tuple[str, str]] = {
    asked.Claim: ("YOURS", "The in-process label prints. Put it on the tray."),
    asked.Back: ("TAKEN BACK", "The step is open again. What was there stays in the record."),
    asked.Redo: ("REDO", "Begin again from empty. The old readings stay in the record."),
    asked.Pause: ("PAUSED", "Work is stopped."),
    asked.Resume: ("GOING ON", ""),
    asked.Call: ("CALLED", "A pharmacist sees the call at once."),
    asked.ChangeGloves: ("GLOVES", "The clock starts anew."),
    asked.HandOver: ("HANDED OVER", "The other technician has it now."),
    asked.TakeOver: ("TAKEN OVER", "It is yours now. Confirm your protective equipment."),
    asked.Abort: ("DISCARDED", "Account for what was opened."),
}
"""What is said when a command that brings no evidence was done."""


def verdict(outcome: Outcome, command: asked.Command, p: Preparation, workflow: Workflow) -> Verdict:
    """Return what the technician sees and hears; `p` is the preparation after it."""
    if outcome.kind == "rejected":
        return rejected(outcome.findings, p, workflow)
    if outcome.kind == "conflict":
        return Verdict("check", "CHECK", outcome.says, "Nothing was recorded. Do the step that the screen shows now.")
    if outcome.kind != "accepted":
        return Verdict("check", "CHECK", outcome.says)
    if isinstance(command, asked.Pause) and command.why == "integrity or particulates":
        return Verdict("check", "STOPPED", command.note[:1].upper() + command.note[1:] + ".", SET_ASIDE)
    if isinstance(command, asked.Pause) and command.why == "spill":
        return Verdict(
            "check",
            "STOPPED",
            "Its spill is recorded as begun.",
            "Press MORE, then SPILL: the steps, the kit, whom to call.",
        )
    if isinstance(command, asked.Keep):
        if sharing.set_apart(p) is None:
            return Verdict("right", "KEPT", "It is stock now. Leave it in this cabinet.")
        says = "Its unit label prints. Put it on the vial, over the old code. Put the vial on the balance, and scan the label."
        return Verdict("right", "WEIGHED", says)
    if type(command) in DONE_WORDS:
        return Verdict("right", *DONE_WORDS[type(command)])
    newest = max(p.entries.values(), key=lambda entry: entry.version)
    return _accepted(p, newest)


def _accepted(p: Preparation, entry: Entry) -> Verdict:
    words = {"release": "RELEASED", "waste": "CLOSED"}
    return Verdict("right", words.get(entry.slot, "RIGHT"), draw.accepted_words(p, entry))


def rejected(findings: tuple[Finding, ...], p: Preparation, workflow: Workflow) -> Verdict:
    """Return the red screen for what was just refused, the last near miss of the preparation; or that it is too close to call."""
    first = findings[0]
    if p.near_misses[-1].in_doubt:
        return _doubtful(findings[0], p)
    word, says = heading(first)
    more = " ".join(one.says for one in findings[1:])
    miss = p.near_misses[-1]
    return Verdict(
        "wrong", word, f"{says} {more}".strip(), first.do, _note(findings, miss, p), _answers(miss, p, workflow)
    )


def _doubtful(first: Finding, p: Preparation) -> Verdict:
    """Return the banner for a weight that is inside its limits, but nearer to one than it may be off (R14)."""
    miss = p.near_misses[-1]
    failed, most = p.attempts.get(miss.slot, 0), p.policy.max_attempts
    left = "Every reading of it counts: the mean decides." if failed < most else "No attempt left."
    note = f"Attempt {failed} of {most}. Recorded. Nobody can accept this weight. {left}"
    says = first.says.replace("TOO CLOSE TO CALL", "Too close to call", 1)
    return Verdict("check", "CHECK", says, first.do, note)


def heading(finding: Finding) -> tuple[str, str]:
    """Split a finding into its heading in capitals and the rest."""
    found = CAPITALS.match(finding.says)
    return (found[1], found[2]) if found else (finding.code.replace("_", " "), finding.says)


def _note(findings: tuple[Finding, ...], miss: NearMiss, p: Preparation) -> str:
    failed = p.attempts.get(miss.slot, 0)
    waivers = {role for one in findings for role in one.waived_by}
    if not isinstance(miss.evidence, Weighing):
        offered = " Third in a row: CALL the pharmacist." if failed >= CALL_AFTER else ""
        return f"Recorded as a near miss.{offered}" + (" Only a pharmacist may accept it." if waivers else "")
    if p.counts:
        return "Recorded as a near miss. Nobody can accept this weight."
    left = "" if failed < p.policy.max_attempts else " No attempt left."
    left = " It is not weighed again." if miss.slot in p.spent else left
    return f"Attempt {failed} of {p.policy.max_attempts}. Recorded as a near miss. Nobody can accept this weight.{left}"


def _answers(miss: NearMiss, p: Preparation, workflow: Workflow) -> tuple[Action, ...]:
    slot = next((one for one in workflow.slots(p) if one.name == miss.slot), None)
    again = redo_of(slot) if slot is not None else None
    if "NOT_DECONTAMINATED" in miss.codes:
        return (DISMISS, Action("CLEAN THE CABINET", "NEXT", main=True), CALL)
    if again is not None and isinstance(miss.evidence, Weighing):
        return (DISMISS, Action(f"REDO: NEW {on_the_pan(again[0]).upper()}", "REDO"), CALL)
    return (DISMISS, CALL)


def news(log: tuple[happened.Recorded, ...], person: str, p: Preparation, workflow: Workflow) -> Verdict | None:
    """Return what others did to a preparation since a screen was drawn, or None: the weightiest of it.

    `p` is the preparation as it stands now, whose words name the step that is open again.
    """
    found = [one for recorded in log if recorded.who != person if (one := _news_of(recorded.event, p, workflow))]
    order = ("wrong", "check", "right", "waiting")
    return min(found, key=lambda one: order.index(one.kind), default=None)


def _news_of(event: happened.Event, p: Preparation, workflow: Workflow) -> Verdict | None:
    if isinstance(event, happened.Reworked):
        again = next((slot for slot in workflow.slots(p) if slot.name in event.slots), None)
        do = f"Do this step again: {instruction(p, again).task}" if again else "Do the step again."
        return _stop("SENT BACK", f"The pharmacist: {event.note}", do, event.reason)
    if isinstance(event, happened.RecipeAmended):
        says = f"The pharmacist: {event.reason}. It is made by {event.recipe.name} now."
        return _stop(
            "ANOTHER RECIPE", says, "Set aside what was drawn up. Begin again where the screen says.", event.was
        )
    if isinstance(event, happened.Remade):
        says = f"The pharmacist: {event.note}" if event.note else f"Reason: {event.reason}."
        return _stop("REJECTED: MAKE A NEW ONE", says, "Set this one aside for destruction.", event.reason)
    if isinstance(event, happened.Aborted):
        says = f"Reason: {event.reason}. {event.note}".strip()
        return _stop("DISCARDED", says, "Account for what was opened.")
    if isinstance(event, happened.OrderChanged) and event.change != "released":
        return _stop(f"ORDER {event.change.upper()}", "Its sender changed it.", "Stop. A pharmacist decides.")
    if isinstance(event, happened.Accepted) and isinstance(event.evidence, Signature):
        return Verdict("right", "APPROVED", f"{event.evidence.meaning} by {event.evidence.name}")
    if isinstance(event, happened.Accepted) and isinstance(event.evidence, Printed):
        return Verdict("right", "PRINTED", f"Put the label on the {called(p.planned)}.")
    return _of_the_desk(event)


def _stop(word: str, says: str, act: str, note: str = "") -> Verdict:
    """Return a red screen of what a pharmacist or the order's sender did; it is left by its button or a card."""
    return Verdict("wrong", word, says, act, note, (DISMISS, CALL))


def _of_the_desk(event: happened.Event) -> Verdict | None:
    if isinstance(event, happened.CallAnswered):
        return Verdict("check", "ANSWER", event.note)
    if isinstance(event, happened.Paused):
        return Verdict("check", "STOPPED", f"{event.why}: {event.note}" if event.note else f"{event.why}.")
    if isinstance(event, happened.Resumed):
        return Verdict("right", "GO ON", event.note)
    return None
