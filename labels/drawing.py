"""One drawing of a label: boxes in millimetres from the top left corner, from which every output is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from labels.codes import ExpectedCode, Grid
from labels.typefaces import ASCENT


@dataclass(frozen=True)
class Run:
    field: str
    """Which field of the label the words come from."""
    x: float
    """Left edge, millimetres."""
    y: float
    """Top edge: `ascent` over the baseline, millimetres."""
    w: float
    """Measured width, millimetres."""
    h: float
    """Ascent and descent together, millimetres."""
    text: str
    """The words as printed."""
    face: str
    """sans, bold, condensed or condensed-bold."""
    size: float
    """Points."""
    ascent: float = ASCENT
    """Ems from the top edge to the baseline: less where the words have no accented capitals and lines stand close."""
    white: bool = False
    """White letters, standing on a black fill of the same field."""


@dataclass(frozen=True)
class Fill:
    field: str
    """Which field it belongs to; `line` for a dividing line."""
    x: float
    """Left edge, millimetres."""
    y: float
    """Top edge, millimetres."""
    w: float
    """Millimetres."""
    h: float
    """Millimetres."""


@dataclass(frozen=True)
class Mark:
    field: str
    """Which field it carries."""
    x: float
    """Left edge of the quiet zone, millimetres, on a whole dot."""
    y: float
    """Top edge of the quiet zone, millimetres, on a whole dot."""
    w: float
    """Width with quiet zones, millimetres."""
    h: float
    """Height with quiet zones, millimetres."""
    grid: Grid
    """The modules."""
    module: float
    """Width of a module, millimetres, a whole number of dots."""
    tall: float
    """Height of one row of modules, millimetres."""


Box: TypeAlias = Run | Fill | Mark


@dataclass(frozen=True)
class Drawing:
    width: float
    """Of the stock, millimetres."""
    height: float
    """Of the stock, millimetres."""
    boxes: tuple[Box, ...]
    """Fills first, then words and symbols: the order they are drawn in."""

    @property
    def expected(self) -> tuple[ExpectedCode, ...]:
        """What a decoder must find on it."""
        return tuple(box.grid.expected for box in self.boxes if isinstance(box, Mark))

    @property
    def runs(self) -> tuple[Run, ...]:
        """The pieces of text on it."""
        return tuple(box for box in self.boxes if isinstance(box, Run))


def moved(boxes: Sequence[Box], dx: float, dy: float) -> list[Box]:
    """Return the boxes shifted by millimetres."""
    return [replace(box, x=box.x + dx, y=box.y + dy) for box in boxes]
