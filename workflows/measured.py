"""What the accepted weighings of a preparation say: gains, draws, actual concentration, dose, leftovers (R2, R5 to R8)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from workflows import gravimetry, sharing
from workflows.evidence import VolumeRead
from workflows.gravimetry import DoseAccount, Drawn, Reconstituted
from workflows.pairs import before_slot, mixing
from workflows.preparation import Preparation
from workflows.quantities import Concentration, Density, Mass, Volume
from workflows.standing import READS_A_SYRINGE
from workflows.targets import Target, draw_tolerance, target


@dataclass(frozen=True, slots=True)
class Pair:
    """Two gross readings of one object, before and after."""

    before_g: Decimal
    """Gross g before."""
    after_g: Decimal
    """Gross g after."""

    @property
    def gain(self) -> Mass:
        """After minus before (R2)."""
        return Mass(self.after_g - self.before_g)


def pair(p: Preparation, before: str, after: str) -> Pair | None:
    """Return the two accepted readings of the slots `before` and `after`, or None while one is missing."""
    first, second = p.weighing(before), p.weighing(after)
    return Pair(first.g, second.g) if first and second else None


def density(p: Preparation) -> Density:
    """Return the density of the liquid that is drawn. Raises ValueError where the recipe has none."""
    if p.recipe.density.g_per_ml is None:
        raise ValueError(f"recipe {p.master.name} has no density")
    return Density(p.recipe.density.g_per_ml)


def diluent_density(p: Preparation) -> Density:
    """Return the density of the reconstitution diluent. Raises ValueError where there is none."""
    making = p.recipe.reconstitution
    if making is None or making.diluent_density.g_per_ml is None:
        raise ValueError(f"recipe {p.master.name} has no diluent density")
    return Density(making.diluent_density.g_per_ml)


def reconstituted(p: Preparation, gain: Mass) -> Reconstituted:
    """Return what a vial's gain says of its concentration (R5)."""
    making = p.recipe.reconstitution
    displacement = Volume(making.displacement_ml) if making and making.displacement_ml is not None else None
    label = Concentration(p.recipe.concentration_mg_ml)
    return gravimetry.reconstituted(gain, diluent_density(p), Mass.of_mg(p.recipe.vial_mg), displacement, label)


def vial_gains(p: Preparation) -> tuple[Reconstituted | None, ...]:
    """Return the reconstitution of each vial, None where it is not weighed yet."""
    pairs = (pair(p, f"recon-before:{k}", f"recon-after:{k}") for k in range(1, p.plan.vials + 1))
    return tuple(reconstituted(p, both.gain) if both else None for both in pairs)


def concentration(p: Preparation) -> Concentration:
    """Return the concentration that doses are worked out with: the label's, or in mode B the actual one (R5)."""
    making, label = p.recipe.reconstitution, Concentration(p.recipe.concentration_mg_ml)
    if making is None or making.mode == "A" or making.displacement_ml is None:
        return label
    known = [vial for vial in vial_gains(p) if vial is not None]
    if len(known) != p.plan.vials:
        return label
    liquid = sum((vial.diluent.ml + making.displacement_ml for vial in known), Decimal(0))
    return Concentration(p.recipe.vial_mg * p.plan.vials / liquid)


def is_recomputed(p: Preparation) -> bool:
    """Say whether doses are worked out with the actual concentration instead of the label's (R5, mode B)."""
    making = p.recipe.reconstitution
    recomputes = making is not None and making.mode == "B" and making.displacement_ml is not None
    return recomputes and all(vial is not None for vial in vial_gains(p))


def draw_target(p: Preparation) -> Target:
    """Return what each syringe must gain: as planned, or recomputed with the actual concentration in mode B (R5).

    The recomputed volume has the tolerance of its own band (R11); below what a weight alone decides, `IS_ENOUGH_TO_WEIGH`
    refuses it, and the planned tolerance only says what the screen shows.
    """
    actual = concentration(p)
    if actual.mg_per_ml == p.recipe.concentration_mg_ml:
        return p.plan.draw
    share = Volume(Mass.of_mg(p.plan.prescribed_mg).at(actual).ml / len(p.plan.syringes_ml))
    return target(share, density(p), draw_tolerance(share, p.recipe, p.policy) or p.plan.draw.tolerance)


def draw(p: Preparation, unit: int) -> Drawn | None:
    """Return what syringe `unit` (from 1) holds by weight, or as it was read by volume; None while it is not accepted."""
    if p.plan.by_volume is not None:
        read = p.evidence(f"{READS_A_SYRINGE}:{unit}")
        volume = Volume(read.volume_ml) if isinstance(read, VolumeRead) else None
        return Drawn(Mass(Decimal(0)), volume, volume.holds(concentration(p))) if volume else None
    both = pair(p, f"syringe-empty:{unit}", f"syringe-full:{unit}")
    return gravimetry.drawn(both.gain, density(p), concentration(p)) if both else None


def draws(p: Preparation) -> tuple[Drawn | None, ...]:
    """Return every syringe's draw, None where it is not weighed yet."""
    return tuple(draw(p, unit) for unit in range(1, len(p.plan.syringes_ml) + 1))


def dose(p: Preparation) -> Drawn | None:
    """Return the sum of the draws, or None until every syringe is weighed (R7, R8).

    Of a pump that is filled with more than is infused, the dose is the part that is in the volume to infuse (R55).
    """
    if p.counts:
        return None
    whole = drawn_in_all(p)
    if whole is None or p.pump is None:
        return whole
    return Drawn(whole.mass, whole.volume, whole.dose * (p.pump.infuse_ml / p.pump.filled_ml))


def drawn_in_all(p: Preparation) -> Drawn | None:
    """Return all that was drawn, or None until every syringe is weighed."""
    known = [one for one in draws(p) if one is not None]
    return gravimetry.total(known) if len(known) == len(p.plan.syringes_ml) else None


def fluid(p: Preparation, unit: int) -> Mass | None:
    """Return what syringe `unit` holds of the fluid that fills up a reservoir, or None while it is not accepted."""
    both = pair(p, f"fluid-empty:{unit}", f"fluid-full:{unit}")
    return both.gain if both else None


def fluid_in_all(p: Preparation) -> Volume:
    """Return the fluid in all syringes that are weighed so far; none where nothing is filled up."""
    poured, known = Volume(Decimal(0)), p.recipe.reservoir.fluid_density.g_per_ml if p.recipe.reservoir else None
    for unit in range(1, (len(p.pump.fluid_syringes_ml) if p.pump else 0) + 1):
        mass = fluid(p, unit)
        if mass is not None and known is not None:
            poured = poured + mass.of(Density(known))
    return poured


def infused(p: Preparation) -> Mass | None:
    """Return the drug in the volume that a pump infuses: what the weighed draws say of its concentration × that volume (R55).

    None until every draw of drug and of diluent is weighed, and for whatever is no pump.
    """
    pump, whole = p.pump, drawn_in_all(p)
    if pump is None or whole is None:
        return None
    if any(fluid(p, unit) is None for unit in range(1, len(pump.fluid_syringes_ml) + 1)):
        return None
    return whole.dose * (pump.infuse_ml / (whole.volume + fluid_in_all(p)).ml)


def final_concentration(p: Preparation) -> Concentration | None:
    """Return mg/mL in the final container: the drug drawn over base and drug, in a pump over drug and diluent as weighed.

    A bag's overfill is not in it, as in the plan. None until everything that goes in is weighed or read, and for what is counted.
    """
    if p.counts:
        return None
    whole, pump = drawn_in_all(p), p.pump
    if whole is None or (pump and any(fluid(p, unit) is None for unit in range(1, len(pump.fluid_syringes_ml) + 1))):
        return None
    around = fluid_in_all(p).ml if pump else p.plan.base_ml
    return Concentration(whole.dose.mg / (around + whole.volume.ml))


def dispensed(p: Preparation) -> Mass | None:
    """Return the drug that leaves to be given (R8): the sum of the draws; of a pump what it runs, by the weighed strength (R55).

    A pump that is set runs no more than it is told, and no more than is in its reservoir; one of its own flow runs all that
    was filled in but what stays behind. None until everything that was drawn for it is weighed.
    """
    pump, whole = p.pump, dose(p)
    if pump is None or whole is None:
        return whole.dose if whole else None
    strength = infused(p)
    drawn = drawn_in_all(p)
    if strength is None or drawn is None:
        return None
    holds = (drawn.volume + fluid_in_all(p)).ml - pump.prime_ml - pump.residual_ml
    return strength * ((min(holds, pump.infuse_ml) if pump.entry else holds) / pump.infuse_ml)


def account(p: Preparation) -> DoseAccount | None:
    """Return ordered, prescribed and dispensed with their deviations apart, or None until the dose is known (R11)."""
    return account_of(p, dispensed(p))


def account_of(p: Preparation, found: Mass | None) -> DoseAccount | None:
    """Return ordered, prescribed and `found` with their deviations apart (R11); None where nothing is found."""
    if found is None:
        return None
    return gravimetry.dose_account(Mass.of_mg(p.planned.ordered_mg), Mass.of_mg(p.plan.prescribed_mg), found)


def gain_target(p: Preparation) -> Target:
    """Return what the bag must gain: the sum of the planned draws (R6); a reservoir, drug and diluent as planned."""
    return p.plan.gain if p.pump is not None and p.plan.gain is not None else whole_target(p)


def whole_target(p: Preparation) -> Target:
    """Return what all syringes together must hold: the sum of the planned draws, within the product's limits (R7)."""
    one = draw_target(p)
    return target(Volume(one.volume_ml * len(p.plan.syringes_ml)), density(p), p.policy.dose_tolerance)


def bag_gain(p: Preparation) -> Mass | None:
    """Return what the bag or reservoir gained, or None while it is not weighed."""
    met = mixing(p.planned)
    both = pair(p, before_slot(met), met) if met else None
    return both.gain if both else None


def leftover(p: Preparation) -> Volume:
    """Return the volume that counts as discarded: what the vials held less the prescribed dose's and what was kept (R58)."""
    kept = sum((one.left_ml for one in sharing.kept(p)), Decimal(0))
    return Volume(max(sharing.vials_ml(p) - p.plan.volume_ml - kept, Decimal(0)))
