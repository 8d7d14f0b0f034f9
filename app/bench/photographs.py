"""Pictures of labels, drawn here from a seed: every symbology, size, bend, turn, blur, noise, light and glare.

No photograph of anybody's is needed, and whoever has the seed has the same pictures. Drawn wear is kinder than real wear.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from devices.scanner.digits import gs1_check
from devices.scanner.retail import expand_upc_e

Grey = NDArray[np.uint8]
WIDTH, HEIGHT = 560, 420
FINE = 6
"""Pixels a module is drawn with before it is laid on the picture at its own size."""
GS = "\x1d"
CODE_32 = "0123456789BCDFGHJKLMNPQRSTUVWXYZ"
"""The digits of its base 32: no vowels."""
_F = zxingcpp.BarcodeFormat
_DRAWN = {
    "DataMatrix": _F.DataMatrix, "QRCode": _F.QRCode, "Code128": _F.Code128, "Code39": _F.Code39, "Code32": _F.Code32,
    "UPC-A": _F.UPCA, "EAN13": _F.EAN13, "EAN8": _F.EAN8, "UPC-E": _F.UPCE, "ITF": _F.ITF,
    "DataBarOmni": _F.DataBarOmni, "DataBarStacked": _F.DataBarStk, "DataBarLimited": _F.DataBarLtd,
    "DataBarExpanded": _F.DataBarExp, "DataBarExpandedStacked": _F.DataBarExpStk,
}  # fmt: skip
NONE, PAIR = "no code", "two products"
KINDS = (*_DRAWN, NONE, PAIR)
"""Every kind of picture: one symbol of each symbology, a bench without any, two Data Matrix codes of two products."""


T = TypeVar("T")


class Chance:
    """Chance from a seed: the same seed, the same pictures."""

    def __init__(self, seed: int) -> None:
        """Begin at the seed."""
        self.grain = np.random.default_rng(seed)

    def choice(self, options: Sequence[T]) -> T:
        """Return one of the options."""
        return options[self.whole(0, len(options) - 1)]

    def whole(self, least: int, most: int) -> int:
        """Return a whole number, both ends included."""
        return int(self.grain.integers(least, most, endpoint=True))

    def uniform(self, least: float, most: float) -> float:
        """Return a number in between."""
        return float(self.grain.uniform(least, most))

    def digits(self, count: int) -> str:
        """Return so many digits."""
        return "".join(self.choice("0123456789") for _ in range(count))


@dataclass(frozen=True)
class Taken:
    """One picture, and what is really in it."""

    kind: str
    """One of KINDS."""
    jpeg: bytes
    """As a camera would hand it over."""
    holds: frozenset[str]
    """The data of every code in it, GS as U+001D, retail numbers with 13 digits; of a Code 32 its six letters, too."""


def photographs(seed: int, count: int) -> Iterator[Taken]:
    """Yield `count` pictures, the kinds in turn; the same for the same seed."""
    chance = Chance(seed)
    for number in range(count):
        yield _photograph(KINDS[number % len(KINDS)], chance)


def _photograph(kind: str, chance: Chance) -> Taken:
    symbols = (
        [_content("DataMatrix", chance) for _ in range(2)]
        if kind == PAIR
        else []
        if kind == NONE
        else [_content(kind, chance)]
    )
    picture = _bench(chance.grain)
    for place, (name, written, _) in enumerate(symbols):
        _lay(picture, _bent(_card(name, written), chance.choice((0, 0, 0.4, 0.65))), chance, place, len(symbols))
    worn = _worn(picture, chance)
    done, jpeg = cv2.imencode(".jpg", worn, [cv2.IMWRITE_JPEG_QUALITY, chance.choice((40, 75, 92))])
    if not done:
        raise RuntimeError("the picture could not be written")
    return Taken(kind, jpeg.tobytes(), frozenset(spelt for _, _, data in symbols for spelt in _spelt(kind, data)))


# ---- what a symbol says


def _content(kind: str, chance: Chance) -> tuple[str, str, str]:
    """Return the symbology, what the drawing program is given, and what a decoder must give back."""
    item = checked("003" + chance.digits(10))
    lot = "".join(chance.choice("ABCDEFGHJKLMNabcd0123456789-/") for _ in range(chance.whole(3, 10)))
    day = f"{chance.whole(26, 31)}{chance.whole(1, 12):02}{chance.whole(0, 28):02}"
    if kind in ("DataMatrix", "QRCode") and chance.uniform(0, 1) < 0.8:
        serial = chance.digits(chance.whole(4, 12))
        return kind, f"(01){item}(21){serial}(17){day}(10){lot}", f"01{item}21{serial}{GS}17{day}10{lot}"
    if kind in ("Code128", "DataBarExpanded", "DataBarExpandedStacked") and chance.uniform(0, 1) < 0.7:
        return kind, f"(01){item}(10){lot}", f"01{item}10{lot}"
    if kind in ("DataBarExpanded", "DataBarExpandedStacked"):
        return kind, f"(01){item}(17){day}", f"01{item}17{day}"
    if kind.startswith("DataBar"):
        return kind, item, f"01{item}"
    return kind, *_short(kind, item, chance)


def _short(kind: str, item: str, chance: Chance) -> tuple[str, str]:
    eight = chance.digits(8)
    if kind in ("UPC-A", "EAN13"):
        whole = item[1:] if kind == "UPC-A" else checked("40" + chance.digits(10))
        return (whole[1:] if kind == "UPC-A" else whole), whole
    if kind == "EAN8":
        return (short := checked(eight[:7])), short
    if kind == "UPC-E":
        body = "".join(chance.choice("123456789") for _ in range(5)) + chance.choice("56789")
        every = ((f"0{body}{last}", expand_upc_e(f"0{body}{last}") or "") for last in "0123456789")
        return next((short, whole.zfill(13)) for short, whole in every if gs1_check(whole))
    if kind == "ITF":
        return item, item
    if kind == "Code39":
        pzn = next(f"{n:07}" for n in range(chance.whole(0, 10**6), 10**7) if _pzn_check(f"{n:07}") < 10)
        return f"-{pzn}{_pzn_check(pzn)}", f"-{pzn}{_pzn_check(pzn)}"
    if kind == "Code32":
        doubled = sum(sum(divmod(int(digit) * 2, 10)) for digit in eight[1::2])
        return eight, f"A{eight}{(sum(map(int, eight[::2])) + doubled) % 10}"
    code = f"%VT-U-{eight}{chance.choice('ABCDEFGH')}%"
    return code, code


def checked(body: str) -> str:
    """Return digits with their GS1 check digit behind them."""
    return next(body + last for last in "0123456789" if gs1_check(body + last))


def _spelt(kind: str, data: str) -> tuple[str, ...]:
    """Return every right spelling: whoever does not know Code 32 reads the Code 39 that it is written in."""
    if kind != "Code32":
        return (data,)
    number, letters = int(data[1:]), ""
    for _ in range(6):
        number, place = divmod(number, 32)
        letters = CODE_32[place] + letters
    return data, letters


def _pzn_check(seven: str) -> int:
    return sum(int(digit) * weight for weight, digit in enumerate(seven, 1)) % 11


# ---- how it is drawn and laid down


def _card(name: str, written: str) -> Grey:
    options = {"gs1": True} if written.startswith("(") else {}
    if name == "DataMatrix":
        options["force_square"] = True
    drawn = np.array(
        zxingcpp.create_barcode(written, _DRAWN[name], **options).to_image(scale=FINE, add_quiet_zones=True)
    )
    return np.pad(drawn, 4 * FINE, constant_values=255)


def _bent(card: Grey, half_angle: float) -> Grey:
    """Return a card as it looks round a vial, of which it spans `half_angle` rad to either side."""
    if not half_angle:
        return card
    height, width = card.shape
    across = np.linspace(-np.sin(half_angle), np.sin(half_angle), width)
    columns = (np.arcsin(across) / half_angle + 1) / 2 * (width - 1)
    x, y = np.meshgrid(columns.astype(np.float32), np.arange(height, dtype=np.float32))
    return np.asarray(cv2.remap(card, x, y, cv2.INTER_LINEAR), np.uint8)


def _lay(picture: Grey, card: Grey, chance: Chance, place: int, of: int) -> None:
    """Lay a card on its part of the picture, turned and as large as chance has it, whole."""
    room = (WIDTH / of, HEIGHT)
    turn = chance.choice((0, 0, 3, -6, 12, 30, 90, 178, 270))
    height, width = card.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turn, 1.0)
    across, up = (
        abs(matrix[0, 0]) * width + abs(matrix[0, 1]) * height,
        abs(matrix[0, 1]) * width + abs(matrix[0, 0]) * height,
    )
    scale = min(chance.choice((2, 2.5, 3, 4, 5)) / FINE, (room[0] - 8) / across, (room[1] - 8) / up)
    free = ((room[0] - across * scale) / 2, (room[1] - up * scale) / 2)
    middle = (
        room[0] * (place + 0.5) + chance.uniform(-1, 1) * free[0] * 0.9,
        room[1] / 2 + chance.uniform(-1, 1) * free[1] * 0.9,
    )
    matrix[:, :2] *= scale
    matrix[:, 2] = (middle[0], middle[1]) - matrix[:, :2] @ (width / 2, height / 2)
    soft = cv2.GaussianBlur(card, (0, 0), max(0.01, 0.35 / scale)) if scale < 1 else card
    cv2.warpAffine(soft, matrix, (WIDTH, HEIGHT), picture, cv2.INTER_LINEAR, cv2.BORDER_TRANSPARENT)


def _bench(grain: np.random.Generator) -> Grey:
    """Return a ground to lay a label on: soft texture with hard edges, no code."""
    coarse = grain.integers(60, 200, (HEIGHT // 16, WIDTH // 16)).astype(np.uint8)
    ground = np.asarray(cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC), np.uint8)
    for x, y, grey in zip(
        grain.integers(0, WIDTH, 20), grain.integers(0, HEIGHT, 20), grain.integers(20, 240, 20), strict=True
    ):
        cv2.rectangle(ground, (int(x), int(y)), (int(x) + 30, int(y) + 12), int(grey), -1)
    return ground


def _worn(picture: Grey, chance: Chance) -> Grey:
    """Return the picture as a poorer lens, hand, light and sensor give it."""
    grey: NDArray[Any] = picture.astype(np.float32)
    if blur := chance.choice((0, 0, 0.7, 1.2, 2)):
        grey = cv2.GaussianBlur(grey, (0, 0), blur)
    if chance.uniform(0, 1) < 0.15:
        grey = cv2.filter2D(grey, -1, np.full((1, 5), 0.2, np.float32))
    grey *= chance.choice((1, 1, 0.6, 0.25))
    if chance.uniform(0, 1) < 0.15:
        grey += _lamp() * chance.uniform(60, 255)
    if noise := chance.choice((0, 4, 8, 20)):
        grey += chance.grain.standard_normal(grey.shape, np.float32) * noise
    return np.asarray(np.clip(grey, 0, 255), np.uint8)


@cache
def _lamp() -> NDArray[np.floating]:
    """Return a band of glare, 0 to 1, across the middle."""
    y = np.linspace(-1, 1, HEIGHT, dtype=np.float32)[:, None]
    return np.asarray(np.exp(-((y / 0.15) ** 2)) * np.ones((1, WIDTH), np.float32), np.float32)
