"""Check digits and dates, on ASCII text only: Python's own `isdigit` and `int` take other scripts' digits (B3)."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date

_DIGITS = re.compile(r"[0-9]+")
_SIX = re.compile(r"[0-9]{6}")


def all_digits(text: str) -> bool:
    """Return True if `text` is one or more of 0-9 and nothing else."""
    return _DIGITS.fullmatch(text) is not None


def other_digit(text: str) -> str | None:
    """Return the first digit in `text` that is not 0-9 (full-width, Arabic-Indic, superscript), or None."""
    if text.isascii():
        return None
    return next((c for c in text if not c.isascii() and c.isdigit()), None)


def gs1_check(digits: str) -> bool:
    """Return True if the last of `digits` is the GS1 mod 10 check digit of the others (weights 3, 1 from the right)."""
    body = digits[-2::-1]
    total = sum(int(d) * (1 if place % 2 else 3) for place, d in enumerate(body))
    return (10 - total % 10) % 10 == int(digits[-1])


def date_of(six: str, as_of: date) -> date | None:
    """Return the day a YYMMDD text means, seen from `as_of`, or None if there is no such day.

    Day 00 is the last day of the month (B10). Years 51 to 99 ahead are the century before, 50 and more behind the
    next (B11).
    Source: GS1 General Specifications 7.12.
    """
    if not _SIX.fullmatch(six):
        return None
    year = as_of.year - as_of.year % 100 + int(six[:2])
    ahead = year - as_of.year
    year += -100 if ahead > 50 else 100 if ahead < -49 else 0
    month, day = int(six[2:4]), int(six[4:])
    if not 1 <= month <= 12 or not date.min.year <= year <= date.max.year:
        return None
    last = monthrange(year, month)[1]
    return date(year, month, day or last) if day <= last else None
