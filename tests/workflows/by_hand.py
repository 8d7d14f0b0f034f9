"""The formulas of weighing and dating once more, written from the rules' text with fractions alone. Imports nothing of ours.

Slow and plain on purpose: no rounding anywhere, so whatever the engine's decimals lose shows against it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction as F
from math import isqrt
from zoneinfo import ZoneInfo

ROOT2 = F(isqrt(2 * 10**100), 10**50)
"""√2 to fifty digits."""
HOURS = {"CRT": {1: F(12), 2: F(4 * 24)}, "fridge": {1: F(24), 2: F(10 * 24)}}
"""Category 1 and 2, aseptic, from sterile components only."""


def volume(dose_mg: F, mg_per_ml: F) -> F:
    return dose_mg / mg_per_ml


def mass(dose_mg: F, mg_per_ml: F, g_per_ml: F) -> F:
    return dose_mg / mg_per_ml * g_per_ml


def low_high(expected: F, p: F) -> tuple[F, F]:
    return expected * (1 - p), expected * (1 + p)


def dose_found(gain_g: F, g_per_ml: F, mg_per_ml: F) -> F:
    return gain_g / g_per_ml * mg_per_ml


def change(found: F, wanted: F) -> F:
    return (found - wanted) / wanted


def tolerance(ml: F) -> F | None:
    """R11: 5 % over 2 mL, 8 % from 0.5 to 2 mL, below that a weight is not accepted alone."""
    if ml > 2:
        return F(5, 100)
    return F(8, 100) if ml >= F(1, 2) else None


def left_in_syringe(dose_g: F) -> F:
    return max(dose_g / 200, F(15, 100))


def apart(draw_g: F, s: F) -> F:
    return max(draw_g / 50, 3 * ROOT2 * s)


def strength(drug_mg: F, gain_g: F, diluent_g_per_ml: F, displaced_ml: F | None) -> F:
    return drug_mg / (gain_g / diluent_g_per_ml + (displaced_ml or 0))


def smallest(s: F, d: F, gate: F) -> F:
    return ROOT2 * 2 * max(s, F(41, 100) * d) / gate


def check_limit(certified: F, d: F) -> F:
    return max(certified / 1000, 2 * d)


def syringes(ml: F, sizes: list[F]) -> tuple[int, F]:
    """How many, and of which nominal size: fewest first, then the smallest that is at most three quarters full."""
    count = 0
    while True:
        count += 1
        for size in sorted(sizes):
            if ml / count / size <= F(3, 4):
                return count, size


def least_rate(drug_ml: F, hours: F, step: F, added_ml: F) -> F:
    """R55: the lowest step of the pump at which it runs the drug in these hours, its diluent being none or weighable."""
    steps = -(-(drug_ml / hours) // step)
    while True:
        infuse = steps * step * hours
        fluid = (infuse + added_ml) * (1 - drug_ml / infuse)
        if fluid == 0 or tolerance(fluid) is not None:
            return steps * step
        steps += 1


def reservoir(drug_ml: F, rate: F, hours: F, added_ml: F) -> tuple[F, F, F]:
    """mL to infuse, mL of drug and mL of diluent in a reservoir that takes more than is infused, all of one strength."""
    infuse = rate * hours
    filled = infuse + added_ml
    drawn = drug_ml / infuse * filled
    return infuse, drawn, filled - drawn


def use_before(start: datetime, category: int, storage: str, stable_h: F, expiries: list[date], zone: str) -> datetime:
    """The earliest of sterility, stability and the last moment of each expiry day where the site is."""
    hours = min(HOURS[storage][category], stable_h)
    micros = hours * 3600 * 1_000_000
    ends = [start + timedelta(microseconds=micros.numerator // micros.denominator)]
    for day in expiries:
        over = day + timedelta(days=1)
        midnight = datetime(over.year, over.month, over.day, tzinfo=ZoneInfo(zone))
        ends.append(midnight.astimezone(UTC) - timedelta(microseconds=1))
    return min(ends)


def units(dose_mg: F, strength_mg: F, doses: int) -> int | None:
    """R54: whole units of one strength; None where one would have to be split."""
    each = dose_mg / strength_mg
    return int(each * doses) if each.denominator == 1 and each >= 1 else None


def bottles(count: int, holds: int) -> int:
    return -(-count // holds)


def last_day(first: date, doses: int, a_day: int) -> date:
    return first + timedelta(days=doses // a_day - 1)
