"""Tablets and capsules: the right stock, enough of it, long enough; a tray of its own; two counts that agree (R54)."""

from __future__ import annotations

from datetime import datetime

from workflows import by_weight
from workflows import events as happened
from workflows.counting import MOST, CountPlan, must_last
from workflows.evidence import CabinetCode, Confirmation, Container, Count, Scan
from workflows.findings import Finding
from workflows.preparation import Preparation
from workflows.recipe import CountRecipe
from workflows.rules.identity import SET_ASIDE, words
from workflows.rules.rule import Case, Rule
from workflows.standing import TOO_CLOSE
from workflows.wording import amount

TRAY = 0
"""The category under which a counting tray stands on the register: it has no sterility category."""
CLEANED = "tray and spatula decontaminated and wiped"
"""What a technician confirms before a count can close (R54, G24)."""
FIRST, SECOND = "count-1", "count-2"
"""The two counts."""
MOST_LOTS = 2
"""Lots that the label of one bottle has room for, however long they are."""
LONGEST_LOT = 20
"""Characters of the longest lot that a maker's code can have: GS1's identifier 10."""
AGAIN = frozenset({"COUNTS_DIFFER", "NOT_THE_NUMBER"})
"""Findings after which both counts are made anew, and whatever followed on them."""
BY_SCALE = (frozenset({"WEIGHT_DIFFERS"}), frozenset({TOO_CLOSE}))
"""The one finding of a good reading of all units after which the same is done: no reading is tried until one pleases."""
FOLLOWING = (FIRST, SECOND, "photo-tray", by_weight.EMPTY, by_weight.SOME, by_weight.ALL)
"""Steps of what was counted: one is no good without the one before."""


def _of(p: Preparation) -> tuple[CountRecipe, CountPlan]:
    recipe, plan = p.counted_by, p.counts
    if recipe is None or plan is None:
        raise ValueError(f"{p.workflow} counts nothing")
    return recipe, plan


def number(p: Preparation, slot: str) -> int | None:
    """Return what was counted for `slot`, or None while it was not."""
    found = p.evidence(slot)
    return found.number if isinstance(found, Count) else None


def counted_anew(p: Preparation, findings: tuple[Finding, ...]) -> tuple[happened.Redone, ...]:
    """Return the event that opens the first count again where the second or the weight does not bear it out: all is made anew."""
    codes = {finding.code for finding in findings}
    by_scale = codes in BY_SCALE  # a reading that is itself no good says nothing of the counts
    if FIRST not in p.entries or not (by_scale or codes & AGAIN):
        return ()
    slots = tuple(slot for slot in p.entries if slot.partition(":")[0] in FOLLOWING)
    why = "the weight does not bear the counts out" if by_scale else "the counts do not bear each other out"
    return (happened.Redone(slots, why),)


def _stock(case: Case[Scan]) -> Finding | None:
    found, (recipe, _) = case.evidence.found, _of(case.preparation)
    wanted = f"{recipe.printed_drug} {amount(recipe.strength_mg)} mg {recipe.form}"
    if not isinstance(found, Container):
        return Finding("WRONG_KIND", f"Scanned {words(found)}. Needed a bottle of {wanted}.", "Scan the stock bottle.")
    if found.role != "drug" or found.drug != recipe.drug:
        return Finding("WRONG_PRODUCT", f"Scanned {words(found)}. Needed a bottle of {wanted}.", SET_ASIDE)
    if found.amount_mg != recipe.strength_mg:
        has = "an unknown strength" if found.amount_mg is None else f"{amount(found.amount_mg)} mg"
        says = f"WRONG STRENGTH. Scanned {words(found)} of {has}. Needed {wanted}."
        return Finding("WRONG_STRENGTH", says, SET_ASIDE)
    if found.item_id not in recipe.items or found.ndc not in recipe.ndcs:
        says = f"Scanned {words(found)}. It is not one of the packages this recipe allows: {', '.join(recipe.ndcs)}."
        return Finding("PACKAGE_NOT_ALLOWED", says, SET_ASIDE)
    return None


def _one_bottle(case: Case[Scan]) -> Finding | None:
    found = case.evidence.found
    if not isinstance(found, Container):
        return None
    if not found.unit:
        says = f"The code of {found.text} does not tell one bottle from another: it has no serial number."
        return Finding("NO_UNIT", says, "Scan the unit label that receiving put on it.")
    known = (*case.preparation.containers(), *case.preparation.set_aside)
    if found.unit in {container.unit for container in known}:
        return Finding("SAME_UNIT", "This bottle was already scanned for this preparation.", "Scan the next bottle.")
    return None


def _enough(case: Case[Scan]) -> Finding | None:
    found, (_, plan) = case.evidence.found, _of(case.preparation)
    if not isinstance(found, Container):
        return None
    if found.left is None or found.left < 1:
        says = (
            "Nothing is left in this bottle, by the record."
            if found.left is not None
            else "How many are left in it is not known."
        )
        return Finding("NOTHING_LEFT", says, "Set it aside, and scan another bottle.")
    others = [one.left or 0 for one in case.preparation.containers() if one.role == "drug"]
    together = sum(others) + found.left
    if len(others) + 1 < plan.bottles or together >= plan.count:
        return None
    says = f"{together} are left in what was scanned; {plan.count} are needed."
    return Finding("NOT_ENOUGH", says, "Set it aside, and scan a bottle that holds enough.")


def _few_lots(case: Case[Scan]) -> Finding | None:
    found = case.evidence.found
    if not isinstance(found, Container):
        return None
    if len(found.lot) > LONGEST_LOT:
        says = f"The lot {found.lot} is longer than {LONGEST_LOT} characters: no maker's code has one."
        return Finding("LOT_TOO_LONG", says, "Set it aside, and have receiving look at its unit label.")
    lots = {one.lot for one in case.preparation.containers() if one.role == "drug"} | {found.lot}
    if len(lots) <= MOST_LOTS:
        return None
    says = f"These would be {len(lots)} lots in one bottle; its label names {MOST_LOTS} at most."
    return Finding("TOO_MANY_LOTS", says, "Set it aside, and scan a bottle of one of the lots that were scanned.")


def _outlasts(case: Case[Scan]) -> Finding | None:
    found = case.evidence.found
    says = _too_short(found, case.preparation, case.now.at) if isinstance(found, Container) else ""
    return Finding("EXPIRES_IN_USE", says, "Set it aside, and scan a bottle of a later expiry.") if says else None


def _too_short(found: Container, p: Preparation, at: datetime) -> str:
    """Say in words that a bottle filled from this stock at `at` would expire while it is taken; empty if it would not."""
    last = must_last(_of(p)[1], at, p.policy.zone)
    if found.expiry is None or found.expiry >= last:
        return ""
    return f"{found.text}, lot {found.lot}, expires on {found.expiry:%Y-%m-%d}; it must last until {last:%Y-%m-%d}."


def _still_lasts(case: Case[Count]) -> Finding | None:
    p = case.preparation
    short = (_too_short(one, p, case.now.at) for one in p.containers() if one.role == "drug")
    says = next(filter(None, short), "")
    return (
        Finding("EXPIRES_IN_USE", says, "Discard what lies in the tray, and begin again with other stock.")
        if says
        else None
    )


def _tray(case: Case[Scan]) -> Finding | None:
    found = case.evidence.found
    if not isinstance(found, CabinetCode):
        return Finding("WRONG_KIND", f"Scanned {words(found)}. Needed the code on the tray.", "Scan the counting tray.")
    if found.category != TRAY:
        says = f"{found.code} is a cabinet, not a counting tray."
        return Finding("NOT_A_TRAY", says, "Scan a tray that is for hazardous drugs only.")
    if found.station and found.station != case.now.station:
        says = f"{found.code} belongs to station {found.station}; this is {case.now.station}."
        return Finding("OTHER_STATION", says, "Scan the tray of this station.")
    return None


def _a_number(case: Case[Count]) -> Finding | None:
    if 1 <= case.evidence.number <= MOST:
        return None
    return Finding("NO_NUMBER", f"A count is 1 to {MOST:,}.", "Enter how many you counted.")


def _agree(case: Case[Count]) -> Finding | None:
    if number(case.preparation, FIRST) == case.evidence.number:
        return None
    return Finding(
        "COUNTS_DIFFER", "The two counts differ.", "Count all of them again, twice: from the first count on."
    )


def _the_number(case: Case[Count]) -> Finding | None:
    plan = _of(case.preparation)[1]
    if case.evidence.number == plan.count or number(case.preparation, FIRST) != case.evidence.number:
        return None
    too = "too few" if case.evidence.number < plan.count else "too many"
    says = f"Both counts are {case.evidence.number}, which is {too}: {plan.count} were ordered."
    return Finding("NOT_THE_NUMBER", says, "Put it right in the tray, then count all of them again, twice.")


def _cleaned(case: Case[Confirmation]) -> Finding | None:
    if case.evidence.item == CLEANED:
        return None
    return Finding(
        "OTHER_ITEM", f"Confirmed {case.evidence.item}; asked for {CLEANED}.", "Confirm what the screen shows."
    )


IS_THE_STOCK = Rule[Scan](
    "It is a package that the recipe names: drug, strength and code all agree (R17, R54).",
    _stock,
    edges=("other drug", "other size", "same strength, package not named", "badge"),
)
IS_A_BOTTLE_OF_ITS_OWN = Rule[Scan](
    "It is told apart by its serial number or unit label, and was not scanned for this preparation before (R16).",
    _one_bottle,
    edges=("same unit again", "no unit number"),
)
HOLDS_ENOUGH = Rule[Scan](
    "By the record so many are left in what was scanned as are needed.",
    _enough,
    edges=("one too few left", "none left"),
)
FEW_LOTS = Rule[Scan](
    f"What goes into one bottle is of {MOST_LOTS} lots at most, as its label names each.",
    _few_lots,
    edges=("endless lot",),
)
OUTLASTS_THE_THERAPY = Rule[Scan](
    "It is in date for the whole supply, counted from the day it is due or from today, whichever is later (R54).",
    _outlasts,
    edges=("expires in use", "expires with it"),
)
STILL_OUTLASTS_IT = Rule[Count](
    "The stock is still in date for the whole supply, counted from today (R54).",
    _still_lasts,
    edges=("after midnight",),
)
IS_A_TRAY = Rule[Scan](
    "It is the code of one of this station's counting trays, which hazardous drugs alone lie in (R54).",
    _tray,
    edges=("badge", "a cabinet", "other station"),
)
IS_A_NUMBER = Rule[Count](f"It is a whole number from 1 to {MOST:,}.", _a_number, edges=("none counted", "one short"))
COUNTS_AGREE = Rule[Count](
    "It is the number of the first count, which is not shown to whoever counts; else both counts are made anew (R54).",
    _agree,
    edges=("one short", "one more", "as before"),
)
IS_THE_ORDERED_NUMBER = Rule[Count](
    "Both are the number that was ordered; else it is put right, and both counts are made anew (R54).",
    _the_number,
    edges=("one short", "as before"),
)
IS_CLEANED = Rule[Confirmation](
    "The person says in so many words that tray and spatula are decontaminated and wiped (R54).",
    _cleaned,
    edges=("other item",),
)
