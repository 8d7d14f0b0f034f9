"""Is the concentration in the final container, as it was weighed or read, one that its recipe allows (R11, DOMAIN 4)."""

from __future__ import annotations

from workflows import measured
from workflows.evidence import Signature
from workflows.findings import Finding
from workflows.rules.rule import Case, Rule
from workflows.wording import between, reading

AGAIN = "Reject: what was drawn too much or too little is drawn again while nothing has met, else it is made anew."


def _final(case: Case[Signature]) -> Finding | None:
    p = case.preparation
    found, low, high = measured.final_concentration(p), p.recipe.final_min_mg_ml, p.recipe.final_max_mg_ml
    if found is None:
        return Finding("FINAL_NOT_KNOWN", "No final concentration can be worked out.", AGAIN)
    if (low is not None and found.mg_per_ml < low) or (high is not None and found.mg_per_ml > high):
        says = f"It holds {reading(found.mg_per_ml, 3)} mg/mL; allowed is {between(low, high)}."
        return Finding("FINAL_OUTSIDE", says, AGAIN)
    return None


IS_WITHIN_ITS_FINAL_LIMITS = Rule[Signature](
    "The final concentration, as it was weighed or read, lies within the recipe's limits.",
    _final,
    edges=("as it was found",),
)
