"""Which uncertainty belongs to which gate of a preparation: a draw, the sum, the bag, the diluent and the strength it makes.

The vial's labelled mg are taken as they are, as in every other sum here: a weight says how much, never what (R1).
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache

from workflows import measured
from workflows.circumstances import BalanceStatus
from workflows.gravimetry import LABEL_CONCENTRATION_LIMIT
from workflows.pairs import before_slot, mixing
from workflows.preparation import Preparation
from workflows.quantities import Mass
from workflows.recipe import DensityOf
from workflows.targets import Target
from workflows.uncertainty import (
    COVERAGE,
    DISPLACEMENT,
    ROOM,
    SENSITIVITY,
    Guard,
    Pair,
    Share,
    Term,
    budget,
    combined,
    figures,
    mean,
)


def target(p: Preparation, slot: str) -> Target | None:
    """Return what the difference that ends in `slot` must be; None for every other slot."""
    step = slot.partition(":")[0]
    if step == "recon-after":
        return p.plan.diluent
    if step == "syringe-full":
        return measured.draw_target(p)
    if step == "fluid-full" and p.pump is not None:
        return p.pump.fluid_draw
    return measured.gain_target(p) if slot and slot == mixing(p.planned) else None


def no_room(p: Preparation, slot: str, balance: BalanceStatus) -> Decimal | None:
    """Return U in g of what `slot` is planned to gain where it takes more of the tolerance than may be; else None (R12, R13)."""
    aim = target(p, slot)
    return None if aim is None else _too_wide(aim, tuple(_shares(p, slot)), balance)


@lru_cache(maxsize=256)
def _too_wide(aim: Target, shares: tuple[Share, ...], balance: BalanceStatus) -> Decimal | None:
    reading = figures(balance)
    terms = budget(((reading, (reading,)),), aim.expected_g, shares) or ()
    guard = Guard(aim.expected_g, aim.low_g, aim.high_g, terms, "g").expanded
    return guard if guard > ROOM * (aim.high_g - aim.low_g) / 2 else None


def guard_band(p: Preparation, slot: str) -> Decimal:
    """Return how near to a limit the difference ending in the open `slot` is too close to call, in g, as planned.

    Shown beside the limits; the reading is judged by its own. Zero where the first reading does not state its figures.
    """
    aim, first = target(p, slot), p.weighing(before_slot(slot))
    if aim is None or first is None:
        return Decimal(0)
    terms = budget(((first, (first,)),), aim.expected_g, _shares(p, slot))
    return Decimal(0) if terms is None else COVERAGE * combined(term.u for term in terms)


def of_difference(p: Preparation, slot: str) -> Guard | None:
    """Return the filled `slot`'s difference in g with its uncertainty; None where it is none, or states no figures."""
    aim, pair = target(p, slot), _pair(p, slot)
    if aim is None or pair is None:
        return None
    gain = _gain(pair)
    terms = budget((pair,), gain, _shares(p, slot))
    return None if terms is None else Guard(gain, aim.low_g, aim.high_g, terms, "g")


def of_dose(p: Preparation) -> Guard | None:
    """Return the dose of all draws in mg with its uncertainty, between the limits of the sum (R7, R11)."""
    dose = measured.dose(p)
    if p.counts:
        return None
    pairs = [_pair(p, f"syringe-full:{unit}") for unit in range(1, len(p.plan.syringes_ml) + 1)]
    known = [pair for pair in pairs if pair is not None]
    if dose is None or dose.mass.g == 0 or len(known) != len(pairs):
        return None
    terms = budget(known, dose.mass.g, _shares(p, "syringe-full"))
    if terms is None:
        return None
    mg_per_g = dose.dose.mg / dose.mass.g
    in_mg = tuple(Term(term.what, abs(term.u * mg_per_g), term.says) for term in terms)
    prescribed, ordered = p.plan.prescribed_mg, p.planned.ordered_mg
    draw, whole = p.policy.dose_tolerance, p.policy.dispensed_ceiling
    low, high = (
        max(prescribed * (1 - draw), ordered * (1 - whole)),
        min(prescribed * (1 + draw), ordered * (1 + whole)),
    )
    return Guard(dose.dose.mg, low, high, in_mg, "mg")


def of_infused(p: Preparation) -> Guard | None:
    """Return the drug in what a pump infuses in mg with its uncertainty, between the limits of the dose (R55).

    A part by which the drug is off moves the strength by the diluent's part of the volume, and the diluent as much the other
    way. What the balance is wrong by as a factor is wrong alike in both, and cancels. None for no pump, or with no figures.
    """
    given, whole, made = measured.infused(p), measured.drawn_in_all(p), p.recipe.reservoir
    if given is None or whole is None or made is None or p.pump is None:
        return None
    fluid = measured.fluid_in_all(p)
    moved = fluid.ml / (whole.volume + fluid).ml * given.mg
    terms: list[Term] = []
    for what, slot, count, known in (
        ("drug", "syringe-full", len(p.plan.syringes_ml), p.recipe.density),
        ("diluent", "fluid-full", len(p.pump.fluid_syringes_ml), made.fluid_density),
    ):
        pairs = [pair for unit in range(1, count + 1) if (pair := _pair(p, f"{slot}:{unit}")) is not None]
        mass = sum((_gain(pair) for pair in pairs), Decimal(0))
        found = budget(pairs, mass, (_density(known),))
        if found is None or len(pairs) != count or (count and mass <= 0):
            return None
        terms += [Term(term.what, term.u / mass * moved, f"{what}: {term.says}") for term in found if count]
    prescribed, off = p.plan.prescribed_mg, p.policy.dose_tolerance
    return Guard(given.mg, prescribed * (1 - off), prescribed * (1 + off), tuple(terms), "mg")


def of_strength(p: Preparation, unit: int) -> Guard | None:
    """Return the actual strength of a vial in mg/mL with its uncertainty; None where the displacement is not known (R5)."""
    making, pair = p.recipe.reconstitution, _pair(p, f"recon-after:{unit}")
    if making is None or making.displacement_ml is None or pair is None or _gain(pair) <= 0:
        return None
    made = measured.reconstituted(p, Mass(_gain(pair)))
    parts = _liquid(p, (pair,), sensitive=True)
    if parts is None:
        return None
    has, label = made.concentration.mg_per_ml, p.recipe.concentration_mg_ml
    terms = tuple(Term(share.what, share.part * has, share.says) for share in parts)
    off = label * LABEL_CONCENTRATION_LIMIT
    return Guard(has, label - off, label + off, terms, "mg/mL")


def _pair(p: Preparation, slot: str) -> Pair | None:
    first = p.weighing(before_slot(slot))
    load = p.load(slot)
    return (first, load) if first is not None and load else None


def _gain(pair: Pair) -> Decimal:
    first, load = pair
    return mean(load) - first.g


def _shares(p: Preparation, slot: str) -> Iterator[Share]:
    """Yield what is wrong alike in every part of an amount: balance, density, and the strength where it was worked out."""
    if slot.startswith("recon-after"):
        yield _sensitivity(Decimal(1))
        if p.recipe.reconstitution is not None:
            yield _density(p.recipe.reconstitution.diluent_density)
        return
    made = p.recipe.reservoir
    if made is not None and slot.startswith("fluid-full"):
        yield _sensitivity(Decimal(1))
        yield _density(made.fluid_density)
        return
    if p.pump is not None and slot == mixing(p.planned):
        yield _sensitivity(Decimal(1))
        yield from _both_densities(p)
        return
    liquid = _liquid(p, _vials(p), sensitive=False) if measured.is_recomputed(p) else None
    yield _sensitivity(Decimal(1) if liquid is None else _powder(p))
    yield _density(p.recipe.density)
    if liquid is not None:
        part = combined(share.part for share in liquid)
        yield Share("strength", part, "worked out from the diluent that was weighed in (R5)")


def _sensitivity(of: Decimal) -> Share:
    return Share("sensitivity", SENSITIVITY * of, "the day's check allows 0.1 % (R15)")


def _density(known: DensityOf) -> Share:
    part = known.uncertainty_g_per_ml / known.g_per_ml if known.g_per_ml else Decimal(0)
    return Share("density", part, f"{known.g_per_ml} ± {known.uncertainty_g_per_ml} g/mL, {known.basis} (R12)")


def _both_densities(p: Preparation) -> Iterator[Share]:
    """Yield the doubts about the drug's and the diluent's density, each as a part of all that is in the reservoir (R12)."""
    made, pump, gain = p.recipe.reservoir, p.pump, p.plan.gain
    if made is None or pump is None or gain is None:
        return
    for known, ml in ((p.recipe.density, p.plan.volume_ml), (made.fluid_density, pump.fluid_ml)):
        one = _density(known)
        yield Share(one.what, one.part * ml * (known.g_per_ml or Decimal(0)) / gain.expected_g, one.says)


def _vials(p: Preparation) -> tuple[Pair, ...]:
    pairs = (_pair(p, f"recon-after:{unit}") for unit in range(1, p.plan.vials + 1))
    return tuple(pair for pair in pairs if pair is not None)


def _powder(p: Preparation) -> Decimal:
    """Return which part of the liquid is displacement: a balance wrong by a factor is wrong alike in diluent and draw.

    So in a dose that is worked out with the weighed diluent all but this part of the factor cancels.
    """
    making = p.recipe.reconstitution
    displaced = (making.displacement_ml or Decimal(0)) * p.plan.vials if making else Decimal(0)
    return displaced / (displaced + _diluent_ml(p, _vials(p)))


def _diluent_ml(p: Preparation, vials: tuple[Pair, ...]) -> Decimal:
    return sum((_gain(pair) for pair in vials), Decimal(0)) / measured.diluent_density(p).g_per_ml


def _liquid(p: Preparation, vials: tuple[Pair, ...], *, sensitive: bool) -> tuple[Share, ...] | None:
    """Return the doubts about the liquid in some vials as parts of it; None where a reading does not state its figures."""
    making = p.recipe.reconstitution
    if making is None or making.displacement_ml is None or not vials:
        return None
    gain, density = sum((_gain(pair) for pair in vials), Decimal(0)), measured.diluent_density(p).g_per_ml
    shares = (_sensitivity(Decimal(int(sensitive))), _density(making.diluent_density))
    terms = budget(vials, gain, shares)
    displaced = making.displacement_ml * len(vials)
    liquid = gain / density + displaced
    if terms is None or liquid <= 0:
        return None
    poured = (Share(term.what, term.u / density / liquid, term.says) for term in terms)
    says = f"{making.displacement_ml} mL a vial, within a tenth (R5)"
    return (*poured, Share("displacement", displaced * DISPLACEMENT / liquid, says))
