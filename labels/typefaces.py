"""The four embedded typefaces: DejaVu Sans, Bold, Condensed, Condensed Bold, from labels/fonts/ and nowhere else.

They are read with the first text that is measured or drawn.
"""

from __future__ import annotations

import threading
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reportlab.pdfbase.ttfonts import TTFont

FILES = {
    "sans": "DejaVuSans.ttf",
    "bold": "DejaVuSans-Bold.ttf",
    "condensed": "DejaVuSansCondensed.ttf",
    "condensed-bold": "DejaVuSansCondensed-Bold.ttf",
}
ASCENT = 0.928
"""Of an em: the top of an accented capital over the baseline (the font's own hhea table)."""
DESCENT = 0.236
"""Of an em: the lowest tail under the baseline."""
LOW_ASCENT = 0.77
"""Of an em: the top of a plain capital, a figure or a bracket over the baseline."""
_LOW = frozenset(map(chr, range(0x20, 0x7F))) - {"`"} | frozenset("\u00a0–—°×·’…")
"""Characters no taller than that, in any of the faces."""
MM_PER_POINT = 25.4 / 72
_ONCE = threading.Lock()


def name(face: str) -> str:
    """Return the name a face is registered under in ReportLab."""
    return str(_face(face).fontName)


def _face(face: str) -> TTFont:
    with _ONCE:
        return _registered()[face]


@cache
def _registered() -> dict[str, TTFont]:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    faces = {}
    for face, file in FILES.items():
        with resources.as_file(resources.files("labels").joinpath("fonts", file)) as path:
            faces[face] = TTFont(f"vialtrace-{face}", str(path))  # type: ignore[no-untyped-call]  # reportlab carries no types
        pdfmetrics.registerFont(faces[face])  # type: ignore[no-untyped-call]  # reportlab carries no types
    return faces


def width(text: str, face: str, size: float) -> float:
    """Return how wide a text is, in millimetres, at `size` points in the face that draws it."""
    return _ems(text, face) * size * MM_PER_POINT


@lru_cache(maxsize=2048)
def _ems(text: str, face: str) -> float:
    """Return the width in ems: a label is measured at many sizes before one fits."""
    return float(_face(face).stringWidth(text, 1))  # type: ignore[no-untyped-call]  # reportlab carries no types


def ascent(text: str) -> float:
    """Return how many ems a text rises over its baseline: what is not known to be low counts as an accented capital."""
    return LOW_ASCENT if _LOW.issuperset(text) else ASCENT


def missing(text: str, face: str) -> str | None:
    """Return the first character the face has no shape for, or None."""
    known = _face(face).face.charToGlyph
    return next((character for character in text if ord(character) not in known), None)
