"""Writes a label for ZPL printers: the very dots of the preview as one picture, so that nobody's name is ever a command."""

from __future__ import annotations

import base64
import binascii
import zlib

from PIL import Image


def to_zpl(picture: Image.Image, length: int = 0) -> bytes:
    """Return one label of this 1-bit picture: ^GFA, compressed (Z64) with its CRC-16/XMODEM, one copy.

    `length`: dots of one label on the roll, where the label is to be said to be as long as that; else the picture's own.

    Source: Zebra ZPL II guide, ^GF. A 1 is a black dot; each row fills whole bytes; the CRC is four upper-case hex digits.
    """
    width, height = picture.size
    row = (width + 7) // 8
    black = picture.convert("1").point([255] + [0] * 255).tobytes()  # Pillow writes white as 1
    packed = base64.b64encode(zlib.compress(_padded_white(black, width, row), 9))
    size = row * height
    field = f"^GFA,{size},{size},{row},:Z64:{packed.decode('ascii')}:{binascii.crc_hqx(packed, 0):04X}"
    return f"^XA^PW{width}^LL{length or height}^FO0,0{field}^FS^PQ1,0,1,Y^XZ".encode("ascii")


def _padded_white(rows: bytes, width: int, row: int) -> bytes:
    """Return the rows with the bits beyond the picture's edge 0, which prints nothing."""
    spare = row * 8 - width
    if not spare:
        return rows
    made = bytearray(rows)
    for last in range(row - 1, len(made), row):
        made[last] &= 0xFF << spare & 0xFF
    return bytes(made)
