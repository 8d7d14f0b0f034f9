"""Texts to exact numbers, units and moments; what cannot be read is a reason, never a guess (I30 to I39)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

from app.interfaces.profile import Profile, Unit

NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?")
MOST_DIGITS = 20
"""A longer number is no amount; up to here scaling by the unit table is exact in Decimal's 28 digits."""
MOMENT = re.compile(
    r"([0-9]{4})(?:([0-9]{2})(?:([0-9]{2})(?:([0-9]{2})(?:([0-9]{2})(?:([0-9]{2})(?:\.([0-9]{1,6}))?)?)?)?)?)?"
    r"([+-][0-9]{4})?"
)
AMOUNT_DIMENSIONS = frozenset({"mass", "activity", "substance"})
"""What a dose or an active can be measured in."""
AUC = frozenset({"AUC", "auc"})


def number(text: str) -> Decimal | None:
    """Return the plain decimal number in `text`, or None: ASCII digits, one point, no exponent, no blank (I32)."""
    if not NUMBER.fullmatch(text) or len(text) > MOST_DIGITS:
        return None
    return Decimal(text)


def whole(text: str) -> int | None:
    """Return a count above zero, or None."""
    found = number(text)
    return int(found) if found is not None and found > 0 and found == found.to_integral_value() else None


def unit_reason(text: str, unit: Unit | None) -> str:
    """Return why `text` is no unit of an amount of drug, or an empty text if it is one (I30, I34)."""
    if unit is not None:
        return "" if unit.dimension in AMOUNT_DIMENSIONS else "UNIT_NOT_AN_AMOUNT"
    if not text:
        return "AMOUNT_MISSING"
    return "UNIT_NOT_AN_AMOUNT" if "/" in text or text in AUC else "UNIT_UNKNOWN"


def rate_reason(text: str, profile: Profile) -> str:
    """Return UNIT_NOT_A_RATE for a unit that is understood and is no rate, `unreadable` for any other, empty for mL/h."""
    if text in profile.rate_units:
        return ""
    understood = text in profile.units or text.endswith(("/m2", "/kg", "/mL", "/ml")) or text in AUC
    return "UNIT_NOT_A_RATE" if understood else "unreadable"


def _offset(text: str) -> timezone | None:
    hours, minutes = int(text[1:3]), int(text[3:5])
    if hours > 14 or minutes > 59:
        return None
    span = timedelta(hours=hours, minutes=minutes)
    return timezone(-span if text[0] == "-" else span)


def moment(text: str, zone: ZoneInfo) -> datetime | str:
    """Return the aware UTC moment of an HL7 time, or the reason why it is none (I38, I39)."""
    match = MOMENT.fullmatch(text)
    if match is None:
        return "DATE_INVALID"
    year, month, day, hour, minute, second, part, offset = match.groups()
    try:
        local = datetime(  # noqa: DTZ001 - the zone is attached below, after the checks for repeated and skipped hours
            int(year),
            int(month or 1),
            int(day or 1),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            int((part or "0").ljust(6, "0")),
        )
    except ValueError:
        return "DATE_INVALID"
    if not 1900 <= local.year <= 2200:
        return "DATE_INVALID"
    if hour is None:
        return "DATE_NO_TIME"
    return _zoned(local, offset, zone)


def _zoned(local: datetime, offset: str | None, zone: ZoneInfo) -> datetime | str:
    if offset:
        fixed = _offset(offset)
        return "DATE_INVALID" if fixed is None else local.replace(tzinfo=fixed).astimezone(UTC)
    return from_local(local, zone)


def from_local(local: datetime, zone: ZoneInfo) -> datetime | str:
    """Return a naive local time of `zone` as UTC; a repeated or skipped hour is a reason (zoneinfo takes both, I38)."""
    early, late = local.replace(tzinfo=zone, fold=0), local.replace(tzinfo=zone, fold=1)
    if early.utcoffset() == late.utcoffset():
        return early.astimezone(UTC)
    exists = early.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == local
    return "DATE_AMBIGUOUS" if exists else "DATE_NONEXISTENT"


def day(text: str) -> date | None:
    """Return the date of an HL7 time that gives at least a day, or None."""
    match = MOMENT.fullmatch(text)
    if match is None or match[3] is None:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None
