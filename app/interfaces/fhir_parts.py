"""Quantities, concepts, references and times of FHIR, read exactly: a unit by its UCUM code, a time with its offset."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from app.interfaces.fhir_json import Json, NotFhirError, Written, each, one, text
from app.interfaces.hl7_coded import names_another_unit
from app.interfaces.notes import Notes, number_hint
from app.interfaces.products import Named, name_product
from app.interfaces.profile import Profile, Unit
from app.interfaces.values import number, unit_reason
from workflows.order import Code, Received

UCUM = "http://unitsofmeasure.org"
MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?(Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])"
)
DATE = re.compile(r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?")


@dataclass(slots=True)
class World:
    """The resources that a document brings along, found by how it refers to them."""

    known: dict[str, Json]
    """By `#id`, full URL, or Type/id."""
    outer: World | None = None
    """What stands around these: the document around one resource."""
    _of: dict[tuple[str, str], dict[int, list[Json]]] = field(default_factory=dict)
    """Resources of this world by kind and element, then by the patient that the element means."""

    def find(self, reference: Json, kind: str) -> Json | None:
        """Return the resource of `kind` that a reference means, if the document brings it."""
        name = text(reference, "reference")
        found = self.known.get(name)
        if found is None and self.outer is not None:
            return self.outer.find(reference, kind)
        return found if found is not None and found.get("resourceType") == kind else None

    def inside(self, resource: Json) -> World:
        """Return the same with the resources contained in one."""
        parts = [(f"#{text(part, 'id')}", part) for part in each(resource, "contained")]
        if len(dict(parts)) < len(parts):
            raise NotFhirError("two contained resources have one id", "MedicationRequest.contained.id")
        return World(dict(parts), self)

    def resources(self) -> list[Json]:
        """Return the resources of this world alone, each once."""
        return list({id(row): row for row in self.known.values()}.values())

    def about(self, patient: Json, kind: str, by: str) -> list[Json]:
        """Return the resources of a kind whose element `by` means this very patient, here and around; each once.

        Sorted by patient once a world, so that a batch of thousands costs each of its orders only its own.
        """
        mine = self._by_patient(kind, by).get(id(patient), [])
        return [*(self.outer.about(patient, kind, by) if self.outer else []), *mine]

    def _by_patient(self, kind: str, by: str) -> dict[int, list[Json]]:
        if (kind, by) not in self._of:
            found: dict[int, list[Json]] = {}
            for row in self.resources():
                whose = self.find(one(row, by), "Patient") if row.get("resourceType") == kind else None
                if whose is not None:
                    found.setdefault(id(whose), []).append(row)
            self._of[kind, by] = found
        return self._of[kind, by]


def ucum(profile: Profile) -> dict[str, Unit]:
    """Return the units of a profile by the code that UCUM gives them; the sender's own spellings are for HL7 v2."""
    return {unit.ucum: unit for unit in profile.units.values()}


def amount(notes: Notes, quantity: Json, at: str, name: str) -> Decimal | None:
    """Return the amount above zero of a quantity, or note why there is none (I32)."""
    value = quantity.get("value")
    if value is None:
        notes.fault("AMOUNT_MISSING", at)
        return None
    if text(quantity, "comparator"):
        notes.fault("DOSE_RANGE", at, hint="more than, or less than, is no amount")
        return None
    said = value.text if isinstance(value, Written) else str(value)
    notes.received.append(Received(name, said, at))
    found = number(said) if isinstance(value, Written) else None
    if found is None:
        notes.fault("NOT_A_NUMBER", at, said, number_hint(said))
    elif found <= 0:
        notes.fault("NOT_POSITIVE", at, said, "an amount must be greater than zero")
        return None
    return found


def unit(notes: Notes, quantity: Json, at: str, drug: bool = True) -> Unit | None:
    """Return the unit of a quantity by its UCUM code, or note why there is none; `drug`: it must measure a drug (I34)."""
    if quantity.get("value") is None:
        return None
    if text(quantity, "system") != UCUM:
        notes.fault(
            "UNIT_SYSTEM", at, text(quantity, "code") or text(quantity, "unit"), "give the UCUM code of the unit"
        )
        return None
    code = text(quantity, "code")
    found = ucum(notes.profile).get(code)
    reason = unit_reason(code, found) if drug or found is None else ""
    if reason:
        notes.fault(
            reason, at, code, "send the amount to be given, e.g. in mg; nothing is multiplied or converted here"
        )
        return None
    words = text(quantity, "unit")
    if found and words and names_another_unit([words], found.ucum):
        notes.fault("UNIT_UNKNOWN", at, code, "its code and its words are different units")
        return None
    return found


def optional(notes: Notes, quantity: Json, code: str, at: str) -> Decimal | None:
    """Return a quantity in exactly the UCUM unit `code`, for checks; anything else is a finding (I42)."""
    if not quantity:
        return None
    value = quantity.get("value")
    found = number(value.text) if isinstance(value, Written) else None
    right = text(quantity, "system") == UCUM and text(quantity, "code") == code and not text(quantity, "comparator")
    if found is None or found <= 0 or not right or names_another_unit([text(quantity, "unit")], code):
        notes.unreadable(at, f"is not a plain number above zero in {code}")
        return None
    return found


def whole(value: object) -> int | None:
    """Return a count above zero, or None."""
    found = number(value.text) if isinstance(value, Written) else None
    return int(found) if found is not None and found > 0 and found == found.to_integral_value() else None


def concept(thing: Json, profile: Profile) -> Named | None:
    """Return what a CodeableConcept names by all its codes and words, or None if it names nothing."""
    codings = each(thing, "coding")
    codes = tuple(
        Code(
            profile.fhir_systems.get(text(row, "system"), text(row, "system")), text(row, "code"), text(row, "display")
        )
        for row in codings
        if text(row, "code")
    )
    words = [text(row, "display") for row in codings] + [text(thing, "text")]
    return name_product(codes, tuple(word for word in words if word), profile)


def has_code(thing: Json, system: str, code: str) -> bool:
    """Say whether one coding of a concept is this one."""
    return any((text(row, "system"), text(row, "code")) == (system, code) for row in each(thing, "coding"))


def moment(said: str) -> datetime | str:
    """Return the aware UTC moment of a FHIR dateTime, or the reason why it is none (I38, I39)."""
    match = MOMENT.fullmatch(said)
    if match is None:
        return "DATE_NO_TIME" if DATE.fullmatch(said) or not said else "DATE_INVALID"
    try:
        found = datetime.fromisoformat(match[1] + match[3].replace("Z", "+00:00"))
    except ValueError:
        return "DATE_INVALID"
    return found.astimezone(UTC) if 1900 <= found.year <= 2200 else "DATE_INVALID"


def identifier_of(world: World, reference: Json, kind: str) -> tuple[str, str]:
    """Return number and printed name of whom a reference means, from itself or from the resource that it names."""
    found = world.find(reference, kind)
    number_ = text(one(reference, "identifier"), "value")
    if not number_ and found:
        number_ = next((text(row, "value") for row in each(found, "identifier") if text(row, "value")), "")
    name = text(reference, "display")
    if not name and found:
        first = (each(found, "name") or [{}])[0]
        given = first.get("given")
        parts = [*(given if isinstance(given, list) else []), text(first, "family")]
        name = text(first, "text") or " ".join(str(part) for part in parts if part)
    return number_, name
