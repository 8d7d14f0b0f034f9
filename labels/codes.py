"""Our own identifiers with their check character, and the modules and bars that carry them.

The libraries that draw symbols are loaded with the first one: most of the program only reads and writes identifiers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labels.trouble import LabelRefused

if TYPE_CHECKING:
    import zxingcpp

ID_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""The letters of an id: none of I, L, O, U, which are misread on paper."""
_CHECK_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
COUNTED = frozenset("FI")
"""Kinds that are printed in copies, each copy with its own code: final and in-process labels."""
KINDS = frozenset("PIFUTHSB")
"""P preparation, I in-process label, F final label, U unit, T tray, H cabinet, S station, B badge."""


@dataclass(frozen=True)
class ExpectedCode:
    field: str
    """Which part of the label it is: code, admin_code, or a command word."""
    data: bytes
    """Exactly what a decoder must give back."""
    aim: str
    """The AIM identifier it must come with: ]d1 DataMatrix, ]C0 Code 128."""


@dataclass(frozen=True)
class Grid:
    rows: tuple[tuple[bool, ...], ...]
    """True is black. A linear code is one row."""
    quiet: int
    """Modules kept white on either side."""
    expected: ExpectedCode
    """What it must decode to."""


def check_character(body: str) -> str:
    """Return the ISO 7064 MOD 37,36 check character of digits and capital letters."""
    product = 36
    for letter in body:
        total = (product + _CHECK_LETTERS.index(letter)) % 36 or 36
        product = total * 2 % 37
    return _CHECK_LETTERS[(37 - product) % 36]


def make(kind: str, code_id: str, copy: int | None = None) -> str:
    """Return `%VT-<kind>-<id><check>[-copy]%`.

    Kinds F and I need a copy from 1 to 99; U may have one; the others have none.
    Raises LabelRefused for an unknown kind, an id that is not 8 characters of ID_LETTERS, or a wrong copy.
    """
    if kind not in KINDS:
        raise LabelRefused("code", f"{kind!r} is not a kind of code")
    if not re.fullmatch(f"[{ID_LETTERS}]{{8}}", code_id):
        raise LabelRefused("code", f"the id {code_id!r} is not 8 of the characters {ID_LETTERS}")
    may_have = kind in COUNTED or kind == "U"
    if (copy is None and kind in COUNTED) or (copy is not None and not (may_have and 1 <= copy <= 99)):
        raise LabelRefused("copy", f"a code of kind {kind} cannot have the copy {copy}")
    tail = "" if copy is None else f"-{copy}"
    return f"%VT-{kind}-{code_id}{check_character(code_id)}{tail}%"


def command(word: str) -> str:
    """Return the code of a command card: `%VT-C-NEXT%`."""
    if not re.fullmatch("[A-Z]{3,12}|[A-Z][0-9A-Z]", word):
        raise LabelRefused(
            "word", f"{word!r} is neither a command word of 3 to 12 capital letters nor a typing card as N7 or LA"
        )
    return f"%VT-C-{word}%"


def spoken(code: str) -> str:
    """Return the letters printed beside a symbol: F-4M8D-0ZRW-P, copy 1."""
    kind, body, *copy = code.strip("%").split("-")[1:]
    return f"{kind}-{body[:4]}-{body[4:8]}-{body[8:]}" + (f", copy {copy[0]}" if copy else "")


def data_matrix(field: str, data: str) -> Grid:
    """Return the square DataMatrix of one of our codes, without its quiet zone."""
    import zxingcpp

    # Without force_square the writer may choose 12 x 26 or 8 x 32, which many imagers cannot read.
    symbol = zxingcpp.create_barcode(data, zxingcpp.BarcodeFormat.DataMatrix, force_square=True)
    return Grid(_modules(symbol), 2, ExpectedCode(field, data.encode("ascii"), "]d1"))


def qr_svg(text: str) -> str:
    """Return a QR code as an SVG picture with its quiet zone: for a telephone that reads it from a screen."""
    import zxingcpp

    symbol = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    drawn: str = symbol.to_svg(add_quiet_zones=True)
    return drawn


def gs1_data_matrix(field: str, elements: str) -> Grid:
    """Return the GS1 DataMatrix of element strings in brackets, (01)…(10)…: what stands on a vial."""
    import numpy as np
    import zxingcpp

    symbol = zxingcpp.create_barcode(elements, zxingcpp.BarcodeFormat.DataMatrix, force_square=True, gs1=True)
    (read,) = zxingcpp.read_barcodes(np.array(symbol.to_image(scale=4, add_quiet_zones=True)))
    return Grid(_modules(symbol), 2, ExpectedCode(field, bytes(read.bytes), "]d2"))


def code_128(field: str, data: str) -> Grid:
    """Return the bars of a Code 128 as one row of modules; printable ASCII only, 1 to 48 characters."""
    if not re.fullmatch(r"[\x20-\x7e]{1,48}", data):
        raise LabelRefused(field, "a Code 128 takes 1 to 48 printable ASCII characters")
    from barcode.codex import Code128

    (bars,) = Code128(data).build()
    return Grid((tuple(bar == "1" for bar in bars),), 10, ExpectedCode(field, data.encode("ascii"), "]C0"))


def qr_code(field: str, text: str) -> Grid:
    """Return the QR code of a text, without its quiet zone: for papers that are read at a desk, never for a label."""
    import zxingcpp

    symbol = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="L")
    return Grid(_modules(symbol), 4, ExpectedCode(field, text.encode(), "]Q1"))


def _modules(symbol: zxingcpp.Barcode) -> tuple[tuple[bool, ...], ...]:
    """Return the modules of a symbol without its quiet zone, True for black."""
    import numpy as np

    picture = np.array(symbol.to_image(scale=1, add_quiet_zones=False))
    return tuple(tuple(bool(v < 128) for v in row) for row in picture)
