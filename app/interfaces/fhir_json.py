"""FHIR JSON to values: numbers as they were written, the shape of R4 held, and nothing passed over that changes a meaning.

Public readers let three things pass that make another order of what is written: unknown modifiers, numbers as texts,
and a key that stands twice (I60). They are refused here before anything is read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
DEEPEST = 60
"""Levels of nesting; a real order has ten."""


class NotFhirError(Exception):
    """The bytes are no FHIR R4 JSON; `at` is the place and the text says why."""

    def __init__(self, says: str, at: str = "") -> None:
        super().__init__(says)
        self.at = at


@dataclass(frozen=True, slots=True)
class Written:
    """A number as its characters in the document: 970.50 keeps its zero, 9.7e2 its exponent."""

    text: str
    """The characters."""


R4: dict[str, str] = {
    "MedicationRequest": "identifier*:Identifier status:text statusReason:Concept intent:text category* priority:text "
    "doNotPerform reportedBoolean reportedReference medicationCodeableConcept:Concept medicationReference:Reference "
    "subject:Reference encounter supportingInformation* authoredOn:text "
    "requester performer performerType recorder reasonCode* reasonReference* instantiatesCanonical* instantiatesUri* "
    "basedOn* groupIdentifier courseOfTherapyType insurance* note* dosageInstruction*:Dosage "
    "dispenseRequest:DispenseRequest substitution priorPrescription detectedIssue* eventHistory*",
    "Dosage": "sequence text additionalInstruction* patientInstruction timing:Timing asNeededBoolean "
    "asNeededCodeableConcept site route:Concept method doseAndRate*:DoseAndRate maxDosePerPeriod:Ratio "
    "maxDosePerAdministration:Quantity maxDosePerLifetime:Quantity",
    "DoseAndRate": "type doseRange doseQuantity:Quantity rateRatio:Ratio rateRange rateQuantity:Quantity",
    "DispenseRequest": "initialFill dispenseInterval validityPeriod:Period numberOfRepeatsAllowed quantity:Quantity "
    "expectedSupplyDuration performer",
    "Timing": "event*:text repeat:Repeat code:Concept",
    "Repeat": "boundsDuration boundsRange boundsPeriod:Period count countMax duration durationMax durationUnit:text frequency "
    "frequencyMax period periodMax periodUnit:text dayOfWeek*:text timeOfDay*:text when*:text offset",
    "Period": "start:text end:text",
    "Quantity": "value comparator:text unit:text system:text code:text",
    "Ratio": "numerator:Quantity denominator:Quantity",
    "Medication": "identifier* code:Concept status:text manufacturer form amount:Ratio ingredient*:Ingredient batch",
    "Ingredient": "itemCodeableConcept:Concept itemReference:Reference isActive strength:Ratio",
    "Concept": "coding*:Coding text:text",
    "Coding": "system:text version:text code:text display:text userSelected",
    "Identifier": "use:text type:Concept system:text value:text period assigner",
    "Reference": "reference:text type:text identifier:Identifier display:text",
    "Patient": "identifier*:Identifier active name* telecom* gender:text birthDate:text deceasedBoolean deceasedDateTime "
    "address* maritalStatus multipleBirthBoolean multipleBirthInteger photo* contact* communication* generalPractitioner* "
    "managingOrganization link*",
}
"""The elements of R4 of what is read, by type; * stands several times, :text is a text, :Type is looked into."""
CHOICES = {
    "MedicationRequest": (
        ("reportedBoolean", "reportedReference"),
        ("medicationCodeableConcept", "medicationReference"),
    ),
    "Dosage": (("asNeededBoolean", "asNeededCodeableConcept"),),
    "DoseAndRate": (("rateRatio", "rateRange", "rateQuantity"),),
    "Repeat": (("boundsDuration", "boundsRange", "boundsPeriod"),),
    "Ingredient": (("itemCodeableConcept", "itemReference"),),
    "Patient": (("deceasedBoolean", "deceasedDateTime"), ("multipleBirthBoolean", "multipleBirthInteger")),
}
"""Elements of which R4 has one: two of them say one thing twice, and may say it differently (a range beside a dose has a
reason of its own)."""
OF_EVERY_RESOURCE = "resourceType id meta implicitRules language text contained* extension* modifierExtension*"
OF_EVERY_ELEMENT = "id extension* modifierExtension*"


def _shapes() -> dict[str, dict[str, tuple[bool, str]]]:
    resources = {"MedicationRequest", "Medication", "Patient"}
    found: dict[str, dict[str, tuple[bool, str]]] = {}
    for kind, words in R4.items():
        common = OF_EVERY_RESOURCE if kind in resources else OF_EVERY_ELEMENT
        rows = (word.partition(":") for word in f"{common} {words}".split())
        found[kind] = {name.rstrip("*"): (name.endswith("*"), inner) for name, _, inner in rows}
    return found


SHAPES = _shapes()


def parse(raw: bytes) -> Json:
    """Return the one object in `raw`. Raises NotFhirError for anything that is not exactly that."""
    try:
        found = json.loads(
            raw.decode("utf-8-sig"),
            parse_float=Written,
            parse_int=Written,
            parse_constant=_no_constant,
            object_pairs_hook=_once_each,
        )
    except (ValueError, RecursionError) as trouble:
        raise NotFhirError("not JSON in UTF-8") from trouble
    if not isinstance(found, dict) or not isinstance(found.get("resourceType"), str):
        raise NotFhirError("not one FHIR resource")
    return found


def _no_constant(text: str) -> None:
    raise ValueError(text)


def _once_each(pairs: list[tuple[str, Any]]) -> Json:
    """Refuse a key that stands twice: readers differ in which of the two they take."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def check_shape(thing: Json, kind: str, at: str) -> None:
    """Hold one resource against R4's elements, as far as it is read. Raises NotFhirError with the place."""
    shape = SHAPES.get(kind)
    if shape is None:
        return
    for choice in CHOICES.get(kind, ()):
        if len(said := [name for name in choice if name in thing or f"_{name}" in thing]) > 1:
            raise NotFhirError(f"R4 has one of {' and '.join(said)}, never both: send one", f"{at}.{said[1]}")
    for name, value in thing.items():
        plain = name.removeprefix("_")
        if plain not in shape:
            raise NotFhirError("not an element of R4", f"{at}.{name}")
        several, inner = shape[plain]
        if several != isinstance(value, list) or value in (None, "", [], {}):
            raise NotFhirError("several where R4 has one, one where it has several, or nothing", f"{at}.{name}")
        if name != plain:
            continue
        if inner == "text":
            if not all(isinstance(one, str) for one in (value if several else [value])):
                raise NotFhirError("not a text", f"{at}.{name}")
            continue
        for nth, one in enumerate(value if several else [value]):
            place = f"{at}.{name}[{nth}]" if several else f"{at}.{name}"
            if inner and not isinstance(one, dict):
                raise NotFhirError("not an object", place)
            if inner:
                check_shape(one, inner, place)


def modifiers(thing: Any, at: str, depth: int = 0) -> Iterator[str]:
    """Yield the place of every modifierExtension and implicitRules, contained resources under their own names.

    A reason why a value is absent, beside the value, is one too: nobody knows which of the two is meant.
    """
    if depth > DEEPEST:
        raise NotFhirError("nested too deeply", at[:80])
    if isinstance(thing, list):
        for nth, one in enumerate(thing):
            yield from modifiers(one, f"{at}[{nth}]", depth + 1)
        return
    if not isinstance(thing, dict):
        return
    own = thing.get("resourceType")
    at = own if isinstance(own, str) else at
    for name, value in thing.items():
        if name == "modifierExtension":
            yield from (f"{at}.{name}[{nth}]" for nth in range(len(value) if isinstance(value, list) else 1))
        elif name == "implicitRules" or (name[:1] == "_" and name[1:] in thing and _is_absent(value)):
            yield f"{at}.{name}"
        elif isinstance(value, dict | list):
            yield from modifiers(value, f"{at}.{name}", depth + 1)


def _is_absent(companion: Any) -> bool:
    return any(text(row, "url").endswith("/data-absent-reason") for row in each(companion, "extension"))


def each(thing: Any, name: str) -> list[Json]:
    """Return the objects of a repeated element; what is no object is none."""
    found = thing.get(name) if isinstance(thing, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def one(thing: Any, name: str) -> Json:
    """Return an element that is an object; an empty one where it is not there."""
    found = thing.get(name) if isinstance(thing, dict) else None
    return found if isinstance(found, dict) else {}


def text(thing: Any, name: str) -> str:
    """Return an element that is a text; an empty one where it is not there."""
    found = thing.get(name) if isinstance(thing, dict) else None
    return found.strip() if isinstance(found, str) else ""
