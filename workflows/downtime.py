"""What was made on paper while a system was away, entered afterwards by two who sign for it (R60, Q14)."""

from __future__ import annotations

from workflows import commands as asked
from workflows import events as happened
from workflows.circumstances import Circumstances
from workflows.closing import close
from workflows.counting import MOST
from workflows.findings import Refused
from workflows.preparation import Preparation
from workflows.rules.people import PHARMACIST, TECHNICIAN, may_judge, without_its_key
from workflows.steps import Workflow
from workflows.trials import own_stock

LEAST_NOTE = 10
"""Letters that the words on what was away must have (Q3)."""

MOST_MG = 1_000_000
"""More than any container holds: a slip of the keys."""


def from_paper(
    workflow: Workflow, p: Preparation, command: asked.EnterFromPaper, now: Circumstances
) -> tuple[happened.Event, ...] | Refused:
    """Record a dose that was made outside the system as what it is: never as weighed, scanned or released here."""
    refused = (
        may_judge(now.who)
        or _not_now(workflow, p)
        or _unsigned(command, now)
        or _unsaid(command, now)
        or _unstocked(p, command)
        or _no_stock(now)
    )
    if refused:
        return refused
    made = happened.MadeOnPaper(command.sheet, command.signature)
    return (made, close(p))


def _not_now(workflow: Workflow, p: Preparation) -> Refused | None:
    if p.outcome:
        return Refused("ENDED", f"It has ended already: {p.outcome}.")
    if p.claimed_by:
        says = (
            "Work was begun on it here. Go on here, or discard it and enter the sheet on the order's next preparation."
        )
        return Refused("BEGUN_HERE", says)
    waiting = workflow.open_slots(p)
    if not waiting or waiting[0].step.by != "technician":
        return Refused("NOT_READY", "A pharmacist compares the order with its message and signs it first.")
    return None


def _unsigned(command: asked.EnterFromPaper, now: Circumstances) -> Refused | None:
    signature, second = command.signature, now.second
    own = (signature.name, signature.licence) == (now.who.name, now.who.licence) and signature.components in (1, 2)
    if signature.meaning != "entered from paper" or signature.over != now.head or not own:
        return Refused("CHANGED_SINCE_SHOWN", "Something was added after this page was drawn. Open it again.")
    if wrong := without_its_key(signature, now):
        return Refused(wrong.code, f"{wrong.says} {wrong.do}")
    if (
        second is None
        or now.cosigned is None
        or second.id == now.who.id
        or not second.roles & (TECHNICIAN | PHARMACIST)
    ):
        says = "Two people sign for it: a technician or another pharmacist signs with badge and PIN."
        return Refused("SECOND_PERSON", says)
    return None


def _unsaid(command: asked.EnterFromPaper, now: Circumstances) -> Refused | None:
    """Return what is missing or cannot be; what was made is recorded as it was, however far from the order."""
    sheet = command.sheet
    if not sheet.pages:
        return Refused("SHEET_MISSING", "Attach a picture of every page of the signed sheet.")
    if len(sheet.note.strip()) < LEAST_NOTE:
        return Refused("REASON_NEEDED", f"Say in at least {LEAST_NOTE} letters what was away and for how long.")
    if not sheet.made_by.strip() or not sheet.checked_by.strip() or _same(sheet.made_by, sheet.checked_by):
        return Refused(
            "NAMES_MISSING", "Give the names of who made it and of who checked it, as on the sheet: two people."
        )
    if not sheet.ingredients or not all(one.text.strip() and one.lot.strip() for one in sheet.ingredients):
        return Refused(
            "LOTS_MISSING", "Give each ingredient with its lot, as on the sheet; “unknown” where it says none."
        )
    if not (sheet.dose_mg.is_finite() and 0 < sheet.dose_mg <= MOST_MG):
        return Refused(
            "DOSE_MISSING", "Give the dose in the container in mg, as on the sheet: a number above 0, below a million."
        )
    if not sheet.made_at < sheet.beyond_use or sheet.made_at > now.at:
        says = "The times cannot be: it was made before now, and its beyond-use time is after it was made."
        return Refused("TIMES_IMPOSSIBLE", says)
    return None


def _unstocked(p: Preparation, command: asked.EnterFromPaper) -> Refused | None:
    """Say that the sheet does not tell what it was taken out of, where the record keeps what is left.

    Of a count which bottles, and how many of each; of a trial's dose which units of its stock (R56).
    """
    lines = [one for one in command.sheet.ingredients if one.unit or one.number]
    if p.counts is None and (trial := own_stock(p.master)) and not any(one.unit for one in lines):
        says = f"Give each unit of the trial {trial} that went in, by the letters of its unit label."
        return Refused("STOCK_MISSING", says)
    if p.counts is None or (lines and all(one.unit and 1 <= one.number <= MOST for one in lines)):
        return None
    says = "Give each stock bottle by its code or the letters of its unit label, and how many were taken out of it."
    return Refused("STOCK_MISSING", says)


def _no_stock(now: Circumstances) -> Refused | None:
    """Say that an opened vial which the sheet names by its label cannot have gone in, or was not to (R32)."""
    if not now.no_stock:
        return None
    says = "Look at its label and at the sheet again. If it did go in, clear its label here, and say so in the note."
    return Refused("NO_STOCK", f"{now.no_stock}. {says}")


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()
