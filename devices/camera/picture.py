"""The outside of an encoded picture: what it is by its content, and how large, read without decoding it.

Not here: the pixels. A picture that claims more than 25 megapixels is refused before anything is unpacked (B33).
Source: ISO/IEC 10918-1 (JPEG markers), W3C PNG, the WebP container specification.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

MOST_PIXELS = 25_000_000
JPEG, PNG, WEBP = "image/jpeg", "image/png", "image/webp"

NOT_AN_IMAGE = "not an image"
TOO_MANY_PIXELS = "more than 25 megapixels"

_PNG = b"\x89PNG\r\n\x1a\n"
_NO_FRAME = frozenset({0xC4, 0xC8, 0xCC})  # in the range of the frame markers, but tables
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a length


@dataclass(frozen=True)
class Outside:
    """What the first bytes of a picture say of it."""

    media_type: str
    """image/jpeg, image/png or image/webp, from the content and never from a name."""
    width: int
    """Pixels as stored, at least 1, before any turn that its camera noted."""
    height: int
    """Pixels as stored, at least 1."""


def look(data: bytes, media_types: frozenset[str] = frozenset({JPEG, PNG})) -> Outside | str:
    """Return type and size of a whole encoded picture, or why it is refused, in words: NOT_AN_IMAGE or TOO_MANY_PIXELS.

    A picture of another type than `media_types`, or one that was cut off, is not an image.
    """
    found = _jpeg(data) or _png(data) or _webp(data)
    if found is None or found.media_type not in media_types or min(found.width, found.height) < 1:
        return NOT_AN_IMAGE
    return TOO_MANY_PIXELS if found.width * found.height > MOST_PIXELS else found


def _png(data: bytes) -> Outside | None:
    if not data.startswith(_PNG) or data[12:16] != b"IHDR" or len(data) < 45 or not _png_is_whole(data):
        return None
    width, height = struct.unpack(">II", data[16:24])
    return Outside(PNG, width, height)


def _png_is_whole(data: bytes) -> bool:
    place = len(_PNG)
    while place + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, place)
        if data[place + 4 : place + 8] == b"IEND":
            return True
        place += 12 + length
    return False


def _jpeg(data: bytes) -> Outside | None:
    """Walk the markers to the frame's size and to the scan; a whole picture has an end marker behind the scan."""
    if not data.startswith(b"\xff\xd8\xff"):
        return None
    size: tuple[int, int] | None = None
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if marker == 0xFF or marker in _ALONE:
            place += 1 if marker == 0xFF else 2
            continue
        if marker == 0xDA:
            return Outside(JPEG, *size) if size and data.find(b"\xff\xd9", place) >= 0 else None
        if 0xC0 <= marker <= 0xCF and marker not in _NO_FRAME and size is None:
            if place + 9 > len(data):
                return None
            height, width = struct.unpack_from(">HH", data, place + 5)
            size = width, height
        (length,) = struct.unpack_from(">H", data, place + 2)
        place += 2 + length
    return None


def _webp(data: bytes) -> Outside | None:
    if len(data) < 30 or data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return None
    if struct.unpack_from("<I", data, 4)[0] + 8 > len(data):
        return None
    kind = data[12:16]
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return Outside(WEBP, width & 0x3FFF, height & 0x3FFF)
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return Outside(WEBP, (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8X":
        width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
        return Outside(WEBP, width, height)
    return None
