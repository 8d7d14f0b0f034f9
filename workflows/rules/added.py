"""What a site added: is it the sentence that was asked, and answered by whom the policy names?"""

from __future__ import annotations

from workflows.additions import addition
from workflows.evidence import Confirmation
from workflows.findings import Finding
from workflows.rules.people import entitled, may_judge
from workflows.rules.rule import Case, Rule


def _sentence(case: Case[Confirmation]) -> Finding | None:
    asked = addition(case.preparation, case.slot)
    if asked is not None and case.evidence.item == asked.says:
        return None
    wanted = asked.says if asked else "nothing"
    return Finding(
        "OTHER_ITEM", f"Confirmed {case.evidence.item}; asked for {wanted}.", "Confirm what the screen shows."
    )


def _answered(case: Case[Confirmation]) -> Finding | None:
    p, second, asked = case.preparation, case.now.second, addition(case.preparation, case.slot)
    if asked is None or asked.by == "technician":
        return None
    if second is None or second.id in {case.now.who.id, p.claimed_by, *p.held_by}:
        says = "A second person, who never had this preparation, confirms it and gives badge and PIN."
        return Finding("SECOND_PERSON", says, "Ask another technician or a pharmacist.")
    if may_judge(second) and entitled(p, second, case.now):
        says = f"{second.name} may not confirm it as second person."
        return Finding("NOT_ENTITLED", says, "A technician with current competencies or a pharmacist does.")
    return None


IS_THE_ADDED_SENTENCE = Rule[Confirmation](
    "What the site's policy asks here is confirmed in so many words, one sentence after the other.",
    _sentence,
    edges=("another sentence",),
)
IS_ANSWERED_BY_WHOM_IT_NAMES = Rule[Confirmation](
    "Where it names a second person, somebody answers who never had the preparation as its technician, with badge and PIN: a "
    "technician with current competencies, or a pharmacist, who then took part.",
    _answered,
    edges=("answered alone", "answered by whom it may not", "answered by another", "answered by who had it"),
)
