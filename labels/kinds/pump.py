"""The final label of a pump: dose and volume to infuse first, then all that is in the device, how fast and for how long."""

from __future__ import annotations

from decimal import Decimal

from labels import codes
from labels.drawing import Drawing
from labels.kinds.common import (
    CODE_COLUMN,
    doubts,
    drug_and_dose,
    glued,
    into_a_vein,
    lines,
    marks,
    own_code,
    patient,
    reprint,
    route,
    warnings,
)
from labels.kinds.final import (
    by_whom,
    hazard,
    hazard_plain,
    in_diluent,
    kept,
    small,
    small_print,
    strength,
    until,
    who,
    with_care,
)
from labels.language import fixed, said, translated
from labels.layout import Beside, Block, Divider, Plain, Spring, Words, first_that_fits
from labels.pump import PumpLabel
from labels.stock import Profile, Stock
from labels.wording import quantity, stamp
from labels.wrapping import Piece, WidthOf

_BLANK = "_" * 14
"""Room for a date and a time by hand."""


def draw(label: PumpLabel, stock: Stock, profile: Profile, width_of: WidthOf) -> Drawing:
    """Set the label in the order of R50 and R55: with room for each, or with small print that runs on round the code."""
    return first_that_fits((_roomy(label, profile), _close(label, profile)), stock, profile, width_of)


def _roomy(label: PumpLabel, profile: Profile) -> tuple[Block, ...]:
    code = (
        *own_code("code", codes.make("F", label.label_id, label.copy), profile, language=label.language),
        *reprint(label),
    )
    amounts = (
        *lines(*_to_infuse(label), size=11.0),
        *lines(*_in_device(label), size=9.0),
        *lines(*_in_what(label), size=9.0),
        *_how(label),
        *lines(*_times(label), *_library(label), size=9.0),
    )
    return (
        *marks(label),
        *patient(label),
        Divider(),
        drug_and_dose(label, 18.0),
        Beside(amounts, code, CODE_COLUMN, 0.6),
        Spring(),
        *until(label),
        *(Words((words,), 10.0, 8.0, 0.5) for words in _cold(label)),
        *with_care(label),
        *doubts(label),
        Spring(),
        *hazard(label),
        *by_whom(label),
    )


def _close(label: PumpLabel, profile: Profile) -> tuple[Block, ...]:
    return (
        *marks(label, 9.0, 8.0),
        *who(label),
        drug_and_dose(label, 16.0, close=True),
        *(Words(_to_infuse(label), 10.5, 8.0, 0.4, close=True),),
        *small(*_in_device(label), *_in_what(label), size=8.5),
        *_how(label),
        *small(*_times(label), *_library(label), size=8.5),
        Spring(),
        small_print(label, until(label), profile, *_cold(label), *kept(label)),
        *doubts(label),
        *hazard_plain(label),
    )


def _to_infuse(label: PumpLabel) -> tuple[Piece, ...]:
    return (
        Piece(
            "volume_to_infuse",
            glued(said(label.language, "to_infuse", volume=quantity(label.volume_to_infuse, "mL", label.language))),
            "bold",
        ),
        Piece("concentration", strength(label)),
    )


def _in_device(label: PumpLabel) -> tuple[Piece, ...]:
    reservoir = Piece(
        "reservoir_volume",
        glued(said(label.language, "reservoir", volume=quantity(label.reservoir_volume, "mL", label.language))),
    )
    added = (
        _added(label, "prime_volume", "fill_the_line", label.prime_volume),
        _added(label, "residual_volume", "stay_behind", label.residual_volume),
    )
    return _total(label), reservoir, *(piece for piece in added if piece is not None)


def _in_what(label: PumpLabel) -> tuple[Piece, ...]:
    return Piece("diluent", in_diluent(label)), Piece("container", translated(label.language, label.container))


def _total(label: PumpLabel) -> Piece:
    volume = quantity(label.total_volume, "mL", label.language)
    if label.total_dose is None:
        return Piece("total_volume", glued(said(label.language, "total_volume", volume=volume)))
    dose = quantity(label.total_dose, label.dose_unit, label.language)
    words = said(label.language, "total_in_device", dose=dose, volume=volume)
    return Piece("total_volume", glued(words), "bold")


def _added(label: PumpLabel, field: str, does: str, ml: Decimal | None) -> Piece | None:
    return Piece(field, glued(said(label.language, does, volume=quantity(ml, "mL", label.language)))) if ml else None


def _how(label: PumpLabel) -> tuple[Plain, ...]:
    pace = said(
        label.language,
        "pace",
        rate=quantity(label.rate, "mL/h", label.language),
        time=quantity(label.hours, "h", label.language),
    )
    if label.device == "elastomeric":
        pace = said(label.language, "nominal", pace=pace)
    return (
        *lines(route(label), Piece("rate", pace, "bold"), size=11.0, least=8.0),
        *into_a_vein(label),
        *warnings(label, 9.5, 0.4),
    )


def _times(label: PumpLabel) -> tuple[Piece, ...]:
    """Return when it starts and ends, or lines to write both on."""
    start = stamp(label.start, label.zone) if label.start else _BLANK
    end = stamp(label.end, label.zone) if label.end else _BLANK
    tongue = label.language
    return tuple(Piece("start", said(tongue, key, when=glued(at))) for key, at in (("start", start), ("end", end)))


def _library(label: PumpLabel) -> tuple[Piece, ...]:
    return (
        (Piece("library_entry", said(label.language, "library", entry=label.library_entry)),)
        if label.library_entry
        else ()
    )


def _cold(label: PumpLabel) -> tuple[Piece, ...]:
    return (
        (Piece("do_not_refrigerate", glued(fixed("no_cold", label.language).text), "bold"),)
        if label.do_not_refrigerate
        else ()
    )
