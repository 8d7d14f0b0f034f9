"""What a pharmacist may do with a preparation at this moment, asked of the rules themselves before a button is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from app.dispatch import Ask
from app.preparations import workflow_of
from workflows import commands as asked
from workflows.circumstances import Actor, Circumstances
from workflows.decide import LEAST_REASON, decide
from workflows.evidence import Scan, Signature
from workflows.findings import Refused
from workflows.passkeys import as_if_signed
from workflows.preparation import Preparation
from workflows.status import next_slots

Meaning = Literal[
    "order verified",
    "order verified, making by volume authorised",
    "pre-mix approved",
    "approved for release",
    "rejected",
    "entered from paper",
    "recipe amended",
]
MEANINGS: dict[str, Meaning] = {
    "verify": "order verified",
    "premix": "pre-mix approved",
    "approve": "approved for release",
}
"""What a signature in each of the pharmacist's slots says."""
BY_VOLUME: Meaning = "order verified, making by volume authorised"
"""What the pharmacist's signature under an order says that is made by volume (R13)."""
PAPER = "paper"
"""Stands for a slot where a dose made on paper is entered: it is signed for as a release is."""
WORDY = "x" * LEAST_REASON
"""Stands for the reason or note that the person will write."""


@dataclass(frozen=True)
class Waivable:
    """One finding that may be accepted with a reason, where its rule says so."""

    slot: str
    """The open slot."""
    code: str
    """The finding's code."""
    says: str
    """What was found."""


@dataclass(frozen=True)
class Judgement:
    """What may be done now, each with the reason where it may not."""

    slot: str
    """The slot that waits for a pharmacist's signature: verify, premix or approve; empty for none."""
    meaning: str
    """What that signature would say."""
    no_approval: str
    """Why it cannot be approved now, whatever is looked at; empty where it can."""
    no_reject: str
    """Why it cannot be rejected; empty where it can."""
    rework_to: tuple[tuple[str, str], ...]
    """Steps it may be sent back to: name and words."""
    may_hold: bool
    """A pharmacist's hold is possible."""
    may_resume: bool
    """It is stopped, and this person may let it go on."""
    no_resume: str
    """Why a stopped one may not go on; empty where it may, or is not stopped."""
    may_answer: bool
    """A call waits for an answer."""
    waivable: tuple[Waivable, ...] = ()
    """What was found wrong at an open step and a pharmacist may accept, the newest of each step."""


def meaning_of(p: Preparation, slot: str) -> Meaning:
    """Return what a signature in this slot says of this preparation."""
    by_volume = p.counts is None and p.plan.by_volume is not None
    return BY_VOLUME if slot == "verify" and by_volume else MEANINGS[slot]


def ideal_signature(p: Preparation, who: Actor, meaning: Meaning) -> Signature:
    """Return the signature of somebody who looked at everything: what the rules refuse even so, nobody can sign."""
    typed = (entry.evidence.photo for entry in p.typed() if isinstance(entry.evidence, Scan))
    seen = (*(photo.sha256 for photo in p.photos()), *typed)
    accepts = tuple(entry.slot for entry in p.typed())
    return Signature(meaning, who.name, who.licence, "password", 2, p.digest, seen, accepts)


def signing_ask(preparation: str, p: Preparation, who: Actor, station: str) -> Ask:
    """Return the command of which the dispatcher tells the circumstances: a signature, now, by this person."""
    slot = waiting_slot(p)
    signature = ideal_signature(p, who, meaning_of(p, slot) if slot else "rejected")
    return Ask("", preparation, asked.Submit(slot, signature), who, station)


def judgement(p: Preparation, now: Circumstances) -> Judgement:
    """Ask the rules what could be done in these circumstances, without doing it."""
    who, slot = now.who, waiting_slot(p)
    no_reject = _why_not(p, asked.Remake("other", WORDY, ideal_signature(p, who, "rejected")), now)
    no_resume = _why_not(p, asked.Resume(WORDY), now)
    return Judgement(
        slot=slot,
        meaning=meaning_of(p, slot) if slot else "",
        no_approval=_no_approval(p, slot, now),
        no_reject=no_reject,
        rework_to=() if no_reject else _rework_steps(p, now),
        may_hold=not _why_not(p, asked.Pause("pharmacist hold", WORDY), now),
        may_resume=not no_resume,
        no_resume=no_resume if p.paused and not p.outcome else "",
        may_answer=not _why_not(p, asked.Answer(WORDY), now),
        waivable=tuple(_waivable(p, now)),
    )


def by_passkey(slot: str, release_signature: str) -> bool:
    """Say whether this slot is signed by passkey at this site (Q28)."""
    return release_signature == "passkey" and slot in ("premix", "approve", PAPER)


def waiting_slot(p: Preparation) -> str:
    """Return the slot that waits for a pharmacist's signature, or an empty text."""
    names = [slot.name for slot in next_slots(workflow_of(p), p)]
    return next((name for name in names if name in MEANINGS), "")


def _no_approval(p: Preparation, slot: str, now: Circumstances) -> str:
    if slot:
        signature = ideal_signature(p, now.who, meaning_of(p, slot))
        if by_passkey(slot, now.release_signature):
            signature = as_if_signed(signature, now.preparation, now.who.id)
        return _why_not(p, asked.Submit(slot, signature), now)
    if p.outcome or p.closed:
        return f"It has ended: {p.outcome}."
    waiting = next_slots(workflow_of(p), p)
    if "approve" in p.entries:
        return "It is approved already."
    return f"It is still being made. Next: {waiting[0].step.says}." if waiting else "Nothing is asked for now."


def _why_not(p: Preparation, command: asked.Command, now: Circumstances) -> str:
    decision = decide(workflow_of(p), p, command, now)
    return decision.says if isinstance(decision, Refused) else ""


def _waivable(p: Preparation, now: Circumstances) -> Iterator[Waivable]:
    """Yield the newest near miss of each open step that this person may accept: asked of the rules, code by code."""
    for slot in next_slots(workflow_of(p), p):
        miss = next((one for one in reversed(p.near_misses) if one.slot == slot.name), None)
        for code in miss.codes if miss else ():
            if not _why_not(p, asked.Waive(slot.name, code, WORDY), now):
                yield Waivable(slot.name, code, miss.says if miss else "")


def _rework_steps(p: Preparation, now: Circumstances) -> tuple[tuple[str, str], ...]:
    """Return the technician's steps that can still be undone, latest first."""
    found = []
    signature = ideal_signature(p, now.who, "rejected")
    for step in workflow_of(p).steps():
        command = asked.Rework(step.name, "other", WORDY, signature)
        if step.by == "technician" and not _why_not(p, command, now):
            found.append((step.name, step.says))
    return tuple(reversed(found))
