"""Is it right by volume: a syringe of its own, read blind by a second person, no vial opened before, all of it injected (R13)."""

from __future__ import annotations

from workflows import events as happened
from workflows.evidence import Confirmation, Container, Scan, VolumeRead
from workflows.findings import Finding
from workflows.preparation import Preparation
from workflows.rules.expiry import opened_until
from workflows.rules.people import entitled, may_judge
from workflows.rules.rule import Case, Rule
from workflows.standing import READS_A_SYRINGE, SHOWS_A_SYRINGE
from workflows.wording import amount

INJECTED = "every syringe injected and empty"
"""What is confirmed of a bag that is filled by volume."""
ADJUST = "Bring the plunger to the mark, photograph it again, and have it read anew by a second person."
ANEW = "No attempt is left: REDO with a new syringe, or discard."


def new_syringe(p: Preparation, unit: int) -> str:
    """Return what is confirmed of syringe `unit` before anything is drawn."""
    return f"new {amount(p.plan.syringes_ml[unit - 1])} mL syringe, empty"


def read_anew(p: Preparation, slot: str, findings: tuple[Finding, ...]) -> tuple[happened.Redone, ...]:
    """Return the event that opens a syringe's picture again where another volume is read: it shows what is not so any more."""
    step, _, unit = slot.partition(":")
    again = f"{SHOWS_A_SYRINGE}:{unit}"
    if step != READS_A_SYRINGE or again not in p.entries or all(one.code != "VOLUME_OFF" for one in findings):
        return ()
    return (happened.Redone((again,), "another volume was read than was planned"),)


def _new(case: Case[Confirmation]) -> Finding | None:
    wanted = new_syringe(case.preparation, case.unit)
    if case.evidence.item == wanted:
        return None
    says = f"Confirmed {case.evidence.item}; asked for {wanted}."
    return Finding("OTHER_ITEM", says, "Confirm what the screen shows.")


def _injected(case: Case[Confirmation]) -> Finding | None:
    if case.evidence.item == INJECTED:
        return None
    says = f"Confirmed {case.evidence.item}; asked for {INJECTED}."
    return Finding("OTHER_ITEM", says, "Confirm what the screen shows.")


def _sealed(case: Case[Scan]) -> Finding | None:
    found = case.evidence.found
    if not isinstance(found, Container) or found.opened is None:
        return None
    says = f"This {found.text} was opened for an earlier dose: what is left in it is known by weight alone."
    return Finding("NOT_SHARED", says, "Take a sealed vial.")


def _volume(case: Case[VolumeRead]) -> Finding | None:
    """Judge what was read; the finding tells nobody which volume was planned, nor on which side of it this one is.

    Whoever reads it anew may hear or see the finding, and reads blind all the same (R29).
    """
    p, found = case.preparation, case.evidence.volume_ml
    wanted, allowed = p.plan.draw.volume_ml, p.plan.draw.tolerance
    if abs(found - wanted) <= wanted * allowed:
        return None
    left = p.policy.max_attempts - p.attempts.get(case.slot, 0) - 1
    return Finding("VOLUME_OFF", f"SYRINGE {case.unit} was not read as planned.", ADJUST if left > 0 else ANEW)


def _second(case: Case[VolumeRead]) -> Finding | None:
    p, second = case.preparation, case.now.second
    verified = p.entries["verify"].who if "verify" in p.entries else ""
    if second is None or second.id in {case.now.who.id, p.claimed_by, verified, *p.set_by}:
        says = "A second person, who neither drew it nor verified its order, reads the syringe and gives badge and PIN."
        return Finding("SECOND_PERSON", says, "Ask a colleague.")
    if may_judge(second) and entitled(p, second, case.now):
        says = f"{second.name} may not read a syringe as second person."
        return Finding("SECOND_PERSON", says, "Ask a technician with the competencies, or a pharmacist.")
    return None


def _fresh(case: Case[VolumeRead] | Case[Confirmation]) -> Finding | None:
    until = opened_until(case.preparation)
    if until is None or case.now.at < until:
        return None
    says = "The vials were entered longer ago than they may be used."
    return Finding("OPEN_TOO_LONG", says, "Do not use them any more: discard this preparation.")


IS_A_SEALED_VIAL = Rule[Scan](
    "It was never opened for another dose: by volume nobody knows what is left in one that was (R32).",
    _sealed,
    edges=("opened before",),
)
IS_A_NEW_SYRINGE = Rule[Confirmation](
    "The person says that it is a new, empty syringe of the planned size: its scale is what is read (R47).",
    _new,
    edges=("other item",),
)
IS_READ_BY_A_SECOND = Rule[VolumeRead](
    "A second person, who neither drew it nor verified its order, read it from the scale without being told the volume: a "
    "technician with the competencies, or a pharmacist (R13, R29).",
    _second,
    edges=("read alone", "read by whom it may not"),
)
VOLUME_IS_AS_PLANNED = Rule[VolumeRead](
    "The volume read is the planned one within its limits; else the draw is put right, photographed and read anew (R13, R14).",
    _volume,
    edges=("read too much", "read too little", "a tenth of it read"),
)
DRAWN_IN_TIME = Rule[VolumeRead](
    "What was opened is drawn within 12 hours of the first syringe, or sooner where the recipe says so (R31).",
    _fresh,
    edges=("read too late",),
)
IS_INJECTED = Rule[Confirmation](
    "The person says that every syringe is injected and empty.", _injected, edges=("other item",)
)
INJECTED_IN_TIME = Rule[Confirmation](
    "What was opened is in the bag within the same hours (R31).", _fresh, edges=("injected too late",)
)
