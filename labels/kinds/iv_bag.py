"""The final label of an infusion bag."""

from __future__ import annotations

from labels import codes
from labels.drawing import Drawing
from labels.kinds.common import (
    CODE_COLUMN,
    band,
    doubts,
    drug_and_dose,
    glued,
    lines,
    marks,
    own_code,
    patient,
    reprint,
)
from labels.label import IvBagLabel
from labels.layout import Beside, Block, Divider, Plain, Spring, Symbol, Words, first_that_fits
from labels.stock import Profile, Stock
from labels.wording import NBSP, fixed, quantity, span, stamp
from labels.wrapping import Piece, WidthOf

_BAR_HEIGHT = 7.0
"""Millimetres."""
_BARS_BESIDE = 50.0
"""Millimetres: wider bars stand on a row of their own."""


def draw(label: IvBagLabel, stock: Stock, profile: Profile, width_of: WidthOf) -> Drawing:
    """Set the label in the order of R50: who, what, how much, how, until when, with what care, by whom.

    The roomy arrangement first; then one with all short lines beside the code; last, only if there is a mark, the
    same with the mark once instead of twice.
    """
    code = (*own_code("code", codes.make("F", label.label_id, label.copy), profile), *reprint(label))
    head: tuple[Block, ...] = (*patient(label), Divider(), drug_and_dose(label, 20.0))
    care: tuple[Plain, ...] = (*_until(label), *_with_care(label), *doubts(label))
    tail: tuple[Block, ...] = (Spring(), *_hazard(label), *_foot(label, profile))
    roomy: tuple[Block, ...] = (
        *head,
        Beside((*_in_what(label), *_how(label)), code, CODE_COLUMN, 0.6),
        Spring(),
        *care,
        *tail,
    )
    compact: tuple[Block, ...] = (*head, Beside((*_in_what(label), *_how(label), *care), code, CODE_COLUMN, 0.6), *tail)
    mark = marks(label)
    arrangements: tuple[tuple[Block, ...], ...] = ((*mark, *roomy, *mark), (*mark, *compact, *mark), (*mark, *compact))
    return first_that_fits(arrangements, stock, profile, width_of)


def _in_what(label: IvBagLabel) -> tuple[Plain, ...]:
    bag = f"{glued(label.container)}{NBSP}{quantity(label.bag_volume, 'mL')}"
    filled = f"{bag} + overfill" if label.overfill == "plus overfill" else f"{bag}, exact volume"
    diluent = label.diluent if label.diluent.casefold().startswith("undiluted") else f"in {label.diluent}"
    return (
        *lines(Piece("diluent", diluent), Piece("overfill", glued(filled)), size=10.0),
        *lines(
            Piece("total_volume", glued("Total volume ") + quantity(label.total_volume, "mL"), "bold"),
            Piece("concentration", quantity(label.concentration, label.concentration_unit)),
            size=11.0,
        ),
    )


def _how(label: IvBagLabel) -> tuple[Plain, ...]:
    pace = f"{quantity(label.rate, 'mL/h')} for{NBSP}{span(label.duration_minutes)}"
    warning = (band("vinca", fixed("vinca").text, 10.0, 9.0),) if label.vinca else ()
    return (
        *lines(Piece("route", label.route, "bold"), Piece("rate", pace, "bold"), size=11.0, least=8.0),
        *warning,
        *(Words((Piece("warnings", one, "bold"),), 9.5, 8.0, 0.4) for one in label.warnings),
    )


def _until(label: IvBagLabel) -> tuple[Plain, ...]:
    words = f"{fixed('bud').text} {stamp(label.use_before, label.zone)}"
    return (Words((Piece("use_before", words, "bold"),), 13.0, 9.0, 1.0, "center", "frame"),)


def _with_care(label: IvBagLabel) -> tuple[Plain, ...]:
    use = "Single dose" if label.dose_use == "single dose" else "Multiple dose"
    handling = tuple(Piece("handling", one, "bold") for one in label.handling)
    return lines(Piece("storage", label.storage), Piece("dose_use", glued(use)), *handling, size=9.0, before=0.7)


def _hazard(label: IvBagLabel) -> tuple[Plain, ...]:
    return (band("hazard_line", label.hazard_line, 9.0, 8.0),) if label.hazardous and label.hazard_line else ()


def _by_whom(label: IvBagLabel) -> tuple[Plain, ...]:
    made = f"Prepared by {label.prepared_by}, {stamp(label.prepared_at, label.zone)}"
    approved = None
    if label.approved_by and label.approved_at:
        text = f"Approved by {label.approved_by}, {stamp(label.approved_at, label.zone)}"
        approved = Piece("approved_by", text, "condensed")
    return lines(
        Piece("cycle_day", glued(label.cycle_day), "condensed-bold") if label.cycle_day else None,
        Piece("order_number", f"Order {label.order_number}", "condensed"),
        Piece("study", label.study, "condensed-bold") if label.study else None,
        Piece("prepared_by", made, "condensed"),
        approved,
        Piece("pharmacy", f"{label.pharmacy}, telephone{NBSP}{glued(label.telephone)}", "condensed"),
        size=8.5,
        before=0.8,
    )


def _foot(label: IvBagLabel, profile: Profile) -> tuple[Block, ...]:
    """Return who made it, and the bedside code: beside it if the bars leave half the label free, else under it."""
    people = _by_whom(label)
    if label.admin_code is None:
        return people
    grid = codes.code_128("admin_code", label.admin_code)
    # Three dots a module at the least: at two, one dot of print gain makes it unreadable.
    module = profile.whole(0.25, least=3)
    bars = Symbol(grid, module, profile.whole(_BAR_HEIGHT), 0.8)
    bedside = (bars, Words((Piece("admin_code", label.admin_code, "condensed"),), 8.0, 7.0, 0.1, "center"))
    wide = (len(grid.rows[0]) + 2 * grid.quiet) * module + 2 * profile.dot
    return (Beside(people, bedside, wide, 0.8),) if wide <= _BARS_BESIDE else (*people, *bedside)
