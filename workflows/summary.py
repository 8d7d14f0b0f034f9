"""The procedure on one screen: a line a rule, with this recipe's and this policy's numbers, to be compared by hand."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from workflows import by_volume as volumes
from workflows import count_procedure, gravimetry, oral, summary_of_pumps
from workflows.made_by import Master
from workflows.pumping import PUMPS
from workflows.quantities import Density, Mass, Volume
from workflows.recipe import CountRecipe, Policy, Recipe
from workflows.rules import dating
from workflows.sharing import hours_open
from workflows.standing import FREE_TO_RESUME
from workflows.steps import Workflow
from workflows.taking import SELDOM, WEEKLY_ONLY
from workflows.targets import target
from workflows.trials import own_stock
from workflows.wording import amount, percent, reading


def summary(workflow: Workflow, recipe: Master, policy: Policy) -> tuple[str, ...]:
    """Return about thirty lines: each names its rules, and says in one sentence what is judged and by which numbers."""
    if isinstance(recipe, CountRecipe):
        return tuple(count_procedure.in_short(workflow, recipe, policy))
    head = f"IN SHORT: {workflow.name}, version {workflow.version}, {recipe.printed_drug}. Compare each line with its rule."
    amounts = _volumes(workflow, recipe, policy) if workflow.by_volume else _amounts(workflow, recipe, policy)
    lines = (*amounts, *_things(workflow, recipe, policy), *_people(workflow, recipe, policy))
    return (head, *(f"{rules:<13}{says}" for rules, _, says in (line.partition(": ") for line in lines)))


def _exactly(fraction: Decimal) -> str:
    return f"±{percent(fraction, 0).lstrip('+')}" if fraction * 100 % 1 == 0 else f"±{percent(fraction).lstrip('+')}"


def injects(workflow: Workflow) -> bool:
    """Say whether what is drawn is injected into another container, which cannot be undone."""
    return any(step.final for step in workflow.steps())


def is_a_pump(workflow: Workflow) -> bool:
    """Say whether it fills a pump's reservoir."""
    return workflow.makes[0] in PUMPS


def asked_of(workflow: Workflow, policy: Policy) -> tuple[str, ...]:
    """Return the competency codes that a technician needs for it: more for a pump and for the mouth (R44, G33)."""
    mouth = policy.counting.competencies if policy.counting and by_mouth(workflow) else ()
    return (*policy.competencies, *(policy.pump_competencies if "cassette" in workflow.makes else ()), *mouth)


def by_mouth(workflow: Workflow) -> bool:
    """Say whether it draws a liquid that is taken by mouth."""
    return oral.ORAL_SYRINGE in workflow.makes


def _met_in(workflow: Workflow) -> str:
    """Return what the syringes are injected into."""
    return "reservoir" if is_a_pump(workflow) else "bag"


def _amounts(workflow: Workflow, recipe: Recipe, policy: Policy) -> Iterator[str]:
    density = recipe.density.g_per_ml or Decimal(0)
    yield f"R1: Expected grams = ordered mg ÷ {amount(recipe.concentration_mg_ml)} mg/mL × {density} g/mL, split equally."
    yield (
        f"R2: An amount is the difference of two weighings of one object: one balance, {policy.pair_minutes} minutes at"
        " most, no restart, zero or tare between; each read within ten minutes, after every earlier one."
    )
    used = (
        "none, for it is the final container"
        if not injects(workflow)
        else "each is weighed after injection: 0.5 % or 0.15 g may stay"
        if policy.weigh_used_syringes
        else "not weighed again"
    )
    yield f"R3: A syringe is weighed empty with its connector, then full, once a syringe. Used syringes: {used}."
    vials = "always" if policy.weigh_vials else "only where one read more than its vials held"
    yield f"R4: Vials are weighed again after the draws {vials}; all lost what all syringes hold, within 2 % or 3·√2·s."
    yield from _dissolved(recipe)
    dose = _exactly(policy.dose_tolerance)
    if is_a_pump(workflow):
        yield from summary_of_pumps.amounts(workflow, recipe, policy)
    elif injects(workflow):
        yield f"R6: The bag gains the sum of the planned draws, {dose}; what is too small to weigh is only recorded."
    else:
        yield "R6: Nothing is injected: the draw that is weighed is the dose. One syringe; a dose that needs two is not opened."
        yield from _swallowed() if by_mouth(workflow) else _vinca()
    yield (
        f"R7 R8: All draws together: {_exactly(policy.dose_tolerance)} of the prescribed dose; dispensed against ordered"
        f" {_exactly(policy.dispensed_ceiling)}; the dose dispensed is the sum that was weighed."
    )
    yield "R9 R10: Readings are settled and never typed; before each, the empty pan was within two divisions of zero."
    yield f"R11: Draws: {_bands(recipe, policy)}."
    signed = "signed by two" if recipe.density.confirmed else "NOT signed, so nothing opens"
    known = f"{density} g/mL, {recipe.density.basis}, {signed}"
    yield f"R12: Density of the solution {known}; an estimated or unsigned one judges nothing."
    vials = f"vial or {_met_in(workflow)}" if injects(workflow) else "vial"
    least = gravimetry.smallest_weighable(Mass(Decimal(0)), Mass(Decimal("0.01")), policy.weigh_gate)
    gate = f"√2 × 2 × max(s, 0.41 d) ÷ {policy.weigh_gate}"
    yield f"R13: A draw or diluent of less than {gate} is refused: {reading(least.g)} g at d = 0.01 g."
    yield (
        f"R14: Nobody accepts a weight outside: {policy.max_attempts} attempts, then a new syringe or vial, a discard or a"
        f" remake. Too much in a {vials} is never taken out again. What is nearer"
        " to a limit than it may be off (U, k = 2: repeatability, readability, balance, density) is weighed again; the mean"
        " of all readings of the load decides."
    )
    yield "R15: The balance is the station's own, passed its check of the day, and its calibration is in date."


def _volumes(workflow: Workflow, recipe: Recipe, policy: Policy) -> Iterator[str]:
    allowed = _exactly(volumes.tolerance(recipe, policy))
    yield f"R1: Planned mL = ordered mg ÷ {amount(recipe.concentration_mg_ml)} mg/mL, split equally."
    yield "R5: A powder is never made this way: only weighed diluent tells how strong it is."
    yield f"R7 R8: Each syringe read is within {allowed}, so all together are; the dose dispensed is mL read × mg/mL."
    whys = "; ".join(policy.by_volume) or "nothing, so that no order is opened"
    yield f"R13: By volume, never silently: the site allows it for {whys}; the pharmacist who verifies the order signs it."
    yield (
        f"R13 R14: A new syringe, pictured at the mark; a second person who did not draw it and is told no volume reads it:"
        f" {allowed}. Nobody accepts one outside."
    )
    if not injects(workflow):
        yield from _vinca()


def _vinca() -> Iterator[str]:
    yield "L3: A vinca drug is never made in a syringe, whatever its recipe says: the order is not opened."


def _swallowed() -> Iterator[str]:
    yield "L3: A vinca drug is never taken by mouth, whatever its recipe says: the order is not opened."
    yield "R54: In an oral syringe alone, scanned as one of the planned size; nobody can accept another. One dose an order."
    yield "R54: The bottle is shaken after the empty syringe was weighed, and the draw follows at once."
    marks = "; ".join(f"up to {amount(size)} mL {amount(step)} mL" for size, step in oral.MARKS_ML)
    yield f"R54: A dose between two marks is not opened. Marks: {marks}; above {amount(oral.COARSEST_ML)} mL."
    yield f"R54: Opened for once or once a week alone ({', '.join(SELDOM)}), nothing else and no blank: {', '.join(WEEKLY_ONLY)}."


def _dissolved(recipe: Recipe) -> Iterator[str]:
    making = recipe.reconstitution
    if making is None or making.diluent_density.g_per_ml is None:
        yield "R5: The drug comes as a liquid: nothing is dissolved."
        return
    aim = target(Volume(making.volume_ml), Density(making.diluent_density.g_per_ml), making.tolerance)
    keeps = "the label's strength counts" if making.mode == "A" else "the draw is worked out from the actual strength"
    known = "actual strength within 5 % of the label" if making.displacement_ml is not None else "strength is nominal"
    yield (
        f"R5: Each vial takes {amount(making.volume_ml)} mL {making.diluent}: {reading(aim.expected_g, 3)} g,"
        f" {_exactly(making.tolerance)}; {known}; {keeps}."
    )


def _bands(recipe: Recipe, policy: Policy) -> str:
    bands = sorted(policy.bands, key=lambda one: one.above_ml, reverse=True)
    weighed = [band for band in bands if band.tolerance is not None]
    said = [
        f"over {amount(band.above_ml)} mL {_exactly(band.tolerance)}" for band in weighed if band.tolerance is not None
    ]
    said.append(f"under {amount(weighed[-1].above_ml)} mL not by weight, so not opened")
    if recipe.tolerance is not None:
        said.append(f"this product never more than {_exactly(recipe.tolerance)}")
    return "; ".join(said)


def _things(workflow: Workflow, recipe: Recipe, policy: Policy) -> Iterator[str]:
    container = workflow.makes[0]
    scanned = f"vial, diluent and {_met_in(workflow)}" if injects(workflow) else "vial and diluent"
    scanned = scanned.replace(", diluent", "").replace(" and diluent", "") if workflow.by_volume else scanned
    first = "first syringe" if workflow.by_volume else "first weighing"
    yield f"R16: Every {scanned} is scanned, each a unit of its own; a numbered device is used once."
    yield f"R17: Packages allowed: {', '.join(recipe.ndcs)}; strength and size must be theirs."
    own = f"Of the stock of the trial {recipe.protocol} alone" if own_stock(recipe) else "Of normal stock alone"
    kits = ", and of the kit assigned to the subject" if recipe.assigned_kits else ""
    yield f"R56: {own}{kits}; no trial's stock goes anywhere else, and a trial's subject is entered by two people."
    yield (
        "R19: Wrong, expired, unknown or recalled: refused, kept as a near miss, nobody overrides. Unreadable: typed with a"
        " photo and a second person, and the approving pharmacist accepts it."
    )
    yield (
        "R20: One preparation a cabinet; the final label waits for the in-process label and for every stop, is scanned on"
        f" the {container}, and the in-process label is scanned off."
    )
    yield f"R21 R24: Pictures: {', '.join(policy.photos)}; each sharp, well lit, new, 1,600 pixels long, and seen by who signs."
    seen = "volumes read" if workflow.by_volume else "weights"
    hold = (
        f"a pharmacist approves the pictures and {seen} before {'mixing' if injects(workflow) else 'it is labelled'}"
        if recipe.hold or workflow.by_volume
        else "this recipe does not hold"
    )
    yield f"R22: Pre-mix hold: {hold}."
    stable = f"stability {amount(recipe.stability_h or Decimal(0))} h, and every expiry; nothing is approved or leaves after it."
    hours = [h for (_, storage), h in sorted(dating.STERILITY_HOURS.items(), reverse=True) if storage == recipe.storage]
    sterile = " or ".join(str(one) for one in hours)
    category = "" if by_mouth(workflow) else f"sterility {sterile} h (category 2 or 1), "
    yield f"R30 R33 R34: Beyond use counts from the {first}: the least of {category}{stable}"
    opened = hours_open(recipe)
    yield f"R31: What was opened goes into the {container} within {amount(opened)} hours of the {first}."
    shared = (
        "kept in its cabinet for another dose, weighed" if policy.share_vials and recipe.may_be_shared else "never kept"
    )
    yield f"R32: An opened vial is {shared}."


def _people(workflow: Workflow, recipe: Recipe, policy: Policy) -> Iterator[str]:
    yield f"R36: Gloves {policy.glove_minutes} minutes, gown {policy.gown_minutes}: no new step starts after."
    yield f"R37: Each item is confirmed alone: {'; '.join(policy.ppe)}."
    yield "R41 R42: The cabinet's certificate is in date, and it was decontaminated since another hazardous drug."
    yield f"R44: Technicians hold, current at every step: {', '.join(asked_of(workflow, policy))}."
    own = " or ".join(f"“{why}”" for why in FREE_TO_RESUME)
    yield f"R45: A technician ends a stop for {own}; every other one a pharmacist ends, with a reason."
    devices = "each piece is scanned; a pharmacist may accept a missing one" if policy.cstd else "the site uses none"
    if by_mouth(workflow):
        devices = "none for what is taken by mouth"
    apart = ", ".join(recipe.keeps_from) or "no material"
    yield f"R46: Closed-system devices: {devices}. Kept from {apart}: scanned containers and devices alone are held to it."
    sizes = ", ".join(amount(size) for size in policy.syringes_ml)
    fewest = "Fewest syringes" if injects(workflow) else "The smallest one syringe"
    yield f"R47: {fewest} of {sizes} mL that {'are' if injects(workflow) else 'is'} filled to three quarters at most."
    yield "R25 R52: Whoever helped to prepare it never approves it; a licensed pharmacist signs, over what was shown."
    back = ", ".join(step.name for step in workflow.steps() if step.rework)
    yield f"R27 R28 R58: Sent back to {back}, or made again, or discarded; each end accounts for every container and mg."
