"""Rounding a dose to whole vials: what it would save, as an option for a pharmacist. Nothing here changes an order (R59)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from workflows.whole_vials import Vials, least_waste, too_many, totals

LIMIT = Decimal("0.10")
"""The furthest that a rounded dose may be from the ordered one, and from the calculated one (R59, R11)."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a dose takes from the shelf."""

    vials: Vials
    """Labelled mg of each vial, largest first; those that waste least."""
    waste_mg: Decimal
    """mg left over in them."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """One dose that whole vials make."""

    dose_mg: Decimal
    """mg."""
    of_ordered: Decimal
    """Signed change from the ordered dose, as a fraction."""
    of_calculated: Decimal | None
    """Signed change from the dose that the prescriber's arithmetic gives; None where it is not known."""
    before: Opened
    """What the dose as ordered takes."""
    after: Opened
    """What the rounded one takes."""


@dataclass(frozen=True, slots=True)
class NoRounding:
    """None is offered."""

    says: str
    """Why."""


def proposals(
    ordered_mg: Decimal,
    sizes_mg: Iterable[Decimal],
    *,
    calculated_mg: Decimal | None = None,
    trial: bool = False,
    limit: Decimal = LIMIT,
) -> tuple[Proposal, ...] | NoRounding:
    """Return the nearest whole-vial dose below and above the ordered one inside the limit, or why there is none (R59).

    Amounts in mg, above 0; `limit` is a fraction of at most 10 %. A trial's dose is never rounded.
    """
    if not 0 < limit <= LIMIT:
        raise ValueError(f"a rounding limit is above 0 and at most {LIMIT}; {limit} is not")
    if trial:
        return NoRounding("This order is of a clinical trial: its dose is never rounded.")
    sizes = tuple(sizes_mg)
    if trouble := too_many(ordered_mg * (1 + limit), sizes):
        return NoRounding(trouble)
    before = _opened(ordered_mg, sizes)
    if before.waste_mg == 0:
        return NoRounding("Whole vials make this dose: nothing is left over.")
    bases = [ordered_mg] if calculated_mg is None else [ordered_mg, calculated_mg]
    low, high = max(one * (1 - limit) for one in bases), min(one * (1 + limit) for one in bases)
    made = [total for total in totals(high, sizes) if low <= total] if high >= min(sizes) else []
    below, above = [one for one in made if one < ordered_mg], [one for one in made if one > ordered_mg]
    nearest = ([max(below)] if below else []) + ([min(above)] if above else [])
    found = tuple(_proposal(dose, ordered_mg, calculated_mg, before, sizes) for dose in nearest)
    return found or NoRounding(f"No whole number of vials is within {limit * 100:.0f} % of this dose.")


def _opened(dose_mg: Decimal, sizes: Vials) -> Opened:
    vials = least_waste(dose_mg, sizes)
    return Opened(vials, sum(vials, Decimal(0)) - dose_mg)


def _proposal(dose: Decimal, ordered: Decimal, calculated: Decimal | None, before: Opened, sizes: Vials) -> Proposal:
    of_calculated = dose / calculated - 1 if calculated else None
    return Proposal(dose, dose / ordered - 1, of_calculated, before, _opened(dose, sizes))
