"""One label, drawn once, in every output, and read back before anyone gets it."""

from __future__ import annotations

import hashlib
import threading
import unicodedata
from dataclasses import dataclass
from typing import Literal, TypeAlias

from labels import typefaces
from labels.codes import ExpectedCode
from labels.drawing import Drawing
from labels.kinds import KINDS, Kind
from labels.label import Label
from labels.stock import PROFILES, STOCKS, Profile, Stock
from labels.trouble import LabelRefused
from labels.wording import unprintable

Out: TypeAlias = Literal["pdf", "png", "zpl"]

ONE_AT_A_TIME = threading.Lock()
"""Neither the PDF writer's fonts nor the rasteriser may be used by two threads at once."""


@dataclass(frozen=True)
class Rendered:
    pdf: bytes
    """The document that is printed and kept."""
    png: bytes
    """The same at the printer's dots, black and white."""
    codes: tuple[ExpectedCode, ...]
    """Every symbol on it; each was read back exactly once."""
    sha256: str
    """Of the PDF, lower-case hex: what the record keeps."""
    zpl: bytes
    """The same dots for a ZPL printer; empty unless asked for."""
    out: Out
    """Which of them was asked for."""

    @property
    def body(self) -> bytes:
        """The bytes of the output that was asked for."""
        return {"pdf": self.pdf, "png": self.png, "zpl": self.zpl}[self.out]


def render(label: Label, stock: str | None = None, dpi: int = 203, out: Out = "pdf") -> Rendered:
    """Draw a label on a stock (its kind's own, if none is named) for a printer of 203, 300 or 305 dots an inch.

    The symbols have been read back from the very dots. Raises LabelRefused or DoesNotFit, with the field and words.
    """
    if out not in {"pdf", "png", "zpl"}:
        raise LabelRefused("out", f"{out!r} is not an output: use pdf, png or zpl")
    from labels import check, pdf, png, zpl  # the libraries behind them are loaded with the first label

    kind = _kind_of(label)
    on, profile = _stock(stock or kind.stock), _profile(dpi)
    with ONE_AT_A_TIME:
        drawing = kind.draw(label, on, profile, typefaces.width)
        _refuse_unprintable(drawing)
        document = pdf.to_pdf(drawing)
        picture = png.to_picture(document, on.width, on.height, profile)
        check.decode_back(picture, drawing.expected)
        dots = png.to_png(picture, profile)
        spoken = zpl.to_zpl(picture) if out == "zpl" else b""
    return Rendered(document, dots, drawing.expected, hashlib.sha256(document).hexdigest(), spoken, out)


def for_zpl(document: bytes, dpi: int, roll_mm: float = 0) -> bytes:
    """Return a label's PDF, drawn and kept before, as ZPL for a printer of 203, 300 or 305 dots an inch.

    `roll_mm`: length of one label on the printer's roll, 0 where it is not known. Raises LabelRefused for a longer label.
    """
    from labels import png, zpl

    with ONE_AT_A_TIME:
        (wide, long), profile = png.page_mm(document), _profile(dpi)
        if roll_mm and long > roll_mm + 1:
            raise LabelRefused("roll", f"this label is {long:.0f} mm long, and one of the roll {roll_mm:.0f} mm")
        return zpl.to_zpl(png.to_picture(document, wide, long, profile), profile.dots(roll_mm))


def try_out(label: Label, stock: str | None = None) -> None:
    """Lay a label out on a stock (its kind's own, if none is named) without drawing it: quick enough to ask beforehand.

    Raises LabelRefused or DoesNotFit as `render` would; only the reading back of the symbols is left to it.
    """
    kind = _kind_of(label)
    with ONE_AT_A_TIME:
        _refuse_unprintable(kind.draw(label, _stock(stock or kind.stock), _profile(203), typefaces.width))


def _kind_of(label: Label) -> Kind:
    for kind in KINDS.values():
        if type(label) is kind.label:
            return kind
    raise LabelRefused("kind", f"no kind of label draws a {type(label).__name__}")


def _stock(named: str) -> Stock:
    if named not in STOCKS:
        raise LabelRefused("stock", f"{named!r} is not a stock: use one of {', '.join(STOCKS)}")
    return STOCKS[named]


def _profile(dpi: int) -> Profile:
    if dpi not in PROFILES:
        raise LabelRefused("dpi", f"{dpi} is not a printer profile: use one of {', '.join(map(str, PROFILES))}")
    return PROFILES[dpi]


def _refuse_unprintable(drawing: Drawing) -> None:
    for run in drawing.runs:
        why = unprintable(run.text)
        if why:
            raise LabelRefused(run.field, why)
        character = typefaces.missing(run.text, run.face)
        if character:
            called = unicodedata.name(character, "a character without a name")
            raise LabelRefused(run.field, f"the typeface has no shape for {character!r} ({called}): correct the text")
