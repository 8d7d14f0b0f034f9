"""How often a code is read, and how often wrongly: zxing-cpp alone, pyzbar alone and ours, on the same pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter

import cv2
import numpy as np
import zxingcpp
from pyzbar import pyzbar

from app.bench.photographs import KINDS, Taken
from devices.camera.decode import Decoder
from devices.scanner.retail import expand_upc_e

SECONDS = 30.0
"""A picture's deadline here: a busy machine shall not look like a worse decoder."""
SETTLED = ("read", "confirm")
Read = Callable[[bytes], tuple[frozenset[str], str]]
"""Given a JPEG: every value seen, and the verdict on them."""


@dataclass
class Tally:
    """One decoder on the pictures of one kind."""

    right: int = 0
    """Pictures in which a code that is there was read, whatever else was."""
    wrong: int = 0
    """Pictures in which a value was handed on that is not there: of ours only where the verdict says read or confirm."""
    ms: list[float] = field(default_factory=list)
    """Milliseconds a picture, from the file's bytes."""
    verdicts: Counter[str] = field(default_factory=Counter)
    """Ours: how many pictures ended in which verdict."""

    def count(self, taken: Taken, seen: frozenset[str], verdict: str, ms: float) -> None:
        """Take one picture into account."""
        self.right += bool(seen & taken.holds)
        self.wrong += bool(seen - taken.holds) and verdict in SETTLED
        self.ms.append(ms)
        self.verdicts[verdict] += 1

    def to_json(self) -> dict[str, object]:
        """Return the figures as they are printed."""
        return {
            "right": self.right,
            "wrong": self.wrong,
            "ms": round(median(self.ms), 1),
            "verdicts": dict(self.verdicts),
        }


@dataclass(frozen=True)
class Row:
    """The pictures of one kind."""

    kind: str
    """One of photographs.KINDS."""
    pictures: int
    """How many."""
    by: dict[str, Tally]
    """Each decoder's: zxing-cpp, pyzbar, ours."""

    def to_json(self) -> dict[str, object]:
        """Return the row as `vialtrace image bench --json` prints it."""
        return {"kind": self.kind, "pictures": self.pictures, **{name: one.to_json() for name, one in self.by.items()}}


def rows(pictures: Iterable[Taken], decoder: Decoder) -> tuple[Row, ...]:
    """Hand every picture to the three decoders in turn; return one row a kind."""
    ways: dict[str, Read] = {"zxing-cpp": _zxing, "pyzbar": _pyzbar, "ours": lambda jpeg: _ours(jpeg, decoder)}
    found = {kind: Row(kind, 0, {name: Tally() for name in ways}) for kind in KINDS}
    counted: Counter[str] = Counter()
    for taken in pictures:
        counted[taken.kind] += 1
        for name, read in ways.items():
            begun = perf_counter()
            seen, verdict = read(taken.jpeg)
            found[taken.kind].by[name].count(taken, seen, verdict, (perf_counter() - begun) * 1000)
    return tuple(Row(kind, counted[kind], row.by) for kind, row in found.items() if counted[kind])


def _grey(jpeg: bytes) -> np.ndarray:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    return np.asarray(picture, np.uint8)


def _zxing(jpeg: bytes) -> tuple[frozenset[str], str]:
    """As it comes: every format, its own defaults but for the text as it stands in the symbol."""
    found = zxingcpp.read_barcodes(_grey(jpeg), text_mode=zxingcpp.TextMode.Plain)
    return frozenset(one.text for one in found if one.valid), "read"


def _pyzbar(jpeg: bytes) -> tuple[frozenset[str], str]:
    """As it comes; a UPC-E is written out, as the other two do."""
    found = pyzbar.decode(_grey(jpeg))  # type: ignore[no-untyped-call]  # pyzbar has no types
    return frozenset(_text(one.type, one.data) for one in found), "read"


def _text(kind: str, data: bytes) -> str:
    text = data.decode("utf-8", "replace")
    return (expand_upc_e(text) or text).zfill(13) if kind == "UPCE" else text


def _ours(jpeg: bytes, decoder: Decoder) -> tuple[frozenset[str], str]:
    """As `vialtrace image decode` does it, in its process."""
    still = decoder.decode(jpeg, seconds=SECONDS)
    return frozenset(code.text for code in still.codes), still.verdict
