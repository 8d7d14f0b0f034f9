"""The final label of a syringe: a flag. It is folded where its ticks are, round the barrel, and stuck back to back."""

from __future__ import annotations

from labels.drawing import Drawing
from labels.kinds.common import doubts, drug_and_dose, marks, route, warned, warnings
from labels.kinds.final import (
    bedside,
    hazard_plain,
    identifiers,
    in_diluent,
    kept,
    small,
    small_print,
    strength,
    until_when,
    who,
)
from labels.language import said, translated
from labels.layout import Block, Fold, Plain, Spring, Words, first_that_fits
from labels.sterile import SyringeLabel
from labels.stock import Profile, Stock
from labels.trouble import DoesNotFit
from labels.wording import quantity, span
from labels.wrapping import Piece, WidthOf

_FOLD = 0.5
"""Millimetres: the least that is kept free where the label is folded; all that is left over goes there."""


def draw(label: SyringeLabel, stock: Stock, profile: Profile, width_of: WidthOf) -> Drawing:
    """Set the label in the order of R50, and no line across the fold: who, what and how before it, the rest behind.

    Raises DoesNotFit for the bedside code where the label would fit without it: no code is left out unsaid.
    """
    bare = _arrangements(label, profile, ())
    if label.admin_code is None:
        return first_that_fits(bare, stock, profile, width_of)
    bars, _ = bedside(label.admin_code, profile)
    try:
        return first_that_fits(_arrangements(label, profile, bars), stock, profile, width_of)
    except DoesNotFit as refused:
        first_that_fits(bare, stock, profile, width_of)
        says = f"the bedside code does not fit beside the rest, by {refused.by_mm} mm: use larger stock, or print none"
        raise DoesNotFit("admin_code", refused.by_mm, says) from refused


def _arrangements(label: SyringeLabel, profile: Profile, bars: tuple[Plain, ...]) -> tuple[tuple[Block, ...], ...]:
    """Return the name over its identifiers; and, if that is too tall, the second identifier on the name's own line."""
    name = Piece("patient_name", label.patient_name, "bold")
    second, *others = identifiers(label)
    rest = _rest(label, profile, bars)
    mark = marks(label, 9.0, 8.0)
    beside = (Words((name, second), 9.0, 9.0, apart=0.6, close=True), *small(*others, size=8.5))
    return (*mark, *who(label), *rest), (*mark, *beside, *rest)


def _rest(label: SyringeLabel, profile: Profile, bars: tuple[Plain, ...]) -> tuple[Block, ...]:
    return (
        drug_and_dose(label, 14.0, 11.0, close=True),
        *small(*_in_what(label), size=9.0),
        *_how(label),
        Spring(),
        Fold(_FOLD),
        Spring(),
        small_print(
            label, (Words((until_when(label),), 12.0, 9.0, align="center", close=True),), profile, *kept(label)
        ),
        *doubts(label),
        *bars,
        *hazard_plain(label),
    )


def _in_what(label: SyringeLabel) -> tuple[Piece, ...]:
    tongue = label.language
    return (
        Piece("total_volume", quantity(label.total_volume, "mL", label.language), "condensed-bold"),
        Piece("concentration", strength(label), "condensed"),
        Piece("diluent", in_diluent(label), "condensed"),
        Piece("container", said(tongue, "in_container", container=translated(tongue, label.container)), "condensed"),
    )


def _how(label: SyringeLabel) -> tuple[Plain, ...]:
    if label.given_by == "mouth":
        only = (Piece("warnings", warned(label, one), "bold") for one in label.warnings)
        return (Words((route(label), *only), 10.5, 8.0, 0.4, close=True),)
    way = (route(label), Piece("given_by", _pace(label), "bold"))
    return (
        Words(way, 10.5, 8.0, 0.4, close=True),
        *warnings(label, 9.0, 0.3, close=True),
    )


def _pace(label: SyringeLabel) -> str:
    rate = quantity(label.rate, "mL/h", label.language) if label.rate is not None else ""
    time = span(label.duration_minutes, label.language) if label.duration_minutes is not None else ""
    if label.given_by == "push":
        key = "push_over" if time else "push"
    else:
        key = "pump_for" if rate and time else "pump_at" if rate else "pump_over"
    return said(label.language, key, rate=rate, time=time)
