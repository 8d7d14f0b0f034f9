"""Whole vials: which totals can be opened, and which wastes least. Shared by rounding (R59) and billing (R58)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from heapq import heappop, heappush

Vials = tuple[Decimal, ...]
"""Labelled mg of each vial, largest first."""
MOST = 500
"""No dose takes more vials than this; a number beyond it is a slipped unit."""


def too_many(dose_mg: Decimal, sizes_mg: Iterable[Decimal]) -> str:
    """Say that `dose_mg` is no dose of vials of these sizes, or nothing: none, below 0, or hundreds of them."""
    sizes = tuple(sizes_mg)
    if not sizes or min(sizes) <= 0 or dose_mg <= 0:
        return "The dose and the vials' sizes are not above 0 mg."
    if dose_mg / min(sizes) + 1 > MOST:
        return f"It would take more than {MOST} vials: a unit has slipped."
    return ""


def totals(most: Decimal, sizes_mg: Iterable[Decimal]) -> dict[Decimal, Vials]:
    """Return every labelled total up to `most` mg that whole vials make, each with the fewest vials that make it.

    Raises ValueError where a size is not above 0, or where it would take more than 500 vials.
    """
    sizes = sorted(set(sizes_mg), reverse=True)
    if not sizes or sizes[-1] <= 0:
        raise ValueError("a vial holds more than 0 mg, and there is at least one size")
    if most / sizes[-1] > MOST + 1:
        raise ValueError(f"{most} mg would take more than {MOST} vials of {sizes[-1]} mg")
    found: dict[Decimal, Vials] = {Decimal(0): ()}
    waiting = [Decimal(0)]
    while waiting:
        total = heappop(waiting)
        for size in sizes:
            more, vials = total + size, (*found[total], size)
            if more > most or (more in found and len(found[more]) <= len(vials)):
                continue
            if more not in found:
                heappush(waiting, more)
            found[more] = vials
    return {total: tuple(sorted(vials, reverse=True)) for total, vials in found.items() if vials}


def least_waste(dose_mg: Decimal, sizes_mg: Iterable[Decimal]) -> Vials:
    """Return the vials that hold `dose_mg` with the least left over, and of those the fewest. Raises ValueError as `totals`."""
    sizes = tuple(sizes_mg)
    if dose_mg <= 0:
        raise ValueError("a dose is above 0 mg")
    made = totals(dose_mg + max(sizes, default=Decimal(0)), sizes)
    return made[min(total for total in made if total >= dose_mg)]
