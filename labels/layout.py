"""Sets a label: fields and a width function in, boxes in millimetres out. Wraps first, shrinks second, never clips."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, TypeAlias

from labels.codes import Grid
from labels.drawing import Box, Drawing, Fill, Mark, Run, moved
from labels.stock import Profile, Stock
from labels.trouble import DoesNotFit
from labels.typefaces import ASCENT, DESCENT, MM_PER_POINT, ascent
from labels.wrapping import Line, Piece, WidthOf, flow, wrap

LEAST_POINTS = 7.0
"""Nothing on a label is smaller."""
_BETWEEN = 1.19 - ASCENT - DESCENT
"""Ems between two lines: they never touch."""
_TICK = 3.0
"""Millimetres: the mark at either end of a fold."""


@dataclass(frozen=True)
class Words:
    pieces: tuple[Piece, ...]
    """Each stays whole where it can; a piece that wraps is followed by a new line."""
    size: float
    """Points, if there is room."""
    least: float = LEAST_POINTS
    """Points, never less."""
    before: float = 0.5
    """Millimetres over the block, if there is room."""
    align: Literal["left", "center"] = "left"
    """A centred block is broken at its dashes and its lines are balanced."""
    dress: Literal["plain", "band", "frame"] = "plain"
    """band: white on black across the whole width (warnings only). frame: a black outline."""
    apart: float = 1.1
    """Ems between two pieces on one line."""
    close: bool = False
    """Lines may come as near to each other as their letters allow."""
    run_on: bool = False
    """Small print, on the left: a piece need not begin a line to be broken at its end."""


@dataclass(frozen=True)
class Divider:
    before: float = 0.8
    """Millimetres over the line."""
    thick: float = 0.375
    """Millimetres: three dots at 203 dpi, never a hairline."""


@dataclass(frozen=True)
class Fold:
    """Where a flag is folded: a strip across the label that is kept free, with a tick at either end."""

    tall: float
    """Millimetres kept free, at the least."""
    before: float = 0.0
    """Millimetres over the strip."""


@dataclass(frozen=True)
class Spring:
    share: int = 1
    """Takes its share of whatever height is left over."""


@dataclass(frozen=True)
class Symbol:
    grid: Grid
    """The modules."""
    module: float
    """Millimetres, whole dots."""
    tall: float
    """Height of a row of modules: equals `module` for a matrix, 7 or more for bars."""
    before: float = 0.5
    """Millimetres over it."""
    align: Literal["left", "center", "right"] = "center"
    """Where it stands in its column."""


@dataclass(frozen=True)
class Around:
    head: tuple[Plain, ...]
    """The stack beside the symbol."""
    words: Words
    """Small print under the stack, first beside the symbol and then under it."""
    symbol: Symbol
    """On the right."""
    before: float = 0.5
    """Millimetres over all of it."""
    gap: float = 0.8
    """Millimetres between symbol and words."""


@dataclass(frozen=True)
class Beside:
    left: tuple[Plain, ...]
    """The stack on the left."""
    right: tuple[Plain, ...]
    """The stack on the right."""
    right_width: float
    """Millimetres."""
    before: float = 0.8
    """Millimetres over both."""
    gap: float = 1.5
    """Millimetres between them."""


Plain: TypeAlias = Words | Divider | Symbol | Fold
Block: TypeAlias = Plain | Spring | Beside | Around


@dataclass(frozen=True)
class _Set:
    height: float
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class _Setter:
    width_of: WidthOf
    profile: Profile
    ease: float
    """1 = ideal sizes and spaces, 0 = the smallest allowed."""

    def size(self, words: Words) -> float:
        return round(words.least + self.ease * (words.size - words.least), 2)

    def space(self, mm: float) -> float:
        return mm * (0.25 + 0.75 * self.ease)

    def words(self, words: Words, width: float, beside: tuple[float, float] = (0.0, 0.0)) -> _Set:
        """Set a block; `beside` is the width and height, in millimetres, that something on its right takes from it."""
        pad_x, pad_y = {"plain": (0.0, 0.0), "band": (1.2, 0.4), "frame": (1.3, 0.75)}[words.dress]
        pad_y *= 0.8 + 0.2 * self.ease
        inner = width - 2 * pad_x
        size, lines = self._lines(words, inner, beside)
        em = size * MM_PER_POINT
        ascent = self.ascent(words)
        line = em * (ascent + DESCENT)
        runs: list[Box] = []
        for number, one in enumerate(lines):
            shift = (inner - one.width) / 2 if words.align == "center" else 0.0
            for piece, at in one.runs:
                x, y = pad_x + shift + at, pad_y + number * self.pitch(words, size)
                wide, white = self.width_of(piece.text, piece.face, size), words.dress == "band"
                runs.append(Run(piece.field, x, y, wide, line, piece.text, piece.face, size, ascent, white))
        tall = (len(lines) - 1) * self.pitch(words, size) + line + 2 * pad_y
        return _Set(tall, (*self._dress(words, width, tall), *runs))

    def pitch(self, words: Words, size: float) -> float:
        """Return the millimetres from one line to the next."""
        return size * MM_PER_POINT * (self.ascent(words) + DESCENT + _BETWEEN)

    def ascent(self, words: Words) -> float:
        """Return the room over a baseline in ems: all that a capital with an accent needs, or what these words need."""
        least = max(ascent(piece.text) for piece in words.pieces) if words.close else ASCENT
        return least + self.ease * (ASCENT - least)

    def _lines(self, words: Words, inner: float, beside: tuple[float, float]) -> tuple[float, list[Line]]:
        """Shrink one block on its own only when a word that cannot be broken is wider than the label."""
        size, balanced = self.size(words), words.align == "center"
        while True:
            try:
                if words.run_on:
                    narrow = inner - beside[0]
                    few = math.ceil(beside[1] / self.pitch(words, size) - 1e-6)
                    rooms = partial(_room, narrow, few, inner)
                    return size, flow(words.pieces, size, rooms, self.width_of, words.apart)
                return size, wrap(words.pieces, size, inner, self.width_of, words.apart, balanced=balanced)
            except DoesNotFit:
                if size <= words.least:
                    raise
                size = max(words.least, round(size - 0.5, 2))

    def _dress(self, words: Words, width: float, tall: float) -> list[Box]:
        field = words.pieces[0].field
        if words.dress == "band":
            return [Fill(field, 0, 0, width, tall)]
        if words.dress == "frame":
            edge = self.profile.whole(0.5)
            return [
                Fill(field, 0, 0, width, edge),
                Fill(field, 0, tall - edge, width, edge),
                Fill(field, 0, edge, edge, tall - 2 * edge),
                Fill(field, width - edge, edge, edge, tall - 2 * edge),
            ]
        return []

    def symbol(self, symbol: Symbol, width: float) -> _Set:
        grid, dot = symbol.grid, self.profile.dot
        matrix = len(grid.rows) > 1
        wide = (len(grid.rows[0]) + 2 * grid.quiet) * symbol.module
        high = (len(grid.rows) + (2 * grid.quiet if matrix else 0)) * symbol.tall
        # One spare dot each way: the place is rounded up to a whole dot when the label is put together.
        if wide + dot > width + 1e-9:
            raise DoesNotFit(grid.expected.field, wide + dot - width)
        x = {"left": 0.0, "center": (width - wide - dot) / 2, "right": width - wide - dot}[symbol.align]
        return _Set(high + dot, (Mark(grid.expected.field, x, 0, wide, high, grid, symbol.module, symbol.tall),))

    def fold(self, fold: Fold, width: float) -> _Set:
        thick = self.profile.whole(0.25, least=2)
        at = (fold.tall - thick) / 2
        return _Set(fold.tall, tuple(Fill("fold", x, at, _TICK, thick) for x in (0.0, width - _TICK)))

    def plain(self, block: Plain, width: float) -> _Set:
        if isinstance(block, Words):
            return self.words(block, width)
        if isinstance(block, Symbol):
            return self.symbol(block, width)
        if isinstance(block, Fold):
            return self.fold(block, width)
        thick = self.profile.whole(block.thick, least=2)
        return _Set(thick, (Fill("line", 0, 0, width, thick),))

    def stack(self, blocks: tuple[Plain, ...], width: float) -> _Set:
        boxes: list[Box] = []
        y = 0.0
        for number, block in enumerate(blocks):
            y += self.space(block.before) if number else 0.0
            made = self.plain(block, width)
            boxes += moved(made.boxes, 0, y)
            y += made.height
        return _Set(y, tuple(boxes))

    def beside(self, block: Beside, width: float) -> _Set:
        left_width = width - block.right_width - block.gap
        left = self.stack(block.left, left_width)
        right = self.stack(block.right, block.right_width)
        tall = max(left.height, right.height)
        return _Set(tall, (*left.boxes, *moved(right.boxes, left_width + block.gap, 0)))

    def around(self, block: Around, width: float) -> _Set:
        grid = block.symbol.grid
        column = (len(grid.rows) + 2 * grid.quiet) * block.symbol.module + self.profile.dot
        head = self.stack(block.head, width - column - block.gap)
        symbol = self.symbol(block.symbol, column)
        under = head.height + self.space(block.words.before)
        beside = symbol.height - under
        pitch = self.pitch(block.words, self.size(block.words))
        # Lines that would stand only just beside the symbol may begin a little lower, and be as wide as the label.
        lower = max(under, symbol.height - max(0.0, beside // pitch) * pitch)
        made = []
        for top in (under, lower):
            words = self.words(block.words, width, (column + block.gap, max(0.0, symbol.height - top)))
            boxes = (*head.boxes, *moved(symbol.boxes, width - column, 0), *moved(words.boxes, 0, top))
            made.append(_Set(max(top + words.height, symbol.height), boxes))
        return min(made, key=lambda one: one.height)

    def block(self, block: Plain | Beside | Around, width: float) -> _Set:
        if isinstance(block, Around):
            return self.around(block, width)
        return self.beside(block, width) if isinstance(block, Beside) else self.plain(block, width)


_WRITTEN = {
    "cabinet", "container", "cycle_day", "diluent", "directions", "drug", "form", "handling", "library_entry", "location", "lot",
    "order_number", "overfill", "patient_name", "pharmacy", "prepared_by", "prescriber", "route", "second_identifier", "storage",
    "study", "subtitle", "title", "warnings",
}  # fmt: skip
"""Texts that somebody writes: where a label is too full, one of them is named before a sentence that stands on every label."""


def _room(narrow: float, few: int, wide: float, line: int) -> float:
    return narrow if line < few else wide


def _pieces(blocks: tuple[Block, ...]) -> Iterator[Piece]:
    for block in blocks:
        if isinstance(block, Words):
            yield from block.pieces
        elif isinstance(block, Beside):
            yield from _pieces((*block.left, *block.right))
        elif isinstance(block, Around):
            yield from _pieces((*block.head, block.words))


def lay_out(blocks: tuple[Block, ...], stock: Stock, profile: Profile, width_of: WidthOf) -> Drawing:
    """Return the drawing at the largest sizes that fit, or raise DoesNotFit naming the longest text that may be shortened."""
    wide, tall = stock.width - 2 * stock.margin, stock.height - 2 * stock.margin
    over = 0.0
    for step in range(10, -1, -1):
        setter = _Setter(width_of, profile, step / 10)
        made = [None if isinstance(block, Spring) else setter.block(block, wide) for block in blocks]
        spaces = [_before(block, setter) if number else 0.0 for number, block in enumerate(blocks)]
        over = sum(spaces) + sum(one.height for one in made if one) - tall
        if over <= 0:
            return _put_together(blocks, made, spaces, -over, stock, profile)

    def long(piece: Piece) -> float:
        return width_of(piece.text, piece.face, 10.0) / (
            1 if piece.field in _WRITTEN else 4 if piece.field == "hazard_line" else 1000
        )

    longest = max(_pieces(blocks), key=long).field
    says = f"the lines of this label are together {max(over, 0.01):.2f} mm too tall for the stock {stock.name}"
    raise DoesNotFit(longest, over, f"{says}: use larger stock, or shorten this text")


def first_that_fits(
    arrangements: tuple[tuple[Block, ...], ...], stock: Stock, profile: Profile, width_of: WidthOf
) -> Drawing:
    """Return the drawing of the first arrangement that fits; if none does, raise what is wrong with the last."""
    for blocks in arrangements[:-1]:
        try:
            return lay_out(blocks, stock, profile, width_of)
        except DoesNotFit:
            continue
    return lay_out(arrangements[-1], stock, profile, width_of)


def _before(block: Block, setter: _Setter) -> float:
    return 0.0 if isinstance(block, Spring) else setter.space(block.before)


def _put_together(
    blocks: tuple[Block, ...],
    made: list[_Set | None],
    spaces: list[float],
    left_over: float,
    stock: Stock,
    profile: Profile,
) -> Drawing:
    shares = sum(block.share for block in blocks if isinstance(block, Spring))
    boxes: list[Box] = []
    y = stock.margin
    for block, one, space in zip(blocks, made, spaces, strict=True):
        if one is None:
            y += left_over * block.share / shares if isinstance(block, Spring) else 0.0
            continue
        y += space
        boxes += moved(one.boxes, stock.margin, y)
        y += one.height
    on_dots = [_on_dots(box, profile.dot) for box in boxes]
    fills = [box for box in on_dots if isinstance(box, Fill)]
    rest = [box for box in on_dots if not isinstance(box, Fill)]
    return Drawing(stock.width, stock.height, (*fills, *rest))


def _on_dots(box: Box, dot: float) -> Box:
    """Put symbols and fills on whole dots: symbols move right and down into their spare dot, fills to the nearest."""

    def up(mm: float) -> float:
        return math.ceil(mm / dot - 1e-6) * dot

    def near(mm: float) -> float:
        return math.floor(mm / dot + 0.5) * dot

    if isinstance(box, Mark):
        return replace(box, x=up(box.x), y=up(box.y))
    if isinstance(box, Fill):
        # Both edges by one rule, so that the four sides of a frame meet.
        x, y = near(box.x), near(box.y)
        return replace(box, x=x, y=y, w=near(box.x + box.w) - x, h=near(box.y + box.h) - y)
    return box
