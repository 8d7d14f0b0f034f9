"""The label that shows how a printer prints: a ruler, a frame, every typeface, both symbols. Read back before it is handed out.

Its code stands on it as a symbol alone: who gives it has scanned the paper.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from labels import check, codes, pdf, png, typefaces
from labels.drawing import Box, Drawing, Fill, Run
from labels.kinds.common import marks
from labels.label import Label
from labels.layout import Beside, Block, Spring, Symbol, Words, lay_out
from labels.rendering import ONE_AT_A_TIME
from labels.stock import PROFILES, STOCKS, Profile, Stock
from labels.wording import stamp
from labels.wrapping import Piece

SAMPLE = "Il1 O0 8B 5S 0.5 mg 1,000 mL °C é ñ ü Ž"
"""What is confused where letters are small or a head is worn."""
_RULER = 6.0
"""Millimetres kept for it at the foot."""
_FEW = 1.0
"""Millimetres between the frame and what stands in it."""


@dataclass(frozen=True, kw_only=True)
class PrinterTest(Label):
    """What is said of the printer that is tried."""

    code_id: str
    """8 characters of codes.ID_LETTERS, new for each test."""
    station: str
    """Where it stands."""
    printer: str
    """As the record names it."""
    at: datetime
    """When it was asked for."""
    zone: str
    """The site's time zone, an IANA name."""


def draw(label: PrinterTest, stock: str, dpi: int) -> bytes:
    """Return the test label as a PDF for a stock and a printer of 203, 300 or 305 dots an inch.

    Raises LabelRefused or DoesNotFit, as any label does.
    """
    with ONE_AT_A_TIME:
        return _draw(label, STOCKS[stock], dpi)


def _draw(label: PrinterTest, on: Stock, dpi: int) -> bytes:
    profile = PROFILES[dpi]
    inner = replace(on, height=on.height - _RULER, margin=on.margin + _FEW)
    said = lay_out(_blocks(label, on, dpi, profile), inner, profile, typefaces.width)
    lines: list[Box] = [*_frame(on, profile), *_ruler(on, profile)]
    numbers = [_number(mm, on) for mm in range(10, int(on.width - 2 * on.margin), 10)]
    fills = [box for box in said.boxes if isinstance(box, Fill)]
    rest = [box for box in said.boxes if not isinstance(box, Fill)]
    drawing = Drawing(on.width, on.height, (*fills, *lines, *rest, *numbers))
    made = pdf.to_pdf(drawing)
    check.decode_back(png.to_picture(made, on.width, on.height, profile), drawing.expected)
    return made


def _blocks(label: PrinterTest, on: Stock, dpi: int, profile: Profile) -> tuple[Block, ...]:
    module = profile.whole(0.5, least=4)
    matrix = Symbol(codes.data_matrix("code", codes.make("S", label.code_id)), module, module)
    bars = Symbol(codes.code_128("bars", "770012345601"), profile.whole(0.3, least=3), 7.0, align="left")
    what = f"{label.station}: {on.name} mm, {dpi} dots an inch, {stamp(label.at, label.zone)}"
    left = (
        Words((Piece("title", "Test label: not for a container", "bold"),), 12.0, 8.0),
        Words((Piece("printer", label.printer, "condensed"),), 9.0, 7.0, 0.3),
        Words((Piece("what", what, "condensed"),), 9.0, 7.0, 0.3),
    )
    faces = tuple(
        Words((Piece(face, SAMPLE, face),), 8.0, 7.0, 0.2) for face in ("sans", "bold", "condensed", "condensed-bold")
    )
    return *marks(label, 9.0), Beside(left, (matrix,), 16.0, 0.5), Spring(), *faces, Spring(), bars


def _frame(on: Stock, profile: Profile) -> tuple[Fill, ...]:
    """Return the edge of what may be printed on: a side that is missing on paper is a printer set up wrong."""
    thick, edge = profile.whole(0.25, least=2), on.margin
    wide, tall = on.width - 2 * edge, on.height - 2 * edge
    return (
        Fill("line", edge, edge, wide, thick),
        Fill("line", edge, on.height - edge - thick, wide, thick),
        Fill("line", edge, edge, thick, tall),
        Fill("line", on.width - edge - thick, edge, thick, tall),
    )


def _ruler(on: Stock, profile: Profile) -> tuple[Fill, ...]:
    """Return a stroke each 5 mm from the frame's left edge, the longer ones each 10 mm."""
    thick, foot = profile.whole(0.25, least=2), on.height - on.margin
    ticks = range(5, int(on.width - 2 * on.margin), 5)
    tall = {mm: 2.4 if mm % 10 == 0 else 1.4 for mm in ticks}
    return tuple(Fill("line", on.margin + mm - thick / 2, foot - tall[mm], thick, tall[mm]) for mm in ticks)


def _number(mm: int, on: Stock) -> Run:
    text = f"{mm} mm" if mm == 10 else str(mm)
    width = typefaces.width(text, "condensed", 7.0)
    return Run("ruler", on.margin + mm - width / 2, on.height - on.margin - 5.2, width, 2.6, text, "condensed", 7.0)
