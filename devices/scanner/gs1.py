"""GS1 element strings, read strictly from left to right, with nothing remembered between readings (B42).

Not here: which readings are element strings (parse.py). Source: GS1 General Specifications, sections 3 and 7.8.
"""

from __future__ import annotations

from datetime import date

from devices.scanner.answer import POSSIBLE_LOST_FNC1, CodeAnswer, Element, Refusal, refused
from devices.scanner.digits import all_digits, date_of, gs1_check
from devices.scanner.gtin import claims
from devices.scanner.identifiers import Identifier, find

GS = "\x1d"
CHECKED = frozenset({"00", "01", "02"})
"""Identifiers whose value ends with a check digit that is tested."""
SWALLOWED = frozenset({"01", "10", "11", "13", "15", "16", "17", "21"})
"""Identifiers looked for inside a last value when no separator came (B15)."""


def read(data: str, as_of: date) -> list[Element] | Refusal:
    """Return the elements of `data` in the order found, or the first fault. `as_of` decides the century of dates.

    Only GS or the end of the data ends a value without predefined length (B14); an unknown identifier is an error
    (B17).
    """
    if not all_digits(data[:2]) or len(data) < 2:
        return Refusal(
            "NOT_GS1", "This code says it is GS1 but does not begin with two digits. Scan again, or report the label."
        )
    elements: list[Element] = []
    while data:
        element, data = _next(data, as_of)
        if isinstance(element, Refusal):
            return element
        elements.append(element)
    return elements


def _next(data: str, as_of: date) -> tuple[Element | Refusal, str]:
    """Return the first element of `data`, or its fault, and what is left behind it and one separator."""
    identifier = find(data)
    if identifier is None:
        return _unknown(data), ""
    ai = identifier.ai
    value, separator, rest = data[len(ai) :].partition(GS)
    if identifier.predefined and len(value) > identifier.longest:
        rest = value[identifier.longest :] + separator + rest
        value = value[: identifier.longest]
    return fault(identifier, value, as_of) or (ai, value), rest


def _unknown(data: str) -> Refusal:
    seen = data[:4].replace(GS, "<GS>")
    return Refusal(
        "UNKNOWN_AI", f"There is no application identifier at {seen!r}. Scan again; if it stays, set the item aside."
    )


def fault(identifier: Identifier, value: str, as_of: date) -> Refusal | None:
    """Return the first fault of one value, or None: empty, length, characters, check digit, date, in this order."""
    ai = identifier.ai
    if not value:
        return Refusal("EMPTY_VALUE", f"({ai}) has no value. Scan again; if it stays, the label is printed wrongly.")
    if not identifier.shortest <= len(value) <= identifier.longest:
        return _length(identifier, value)
    if not identifier.characters.fullmatch(value):
        return Refusal(
            "BAD_CHARSET", f"({ai}) holds a character it may not have. Scan again, and check the scanner's set-up."
        )
    if ai in CHECKED and not gs1_check(value):
        return Refusal(
            "CHECK_DIGIT", f"The check digit of ({ai}) {value} is wrong. Scan again; never type the number instead."
        )
    if identifier.is_date and not _date_fits(value, as_of):
        return Refusal("BAD_DATE", f"({ai}) {value} is no date. Scan again; if it stays, set the item aside.")
    return None


def _length(identifier: Identifier, value: str) -> Refusal:
    lost = (
        " A separator may be lost: check the scanner's set-up, or read it with the camera."
        if identifier.variable
        else ""
    )
    allowed = f"{identifier.shortest} to {identifier.longest}" if identifier.variable else str(identifier.longest)
    return Refusal(
        "BAD_LENGTH", f"({identifier.ai}) has {len(value)} characters and must have {allowed}.{lost} Scan again."
    )


def _date_fits(value: str, as_of: date) -> bool:
    clock = value[6:]
    clock_fits = not clock or (all_digits(clock) and clock[:2] < "24" and clock[2:] < "60")
    return date_of(value[:6], as_of) is not None and clock_fits


def together(elements: list[Element]) -> list[Element] | Refusal:
    """Return the elements with equal duplicates taken once (B16), or what is wrong with them as a whole (B16, B22)."""
    values: dict[str, str] = {}
    for ai, value in elements:
        if values.setdefault(ai, value) != value:
            return Refusal(
                "DUPLICATE_CONFLICT",
                f"({ai}) stands twice with different values. Set the item aside and report the label.",
            )
    if ("02" in values and "37" not in values) or ("37" in values and not values.keys() & {"00", "02"}):
        return Refusal(
            "MISSING_REQUISITE_AI",
            "This is part of a shipping label (02 and 37 belong together). Scan the item itself.",
        )
    return list(values.items())


def lost_separator(data: str, elements: list[Element], as_of: date) -> bool:
    """Return True if no separator came and a tail of the last value reads as elements the code does not have yet (B15).

    The value is then flagged and never rewritten: an honest lot may look like this.
    """
    ai, value = elements[-1]
    identifier = find(ai)
    if GS in data or identifier is None or not identifier.variable:
        return False
    missing = SWALLOWED - {ai for ai, _ in elements}
    tails = (value[start:] for start in range(1, len(value)) if value[start : start + 2] in missing)
    return any(_reads_whole(tail, missing, as_of) for tail in tails)


def _reads_whole(tail: str, allowed: frozenset[str], as_of: date) -> bool:
    found = read(tail, as_of)
    return not isinstance(found, Refusal) and all(ai in allowed for ai, _ in found)


def answer(data: str, aim: str | None, as_of: date) -> CodeAnswer:
    """Return what an element string claims, without its AIM identifier; one separator in front is tolerated."""
    data = data.removeprefix(GS)
    if not data:
        return refused(Refusal("NO_DATA", "The code holds no data. Scan again."), aim)
    found = read(data, as_of)
    if not isinstance(found, Refusal):
        flags = frozenset({POSSIBLE_LOST_FNC1}) if lost_separator(data, found, as_of) else frozenset[str]()
        return from_elements(found, "gs1", aim, as_of, flags)
    return refused(found, aim)


def from_elements(
    elements: list[Element], form: str, aim: str | None, as_of: date, flags: frozenset[str] = frozenset()
) -> CodeAnswer:
    """Return what a list of sound elements claims, whichever way they were written."""
    kept = together(elements)
    if isinstance(kept, Refusal):
        return refused(kept, aim)
    values = dict(kept)
    gtin = claims(values.get("01"))
    expiry = _expiry(values, as_of)
    return CodeAnswer(
        "ok",
        form,
        aim,
        elements=tuple(kept),
        gtin14=gtin.gtin14,
        ndc10=gtin.ndc10,
        ndc11_candidates=gtin.ndc11_candidates,
        lot=values.get("10"),
        serial=values.get("21"),
        expiry=expiry,
        expired=expiry < as_of if expiry else None,
        flags=flags | gtin.flags,
    )


def _expiry(values: dict[str, str], as_of: date) -> date | None:
    """Only 17 and 7003 are an expiry (B9); the earlier one if a code has both."""
    days = [date_of(values[ai][:6], as_of) for ai in ("17", "7003") if ai in values]
    return min((day for day in days if day), default=None)
