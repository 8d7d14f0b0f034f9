"""Reads a rasterised label back before anyone prints it: every symbol once, with the bytes and identifier meant."""

from __future__ import annotations

from collections import Counter

import zxingcpp
from PIL import Image

from labels.codes import ExpectedCode
from labels.trouble import LabelRefused

_FORMATS = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.DataMatrix, zxingcpp.BarcodeFormat.Code128])


def symbols_on(picture: Image.Image) -> Counter[tuple[bytes, str]]:
    """Return the decoded bytes and AIM identifier of every symbol on a picture, and how often each was found."""
    grey = picture.convert("L")
    found = zxingcpp.read_barcodes(grey, formats=_FORMATS, try_downscale=False)
    return Counter((bytes(one.bytes), str(one.symbology_identifier)) for one in found)


def decode_back(picture: Image.Image, expected: tuple[ExpectedCode, ...]) -> None:
    """Raise LabelRefused, naming the field, unless the picture carries exactly the expected symbols, each once."""
    found = symbols_on(picture)
    for code in expected:
        times = found.pop((code.data, code.aim), 0)
        if times != 1:
            says = f"the symbol {code.data.decode('ascii')} was read {times} times instead of once: nothing is printed"
            raise LabelRefused(code.field, says)
    if found:
        (data, aim), _ = found.most_common(1)[0]
        raise LabelRefused("code", f"the symbol {aim}{data!r} stands on the label unasked: nothing is printed")
