"""HIBC supplier labels: `+`, labeler, product, unit, optionally expiry and lot, check character. Thinly covered.

Source: ANSI/HIBC 2.6. Of the secondary data only `/$$3` YYMMDD lot is read; any other form is refused.
"""

from __future__ import annotations

import re
from datetime import date

from devices.scanner.answer import CodeAnswer, Hibc, Refusal, refused
from devices.scanner.digits import date_of

_CODE39 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"
_LABEL = re.compile(
    r"\+([A-Z][A-Z0-9]{3})([A-Z0-9]{1,18})([0-9])(?:/\$\$3([0-9]{6})([A-Z0-9.-]{0,18}))?([0-9A-Z. $/+%-])"
)
_MISREAD_BRACKET = re.compile(r"\+[A-Za-z][0-9]")


def answer(data: str, aim: str | None, as_of: date) -> CodeAnswer:
    """Return what a HIBC label claims, or why it is refused."""
    label = _LABEL.fullmatch(data)
    if label is None:
        return refused(_shape(data), aim)
    lic, pcn, unit, day, lot, check = label.groups()
    if _CODE39[sum(_CODE39.index(c) for c in data[:-1]) % 43] != check:
        return refused(Refusal("CHECK_DIGIT", "The check character of this HIBC label is wrong. Scan again."), aim)
    expiry = date_of(day, as_of) if day else None
    if day and expiry is None:
        return refused(Refusal("BAD_DATE", f"{day} is no date. Set the item aside."), aim)
    return CodeAnswer(
        "ok",
        "hibc",
        aim,
        hibc=Hibc(lic, pcn, unit),
        lot=lot or None,
        expiry=expiry,
        expired=expiry < as_of if expiry else None,
    )


def _shape(data: str) -> Refusal:
    """A scanner on a German keyboard layout sends `+` for `]`: name it, never guess what was meant (B2)."""
    if _MISREAD_BRACKET.match(data):
        return Refusal(
            "FORMAT",
            f"The scan begins with {data[:3]!r}. Either the scanner's keyboard layout is wrong (+ for ]): set it "
            "to US; or this is a HIBC label we cannot read.",
        )
    return Refusal("FORMAT", "This HIBC label cannot be read. Scan another code on the item.")
