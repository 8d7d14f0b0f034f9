"""How a pump's reservoir is filled: drug and diluent up to a volume that the pump's rate runs in the hours ordered (R55)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from workflows import gravimetry
from workflows.findings import Finding
from workflows.order import Container, Order
from workflows.quantities import Concentration, Density, Mass, Volume
from workflows.recipe import LibraryEntry, Policy, Recipe, Reservoir
from workflows.targets import Target, draw_tolerance, target

PUMPS: tuple[Container, ...] = ("cassette", "elastomeric")
"""Final containers that are filled with drug and diluent and run by a rate: a cassette's pump is set, a device has its own."""
LEAST_FILL = Decimal("0.8")
"""How full an elastomeric device must be, as a part of its nominal volume: one filled less runs faster (unconfirmed)."""
MINUTES = 6
"""A pump's hours are said to a tenth, which is six minutes."""
MOST_STEPS = 50
"""How many steps of the rate are tried to find one that leaves no draw too small to weigh."""
ROOM_TEMPERATURE = "20 to 25 °C"
"""Where a recipe's stability may be kept; a pump runs there, or warmer."""
ASK = "A pharmacist reads the order and answers the prescriber."
SIGN = "A pharmacist enters and signs it; a second person signs too."
REGISTER = "A pharmacist and a nurse put the register of the drug library right, and both sign it."


@dataclass(frozen=True, slots=True)
class PumpPlan:
    """What goes into the reservoir, and how it is run."""

    infuse_ml: Decimal
    """mL to infuse: the dose is in these. Rate × hours, exactly."""
    prime_ml: Decimal
    """mL filled in for the line."""
    residual_ml: Decimal
    """mL filled in that stay behind."""
    rate_ml_h: Decimal
    """mL/h: set at the pump, or an elastomeric device's nominal flow."""
    hours: Decimal
    """How long it runs."""
    total_mg: Decimal
    """mg of drug in all that is filled in."""
    fluid: str
    """What it is filled up with."""
    fluid_ml: Decimal
    """mL of it; 0 where the drug fills it alone."""
    fluid_syringes_ml: tuple[Decimal, ...]
    """Nominal mL of each syringe that takes the fluid (R47)."""
    fluid_draw: Target | None
    """Of each of them: the fluid is split equally. None where there is none."""
    capacity_ml: Decimal
    """Nominal mL of the reservoir."""
    part: str
    """Which reservoir it is, as the catalogue writes it: cassette; elastomeric 2 mL/h."""
    entry: str
    """Id of the drug library's entry; empty where no pump is set."""
    entry_version: str
    """Its version."""

    @property
    def reservoir_ml(self) -> Decimal:
        """What the pump is told: mL in the reservoir once the line is filled."""
        return self.infuse_ml + self.residual_ml

    @property
    def filled_ml(self) -> Decimal:
        """All that is filled in, in mL."""
        return self.infuse_ml + self.residual_ml + self.prime_ml


def pump_plan(order: Order, recipe: Recipe, policy: Policy, dose: Mass) -> PumpPlan | tuple[Finding, ...]:
    """Return how a pump is filled and run for `dose`, or every reason why it may not be."""
    made = recipe.reservoir
    found = tuple(_cannot(order, recipe))
    if found or made is None or order.duration_min is None:
        return found
    hours = order.duration_min / 60
    drug = gravimetry.draw_volume(dose, Concentration(recipe.concentration_mg_ml))
    asked = _asked(order, drug, hours)
    if len(asked) > 1:
        says = "; ".join(f"{what} makes {_plain(ml)} mL" for ml, what in asked.items())
        return (Finding("PUMP_DISAGREES", f"The order does not agree with itself: {says}.", ASK),)
    infuse = next(iter(asked), None)
    if infuse is None:
        infuse = _chosen(drug, hours, made, recipe, policy)
    if infuse is None:
        says = f"No rate runs {_plain(drug.ml)} mL in {_plain(hours)} hours."
        return (Finding("NO_RATE", says, ASK),)
    wrong = tuple(_wrong_pace(order, infuse, hours, drug, made))
    if wrong:
        return wrong
    return _filled(order, recipe, policy, dose, infuse, hours)


def _cannot(order: Order, recipe: Recipe) -> Iterator[Finding]:
    """Yield what is missing before anything can be worked out."""
    made = recipe.reservoir
    if made is None:
        yield Finding("NO_RESERVOIR", f"The recipe {recipe.name} does not say how a pump is filled.", SIGN)
        return
    if not made.fluid_density.gates:
        yield Finding("DENSITY_DOES_NOT_GATE", f"The density of {made.fluid} is missing or unconfirmed.", SIGN)
    if recipe.reconstitution is not None and recipe.reconstitution.mode == "B":
        says = "A pump is filled by the label's strength; this recipe works the draw out from the actual one."
        yield Finding("PUMP_BY_LABEL", says, SIGN)
    if order.duration_min is None or order.duration_min <= 0:
        yield Finding("DURATION_MISSING", "The order does not say for how many hours the pump runs.", ASK)
    elif order.duration_min % MINUTES:
        says = f"{_plain(order.duration_min)} minutes are no tenths of an hour, and a pump is not set to them."
        yield Finding("DURATION_NOT_SET", says, ASK)
    else:
        yield from _unstable(order.duration_min / 60, recipe)
    if min(made.rate_step_ml_h, made.volume_step_ml) <= 0:
        yield Finding("RECIPE_INCONSISTENT", f"The recipe {recipe.name} gives its pump's steps as 0.", SIGN)
    if order.container == "elastomeric" and order.rate_ml_h is None:
        says = "The order names no flow: an elastomeric device has its own, and is chosen by it."
        yield Finding("RATE_MISSING", says, ASK)
    if order.base is not None and order.base.fluid != made.fluid:
        says = f"{order.base.fluid} was ordered; {recipe.drug} is filled up with {made.fluid}."
        yield Finding("BASE_NOT_ALLOWED", says, ASK)


def _unstable(hours: Decimal, recipe: Recipe) -> Iterator[Finding]:
    """Yield why a run of so many hours may end after the drug is no longer stable: a pump runs at room or body temperature."""
    known = run_of(recipe)
    if known is None and recipe.stability_h is not None:
        says = (
            f"The recipe {recipe.name} says how long it is stable at {recipe.storage}, and not how long while the pump runs "
            f"it, at room or body temperature; it runs {_plain(hours)} hours."
        )
        yield Finding(
            "RUN_STABILITY_UNKNOWN", says, f"A pharmacist decides, and enters the hours with their source. {SIGN}"
        )
        return
    begins = recipe.stability_h if recipe.storage == ROOM_TEMPERATURE else None
    if (known is not None and hours > known) or (begins is not None and hours >= begins):
        least = min(one for one in (known, begins) if one is not None)
        says = f"It runs {_plain(hours)} hours, and is stable for {_plain(least)} hours."
        yield Finding("STABILITY_TOO_SHORT", says, ASK)


def run_of(recipe: Recipe) -> Decimal | None:
    """Return the hours for which it is stable while a pump runs it, or None where the recipe does not say."""
    if recipe.reservoir is not None and recipe.reservoir.running_h is not None:
        return recipe.reservoir.running_h
    return recipe.stability_h if recipe.storage == ROOM_TEMPERATURE else None


def _asked(order: Order, drug: Volume, hours: Decimal) -> dict[Decimal, str]:
    """Return the volumes to infuse that the order states, in mL, each with what states it."""
    stated: dict[Decimal, str] = {}
    if order.rate_ml_h is not None:
        stated[order.rate_ml_h * hours] = f"{_plain(order.rate_ml_h)} mL/h for {_plain(hours)} hours"
    if order.base is not None and order.base.volume_ml > 0:
        fluid = f"{_plain(order.base.volume_ml)} mL {order.base.fluid}"
        ml = order.base.volume_ml if order.base.qs else order.base.volume_ml + drug.ml
        stated.setdefault(ml, f"filled up to {fluid}" if order.base.qs else f"{_plain(drug.ml)} mL drug and {fluid}")
    return stated


def _chosen(drug: Volume, hours: Decimal, made: Reservoir, recipe: Recipe, policy: Policy) -> Decimal | None:
    """Return the least volume that a rate of the pump runs in `hours`, that it can show, and that leaves no draw too small."""
    least = drug.ml / hours / made.rate_step_ml_h
    first = int(least) if least == int(least) else int(least) + 1
    for steps in range(first, first + MOST_STEPS):
        infuse = steps * made.rate_step_ml_h * hours
        fluid = _fluid_ml(drug, infuse, made)
        if not _shown(infuse, made):
            continue
        if fluid == 0 or draw_tolerance(Volume(fluid), recipe, policy) is not None:
            return infuse
    return None


def _shown(infuse: Decimal, made: Reservoir) -> bool:
    """Say whether a pump can be told this volume: one that its screen rounds would be read as another one (R55)."""
    return (infuse + made.residual_ml) % made.volume_step_ml == 0


def _fluid_ml(drug: Volume, infuse: Decimal, made: Reservoir) -> Decimal:
    filled = infuse + made.prime_ml + made.residual_ml
    return Decimal(0) if drug.ml == infuse else filled - drug.ml * filled / infuse


def _wrong_pace(order: Order, infuse: Decimal, hours: Decimal, drug: Volume, made: Reservoir) -> Iterator[Finding]:
    """Yield why this volume cannot be run in these hours (R55)."""
    rate, step = infuse / hours, made.rate_step_ml_h
    if order.container == "cassette" and rate % step:
        says = f"{_plain(infuse)} mL in {_plain(hours)} hours are {rate:.4f} mL/h; the pump goes in steps of {_plain(step)}."
        yield Finding("RATE_OFF_THE_GRID", says, f"Dilute it to a volume that a rate it has runs. {ASK}")
    elif order.container == "cassette" and not _shown(infuse, made):
        told = _plain(infuse + made.residual_ml)
        says = f"The pump is to be told {told} mL, and shows its volume in steps of {_plain(made.volume_step_ml)} mL."
        yield Finding("VOLUME_NOT_SHOWN", says, f"Another rate or another time makes a volume that it shows. {ASK}")
    if infuse < drug.ml:
        says = f"{_plain(infuse)} mL are to be infused; the dose alone is {_plain(drug.ml)} mL."
        yield Finding("VOLUME_BELOW_DOSE", says, ASK)


def _filled(
    order: Order, recipe: Recipe, policy: Policy, dose: Mass, infuse: Decimal, hours: Decimal
) -> PumpPlan | tuple[Finding, ...]:
    made = recipe.reservoir
    if made is None or made.fluid_density.g_per_ml is None:
        raise ValueError(f"recipe {recipe.name} says nothing of a reservoir")
    filled = infuse + made.prime_ml + made.residual_ml
    capacity = min((one for one in made.volumes_ml if one >= filled), default=None)
    fluid = _fluid_ml(gravimetry.draw_volume(dose, Concentration(recipe.concentration_mg_ml)), infuse, made)
    syringes = gravimetry.syringes_for(Volume(fluid), policy.syringes_ml) if fluid else ()
    share = Volume(fluid / len(syringes)) if syringes else Volume(Decimal(0))
    tolerance = draw_tolerance(share, recipe, policy) if syringes else Decimal(1)
    found = _by_library(order, recipe, policy, dose.mg / infuse, infuse / hours)
    wrong = (*_ill_fitting(order, filled, capacity, tolerance, share), *(found if isinstance(found, tuple) else ()))
    if wrong or capacity is None or tolerance is None or isinstance(found, tuple):
        return wrong
    return PumpPlan(
        infuse_ml=infuse,
        prime_ml=made.prime_ml,
        residual_ml=made.residual_ml,
        rate_ml_h=infuse / hours,
        hours=hours,
        total_mg=dose.mg * filled / infuse,
        fluid=made.fluid,
        fluid_ml=fluid,
        fluid_syringes_ml=tuple(one.ml for one in syringes),
        fluid_draw=target(share, Density(made.fluid_density.g_per_ml), tolerance) if syringes else None,
        capacity_ml=capacity,
        part="cassette" if order.container == "cassette" else f"elastomeric {_plain(infuse / hours)} mL/h",
        entry=found.entry if found else "",
        entry_version=found.version if found else "",
    )


def _ill_fitting(
    order: Order, filled: Decimal, capacity: Decimal | None, tolerance: Decimal | None, share: Volume
) -> Iterator[Finding]:
    """Yield why no reservoir takes this volume as it should, or why the diluent cannot be weighed."""
    if capacity is None:
        says = f"{_plain(filled)} mL fit none of the recipe's reservoirs."
        yield Finding("RESERVOIR_TOO_SMALL", says, ASK)
    elif order.container == "elastomeric" and filled < capacity * LEAST_FILL:
        says = f"{_plain(filled)} mL leave a {_plain(capacity)} mL device so empty that it runs faster than it says."
        yield Finding("RESERVOIR_TOO_EMPTY", says, ASK)
    if tolerance is None:
        says = f"A draw of {_plain(share.ml)} mL diluent is too small to be accepted by weight alone."
        yield Finding("DRAW_TOO_SMALL", says, ASK)


def _by_library(
    order: Order, recipe: Recipe, policy: Policy, mg_ml: Decimal, ml_h: Decimal
) -> LibraryEntry | tuple[Finding, ...] | None:
    """Return the one entry of the drug library that the pump is set by, or why none may be (G32); None for no pump."""
    if order.container != "cassette":
        return None
    known = [one for one in policy.pump_library if one.drug == recipe.drug]
    fit = [one for one in known if one.least_mg_ml <= mg_ml <= one.most_mg_ml and ml_h <= one.most_ml_h]
    if not known:
        return (Finding("NOT_IN_LIBRARY", f"The register of the drug library has no {recipe.drug}.", REGISTER),)
    if not fit:
        names = ", ".join(one.entry for one in known)
        says = f"{mg_ml:.2f} mg/mL at {_plain(ml_h)} mL/h is outside the limits of {names}."
        return (Finding("OUTSIDE_LIBRARY", says, REGISTER),)
    if len(fit) > 1:
        names = ", ".join(f"{one.entry} {one.version}" for one in fit)
        return (Finding("SEVERAL_ENTRIES", f"Several entries of the drug library fit: {names}.", REGISTER),)
    if not fit[0].signed:
        says = f"{fit[0].entry} version {fit[0].version} is not signed by a pharmacist and a nurse."
        return (Finding("ENTRY_NOT_SIGNED", says, REGISTER),)
    return fit[0]


def _plain(number: Decimal) -> str:
    text = f"{number:.4f}"
    return text.rstrip("0").rstrip(".")
