"""Numbers as people read them: ordered amounts, readings, signed percents (N3, N4)."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
UNIT_WORDS = {"ug": "mcg", "[iU]": "units", "{each}": "each"}


def unit(ucum: str) -> str:
    """Return a unit as people read it: mcg for ug, units for [iU], none of which is misread (N3)."""
    return UNIT_WORDS.get(ucum, ucum)


def letter(number: int) -> str:
    """Return A for vial 1, B for vial 2 …"""
    return LETTERS[number - 1] if number <= len(LETTERS) else str(number)


def amount(value: Decimal) -> str:
    """Return an ordered amount: no trailing zero, a leading zero, commas from 1,000 (N3)."""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def rounded(value: Decimal, places: int) -> Decimal:
    """Return `value` rounded half to even to `places` decimals, for showing only; judging is done unrounded (R1)."""
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)


def significant(value: Decimal, least: int, figures: int = 4) -> Decimal:
    """Return `value` rounded half to even to `figures` figures, and never to fewer than `least` decimals; for showing only."""
    return rounded(value, max(least, figures - 1 - value.adjusted()) if value else least)


def reading(value: Decimal, places: int = 2) -> str:
    """Return a measured value with fixed decimals, commas from 1,000 (N4)."""
    return f"{rounded(value, places):,f}"


def of_units(mass_g: Decimal) -> str:
    """Return the mass of tablets: three decimals, for half of one may be 0.05 g, and no trailing zero (N3)."""
    return f"{amount(rounded(mass_g, 3))} g"


def between(low: Decimal | None, high: Decimal | None) -> str:
    """Return limits of a concentration in words: at least 2 mg/mL."""
    if low and high:
        return f"{amount(low)} to {amount(high)} mg/mL"
    if low or high:
        return f"at least {amount(low)} mg/mL" if low else f"at most {amount(high or Decimal(0))} mg/mL"
    return "no limit"


def percent(fraction: Decimal, places: int = 1) -> str:
    """Return a signed percentage with a true minus sign: +0.3 %, −0.2 %."""
    value = rounded(fraction * 100, places)
    sign = "−" if value < 0 else "+"
    return f"{sign}{abs(value):f} %"


def chance_words(chance: float) -> str:
    """Return a small chance as a person reads it: less than 1 in 1,000,000, about 1 in 2,300, about 30 in 100."""
    for most in (1_000_000, 100_000, 10_000):
        if chance < 1 / most:
            return f"less than 1 in {most:,}"
    if chance >= 1 / 20:
        return f"about {chance * 100:.0f} in 100"
    digits = len(str(int(1 / chance))) - 2
    return f"about 1 in {int(round(1 / chance, -digits)):,}"
