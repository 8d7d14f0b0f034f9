"""How long a millimetre is on a tablet's glass: measured with a bank card, and kept by that tablet alone (SCREENS 3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from flask import Request, Response

GLASS = "vialtrace-glass"
"""The cookie that keeps it: of the glass, not of a person, so it stays when they leave."""
LEAST, MOST = Decimal(3), Decimal(8)
"""CSS pixels that a millimetre may have."""
UNMEASURED = Decimal("5.9")
"""CSS pixels a millimetre on the densest usual glass: what was not measured comes out too large, never too small."""
WIDE, HIGH = 185, 130
"""Millimetres that a glass has at least: on a smaller one gloved fingers have no room beside each other."""
_KEPT = re.compile(r"([0-9]{1,2}(?:\.[0-9]{1,2})?)-([0-9]{3,5})x([0-9]{3,5})-([0-9](?:\.[0-9]{1,4})?)")


class NotAGlassError(ValueError):
    """What was measured cannot be a tablet's glass; the text says why."""


@dataclass(frozen=True)
class Glass:
    """One glass, as it was measured."""

    mm: Decimal
    """CSS pixels a millimetre."""
    width: int
    """CSS pixels of the whole screen."""
    height: int
    """The same, from top to bottom."""
    ratio: str
    """Pixels of the device to one of CSS, as the browser says it."""

    @property
    def screen(self) -> str:
        """Return what must not change, or it has to be measured again."""
        return f"{self.width}x{self.height}-{self.ratio}"

    @property
    def kept(self) -> str:
        """Return it as the cookie holds it."""
        return f"{self.mm}-{self.screen}"


def measured(mm: str, width: str, height: str, ratio: str) -> Glass:
    """Return the glass. Raises NotAGlassError with what is wrong in words."""
    try:
        found = Glass(Decimal(mm).quantize(Decimal("0.01")), int(width), int(height), f"{float(ratio):.4g}")
    except (InvalidOperation, ValueError) as wrong:
        raise NotAGlassError("The tablet did not say how large its screen is. Load the page again.") from wrong
    if not (found.mm.is_finite() and LEAST <= found.mm <= MOST) or not _KEPT.fullmatch(found.kept):
        raise NotAGlassError(
            "The bar is not as long as a bank card (85.6 mm). Lay the card on the glass and make it so."
        )
    if found.width < WIDE * found.mm or found.height < HIGH * found.mm:
        raise NotAGlassError(
            f"This glass is smaller than {WIDE} by {HIGH} mm: gloved fingers have no room on it. Use a larger tablet."
        )
    return found


def glass_of(asked: Request) -> Glass | None:
    """Return the glass that this browser keeps; None where it was never measured, or what it keeps is none."""
    found = _KEPT.fullmatch(asked.cookies.get(GLASS, ""))
    try:
        return measured(*found.groups()) if found else None
    except NotAGlassError:
        return None


def keep_glass(response: Response, glass: Glass, *, secure: bool) -> None:
    """Have the browser keep it for ten years."""
    response.set_cookie(GLASS, glass.kept, max_age=315_360_000, secure=secure, httponly=True, samesite="Lax", path="/")
