"""When and how fast a FHIR order is given: the start with its offset, duration, count and rate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.interfaces.fhir_json import Json, Written, each, one, text
from app.interfaces.fhir_parts import UCUM, moment, whole
from app.interfaces.notes import Notes
from app.interfaces.values import number, rate_reason
from workflows.order import Received

DOSAGE = "MedicationRequest.dosageInstruction[0]"
SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400, "wk": 604800}
NOT_READ = ("boundsDuration", "boundsRange", "countMax", "durationMax", "frequencyMax", "periodMax", "offset")
"""Elements of a timing that make it a range or a thing to be reckoned."""


@dataclass(slots=True)
class Timing:
    """When the dose is due and how often it is given."""

    due_at: datetime | None = None
    """Aware, UTC; None with a fault."""
    due_text: str = ""
    """As received."""
    duration_min: Decimal | None = None
    """Minutes."""
    frequency: str = ""
    """In words."""
    doses_total: int | None = None
    """Doses asked for."""


def read_timing(notes: Notes, dosage: Json, dispense: Json) -> Timing:
    """Return the timing; what stands in its way is noted (I38, I39)."""
    timing, said = one(dosage, "timing"), Timing()
    repeat = one(timing, "repeat")
    at = f"{DOSAGE}.timing"
    events = timing.get("event")
    first = str(events[0]) if isinstance(events, list) and events else ""
    starts = [
        (first, f"{at}.event[0]"),
        (text(one(repeat, "boundsPeriod"), "start"), f"{at}.repeat.boundsPeriod.start"),
        (text(one(dispense, "validityPeriod"), "start"), "MedicationRequest.dispenseRequest.validityPeriod.start"),
    ]
    said.due_text, place = next((row for row in starts if row[0]), ("", at))
    notes.received += [Received("due_at", said.due_text, place)] if said.due_text else []
    found = moment(said.due_text)
    if isinstance(found, str):
        notes.fault(found, place, said.due_text, "send when administration starts, with the time of day and the offset")
    else:
        said.due_at = found
    bounds = moment(starts[1][0])
    if first and isinstance(bounds, datetime) and said.due_at and bounds > said.due_at:
        notes.fault("SEVERAL_DOSAGES", starts[1][1], hint=f"it begins after {place}")
    for name in NOT_READ:
        if repeat.get(name) is not None:
            notes.unreadable(f"{at}.repeat.{name}", "is a range, or has to be reckoned")
    said.duration_min = _duration(notes, repeat, f"{at}.repeat.duration")
    said.doses_total = whole(repeat.get("count"))
    if repeat.get("count") is not None and said.doses_total is None:
        notes.unreadable(f"{at}.repeat.count", "is not a number of doses")
    said.frequency = _frequency(timing, repeat)
    return said


def _duration(notes: Notes, repeat: Json, at: str) -> Decimal | None:
    value = repeat.get("duration")
    if value is None and not text(repeat, "durationUnit"):
        return None
    found = number(value.text) if isinstance(value, Written) else None
    seconds = SECONDS.get(text(repeat, "durationUnit"))
    minutes = found * seconds / 60 if found and seconds else None
    if minutes is None or minutes <= 0 or found is None or minutes * 60 != found * (seconds or 0):
        notes.unreadable(at, "is not a duration in whole minutes")
        return None
    return minutes.normalize() + 0


def _frequency(timing: Json, repeat: Json) -> str:
    code = one(timing, "code")
    said = text(code, "text") or next((text(row, "code") for row in each(code, "coding")), "")
    if said:
        return said
    times, period = repeat.get("frequency"), repeat.get("period")
    if not isinstance(times, Written) or not isinstance(period, Written):
        return ""
    return f"{times.text} per {period.text} {text(repeat, 'periodUnit')}".strip()


def read_rate(notes: Notes, dosage: Json) -> Decimal | None:
    """Return mL/h; a unit that is no rate is a fault, what cannot be read a finding."""
    rows = each(dosage, "doseAndRate")
    row, at = (rows[0] if len(rows) == 1 else {}), f"{DOSAGE}.doseAndRate[0]"
    if row.get("rateRange") is not None:
        notes.unreadable(f"{at}.rateRange", "is a range, and no rate")
        return None
    if row.get("rateRatio") is not None:
        return _ratio(notes, one(row, "rateRatio"), f"{at}.rateRatio")
    return _per_hour(notes, one(row, "rateQuantity"), f"{at}.rateQuantity") if "rateQuantity" in row else None


def _per_hour(notes: Notes, quantity: Json, at: str) -> Decimal | None:
    code = text(quantity, "code")
    if text(quantity, "system") != UCUM or rate_reason(code, notes.profile):
        notes.fault("UNIT_NOT_A_RATE", at, code, "send the rate in mL/h")
        return None
    return _value(notes, quantity, at)


def _ratio(notes: Notes, ratio: Json, at: str) -> Decimal | None:
    numerator, denominator = one(ratio, "numerator"), one(ratio, "denominator")
    hour = denominator.get("value")
    per_hour = isinstance(hour, Written) and number(hour.text) == 1 and text(denominator, "code") == "h"
    if text(numerator, "system") != UCUM or text(numerator, "code") != "mL" or not per_hour:
        notes.fault("UNIT_NOT_A_RATE", at, hint="send the rate in mL per 1 h")
        return None
    return _value(notes, numerator, at)


def _value(notes: Notes, quantity: Json, at: str) -> Decimal | None:
    value = quantity.get("value")
    found = number(value.text) if isinstance(value, Written) else None
    if found is None or found <= 0 or text(quantity, "comparator"):
        notes.unreadable(at, "is not a plain number above zero")
        return None
    notes.received.append(Received("rate_ml_h", value.text if isinstance(value, Written) else "", at))
    return found
