"""The label of one physical container: which it is, and, once opened, how long and where it may be used."""

from __future__ import annotations

from labels import codes
from labels.drawing import Drawing
from labels.kinds.common import band, doubts, glued, lines, marks, own_code
from labels.label import UnitLabel
from labels.language import fixed, said, translated
from labels.layout import Beside, Block, Spring, Words, lay_out
from labels.stock import Profile, Stock
from labels.wording import quantity, stamp
from labels.wrapping import Piece, WidthOf

_CODE_COLUMN = 21.0
"""Millimetres."""


def draw(label: UnitLabel, stock: Stock, profile: Profile, width_of: WidthOf) -> Drawing:
    """Set the label: drug and strength beside the code, then the account of an opened container, then the hazard."""
    code = own_code("code", codes.make("U", label.unit_id), profile, language=label.language)
    left = (
        Words(
            (Piece("drug", label.drug, "bold"), Piece("strength", glued(label.strength), "bold")), 10.0, 8.0, apart=0.5
        ),
        *lines(Piece("package_code", label.package_code, "condensed"), size=8.0, before=0.3),
        *lines(
            Piece("lot", glued(said(label.language, "lot", lot=label.lot)), "condensed-bold"),
            Piece("expiry", said(label.language, "expires", date=label.expiry.isoformat()), "condensed-bold"),
            size=8.0,
            before=0.3,
        ),
    )
    hazard = (band("hazardous", fixed("unit_hazard", label.language).text, 9.0, 8.0, 0.5),) if label.hazardous else ()
    # Two lines of 7 pt in black: a band of white letters would need 8, and this stock has no room for them.
    sentence = Words(
        (Piece("vinca", fixed("vinca", label.language).text, "condensed-bold"),), 9.0, 7.0, 0.3, "center", close=True
    )
    vinca = (sentence,) if label.vinca else ()
    blocks: tuple[Block, ...] = (
        *marks(label, 9.0),
        Beside(left, code, _CODE_COLUMN, 0.4, 0.8),
        Spring(),
        *_opened(label),
        *doubts(label),
        Spring(),
        *vinca,
        *hazard,
    )
    return lay_out(blocks, stock, profile, width_of)


def _opened(label: UnitLabel) -> tuple[Words, ...]:
    if label.opened_at is None or label.use_by is None or label.volume_left is None:
        return ()
    tongue = label.language
    opened = said(tongue, "opened", when=stamp(label.opened_at, label.zone), where=label.cabinet)
    until = said(tongue, "use_by", when=stamp(label.use_by, label.zone))
    return (
        *lines(Piece("use_by", until, "bold"), size=9.5, before=0.4),
        *lines(
            Piece("opened_at", opened, "condensed"),
            Piece("storage", translated(tongue, label.storage or ""), "condensed"),
            Piece(
                "volume_left",
                said(tongue, "left", volume=quantity(label.volume_left, "mL", label.language)),
                "condensed-bold",
            ),
            size=8.0,
            before=0.2,
        ),
    )
