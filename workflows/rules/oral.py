"""A liquid by mouth: is it an oral syringe that is filled, and was the bottle shaken just before (R54)."""

from __future__ import annotations

from dataclasses import replace

from workflows import oral
from workflows.evidence import Confirmation, Container, Scan
from workflows.findings import Finding
from workflows.rules.identity import SET_ASIDE, words
from workflows.rules.rule import Case, Rule
from workflows.rules.volumes import IS_A_SEALED_VIAL
from workflows.wording import amount

SHAKEN = "bottle shaken, nothing left on its bottom"
"""What is confirmed just before it is drawn."""


def _oral_syringe(case: Case[Scan]) -> Finding | None:
    found, size = case.evidence.found, case.preparation.plan.syringes_ml[0]
    wanted = oral.part(size)
    if isinstance(found, Container) and (found.role, found.part) == ("device", wanted):
        return None
    if isinstance(found, Container) and found.part.startswith(oral.ORAL_SYRINGE):
        says = f"WRONG SIZE. Scanned {words(found)}. Needed one of {amount(size)} mL."
        return Finding("WRONG_SIZE", says, "Set it aside, and scan one of that size.")
    says = f"NOT AN ORAL SYRINGE. Scanned {words(found)}. Needed an {wanted}: any other can be given into a vein."
    return Finding("NOT_AN_ORAL_SYRINGE", says, SET_ASIDE)


def _shaken(case: Case[Confirmation]) -> Finding | None:
    if case.evidence.item == SHAKEN:
        return None
    says = f"Confirmed {case.evidence.item}; asked for {SHAKEN}."
    return Finding("OTHER_ITEM", says, "Confirm what the screen shows.")


IS_THE_ORAL_SYRINGE = Rule[Scan](
    "It is an oral syringe, whose tip fits no needle and no line, of the planned size; nobody can accept another.",
    _oral_syringe,
    edges=("a syringe for the vein", "an oral syringe of another size"),
)
IS_SEALED = replace(
    IS_A_SEALED_VIAL,
    says="It was never opened for another dose: nobody wrote down how long it is good once opened.",
)
IS_SHAKEN = Rule[Confirmation](
    "The person says that the bottle was shaken, just before it is drawn.", _shaken, edges=("other item",)
)
