"""How far a weighed amount may be from the truth: terms in quadrature, the guard they ask for, the chance of being wrong.

The words are those of the GUM (standard and expanded uncertainty, coverage factor) and of JCGM 106 and ILAC-G8 (tolerance
interval, acceptance interval, guard band, specific risk). R9, R12 and R13 say what goes in.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache

from workflows.circumstances import BalanceStatus
from workflows.evidence import Evidence, Weighing

COVERAGE = Decimal(2)
"""Coverage factor k: the expanded uncertainty is two standard ones, about 95 %."""
BOUND = Decimal("0.025")
"""The most that the chance of a false acceptance may be: a guard band of one expanded uncertainty keeps it (ILAC-G8)."""
ROOM = Decimal("0.5")
"""The greatest part of a tolerance that its guard band may take; with more, balance and density are not good enough."""
SQRT3 = Decimal("1.732050807568877293527446342")
"""A limit that every value inside is as likely of has a standard uncertainty of the limit over this (GUM 4.3.7)."""
SENSITIVITY = Decimal("0.001") / SQRT3
"""Relative: the day's check lets a weight read 0.1 % wrong, and the balance may be wrong by that at any load (R15)."""
DISPLACEMENT = Decimal("0.10") / SQRT3
"""Relative: labels print a powder's displacement to one digit, so it may be a tenth wrong (ours, unconfirmed)."""
TWELVE = Decimal(12)
"""A reading rounded to d has the variance d²/12 (GUM F.2.2.1)."""
SAME_LOAD = Decimal("4.242640687119285146405066173")
"""Two readings of one load are rarely further apart than 3·√2 times the standard uncertainty of one."""


@dataclass(frozen=True, slots=True)
class Term:
    """One source of doubt."""

    what: str
    """Its name: repeatability, readability, sensitivity, density, displacement, strength."""
    u: Decimal
    """Standard uncertainty, in the unit of what is judged."""
    says: str
    """Where it comes from, in words."""


@dataclass(frozen=True, slots=True)
class Share:
    """A source of doubt that is a part of the whole amount."""

    what: str
    """Its name."""
    part: Decimal
    """Relative standard uncertainty."""
    says: str
    """Where it comes from, in words."""


@dataclass(frozen=True, slots=True)
class Guard:
    """An amount with its expanded uncertainty, between limits that are narrowed by it on either side."""

    found: Decimal
    """What was measured: grams, mg or mg/mL, as `unit` says."""
    low: Decimal
    """Lower end of the tolerance interval."""
    high: Decimal
    """Upper end of the tolerance interval."""
    terms: tuple[Term, ...]
    """The uncertainty budget."""
    unit: str
    """Unit of all of these."""

    @property
    def u(self) -> Decimal:
        """Combined standard uncertainty: the root of the sum of squares."""
        return combined(term.u for term in self.terms)

    @property
    def expanded(self) -> Decimal:
        """Expanded uncertainty U = 2 u, which is also the guard band on either side."""
        return COVERAGE * self.u

    @property
    def clear(self) -> bool:
        """Whether it lies in the acceptance interval, ends included: inside its limits by the guard band."""
        guard = self.expanded
        return self.low + guard <= self.found <= self.high - guard

    @property
    def inside(self) -> bool:
        """Whether it lies in the tolerance interval, ends included."""
        return self.low <= self.found <= self.high

    @property
    def chance(self) -> float:
        """Chance that the true value is outside the tolerance interval (specific risk); to be shown, it judges nothing."""
        return chance_outside(self.found, self.low, self.high, self.u)


def combined(parts: Iterable[Decimal]) -> Decimal:
    """Return the root of the sum of squares."""
    return sum((part * part for part in parts), Decimal(0)).sqrt()


def chance_outside(found: Decimal, low: Decimal, high: Decimal, u: Decimal) -> float:
    """Return the chance that a normal value around `found` with standard uncertainty `u` is below `low` or above `high`."""
    if u <= 0:
        return 0.0 if low <= found <= high else 1.0
    below, above = (float((edge - found) / u) / math.sqrt(2) for edge in (low, high))
    return 0.5 * math.erfc(-below) + 0.5 * math.erfc(above)


def figures(balance: BalanceStatus) -> Weighing:
    """Return a reading of nothing that states what this balance can do: for a budget before anything is weighed."""
    nothing = Weighing(Decimal(0), "stable", None, balance.serial, "", datetime.min.replace(tzinfo=UTC))
    kept = stated(nothing, balance)
    return kept if isinstance(kept, Weighing) else nothing


def stated(evidence: Evidence, balance: BalanceStatus | None) -> Evidence:
    """Return a reading with what its balance could do then, so that it can be judged again years later; else as it is."""
    if not isinstance(evidence, Weighing) or balance is None or evidence.balance != balance.serial:
        return evidence
    return Weighing(
        evidence.g,
        evidence.mode,
        evidence.zero_g,
        evidence.balance,
        evidence.epoch,
        evidence.taken_at,
        evidence.raw,
        evidence.settled_in_s,
        balance.division_g,
        balance.repeatability_g,
        balance.qualified_at,
    )


def one_reading(reading: Weighing) -> Decimal | None:
    """Return the standard uncertainty of one reading: repeatability and readability; None where it does not state them."""
    if reading.division_g is None or reading.repeatability_g is None:
        return None
    return _of_one(reading.repeatability_g, reading.division_g)


@lru_cache(maxsize=64)
def _of_one(repeatability_g: Decimal, division_g: Decimal) -> Decimal:
    return combined((repeatability_g, division_g / TWELVE.sqrt()))


Pair = tuple[Weighing, tuple[Weighing, ...]]
"""A first reading, and the readings of the load that together are the second one."""


def budget(pairs: Iterable[Pair], amount: Decimal, shares: Iterable[Share]) -> tuple[Term, ...] | None:
    """Return the terms of a sum of differences, in g; `amount` is that sum. None where a reading does not state its figures.

    The repeatability of a mean shrinks with its readings, its readability does not: they may all have been rounded alike.
    Whatever is a part of the amount is wrong alike for every difference of it, and so is taken of the whole.
    """
    repeatability, readability, count = Decimal(0), Decimal(0), 0
    s, d, source = Decimal(0), Decimal(0), ""
    for first, load in pairs:
        first_s, first_d = first.repeatability_g, first.division_g
        s, d = load[-1].repeatability_g, load[-1].division_g  # type: ignore[assignment]  # asked in the next line
        if s is None or d is None:
            return None
        first_s, first_d = (s, d) if first_s is None or first_d is None else (first_s, first_d)
        repeatability += first_s * first_s + s * s / len(load)
        readability += (first_d * first_d + d * d) / TWELVE
        count, source = count + 1 + len(load), _source(load[-1])
    return (
        Term("repeatability", repeatability.sqrt(), f"s = {s} g, {source}, {count} readings (R13)"),
        Term("readability", readability.sqrt(), f"d = {d} g, d/√12 each"),
        *(Term(share.what, abs(amount) * share.part, share.says) for share in shares),
    )


def _source(reading: Weighing) -> str:
    at = reading.qualified_at
    return f"measured in this cabinet's airflow on {at:%Y-%m-%d}" if at else "as entered on the register"


def extended(load: tuple[Weighing, ...], reading: Weighing) -> tuple[Weighing, ...]:
    """Return the readings that decide together once `reading` is taken: all of one load, or it alone where the load changed.

    A reading nearer to the mean of the load than noise explains is another reading of that load; one that is further
    away shows that something was added or taken out. So nobody weighs the same load until a reading pleases.
    """
    u = one_reading(reading)
    if not load or u is None or abs(reading.g - mean(load)) > SAME_LOAD * u:
        return (reading,)
    return (*load, reading)


def mean(load: tuple[Weighing, ...]) -> Decimal:
    """Return the mean of the readings of one load, in g."""
    return sum((one.g for one in load), Decimal(0)) / len(load)
