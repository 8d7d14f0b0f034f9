"""Control and direction marks as their codes, so that no name or lot can hide text or turn it round (Q50)."""

from __future__ import annotations

import re

HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    """Return the text with each such mark written as its code: \\u202e."""
    return HIDDEN.sub(lambda mark: f"\\u{ord(mark[0]):04x}", text)
