"""Is it of this trial, and of no other: no stock is mixed with another, and an assigned kit is the one taken (R56)."""

from __future__ import annotations

from workflows.evidence import Container, Scan
from workflows.findings import Finding
from workflows.plan import Plan
from workflows.rules.rule import Case, Rule
from workflows.trials import own_stock, same_number

BACK = "Set it aside, and put it back into the stock it belongs to."


def _own(case: Case[Scan]) -> Finding | None:
    found, p = case.evidence.found, case.preparation
    if not isinstance(found, Container):
        return None
    wanted = own_stock(p.master)
    if found.protocol != wanted and not wanted:
        return Finding("TRIAL_STOCK", f"WRONG STOCK. This belongs to the trial {found.protocol}.", BACK)
    if found.protocol != wanted:
        whose = f"the trial {found.protocol}" if found.protocol else "no trial"
        says = f"WRONG STOCK. This belongs to {whose}. Needed stock of the trial {wanted}."
        return Finding("OTHER_STOCK", says, BACK)
    kits = p.planned.trial.kits if isinstance(p.planned, Plan) and p.planned.trial else ()
    if kits and not any(same_number(found.kit, kit) for kit in kits):
        says = f"WRONG KIT. Scanned kit {found.kit or 'without a number'}. Assigned: {', '.join(kits)}."
        return Finding("OTHER_KIT", says, BACK)
    return None


IS_OF_ITS_OWN_STOCK = Rule[Scan](
    "It is of the stock that the order is for: a trial's dose is made of that protocol's own stock and of the kit assigned to "
    "the subject, and nothing of a trial's goes anywhere else (R56).",
    _own,
    edges=("stock of a trial", "stock of no trial", "another kit"),
)
