"""Inside the worker process: one picture, the decoders' passes over it, and what they saw. Nothing here judges.

Runs only in the worker (worker.py): a crafted picture can hold or end the process it is decoded in (B33).
Source: zxing-cpp 3.1 in TextMode.Plain (B31); pyzbar as a second look at EAN/UPC and Code 128 only.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray
from pyzbar import pyzbar
from pyzbar.pyzbar_error import PyZbarError

from devices.camera.quality import Grey, decoded, measure
from devices.camera.seen import MATRIX, SOUND, Corners, Request, Seen, SeenCode
from devices.scanner.retail import expand_upc_e

_NAMES = {
    "DataBarStk": "DataBarStacked",
    "DataBarLtd": "DataBarLimited",
    "DataBarExp": "DataBarExpanded",
    "DataBarExpStk": "DataBarExpandedStacked",
    "ITF14": "ITF",
    "UPCA": "EAN13",
    "PZN": "Code39",
    "Code39Std": "Code39",
    "Code39Ext": "Code39",
}
"""Our names where zxing-cpp's differ; a PZN is a Code 39, a UPC-A an EAN-13 (B30)."""
_F = zxingcpp.BarcodeFormat
_FORMATS = {
    "DataMatrix": _F.DataMatrix,
    "QRCode": _F.QRCode,
    "Code128": _F.Code128,
    "Code39": _F.Code39,
    "Code32": _F.Code32,
    "EAN13": _F.EAN13,
    "EAN8": _F.EAN8,
    "UPCE": _F.UPCE,
    "ITF": _F.ITF,
    "DataBarOmni": _F.DataBarOmni,
    "DataBarStacked": _F.DataBarStk,
    "DataBarLimited": _F.DataBarLtd,
    "DataBarExpanded": _F.DataBarExp,
    "DataBarExpandedStacked": _F.DataBarExpStk,
}
_ZBAR_RETAIL = (pyzbar.ZBarSymbol.EAN13, pyzbar.ZBarSymbol.EAN8, pyzbar.ZBarSymbol.UPCE)
_SECOND_LOOK = {
    "EAN13": _ZBAR_RETAIL,
    "EAN8": _ZBAR_RETAIL,
    "UPCE": _ZBAR_RETAIL,
    "Code128": (pyzbar.ZBarSymbol.CODE128,),
}
"""The symbols pyzbar is asked for where zxing-cpp saw one of these; it is asked for nothing else."""
_RETRY_SHARE = 0.3
"""Retries begin only in this first share of the time allowed, so that a picture without code ends before its
deadline."""


def look(request: Request) -> Seen | None:
    """Return what is in the picture; None if it cannot be unpacked or examined (B34)."""
    started = time.monotonic()
    grey = decoded(request.image)
    if grey is None:
        return None
    height, width = grey.shape
    try:
        quality = measure(grey)
        codes, vetoed, pass_name = _search(grey, request, started)
    except (cv2.error, ValueError, TypeError, ZeroDivisionError, MemoryError, PyZbarError):
        return None
    return Seen(width, height, quality, codes, vetoed, pass_name)


def _search(grey: Grey, request: Request, started: float) -> tuple[tuple[SeenCode, ...], bool, str]:
    codes = _read(grey, request.symbologies)
    if codes:
        return *_second_look(grey, codes), "plain"
    for name, retry, symbologies, binarizer, back in _retries(grey, request.symbologies):
        if time.monotonic() - started > _RETRY_SHARE * request.seconds:
            break
        codes = _read(retry, symbologies, binarizer)
        if codes:
            codes, vetoed = _second_look(retry, codes)
            return tuple(_moved(code, back) for code in codes), vetoed, name
    return (), False, ""


_Retry = tuple[str, Grey, tuple[str, ...], zxingcpp.Binarizer, NDArray[np.float64] | None]


def _retries(grey: Grey, symbologies: tuple[str, ...]) -> Iterator[_Retry]:
    """Yield the further passes: for matrix codes smoothing and another threshold, for linear ones turns (B36)."""
    local = zxingcpp.Binarizer.LocalAverage
    matrix = tuple(name for name in symbologies if name in MATRIX)
    linear = tuple(name for name in symbologies if name not in MATRIX)
    if matrix:
        yield "median", np.asarray(cv2.medianBlur(grey, 3), np.uint8), matrix, local, None
        yield "histogram", grey, matrix, zxingcpp.Binarizer.GlobalHistogram, None
    if linear:
        for degrees in (30, -30):
            turned, back = _turned(grey, degrees)
            yield f"turned {degrees}", turned, linear, local, back


def _read(
    grey: Grey, symbologies: tuple[str, ...], binarizer: zxingcpp.Binarizer = zxingcpp.Binarizer.LocalAverage
) -> tuple[SeenCode, ...]:
    found = zxingcpp.read_barcodes(
        grey,
        formats=zxingcpp.BarcodeFormats([_FORMATS[name] for name in symbologies]),
        text_mode=zxingcpp.TextMode.Plain,
        binarizer=binarizer,
    )
    # Asked for a QR code, zxing-cpp also returns the small ones, which no package carries and noise now and then does.
    return tuple(
        code for code in (_seen(barcode) for barcode in found if barcode.valid) if code.symbology in symbologies
    )


def _seen(barcode: zxingcpp.Barcode) -> SeenCode:
    name = _NAMES.get(barcode.format.name, barcode.format.name)
    place = barcode.position
    top_left, top_right, bottom_right, bottom_left = (
        (point.x, point.y) for point in (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
    )
    return SeenCode(
        name,
        barcode.symbology_identifier,
        barcode.text,
        bytes(barcode.bytes),
        (top_left, top_right, bottom_right, bottom_left),
        sound=name in SOUND,
    )


def _second_look(grey: Grey, codes: tuple[SeenCode, ...]) -> tuple[tuple[SeenCode, ...], bool]:
    """Return the codes with the second decoder's agreement noted, and whether a further look saw another value."""
    known = {code.data for code in codes}
    confirmed, vetoed = [], False
    for code in codes:
        values = _pyzbar_values(grey, code) if code.symbology in _SECOND_LOOK else set()
        again = set() if code.sound else _softened_values(grey, code)
        vetoed = vetoed or bool((values | again) - known)
        agrees = code.data in values
        confirmed.append(replace(code, decoders=(*code.decoders, "pyzbar")) if agrees else code)
    return tuple(confirmed), vetoed


def _softened_values(grey: Grey, code: SeenCode) -> set[bytes]:
    """Return what the first decoder reads in the neighbourhood of bars once it is a little softer, and a little smaller.

    Two decoders misread one picture alike; a misread seldom outlives a change that no reader of bars should mind. It can
    only take a reading away (B36).
    """
    crop = _crop(grey, code.corners)
    softer = np.asarray(cv2.GaussianBlur(crop, (0, 0), 0.5), np.uint8)
    smaller = np.asarray(cv2.resize(crop, None, fx=0.9, fy=0.9, interpolation=cv2.INTER_AREA), np.uint8)
    return {one.data for picture in (softer, smaller) for one in _read(picture, (code.symbology,))}


def _pyzbar_values(grey: Grey, code: SeenCode) -> set[bytes]:
    """Return what pyzbar reads in the neighbourhood of one code, retail numbers written as zxing-cpp writes them."""
    crop = np.ascontiguousarray(_crop(grey, code.corners))
    found = pyzbar.decode(crop, symbols=_SECOND_LOOK[code.symbology])  # type: ignore[no-untyped-call]  # pyzbar has no types
    return {_as_zxing(symbol.type, symbol.data) for symbol in found}


def _as_zxing(kind: str, data: bytes) -> bytes:
    if kind == "UPCE":
        return (expand_upc_e(data.decode("ascii")) or "").zfill(13).encode("ascii")
    return data


def _crop(grey: Grey, corners: Corners) -> Grey:
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    margin = max(24, (max(xs) - min(xs) + max(ys) - min(ys)) // 5)  # the quiet zones, and room for a turned symbol
    return grey[
        max(0, min(ys) - margin) : max(0, max(ys) + margin + 1), max(0, min(xs) - margin) : max(0, max(xs) + margin + 1)
    ]


def _turned(grey: Grey, degrees: int) -> tuple[Grey, NDArray[np.float64]]:
    """Return the picture turned about its middle on a larger canvas, and the matrix that takes a point back."""
    height, width = grey.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    cos, sin = abs(matrix[0, 0]), abs(matrix[0, 1])
    size = int(height * sin + width * cos) + 1, int(height * cos + width * sin) + 1
    matrix[0, 2] += size[0] / 2 - width / 2
    matrix[1, 2] += size[1] / 2 - height / 2
    turned = cv2.warpAffine(grey, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(turned, np.uint8), np.asarray(cv2.invertAffineTransform(matrix), np.float64)


def _moved(code: SeenCode, back: NDArray[np.float64] | None) -> SeenCode:
    if back is None:
        return code
    points = [back @ (x, y, 1) for x, y in code.corners]
    first, second, third, fourth = ((round(float(x)), round(float(y))) for x, y in points)
    return replace(code, corners=(first, second, third, fourth))
