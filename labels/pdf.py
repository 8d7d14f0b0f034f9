"""Writes a drawing as a PDF: embedded fonts, no pictures, equal drawings give equal bytes."""

from __future__ import annotations

import io
from typing import Any

from reportlab import rl_config
from reportlab.pdfgen.canvas import Canvas

from labels.drawing import Drawing, Fill, Mark, Run
from labels.typefaces import MM_PER_POINT, name

rl_config.useA85 = 0  # type: ignore[attr-defined]  # reportlab makes its settings at import

_POINTS = 1 / MM_PER_POINT
_INSET = 0.001
"""Millimetres. The rasteriser rounds a rectangle's size up to whole dots: one a millionth too wide gains a dot."""


def to_pdf(drawing: Drawing) -> bytes:
    """Return the PDF; the page is the stock. Fills come first, so words and symbols are never painted over."""
    out = io.BytesIO()
    page = (drawing.width * _POINTS, drawing.height * _POINTS)
    canvas: Any = Canvas(out, pagesize=page, invariant=1, pageCompression=1)  # type: ignore[no-untyped-call]  # reportlab carries no types
    canvas.setTitle("vialtrace label")
    canvas.setAuthor("vialtrace")
    for box in drawing.boxes:
        if isinstance(box, Run):
            _words(canvas, box, drawing.height)
        elif isinstance(box, Fill):
            _rectangle(canvas, box.x, box.y, box.w, box.h, drawing.height)
        else:
            _symbol(canvas, box, drawing.height)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _words(canvas: Any, run: Run, page: float) -> None:
    shade = 1 if run.white else 0
    canvas.setFillGray(shade)
    canvas.setFont(name(run.face), run.size)
    baseline = run.y + run.ascent * run.size * MM_PER_POINT
    canvas.drawString(run.x * _POINTS, (page - baseline) * _POINTS, run.text)


def _rectangle(canvas: Any, x: float, y: float, w: float, h: float, page: float) -> None:
    left, low = (x + _INSET) * _POINTS, (page - y - h + _INSET) * _POINTS
    canvas.setFillGray(0)
    canvas.rect(left, low, (w - 2 * _INSET) * _POINTS, (h - 2 * _INSET) * _POINTS, stroke=0, fill=1)


def _symbol(canvas: Any, mark: Mark, page: float) -> None:
    """Draw the modules of each row that stand together as one filled rectangle, on whole dots."""
    quiet = mark.grid.quiet * mark.module
    top = mark.y + (quiet if len(mark.grid.rows) > 1 else 0.0)
    for number, row in enumerate(mark.grid.rows):
        for first, count in _stretches(row):
            x, y = mark.x + quiet + first * mark.module, top + number * mark.tall
            _rectangle(canvas, x, y, count * mark.module, mark.tall, page)


def _stretches(row: tuple[bool, ...]) -> list[tuple[int, int]]:
    """Return (first module, how many) of each black stretch."""
    found: list[tuple[int, int]] = []
    for at, black in enumerate(row):
        if black and found and sum(found[-1]) == at:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        elif black:
            found.append((at, 1))
    return found
