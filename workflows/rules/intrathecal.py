"""Is the session apart: a cabinet cleaned after whatever was in it and empty of all else, before an intrathecal dose is begun."""

from __future__ import annotations

from workflows.evidence import CabinetCode, Confirmation, Scan
from workflows.findings import Finding
from workflows.intrathecal import ROUTE
from workflows.rules.rule import Case, Rule

APART = "cabinet empty but for this intrathecal dose, no vinca drug in it or beside it"
"""What is looked at and confirmed before anything for an intrathecal dose is brought in."""


def _cleaned(case: Case[Scan]) -> Finding | None:
    found = case.evidence.found
    if case.preparation.order.route != ROUTE or not isinstance(found, CabinetCode):
        return None
    if not found.last_drug or found.decontaminated:
        return None
    says = f"{found.code} was not decontaminated since {found.last_drug}; an intrathecal dose is begun in a clean cabinet alone."
    return Finding(
        "NOT_DECONTAMINATED", says, "Deactivate, decontaminate, clean, disinfect; record it; then scan again."
    )


def _apart(case: Case[Confirmation]) -> Finding | None:
    if case.evidence.item == APART:
        return None
    says = f"Confirmed {case.evidence.item}; asked for {APART}."
    return Finding("OTHER_ITEM", says, "Confirm what the screen shows.")


IS_CLEANED_FOR_INTRATHECAL = Rule[Scan](
    "For an intrathecal dose it was decontaminated since any drug was opened in it, the same one too.",
    _cleaned,
    edges=("same drug before",),
)
IS_APART = Rule[Confirmation](
    "The person says that nothing else is in the cabinet, and no vinca drug in it or beside it.",
    _apart,
    edges=("other item",),
)
