"""What the decoders are asked and what they saw, as plain values that cross between the two processes."""

from __future__ import annotations

from dataclasses import dataclass

from devices.camera.quality import Quality

MATRIX = frozenset({"DataMatrix", "QRCode"})
SOUND = MATRIX | {"Code128"}
"""Symbologies in which no wrong decode was measured: one frame is enough (B7)."""

Corners = tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]
"""Four `(x, y)` in pixels, clockwise from the symbol's own top left."""


@dataclass(frozen=True)
class Request:
    """What the worker is asked."""

    image: bytes
    """A whole encoded picture whose size was already found allowed."""
    symbologies: tuple[str, ...]
    """Which symbologies to look for, by the names in decode.SYMBOLOGIES."""
    seconds: float
    """How long the worker has before it is killed."""


@dataclass(frozen=True)
class SeenCode:
    """One symbol in the picture."""

    symbology: str
    """DataMatrix, QRCode, Code128, EAN13 (also for UPC-A) …"""
    aim: str
    """AIM symbology identifier, such as `]d2`."""
    text: str
    """The data as text, the separator GS as U+001D."""
    data: bytes
    """The data as bytes; what is compared."""
    corners: Corners
    """Where it stands."""
    decoders: tuple[str, ...] = ("zxing-cpp",)
    """Names of the decoders that returned this value."""
    sound: bool = False
    """True for matrix codes and Code 128: one frame is enough (B7)."""

    def to_json(self) -> dict[str, object]:
        """Return the code as `vialtrace image decode --json` prints it."""
        return {
            "symbology": self.symbology,
            "aim": self.aim,
            "text": self.text,
            "bytes": self.data.hex(),
            "corners": [list(corner) for corner in self.corners],
            "decoders": list(self.decoders),
            "sound": self.sound,
        }


@dataclass(frozen=True)
class Seen:
    """Everything the decoders saw in one picture."""

    width: int
    """Pixels, after the turn that the camera noted."""
    height: int
    """Pixels."""
    quality: Quality
    """Sharpness and exposure of the whole picture; no size is asked for."""
    codes: tuple[SeenCode, ...]
    """Symbols in the order found."""
    vetoed: bool
    """True if the second look read another value where zxing-cpp read a linear code."""
    pass_name: str
    """Which pass found the codes: plain, median, histogram, turned 30, turned -30; empty if none did."""
