"""Smaller copies of photos for a screen: made on the fly, kept for a while in memory. The original is never touched (R24)."""

from __future__ import annotations

import io
import threading
from collections import OrderedDict

from PIL import Image, ImageOps, UnidentifiedImageError

from app.record.blobs import Blobs, Damaged

THUMB_BYTES = 40 * 1024
"""Most bytes of a thumbnail (SCREENS 11)."""
THUMB_SIDE = 420
"""Longest side of a thumbnail in pixels."""
DISPLAY_SIDE = 1600
"""Longest side of the display size in pixels: enough to read a vial's label."""
MOST_PIXELS = 60_000_000
"""A picture with more is not opened: no camera of a station takes such."""


class Copies:
    """Remembers what it made, up to so many bytes; safe from every thread."""

    def __init__(self, most_bytes: int = 48 * 1024 * 1024) -> None:
        """Keep at most this many bytes."""
        self._most = most_bytes
        self._held = 0
        self._kept: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._guard = threading.Lock()

    def get(self, blobs: Blobs, sha256: str, size: str) -> bytes | Damaged | None:
        """Return a JPEG of the photo, size thumb or display; Damaged or None where the original is."""
        with self._guard:
            known = self._kept.get((sha256, size))
            if known is not None:
                self._kept.move_to_end((sha256, size))
                return known
        original = blobs.get(sha256)
        if original is None or isinstance(original, Damaged):
            return original
        try:
            made = thumbnail(original) if size == "thumb" else display(original)
        except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as trouble:
            return Damaged(sha256, f"the file {sha256} cannot be shown as a picture ({type(trouble).__name__})")
        self._keep((sha256, size), made)
        return made

    def _keep(self, key: tuple[str, str], made: bytes) -> None:
        with self._guard:
            if key not in self._kept:
                self._kept[key] = made
                self._held += len(made)
            while self._held > self._most and len(self._kept) > 1:
                _, gone = self._kept.popitem(last=False)
                self._held -= len(gone)


def _small(original: bytes, side: int) -> Image.Image:
    with Image.open(io.BytesIO(original), formats=("JPEG", "PNG")) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            raise ValueError(f"{opened.width} x {opened.height} pixels are too many")
        opened.draft("RGB", (side, side))
        upright = ImageOps.exif_transpose(opened)
        picture = upright.convert("RGB")
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    return picture


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()


def thumbnail(original: bytes) -> bytes:
    """Return a JPEG of at most 40 KB. Raises OSError or ValueError for what is no picture."""
    picture = _small(original, THUMB_SIDE)
    for quality in (75, 60, 45, 30):
        made = _jpeg(picture, quality)
        if len(made) <= THUMB_BYTES:
            return made
    picture.thumbnail((THUMB_SIDE // 2, THUMB_SIDE // 2))
    return _jpeg(picture, 40)


def display(original: bytes) -> bytes:
    """Return a JPEG of 1,600 pixels on its longest side, or of the original's size where that is smaller."""
    return _jpeg(_small(original, DISPLAY_SIDE), 88)


def media_type(content: bytes) -> str | None:
    """Return image/jpeg or image/png by content, or None: nothing else is ever served as a picture (Q54)."""
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return "image/png" if content.startswith(b"\x89PNG\r\n\x1a\n") else None
