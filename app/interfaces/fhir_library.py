"""A second opinion: FHIR resources held against R4 by a library, which knows every element of what our own checks read a part of.

Its models are of R4B. Of the kinds read here R4B has every element of R4 but the `valueMeta` of an extension, which is
therefore taken out before it looks; kinds that are not read here are not shown to it, for R4B dropped some. What it lets
pass (numbers as texts, unknown codes, modifiers) our own checks hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from app.interfaces.fhir_json import Json, Written, each, text
from app.interfaces.reasons import Fault

KINDS = {
    "MedicationRequest", "Medication", "Patient", "Observation", "AllergyIntolerance", "Provenance", "Practitioner",
    "PractitionerRole", "Organization",
}  # fmt: skip
"""Resources that an order is read from."""
MOST = 10
"""Faults that are told of one resource."""


def faults_of(resource: Json) -> Iterator[Fault]:
    """Yield what is not R4 in one resource and in those that it contains; of kinds that are not read here nothing."""
    for part in (resource, *each(resource, "contained")):
        if (kind := text(part, "resourceType")) in KINDS:
            yield from _asked(kind, part)


def faults_of_bundle(bundle: Json) -> Iterator[Fault]:
    """Yield what is not R4 in a Bundle, its resources left aside."""
    bare = [{name: value for name, value in row.items() if name != "resource"} for row in each(bundle, "entry")]
    yield from _asked("Bundle", {**bundle, "entry": bare} if bare else bundle)


def _asked(kind: str, resource: Json) -> Iterator[Fault]:
    # Both here and not above: they are 30 MB, and most sites are never sent a FHIR document (decision 0029).
    from fhir.resources.R4B import get_fhir_model_class
    from pydantic import ValidationError

    alone = {name: value for name, value in resource.items() if name != "contained"}
    try:
        get_fhir_model_class(kind).model_validate(_plain(alone))
    except ValidationError as trouble:
        for one in trouble.errors(include_url=False, include_context=False, include_input=False)[:MOST]:
            yield Fault("NOT_JSON", _place(kind, one["loc"]), hint=_says(one["type"]))


def _plain(thing: Any) -> Any:
    """Return a document's part with numbers as numbers, and without what R4 has and R4B has not."""
    if isinstance(thing, dict):
        return {name: _plain(value) for name, value in thing.items() if name != "valueMeta"}
    if isinstance(thing, list):
        return [_plain(one) for one in thing]
    return Decimal(thing.text) if isinstance(thing, Written) else thing


def _place(kind: str, parts: tuple[str | int, ...]) -> str:
    return kind + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)[:200]


def _says(kind: str) -> str:
    """Return the library's reason in our words: its own may repeat what was sent."""
    if kind.endswith("missing"):
        return "R4 demands this element"
    return "not an element of R4" if kind == "extra_forbidden" else "not what R4 has here"
