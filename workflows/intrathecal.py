"""What sets an intrathecal dose apart: its recipe, its container, what is never in it (R22, R29; L3 for vinca drugs)."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.fatal import BY_SPINE, named, plain
from workflows.findings import Finding
from workflows.order import Order
from workflows.recipe import Recipe

ROUTE = "IT"
"""The route as an order has it."""
GIVEN = ("methotrexat", "metotrexat", "cytarabin", "citarabin", "hydrocortison", "hidrocortison", "thiotepa", "tiotepa")
"""The drugs that are given by this route, by what their names begin with. Every other one is refused: most of them kill there."""
NOT_GIVEN = "is none of what is given by the intrathecal route: methotrexate, cytarabine, hydrocortisone, thiotepa."
SIGN = "A pharmacist writes and signs a recipe for it; a second person signs too."
ASK = "A pharmacist telephones the prescriber."


def is_given(drug: str) -> bool:
    """Say whether a drug is given by this route: by its name alone, in no liposomes and with no other drug in one vial."""
    name = plain(drug)
    return name.startswith(GIVEN) and not any(word in name for word in ("lipos", " and ", "/", "+"))


def findings(order: Order, recipe: Recipe) -> Iterator[Finding]:
    """Yield why an intrathecal order is not made by this recipe, or another order not by a recipe for that route."""
    for says in wrong_in(recipe):
        yield Finding("INTRATHECAL_RECIPE", says, SIGN)
    if order.route != ROUTE:
        return
    if order.container != "syringe":
        says = f"An intrathecal dose is one syringe; the order asks for {order.container or 'no container'}."
        yield Finding("INTRATHECAL_CONTAINER", says, ASK)
    if named(order.drug, BY_SPINE):
        yield Finding("INTRATHECAL_FATAL", f"{order.drug} by the intrathecal route is fatal.", ASK)
    elif not is_given(order.drug):
        yield Finding("INTRATHECAL_NOT_GIVEN", f"{order.drug} {NOT_GIVEN}", ASK)


def wrong_in(recipe: Recipe) -> Iterator[str]:
    """Yield what cannot be right of a recipe for the intrathecal route, in words; nothing of one that is not for it."""
    if ROUTE not in recipe.routes:
        return
    if recipe.routes != (ROUTE,) or recipe.containers != ("syringe",):
        yield "A recipe for an intrathecal dose is for that route and for a syringe alone."
    if named(recipe.drug, BY_SPINE) or recipe.is_vinca:
        yield f"{recipe.drug} by the intrathecal route is fatal."
    elif not is_given(recipe.drug):
        yield f"{recipe.drug} {NOT_GIVEN}"
    if not recipe.preservative_free:
        yield f"Nobody signed that {recipe.drug} of this recipe is free of preservative, as an intrathecal dose has to be."
    if not recipe.hold:
        yield "A pharmacist looks at an intrathecal dose before it goes on, and the recipe holds for nobody (R22)."
