"""Patient, allergies and measures of a FHIR document: whose they are is checked before they are used (I14, I42)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from app.interfaces.fhir_json import Json, each, one, text
from app.interfaces.fhir_parts import World, concept, has_code, moment, optional
from app.interfaces.notes import Notes
from app.interfaces.profile import Profile
from app.interfaces.reasons import Fault
from workflows.order import Allergy, Code, Order, OtherId, PatientText

NUMBER_TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"
LOINC = "http://loinc.org"
SEX = {"male": "M", "female": "F", "other": "O", "unknown": "U"}
FINAL = frozenset({"final", "amended", "corrected"})
UNITS = {"weight_kg": "kg", "height_cm": "cm", "bsa_m2": "m2"}


def read_patient(subject: Json, world: World, profile: Profile) -> tuple[PatientText | None, list[Fault]]:
    """Return the patient that an order's subject means, or why there is none: a bare reference is nobody."""
    at = "MedicationRequest.subject"
    patient = world.find(subject, "Patient")
    if patient is None:
        return None, [Fault("NO_PATIENT", at, hint="send the Patient with the order, in the Bundle or contained")]
    now = [row for row in each(patient, "identifier") if text(row, "use") != "old"]
    rows = [row for row in now if has_code(one(row, "type"), NUMBER_TYPES, "MR")]
    numbers = {(text(row, "system"), text(row, "value")) for row in rows if text(row, "value")}
    if len(numbers) != 1:
        says = "two different record numbers" if numbers else "no identifier of type MR"
        return None, [Fault("NO_PATIENT", "Patient.identifier", hint=f"the Patient has {says}", err_code="101")]
    birth = _day(text(patient, "birthDate"))
    if text(patient, "birthDate") and birth is None:
        return None, [Fault("DATE_INVALID", "Patient.birthDate")]
    ((authority, mrn),) = numbers
    if _another(subject, patient, mrn):
        hint = "the number beside the reference is not one of the Patient's"
        return None, [Fault("SEVERAL_VALUES", f"{at}.identifier", hint=hint)]
    name = next(iter(_names(patient)), {})
    given = name.get("given")
    others = tuple(
        OtherId(text(row, "value"), text(row, "system"), text((each(one(row, "type"), "coding") or [{}])[0], "code"))
        for row in each(patient, "identifier")
        if text(row, "value") and (text(row, "system"), text(row, "value")) not in numbers
    )
    return (
        PatientText(
            mrn,
            authority,
            text(name, "family"),
            " ".join(str(part) for part in given) if isinstance(given, list) else "",
            birth,
            SEX.get(text(patient, "gender"), ""),
            others,
            allergies=_allergies(subject, world, profile),
        ),
        [],
    )


def _another(subject: Json, patient: Json, mrn: str) -> bool:
    """Say whether a subject names, beside its reference, a number that is not the patient's."""
    beside = one(subject, "identifier")
    system, value = text(beside, "system"), text(beside, "value")
    if not value:
        return False
    if has_code(one(beside, "type"), NUMBER_TYPES, "MR") and value != mrn:
        return True
    own = [(text(row, "system"), text(row, "value")) for row in each(patient, "identifier")]
    return not any(value == said and system in ("", where) for where, said in own)


FORMER = frozenset({"old", "maiden", "nickname", "anonymous"})
"""Uses of a name that is not the one somebody goes by now, or not in full."""


def _names(patient: Json) -> list[Json]:
    """Return the names by which a patient may be called now, of the best use there is: official, then usual, then any."""
    rows = [row for row in each(patient, "name") if text(row, "use") not in FORMER] or each(patient, "name")
    for use in ("official", "usual"):
        if found := [row for row in rows if text(row, "use") == use]:
            return found
    return rows


def _said_in(name: Json) -> tuple[str, str]:
    given = name.get("given")
    parts = " ".join(str(part) for part in given) if isinstance(given, list) else ""
    return " ".join(text(name, "family").casefold().split()), " ".join(parts.casefold().split())


def _day(said: str) -> date | None:
    try:
        return date.fromisoformat(said) if len(said) == 10 else None
    except ValueError:
        return None


def note_patient(notes: Notes, subject: Json, world: World, patient: PatientText) -> None:
    """Note what of the patient must be looked at before anything is made."""
    if not patient.family or patient.birth_date is None:
        notes.note("PATIENT_INCOMPLETE", "The patient's name or birth date is missing")
    resource = world.find(subject, "Patient") or {}
    shown = text(subject, "display").casefold()
    if shown and patient.family and patient.family.casefold() not in shown:
        notes.note("PATIENT_DIFFERS", "The order names its patient otherwise than the Patient it refers to")
    if len({_said_in(row) for row in _names(resource)}) > 1:
        notes.note("PATIENT_DIFFERS", "The Patient has two names, and does not say which of them is the one used now")
    if resource.get("active", True) is not True:
        notes.note("PATIENT_MERGED", "The Patient says that this record is not in use: check the patient")
    if resource.get("deceasedBoolean", False) is not False or "deceasedDateTime" in resource:
        notes.note("PATIENT_DISCHARGED", "The Patient says that the patient has died")
    links = each(resource, "link")
    if any(text(link, "type") == "replaced-by" for link in links):
        notes.note("PATIENT_MERGED", "The Patient says that it was replaced by another: check the patient")


def _allergies(subject: Json, world: World, profile: Profile) -> tuple[Allergy, ...]:
    found: list[Allergy] = []
    for row in _of(subject, world, "AllergyIntolerance", "patient"):
        over = ("resolved", "inactive", "refuted", "entered-in-error")
        states = [*each(one(row, "clinicalStatus"), "coding"), *each(one(row, "verificationStatus"), "coding")]
        named = concept(one(row, "code"), profile)
        if named is None or any(text(state, "code") in over for state in states):
            continue
        words = named.texts[0] if named.texts else named.name
        found += [Allergy(words, code) for code in named.codes or (Code("", "", words),)]
    return tuple(dict.fromkeys(found))


def _of(subject: Json, world: World, kind: str, by: str) -> list[Json]:
    """Return the resources of a kind that speak of this very patient, each once."""
    patient = world.find(subject, "Patient")
    return world.about(patient, kind, by) if patient is not None else []


def with_measures(order: Order, notes: Notes, request: Json, world: World) -> Order:
    """Return the order with weight, height and surface from the observations it points to, for checks only."""
    own = _of(one(request, "subject"), world, "Observation", "subject")
    values: dict[str, object] = {}
    taken: list[datetime] = []
    for nth, reference in enumerate(each(request, "supportingInformation")):
        at = f"MedicationRequest.supportingInformation[{nth}]"
        row = world.find(reference, "Observation")
        name = _measure(row, notes.profile) if row else ""
        if row is None or not name:
            notes.unreadable(at, "is not a weight, height or body surface that came with the order")
            continue
        if not any(row is mine for mine in own) or text(row, "status") not in FINAL:
            notes.unreadable(at, "is not a final measure of this patient")
            continue
        value = optional(notes, one(row, "valueQuantity"), UNITS[name], f"{at}.valueQuantity")
        if name in values and values[name] != value:
            notes.unreadable(at, f"gives another {name.split('_', maxsplit=1)[0]}")
            continue
        values[name] = value
        when = moment(text(row, "effectiveDateTime"))
        taken += [when] if isinstance(when, datetime) else []
    known = {name: value for name, value in values.items() if value is not None}
    return replace(order, **known, measured_at=min(taken, default=None))  # type: ignore[arg-type]  # names of UNITS


def _measure(row: Json, profile: Profile) -> str:
    codes = [text(coding, "code") for coding in each(one(row, "code"), "coding") if text(coding, "system") == LOINC]
    return next((profile.measures[code] for code in codes if profile.measures.get(code) in UNITS), "")
