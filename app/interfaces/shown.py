"""An order and a verdict as `vialtrace order import` prints them: JSON for programs, words for people."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from app.interfaces.ack import ack_code
from app.interfaces.book import OrderBook, Verdict
from app.interfaces.fhir_reply import http_status
from app.interfaces.reading import Reading
from workflows.order import Active, Code, Order, OrderKey, Other, PatientText, Person
from workflows.wording import amount, unit

DECIMALS = (
    "rate_ml_h",
    "duration_min",
    "total_volume_ml",
    "dispense_quantity",
    "per_unit_dose",
    "reduction_percent",
    "weight_kg",
    "height_cm",
    "bsa_m2",
)
PLAIN = (
    "priority",
    "frequency",
    "doses_total",
    "dose_no",
    "dispense_unit",
    "strength",
    "protocol",
    "cycle",
    "day",
    "per_unit",
    "bsa_method",
    "indication",
)


def _decimal(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"


def _moment(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _code(code: Code | None) -> dict[str, str] | None:
    return {"system": code.system, "code": code.code, "text": code.text} if code else None


def _part(one: Active | Other) -> dict[str, Any]:
    named = one.drug if isinstance(one, Active) else one.text
    shown: dict[str, Any] = {"drug": named, "amount": _decimal(one.amount), "unit": one.unit, "code": _code(one.code)}
    if isinstance(one, Other):
        return shown | {"kind": one.kind}
    return shown | ({"concentration": one.concentration} if one.concentration else {})


def _base(order: Order) -> dict[str, Any] | None:
    base = order.base
    if base is None:
        return None
    return {
        "fluid": base.fluid,
        "volume_ml": _decimal(base.volume_ml),
        "qs": base.qs,
        "overfill": base.overfill,
        "code": _code(base.code),
    }


def _person(person: Person | None, role: str) -> dict[str, str | None]:
    return {role: person.id if person else None, f"{role}_name": person.name if person else None}


def patient_json(patient: PatientText) -> dict[str, Any]:
    """Return the identity half, without the allergies."""
    return {
        "mrn": patient.mrn,
        "authority": patient.authority,
        "other_ids": [{"id": one.id, "authority": one.authority, "type": one.type} for one in patient.other_ids],
        "family": patient.family,
        "given": patient.given,
        "birth_date": patient.birth_date.isoformat() if patient.birth_date else None,
        "sex": patient.sex,
        "visit": patient.visit,
        "location": patient.location,
    }


def order_json(order: Order, patient: PatientText) -> dict[str, Any]:
    """Return one order, decimals as text, times in UTC."""
    return {
        "sender": order.key.sender,
        "placer": order.key.placer,
        "placer_ns": order.key.placer_ns,
        "group": order.group,
        "version": order.version,
        "control": order.control,
        "status": order.status,
        "patient": patient_json(patient),
        "drug": order.drug,
        "drug_code": [_code(code) for code in order.drug_codes],
        "dose": _decimal(order.dose),
        "dose_unit": order.dose_unit,
        "actives": [_part(active) for active in order.actives],
        "base": _base(order),
        "others": [_part(other) for other in order.others],
        "container": order.container,
        "route": order.route,
        "due_at": _moment(order.due_at),
        "due_text": order.due_text,
        **_numbers(order),
        **_person(order.prescriber, "prescriber"),
        **_person(order.verified_by, "verified_by"),
        **_person(order.entered_by, "entered_by"),
        "instructions": [{"kind": one.kind, "text": one.text} for one in order.instructions],
        "allergies": [one.text for one in patient.allergies],
        "source": order.source,
        "message_id": order.message_id,
        "profile_version": order.profile_version,
        "received": {one.field: {"text": one.text, "at": one.at} for one in order.received},
    }


def _numbers(order: Order) -> dict[str, Any]:
    return (
        {name: _decimal(getattr(order, name)) for name in DECIMALS}
        | {name: getattr(order, name) for name in PLAIN}
        | {"measured_at": _moment(order.measured_at)}
    )


def shown_keys(verdict: Verdict) -> list[OrderKey]:
    """Return the orders that a message created, changed or repeated."""
    return [change.key for change in verdict.changes if change.effect in ("created", "changed", "replayed")]


def shown_orders(verdict: Verdict, book: OrderBook) -> list[tuple[Order, PatientText]]:
    """Return those orders as they now stand."""
    found = map(book.find, shown_keys(verdict))
    return [(kept.order, kept.patient) for kept in found if kept]


def message_json(
    reading: Reading, verdict: Verdict, reply: str, orders: list[tuple[Order, PatientText]]
) -> dict[str, Any]:
    """Return the line that `--json` prints for one message; file and number are added by the command."""
    return {
        "source": reading.source,
        "control_id": reading.header.control_id,
        "sender": reading.header.sender,
        **_answered(reading, verdict),
        "effect": verdict.effect,
        "errors": [{"err": one.err, "reason": one.reason, "at": one.at, "text": one.text} for one in verdict.errors],
        "findings": [{"code": one.code, "blocks": one.blocks, "text": one.text} for one in verdict.findings],
        "orders": [order_json(order, patient) for order, patient in orders],
        "reply": reply,
    }


def _answered(reading: Reading, verdict: Verdict) -> dict[str, Any]:
    if reading.source == "fhir":
        return {"http": http_status(reading, verdict)}
    return {"ack": ack_code(reading, verdict)}


def order_words(order: Order, zone: ZoneInfo) -> str:
    """Return one order in a sentence, without the patient."""
    parts = [f"{order.drug} {amount(order.dose)} {unit(order.dose_unit)}", order.route]
    if order.base:
        parts.append(f"in {order.base.fluid} {amount(order.base.volume_ml)} mL")
    if order.container:
        parts.append(order.container)
    due = f"{order.due_at.astimezone(zone):%Y-%m-%d %H:%M %Z}"
    return f"order {order.key.placer} version {order.version}: {', '.join(parts)}, due {due}"


def message_words(reading: Reading, verdict: Verdict, orders: list[tuple[Order, PatientText]]) -> list[str]:
    """Return the lines a person reads: what was ordered, what blocks, or why it is refused and what to do."""
    head, zone = reading.header, reading.profile.zone if reading.profile else ZoneInfo("UTC")
    accepted = verdict.outcome == "accepted"
    title = f"{head.control_id or '(no control id)'} from {head.sender.strip('|') or '(unknown sender)'}"
    said = " ".join(map(str, _answered(reading, verdict).values()))
    lines = [f"{title}: {verdict.effect if accepted else 'REFUSED'} ({said})"]
    lines += [f"  {order_words(order, zone)}" for order, _ in orders]
    lines += [f"  {'BLOCKS' if one.blocks else 'note'} {one.code}: {one.text}" for one in verdict.findings]
    lines += [f"  {one.reason}: {one.shown}. {one.do}" for one in verdict.errors]
    return lines
