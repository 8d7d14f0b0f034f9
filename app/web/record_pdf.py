"""The compounding record on paper: all that R48 and R52 ask for, every page numbered, with zone and digest."""

from __future__ import annotations

import html
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import reportlab.lib.colors
import reportlab.lib.styles
import reportlab.platypus
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from app.desk.story import TO_LOOK_AT, Told
from app.web.frame import visible
from app.web.record_page import RecordPage
from labels import typefaces

flow: Any = reportlab.platypus
"""ReportLab carries no types."""
HexColor: Any = reportlab.lib.colors.HexColor
ParagraphStyle: Any = reportlab.lib.styles.ParagraphStyle
SANS, BOLD = typefaces.name("condensed"), typefaces.name("condensed-bold")
INK, QUIET, SOFT, RED = (HexColor(f"#{code}") for code in ("101418", "454b52", "e3ebef", "a30000"))
BODY = ParagraphStyle("body", fontName=SANS, fontSize=8, leading=10, textColor=INK)
SMALL = ParagraphStyle("small", parent=BODY, fontSize=6.6, leading=8.2, textColor=QUIET)
HEAD = ParagraphStyle("head", parent=BODY, fontName=BOLD, fontSize=10.5, leading=13, spaceBefore=9, spaceAfter=3)
TITLE = ParagraphStyle("title", parent=BODY, fontName=BOLD, fontSize=15, leading=19)
WIDTH = 178 * mm
NORTH_AMERICA = ("America/", "US/", "Canada/")


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


def compounding_record(page: RecordPage, thumbs: Mapping[str, bytes], made: Print) -> bytes:
    """Return the PDF; `thumbs` are small JPEGs of the photos by SHA-256, without those that may not be shown."""
    out = io.BytesIO()
    paper = _letter_or_a4(made.zone)
    document = flow.BaseDocTemplate(
        out, pagesize=paper, title=f"Compounding record {page.preparation}", author=made.site, creator=made.software
    )
    edge = (paper[0] - WIDTH) / 2
    frame = flow.Frame(edge, 19 * mm, WIDTH, paper[1] - 37 * mm, 0, 0, 0, 0)
    document.addPageTemplates([flow.PageTemplate(id="page", frames=[frame])])
    document.build(_story(page, thumbs, made), canvasmaker=_numbered(page, made, edge))
    return out.getvalue()


def _letter_or_a4(zone: ZoneInfo) -> tuple[float, float]:
    american = zone.key.startswith(NORTH_AMERICA)
    return (612.0, 792.0) if american else A4


def _numbered(page: RecordPage, made: Print, edge: float) -> type:
    """Return a canvas that knows how many pages there are before it draws the first footer."""

    class Numbered(Canvas):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)  # type: ignore[no-untyped-call]  # reportlab carries no types
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
    canvas.drawRightString(edge + WIDTH, top, str(visible(made.site)))
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
    who = visible(f"printed {made.time(made.at)} {made.zone.key} by {made.by}, {made.software}")
    canvas.drawString(edge, 9.5 * mm, str(who))
    canvas.drawRightString(edge + WIDTH, 9.5 * mm, number)


def _text(words: object, style: Any = BODY) -> Any:
    return flow.Paragraph(html.escape(str(visible(str(words)))), style)


def _bold(words: str) -> Any:
    return flow.Paragraph(f'<font name="{BOLD}">{html.escape(str(visible(words)))}</font>', BODY)


def _table(
    rows: Iterable[Iterable[Any]], widths: Iterable[float], *, head: bool = True, lines: Iterable[Any] = ()
) -> Any:
    style = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.25, HexColor("#c9d1d8")),
        ("TOPPADDING", (0, 0), (-1, -1), 1.4),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1.8),
        ("LEFTPADDING", (0, 0), (-1, -1), 2),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        *([("BACKGROUND", (0, 0), (-1, 0), SOFT)] if head else []),
        *lines,
    ]
    cells = [[cell if not isinstance(cell, str) else _text(cell) for cell in row] for row in rows]
    return flow.Table(cells, colWidths=[width * mm for width in widths], style=style, repeatRows=1 if head else 0)


def _story(page: RecordPage, thumbs: Mapping[str, bytes], made: Print) -> list[Any]:
    return [
        _text(f"{page.drug} {page.dose}, {page.container}, {page.route}", TITLE),
        _product(page, made),
        _text("Dose: ordered, to be made, found", HEAD),
        _table([[f"{one.what}: {one.value}", one.note] for one in page.figures], (60, 118), head=False),
        _text("Ordered and expected beside found, with how each number came about", HEAD),
        _numbers(page),
        _text("Components", HEAD),
        _components(page),
        _text("Checks of quality", HEAD),
        *_quality(page, made),
        _text("Near misses and everything out of the ordinary", HEAD),
        *_unusual(page, made),
        _text("Signatures", HEAD),
        *_signatures(page, made),
        _text("Photos, with the SHA-256 of each original", HEAD),
        *_photos(page, thumbs, made),
        _text("Every event", HEAD),
        _events(page, made),
        flow.Spacer(1, 4),
        _text(
            f"{page.version} events. Each carries a digest over itself and all before it; the last is {page.head}. "
            f"Whether the record was changed later is checked with the command vialtrace record verify.",
            SMALL,
        ),
    ]


def _product(page: RecordPage, made: Print) -> Any:
    patient = f"{page.patient.name}, {page.patient.number}"
    patient += f", born {page.patient.born}" if page.patient.born else ""
    rows = [
        ("patient", patient),
        ("internal identification", page.preparation),
        ("final concentration", _found(page, "final concentration")),
        ("final yield", _yield(page)),
        ("use before", _found(page, "beyond use")),
        ("storage and stability", next((line.wanted for line in page.rows if line.what == "beyond use"), "")),
        ("verified by", ", ".join(dict.fromkeys(line.who for line in page.signatures))),
        ("opened", made.time(page.opened)),
        ("needed by", made.time(page.due)),
        ("state", page.state + (f", outcome {page.outcome}" if page.outcome else "")),
        *page.people,
        ("values changed since first entry", str(page.changed) if page.changed else "none"),
        ("replaced by", page.replaced_by),
        ("times", f"in {made.zone.key}"),
    ]
    return _table([[_bold(name), words] for name, words in rows if words], (48, 130), head=False)


def _found(page: RecordPage, what: str) -> str:
    return next((line.found for line in page.rows if line.what == what), "")


def _yield(page: RecordPage) -> str:
    dose, gain = _found(page, "DOSE"), _found(page, "bag gain")
    return f"1 {page.container}, {dose} by weighed draws, container gained {gain}" if dose and gain else ""


def _numbers(page: RecordPage) -> Any:
    rows: list[list[Any]] = [
        [_bold(word) for word in ("What", "Ordered, expected", "Found", "Difference", "Limit", "")]
    ]
    for line in page.rows:
        verdict = {True: "inside", False: "OUTSIDE", None: ""}[line.right]
        found: Any = line.found or "-"
        if line.formula and line.found:
            found = [_bold(line.found) if line.strong else _text(line.found), _text(line.formula, SMALL)]
        what = _bold(line.what) if line.strong else line.what
        rows.append([what, line.wanted, found, line.difference, line.limit, verdict])
    return _table(rows, (28, 36, 52, 20, 29, 13))


def _components(page: RecordPage) -> Any:
    rows: list[list[Any]] = [
        [_bold(word) for word in ("Name, strength, form", "NDC", "Lot", "Expiry", "As", "Identified")]
    ]
    for one in page.components:
        how = one.how if one.fate == "in it" else one.fate
        rows.append([one.text, one.ndc or "-", one.lot, one.expiry, one.role, how])
    if not page.components:
        rows.append(["nothing was brought in", "", "", "", "", ""])
    return _table(rows, (66, 26, 22, 20, 16, 28))


def _quality(page: RecordPage, made: Print) -> list[Any]:
    marks = ("mixed", "scanned on the bag")
    looked = [line for line in page.lines if line.kind == "Accepted" and any(mark in line.title for mark in marks)]
    said = [
        f"{made.time(line.at)} {line.title.removeprefix('Accepted: ')}: {line.details[0]} ({line.who})"
        for line in looked
    ]
    said += [
        f"photo {one.number}, {one.expected.title}: judged sharp and well exposed when taken"
        for one in page.photos
        if one.size
    ]
    return [_text(one) for one in said or ["none yet"]]


def _unusual(page: RecordPage, made: Print) -> list[Any]:
    lines = [line for line in page.lines if line.mark in TO_LOOK_AT or line.mark == "refused"]
    if not lines:
        return [_text("none")]
    rows = [[made.time(line.at), _bold(line.mark), _words(line), line.who] for line in lines]
    return [_table(rows, (28, 20, 100, 30), head=False)]


def _words(line: Told) -> list[Any]:
    words = [_text(line.title)]
    if line.old:
        words.append(_text(f"event {line.of_version}: old “{line.old}”, new “{line.new}”"))
    if line.corrected_by:
        events = ", ".join(str(number) for number in line.corrected_by)
        words.append(_bold(f"CHANGED SINCE FIRST ENTRY: see event {events}"))
    return [*words, *(_text(one, SMALL) for one in line.details)]


def _signatures(page: RecordPage, made: Print) -> list[Any]:
    if not page.signatures:
        return [_text("none yet")]
    rows: list[list[Any]] = [[_bold(word) for word in ("Printed name", "Time", "Meaning and proof")]]
    for line in page.signatures:
        rows.append(
            [_bold(line.who), made.time(line.at), [_text(line.title), *(_text(one, SMALL) for one in line.details)]]
        )
    return [_table(rows, (40, 32, 106))]


def _photos(page: RecordPage, thumbs: Mapping[str, bytes], made: Print) -> list[Any]:
    cells = [
        _photo(one.number, one.sha256, one.expected.title, f"{made.time(one.taken)}, {one.by}", thumbs)
        for one in page.photos
    ]
    if not cells:
        return [_text("none")]
    rows = [[*cells[at : at + 3], *[""] * (3 - len(cells[at : at + 3]))] for at in range(0, len(cells), 3)]
    return [_table(rows, (59.3, 59.3, 59.3), head=False)]


def _photo(number: int, sha256: str, title: str, taken: str, thumbs: Mapping[str, bytes]) -> list[Any]:
    words = [_bold(f"{number} {title}"), _text(taken, SMALL), _text(f"SHA-256 {sha256}", SMALL)]
    if sha256 not in thumbs:
        return [_text("(picture held back, damaged or purged)"), *words]
    picture = flow.Image(io.BytesIO(thumbs[sha256]), width=55 * mm, height=36 * mm, kind="proportional")
    picture.hAlign = "LEFT"
    return [picture, *words]


def _events(page: RecordPage, made: Print) -> Any:
    rows: list[list[Any]] = [[_bold(word) for word in ("No.", "Time", "What happened", "Who, where")]]
    for line in page.lines:
        who = [_text(line.who), *([_text(f"with {line.second}")] if line.second else []), _text(line.station, SMALL)]
        rows.append([str(line.version or "-"), made.time(line.at), _words(line), who])
    return _table(rows, (9, 28, 108, 33))
