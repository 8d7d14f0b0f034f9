"""A National Drug Code typed by hand: which layouts its digits fit, and its 10-, 11- and 12-digit forms.

An NDC is text with hyphens (B26). Source: 21 CFR 207.33; 91 FR 10749 for twelve digits. Nothing is padded or guessed.
"""

from __future__ import annotations

from devices.scanner.answer import AMBIGUOUS, CodeAnswer, Refusal, refused
from devices.scanner.digits import all_digits

Segments = tuple[str, str, str]
"""Labeler, product, package."""

TEN = ((4, 4, 2), (5, 3, 2), (5, 4, 1))
LAYOUTS = (*TEN, (5, 4, 2), (6, 3, 2), (6, 4, 1), (6, 4, 2))


def answer(typed: str) -> CodeAnswer:
    """Return what a typed NDC claims; without hyphens every layout that fits is listed, none chosen."""
    text = typed.strip(" ")
    readings = _with_hyphens(text) if "-" in text else _without_hyphens(text)
    if isinstance(readings, Refusal):
        return refused(readings)
    ten = _unique([form for parts in readings for form in _ten_digit_forms(parts)])
    one = len(readings) == 1 and len(ten) == 1
    return CodeAnswer(
        "ok",
        "ndc",
        ndc10=ten[0].replace("-", "") if one else None,
        ndc_formats=tuple("-".join(str(len(part)) for part in parts) for parts in readings),
        ndc10_candidates=ten,
        ndc11_candidates=_unique([_twelve(parts)[1:] for parts in readings if _twelve(parts)[0] == "0"]),
        ndc12_candidates=_unique([_twelve(parts) for parts in readings]),
        flags=frozenset({AMBIGUOUS}) if len(readings) > 1 else frozenset(),
    )


def _unique(texts: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def _with_hyphens(text: str) -> list[Segments] | Refusal:
    parts = text.split("-")
    if tuple(len(part) for part in parts) not in LAYOUTS:
        return Refusal(
            "FORMAT", "An NDC has three segments, such as 12345-678-90. Type it with the hyphens as printed."
        )
    if not all(all_digits(part) for part in parts):
        return Refusal("BAD_CHARSET", "An NDC holds digits and hyphens only. Type it as printed.")
    labeler, product, package = parts
    return [(labeler, product, package)]


def _without_hyphens(text: str) -> list[Segments] | Refusal:
    if not text:
        return Refusal("NO_DATA", "Nothing was typed. Type the NDC with its hyphens as printed.")
    if len(text) not in {10, 11, 12}:
        return Refusal(
            "BAD_LENGTH",
            f"An NDC has 10, 11 or 12 digits, not {len(text)}. Type it with its hyphens and zeros as printed.",
        )
    if not all_digits(text):
        return Refusal("BAD_CHARSET", "An NDC holds digits and hyphens only. Type it as printed.")
    return [(text[:a], text[a : a + b], text[a + b :]) for a, b, c in LAYOUTS if a + b + c == len(text)]


def _twelve(parts: Segments) -> str:
    labeler, product, package = parts
    return labeler.zfill(6) + product.zfill(4) + package.zfill(2)


def _ten_digit_forms(parts: Segments) -> list[str]:
    """A 10-digit NDC itself; else one leading zero dropped from one segment of its 5-4-2 form, if it has one."""
    lengths = tuple(len(part) for part in parts)
    if lengths in TEN:
        return ["-".join(parts)]
    if lengths == (6, 4, 2) and parts[0][0] == "0":
        parts = parts[0][1:], parts[1], parts[2]
    elif lengths != (5, 4, 2):
        return []
    return [
        "-".join(part[1:] if place == dropped else part for place, part in enumerate(parts))
        for dropped in range(3)
        if parts[dropped][0] == "0"
    ]
