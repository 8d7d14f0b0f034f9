"""Small FHIR values: quantities, references, codings, times. Everything as JSON-able dictionaries."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from app.export.cases import Case

Json = dict[str, Any]
UCUM = "http://unitsofmeasure.org"
NDC = "http://hl7.org/fhir/sid/ndc"
OURS = "urn:vialtrace:"
SIGNATURE_TYPES = "urn:iso-astm:E1762-95:2013"
PARTICIPANTS = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"


def some(**parts: Any) -> Json:
    """Return the parts that say anything: FHIR knows no empty element."""
    return {name: value for name, value in parts.items() if value not in (None, "", [], {})}


def written(document: Json) -> bytes:
    """Return a document as JSON, each Decimal as a number with its own digits: 970.50 keeps its zero, no float is made."""
    return orjson.dumps(document, default=_digits)


def _digits(value: object) -> orjson.Fragment:
    if not isinstance(value, Decimal) or not value.is_finite():
        raise TypeError(f"{type(value).__name__} is no value of FHIR")
    return orjson.Fragment(f"{value:f}")


def quantity(value: Decimal, unit: str, code: str = "") -> Json:
    """Return an amount with its UCUM unit; `value` stays the Decimal that the record has, and is written by `written`."""
    return {"value": value, "unit": unit, "system": UCUM, "code": code or unit}


def per_container(value: Decimal, unit: str, container: str) -> Json:
    """Return an amount in one container."""
    return {"numerator": quantity(value, unit), "denominator": quantity(Decimal(1), container, f"{{{container}}}")}


def coded(system: str, code: str, display: str) -> Json:
    """Return a concept of one coding."""
    return {"coding": [{"system": system, "code": code, "display": display}]}


def person(case: Case, person_id: str) -> Json:
    """Return a reference to a member of staff, or to their pseudonym."""
    shown = case.who(person_id)
    value = person_id if case.free else shown
    return {"identifier": {"system": f"{OURS}person", "value": value}, "display": shown}


def patient(case: Case) -> Json:
    """Return a reference to the patient: by record number and name, or by pseudonym alone."""
    if case.patients != "named":
        return some(identifier=some(system=f"{OURS}pseudonym", value=case.patient), display=case.patient)
    number = case.number.removeprefix("MRN ")
    kind = coded("http://terminology.hl7.org/CodeSystem/v2-0203", "MR", "Medical record number")
    return some(identifier=some(type=kind, value=number) if number else {}, display=case.patient)


def instant(at: datetime | None, zone: ZoneInfo) -> str | None:
    """Return a moment in the site's zone with its offset."""
    return None if at is None else at.astimezone(zone).isoformat(timespec="milliseconds")
