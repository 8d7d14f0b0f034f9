"""How far the checker itself thinks a weighing may be off, and which readings it takes together: its own sums, its own memory.

It asks neither the rules nor the uncertainty budget: variances are added up here once more, each with its own words.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from workflows import facts as read
from workflows import facts_of_doses as doses
from workflows import facts_of_pumps as pumped
from workflows.evidence import Weighing
from workflows.facts import Facts, first_of
from workflows.recipe import DensityOf

K = 2
"""Coverage factor."""
FACTOR = Decimal("0.001") ** 2 / 3
"""Relative variance of a balance that the day's check lets be 0.1 % wrong."""
DISPLACED = Decimal("0.1") ** 2 / 3
"""Relative variance of a powder's displacement that is known to a tenth."""


def joined(load: tuple[Weighing, ...], reading: Weighing) -> tuple[Weighing, ...]:
    """Return the readings of what is on the pan: all that lie within noise of their mean, or the newest alone."""
    s, d = reading.repeatability_g, reading.division_g
    if not load or s is None or d is None:
        return (reading,)
    mean = sum((one.g for one in load), Decimal(0)) / len(load)
    noise = 18 * (s**2 + d**2 / 12)
    return (*load, reading) if (reading.g - mean) ** 2 <= noise else (reading,)


def off_by(f: Facts, slots: tuple[str, ...]) -> Decimal | None:
    """Return the expanded uncertainty in g of the sum of the differences that end in `slots`; None while one is missing."""
    noise, gain = _noise(f, slots), _gain(f, slots)
    if noise is None or gain is None:
        return None
    powder = slots[0].startswith("recon-after")
    making, recipe = f.opened.recipe.reconstitution, f.opened.recipe
    known = making.diluent_density if powder and making else recipe.density
    relative = _relative(known) + FACTOR
    if (
        recipe.reservoir is not None
        and pumped.in_a_pump(f.begun.order)
        and not slots[0].startswith(("recon", "syringe"))
    ):
        return K * (noise + gain**2 * (FACTOR + _of_what_fills(f, slots[0]))).sqrt()
    if not powder and making and making.mode == "B" and making.displacement_ml is not None:
        relative = _relative(known) + _strength(f)
    return K * (noise + gain**2 * relative).sqrt()


def _of_what_fills(f: Facts, slot: str) -> Decimal:
    """Return the relative variance that the densities bring into a syringe of diluent, or into a whole reservoir."""
    made, recipe = f.opened.recipe.reservoir, f.opened.recipe
    if made is None:
        return Decimal(0)
    if slot.startswith("fluid"):
        return _relative(made.fluid_density)
    drug = read.dose_mg(f) * pumped.beyond_dose(f.opened) / recipe.concentration_mg_ml
    parts = ((recipe.density, drug), (made.fluid_density, pumped.filled_ml(f.opened) - drug))
    grams = [(known, ml * (known.g_per_ml or Decimal(0))) for known, ml in parts]
    whole = sum((g for _, g in grams), Decimal(0))
    return sum((_relative(known) * (g / whole) ** 2 for known, g in grams), Decimal(0))


def off_strength(f: Facts, slot: str) -> Decimal | None:
    """Return the relative expanded uncertainty of the strength of the vial weighed in `slot`; None where it is nominal."""
    making, off, gain = f.opened.recipe.reconstitution, off_by(f, (slot,)), _gain(f, (slot,))
    if (
        making is None
        or making.displacement_ml is None
        or not making.diluent_density.g_per_ml
        or off is None
        or not gain
    ):
        return None
    poured, density = gain / making.diluent_density.g_per_ml, making.diluent_density.g_per_ml
    variance = (off / K / density) ** 2 + making.displacement_ml**2 * DISPLACED
    return K * variance.sqrt() / (poured + making.displacement_ml)


def _strength(f: Facts) -> Decimal:
    """Return the relative variance of a strength that was worked out, and of what is left of the balance's factor."""
    making = f.opened.recipe.reconstitution
    slots = tuple(f"recon-after:{unit}" for unit in range(1, read.vials(f) + 1))
    noise, gain = _noise(f, slots), _gain(f, slots)
    if making is None or not making.diluent_density.g_per_ml or noise is None or gain is None:
        return Decimal(0)
    density, displaced = making.diluent_density.g_per_ml, (making.displacement_ml or Decimal(0)) * len(slots)
    poured = gain / density
    liquid = poured + displaced
    variance = noise / density**2 + poured**2 * _relative(making.diluent_density) + displaced**2 * DISPLACED
    return variance / liquid**2 + FACTOR * (displaced / liquid) ** 2


def _relative(known: DensityOf) -> Decimal:
    return (known.uncertainty_g_per_ml / known.g_per_ml) ** 2 if known.g_per_ml else Decimal(0)


def _gain(f: Facts, slots: tuple[str, ...]) -> Decimal | None:
    total = Decimal(0)
    for slot in slots:
        gain = read.gained(f, slot)
        if gain is None:
            return None
        total += gain
    return total


def _noise(f: Facts, slots: tuple[str, ...]) -> Decimal | None:
    total = Decimal(0)
    for slot in slots:
        first, load = f.weighing(first_of(slot)), f.loads.get(slot, ())
        if first is None or not load:
            return None
        for one, times in ((first, 1), (load[-1], len(load))):
            if one.repeatability_g is None or one.division_g is None:
                return None
            total += one.repeatability_g**2 / times + one.division_g**2 / 12
    return total


def too_close(f: Facts, slot: str) -> Iterator[str]:
    """Yield, in words, each limit that what is kept of `slot` is nearer to than it may be off."""
    wanted, gain, off = read.expected(f, slot), read.gained(f, slot), off_by(f, (slot,))
    if wanted is None or gain is None:
        return
    if off is None or abs(gain - wanted[0]) > wanted[0] * wanted[1] - off:
        yield f"{slot}: {gain} g ± {off} g is too close to the limits of {wanted} g"
    yield from _strength_too_close(f, slot)
    yield from _sum_too_close(f, slot)
    yield from _infused_too_close(f, slot)


def _strength_too_close(f: Facts, slot: str) -> Iterator[str]:
    recipe, making = f.opened.recipe, f.opened.recipe.reconstitution
    off, gain = off_strength(f, slot) if slot.startswith("recon-after") else None, read.gained(f, slot)
    if off is None or making is None or making.displacement_ml is None or gain is None:
        return
    liquid = gain / (making.diluent_density.g_per_ml or 1) + making.displacement_ml
    has, label = recipe.vial_mg / liquid, recipe.concentration_mg_ml
    if abs(has - label) > label * Decimal("0.05") - off * has:
        yield f"{slot}: {has} mg/mL is too close to 5 % from its label"


def _sum_too_close(f: Facts, slot: str) -> Iterator[str]:
    slots = tuple(f"syringe-full:{unit}" for unit in range(1, read.syringes(f) + 1))
    total, dose, gain = read.dispensed_mg(f), read.dose_mg(f), _gain(f, slots)
    off = off_by(f, slots) if slot.startswith("syringe-full") else None
    if off is None or total is None or not gain:
        return
    policy = f.opened.policy
    if abs(total - dose) > dose * min(policy.dose_tolerance, policy.dispensed_ceiling) - off * total / gain:
        yield f"all draws together: {total} mg is too close to the limits of {dose} mg"


def _infused_too_close(f: Facts, slot: str) -> Iterator[str]:
    """Yield where what a pump infuses is nearer to the limits of its dose than it may be off: one balance weighed all of it."""
    drug, fluid, given = read.drawn_ml(f), doses.fluid_drawn_ml(f), doses.infused_mg(f)
    made = f.opened.recipe.reservoir if slot.startswith("fluid-full") else None
    if made is None or drug is None or fluid is None or given is None:
        return
    variance = Decimal(0)
    for step, count, known in (
        ("syringe-full", read.syringes(f), f.opened.recipe.density),
        ("fluid-full", pumped.fluid_syringes(f.opened), made.fluid_density),
    ):
        slots = tuple(f"{step}:{unit}" for unit in range(1, count + 1))
        noise, gain = _noise(f, slots), _gain(f, slots)
        if noise is None or not gain:
            return
        variance += noise / gain**2 + _relative(known)
    off = K * variance.sqrt() * given * fluid / (drug + fluid)
    dose = read.dose_mg(f)
    if abs(given - dose) > dose * f.opened.policy.dose_tolerance - off:
        yield f"what is infused: {given} mg ± {off} mg is too close to the limits of {dose} mg"
