"""AIM symbology identifiers: the three characters with which a scanner says what kind of symbol it saw.

Not here: what the data means. Source: ISO/IEC 15424; the identifier alone chooses the grammar (B1).
"""

from __future__ import annotations

import re

from devices.scanner.answer import Refusal

GS1 = frozenset({"]C1", "]d2", "]Q3", "]e0", "]J1"})
"""GS1-128, GS1 DataMatrix, GS1 QR, GS1 DataBar, GS1 DotCode: these and no others carry element strings."""

_IDENTIFIER = re.compile(r"\][ACEFGIJLQdez][0-9]")


def split(data: str) -> tuple[str | None, str] | Refusal:
    """Split a reading into its AIM identifier (None if none came) and the data behind it.

    Refused with AIM_UNKNOWN: `]` in front of anything that is no identifier. Case counts (B2): `]D2` is a scanner set
    up wrongly.
    """
    if not data.startswith("]"):
        return None, data
    if _IDENTIFIER.match(data):
        return data[:3], data[3:]
    return Refusal(
        "AIM_UNKNOWN",
        f"The scan begins with {data[:3]!r}, which is no symbology identifier. Check the scanner's set-up: AIM "
        f"identifiers on, "
        "caps lock off, keyboard layout US.",
    )
