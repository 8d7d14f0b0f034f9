"""The arithmetic of a balance's quality: daily check, smallest weighable mass, capacity. Rules judge it (R13, R15).

All masses are Decimals in g. `d` is the readability (one step of the last digit), `s` the station's own repeatability.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from devices.balance.stability import sd_of

CONTROL_SHARE: Final = Decimal("0.001")
"""A test weight may be off by 0.10 % of itself (R15, USP <41>)."""

FEWEST_FOR_S: Final = 10
"""Weighings a repeatability is computed from (USP <41>)."""


def control_limit(nominal: Decimal, d: Decimal, site: Decimal | None = None) -> Decimal:
    """Largest error of a test weight in g: 0.10 % of it, or 2 d if that is more; tighter if the site says so (R15)."""
    limit = max(nominal * CONTROL_SHARE, 2 * d)
    return limit if site is None else min(limit, site)


def zero_limit(d: Decimal) -> Decimal:
    """Largest |zero| in g: 2 d (R10)."""
    return 2 * d


def repeatability(readings: Sequence[Decimal]) -> Decimal:
    """Standard deviation s in g of at least ten weighings of one weight; ValueError for fewer (USP <41>)."""
    if len(readings) < FEWEST_FOR_S:
        raise ValueError(f"a repeatability needs {FEWEST_FOR_S} weighings, there are {len(readings)}")
    return sd_of(readings)


def least_s(s: Decimal, d: Decimal) -> Decimal:
    """Return s in g, not taken below 0.41 d (USP <41>)."""
    return max(s, Decimal("0.41") * d)


def m_min_gate(s: Decimal, d: Decimal) -> Decimal:
    """Smallest mass in g that a difference of two weighings may gate: sqrt(2) * 2 * max(s, 0.41 d) / 0.005 (R13)."""
    return Decimal(2).sqrt() * 2 * least_s(s, d) / Decimal("0.005")


def minimum_net(s: Decimal, d: Decimal) -> Decimal:
    """Smallest net weight in g of USP <41>: 2000 * max(s, 0.41 d); shown as qualification, gates nothing."""
    return 2000 * least_s(s, d)


def mpe_serves(mpe: Decimal, limit: Decimal) -> bool:
    """True if a test weight's largest permitted error (g) is at most a third of the limit it checks."""
    return mpe * 3 <= limit


@dataclass(frozen=True)
class WeightCheck:
    """One test weight on the balance."""

    certificate: Decimal
    """The weight's value in g from its certificate."""

    reading: Decimal
    """What the balance showed, settled, in g."""

    limit: Decimal
    """Control limit in g."""

    @property
    def error(self) -> Decimal:
        """Reading less certificate, in g."""
        return self.reading - self.certificate

    @property
    def verdict(self) -> Literal["pass", "warning", "fail"]:
        """`warning` beyond half the control limit; a value on a limit is still inside it."""
        if abs(self.error) > self.limit:
            return "fail"
        return "warning" if abs(self.error) * 2 > self.limit else "pass"


@dataclass(frozen=True)
class DailyCheck:
    """The check of the day: zero, two weights over the range, and back to zero (R15)."""

    zero: Decimal
    """Settled reading of the empty pan before, in g."""

    first: WeightCheck
    """The smaller weight, near the working load."""

    second: WeightCheck
    """The larger weight."""

    zero_after: Decimal
    """Settled reading of the empty pan after, in g."""

    d: Decimal
    """Readability in g."""

    @property
    def passed(self) -> bool:
        """True if nothing is outside its limit; warnings pass."""
        return not self.faults

    @property
    def faults(self) -> tuple[str, ...]:
        """What is outside its limit, in words; empty if it passed."""
        limit = zero_limit(self.d)
        zeros = (("before", self.zero), ("after", self.zero_after))
        found = [
            f"The empty pan read {zero} g {when} the weights; {limit} g is allowed."
            for when, zero in zeros
            if abs(zero) > limit
        ]
        for check in (self.first, self.second):
            if check.verdict == "fail":
                found.append(
                    f"The {check.certificate} g weight read {check.reading} g: "
                    f"off by {check.error:+} g, {check.limit} g is allowed."
                )
        return tuple(found)


def daily_check(
    *,
    d: Decimal,
    zero: Decimal,
    first: tuple[Decimal, Decimal],
    second: tuple[Decimal, Decimal],
    zero_after: Decimal,
    site_limit: Decimal | None = None,
) -> DailyCheck:
    """Build the check from (certificate, reading) pairs in g; ValueError if they do not lie over the range."""
    if first[0] <= 0 or second[0] < 2 * first[0]:
        raise ValueError("the check needs two weights over the range: the first at most half of the second")
    checks = [WeightCheck(weight, reading, control_limit(weight, d, site_limit)) for weight, reading in (first, second)]
    return DailyCheck(zero, checks[0], checks[1], zero_after, d)


def predicted_gross(on_pan: Decimal, container: Decimal, contents: Decimal) -> Decimal:
    """The largest gross weight in g a step will put on the pan."""
    return on_pan + container + contents


def within_capacity(gross: Decimal, capacity: Decimal) -> bool:
    """True if a predicted gross weight (g) is at most 95 % of the balance's largest load (g)."""
    return gross <= capacity * Decimal("0.95")
