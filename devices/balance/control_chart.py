"""The control chart of one check weight: its errors over the days, against warning and action limits, in figures and words.

All masses are Decimals in g. Arithmetic only: what is drawn and who may go on weighing is decided elsewhere (R15).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal

from devices.balance.qualification import control_limit
from devices.balance.stability import sd_of

WARNING_SHARE: Final = Decimal("0.5")
"""The warning limit stands at this share of the action limit, as in the check of the day."""
RUN: Final = 8
"""So many readings in a row on one side of the certificate are no accident: one chance in 128 of a balance that is right."""
FEWEST_FOR_MEAN: Final = 2
"""Readings from which a mean and a scatter say anything."""


@dataclass(frozen=True)
class Point:
    """One reading of the weight."""

    at: datetime
    """When, aware, UTC."""
    reading: Decimal
    """What the balance showed, settled, in g."""
    certificate: Decimal
    """The weight's certified mass at that time, in g."""
    limit: Decimal
    """Action limit in g: how far the reading may be off (R15)."""
    who: str = ""
    """Id of the person who put it on."""

    @property
    def error(self) -> Decimal:
        """Reading less certificate, in g."""
        return self.reading - self.certificate

    @property
    def stands(self) -> Literal["inside", "warning", "action"]:
        """Which limit it is beyond; a reading on a limit is still inside it."""
        off = abs(self.error)
        if off > self.limit:
            return "action"
        return "warning" if off > self.limit * WARNING_SHARE else "inside"


@dataclass(frozen=True)
class Chart:
    """The readings of one weight, oldest first, and what they come to."""

    points: tuple[Point, ...]
    """Oldest first; never empty."""

    @property
    def last(self) -> Point:
        """The newest reading."""
        return self.points[-1]

    @property
    def mean(self) -> Decimal | None:
        """Mean error in g; None for a single reading."""
        if len(self.points) < FEWEST_FOR_MEAN:
            return None
        return sum((one.error for one in self.points), Decimal(0)) / len(self.points)

    @property
    def sd(self) -> Decimal | None:
        """Standard deviation of the errors in g (n - 1); None for a single reading."""
        return sd_of([one.error for one in self.points]) if len(self.points) >= FEWEST_FOR_MEAN else None

    @property
    def run(self) -> int:
        """How many of the newest readings in a row lie on one side of the certificate."""
        side, count = self.last.error > 0, 0
        for one in reversed(self.points):
            if one.error == 0 or (one.error > 0) != side:
                break
            count += 1
        return count

    @property
    def finding(self) -> str:
        """What somebody should look at, in words; empty where nothing stands out."""
        last = self.last
        if last.stands == "action":
            return f"The last reading is {last.error:+f} g off; {last.limit:f} g is allowed. Nothing is weighed until it passes."
        if last.stands == "warning" and len(self.points) > 1 and self.points[-2].stands != "inside":
            return "The last two readings are beyond the warning limit. Level the balance and let it adjust itself."
        if self.run >= RUN:
            side = "above" if last.error > 0 else "below"
            return (
                f"The last {self.run} readings all lie {side} the certificate: it drifts. Adjust it, or call its maker."
            )
        if last.stands == "warning":
            return "The last reading is beyond the warning limit. Look at the level and at the draught."
        return ""

    @property
    def words(self) -> str:
        """The chart in a sentence or two, for whoever does not see the picture."""
        many = len(self.points)
        beyond = sum(one.stands == "action" for one in self.points)
        warned = sum(one.stands == "warning" for one in self.points)
        held = f"{many} readings" if many > 1 else "One reading"
        kept = (
            "all within the warning limits"
            if not beyond and not warned
            else f"{beyond} beyond the action limits, {warned} beyond the warning limits"
        )
        figures = (
            "" if self.mean is None or self.sd is None else f" Mean error {_g(self.mean)}, scatter {self.sd:.4f} g."
        )
        return f"{held}, {kept}. Last error {_g(self.last.error)}.{figures}"


def chart(readings: Sequence[tuple[datetime, Decimal, Decimal, str]], d: Decimal) -> Chart | None:
    """Return the chart of (time, reading, certificate, who), oldest first; None without a reading. `d`: readability in g."""
    points = tuple(Point(at, reading, mass, control_limit(mass, d), who) for at, reading, mass, who in readings)
    return Chart(points) if points else None


def _g(error: Decimal) -> str:
    return f"{error:+.4f} g".replace("-0.0000", "0.0000").replace("+0.0000", "0.0000")
