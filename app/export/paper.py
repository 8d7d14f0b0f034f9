"""The compounding record on paper and for the archive: all that R48 and R52 ask for, as PDF/A with its events inside."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from app.desk.record_page import RecordPage
from app.export.archival import Attachment, Described, archive
from app.export.paper_drawing import BOLD, INK, QUIET, RED, SANS, WIDTH, Print, flow, printable
from app.export.paper_parts import whole_story
from app.export.proof import Proof

NORTH_AMERICA = ("America/", "US/", "Canada/")
EVENTS, CHECKPOINT = "events.jsonl", "checkpoint.note"
"""Names of the files inside the paper."""


@dataclass(frozen=True)
class Sheet:
    """All that goes onto one paper and into its file."""

    page: RecordPage
    """What the record page shows to the same viewer."""
    thumbs: Mapping[str, bytes]
    """Small JPEGs of the photos by SHA-256, without those that may not be shown."""
    bodies: tuple[str, ...]
    """The canonical JSON of every event, in order."""
    proof: Proof
    """The newest checkpoint beside it."""


def compounding_record(sheet: Sheet, made: Print) -> bytes:
    """Return the paper as PDF/A-3b."""
    page, title = sheet.page, f"Compounding record {sheet.page.preparation}"
    out = io.BytesIO()
    paper = _letter_or_a4(made.zone)
    edge = (paper[0] - WIDTH) / 2
    frame = flow.Frame(edge, 19 * mm, WIDTH, paper[1] - 37 * mm, 0, 0, 0, 0)
    document = flow.BaseDocTemplate(out, pagesize=paper, initialFontName=SANS)
    document.addPageTemplates([flow.PageTemplate(id="page", frames=[frame])])
    document.build(whole_story(page, sheet.thumbs, sheet.proof, made), canvasmaker=_numbered(page, made, edge))
    described = Described(title, made.site, made.software, made.at)
    return archive(out.getvalue(), described, _attachments(sheet))


def _attachments(sheet: Sheet) -> list[Attachment]:
    lines = "".join(f"{body}\n" for body in sheet.bodies).encode()
    events = Attachment(
        EVENTS, "application/x-ndjson", lines, "Every event as it was stored, canonical JSON, one a line"
    )
    if sheet.proof.note is None:
        return [events]
    note = Attachment(CHECKPOINT, "text/plain", sheet.proof.note.text.encode(), "The newest signed checkpoint")
    return [events, note]


def _letter_or_a4(zone: ZoneInfo) -> tuple[float, float]:
    american = zone.key.startswith(NORTH_AMERICA)
    return (612.0, 792.0) if american else A4


def _numbered(page: RecordPage, made: Print, edge: float) -> type:
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
                _margins(self, page, made, edge, f"page {number} of {len(self.finished)}")
                Canvas.showPage(self)  # type: ignore[no-untyped-call]  # as above
            Canvas.save(self)  # type: ignore[no-untyped-call]  # as above

    return Numbered


def _margins(canvas: Any, page: RecordPage, made: Print, edge: float, number: str) -> None:
    top = canvas._pagesize[1] - 13 * mm
    canvas.setFillColor(INK)
    canvas.setFont(BOLD, 9)
    canvas.drawString(edge, top, f"Compounding record {page.preparation}")
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
    canvas.drawString(edge, 12.5 * mm, f"Record digest {page.head}")
    who = f"printed {made.time(made.at)} {made.zone.key} by {made.by}, {made.software}"
    canvas.drawString(edge, 9.5 * mm, printable(who))
    canvas.drawRightString(edge + WIDTH, 9.5 * mm, number)
