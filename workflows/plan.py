"""An order and a recipe become a plan: volumes, vials, syringes, expected masses. Or the reasons why they cannot."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from workflows import by_volume as volumes
from workflows import doses, gravimetry, intrathecal, oral
from workflows.assigned import Assigned
from workflows.by_volume import ByVolume
from workflows.findings import Finding
from workflows.order import Container, Order
from workflows.pumping import PUMPS, PumpPlan, pump_plan
from workflows.quantities import Concentration, Density, Mass, Volume
from workflows.recipe import Policy, Recipe
from workflows.recipe_findings import SIGN, WITH_BASE, recipe_findings, vague
from workflows.targets import Target, by_scale, draw_tolerance, target, together
from workflows.wording import amount, reading

WIDEST = Decimal("0.10")
"""The furthest that a draw or a dose may ever be off, whatever a site signs (R11)."""
MOST_VIALS, MOST_ML = 60, 1500
"""The most that one preparation is drawn from: 12 g/m² of methotrexate out of 500 mg vials is less, a slipped digit is not."""
MG_PER = {"mg": Decimal(1), "g": Decimal(1000), "ug": Decimal("0.001")}
"""Units of mass that a dose may be ordered in; units of activity never turn into mass (I35)."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How this order is to be made, worked out once and kept in the preparation's first event."""

    ordered_mg: Decimal
    """mg ordered."""
    prescribed_mg: Decimal
    """mg to be made, after authorised rounding."""
    volume_ml: Decimal
    """mL of drug solution."""
    vials: int
    """How many vials are opened."""
    syringes_ml: tuple[Decimal, ...]
    """Nominal mL of each syringe (R47)."""
    draw: Target
    """Of each syringe: the volume is split equally."""
    diluent: Target | None
    """Diluent into each vial; None for a liquid."""
    container: Container
    """The final container, as ordered."""
    base: str
    """Fluid of the final container; empty where the drug is given undiluted."""
    base_ml: Decimal
    """Its labelled mL; 0 where there is none."""
    gain: Target | None
    """What the bag or reservoir must gain; None where the syringe that is drawn is itself the final container."""
    final_mg_ml: Decimal
    """Final concentration in mg/mL: dose over base plus drug volume."""
    devices: tuple[str, ...]
    """Closed-system parts to be scanned, one entry a piece (R46)."""

    vials_ml: Decimal
    """mL in all opened vials together."""
    pump: PumpPlan | None = None
    """How a pump's reservoir is filled and run; None for every other container."""
    by_volume: ByVolume | None = None
    """Why it is made by volume; None where it is weighed. By volume no grams of the plan are shown or judged (R13)."""
    trial: Assigned | None = None
    """Subject and kits of a clinical trial; None where it is of none (R56)."""

    @property
    def leftover_ml(self) -> Decimal:
        """Planned mL left in the opened vials."""
        return self.vials_ml - self.volume_ml


def plan(order: Order, recipe: Recipe, policy: Policy, by_volume: ByVolume | None = None) -> Plan | tuple[Finding, ...]:
    """Work out how `order` is made by `recipe` under `policy`: the plan, or every reason why it may not be made.

    `by_volume`: why it is read off its syringe instead of weighed, where a pharmacist has it made so.
    """
    found = _in_the_way(order, recipe, policy)
    findings = volumes.left(found) if by_volume else found
    if findings or order.container is None or (recipe.density.g_per_ml is None and by_volume is None):
        return findings
    dose = Mass.of_mg(order.dose * MG_PER[order.dose_unit])
    pump = pump_plan(order, recipe, policy, dose) if order.container in PUMPS else None
    if isinstance(pump, tuple):
        return pump
    concentration, density = Concentration(recipe.concentration_mg_ml), recipe.density.g_per_ml
    held = Mass.of_mg(pump.total_mg) if pump else dose
    volume = gravimetry.draw_volume(held, concentration)
    if huge := tuple(_too_much(order, recipe, held, volume, pump)):
        return huge
    syringes = gravimetry.syringes_for(volume, policy.syringes_ml)
    share = Volume(volume.ml / len(syringes))
    weighed = draw_tolerance(share, recipe, policy)
    if weighed is None and by_volume is None:
        return (_too_small(share),)
    tolerance = volumes.tolerance(recipe, policy) if by_volume or weighed is None else weighed
    base_ml = pump.fluid_ml if pump else order.base.volume_ml if order.base else Decimal(0)
    final = held.mg / (base_ml + volume.ml)
    least = min(weighed or policy.dose_tolerance, policy.dose_tolerance)
    unsure = (*vague(recipe.density, recipe.drug, least), *(() if weighed else (_too_small(share),)))
    outside = (
        *(volumes.unfit(by_volume, share.ml, recipe, policy, (*found, *unsure)) if by_volume else unsure),
        *_final_concentration(final, recipe),
        *_one_syringe(order.container, volume, syringes),
        *oral.unreadable(order, share.ml, syringes[0].ml),
        *oral.differing(order, volume.ml, syringes[0].ml),
    )
    if outside:
        return outside
    vials = int((held.mg / recipe.vial_mg).to_integral_value(ROUND_CEILING))
    return Plan(
        ordered_mg=dose.mg,
        prescribed_mg=dose.mg,
        volume_ml=volume.ml,
        vials=vials,
        vials_ml=recipe.vial_ml * vials,
        syringes_ml=tuple(size.ml for size in syringes),
        draw=_aim(share, density, tolerance, by_volume),
        diluent=_diluent(recipe),
        container=order.container,
        base=pump.fluid if pump else order.base.fluid if order.base else "",
        base_ml=base_ml,
        gain=_gain(order.container, volume, recipe, policy, base_ml, by_volume),
        final_mg_ml=final,
        devices=_devices(vials, len(syringes), order.container)
        if policy.cstd and not oral.is_oral(order.container)
        else (),
        pump=pump,
        by_volume=by_volume,
    )


def _in_the_way(order: Order, recipe: Recipe, policy: Policy) -> tuple[Finding, ...]:
    """Return what stands in the way before anything is worked out: of the order, the recipe and the policy."""
    return (
        *_order_findings(order, recipe),
        *oral.findings(order, recipe, policy),
        *too_loose(policy, hold=recipe.hold, pump="cassette" in recipe.containers),
        *recipe_findings(recipe, policy),
    )


def _aim(volume: Volume, density: Decimal | None, tolerance: Decimal, by_volume: ByVolume | None) -> Target:
    """Return what is moved: with its mass where it is weighed, without one where it is read off a syringe (R1, R13)."""
    if by_volume is not None or density is None:
        return by_scale(volume, tolerance)
    return target(volume, Density(density), tolerance)


def _gain(
    container: Container,
    volume: Volume,
    recipe: Recipe,
    policy: Policy,
    fluid_ml: Decimal,
    by_volume: ByVolume | None,
) -> Target | None:
    """Return what the final container must gain: a bag the drug, a reservoir the drug and its diluent, a syringe nothing."""
    density = recipe.density.g_per_ml
    if container in WITH_BASE:
        return _aim(volume, density, policy.dose_tolerance, by_volume)
    known = recipe.reservoir.fluid_density.g_per_ml if recipe.reservoir else None
    if container not in PUMPS or known is None:
        return None
    return together(_aim(volume, density, policy.filled_tolerance, by_volume), fluid_ml, Density(known))


def _diluent(recipe: Recipe) -> Target | None:
    making = recipe.reconstitution
    if making is None or making.diluent_density.g_per_ml is None:
        return None
    return target(Volume(making.volume_ml), Density(making.diluent_density.g_per_ml), making.tolerance)


def _devices(vials: int, syringes: int, container: Container) -> tuple[str, ...]:
    into = ("bag adaptor",) if container in WITH_BASE else ()
    return ("vial adaptor",) * vials + ("syringe connector",) * syringes + into


def _too_much(order: Order, recipe: Recipe, held: Mass, volume: Volume, pump: PumpPlan | None) -> Iterator[Finding]:
    """Yield where a dose is more than a bag can take, or than anybody draws up for one preparation: a slipped digit (R51)."""
    base = order.base.volume_ml if order.base and pump is None else None
    if base is not None and volume.ml > base:
        says = f"{reading(volume.ml)} mL of {recipe.printed_drug} do not go into a bag of {amount(base)} mL."
        yield _finding("BAG_TOO_SMALL", says)
    vials = int((held.mg / recipe.vial_mg).to_integral_value(ROUND_CEILING))
    if vials > MOST_VIALS or volume.ml > MOST_ML:
        says = (
            f"The dose takes {vials:,} vials, {reading(volume.ml)} mL; at most {MOST_VIALS} and {MOST_ML} mL are drawn."
        )
        yield _finding("TOO_MANY_VIALS", says)


def _one_syringe(container: Container, volume: Volume, sizes: tuple[Volume, ...]) -> tuple[Finding, ...]:
    """Say where the dose fills more than the one syringe that is itself the final container (R47)."""
    if container in (*WITH_BASE, *PUMPS) or len(sizes) == 1:
        return ()
    says = (
        f"{amount(volume.ml)} mL need {len(sizes)} syringes, each filled to three quarters at most; "
        "a dose in a syringe is one syringe."
    )
    return (
        _finding("SEVERAL_SYRINGES", says, "Ask the prescriber for a bag, or for parts that fit one syringe each."),
    )


def _order_findings(order: Order, recipe: Recipe) -> list[Finding]:
    found: list[Finding] = [*doses.findings(order)]
    if order.drug != recipe.drug:
        found.append(_finding("DRUG_DIFFERS", f"The recipe {recipe.name} is for {recipe.drug}, not {order.drug}."))
    if any(active.drug != order.drug for active in order.actives):
        found.append(_finding("ACTIVE_DIFFERS", f"The components name another drug than {order.drug}."))
    if order.others and any(other.kind == "additive" for other in order.others):
        found.append(
            _finding("ADDITIVE_NOT_MADE", "The order has an additive; this workflow makes one drug in one fluid.")
        )
    if len(order.actives) != 1:
        found.append(_finding("SEVERAL_ACTIVES", f"The order has {len(order.actives)} active drugs; this makes one."))
    if order.dose_unit not in MG_PER:
        found.append(_finding("DOSE_NOT_A_MASS", f"The dose is in {order.dose_unit}, which is not a mass."))
    if order.container not in recipe.containers:
        allowed = " or ".join(recipe.containers)
        says = f"The order asks for {order.container or 'no container'}; {recipe.drug} is made in a {allowed}."
        found.append(_finding("CONTAINER_NOT_ALLOWED", says))
    if recipe.is_vinca and order.container not in WITH_BASE:
        says = f"{recipe.drug} in a {order.container} can be given into the spine, which is fatal: it is made in a minibag."
        found.append(_finding("VINCA_NOT_IN_A_BAG", says))
    found += intrathecal.findings(order, recipe)
    if order.route not in recipe.routes:
        found.append(_finding("ROUTE_NOT_ALLOWED", f"The route {order.route} is not one of the recipe's."))
    if order.container in WITH_BASE:
        found += _base_findings(order, recipe)
    elif order.container not in PUMPS:
        found += _undiluted_findings(order)
    return found


def _undiluted_findings(order: Order) -> list[Finding]:
    """Judge an order for a syringe: it is drawn as it is."""
    if order.base is None:
        return []
    says = f"The order asks for {order.base.fluid} in the syringe; this workflow draws the drug undiluted."
    return [_finding("DILUTION_NOT_MADE", says)]


def _base_findings(order: Order, recipe: Recipe) -> list[Finding]:
    found: list[Finding] = []
    if order.base is not None and (order.base.qs or order.base.volume_ml <= 0):
        says = "The base is to be filled up to a volume, which this workflow does not make."
        found.append(_finding("BASE_VOLUME", says if order.base.qs else "The base has no volume."))
    if order.base is None:
        found.append(_finding("NO_BASE", "The order names no base fluid or no volume."))
    elif order.base.fluid not in recipe.bases:
        allowed = " or ".join(recipe.bases)
        found.append(
            _finding("BASE_NOT_ALLOWED", f"{order.base.fluid} was ordered; {recipe.drug} goes into {allowed}.")
        )
    if order.rate_ml_h is None:
        found.append(_finding("RATE_MISSING", "The order gives no rate, and a bag's label cannot be without one."))
    runs, stable = order.duration_min or Decimal(0), recipe.stability_h or Decimal(0)
    if recipe.stable_through_infusion and runs >= stable * 60:
        says = f"It runs {amount(runs)} min, and is stable for {amount(stable)} h with its infusion in them."
        found.append(_finding("RUNS_TOO_LONG", says))
    if order.duration_min is None:
        found.append(
            _finding("DURATION_MISSING", "The order gives no duration, and a bag's label cannot be without one.")
        )
    return found


def too_loose(policy: Policy, *, hold: bool, pump: bool) -> Iterator[Finding]:
    """Yield what a policy leaves out that no site may, whoever signed it (R11, R21, R22, R36, R37, R44, G33).

    `hold`: a recipe is looked at before it is mixed, so that the syringes are photographed too. `pump`: it fills a cassette,
    whose pump is set by whoever made it.
    """
    wanted = [("protective equipment", policy.ppe), ("competencies", policy.competencies)]
    if pump:
        wanted.append(("competency of whoever fills a cassette and sets its pump", policy.pump_competencies))
    for what, listed in wanted:
        if not any(one.strip() for one in listed):
            yield _finding("POLICY_TOO_LOOSE", f"The site policy asks for no {what}.", SIGN)
    if not asks_gloves(policy.ppe):
        yield _finding("POLICY_TOO_LOOSE", "The site policy asks for no gloves among the protective equipment.", SIGN)
    pictures = ("syringes", "final") if hold else ("final",)
    missing = [kind for kind in pictures if kind not in policy.photos]
    if missing:
        says = f"The site policy asks for no picture of: {', '.join(missing)}."
        yield _finding("POLICY_TOO_LOOSE", says, SIGN)
    allowed = [band.tolerance for band in policy.bands if band.tolerance is not None]
    allowed += [policy.dose_tolerance, policy.dispensed_ceiling, policy.filled_tolerance, policy.volume_tolerance]
    yield from _bands(policy)
    if max(allowed) > WIDEST:
        says = f"The site policy allows more than {WIDEST * 100:f} %; no draw and no dose may be further off."
        yield _finding("POLICY_TOO_LOOSE", says, SIGN)


def _bands(policy: Policy) -> Iterator[Finding]:
    """Yield where a draw is judged by weight that is too small for it, or a larger one less closely than a smaller one (R11)."""
    weighed = [(band.above_ml, band.tolerance) for band in policy.bands if band.tolerance is not None]
    if any(above < gravimetry.SMALLEST_ML for above, _ in weighed):
        says = f"The site policy judges draws below {gravimetry.SMALLEST_ML} mL by weight alone."
        yield _finding("POLICY_TOO_LOOSE", says, SIGN)
    if [tolerance for _, tolerance in sorted(weighed)] != sorted((one for _, one in weighed), reverse=True):
        says = "The site policy allows more of a larger draw than of a smaller one."
        yield _finding("POLICY_TOO_LOOSE", says, SIGN)


GLOVES = re.compile(r"gloves?(?![- ]?box)\b", re.IGNORECASE)
"""Gloves by name; a glove box is none."""
NOT_WORN = re.compile(r"\b(no|not|none|never|without|except|instead|unless|optional|n/a)\b", re.IGNORECASE)
"""Words by which an item says what is not worn."""


def asks_gloves(ppe: tuple[str, ...]) -> bool:
    """Return whether gloves are among the protective equipment: by name, for each site words its list itself (R36)."""
    return any(GLOVES.search(item) and not NOT_WORN.search(item) for item in ppe)


def _final_concentration(final: Decimal, recipe: Recipe) -> tuple[Finding, ...]:
    low, high = recipe.final_min_mg_ml, recipe.final_max_mg_ml
    if (low is not None and final < low) or (high is not None and final > high):
        says = f"It would hold {final:.3f} mg/mL; allowed is {low or 'any'} to {high or 'any'} mg/mL."
        return (_finding("FINAL_CONCENTRATION", says, "Ask the prescriber for another base volume."),)
    return ()


def _too_small(share: Volume) -> Finding:
    says = f"A draw of {share.ml} mL is too small to be accepted by weight alone."
    return _finding("DRAW_TOO_SMALL", says, "A pharmacist chooses a dilution or a photo with a second person.")


def _finding(code: str, says: str, do: str = "A pharmacist reads the order and answers the prescriber.") -> Finding:
    return Finding(code, says, do)
