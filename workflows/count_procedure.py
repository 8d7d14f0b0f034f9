"""The signed procedure of a count: workflow, recipe and site policy as one numbered page in plain words (R54)."""

from __future__ import annotations

from collections.abc import Iterator

from workflows import by_weight
from workflows.counting import LEAST_SPREAD, for_counting
from workflows.recipe import CountRecipe, Policy
from workflows.rules import by_weight as weight
from workflows.rules import counting, people, protection
from workflows.standing import WASTE_WORN
from workflows.steps import Workflow
from workflows.taking import OFTEN, TIMES_A_DAY, WEEKLY_ONLY
from workflows.wording import amount


def in_short(workflow: Workflow, recipe: CountRecipe, policy: Policy) -> Iterator[str]:
    """Yield a line a rule, with this recipe's and this policy's numbers, to be compared by hand."""
    yield f"IN SHORT: {workflow.name}, version {workflow.version}, {recipe.printed_drug}. Compare each line with its rule."
    asked = _asked(policy)
    lines = (
        "R54: Two counts by hand, one after the other; the second is not shown the first. Both are the ordered number.",
        "R54: Counts that differ, or are not the ordered number, are both made anew; every number stays in the record.",
        "R54: Number = whole units at a time × doses; strength × number = dose × doses. One strength an order.",
        "R54: Nothing is cut, crushed or opened; no counting machine. A dose that is no whole number is not opened.",
        _by_weight(recipe),
        f"R54 G24: Before approval, and before anything closes: {counting.CLEANED}.",
        "R54 G24: A tray counts as touched from the first stock bottle on, also where that scan is taken back.",
        f"R17: Packages: {', '.join(recipe.ndcs)}, {amount(recipe.strength_mg)} mg each.",
        "R56: Of normal stock alone: nothing of a clinical trial is counted here.",
        "R16: A stock bottle is told apart by serial number or unit label; what is left in it is kept by the record.",
        "R16: What a count takes is set apart at the scan of its bottle, by what is left at that moment: others find the rest.",
        "R19: Stock is in date, not recalled, and lasts for the whole supply from the day it is due or made, whichever is later.",
        "R54: Directions of the order that name another dose, frequency or number of days are not opened.",
        f"R21: Pictures: {', '.join(asked.photos)}.",
        f"R25 R44: A technician with {', '.join(asked.competencies)}; a pharmacist who did none of it approves.",
        f"R35 R36: {'; '.join(asked.ppe)}; changed after {policy.glove_minutes} minutes.",
        "R42: A tray for hazardous drugs only, decontaminated since another drug; one preparation lies in it at a time.",
        "R57: " + (f"At most {recipe.most_days} days at once." if recipe.most_days else "No longest supply is set."),
    )
    yield from (f"{rules:<13}{says}" for rules, _, says in (line.partition(": ") for line in lines))


def _by_weight(recipe: CountRecipe) -> str:
    if recipe.unit_spread is None:
        return "R54: Nothing is weighed: the recipe does not state how far the mass of one unit is spread."
    return (
        f"R54: From {2 * by_weight.AT_LEAST} units of one lot on, {by_weight.AT_LEAST} or more are weighed in their bottle, "
        f"then all; spread of one unit {amount(recipe.unit_spread * 100)} %."
    )


def _asked(policy: Policy) -> Policy:
    """Return the policy as a count is made by it. Raises ValueError where the site's says nothing of counting."""
    if policy.counting is None:
        raise ValueError(f"policy version {policy.version} says nothing of counting")
    return for_counting(policy, policy.counting)


def head(workflow: Workflow, recipe: CountRecipe, policy: Policy) -> Iterator[str]:
    """Yield what is counted, by whose signatures."""
    yield f"PROCEDURE {workflow.name}, version {workflow.version}"
    yield workflow.says
    yield f"Recipe {recipe.name}, version {recipe.version}, signed by {' and '.join(recipe.signed_by) or 'NOBODY'}."
    yield f"Site policy version {policy.version}, signed by {' and '.join(policy.signed_by) or 'NOBODY'}."
    one = f"{amount(recipe.strength_mg)} mg {recipe.form}"
    full = f"{recipe.bottle_holds} in a full bottle"
    yield f"Drug: {recipe.printed_drug}, {one}, {full}; packages allowed: {', '.join(recipe.ndcs)}."
    closure = "child-resistant" if recipe.child_resistant else "not child-resistant"
    yield f"Given by {', '.join(recipe.routes)}; kept at {recipe.storage}; closure {closure}."
    most = f"at most {recipe.most_days} days of taking" if recipe.most_days else "no longest supply"
    yield f"Given out at once: {most} (R57). Pictures: {', '.join(_asked(policy).photos)}."
    often = ", ".join(f"{name} {times} ({OFTEN[name]})" for name, times in TIMES_A_DAY.items())
    yield f"Times a day by the order's frequency: {often}; any other is asked about."
    yield f"Never opened for every day: {', '.join(WEEKLY_ONLY)}."


def numbers(step: str, says: str, recipe: CountRecipe, policy: Policy) -> Iterator[str]:
    """Yield the numbers of this recipe or policy that stand behind a rule's sentence."""
    if says == counting.IS_THE_STOCK.says:
        yield f"{recipe.drug}, {amount(recipe.strength_mg)} mg: {', '.join(recipe.ndcs)}."
    elif says == protection.EVERY_ITEM_CONFIRMED.says and step == WASTE_WORN:
        yield from for_waste(policy)
    elif says == protection.EVERY_ITEM_CONFIRMED.says:
        yield f"The site's list: {'; '.join(_asked(policy).ppe)}."
    elif says == weight.IS_BORNE_OUT.says and recipe.unit_spread is not None:
        yield f"Spread of one unit's mass: {amount(recipe.unit_spread * 100)} % (relative standard deviation)."
        yield "U = 2 × √((reading ÷ mean)² × (1 + (r − 1)² + r²) + (number × spread)² × (1 ÷ laid in − 1 ÷ number)"
        yield "   + (number × 0.1 % ÷ √3)²) units, with the standard uncertainty of one reading, and r = number ÷ laid in."
        yield f"   It decides where U is at most {by_weight.GUARD} units; the limits are narrowed by U on either side."
        yield f"   A spread below {amount(LEAST_SPREAD * 100)} % is reckoned as {amount(LEAST_SPREAD * 100)} %."
    elif says == counting.IS_CLEANED.says:
        yield f"The words: “{counting.CLEANED}”."


def for_waste(policy: Policy) -> Iterator[str]:
    """Yield the site's list of what is put on to discard leftovers (R35)."""
    yield f"The site's list: {'; '.join(policy.worn.waste)}." if policy.worn else "This policy says nothing of it."


def ways_out(workflow: Workflow, policy: Policy) -> Iterator[str]:
    """Yield what happens when something is wrong, and until when it may be used."""
    asked = _asked(policy)
    yield "WHAT HAPPENS WHEN SOMETHING IS WRONG"
    yield "Whatever a rule finds is shown in words, kept as a near miss for ever, and the step stays open."
    yield f"Technician: current competencies {', '.join(asked.competencies)}, checked at every step (R44)."
    yield "   Emergency access, for an hour and reviewed afterwards, lets whoever is signed in at a station finish or stop what"
    yield "   is running. It begins nothing, releases nothing, and takes nobody's own work out of another's check (Q30)."
    yield "Pharmacist: a licence for this site. Nobody approves, rejects or accepts anything of what they helped to make."
    yield f"Gloves are changed after {asked.glove_minutes} minutes: until then no new step starts (R36)."
    yield "There is no way to accept counts that differ, or another number than the ordered one; nobody may."
    yield "Nor a weight that does not bear them out. Where the weight cannot tell, the two counts are the proof, and it says so."
    yield "Nothing that lay in the tray goes back into a stock bottle: what is not released is discarded as hazardous waste."
    yield "A typed code needs a photo of the label and a second entitled person; the approving pharmacist accepts each."
    yield "An order that is changed, held or cancelled stops the work at once; one changed or cancelled is never released."
    yield "A technician ends a stop for equipment or for another reason of their own; every other stop a pharmacist ends (R45)."
    yield "The final label waits while work is stopped, the order is to be cleared, or the tray has no in-process label (R20)."
    yield "Nothing is approved or leaves over a call that nobody answered, or an order that is still to be cleared (R25)."
    yield "Whoever takes over puts on fresh gloves. What was counted stays at its station until the tray is clean."
    yield "BACK takes back the last thing done, never what was done before a hand-over, a recount, rework or reprint."
    back = [step.name for step in workflow.steps() if step.rework]
    yield f"A pharmacist may send it back to: {', '.join(back)} (R27). From the first count on means: all counted anew."
    yield "A final label printed again voids the approval: label, picture and approval are done again (L5)."
    yield "What was made on paper while a system was away is entered before work begins here: by a licensed pharmacist and a"
    yield "   second person, with every page's picture. It ends as downtime, never as released (R60)."
    yield "Every end, also a discard, closes with an account of each bottle and of the drug thrown away (R28, R58)."
    yield ""
    yield "BEYOND USE"
    yield "The end of the earliest expiry day of the stock that was counted from."
    yield f"{people.LEAVES_BEFORE_BEYOND_USE.says}"
