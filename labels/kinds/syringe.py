"""The final label of a syringe: a flag. It is folded where its ticks are, round the barrel, and stuck back to back."""

from __future__ import annotations

from labels import codes
from labels.drawing import Drawing
from labels.kinds.common import doubts, drug_and_dose, glued, marks, reprint
from labels.kinds.final import bedside, in_diluent, people, until_when
from labels.layout import Around, Block, Fold, Plain, Spring, Symbol, Words, first_that_fits
from labels.sterile import SyringeLabel
from labels.stock import Profile, Stock
from labels.trouble import DoesNotFit
from labels.wording import NBSP, quantity, span
from labels.wrapping import Piece, WidthOf

_FOLD = 0.5
"""Millimetres: the least that is kept free where the label is folded; all that is left over goes there."""

_SHORT = 24
"""Characters."""


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
    second, *others = _identifiers(label)
    rest = _rest(label, profile, bars)
    mark = marks(label, 9.0, 8.0)
    over = (Words((name,), 12.0, 9.0, close=True), *_small(second, *others, size=8.5))
    beside = (Words((name, second), 9.0, 9.0, apart=0.6, close=True), *_small(*others, size=8.5))
    return (*mark, *over, *rest), (*mark, *beside, *rest)


def _rest(label: SyringeLabel, profile: Profile, bars: tuple[Plain, ...]) -> tuple[Block, ...]:
    code = codes.make("F", label.label_id, label.copy)
    side = profile.whole(0.5, least=4)
    symbol = Symbol(codes.data_matrix("code", code), side, side)
    letters = Piece("code", glued(codes.spoken(code)), "condensed-bold")
    (print_,) = _small(*_kept(label), *people(label), letters, size=8.5)
    return (
        drug_and_dose(label, 14.0, 11.0, close=True),
        *_small(*_in_what(label), size=9.0),
        *_how(label),
        Spring(),
        Fold(_FOLD),
        Spring(),
        Around((Words((until_when(label),), 12.0, 9.0, align="center", close=True),), print_, symbol),
        *reprint(label),
        *doubts(label),
        *bars,
        *_hazard(label),
    )


def _small(*pieces: Piece, size: float) -> tuple[Words, ...]:
    """Return small print that runs on, if there is any."""
    return (Words(pieces, size, before=0.3, apart=0.8, close=True, run_on=True),) if pieces else ()


def _identifiers(label: SyringeLabel) -> tuple[Piece, ...]:
    born = f"born{NBSP}{label.birth_date.isoformat()}" if label.birth_date else ""
    pieces = (
        Piece("second_identifier", glued(label.second_identifier), "condensed-bold"),
        Piece("birth_date", born, "condensed"),
        Piece("location", label.location or "", "condensed"),
    )
    return tuple(piece for piece in pieces if piece.text)


def _in_what(label: SyringeLabel) -> tuple[Piece, ...]:
    return (
        Piece("total_volume", quantity(label.total_volume, "mL"), "condensed-bold"),
        Piece("concentration", quantity(label.concentration, label.concentration_unit), "condensed"),
        Piece("diluent", in_diluent(label), "condensed"),
        Piece("container", f"in {label.container}", "condensed"),
    )


def _how(label: SyringeLabel) -> tuple[Plain, ...]:
    way = (Piece("route", label.route, "bold"), Piece("given_by", _pace(label), "bold"))
    return (
        Words(way, 10.5, 8.0, 0.4, close=True),
        *(Words((Piece("warnings", one, "bold"),), 9.0, 8.0, 0.3, close=True) for one in label.warnings),
    )


def _pace(label: SyringeLabel) -> str:
    rate = quantity(label.rate, "mL/h") if label.rate is not None else ""
    time = span(label.duration_minutes) if label.duration_minutes is not None else ""
    if label.given_by == "push":
        return f"push over{NBSP}{time}" if time else "push"
    return f"pump {rate} for{NBSP}{time}" if rate and time else f"pump {rate or f'over{NBSP}{time}'}"


def _kept(label: SyringeLabel) -> tuple[Piece, ...]:
    use = "Single dose" if label.dose_use == "single dose" else "Multiple dose"
    # A short one stays whole: "not liposomal" must not end a line with its "not".
    whole = (glued(one) if len(one) <= _SHORT else one for one in label.handling)
    handling = (Piece("handling", one, "condensed-bold") for one in whole)
    return Piece("storage", label.storage, "condensed"), Piece("dose_use", glued(use), "condensed"), *handling


def _hazard(label: SyringeLabel) -> tuple[Plain, ...]:
    if not (label.hazardous and label.hazard_line):
        return ()
    return (Words((Piece("hazard_line", label.hazard_line, "condensed-bold"),), 8.5, 7.0, 0.3, "center", close=True),)
