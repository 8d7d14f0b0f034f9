"""Label stock in millimetres, and how many dots a printer puts on one."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Stock:
    name: str
    """As a site writes it: 101.6x76.2, a4, letter."""
    width: float
    """Millimetres."""
    height: float
    """Millimetres."""
    margin: float
    """Millimetres kept free on each side."""


@dataclass(frozen=True)
class Profile:
    dots_per_mm: float
    """As the printer states it: 8 for "203 dpi", 11.811 or 12 for "300 dpi"."""

    @property
    def dot(self) -> float:
        """One dot in millimetres."""
        return 1 / self.dots_per_mm

    def whole(self, mm: float, least: int = 1) -> float:
        """Return a length rounded to whole dots, at least `least` of them."""
        return max(least, round(mm * self.dots_per_mm)) * self.dot

    def dots(self, mm: float) -> int:
        """Return how many whole dots lie inside a length."""
        return math.floor(mm * self.dots_per_mm + 1e-6)


STOCKS = {
    stock.name: stock
    for stock in (
        Stock("101.6x76.2", 101.6, 76.2, 2.0),
        Stock("101.6x50.8", 101.6, 50.8, 2.0),
        Stock("85.6x54", 85.6, 53.98, 3.0),
        Stock("76.2x50.8", 76.2, 50.8, 1.5),
        Stock("76.2x25.4", 76.2, 25.4, 1.25),
        Stock("63.5x38.1", 63.5, 38.1, 1.25),
        Stock("57.2x50.8", 57.15, 50.8, 1.25),
        Stock("57.2x31.8", 57.15, 31.75, 1.25),
        Stock("50.8x25.4", 50.8, 25.4, 1.25),
        Stock("a4", 210.0, 297.0, 10.0),
        Stock("letter", 215.9, 279.4, 10.0),
    )
}

PROFILES = {203: Profile(8.0), 300: Profile(300 / 25.4), 305: Profile(12.0)}
"""By the number people say. 305 is the "300 dpi" printer that puts 12 dots on a millimetre."""
