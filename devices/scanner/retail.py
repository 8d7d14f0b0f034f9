"""Retail numbers: EAN-13, UPC-A, EAN-8, UPC-E and ITF-14, made into a GTIN-14. Only ASCII digits (B3)."""

from __future__ import annotations

from datetime import date

from devices.scanner import gs1
from devices.scanner.answer import AMBIGUOUS, CodeAnswer, Refusal, refused
from devices.scanner.digits import all_digits, gs1_check
from devices.scanner.gtin import claims

BARE_LENGTHS = frozenset({8, 12, 13, 14})
"""How many digits without AIM identifier are a retail number."""


def length_for(aim: str | None) -> int | None:
    """Return how many digits a retail identifier promises (B30, B32), None for any other identifier."""
    if aim is None:
        return None
    return {"]E0": 13, "]E4": 8}.get(aim) or (14 if aim[1] == "I" else None)


def answer(data: str, aim: str | None, length: int) -> CodeAnswer:
    """Return what a retail number of `length` digits claims."""
    if len(data) != length:
        return refused(
            Refusal("BAD_LENGTH", f"This retail code has {len(data)} characters and must have {length}. Scan again."),
            aim,
        )
    if not all_digits(data):
        return refused(Refusal("BAD_CHARSET", "A retail code holds digits only. Scan again."), aim)
    if not gs1_check(data):
        return refused(
            Refusal("CHECK_DIGIT", f"The check digit of {data} is wrong. Scan again; never type the number instead."),
            aim,
        )
    return _named(data, aim)


def _named(number: str, aim: str | None) -> CodeAnswer:
    gtin = claims(number.zfill(14))
    return CodeAnswer(
        "ok",
        "retail",
        aim,
        gtin14=gtin.gtin14,
        ndc10=gtin.ndc10,
        ndc11_candidates=gtin.ndc11_candidates,
        flags=gtin.flags,
    )


def eight_bare_digits(data: str, as_of: date) -> CodeAnswer:
    """Return what eight digits without identifier claim: EAN-8, UPC-E or elements; nothing if several fit (B29)."""
    readings = {number.zfill(14) for number in (data, expand_upc_e(data)) if number and gs1_check(number)}
    if not readings:
        return refused(
            Refusal("CHECK_DIGIT", f"The check digit of {data} is wrong. Scan again; never type the number instead.")
        )
    as_elements = gs1.answer(data, None, as_of).status == "ok"
    if len(readings) + as_elements == 1:
        return _named(readings.pop(), None)
    return CodeAnswer("ok", "retail", gtin14_candidates=tuple(sorted(readings)), flags=frozenset({AMBIGUOUS}))


def expand_upc_e(eight: str) -> str | None:
    """Return the twelve digits of a UPC-A that `eight` digits of UPC-E stand for, None if they cannot be one.

    Source: GS1 General Specifications 5.2, zero-suppression; the number system is 0 or 1.
    """
    system, body, check = eight[0], eight[1:7], eight[7]
    if system not in "01":
        return None
    last = body[5]
    if last in "012":
        item = body[:2] + last + "0000" + body[2:5]
    elif last == "3":
        item = body[:3] + "00000" + body[3:5]
    elif last == "4":
        item = body[:4] + "00000" + body[4]
    else:
        item = body[:5] + "0000" + last
    return system + item + check
