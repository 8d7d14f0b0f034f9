"""The sheet for a scanner's self-test: a few symbols far apart on one page, read back before the page is handed out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from labels import check, codes, pdf, png, typefaces
from labels.codes import Grid
from labels.layout import Beside, Block, Divider, Spring, Symbol, Words, lay_out
from labels.stock import PROFILES, STOCKS, Profile
from labels.trouble import LabelRefused
from labels.wrapping import Piece

_MODULE = 1.0
"""Millimetres: any scanner reads it from a printed page."""
_COLUMN = 76.0
"""Millimetres of the column that the symbols stand in."""


@dataclass(frozen=True)
class SheetSymbol:
    """One symbol of the sheet."""

    name: str
    """What stands beside it, and what the page calls it."""
    symbol: str
    """gs1, code128 or datamatrix."""
    written: str
    """What it holds; a gs1 one with its identifiers in brackets."""
    shows: str
    """Why it is there, in words."""


def sheet(symbols: Sequence[SheetSymbol], stock: str = "a4", dpi: int = 300) -> bytes:
    """Return the sheet as a PDF whose symbols were read back from its own dots. Raises LabelRefused or DoesNotFit."""
    on, profile = STOCKS[stock], PROFILES[dpi]
    drawing = lay_out(tuple(_blocks(symbols, profile)), on, profile, typefaces.width)
    made = pdf.to_pdf(drawing)
    check.decode_back(png.to_picture(made, on.width, on.height, profile), drawing.expected)
    return made


def _blocks(symbols: Sequence[SheetSymbol], profile: Profile) -> list[Block]:
    how = (
        "On the station's tablet open SCALE CHECK, then SCANNER TEST, and hold these symbols to the scanner one by one. "
        "The page says of each whether it came through, and what to set where it did not. Keep the others covered."
    )
    blocks: list[Block] = [
        Words((Piece("title", "Scanner self-test", "bold"),), 26.0, 18.0),
        Words((Piece("how", how),), 12.0, 10.0, 2.0),
        Divider(4.0),
    ]
    for one in symbols:
        left = (
            Words((Piece(one.name, one.name, "bold"),), 40.0, 24.0),
            Words((Piece(one.name, one.shows),), 13.0, 10.0, 1.0),
        )
        blocks += [Spring(), Beside(left, (_symbol(one, profile),), _COLUMN, 6.0, 4.0), Spring(), Divider(2.0)]
    return blocks


def _symbol(one: SheetSymbol, profile: Profile) -> Symbol:
    if one.symbol == "code128":
        return Symbol(codes.code_128(one.name, one.written), profile.whole(0.3), 14.0)
    module = profile.whole(_MODULE)
    return Symbol(_matrix(one), module, module)


def _matrix(one: SheetSymbol) -> Grid:
    if one.symbol == "gs1":
        return codes.gs1_data_matrix(one.name, one.written)
    if one.symbol == "datamatrix":
        return codes.data_matrix(one.name, one.written)
    raise LabelRefused(one.name, f"{one.symbol!r} is no symbol of a sheet: use gs1, code128 or datamatrix")
