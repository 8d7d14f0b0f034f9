"""How long to wait before a lost port is tried again: longer each time, cut short when the device reappears."""

from __future__ import annotations

import os
import threading
import zlib
from time import monotonic
from typing import Final

FIRST_PAUSE_S: Final = 0.25
LONGEST_PAUSE_S: Final = 3.5
"""Pauses between attempts, doubled each time, +-20 %. The longest leaves a replugged balance ready within 6 s."""


def pause_s(url: str, attempt: int) -> float:
    """Seconds before attempt number `attempt` (0 is the first); ports of one server are spread by their names."""
    spread = zlib.crc32(f"{url} {attempt}".encode()) % 401 / 1000 + 0.8
    pause: float = min(FIRST_PAUSE_S * 2.0 ** min(attempt, 10), LONGEST_PAUSE_S)
    return pause * spread


def wait_for_return(url: str, attempt: int, again: threading.Event) -> None:
    """Wait the attempt's pause, until `again` is set, or until a path leads to a device it did not lead to before."""
    until = monotonic() + pause_s(url, attempt)
    node = _node(url)
    while (left := until - monotonic()) > 0 and not again.wait(min(0.1, left)):
        now = _node(url)
        if now is not None and now != node:
            return
        node = now


def _node(url: str) -> tuple[int, int, int] | None:
    """Which device a path leads to now; None for an address, or a path that leads nowhere."""
    try:
        found = os.stat(url) if url.startswith("/") else None
    except OSError:
        return None
    return None if found is None else (found.st_dev, found.st_ino, found.st_rdev)
