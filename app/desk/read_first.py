"""What a pharmacist reads before the numbers: the gravest near miss first, pictures taken again as one line (SCREENS 11)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from app.desk.story import TO_LOOK_AT, Told

RETAKEN = frozenset({"POOR_PHOTO", "SMALL_PHOTO", "SAME_PHOTO"})
"""Findings of a picture that was taken again: nothing was nearly given."""
GRAVEST = (
    frozenset({"WRONG_PRODUCT", "WRONG_STRENGTH", "WRONG_DILUENT", "WRONG_BASE", "WRONG_LABEL", "WRONG_THING"})
    | frozenset({"RECALLED", "RECALLED_SINCE"}),
    frozenset({"TOO_MUCH", "TOO_LITTLE", "SUM_OUTSIDE", "CONCENTRATION_OFF", "EXPIRED", "BEYOND_USE", "SAME_UNIT"})
    | frozenset({"DOSE_NOT_IN_VOLUME", "PROGRAMME_DIFFERS", "LIBRARY_DIFFERS"}),
    frozenset({"WRONG_VOLUME", "WRONG_MATERIAL", "WRONG_SIZE", "WRONG_DEVICE", "PACKAGE_NOT_ALLOWED", "NOT_DECONTAMINATED"}),
)  # fmt: skip
"""Findings by what they might have done to the patient; one that is not here comes after them."""
AT_ONCE = 5
"""Lines that stand open; the others are one press away."""


def to_read(lines: Iterable[Told]) -> tuple[Told, ...]:
    """Return the lines that are read first: near misses by gravity, then the rest in order, then the pictures in one line."""
    found = [line for line in lines if line.mark in TO_LOOK_AT]
    again = [line for line in found if line.codes and set(line.codes) <= RETAKEN]
    rest = sorted((line for line in found if line not in again), key=lambda one: (_gravity(one), one.at))
    return (*rest, *_folded(again))


def _gravity(line: Told) -> int:
    if line.mark != "near miss":
        return len(GRAVEST) + 1 if line.mark != "too close" else len(GRAVEST)
    return next((rank for rank, codes in enumerate(GRAVEST) if codes & set(line.codes)), len(GRAVEST))


def _folded(again: list[Told]) -> tuple[Told, ...]:
    if not again:
        return ()
    places = Counter(line.title.removeprefix("Near miss at ") for line in again)
    where = ", ".join(f"{place} {count} ×" for place, count in places.items())
    title = f"Photo taken again {len(again)} ×" if len(again) > 1 else "Photo taken again once"
    return (replace(again[-1], mark="retaken", title=title, details=(where,)),)
