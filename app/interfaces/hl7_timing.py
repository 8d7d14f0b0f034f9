"""When and how fast: the due time with its zone, frequency, priority, rate and duration."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeVar, cast

from app.interfaces.components import Dose
from app.interfaces.hl7_coded import (
    composite,
    leaves,
    names_another_rate,
    names_another_time,
    names_another_unit,
    once,
    texts,
)
from app.interfaces.hl7_group import Group, Sheet
from app.interfaces.hl7_reader import NULL, Segment
from app.interfaces.rhythms import Rhythm, rhythm
from app.interfaces.values import moment, number, rate_reason, whole
from workflows.order import Priority, Received

Said = TypeVar("Said")
PER_TIME = re.compile(r"([SMHD])([0-9]+(?:\.[0-9]*)?)")
SECONDS = {"S": 1, "M": 60, "H": 3600, "D": 86400}
"""Of one unit of RXE-22, so that only a whole division is left to make minutes of it."""


NOT_HELD = {
    6: "gives a length of the treatment, which no order here can hold",
    10: "ties the dose to a condition, which no order here can hold",
    12: "ties the timing to another one",
}
"""Fields of TQ1 that change when a dose is given, and what they do."""


@dataclass(slots=True)
class Timing:
    """When the dose is due and how often it is given."""

    due_at: datetime | None = None
    """Aware, UTC; None with a fault on the sheet."""
    due_text: str = ""
    """As received."""
    priority: Priority = "R"
    """R when absent."""
    frequency: str = ""
    """As received."""
    doses_total: int | None = None
    """TQ1-14."""


def read_timing(group: Group, sheet: Sheet, drug: Segment, dose: Dose) -> Timing:
    """Return the timing of an order; what stands in its way is on the sheet (I38, I39)."""
    after_drug, after_orc = group.under(drug.name, "TQ1"), group.under("ORC", "TQ1")
    quantities, older = [*after_drug, *after_orc], _older(group, drug)
    timing = Timing()
    _due(sheet, timing, quantities, older)
    timing.priority = _priority(sheet, quantities, older)
    timing.frequency = _frequency(sheet, quantities, older)
    timing.doses_total = _doses(sheet, quantities, older)
    for one in quantities:
        _same_dose(sheet, one, dose)
        _ends_and_hours(sheet, one, timing)
        for number_, why in NOT_HELD.items():
            if one.value(number_):
                sheet.unreadable(sheet.place(one, number_), why)
    for segment, number_ in older:
        _older_dose(sheet, segment, number_, dose)
    return timing


def _frequency(sheet: Sheet, quantities: list[Segment], older: list[tuple[Segment, int]]) -> str:
    said = [(one.value(3), sheet.place(one, 3)) for one in quantities if one.value(3)]
    said += [(text, sheet.place(one, n)) for one, n in older for text in _repeated(one, n, 2)]
    said += [("", sheet.place(one, 3)) for one in quantities if len(set(one.repetitions(3))) > 1]
    for one in quantities:
        if len(_rhythms(one)) > 1:
            sheet.unreadable(sheet.place(one, 3), "gives another frequency in its code, its words or its period")
    return _first(sheet, said, "gives another frequency", "")


def _rhythms(quantity: Segment) -> set[Rhythm]:
    """Return every rhythm that TQ1-3 names: by its code, the words beside it, and the period with its unit."""
    said = [*leaves(quantity, 3), f"every {quantity.value(3, 5)} {quantity.value(3, 6)}"]
    return {found for text in said if (found := rhythm(text))}


def _doses(sheet: Sheet, quantities: list[Segment], older: list[tuple[Segment, int]]) -> int | None:
    said: list[tuple[int | None, str]] = []
    for one in quantities:
        if one.value(14):
            count = whole(one.value(14)) if len(leaves(one, 14)) == 1 else None
            said.append((count, sheet.place(one, 14)))
            if count is None:
                sheet.unreadable(sheet.place(one, 14), "is not a number of doses")
    for one, n in older:
        said += [(whole(text), sheet.place(one, n)) for text in _repeated(one, n, 12)]
    return _first(sheet, [one for one in said if one[0] is not None], "gives another number of doses", None)


def _first(sheet: Sheet, said: list[tuple[Said, str]], why: str, none: Said) -> Said:
    """Return what was said first; what was said otherwise elsewhere is a finding (I31)."""
    for value, place in said[1:]:
        if value != said[0][0]:
            sheet.unreadable(place, why)
    return said[0][0] if said else none


def _older(group: Group, drug: Segment) -> list[tuple[Segment, int]]:
    """Return the quantity/timing fields of versions without TQ1, in the order in which they count."""
    return [*([(drug, 1)] if drug.name == "RXE" else []), (group.orc, 7)]


def _due(sheet: Sheet, timing: Timing, quantities: list[Segment], older: list[tuple[Segment, int]]) -> None:
    said = [(text, sheet.place(one, 7)) for one in quantities for text in leaves(one, 7)]
    said += [(text, sheet.place(one, n)) for one, n in older for text in _repeated(one, n, 4)]
    if not said:
        sheet.fault("DATE_NO_TIME", "TQ1-7", hint="TQ1-7 is empty: send when administration starts")
        return
    timing.due_text, place = said[0]
    sheet.received.append(Received("due_at", timing.due_text, place))
    found = moment(timing.due_text, sheet.profile.zone)
    if isinstance(found, str):
        sheet.fault(found, place, timing.due_text)
        return
    timing.due_at = found
    for text, other in said[1:]:
        if moment(text, sheet.profile.zone) != found:
            sheet.fault("SEVERAL_DOSAGES", other, text, f"it gives another start than {place}")


def _priority(sheet: Sheet, quantities: list[Segment], older: list[tuple[Segment, int]]) -> Priority:
    said = [(text, sheet.place(one, 9)) for one in quantities for text in _repeated(one, 9, 1)]
    said += [(text, sheet.place(one, n)) for one, n in older for text in _repeated(one, n, 6)]
    if not said:
        return "R"
    text, place = _first(sheet, said, "gives another priority", ""), said[0][1]
    if text in ("S", "A", "T", "R"):
        return cast(Priority, text)
    sheet.unreadable(place, "is not a priority S, A, T or R")
    return "R"


def _same_dose(sheet: Sheet, quantity: Segment, dose: Dose) -> None:
    """Compare TQ1-2 with the dose: what is said twice must agree exactly (I31)."""
    text = quantity.value(2)
    if not text or dose.amount is None or dose.unit is None:
        return
    amount, said = composite(quantity, 2)
    unit = sheet.profile.units.get(said[0]) if said else None
    if amount is None or unit is None or names_another_unit(list(said[1:]), unit.ucum):
        sheet.unreadable(sheet.place(quantity, 2), "is not an amount")
    elif unit.dimension == dose.unit.dimension and amount * unit.factor != dose.amount * dose.unit.factor:
        sheet.fault("AMOUNTS_DISAGREE", sheet.place(quantity, 2), text, f"{dose.at} gives another amount")


def _ends_and_hours(sheet: Sheet, quantity: Segment, timing: Timing) -> None:
    """Hold the end and the hours of a timing against its start, as the start's own clock has it.

    The first of several doses may be given at once, and the others at their hours.
    """
    end = moment(quantity.value(8), sheet.profile.zone) if quantity.value(8) else None
    if end == "DATE_INVALID":
        sheet.unreadable(sheet.place(quantity, 8), "is not a date and time")
    elif isinstance(end, datetime) and timing.due_at is not None and end < timing.due_at:
        sheet.fault("SEVERAL_DOSAGES", sheet.place(quantity, 8), quantity.value(8), "it ends before it begins")
    hours = {text[:4] for text in leaves(quantity, 4)} if (timing.doses_total or 1) == 1 else set()
    if hours and timing.due_at is not None and timing.due_text[8:12] not in hours:
        sheet.unreadable(sheet.place(quantity, 4), "does not name the hour at which the dose is due")


def _older_dose(sheet: Sheet, segment: Segment, number_: int, dose: Dose) -> None:
    """Compare the quantity of an older timing with the dose: an amount with its unit, the bare number, or one dose (I31)."""
    said = [raw.split(segment.marks.component)[0] for raw in segment.repetitions(number_)]
    filled = {one for one in said if one not in ("", NULL)}
    if not filled or dose.amount is None or dose.unit is None:
        return
    place, parts = sheet.place(segment, number_), next(iter(filled)).split(segment.marks.sub)
    amount, unit = number(segment.marks.plain(parts[0])), None
    if len(parts) > 1 and parts[1]:
        unit = sheet.profile.units.get(segment.marks.plain(parts[1]))
        amount = amount if unit and not names_another_unit(parts[2:3], unit.ucum) else None
    if len(said) > 1 or any(parts[3:]) or amount is None:
        sheet.unreadable(place, "does not begin with one amount")
    elif unit is None or unit.dimension == "count":
        if amount not in (1, dose.amount if unit is None else None):
            sheet.unreadable(place, f"begins with another quantity than {dose.at}")
    elif unit.dimension != dose.unit.dimension or amount * unit.factor != dose.amount * dose.unit.factor:
        sheet.fault("AMOUNTS_DISAGREE", place, "", f"{dose.at} gives another amount")


def rate_and_duration(
    group: Group, sheet: Sheet, drug: Segment, columns: Mapping[str, int]
) -> tuple[Decimal | None, Decimal | None]:
    """Return mL/h and minutes; a valued field that cannot be read is a finding, a unit that is no rate a fault."""
    rate = sheet.optional(drug, columns["rate"], "rate_ml_h")
    n = columns["rate_unit"]
    unit, place = drug.value(n), sheet.place(drug, n)
    if rate is not None or unit:
        reason = rate_reason(unit, sheet.profile)
        if not reason and (not once(drug, n) or names_another_rate(texts(drug, n)) or _other_rate(sheet, drug, n)):
            reason = "unreadable"
        if reason == "UNIT_NOT_A_RATE":
            sheet.fault(reason, place, unit, "send the rate in mL/h")
        elif reason:
            sheet.unreadable(place, "is not a rate unit of the sender's table")
        if reason:
            rate = None
    return rate, _duration(group, sheet, drug, columns)


def _other_rate(sheet: Sheet, drug: Segment, field_number: int) -> bool:
    other = drug.value(field_number, 4)
    return bool(other) and (rate_reason(other, sheet.profile) == "UNIT_NOT_A_RATE" or names_another_rate([other]))


def _duration(group: Group, sheet: Sheet, drug: Segment, columns: Mapping[str, int]) -> Decimal | None:
    quantities = [*group.under(drug.name, "TQ1"), *group.under("ORC", "TQ1")]
    said: list[tuple[Decimal | None, str]] = []
    for one in quantities:
        if one.value(13):
            minutes = minutes_of(sheet, one)
            said.append((minutes, sheet.place(one, 13)))
            if minutes is None:
                sheet.unreadable(sheet.place(one, 13), "is not a duration")
            elif len(said) == 1:
                sheet.keep("duration_min", one, 13)
    found = _first(sheet, said, "gives another duration", None)
    _older_durations(group, sheet, drug, columns, found)
    if "per_time" in columns and drug.value(columns["per_time"]):
        return _per_time(sheet, drug, columns["per_time"], found)
    return found


def _older_durations(
    group: Group, sheet: Sheet, drug: Segment, columns: Mapping[str, int], found: Decimal | None
) -> None:
    """Hold the duration of an older timing against that of the infusion; days and weeks are those of the treatment."""
    if found is None and "per_time" in columns:
        match = PER_TIME.fullmatch(drug.value(columns["per_time"]))
        found = _exact_minutes(Decimal(match[2]) * SECONDS[match[1]]) if match else None
    for segment, number_ in _older(group, drug):
        for text in _repeated(segment, number_, 3):
            match = PER_TIME.fullmatch(text)
            if match and match[1] != "D" and _exact_minutes(Decimal(match[2]) * SECONDS[match[1]]) != found:
                sheet.unreadable(sheet.place(segment, number_), "gives another duration than TQ1-13 or RXE-22")


def minutes_of(sheet: Sheet, quantity: Segment) -> Decimal | None:
    """Return TQ1-13 in minutes; None where it is no duration, or more than one."""
    amount, said = composite(quantity, 13)
    scale = sheet.profile.duration_units.get(said[0]) if said else None
    if amount is None or amount <= 0 or scale is None or names_another_time(list(said), scale):
        return None
    return amount * scale


def _repeated(segment: Segment, number_: int, component: int) -> list[str]:
    """Return one component of every repetition of a field, as far as it holds something."""
    found = (segment.part(raw, component).strip(" ") for raw in segment.repetitions(number_))
    return [text for text in found if text not in ("", NULL)]


def _exact_minutes(seconds: Decimal) -> Decimal | None:
    minutes = seconds / 60
    return minutes.normalize() + 0 if minutes * 60 == seconds else None


def _per_time(sheet: Sheet, drug: Segment, field_number: int, found: Decimal | None) -> Decimal | None:
    """Read RXE-22, text such as H46; a bare number has no unit and only has to fit TQ1-13."""
    text, place = drug.value(field_number), sheet.place(drug, field_number)
    match = PER_TIME.fullmatch(text)
    bare = number(text)
    if len(leaves(drug, field_number)) > 1:
        match = bare = None
    if match and Decimal(match[2]) > 0:
        minutes = _exact_minutes(Decimal(match[2]) * SECONDS[match[1]])
        if minutes is None:
            sheet.unreadable(place, "is no exact number of minutes")
            return found
        if found is not None and minutes != found:
            sheet.unreadable(place, "gives another duration than TQ1-13")
        return minutes if found is None else found
    fits = bare is not None and found is not None and any(bare * seconds == found * 60 for seconds in SECONDS.values())
    if not fits:
        sheet.unreadable(place, "is not a duration that agrees with TQ1-13")
    return found
