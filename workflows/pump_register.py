"""The register of the pumps' drug library as people write it: what must be right in a line, what takes its place (G32, R55)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

from workflows.recipe import LibraryEntry, Policy


def wrong_in(lines: tuple[LibraryEntry, ...]) -> tuple[str, ...]:
    """Return everything in a register that cannot be right, in words; nothing where it may be signed."""
    return (*(says for one in lines for says in _line(one)), *_together(lines))


def _line(one: LibraryEntry) -> Iterator[str]:
    if not one.entry.strip() or not one.version.strip():
        yield "An entry has an id and a version, as the pump shows them."
    if not one.drug or one.drug != one.drug.strip().casefold():
        yield f"{one.entry}: write the generic name, in lower case."
    if not 0 < one.least_mg_ml <= one.most_mg_ml:
        yield f"{one.entry}: the limits of the concentration are above 0 mg/mL, the lower one first."
    if one.most_ml_h <= 0:
        yield f"{one.entry}: the fastest rate is above 0 mL/h."
    if not one.nurse.strip():
        yield f"{one.entry}: name the nurse who read it with you."
    if one.nurse.strip().casefold() == one.pharmacist.strip().casefold():
        yield f"{one.entry}: pharmacist and nurse are two people."


def _together(lines: tuple[LibraryEntry, ...]) -> Iterator[str]:
    for one, other in combinations(lines, 2):
        if one.drug != other.drug:
            continue
        if one.entry == other.entry:
            yield f"{one.entry} is in the register twice."
        elif one.least_mg_ml <= other.most_mg_ml and other.least_mg_ml <= one.most_mg_ml:
            yield (
                f"{one.entry} and {other.entry} are for the same concentrations of {one.drug}: "
                "no order could tell which of them its pump is set by."
            )


def entered(lines: tuple[LibraryEntry, ...], new: LibraryEntry) -> tuple[LibraryEntry, ...]:
    """Return the register with a line in place of the one of its drug and id, or besides, by drug and id."""
    return tuple(sorted((*withdrawn(lines, new.drug, new.entry), new), key=lambda one: (one.drug, one.entry)))


def withdrawn(lines: tuple[LibraryEntry, ...], drug: str, entry: str) -> tuple[LibraryEntry, ...]:
    """Return the register without the line of this drug and id."""
    return tuple(one for one in lines if (one.drug, one.entry) != (drug, entry))


def vouched(policy: Policy, pharmacist: str) -> Policy:
    """Return the policy with the name of the pharmacist who signs it in the lines that no pharmacist had signed yet."""
    lines = (one if one.pharmacist else replace(one, pharmacist=pharmacist) for one in policy.pump_library)
    return replace(policy, pump_library=tuple(lines))
