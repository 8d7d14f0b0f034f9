"""GS1 elements written out: the bracketed text under a barcode, and GS1 Digital Link addresses.

An address is read where it stands and never fetched (B41). Source: GS1 General Specifications 4.14; GS1 Digital Link
1.3.
"""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import unquote

from devices.scanner import gs1
from devices.scanner.answer import CodeAnswer, Element, Refusal, refused
from devices.scanner.digits import all_digits, other_digit
from devices.scanner.identifiers import IDENTIFIERS

_BRACKETED = re.compile(r"(?: *\([0-9]{2,4}\)[^(]*)+")
_PART = re.compile(r"\(([0-9]{2,4})\)([^(]*)")
_SCHEMES = ("http://", "https://", "HTTP://", "HTTPS://")
_QUALIFIERS = ("22", "10", "21")

_NO_KEY = Refusal(
    "FORMAT", "This web address names no product (no GS1 key in its path). Scan another code on the item."
)


def bracketed_answer(typed: str, as_of: date) -> CodeAnswer:
    """Return what bracketed text such as `(01)00363323123451(10)LOT7A`, typed from a label, claims."""
    if not typed.strip(" "):
        return refused(Refusal("NO_DATA", "Nothing was typed. Type the text under the barcode, with its brackets."))
    if not _BRACKETED.fullmatch(typed):
        return refused(
            Refusal(
                "FORMAT", "Type the text as printed: (01) and its number, (17) and its date, each in round brackets."
            )
        )
    return _judged([(ai, value.strip(" ")) for ai, value in _PART.findall(typed)], "hri", None, as_of)


def is_address(data: str) -> bool:
    """Return True for a web address whose scheme is all lower or all upper case; any other mixture is plain text."""
    return data.startswith(_SCHEMES)


def address_answer(data: str, aim: str | None, as_of: date) -> CodeAnswer:
    """Return what a GS1 Digital Link address claims: the last 01 pair of its path, its qualifiers, numeric keys."""
    address = data.partition("#")[0]
    path, _, query = address.partition("?")
    pairs = _path_pairs(path.partition("://")[2].split("/")[1:])
    if isinstance(pairs, Refusal):
        return refused(pairs, aim)
    asked = [part.partition("=") for part in re.split("[&;]", query)]
    pairs += [(key, value) for key, _, value in asked if all_digits(key)]
    elements = [(ai, unquote(value)) for ai, value in pairs]
    if any(other_digit(value) for _, value in elements):
        return refused(
            Refusal("UNICODE_DIGITS", "The address holds digits of another script. Set the item aside."), aim
        )
    return _judged(elements, "digital_link", aim, as_of)


def _path_pairs(segments: list[str]) -> list[Element] | Refusal:
    starts = [place for place in range(len(segments) % 2, len(segments), 2) if segments[place] == "01"]
    if not starts:
        return _NO_KEY
    pairs = list(zip(segments[starts[-1] :: 2], segments[starts[-1] + 1 :: 2], strict=True))
    order = [_QUALIFIERS.index(ai) if ai in _QUALIFIERS else -1 for ai, _ in pairs[1:]]
    if -1 in order or order != sorted(set(order)):
        return Refusal(
            "FORMAT", "This web address has a part that does not belong behind its product number. Scan another code."
        )
    return pairs


def _judged(elements: list[Element], form: str, aim: str | None, as_of: date) -> CodeAnswer:
    for ai, value in elements:
        identifier = IDENTIFIERS.get(ai)
        if identifier is None:
            return refused(
                Refusal("UNKNOWN_AI", f"There is no application identifier ({ai}). Check it against the label."), aim
            )
        wrong = gs1.fault(identifier, value, as_of)
        if wrong:
            return refused(wrong, aim)
    return gs1.from_elements(elements, form, aim, as_of)
