"""Rasterises the PDF at the printer's own dots: black or white, no dithering. What this shows is what is printed."""

from __future__ import annotations

import io
from typing import Any

import pypdfium2
from PIL import Image

from labels.stock import Profile
from labels.typefaces import MM_PER_POINT

_THRESHOLD = 128


def to_picture(pdf: bytes, width_mm: float, height_mm: float, profile: Profile) -> Image.Image:
    """Return the first page as a 1-bit picture of exactly the profile's dots: cropped to whole dots, never scaled."""
    dots = profile.dots(width_mm), profile.dots(height_mm)
    points = profile.dot / MM_PER_POINT
    document: Any = pypdfium2.PdfDocument(pdf)  # type: ignore[no-untyped-call]  # pypdfium2 carries no types
    try:
        page = document[0]
        top = height_mm / MM_PER_POINT
        page.set_cropbox(0, top - dots[1] * points, dots[0] * points, top)
        # A hair under the true scale: the renderer rounds the size up, and must end on exactly these dots.
        bitmap = page.render(scale=(1 - 1e-6) / points, grayscale=True)
        picture: Image.Image = bitmap.to_pil().convert("L")
        bitmap.close()
        page.close()
    finally:
        document.close()
    if picture.size != dots:
        raise RuntimeError(f"the rasteriser made {picture.size} dots instead of {dots}")
    return picture.point([0] * _THRESHOLD + [255] * (256 - _THRESHOLD)).convert("1", dither=Image.Dither.NONE)


def page_mm(pdf: bytes) -> tuple[float, float]:
    """Return width and height of the first page in millimetres: the stock that it was drawn for."""
    document: Any = pypdfium2.PdfDocument(pdf)  # type: ignore[no-untyped-call]  # pypdfium2 carries no types
    try:
        page = document[0]
        width, height = page.get_size()
        page.close()
    finally:
        document.close()
    return round(width * MM_PER_POINT, 3), round(height * MM_PER_POINT, 3)


def to_png(picture: Image.Image, profile: Profile) -> bytes:
    """Return the picture as PNG, its resolution written in."""
    out = io.BytesIO()
    per_inch = profile.dots_per_mm * 25.4
    picture.save(out, format="PNG", dpi=(per_inch, per_inch), optimize=False)
    return out.getvalue()
