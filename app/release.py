"""Name and version of this program, read from its package once: every event carries them."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version


@cache
def software() -> str:
    """Return them as an event says it, such as vialtrace 0.1.0."""
    return f"vialtrace {version('vialtrace')}"
