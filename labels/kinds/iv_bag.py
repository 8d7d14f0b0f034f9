"""The final label of an infusion bag."""

from __future__ import annotations

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
from labels.kinds.final import bedside, by_whom, hazard, in_diluent, strength, until, with_care
from labels.language import said, translated
from labels.layout import Beside, Block, Divider, Plain, Spring, first_that_fits
from labels.sterile import IvBagLabel
from labels.stock import Profile, Stock
from labels.wording import NBSP, quantity, span
from labels.wrapping import Piece, WidthOf

_BARS_BESIDE = 50.0
"""Millimetres: wider bars stand on a row of their own."""


def draw(label: IvBagLabel, stock: Stock, profile: Profile, width_of: WidthOf) -> Drawing:
    """Set the label in the order of R50: who, what, how much, how, until when, with what care, by whom.

    The roomy arrangement first; then one with all short lines beside the code; last, only if there is a mark, the
    same with the mark once instead of twice.
    """
    code = (
        *own_code("code", codes.make("F", label.label_id, label.copy), profile, language=label.language),
        *reprint(label),
    )
    head: tuple[Block, ...] = (*patient(label), Divider(), drug_and_dose(label, 20.0))
    care: tuple[Plain, ...] = (*until(label), *with_care(label), *doubts(label))
    tail: tuple[Block, ...] = (Spring(), *hazard(label), *_foot(label, profile))
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
    tongue = label.language
    bag = f"{glued(translated(tongue, label.container))}{NBSP}{quantity(label.bag_volume, 'mL', tongue)}"
    filled = said(tongue, "plus_overfill" if label.overfill == "plus overfill" else "exact_volume", bag=bag)
    return (
        *lines(Piece("diluent", in_diluent(label)), Piece("overfill", glued(filled)), size=10.0),
        *lines(
            Piece(
                "total_volume",
                glued(said(tongue, "total_volume", volume=quantity(label.total_volume, "mL", tongue))),
                "bold",
            ),
            Piece("concentration", strength(label)),
            size=11.0,
        ),
    )


def _how(label: IvBagLabel) -> tuple[Plain, ...]:
    tongue = label.language
    pace = said(tongue, "pace", rate=quantity(label.rate, "mL/h", tongue), time=span(label.duration_minutes, tongue))
    warning = into_a_vein(label)
    return (
        *lines(route(label), Piece("rate", pace, "bold"), size=11.0, least=8.0),
        *warning,
        *warnings(label, 9.5, 0.4),
    )


def _foot(label: IvBagLabel, profile: Profile) -> tuple[Block, ...]:
    """Return who made it, and the bedside code: beside it if the bars leave half the label free, else under it."""
    people = by_whom(label)
    if label.admin_code is None:
        return people
    bars, wide = bedside(label.admin_code, profile)
    return (Beside(people, bars, wide, 0.8),) if wide <= _BARS_BESIDE else (*people, *bars)
