"""What a density can be: of a fluid by its name, of a powder dissolved in one, and how well a calculated one is known (R12)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from workflows.recipe import DensityOf, Recipe

AQUEOUS = (
    (re.compile(r"\bwater\b"), Decimal("0.998")),
    (re.compile(r"\bsodium chloride 0[.,]9 ?%|\bnormal saline\b"), Decimal("1.005")),
    (re.compile(r"\b(dextrose|glucose) 5 ?%"), Decimal("1.017")),
)
"""g/mL at 20 °C of the fluids that most recipes name. One that names two of them is none of them."""
NEAR = Decimal("0.01")
"""How far a named fluid's density may be from the table's: balances, temperatures and makers differ by less."""
DISSOLVED = Decimal("0.02")
"""How far a solution's may be from what its powder and its diluent make, in g/mL."""
LIGHTEST, HEAVIEST = Decimal(1), Decimal("1.6")
"""g of solids in the mL that they displace: what stands in a vial beside the drug (mannitol, lactose) displaces too."""
LEAST = {"calculated": Decimal("0.02")}
"""The least standard uncertainty by basis: measured and calculated ones differ by 0.022 g/mL on average (R12)."""
LEAST_OF_ANY = Decimal("0.0001")
"""g/mL: lots of one maker differ by as much (R12)."""


def of_fluid(name: str) -> Decimal | None:
    """Return the density in g/mL of a fluid by its name as recipes write it; None for one that is not in the table."""
    written = " ".join(name.casefold().split())
    found = [density for words, density in AQUEOUS if words.search(written)]
    return found[0] if len(found) == 1 else None


def wrong_in(of: str, density: DensityOf, fluid: str = "") -> Iterator[str]:
    """Yield why a density can be none of what it is said to be of, in words; `fluid` is that by name where it has one."""
    value = density.g_per_ml
    if value is None:
        if density.basis != "unknown":
            yield f"The density of {of} has a basis and no value."
        return
    known = of_fluid(fluid)
    if not Decimal("0.7") <= value <= Decimal("1.6"):
        yield f"A density of {value} g/mL is none of {of}. Has a digit slipped?"
    elif known is not None and abs(value - known) > NEAR:
        yield f"{fluid} has a density of about {known} g/mL, not {value}. Has a digit slipped?"
    elif density.basis == "unknown" or not 0 < density.uncertainty_g_per_ml < Decimal("0.1"):
        yield f"Say how the density of {of} was found, and its standard uncertainty."
    elif density.uncertainty_g_per_ml < (least := LEAST.get(density.basis, LEAST_OF_ANY)):
        yield f"A density that was {density.basis} is not known to less than {least} g/mL (R12): so uncertain, or measured anew."


def of_solution(recipe: Recipe) -> Iterator[str]:
    """Yield where the density of a dissolved powder is not what the powder and its diluent make.

    Solids of m g in V mL of diluent make (V·ρ + m) / (V + displaced): at least the drug's own m, at most what can be in the
    mL that is displaced. Where nobody knows what is displaced, it is up to 1 mL a gram.
    """
    making, found = recipe.reconstitution, recipe.density.g_per_ml
    thin = making.diluent_density.g_per_ml if making else None
    if making is None or thin is None or found is None or making.volume_ml <= 0:
        return
    grams, known = recipe.vial_mg / 1000, making.displacement_ml
    least, most = (known, known) if known is not None else (Decimal(0), grams / LIGHTEST)
    low = (making.volume_ml * thin + grams) / (making.volume_ml + most) - DISSOLVED
    high = (making.volume_ml * thin + max(grams, HEAVIEST * least)) / (making.volume_ml + least) + DISSOLVED
    if not low <= found <= high:
        yield (
            f"{recipe.vial_mg:f} mg in {making.volume_ml:f} mL of {making.diluent} make {low:.3f} to {high:.3f} g/mL, "
            f"not {found}. Has a digit slipped?"
        )
