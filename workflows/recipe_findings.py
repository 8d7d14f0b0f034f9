"""What a recipe alone stands in the way of: what never can be planned by it, and what nobody has signed or found out."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from workflows import compatible
from workflows.findings import Finding
from workflows.order import Container
from workflows.recipe import DensityOf, Policy, Recipe
from workflows.uncertainty import COVERAGE, ROOM
from workflows.wording import amount

DILUENT_LIMIT, NARROW_LIMIT = Decimal("0.05"), Decimal("0.03")
"""Widest tolerance of the diluent's mass, and of a narrow drug's (R5)."""
INCONSISTENT = Decimal("0.10")
"""How far amount over volume may be from the concentration: overfilled vials stay inside, a slipped digit does not."""
OFF_ITS_LABEL = Decimal("0.05")
"""The same of what a powder and its diluent make: a vial that is further off its label is not drawn from either (R5)."""
WITH_BASE: tuple[Container, ...] = ("bag", "minibag")
"""Final containers that come filled with a base fluid: what is drawn is injected into them."""
SIGN = "A pharmacist enters and signs it; a second person signs too."


def never_made(recipe: Recipe) -> Iterator[Finding]:
    """Yield why nothing is ever planned by a recipe, whoever signs it: so nobody may sign it (R5, R22, R49, R51)."""
    if recipe.is_vinca and recipe.routes != ("IV",):
        yield _finding("VINCA_ROUTE", f"{recipe.drug} is fatal by any route but intravenous.")
    if recipe.is_vinca and not recipe.hold:
        says = f"A pharmacist must see {recipe.drug} before it is mixed, and the recipe holds for nobody (R22)."
        yield _finding("VINCA_WITHOUT_HOLD", says)
    if recipe.overfill != "ignore":
        says = "The recipe wants the bag's overfill taken out, and this workflow has no step that does it (R51)."
        yield _finding("OVERFILL_NOT_MADE", says)
    if abs(recipe.vial_mg / recipe.vial_ml / recipe.concentration_mg_ml - 1) > INCONSISTENT:
        says = f"{amount(recipe.vial_mg)} mg in {amount(recipe.vial_ml)} mL is not {amount(recipe.concentration_mg_ml)} mg/mL."
        yield _finding("RECIPE_INCONSISTENT", says)
    yield from _dissolved(recipe)
    for says in compatible.wrong_in(recipe):
        yield _finding("NOT_COMPATIBLE", says)


def _dissolved(recipe: Recipe) -> Iterator[Finding]:
    """Judge how the powder is dissolved: what comes out must be near the label (R5)."""
    making = recipe.reconstitution
    if making is None:
        return
    limit = NARROW_LIMIT if recipe.narrow else DILUENT_LIMIT
    if making.tolerance > limit:
        says = f"The diluent may be {making.tolerance * 100:f} % off; {recipe.drug} allows {limit * 100:f} %."
        yield _finding("DILUENT_TOLERANCE", says)
    if making.mode == "B" and making.displacement_ml is None:
        says = "The draw cannot be worked out from the actual concentration: the powder's displacement is not known."
        do = "Enter and sign the displacement, or keep the label's value."
        yield Finding("DISPLACEMENT_UNKNOWN", says, do)
    made = recipe.vial_mg / (making.volume_ml + (making.displacement_ml or Decimal(0)))
    if abs(made / recipe.concentration_mg_ml - 1) > OFF_ITS_LABEL:
        says = (
            f"{amount(recipe.vial_mg)} mg in {amount(making.volume_ml)} mL of {making.diluent} makes {made:.2f} mg/mL, "
            f"not {amount(recipe.concentration_mg_ml)} mg/mL."
        )
        yield _finding("RECONSTITUTION_INCONSISTENT", says)


def recipe_findings(recipe: Recipe, policy: Policy) -> Iterator[Finding]:
    """Yield every reason in a recipe why nothing is planned by it now, what is not signed or not known among them."""
    yield from never_made(recipe)
    if min(_signers(recipe.signed_by), _signers(policy.signed_by)) < 2:
        yield _finding("NOT_SIGNED", "The recipe or the site policy does not carry two signatures.")
    if recipe.density.g_per_ml is None:
        yield _finding("DENSITY_MISSING", f"No density is entered for {recipe.drug}: no weight can be judged.")
    elif not recipe.density.gates:
        how = "unconfirmed" if not recipe.density.confirmed else recipe.density.basis
        yield _finding("DENSITY_DOES_NOT_GATE", f"The density of {recipe.drug} is {how}: it may not judge a weight.")
    making = recipe.reconstitution
    if making is not None and not making.diluent_density.gates:
        yield _finding(
            "DENSITY_DOES_NOT_GATE", f"The density of the diluent {making.diluent} is missing or unconfirmed."
        )
    if making is not None:
        yield from vague(making.diluent_density, making.diluent, making.tolerance)
    if recipe.unconfirmed:
        says = f"Values that no pharmacist of this site has signed: {', '.join(recipe.unconfirmed)}."
        yield _finding("UNCONFIRMED", says)
    if recipe.stability_h is None:
        says = "No stability limit is recorded for this drug, concentration and container."
        yield Finding("STABILITY_UNKNOWN", says, "A pharmacist enters one with its source.")


def vague(density: DensityOf, liquid: str, tolerance: Decimal) -> tuple[Finding, ...]:
    """Say where a density is so uncertain that no balance could leave room between the limits (R12)."""
    off = COVERAGE * density.uncertainty_g_per_ml / (density.g_per_ml or Decimal(1))
    if off <= ROOM * tolerance:
        return ()
    says = f"The density of {liquid} may be {off * 100:.1f} % off: more than half of the {tolerance * 100:f} % allowed."
    return (Finding("DENSITY_TOO_UNCERTAIN", says, f"Measure it, n ≥ 5. {SIGN}"),)


def _signers(names: tuple[str, ...]) -> int:
    """Return how many different people signed."""
    return len({name.strip().casefold() for name in names if name.strip()})


def _finding(code: str, says: str) -> Finding:
    return Finding(code, says, SIGN)
