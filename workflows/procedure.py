"""The signed procedure: workflow, recipe and site policy as one numbered page in plain words, and its fingerprints."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from importlib import resources
from typing import Any

from workflows import count_procedure, summary_of_pumps
from workflows.added import AT, STEPS
from workflows.by_volume import tolerance
from workflows.gravimetry import smallest_weighable
from workflows.made_by import Master
from workflows.oral import ORAL_SYRINGE
from workflows.quantities import Density, Mass, Volume
from workflows.recipe import CountRecipe, DensityOf, Policy, Recipe
from workflows.rules import closeness, dating, expiry, identity, materials, people, protection, pumps, volumes, weighing
from workflows.rules.rule import Rule
from workflows.sharing import hours_open
from workflows.sharing_words import opened_vials
from workflows.standing import WASTE_WORN
from workflows.steps import AnyOrder, ForEach, Moved, Part, Step, Workflow
from workflows.summary import injects, summary
from workflows.targets import Target, target
from workflows.uncertainty import BOUND
from workflows.ways_out import ways_out
from workflows.wording import amount, reading

WHO = {"technician": "The technician", "pharmacist": "The pharmacist", "system": "The printer"}


@dataclass(frozen=True, slots=True)
class Approval:
    """One line of approved.toml: somebody read a procedure and its behaviour, and signed both."""

    name: str
    """Name of the workflow."""
    version: int
    """Its version."""
    words: str
    """SHA-256 of the page, hex."""
    behaviour: str
    """SHA-256 over every answer of the walk, hex."""
    signed_by: str
    """Printed name."""
    demo: bool
    """True: a fictitious signature, good for the demo pharmacy only."""


def procedure(workflow: Workflow, recipe: Master, policy: Policy) -> tuple[str, ...]:
    """Return the page, a sentence a line: what is made, every step with its rules and numbers, and every way out."""
    if isinstance(recipe, CountRecipe):
        return _of_a_count(workflow, recipe, policy)
    lines = [*summary(workflow, recipe, policy), "", *_head(workflow, recipe, policy), ""]
    number = 0
    for part in workflow.parts:
        lines += _group(part)
        for step in (part,) if isinstance(part, Step) else part.steps:
            number += 1
            lines += _step(number, step, recipe, policy)
    shared = opened_vials(recipe, policy)
    return (*lines, "", *ways_out(workflow, policy), "", *shared, "", *_dating(workflow, recipe))


def _of_a_count(workflow: Workflow, recipe: CountRecipe, policy: Policy) -> tuple[str, ...]:
    lines = [
        *count_procedure.in_short(workflow, recipe, policy),
        "",
        *count_procedure.head(workflow, recipe, policy),
        "",
    ]
    for number, step in enumerate(workflow.steps(), start=1):
        lines += [*_task(number, step), *added_here(step, policy)]
        for rule in step.must:
            lines.append(f"   - {rule.says}")
            lines += [f"     {line}" for line in count_procedure.numbers(step.name, rule.says, recipe, policy)]
        lines += _ends(step)
    return (*lines, "", *count_procedure.ways_out(workflow, policy))


def fingerprint(lines: tuple[str, ...]) -> str:
    """Return the SHA-256 of a page, hex: it changes when one letter does."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def approvals() -> tuple[Approval, ...]:
    """Return what ships signed. Raises TypeError if a line lacks a field, tomllib.TOMLDecodeError if it is no TOML."""
    text = (resources.files("workflows.library") / "approved.toml").read_text("utf-8")
    return tuple(Approval(**line) for line in tomllib.loads(text).get("approved", ()))


def not_approved(
    workflow: Workflow, words: str, behaviour: str, signed_so_far: Iterable[Approval] | None = None
) -> str:
    """Say why this workflow may not be used as it is, or nothing: its words and its behaviour must be the signed ones.

    `signed_so_far` is what counts where it is used, the newest last; without it, what ships.
    """
    known = approvals() if signed_so_far is None else signed_so_far
    ours = [one for one in known if (one.name, one.version) == (workflow.name, workflow.version)]
    signed = ours[-1] if ours else None
    if signed is None:
        return f"Nobody has signed {workflow.name} version {workflow.version}."
    if signed.words != words:
        return f"The words of {workflow.name} changed since {signed.signed_by} signed them: {words}."
    if signed.behaviour != behaviour:
        return f"The behaviour of {workflow.name} changed since {signed.signed_by} signed it: {behaviour}."
    return ""


def _a(thing: str) -> str:
    return f"{'an' if thing[0] in 'aeiou' else 'a'} {thing}"


def _head(workflow: Workflow, recipe: Recipe, policy: Policy) -> Iterator[str]:
    yield f"PROCEDURE {workflow.name}, version {workflow.version}"
    yield workflow.says
    yield f"Recipe {recipe.name}, version {recipe.version}, signed by {_names(recipe.signed_by)}."
    yield f"Site policy version {policy.version}, signed by {_names(policy.signed_by)}."
    vial = f"{amount(recipe.vial_mg)} mg in {amount(recipe.vial_ml)} mL, {amount(recipe.concentration_mg_ml)} mg/mL"
    yield f"Drug: {recipe.printed_drug}, vials of {vial}; packages allowed: {', '.join(recipe.ndcs)}."
    into = " or ".join(recipe.bases) if recipe.bases else f"{_a(workflow.makes[0])}, undiluted"
    if recipe.reservoir is not None:
        into = f"a {workflow.makes[0]}, filled up with {recipe.reservoir.fluid}"
    yield f"Goes into: {into}; by {', '.join(recipe.routes)}."
    yield f"Density of the drug solution: {_density(recipe.density)}."
    if recipe.reservoir is not None:
        yield f"Density of {recipe.reservoir.fluid}: {_density(recipe.reservoir.fluid_density)}."
    yield from summary_of_pumps.device_words(workflow)
    low, high = recipe.final_min_mg_ml, recipe.final_max_mg_ml
    yield f"Final concentration: {amount(low) if low else 'any'} to {amount(high) if high else 'any'} mg/mL."
    devices = "scanned one by one" if policy.cstd else "not used"
    hold = "yes" if recipe.hold or workflow.by_volume else "no"
    yield f"Pictures: {', '.join(policy.photos)}. Closed-system devices: {devices}. Pre-mix hold: {hold}."
    yield f"Mixing: {recipe.mixing or 'nothing besides.'} Finished, it looks: {recipe.looks or 'not said'} (R49)."
    sizes = ", ".join(amount(size) for size in policy.syringes_ml)
    yield f"Syringes of {sizes} mL, filled to at most three quarters; the fewest that do (R47)."


def _names(names: tuple[str, ...]) -> str:
    return " and ".join(names) if names else "NOBODY"


def _density(density: DensityOf) -> str:
    signed = "signed" if density.confirmed else "NOT SIGNED"
    return f"{density.g_per_ml} ± {density.uncertainty_g_per_ml} g/mL, {density.basis}, {signed}"


def _group(part: Part) -> Iterator[str]:
    if isinstance(part, AnyOrder):
        yield f"{part.says}, in any order:"
    elif isinstance(part, ForEach):
        yield f"For {part.units.says}, one after the other:"
    elif isinstance(part, Moved):
        yield f"Where the site's policy says “{part.to}”, it is here that they {_small(part.step.says)}."


def _task(number: int, step: Step[Any]) -> Iterator[str]:
    yield f"{number}. {WHO[step.by]}: {_small(step.says)}."
    if step.units.says != "once":
        yield f"   Done for {step.units.says}."
    if step.when.says != "always":
        yield f"   Only if {step.when.says}."
    if step.not_by_preparers:
        yield "   Nobody who took part in preparing may do it (R25)."


def added_here(step: Step[Any], policy: Policy) -> Iterator[str]:
    """Yield what this policy adds at a step that is a point for it."""
    here = [one for one in policy.adds if AT[one.at] == step.name]
    if step.name in STEPS and not here:
        yield "   This policy adds nothing here."
    for one in here:
        yield f"   “{one.says}”: the {one.by}, for {one.whose}."


def _ends(step: Step[Any]) -> Iterator[str]:
    if step.continues:
        yield "   A glove or gown clock that runs out does not interrupt it (R36)."
    if step.final:
        yield "   It cannot be taken back: liquids have met."


def _step(number: int, step: Step[Any], recipe: Recipe, policy: Policy) -> Iterator[str]:
    yield from _task(number, step)
    yield from added_here(step, policy)
    for rule in step.must:
        yield f"   - {rule.says}"
        numbers = NUMBERS.get(rule.says)
        if numbers:
            yield from (f"     {line}" for line in numbers(step, recipe, policy))
        yield from _waiver(rule)
    yield from _ends(step)


def _small(says: str) -> str:
    return says[:1].lower() + says[1:]


def _waiver(rule: Rule[Any]) -> Iterator[str]:
    for code, roles in rule.waives:
        yield f"     A {' or '.join(roles)} may accept {code.lower().replace('_', ' ')} with a reason."


Numbers = Callable[[Step[Any], Recipe, Policy], Iterator[str]]


def _tolerance(step: Step[Any], recipe: Recipe, policy: Policy) -> Iterator[str]:
    making = recipe.reconstitution
    if step.name == "recon-after" and making and making.diluent_density.g_per_ml:
        aim = target(Volume(making.volume_ml), Density(making.diluent_density.g_per_ml), making.tolerance)
        density = _density(making.diluent_density)
        yield f"{amount(making.volume_ml)} mL {making.diluent} ({density}): {_window(aim)}."
    elif step.name == "syringe-full":
        yield from _bands(policy)
        if recipe.tolerance is not None:
            yield f"This product: never more than ±{_percent(recipe.tolerance)}."
        yield "Expected mass: ordered mg ÷ mg/mL ÷ number of syringes × density (R1)."
    elif step.name == "fluid-full":
        yield from _bands(policy)
        yield "Expected mass: (all that is filled in − drug) mL ÷ number of syringes × the diluent's density (R1, R55)."
    elif step.name == "reservoir-full":
        yield f"Expected gain: drug and diluent as planned, each by its density, ±{_percent(policy.filled_tolerance)} (R55)."
    else:
        yield f"Expected gain: the sum of the planned draws, ±{_percent(policy.dose_tolerance)} (R6)."
    yield "There is no way to accept a weight outside; nobody may, whatever their role (R14)."


def _bands(policy: Policy) -> Iterator[str]:
    for band in sorted(policy.bands, key=lambda one: one.above_ml, reverse=True):
        if band.tolerance is not None:
            yield f"Draws over {amount(band.above_ml)} mL: ±{_percent(band.tolerance)}."
    least = min(band.above_ml for band in policy.bands if band.tolerance is not None)
    yield f"Draws under {amount(least)} mL are not accepted by weight: the order is not opened (R11)."


def _window(aim: Target) -> str:
    return f"{reading(aim.expected_g, 3)} g, {reading(aim.low_g, 3)} to {reading(aim.high_g, 3)} g"


def _percent(fraction: Decimal) -> str:
    return f"{amount(fraction * 100)} %"


def _sum(_: Step[Any], __: Recipe, policy: Policy) -> Iterator[str]:
    yield f"All draws against the prescribed dose: ±{_percent(policy.dose_tolerance)}."
    yield f"Dispensed against ordered, rounding included: ±{_percent(policy.dispensed_ceiling)}."


def _smallest(_: Step[Any], __: Recipe, policy: Policy) -> Iterator[str]:
    at = reading(smallest_weighable(Mass(Decimal(0)), Mass(Decimal("0.01")), policy.weigh_gate).g)
    yield f"Least mass = √2 × 2 × the greater of s and 0.41 d, ÷ {policy.weigh_gate}; at least {at} g at d = 0.01 g."


def _doubt(step: Step[Any], recipe: Recipe, _: Policy) -> Iterator[str]:
    making = recipe.reconstitution
    dissolves = step.name == "recon-after" and making is not None
    known = making.diluent_density if dissolves and making else recipe.density
    if recipe.reservoir is not None and step.name == "fluid-full":
        known = recipe.reservoir.fluid_density
    yield "u² = s²/n for n readings of the load + s² for the first one + d²/12 for each of the two"
    density = f"(g × {known.uncertainty_g_per_ml} ÷ {known.g_per_ml})²"
    yield f"     + (g × 0.1 % ÷ √3)² for the balance + {density} for the density; U = 2 u."
    if making is not None and making.displacement_ml is not None and (dissolves or making.mode == "B"):
        yield f"The strength also by its displacement, {making.displacement_ml} mL within a tenth."
    yield "Readings further apart than 3·√2 times the uncertainty of one are of another load: something was added or taken out."
    yield f"So whoever accepts an amount accepts one outside with a chance of at most {_percent(BOUND)}."


def _pair(_: Step[Any], __: Recipe, policy: Policy) -> Iterator[str]:
    yield f"The first reading is good for {policy.pair_minutes} minutes."


def _fresh(_: Step[Any], __: Recipe, ___: Policy) -> Iterator[str]:
    yield f"A reading counts for {int(weighing.FRESH.total_seconds() // 60)} minutes."


def _opened(_: Step[Any], recipe: Recipe, __: Policy) -> Iterator[str]:
    hours = hours_open(recipe)
    yield f"This product: {amount(hours)} hours."


def _product(_: Step[Any], recipe: Recipe, __: Policy) -> Iterator[str]:
    yield f"{recipe.drug}, {amount(recipe.concentration_mg_ml)} mg/mL, {amount(recipe.vial_mg)} mg: {', '.join(recipe.ndcs)}."


def _fluid(_: Step[Any], recipe: Recipe, __: Policy) -> Iterator[str]:
    if recipe.reconstitution:
        yield f"{recipe.reconstitution.diluent}."


def _base(_: Step[Any], recipe: Recipe, __: Policy) -> Iterator[str]:
    yield f"{' or '.join(recipe.bases)}, in the volume ordered{f', {recipe.bag}' if recipe.bag else ''}."


def _filler(_: Step[Any], recipe: Recipe, __: Policy) -> Iterator[str]:
    if recipe.reservoir:
        yield f"{recipe.reservoir.fluid}."


def _reservoirs(_: Step[Any], recipe: Recipe, __: Policy) -> Iterator[str]:
    if recipe.reservoir:
        yield f"{', '.join(amount(one) for one in recipe.reservoir.volumes_ml)} mL; the smallest that holds it."


def _library(_: Step[Any], recipe: Recipe, policy: Policy) -> Iterator[str]:
    yield from summary_of_pumps.register(policy.pump_library, recipe.drug)


def _shut(_: Step[Any], __: Recipe, ___: Policy) -> Iterator[str]:
    yield f"The words: “{pumps.SHUT}”."


def _items(step: Step[Any], _: Recipe, policy: Policy) -> Iterator[str]:
    if step.name == WASTE_WORN:
        yield from count_procedure.for_waste(policy)
        return
    yield f"The site's list: {'; '.join(policy.ppe)}."


def _materials(_: Step[Any], recipe: Recipe, __: Policy) -> Iterator[str]:
    yield f"Kept from: {', '.join(recipe.keeps_from) or 'nothing'}."


def _said(step: Step[Any], recipe: Recipe, _: Policy) -> Iterator[str]:
    making = recipe.reconstitution
    words = making.inspect if making and step.name == "recon-mixed" else "leftovers discarded"
    yield f"The words: “{words}”."


def _read(_: Step[Any], recipe: Recipe, policy: Policy) -> Iterator[str]:
    yield f"Planned: ordered mg ÷ mg/mL ÷ number of syringes; ±{_percent(tolerance(recipe, policy))}. Nobody accepts one outside."


NUMBERS: dict[str, Numbers] = {
    volumes.VOLUME_IS_AS_PLANNED.says: _read,
    volumes.DRAWN_IN_TIME.says: _opened,
    volumes.INJECTED_IN_TIME.says: _opened,
    weighing.IS_WITHIN_TOLERANCE.says: _tolerance,
    weighing.SUM_IS_WITHIN_TOLERANCE.says: _sum,
    weighing.IS_ENOUGH_TO_WEIGH.says: _smallest,
    weighing.IS_A_PAIR.says: _pair,
    closeness.IS_CLEAR_OF_ITS_LIMITS.says: _doubt,
    weighing.IS_FRESH.says: _fresh,
    expiry.VIALS_ARE_FRESH.says: _opened,
    identity.IS_THE_ORDERED_PRODUCT.says: _product,
    identity.IS_THE_DILUENT.says: _fluid,
    identity.IS_THE_BASE.says: _base,
    materials.IS_OF_NO_WRONG_MATERIAL.says: _materials,
    pumps.IS_THE_FLUID.says: _filler,
    pumps.IS_THE_RESERVOIR.says: _reservoirs,
    pumps.PROGRAMME_IS_AS_PLANNED.says: _library,
    pumps.IS_SHUT.says: _shut,
    protection.EVERY_ITEM_CONFIRMED.says: _items,
    protection.IS_CONFIRMED.says: _said,
}
"""Rules with numbers of this recipe or policy behind their sentence."""


def _dating(workflow: Workflow, recipe: Recipe) -> Iterator[str]:
    yield "BEYOND USE"
    first = "syringe" if workflow.by_volume else "accepted weighing"
    yield f"Counted from the first {first}, which never moves later (R30). The earliest of:"
    for (category, storage), hours in sorted(dating.STERILITY_HOURS.items()):
        if storage == recipe.storage and ORAL_SYRINGE not in workflow.makes:
            yield f"   sterility, category {category} cabinet, {storage}: {hours} h;"
    yield f"   stability of this product at {recipe.storage}: {amount(recipe.stability_h or Decimal(0))} h;"
    goods = "the drug, the diluent and the bag" if injects(workflow) else "the drug and the diluent"
    goods = goods.replace(", the diluent", "").replace(" and the diluent", "") if workflow.by_volume else goods
    yield f"   the end of the expiry day of {goods}; the in-use limit of a vial opened for an earlier dose."
    yield f"{people.LEAVES_BEFORE_BEYOND_USE.says}"
