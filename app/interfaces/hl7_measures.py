"""Weight, height and body surface from OBX, and how the prescriber got to the dose from the Z segment: for checks only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import cast, get_args
from zoneinfo import ZoneInfo

from app.interfaces.hl7_coded import names_another_unit, once, texts
from app.interfaces.hl7_group import Group, Sheet
from app.interfaces.hl7_reader import NULL, Message, Segment
from app.interfaces.profile import Profile
from app.interfaces.reasons import finding
from app.interfaces.values import day, moment, number, whole
from workflows.order import OrderFinding, PerUnit

UNIT_OF = {"weight_kg": "kg", "height_cm": "cm", "bsa_m2": "m2"}
WITHDRAWN = frozenset({"D", "W", "X"})
"""OBX-11 of a result that does not count: deleted, wrong, cannot be obtained."""


@dataclass(slots=True)
class Measures:
    """The patient's measures in one message."""

    weight_kg: Decimal | None = None
    """kg."""
    height_cm: Decimal | None = None
    """cm."""
    bsa_m2: Decimal | None = None
    """m²."""
    bsa_method: str = ""
    """Formula named with the body surface."""
    measured_at: datetime | None = None
    """The older of the times, aware, UTC."""
    findings: list[OrderFinding] = field(default_factory=list)
    """What could not be read."""


@dataclass(slots=True)
class Basis:
    """The chemotherapy data of one order."""

    protocol: str = ""
    """Protocol code."""
    cycle: int | None = None
    """Cycle."""
    day: int | None = None
    """Day of it."""
    per_unit_dose: Decimal | None = None
    """In `per_unit`."""
    per_unit: PerUnit | None = None
    """mg/m2, mg/kg or AUC."""
    bsa_m2: Decimal | None = None
    """m² that the prescriber used."""
    reduction_percent: Decimal | None = None
    """Percent."""
    diagnosis: str = ""
    """As received."""


def read_measures(message: Message, profile: Profile) -> Measures:
    """Return the measures of the message's OBX segments; a wrong unit or no number is a finding."""
    measures = Measures()
    taken: dict[str, tuple[datetime | None, Decimal]] = {}
    for obx in message.all("OBX"):
        name = profile.measures.get(obx.value(3, 1)) or profile.measures.get(obx.value(3, 4))
        if name in UNIT_OF:
            _measure(message, obx, name, taken, measures, profile.zone)
    for name, (_, value) in taken.items():
        setattr(measures, name, value)
    times = [at for at, _ in taken.values() if at]
    measures.measured_at = min(times, default=None)
    return measures


def _measure(
    message: Message,
    obx: Segment,
    name: str,
    taken: dict[str, tuple[datetime | None, Decimal]],
    measures: Measures,
    zone: ZoneInfo,
) -> None:
    def unreadable(number_: int, why: str) -> None:
        measures.findings.append(finding("FIELD_UNREADABLE", f"{message.place(obx, number_)} {why}; it was not used"))

    value = number(obx.get(5)) if obx.leaves(5) == 1 else None
    if value is None or value <= 0:
        unreadable(5, "is not a plain number above zero")
        return
    if obx.value(6) != UNIT_OF[name] or not once(obx, 6) or names_another_unit(texts(obx, 6), UNIT_OF[name]):
        unreadable(6, f"is not {UNIT_OF[name]}")
        return
    if obx.value(11) in WITHDRAWN:
        unreadable(11, "says that the result does not count")
        return
    at = _when(obx.value(14), zone)
    if obx.value(14) and at is None:
        unreadable(14, "does not give the day of the measurement")
    known = taken.get(name)
    if known and known[1] != value and (known[0] is None or at is None or known[0] == at):
        unreadable(5, "differs from another result, and it is not clear which is newer")
        return
    if known is None or (known[0] and at and at > known[0]):
        taken[name] = (at, value)
        if name == "bsa_m2":
            measures.bsa_method = obx.value(17, 1)


def _when(text: str, zone: ZoneInfo) -> datetime | None:
    """Return the moment, or the start of the day where only a day is given."""
    found = moment(text, zone) if text else None
    if isinstance(found, datetime):
        return found
    date_only = day(text) if found == "DATE_NO_TIME" else None
    return datetime.combine(date_only, time(12), zone).astimezone(UTC) if date_only else None


def z_values(group: Group, sheet: Sheet, measures: Measures) -> Basis:
    """Return what the profile's Z segment says of this order (of the whole message if it stands before the first ORC)."""
    name = sheet.profile.z_name
    own = [segment for segment in group.rest if segment.name == name]
    basis = Basis()
    found = own or sheet.common
    if not found:
        return basis
    if len(found) > 1:
        sheet.unreadable(sheet.place(found[1]), f"is a second {name} of one order")
    segment = found[0]
    for n, field_name in enumerate(sheet.profile.z_fields, 1):
        text = segment.get(n)
        if text not in ("", NULL):
            _take(sheet, segment, n, field_name, basis)
    if basis.bsa_m2 is not None and measures.bsa_m2 is not None and basis.bsa_m2 != measures.bsa_m2:
        n = sheet.profile.z_fields.index("bsa_m2") + 1
        sheet.unreadable(sheet.place(segment, n), "gives another body surface than OBX")
    return basis


def _take(sheet: Sheet, segment: Segment, n: int, field_name: str, basis: Basis) -> None:
    text, place = segment.value(n), sheet.place(segment, n)
    if not once(segment, n):
        sheet.unreadable(place, "holds more than one value")
        return
    if field_name in ("cycle", "day"):
        setattr(basis, field_name, whole(text))
    elif field_name == "per_unit":
        basis.per_unit = cast(PerUnit, text) if text in get_args(PerUnit) else None
    elif field_name in ("protocol", "diagnosis"):
        setattr(basis, field_name, text)
        return
    elif field_name in ("per_unit_dose", "bsa_m2", "reduction_percent"):
        value = number(text)
        low_enough = value is not None and (value > 0 or (field_name == "reduction_percent" and 0 <= value <= 100))
        setattr(basis, field_name, value if low_enough else None)
        sheet.keep(field_name, segment, n)
    else:
        return
    if getattr(basis, field_name) is None:
        sheet.unreadable(place, f"is not a {field_name.replace('_', ' ')}")
