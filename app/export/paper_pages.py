"""What every page of a paper has round its own matter: title, site, DEMO, who printed it, its number."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from app.export.paper_drawing import BOLD, INK, QUIET, RED, SANS, WIDTH, Print, flow, printable

NORTH_AMERICA = ("America/", "US/", "Canada/")


@dataclass(frozen=True)
class Running:
    """The words that stand on every page."""

    title: str
    """On top, left."""
    foot: str
    """At the bottom, above who printed it."""


def laid_out(story: Sequence[Any], running: Running, made: Print) -> bytes:
    """Return the parts set on pages as a PDF; the same parts give the same bytes."""
    out = io.BytesIO()
    paper = _letter_or_a4(made.zone)
    edge = (paper[0] - WIDTH) / 2
    frame = flow.Frame(edge, 19 * mm, WIDTH, paper[1] - 37 * mm, 0, 0, 0, 0)
    document = flow.BaseDocTemplate(out, pagesize=paper, initialFontName=SANS)
    document.addPageTemplates([flow.PageTemplate(id="page", frames=[frame])])
    document.build(list(story), canvasmaker=_numbered(running, made, edge))
    return out.getvalue()


def _letter_or_a4(zone: ZoneInfo) -> tuple[float, float]:
    american = zone.key.startswith(NORTH_AMERICA)
    return (612.0, 792.0) if american else A4


def _numbered(running: Running, made: Print, edge: float) -> type:
    """Return a canvas that knows how many pages there are before it draws the first footer."""

    class Numbered(Canvas):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **{**kwargs, "initialFontName": SANS, "invariant": 1})  # type: ignore[no-untyped-call]  # reportlab carries no types
            self.finished: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802  # reportlab's name
            self.finished.append(dict(self.__dict__))
            self._startPage()  # type: ignore[no-untyped-call]  # as above

        def save(self) -> None:
            for number, state in enumerate(self.finished, start=1):
                self.__dict__.update(state)
                _margins(self, running, made, edge, f"page {number} of {len(self.finished)}")
                Canvas.showPage(self)  # type: ignore[no-untyped-call]  # as above
            Canvas.save(self)  # type: ignore[no-untyped-call]  # as above

    return Numbered


def _margins(canvas: Any, running: Running, made: Print, edge: float, number: str) -> None:
    top = canvas._pagesize[1] - 13 * mm
    canvas.setFillColor(INK)
    canvas.setFont(BOLD, 9)
    canvas.drawString(edge, top, printable(running.title))
    canvas.setFont(SANS, 8)
    canvas.drawRightString(edge + WIDTH, top, printable(made.site))
    if made.demo:
        canvas.setFillColor(RED)
        canvas.setFont(BOLD, 10)
        canvas.drawCentredString(edge + WIDTH / 2, top + 5 * mm, "DEMO - NOT FOR CLINICAL USE")
        canvas.setFillColor(INK)
    canvas.setStrokeColor(QUIET)
    canvas.line(edge, top - 2.5 * mm, edge + WIDTH, top - 2.5 * mm)
    canvas.line(edge, 16 * mm, edge + WIDTH, 16 * mm)
    canvas.setFont(SANS, 6.6)
    canvas.drawString(edge, 12.5 * mm, printable(running.foot))
    who = f"printed {made.time(made.at)} {made.zone.key} by {made.by}, {made.software}"
    canvas.drawString(edge, 9.5 * mm, printable(who))
    canvas.drawRightString(edge + WIDTH, 9.5 * mm, number)
