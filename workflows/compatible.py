"""Fluids that a drug does not bear, and the greatest concentration at which it stays dissolved: hard stops (DOMAIN 4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from workflows.recipe import Recipe
from workflows.wording import amount

CHLORIDE = re.compile(r"chlorid|saline|ringer|hartmann|\bnacl\b|\bns\b")
"""Fluids that hold chloride, by the words of their names."""
SUGAR = re.compile(r"dextros|glucos|glukos|\bd5w\b|\bd10w\b")
"""Fluids that hold dextrose."""
CALCIUM = re.compile(r"ringer|hartmann|calcium")
"""Fluids that hold calcium."""


@dataclass(frozen=True, slots=True)
class Stop:
    """What one drug may never be put into, or be stronger than."""

    drug: re.Pattern[str]
    """What the drug's name holds, in any case."""
    never: re.Pattern[str] | None
    """Names of fluids that it does not bear; None for no such one."""
    unless: re.Pattern[str] | None
    """Names of those among them that it bears all the same; None for none."""
    most_mg_ml: Decimal | None
    """Greatest final concentration in mg/mL; None where it is not known."""
    says: str
    """Why, in words."""
    source: str
    """Where it was read."""


def _drug(word: str) -> re.Pattern[str]:
    return re.compile(word, re.IGNORECASE)


LABEL = "US prescribing information, dosage and administration"
STOPS = (
    Stop(_drug("oxaliplatin"), CHLORIDE, None, None, "chloride breaks oxaliplatin down: dextrose 5 % only", LABEL),
    Stop(_drug(r"\bcisplatin"), SUGAR, CHLORIDE, None, "cisplatin breaks down without chloride", LABEL),
    Stop(_drug(r"trastuzumab(?!.*deruxtecan)"), SUGAR, None, None, "trastuzumab clumps in dextrose", LABEL),
    Stop(_drug("bevacizumab"), SUGAR, None, None, "bevacizumab breaks down in dextrose", LABEL),
    Stop(_drug("aza[ck]iti[dt]in"), SUGAR, None, None, "azacitidine breaks down faster in dextrose", LABEL),
    Stop(_drug("pemetrexed"), CALCIUM, None, None, "pemetrexed falls out with calcium", LABEL),
    Stop(_drug(r"etoposid(?!.*phosphat)"), None, None, Decimal("0.4"), "etoposide falls out above 0.4 mg/mL", LABEL),
)
"""What the engine never makes, whoever signed it; a site's recipe may be narrower."""


def stops(drug: str) -> tuple[Stop, ...]:
    """Return the hard stops of a drug by its generic name."""
    return tuple(stop for stop in STOPS if stop.drug.search(drug))


def bears(stop: Stop, fluid: str) -> bool:
    """Say whether a fluid is none that the drug of a stop does not bear."""
    name = fluid.casefold()
    if stop.never is None or not stop.never.search(name):
        return True
    return stop.unless is not None and bool(stop.unless.search(name))


def wrong_in(recipe: Recipe) -> Iterator[str]:
    """Yield every fluid of a recipe that its drug does not bear, and a limit above what stays dissolved."""
    fluids = [*recipe.bases, *([recipe.reservoir.fluid] if recipe.reservoir else [])]
    fluids += [recipe.reconstitution.diluent] if recipe.reconstitution else []
    for stop in stops(recipe.drug):
        for fluid in dict.fromkeys(fluids):
            if not bears(stop, fluid):
                yield f"{recipe.drug} never goes into {fluid}: {stop.says} ({stop.source})."
        most = stop.most_mg_ml
        if most is not None and (recipe.bases or recipe.reservoir) and (recipe.final_max_mg_ml or most + 1) > most:
            yield f"The final concentration of {recipe.drug} is at most {amount(most)} mg/mL: {stop.says} ({stop.source})."
