"""The end of a signed procedure: what happens when something is wrong, what may be accepted, and by whom."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from workflows.recipe import Policy
from workflows.steps import Workflow
from workflows.summary import asked_of, injects, is_a_pump
from workflows.wording import amount


def _percent(fraction: Decimal) -> str:
    return f"{amount(fraction * 100)} %"


def ways_out(workflow: Workflow, policy: Policy) -> Iterator[str]:
    """Yield what happens when something is wrong, and whose word counts then."""
    yield "WHAT HAPPENS WHEN SOMETHING IS WRONG"
    yield "Whatever a rule finds is shown in words, kept as a near miss for ever, and the step stays open."
    yield f"Technician: current competencies {', '.join(asked_of(workflow, policy))}, checked at every step (R44)."
    yield "   Emergency access, for an hour and reviewed afterwards, lets whoever is signed in at a station finish or stop what"
    yield "   is running. It begins nothing, releases nothing, and takes nobody's own work out of another's check (Q30)."
    yield "Pharmacist: a licence for this site. Nobody approves, rejects or accepts anything of what they helped to make."
    yield f"Gloves are changed after {policy.glove_minutes} minutes, the gown after {policy.gown_minutes} minutes (R36):"
    begun = "a draw or an injection" if injects(workflow) else "a draw"
    yield f"   until then no new step starts; {begun} that has begun is finished."
    yield from _of_volumes() if workflow.by_volume else _of_weights(workflow, policy)
    yield from _whose_word(workflow)


def _of_weights(workflow: Workflow, policy: Policy) -> Iterator[str]:
    yield "A weight outside its limits has four ways out and no accept button (R14):"
    yield f"   adjust and weigh again, {policy.max_attempts} times at most; going back does not begin the count anew;"
    yield "   a new syringe or vial from empty (REDO); discard; or a pharmacist rejects it to be made again."
    yield "   Too much diluent, or a vial off its label, is not put right: the vial is not weighed again, a new one is taken."
    if injects(workflow):
        what = f"Too much in the {'reservoir' if is_a_pump(workflow) else 'bag'} is not put right either"
        yield f"   {what}: it is discarded or made again; too little may be injected after."
    yield "A weight inside its limits but too close to call is weighed again. It uses up an attempt, and has the same ways out."
    yield "   It stops what would pass and never lets pass what is outside: a reading outside by itself is outside."
    gate = _percent(policy.weigh_gate)
    yield f"   What gained more than {gate} of what is expected holds liquid: BACK does not weigh it as empty again."
    yield "A draw that reads more than its vials held means that something else was entered: every vial is then weighed"
    yield "   after the draws, and what has left them must be what the syringes hold (R4)."


def _of_volumes() -> Iterator[str]:
    yield "A volume read outside its limits has three ways out and no accept button (R13, R14):"
    yield "   put right, photographed and read anew by a second person, who is told no volume; a new syringe (REDO); or discard."
    yield "   It is made by volume on the word of the pharmacist who verified the order, for a reason that the policy names;"
    yield "   nothing turns a preparation by weight into one by volume: it is discarded, and its order is opened anew."


def _whose_word(workflow: Workflow) -> Iterator[str]:
    waivable = sorted({code for step in workflow.steps() for rule in step.must for code, _ in rule.waives})
    names = ", ".join(code.lower().replace("_", " ") for code in waivable) or "nothing"
    yield f"What a pharmacist may accept, with a reason of ten letters: {names}. Everything else nobody may."
    yield "A typed code needs a photo of the label and a second entitled person; the approving pharmacist accepts each."
    yield "An order that is changed, held or cancelled stops the work at once; one changed or cancelled is never released."
    yield "A technician ends a stop for equipment or for another reason of their own; every other stop a pharmacist ends (R45):"
    yield "   a hold or a question about the order may follow on a stop of one's own, a spill, a leak or particles on any other;"
    yield "   a pharmacist ends it then."
    yield "The final label waits while work is stopped, the order is to be cleared, or the tray has no in-process label (R20)."
    yield "Nothing is approved or leaves over a call that nobody answered, or an order that is still to be cleared (R25)."
    if injects(workflow):
        yield "Once liquids have met, no pre-mix approval is asked for again; before that, a word about the order voids it (R22)."
    else:
        yield "A word about the order voids the pharmacist's approval of the filled syringe: it is looked at again (R22)."
        yield "The syringe may be drawn anew until a pharmacist has signed; its label is then printed and scanned anew."
    if not workflow.by_volume:
        yield "A new vial reopens the diluent too, where the container scanned does not hold enough for one more (R16)."
    yield "Whoever takes over dresses anew before any further work in the cabinet, also after a rework; at another station"
    yield from _at_another_station(workflow)
    yield "BACK takes back the last thing done, never what was done before a hand-over, REDO, rework or reprint."
    back = [step.name for step in workflow.steps() if step.rework]
    never = "; never behind the injection" if injects(workflow) else ""
    yield f"A pharmacist may send it back to: {', '.join(back)}{never} (R27)."
    yield "A final label printed again voids the approval: label, picture and approval are done again (L5)."
    yield "What was made on paper while a system was away is entered before work begins here: by a licensed pharmacist and a"
    yield "   second person, with every page's picture. It ends as downtime, never as released (R60)."
    yield "Every end, also a discard, closes with an account of each container and of the drug thrown away (R28, R58)."


def _at_another_station(workflow: Workflow) -> Iterator[str]:
    if workflow.by_volume:
        yield "   the cabinet is scanned anew."
        return
    yield "   the cabinet is scanned anew. What is still empty is weighed anew; what holds liquid and waits for its second weight"
    yield "   stays at its balance. A balance that is too coarse or too small for what is left is refused before anything moves."
