"""Does an order belong to a clinical trial, and to which: it is neither rounded nor shared, and has stock of its own (R56)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from workflows.assigned import Assigned
from workflows.findings import Finding
from workflows.order import Order
from workflows.recipe import CountRecipe, Recipe

LEAST = 4
"""Letters of a protocol's number: a shorter one could be any word of an order."""
TRIAL = re.compile(r"\bNCT\d{8}\b|\b(clinical trial|study|investigational)\b", re.IGNORECASE)
"""Words by which an order says that it belongs to a trial; its silence proves nothing."""
ASK = "A pharmacist reads the order and its protocol, and answers the prescriber."


def is_trial(order: Order, recipe: Recipe | CountRecipe | None = None) -> bool:
    """Say whether a dose is of a clinical trial: by its recipe, or by the order's own words."""
    if isinstance(recipe, Recipe) and recipe.protocol:
        return True
    texts = (order.protocol, order.indication, *(one.text for one in order.instructions))
    return any(TRIAL.search(text) for text in texts)


def names(order: Order, protocol: str) -> bool:
    """Say whether the order names this protocol: one of the words of its protocol is that number, in either case.

    Words end at blanks, commas and semicolons alone: S-2301 is neither S-2301.1 nor S-2301/EXT. A number has `LEAST` letters.
    """
    number = protocol.strip().casefold()
    return len(number) >= LEAST and number in re.split(r"[\s,;]+", order.protocol.casefold())


def same_number(one: str, other: str) -> bool:
    """Say whether two kit or protocol numbers are the same: wide letters as plain ones, in either case, no blank too many."""
    return _folded(one) == _folded(other)


def _folded(number: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", number).casefold().split())


def may_name(order: Order, protocol: str) -> bool:
    """Say whether an order may mean this protocol, spelled otherwise or with something beside it: a person decides.

    What is compared is letters and figures alone: (S-2301), S 2301 and S-2301/EXT may all be S-2301.
    """
    number = _letters(protocol)
    texts = (order.protocol, order.indication, *(one.text for one in order.instructions))
    return len(number) >= LEAST and any(number in _letters(text) for text in texts)


def _letters(text: str) -> str:
    return "".join(one for one in _folded(text) if one.isalnum())


def shown_drug(recipe: Recipe | CountRecipe) -> str:
    """Return what a dose's drug is called wherever people or programs read of it: a blinded study's own text, else its name."""
    return (recipe.blinded if isinstance(recipe, Recipe) else "") or recipe.printed_drug


def own_stock(recipe: Recipe | CountRecipe) -> str:
    """Return the protocol whose stock a recipe takes, and no other; empty for normal stock, which no trial gives."""
    return recipe.protocol if isinstance(recipe, Recipe) and recipe.protocol_stock else ""


def unassigned(order: Order, recipe: Recipe, assigned: Assigned | None) -> Iterator[Finding]:
    """Yield why nothing is made of an order by a trial's recipe: another protocol, no subject, no kit, nobody compared it."""
    if not recipe.protocol:
        if assigned is not None:
            yield Finding("NO_TRIAL", f"The recipe {recipe.name} is of no trial, and a subject is entered.", ASK)
        return
    if not names(order, recipe.protocol):
        says = f"The recipe {recipe.name} is of the trial {recipe.protocol}, which the order does not name."
        yield Finding("OTHER_PROTOCOL", says, ASK)
    if assigned is None or not assigned.subject.strip():
        says = f"This is a dose of the trial {recipe.protocol}, and no subject number is entered."
        yield Finding("NO_SUBJECT", says, "A pharmacist enters it on the order's page; a second person compares it.")
        return
    if not assigned.second or assigned.second == assigned.by:
        yield Finding("NOT_COMPARED", "No second person has compared subject and kits.", "Enter them again, with one.")
    if recipe.assigned_kits and not assigned.kits:
        says = f"The trial {recipe.protocol} assigns kits, and no kit number is entered."
        yield Finding("NO_KIT", says, "A pharmacist enters what the trial's system assigned.")
