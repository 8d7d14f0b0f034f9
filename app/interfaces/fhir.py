"""A FHIR document to Readings: a MedicationRequest, a transaction (all or nothing), a batch or NDJSON (each alone)."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import Any

from app.interfaces.fhir_json import Json, NotFhirError, Written, check_shape, each, modifiers, one, parse, text
from app.interfaces.fhir_library import faults_of, faults_of_bundle
from app.interfaces.fhir_order import Asked, read_request
from app.interfaces.fhir_parts import World, has_code, identifier_of
from app.interfaces.fhir_patient import note_patient, read_patient
from app.interfaces.hl7 import MOST_BYTES
from app.interfaces.hl7_reader import INVISIBLE
from app.interfaces.notes import Notes
from app.interfaces.profile import Profile
from app.interfaces.reading import Header, OrderAct, Reading
from app.interfaces.reasons import Fault, finding
from workflows.order import OrderFinding, OrderKey, PatientText, Person

PARTICIPANTS = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
MOST_FAULTS = 10
"""Faults of the library that an answer tells."""
MATCH = re.compile(r'(?:W/)?"([0-9]{1,9})"')


@dataclass(frozen=True, slots=True)
class Entry:
    """One request of a document."""

    request: Json
    """The MedicationRequest."""
    own: str
    """How the document refers to it, or an empty text."""
    update: bool = False
    """Whether it is a PUT."""
    expected: int | None = None
    """Its If-Match."""


def sender_of(profile: Profile) -> str:
    """Return the sender as part of the key of an order that came by FHIR."""
    return f"fhir:{profile.name}"


def read_document(raw: bytes, profile: Profile, *, update: bool = False, expected: int | None = None) -> list[Reading]:
    """Return what one JSON document says, one reading for what stands or falls together. Never raises for its bytes."""
    empty = Reading(raw, hashlib.sha256(raw).hexdigest(), Header(app=f"fhir:{profile.name}"), profile, source="fhir")
    try:
        return _document(raw, empty, profile, update, expected)
    except NotFhirError as trouble:
        return [replace(empty, errors=(Fault("NOT_JSON", trouble.at, hint=str(trouble)),))]
    except Exception as trouble:  # noqa: BLE001 - the message border: whatever a document provokes refuses that document
        refused = Fault("NOT_JSON", "", hint=f"the document could not be read ({type(trouble).__name__})")
        return [replace(empty, errors=(refused,))]


def read_lines(raw: bytes, profile: Profile) -> list[Reading]:
    """Return what each line of an NDJSON file says, each alone; empty lines are none."""
    lines = [line for line in raw.removeprefix(b"\xef\xbb\xbf").splitlines() if line.strip()]
    return [reading for line in lines for reading in read_document(line, profile)]


def _document(raw: bytes, empty: Reading, profile: Profile, update: bool, expected: int | None) -> list[Reading]:
    if len(raw) > MOST_BYTES:
        return [replace(empty, errors=(Fault("TOO_LARGE", ""),))]
    found = parse(raw)
    kind = text(found, "resourceType")
    empty = replace(empty, header=replace(empty.header, type=kind[:40]))
    if kind == "MedicationRequest":
        entries = [Entry(found, "", update, expected)]
        return [_held(_read(empty, entries, World({}), profile, _whole(found, profile)), entries, ())]
    if kind != "Bundle" or text(found, "type") not in ("transaction", "batch"):
        return [replace(empty, errors=(Fault("WRONG_TYPE", "Bundle.type" if kind == "Bundle" else kind),))]
    rows = each(found, "entry")
    world = World(_known(rows))
    for resource in world.resources():
        kind = text(resource, "resourceType")
        if kind != "MedicationRequest":
            check_shape(resource, kind, kind)
    entries = [entry for row in rows if (entry := _entry(row)) is not None]
    whole = [entries] if text(found, "type") == "transaction" or not entries else [[entry] for entry in entries]
    said = _whole(found, profile)
    readings = [_alone(empty, some, world, profile, said) for some in whole]
    if all(reading.errors for reading in readings):
        return readings
    beside = (row for row in world.resources() if row.get("resourceType") != "MedicationRequest")
    shared = (*faults_of_bundle(found), *(fault for row in beside for fault in faults_of(row)))
    return [_held(reading, some, shared) for reading, some in zip(readings, whole, strict=True)]


def _alone(empty: Reading, entries: list[Entry], world: World, profile: Profile, said: Whole) -> Reading:
    """Read what stands or falls together; what is no R4 in it refuses nothing else of a batch."""
    try:
        return _read(empty, entries, world, profile, said)
    except NotFhirError as trouble:
        return replace(empty, errors=(Fault("NOT_JSON", trouble.at, hint=str(trouble)),))


def _held(reading: Reading, entries: list[Entry], shared: tuple[Fault, ...]) -> Reading:
    """Ask the library about what would make or change an order; our own reasons say more, so they are told alone.

    A cancel or a hold needs its number alone, like one by HL7: it is never turned away over what it does not use.
    """
    if reading.errors:
        return reading
    making = [entry for entry, act in zip(entries, reading.orders, strict=True) if act.order]
    faults = [*(shared if making else ()), *(fault for entry in making for fault in faults_of(entry.request))]
    return replace(reading, errors=tuple(faults[:MOST_FAULTS]))


@dataclass(frozen=True, slots=True)
class Whole:
    """What a document says as a whole, looked for once however many orders it holds."""

    errors: tuple[Fault, ...]
    """Modifiers that are not known here."""
    findings: tuple[OrderFinding, ...]
    """Invisible characters."""
    verifiers: dict[str, list[Json]]
    """Provenances by the reference that they speak of."""


def _for_tests(resource: Json) -> bool:
    """Say whether a resource is marked as data for tests, which no production port takes (I45)."""
    return any(text(row, "code") == "HTEST" for row in each(one(resource, "meta"), "security"))


def _whole(document: Json, profile: Profile) -> Whole:
    """Return what a document says of all that is in it."""
    entries = each(document, "entry")
    errors = tuple(Fault("MODIFIER_UNKNOWN", at) for at in modifiers(document, text(document, "resourceType")))
    if profile.processing_id == "P" and any(map(_for_tests, (document, *(one(row, "resource") for row in entries)))):
        errors += (Fault("WRONG_PROCESSING_ID", "meta.security", hint="it is marked as data for tests"),)
    hidden = (finding("TEXT_INVISIBLE", "The document holds invisible characters"),) if _invisible(document) else ()
    verifiers: dict[str, list[Json]] = {}
    for row in (one(entry, "resource") for entry in entries):
        if text(row, "resourceType") == "Provenance":
            for target in each(row, "target"):
                verifiers.setdefault(text(target, "reference"), []).append(row)
    return Whole(errors, hidden, verifiers)


def _known(rows: list[Json]) -> dict[str, Json]:
    """Return each resource by its names; one name for two resources is no name."""
    known: dict[str, Json] = {}
    for row in rows:
        resource = one(row, "resource")
        for name in _names(row) if resource else ():
            if name in known and known[name] is not resource:
                raise NotFhirError("two resources of this Bundle have one name", "Bundle.entry.fullUrl")
            known[name] = resource
    return known


def _names(row: Json) -> list[str]:
    resource = one(row, "resource")
    own = f"{text(resource, 'resourceType')}/{text(resource, 'id')}" if text(resource, "id") else ""
    return [name for name in (text(row, "fullUrl"), own) if name]


def _entry(row: Json) -> Entry | None:
    resource, asked = one(row, "resource"), one(row, "request")
    method = text(asked, "method")
    if text(resource, "resourceType") != "MedicationRequest":
        if method not in ("POST", "PUT", "GET", "HEAD", "") or "MedicationRequest" in text(asked, "url"):
            raise NotFhirError("an order is cancelled by its status, never deleted", "Bundle.entry.request.method")
        return None
    if method not in ("POST", "PUT"):
        raise NotFhirError("an order is sent by POST or PUT", "Bundle.entry.request.method")
    match = MATCH.fullmatch(text(asked, "ifMatch"))
    if method == "PUT" and match is None:
        raise NotFhirError("an update says which version it changes: If-Match", "Bundle.entry.request.ifMatch")
    return Entry(resource, text(row, "fullUrl"), method == "PUT", int(match[1]) if match else None)


def _read(empty: Reading, entries: list[Entry], world: World, profile: Profile, said: Whole) -> Reading:
    """Read the requests that stand or fall together; every fault of each is named."""
    errors = list(said.errors)
    if not entries:
        errors.append(Fault("NO_ORDER", "Bundle.entry", hint="the Bundle holds no MedicationRequest"))
    acts: list[OrderAct] = []
    patients: list[PatientText] = []
    keys: set[OrderKey] = set()
    for entry in entries:
        inside = world.inside(entry.request)
        _hold_shapes(entry.request, inside)
        notes = Notes(profile)
        asked = Asked(entry.request, inside, entry.update, entry.expected, _verifier(entry, world, said))
        act = read_request(notes, asked, sender_of(profile))
        patient, faults = read_patient(one(entry.request, "subject"), inside, profile)
        errors += notes.faults + (faults if act.control in ("NW", "XO", "") else [])
        if act.key.placer and act.key in keys:
            errors.append(Fault("ORDER_EXISTS", act.at, hint="the same order number stands twice"))
        keys.add(act.key)
        if patient:
            patients.append(patient)
            note_patient(notes, one(entry.request, "subject"), inside, patient)
        found = tuple(dict.fromkeys((*notes.findings, *said.findings)))
        acts.append(replace(act, findings=found) if act.order else act)
    if len({(one_.mrn, one_.authority) for one_ in patients}) > 1:
        errors.append(
            Fault("SEVERAL_VALUES", "MedicationRequest.subject", hint="send the orders of one patient together")
        )
    patient = patients[0] if patients else None
    return replace(empty, errors=tuple(errors), patient=patient, orders=tuple(acts))


def _hold_shapes(request: Json, world: World) -> None:
    check_shape(request, "MedicationRequest", "MedicationRequest")
    for resource in world.resources():
        kind = text(resource, "resourceType")
        check_shape(resource, kind, kind)


def _verifier(entry: Entry, world: World, said: Whole) -> Person | None:
    """Return who verified a request by a Provenance of the same document."""
    for row in said.verifiers.get(entry.own, []) if entry.own else []:
        for agent in each(row, "agent"):
            if has_code(one(agent, "type"), PARTICIPANTS, "verifier"):
                number, name = identifier_of(world, one(agent, "who"), "Practitioner")
                return Person(number, name) if number or name else None
    return None


def _invisible(thing: Any) -> bool:
    if isinstance(thing, dict):
        return any(_invisible(value) for value in thing.values())
    if isinstance(thing, list):
        return any(map(_invisible, thing))
    return isinstance(thing, str) and not isinstance(thing, Written) and INVISIBLE.search(thing) is not None
