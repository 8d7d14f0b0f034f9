"""The newest readings of a station's scanner and cameras, kept for its tablet to fetch by number."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

KEPT_SCANS = 32
"""Readings kept for the tablet to fetch; older ones were fetched or are lost to a tablet that was away."""


@dataclass(frozen=True)
class HeardScan:
    """One reading of a station's own scanner, or of a camera at it."""

    number: int
    """Counts from 1 since the start."""
    raw: str
    """The characters, AIM identifier included."""
    at: datetime
    """UTC."""
    trouble: str = ""
    """Why it is not a whole code, in words; the reading is then not to be used."""
    how: Literal["serial", "camera"] = "serial"
    """By a scanner that hangs here, or by a camera, fixed or the tablet's."""


@dataclass
class Scans:
    """The newest readings at one station. Its methods may be called from any thread."""

    heard: deque[HeardScan] = field(default_factory=lambda: deque(maxlen=KEPT_SCANS))
    count: int = 0
    guard: threading.Lock = field(default_factory=threading.Lock)

    def add(self, raw: str, at: datetime, trouble: str = "", how: Literal["serial", "camera"] = "serial") -> None:
        """Keep one more reading."""
        with self.guard:
            self.count += 1
            self.heard.append(HeardScan(self.count, raw, at, trouble, how))

    def after(self, number: int) -> tuple[HeardScan, ...]:
        """Return the readings that came after the one of this number, oldest first."""
        with self.guard:
            return tuple(one for one in self.heard if one.number > number)

    def numbered(self, number: int) -> HeardScan | None:
        """Return one reading, or None where it is no longer kept."""
        with self.guard:
            return next((one for one in self.heard if one.number == number), None)
