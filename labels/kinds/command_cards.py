"""The command cards: scanned instead of touching the tablet. A sheet of all, or a strip of two for the cabinet front."""

from __future__ import annotations

from labels import codes
from labels.drawing import Box, Drawing, Fill, moved
from labels.kinds.common import doubts, marks
from labels.label import CommandCards
from labels.layout import Beside, Block, Spring, Symbol, Words, lay_out
from labels.stock import Profile, Stock
from labels.trouble import DoesNotFit, LabelRefused
from labels.wording import card
from labels.wrapping import Piece, WidthOf

SYMBOLS_APART = 20.0
"""Millimetres between two symbols: a scanner pointed at one never sees its neighbour."""
_SYMBOL = 16.0
"""Millimetres: 16 modules of 1 mm."""
_TALLEST = 48.0
"""Millimetres: cards do not grow beyond this on a sheet that has room."""
_CUT = 0.375
"""Millimetres: the line to cut along."""


def draw(label: CommandCards, stock: Stock, profile: Profile, width_of: WidthOf) -> Drawing:
    """Set the cards in two columns; raise DoesNotFit where two symbols would stand too near each other."""
    if len(set(label.words)) != len(label.words):
        raise LabelRefused("words", "name each card once: two equal symbols cannot be told apart")
    columns = min(2, len(label.words))
    rows = -(-len(label.words) // columns)
    wide = (stock.width - 2 * stock.margin) / columns
    tall = min(_TALLEST, (stock.height - 2 * stock.margin) / rows)
    apart = min(wide if columns > 1 else SYMBOLS_APART * 2, tall if rows > 1 else SYMBOLS_APART * 2) - _SYMBOL
    if apart < SYMBOLS_APART:
        raise DoesNotFit("words", SYMBOLS_APART - apart, "the symbols stand too near each other: use a larger sheet")
    boxes: list[Box] = []
    for number, word in enumerate(label.words):
        column, row = number % columns, number // columns
        x, y = profile.whole(stock.margin + column * wide), profile.whole(stock.margin + row * tall)
        right, low = profile.whole(stock.margin + (column + 1) * wide), profile.whole(stock.margin + (row + 1) * tall)
        cell = Stock(word, wide, tall, 3.0)
        boxes += moved(lay_out(_card(label, word, profile), cell, profile, width_of).boxes, x, y)
        boxes += _cut_lines(x, y, right, low, profile, first_row=row == 0, first_column=column == 0)
    fills = [box for box in boxes if isinstance(box, Fill)]
    return Drawing(stock.width, stock.height, (*fills, *(box for box in boxes if not isinstance(box, Fill))))


def _card(label: CommandCards, word: str, profile: Profile) -> tuple[Block, ...]:
    text, pictogram = card(word, label.language)
    module = profile.whole(1.0)
    left = (
        Words((Piece(word, pictogram, "bold"),), 26.0, 14.0),
        Words((Piece(word, word, "bold"),), 22.0, 10.0, 0.2),
    )
    sentence = Words((Piece(word, text.text),), 10.0, 7.0, 0.3)
    symbol = Symbol(codes.data_matrix(word, codes.command(word)), module, module)
    return (*marks(label, 9.0), Spring(), Beside(left, (symbol,), 21.0, 0.5), sentence, *doubts(label), Spring())


def _cut_lines(
    x: float, y: float, right: float, low: float, profile: Profile, *, first_row: bool, first_column: bool
) -> list[Box]:
    """Return the lines right of and under a card, and on the sheet's edges the ones left and above."""
    thick = profile.whole(_CUT, least=2)
    top = y + thick if first_row else y
    lines: list[Box] = [
        Fill("line", right - thick, top, thick, low - thick - top),
        Fill("line", x, low - thick, right - x, thick),
    ]
    lines += [Fill("line", x, y, right - x, thick)] if first_row else []
    lines += [Fill("line", x, top, thick, low - thick - top)] if first_column else []
    return lines
