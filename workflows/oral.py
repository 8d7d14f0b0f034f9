"""What sets a liquid taken by mouth apart: its recipe, its syringe, what can be read off it, what is never taken so (R54, L3)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from workflows.findings import Finding
from workflows.order import Container, Order
from workflows.recipe import Policy, Recipe
from workflows.taking import TIMES_A_DAY, is_seldom, is_weekly_only
from workflows.wording import amount

ROUTE = "PO"
"""The route as an order has it."""
ORAL_SYRINGE: Container = "oral syringe"
"""The one final container: its tip goes on no needle and no line, so that nothing in it can be given into a vein."""
MARKS_ML = (
    (Decimal(1), Decimal("0.05")),
    (Decimal(3), Decimal("0.1")),
    (Decimal(5), Decimal("0.2")),
    (Decimal(10), Decimal("0.5")),
    (Decimal(20), Decimal(1)),
    (Decimal(35), Decimal(1)),
)
"""Nominal mL up to which an oral syringe has marks so many mL apart; a larger one each 2 mL (ours, unconfirmed)."""
COARSEST_ML = Decimal(2)
MOST_H = Decimal(35 * 24)
"""Hours that nothing drawn into an oral syringe is dated beyond: 35 days, what USP <795> gives a preserved watery liquid that
was not studied itself, and 14 days one without a preservative (ours, unconfirmed). More is the unopened bottle's stability."""
SIGN = "A pharmacist writes and signs a recipe for it; a second person signs too."
ASK = "A pharmacist reads the order and answers the prescriber."


def is_oral(container: str | None) -> bool:
    """Say whether a final container is that of a liquid taken by mouth."""
    return container == ORAL_SYRINGE


def findings(order: Order, recipe: Recipe, policy: Policy) -> Iterator[Finding]:
    """Yield why an order by mouth is not made by this recipe, or another order not by a recipe for the mouth."""
    for says in wrong_in(recipe):
        yield Finding("ORAL_RECIPE", says, SIGN)
    oral = is_oral(order.container)
    if order.route == ROUTE and not oral:
        says = f"What is taken by mouth is drawn into an oral syringe; the order asks for {order.container or 'no container'}."
        yield Finding("NO_ORAL_SYRINGE", says, "Ask for it in an oral syringe: another one can be given into a vein.")
    if not oral:
        return
    yield from repeated(order)
    yield from scheduled(order, recipe)
    if policy.counting is None or not any(code.strip() for code in policy.counting.competencies):
        says = "The site policy asks for no competency of whoever handles what is taken by mouth (R44)."
        yield Finding("POLICY_TOO_LOOSE", says, "A pharmacist enters and signs it; a second person signs too.")


def repeated(order: Order) -> Iterator[Finding]:
    """Yield why an order asks for more than the one dose that an oral syringe holds, or may do so."""
    if order.doses_total is not None and order.doses_total != 1:
        says = f"The order asks for {order.doses_total} doses; an oral syringe holds one, and each has an order of its own."
        yield Finding("SEVERAL_DOSES", says, ASK)
    elif order.doses_total is None and order.frequency.strip().upper() not in ("", "ONCE"):
        says = f"The order says “{order.frequency}” and not how many doses; an oral syringe holds one, and each has its order."
        yield Finding("SEVERAL_DOSES", says, ASK)


def scheduled(order: Order, recipe: Recipe) -> Iterator[Finding]:
    """Yield why a drug that kills when taken daily is not opened: whatever is not known to be once or weekly may be daily."""
    if not is_weekly_only(order.drug) or is_seldom(order.frequency):
        return
    if order.frequency.strip().upper() in TIMES_A_DAY:
        says = f"{recipe.printed_drug} by mouth was ordered for every day: taken daily it kills."
        yield Finding("DAILY_SCHEDULE", says, "Call the prescriber. This order is never made.")
        return
    says = (
        f"How often it is taken cannot be told from “{order.frequency or 'nothing'}”: {recipe.printed_drug} kills when it is "
        "taken daily."
    )
    yield Finding("FREQUENCY_UNKNOWN", says, "Call the prescriber: the order has to say once, or once a week.")


def unreadable(order: Order, volume_ml: Decimal, size_ml: Decimal) -> Iterator[Finding]:
    """Yield where a dose of `volume_ml` mL lies between two marks of an oral syringe of `size_ml` mL."""
    if not is_oral(order.container) or volume_ml % mark_ml(size_ml) == 0:
        return
    step = mark_ml(size_ml)
    near = [one for one in (volume_ml // step * step, (volume_ml // step + 1) * step) if one]
    says = (
        f"{amount(volume_ml)} mL lie between two marks of a {amount(size_ml)} mL oral syringe, {amount(step)} mL apart: "
        "whoever gives it could not see that it is all there."
    )
    do = f"Ask the prescriber for a dose of {' or '.join(amount(one) for one in near)} mL."
    yield Finding("BETWEEN_TWO_MARKS", says, do)


def differing(order: Order, volume_ml: Decimal, size_ml: Decimal) -> Iterator[Finding]:
    """Yield where an order names another volume than the `volume_ml` mL that its mg are, by more than one mark of the syringe.

    A liquid of another strength is then meant: its mg or its mL are wrong.
    """
    named = order.total_volume_ml
    if not is_oral(order.container) or named is None or abs(named - volume_ml) <= mark_ml(size_ml):
        return
    says = f"The order names {amount(named)} mL; its dose is {amount(volume_ml)} mL of the liquid of this recipe."
    yield Finding("VOLUME_DIFFERS", says, ASK)


def mark_ml(size_ml: Decimal) -> Decimal:
    """Return how many mL the marks of an oral syringe of so many nominal mL are apart."""
    return next((step for most, step in MARKS_ML if size_ml <= most), COARSEST_ML)


def part(size_ml: Decimal) -> str:
    """Return what the catalogue calls an oral syringe of this size: oral syringe 5 mL."""
    return f"{ORAL_SYRINGE} {amount(size_ml)} mL"


def wrong_in(recipe: Recipe) -> Iterator[str]:
    """Yield what cannot be right of a recipe for the mouth, in words; nothing of one that is not for it."""
    if ROUTE not in recipe.routes and ORAL_SYRINGE not in recipe.containers:
        return
    if recipe.routes != (ROUTE,) or recipe.containers != (ORAL_SYRINGE,):
        yield "A recipe for a liquid by mouth is for that route (PO) and for an oral syringe alone."
    if recipe.is_vinca:
        yield f"{recipe.drug} is fatal by any route but intravenous."
    if recipe.reconstitution is not None or recipe.bases:
        yield "A liquid by mouth is drawn as it comes: nothing is dissolved and nothing is added here."
    if recipe.may_be_shared:
        yield "A bottle of a liquid by mouth is not kept as an opened vial."
    yield from lasting(recipe)


def lasting(recipe: Recipe) -> Iterator[str]:
    """Yield why a recipe for the mouth dates what is drawn by it later than anything out of its bottle can be."""
    if recipe.stability_h is not None and recipe.stability_h > MOST_H:
        yield (
            f"A stability of {amount(recipe.stability_h)} h is longer than {amount(MOST_H)} h (35 days), the most that a "
            "liquid is dated once it was drawn into an oral syringe: give the stability there, not the unopened bottle's."
        )
