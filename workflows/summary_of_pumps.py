"""The lines of a procedure that only pumps have: volume, rate and hours, the reservoir, the programme (R55)."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.pumping import LEAST_FILL, ROOM_TEMPERATURE, run_of
from workflows.recipe import LibraryEntry, Policy, Recipe
from workflows.steps import Workflow
from workflows.wording import amount, percent


def amounts(workflow: Workflow, recipe: Recipe, policy: Policy) -> Iterator[str]:
    """Yield the summary's lines on what goes into a pump and how it runs; each names its rule."""
    made, cassette = recipe.reservoir, "cassette" in workflow.makes
    runs = (
        "the pump runs, which is no more than it is told and no more than is in it"
        if cassette
        else "it holds to be run"
    )
    within = f"±{percent(policy.filled_tolerance, 0).lstrip('+')}"
    yield f"R6: The reservoir gains drug and diluent as planned, {within}; what is too small to weigh is only recorded."
    yield "L3: A vinca drug is never made in a pump, whatever its recipe says: the order is not opened."
    if made is None:
        return
    volumes = ", ".join(amount(one) for one in made.volumes_ml)
    if cassette:
        step, shown = f"{amount(made.rate_step_ml_h)} mL/h", f"{amount(made.volume_step_ml)} mL"
        yield f"R55: mL to infuse = mL/h × hours, the rate in steps of {step}; no rate ordered: the least that holds the dose."
        yield f"R55: No volume is planned that the pump, in steps of {shown}, cannot show: it would be read as another."
    else:
        yield "R55: mL to infuse = nominal mL/h × hours; the device that is scanned has that flow. Nominal: it varies."
    yield (
        f"R55 R51: Filled up with {made.fluid} to that and {amount(made.prime_ml)} mL for the line and"
        f" {amount(made.residual_ml)} mL that stay behind, of one strength; reservoirs of {volumes} mL."
    )
    dose = f"±{percent(policy.dose_tolerance, 0).lstrip('+')}"
    yield f"R55 R14: mg/mL by the weighed draws × mL to infuse: {dose} of the dose. Air out and clamp closed are confirmed."
    yield f"R8: Released is what {runs}, at the strength that the weighed draws make."
    yield f"R30 R55: {_stable(recipe)}"
    if cassette:
        yield (
            "R55 R29 G32: Library entry and version, reservoir volume, rate, hours and lock are typed from the pump's screen"
            " by who set it, photographed, and typed again by a second person with badge and PIN, who never set it; one that"
            " is read otherwise is set, photographed and read anew."
        )


def _stable(recipe: Recipe) -> str:
    """Return how the hours of a run stand to those for which the drug is stable."""
    known = run_of(recipe)
    if known is None:
        return "How long it is stable while it runs is not said: no order is opened before a pharmacist enters it."
    begun = "; begun so early that the run ends inside its stability" if recipe.storage == ROOM_TEMPERATURE else ""
    return f"A run is at most {amount(known)} h, for which it is stable as it runs{begun}."


def device_words(workflow: Workflow) -> Iterator[str]:
    """Yield what is said of an elastomeric pump's flow, wherever its rate is shown."""
    if "elastomeric" in workflow.makes:
        yield f"FLOW: {FLOW}"
        yield f"   One filled to less than {percent(LEAST_FILL, 0).lstrip('+')} of its nominal volume is not planned."


FLOW = "Nominal: it varies with temperature and viscosity, and some of the fluid may stay in the device (R55)."
"""What is said of an elastomeric pump's flow."""


def register(lines: tuple[LibraryEntry, ...], drug: str) -> Iterator[str]:
    """Yield the register's lines for a drug, with who signed them (G32)."""
    for one in lines:
        if one.drug == drug:
            limits = (
                f"{amount(one.least_mg_ml)} to {amount(one.most_mg_ml)} mg/mL, at most {amount(one.most_ml_h)} mL/h"
            )
            signed = f"{one.pharmacist or 'NO PHARMACIST'} and {one.nurse or 'NO NURSE'}"
            yield f"{one.entry}, version {one.version}: {limits}; signed by {signed}."
