"""What the parts of a paper are drawn with: fonts that go into the file, text that hides nothing, tables, a QR code."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import reportlab.lib.colors
import reportlab.lib.styles
import reportlab.platypus
from reportlab.lib.units import mm

from app.desk.visible import visible
from labels import typefaces
from labels.codes import Grid

flow: Any = reportlab.platypus
"""ReportLab carries no types."""
HexColor: Any = reportlab.lib.colors.HexColor
ParagraphStyle: Any = reportlab.lib.styles.ParagraphStyle
FACE = "condensed"
SANS, BOLD = typefaces.name(FACE), typefaces.name("condensed-bold")
INK, QUIET, SOFT, RED = (HexColor(f"#{code}") for code in ("101418", "454b52", "e3ebef", "a30000"))
BODY = ParagraphStyle("body", fontName=SANS, fontSize=8, leading=10, textColor=INK, bulletFontName=SANS)
SMALL = ParagraphStyle("small", parent=BODY, fontSize=6.6, leading=8.2, textColor=QUIET)
HEAD = ParagraphStyle(
    "head", parent=BODY, fontName=BOLD, fontSize=10.5, leading=13, spaceBefore=9, spaceAfter=3, keepWithNext=1
)
TITLE = ParagraphStyle("title", parent=BODY, fontName=BOLD, fontSize=15, leading=19)
WARNING = ParagraphStyle("warning", parent=BODY, fontName=BOLD, textColor=RED)
WIDTH = 178 * mm


@dataclass(frozen=True)
class Print:
    """What every page of the paper says round its own matter."""

    site: str
    """Name of the site."""
    zone: ZoneInfo
    """Zone of every time on the paper."""
    at: datetime
    """When it was printed, UTC."""
    by: str
    """Printed name of who printed it."""
    software: str
    """Name and version."""
    demo: bool
    """True: NOT FOR CLINICAL USE on every page."""

    def time(self, at: datetime) -> str:
        """Return a time in the site's zone."""
        return f"{at.astimezone(self.zone):%Y-%m-%d %H:%M:%S}"


def printable(words: str) -> str:
    """Return text of which every character has a shape in the paper's font; one without is shown as its code."""
    shown = visible(words)
    if typefaces.missing(shown.replace("\n", " "), FACE) is None:
        return shown
    return "".join(one if one == "\n" or typefaces.missing(one, FACE) is None else _code(one) for one in shown)


def _code(character: str) -> str:
    return f"\\u{ord(character):04x}" if ord(character) <= 0xFFFF else f"\\U{ord(character):08x}"


def text(words: object, style: Any = BODY) -> Any:
    """Return a paragraph of plain text."""
    return flow.Paragraph(html.escape(printable(str(words))), style)


def bold(words: str) -> Any:
    """Return a paragraph in bold."""
    return flow.Paragraph(f'<font name="{BOLD}">{html.escape(printable(words))}</font>', BODY)


def table(rows: Iterable[Iterable[Any]], widths: Iterable[float], *, head: bool = True) -> Any:
    """Return a table with these column widths in mm; with `head` its first row is repeated on each page."""
    style = [
        ("FONTNAME", (0, 0), (-1, -1), SANS),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.25, HexColor("#c9d1d8")),
        ("TOPPADDING", (0, 0), (-1, -1), 1.4),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1.8),
        ("LEFTPADDING", (0, 0), (-1, -1), 2),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        *([("BACKGROUND", (0, 0), (-1, 0), SOFT)] if head else []),
    ]
    cells = [[cell if not isinstance(cell, str) else text(cell) for cell in row] for row in rows]
    return flow.Table(cells, colWidths=[width * mm for width in widths], style=style, repeatRows=1 if head else 0)


class Symbol(flow.Flowable):  # type: ignore[misc]  # reportlab carries no types
    """A two-dimensional code, drawn as filled rectangles, with its quiet zone."""

    def __init__(self, grid: Grid, side_mm: float) -> None:
        super().__init__()
        self._grid = grid
        self.width = self.height = side_mm * mm

    def draw(self) -> None:
        """Draw each row's black runs."""
        modules = len(self._grid.rows) + 2 * self._grid.quiet
        unit = self.width / modules
        self.canv.setFillColor(HexColor("#000000"))
        for y, row in enumerate(self._grid.rows):
            top = self.height - (y + self._grid.quiet + 1) * unit
            for start, end in _runs(row):
                self.canv.rect((start + self._grid.quiet) * unit, top, (end - start) * unit, unit, stroke=0, fill=1)


def _runs(row: tuple[bool, ...]) -> Iterable[tuple[int, int]]:
    """Yield (first, after the last) of each run of black modules."""
    start = None
    for x, black in enumerate((*row, False)):
        if black and start is None:
            start = x
        elif not black and start is not None:
            yield start, x
            start = None


def struck(words: str) -> Any:
    """Return a paragraph that is lined through and can be read."""
    return flow.Paragraph(f"<strike>{html.escape(printable(words))}</strike>", BODY)
