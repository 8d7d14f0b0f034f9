"""Does the drug touch nothing that it takes apart, or that takes it up (R46)."""

from __future__ import annotations

from workflows.evidence import Container, Scan
from workflows.findings import Finding
from workflows.made_of import not_known
from workflows.rules.identity import SET_ASIDE, words
from workflows.rules.rule import Case, Rule
from workflows.trials import shown_drug


def _touches(case: Case[Scan]) -> Finding | None:
    recipe, found = case.preparation.recipe, case.evidence.found
    if not recipe.keeps_from or not isinstance(found, Container):
        return None
    kept = ", ".join(recipe.keeps_from)
    if not found.materials or not_known(found.materials):
        says = f"The formulary does not say what {words(found)} is made of. {shown_drug(recipe)} is kept from {kept}."
        return Finding("MATERIAL_NOT_KNOWN", says, "Use another one, or have its materials added to the formulary.")
    wrong = [one for one in recipe.keeps_from if one in found.materials]
    if wrong:
        says = f"{words(found)} is made of {', '.join(wrong)}. {shown_drug(recipe)} is kept from {kept}."
        return Finding("WRONG_MATERIAL", says, SET_ASIDE)
    return None


IS_OF_NO_WRONG_MATERIAL = Rule[Scan](
    "It is made of nothing that the recipe keeps the drug from (R46).",
    _touches,
    edges=("of a material it is kept from", "materials not known"),
)
