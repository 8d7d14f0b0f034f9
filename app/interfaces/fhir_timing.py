"""When and how fast a FHIR order is given: the start with its offset, duration, count and rate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.interfaces.fhir_json import Json, Written, each, one, text
from app.interfaces.fhir_parts import DATE, UCUM, moment, whole
from app.interfaces.hl7_coded import names_another_rate, names_another_time, names_another_unit
from app.interfaces.notes import Notes
from app.interfaces.rhythms import ONCE, Rhythm, reduced, rhythm
from app.interfaces.values import number, rate_reason
from workflows.order import Received

DOSAGE = "MedicationRequest.dosageInstruction[0]"
SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400, "wk": 604800}
NOT_READ = ("boundsDuration", "boundsRange", "countMax", "durationMax", "frequencyMax", "periodMax", "offset")
"""Elements of a timing that make it a range or a thing to be reckoned."""
CODES = {
    "QD": (1, 24), "BID": (1, 12), "TID": (1, 8), "QID": (1, 6), "QOD": (1, 48), "WK": (1, 168),
    "Q1H": (1, 1), "Q2H": (1, 2), "Q3H": (1, 3), "Q4H": (1, 4), "Q6H": (1, 6), "Q8H": (1, 8), "Q12H": (1, 12),
}  # fmt: skip
"""Codes of GTSAbbreviation that are a number of doses (first) in so many hours, reduced: twice a day is once in twelve."""


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
    rhythm: Rhythm | None = None
    """The same as doses in so many hours, where code, words and counts agree."""
    doses_total: int | None = None
    """Doses asked for."""


def read_timing(notes: Notes, dosage: Json, dispense: Json) -> Timing:
    """Return the timing; what stands in its way is noted (I38, I39)."""
    timing, said = one(dosage, "timing"), Timing()
    repeat = one(timing, "repeat")
    at = f"{DOSAGE}.timing"
    listed = timing.get("event")
    events = [str(one_) for one_ in listed] if isinstance(listed, list) else []
    bounds, valid = one(repeat, "boundsPeriod"), one(dispense, "validityPeriod")
    within = ((bounds, f"{at}.repeat.boundsPeriod"), (valid, "MedicationRequest.dispenseRequest.validityPeriod"))
    starts = [
        (next(iter(events), ""), f"{at}.event[0]"),
        *((text(one_, "start"), f"{path}.start") for one_, path in within),
    ]
    said.due_text, place = next((row for row in starts if row[0]), ("", at))
    notes.received += [Received("due_at", said.due_text, place)] if said.due_text else []
    found = moment(said.due_text)
    if isinstance(found, str):
        notes.fault(found, place, said.due_text, "send when administration starts, with the time of day and the offset")
    else:
        said.due_at = found
        for nth, other in enumerate(events[1:], 1):
            if moment(other) != found:
                notes.fault("SEVERAL_DOSAGES", f"{at}.event[{nth}]", other, f"it gives another start than {place}")
        for period, path in within:
            _within(notes, period, path, said)
        _on_its_day(notes, repeat, f"{at}.repeat", said.due_text)
    for name in NOT_READ:
        if repeat.get(name) is not None:
            notes.unreadable(f"{at}.repeat.{name}", "is a range, or has to be reckoned")
    said.duration_min = _duration(notes, repeat, f"{at}.repeat.duration")
    said.doses_total = whole(repeat.get("count"))
    if repeat.get("count") is not None and said.doses_total is None:
        notes.unreadable(f"{at}.repeat.count", "is not a number of doses")
    _frequency(notes, timing, repeat, said)
    return said


def _within(notes: Notes, period: Json, path: str, said: Timing) -> None:
    """Hold the start against a period given beside it: a day counts whole, as the start's own clock has it."""
    for name, side in (("start", 1), ("end", -1)):
        edge = text(period, name)
        if not edge:
            continue
        found = moment(edge)
        if isinstance(found, datetime) and said.due_at is not None:
            outside = (found > said.due_at) if side > 0 else (found < said.due_at)
        elif DATE.fullmatch(edge):
            day = said.due_text[: len(edge)]
            outside = (edge > day) if side > 0 else (edge < day)
        else:
            notes.unreadable(f"{path}.{name}", "is not a date and time")
            continue
        if outside:
            notes.fault("SEVERAL_DOSAGES", f"{path}.{name}", edge, "the dose is due outside this period")


def _on_its_day(notes: Notes, repeat: Json, at: str, due_text: str) -> None:
    """Hold days of the week and hours of the day against the start as its own clock has it; meals cannot be.

    The first of several doses may be given at once, and the others at their hours.
    """
    days, hours = _texts(repeat, "dayOfWeek"), _texts(repeat, "timeOfDay")
    if days and datetime.fromisoformat(due_text[:19]).strftime("%a").casefold() not in days:
        notes.unreadable(f"{at}.dayOfWeek", "does not name the day on which the dose is due")
    if hours and due_text[11:19] not in hours and (whole(repeat.get("count")) or 1) == 1:
        notes.unreadable(f"{at}.timeOfDay", "does not name the hour at which the dose is due")
    times, period = whole(repeat.get("frequency")), whole(repeat.get("period"))
    if hours and (times, period, text(repeat, "periodUnit")) != (len(hours), 1, "d") and times:
        notes.unreadable(f"{at}.timeOfDay", "gives another number of doses a day than the frequency")
    if _texts(repeat, "when"):
        notes.unreadable(f"{at}.when", "ties the dose to a meal or to sleep, which no order here can hold")


def _texts(repeat: Json, name: str) -> list[str]:
    said = repeat.get(name)
    return [str(one_) for one_ in said] if isinstance(said, list) else []


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


def _frequency(notes: Notes, timing: Json, repeat: Json, said: Timing) -> None:
    """Take how often from the words, the code or the counts: all that is said of it must be the same (I31)."""
    code, at = one(timing, "code"), f"{DOSAGE}.timing.code"
    codes = [text(row, "code") for row in each(code, "coding") if text(row, "code")]
    words = [word for word in (text(code, "text"), *(text(row, "display") for row in each(code, "coding"))) if word]
    times, period = repeat.get("frequency"), repeat.get("period")
    counted = ""
    if isinstance(times, Written) and isinstance(period, Written):
        counted = f"{times.text} per {period.text} {text(repeat, 'periodUnit')}".strip()
    coded = {CODES.get(one_) or rhythm(one_) for one_ in codes} - {None}
    worded = {rhythm(word) for word in words}
    told = _rhythm(times, period, text(repeat, "periodUnit"))
    every = coded | (worded - {None}) | ({told} if counted and not _said_once(coded | worded, repeat) else set())
    said.rhythm = next(iter(every)) if len(every) == 1 else None
    if len(every) > 1:
        notes.unreadable(at, "is another frequency in its code, its words or timing.repeat")
    elif codes and None in worded:
        notes.unreadable(at, "has words beside its code that are not understood")
    first = text(code, "text") or next(iter(codes), "")
    said.frequency = f"{first} ({counted})" if first and counted and not coded else first or counted


def _said_once(heard: set[Rhythm | None], repeat: Json) -> bool:
    """Say whether one dose is asked for: a period beside it says nothing more."""
    return heard == {ONCE} and whole(repeat.get("count")) == 1


def _rhythm(times: object, period: object, unit: str) -> Rhythm | None:
    """Return doses and hours, reduced as the codes are; None where it is not whole."""
    count, length, hours = whole(times), whole(period), {"h": 1, "d": 24, "wk": 168}.get(unit)
    if count is None or length is None or hours is None:
        return None
    return reduced(count, length * hours)


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
    words = [text(quantity, "unit")]
    if text(quantity, "system") != UCUM or rate_reason(code, notes.profile) or names_another_rate(words):
        notes.fault("UNIT_NOT_A_RATE", at, code, "send the rate in mL/h")
        return None
    return _value(notes, quantity, at)


def _ratio(notes: Notes, ratio: Json, at: str) -> Decimal | None:
    numerator, denominator = one(ratio, "numerator"), one(ratio, "denominator")
    hour = denominator.get("value")
    per_hour = isinstance(hour, Written) and number(hour.text) == 1 and text(denominator, "code") == "h"
    per_hour = per_hour and text(denominator, "system") == UCUM and not text(denominator, "comparator")
    in_ml = text(numerator, "system") == UCUM and text(numerator, "code") == "mL"
    words = text(numerator, "unit"), text(denominator, "unit")
    another = names_another_unit([words[0]], "mL") or names_another_time([words[1]], Decimal(60))
    if not in_ml or not per_hour or another:
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
