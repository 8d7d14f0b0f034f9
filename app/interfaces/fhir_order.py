"""One MedicationRequest to one order: who asks, what, when, and every fault that stands in the way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import cast

from app.interfaces.components import (
    TABLETS_DISAGREE,
    Dose,
    Tablets,
    complete,
    content_of,
    hard_stop,
    judge_rows,
    note_what_blocks,
    quantities_disagree,
)
from app.interfaces.fhir_components import INGREDIENTS, Mixture, container_of, no_dose, read_mixture
from app.interfaces.fhir_json import Json, Written, each, one, text
from app.interfaces.fhir_parts import World, amount, identifier_of, moment, unit, whole
from app.interfaces.fhir_patient import with_measures
from app.interfaces.fhir_sentence import hold_sentence
from app.interfaces.fhir_timing import Timing, read_rate, read_timing
from app.interfaces.notes import Notes
from app.interfaces.reading import OrderAct
from app.interfaces.routes import NEAR_THE_SKIN, routes_named, understood
from app.interfaces.values import number
from workflows.order import Active, Instruction, Order, OrderKey, Person, Priority, Received, Route

MR = "MedicationRequest"
DOSAGE = f"{MR}.dosageInstruction[0]"
PLACER = ("http://terminology.hl7.org/CodeSystem/v2-0203", "PLAC")
CONTROLS = {"active": "NW", "on-hold": "HD", "cancelled": "CA", "stopped": "DC", "entered-in-error": "CA"}
"""Status of a request to what it asks; completed, draft and unknown ask nothing that is done here."""
INTENTS = frozenset({"order", "original-order", "filler-order", "instance-order"})
PRIORITIES: dict[str, Priority] = {"routine": "R", "urgent": "A", "asap": "A", "stat": "S"}
NOT_USED = ("maxDosePerPeriod", "maxDosePerAdministration", "maxDosePerLifetime", "asNeededCodeableConcept", "site")
"""Elements of a dosage that no order of ours can hold."""
BESIDE_IT = ("priorPrescription", "detectedIssue")
"""Elements of a request that point to what changes it."""
OUTSIDE = frozenset({"community", "discharge"})
"""Categories of what is dispensed elsewhere (I46)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request with what came beside it."""

    request: Json
    """The MedicationRequest."""
    world: World
    """What it may refer to."""
    update: bool
    """True for PUT: a change of an order that is known."""
    expected_version: int | None
    """If-Match."""
    verifier: Person | None
    """From a Provenance."""


def read_request(notes: Notes, asked: Asked, sender: str) -> OrderAct:
    """Return what one request asks; faults and findings are on the notes."""
    request = asked.request
    key = _key(notes, request, sender)
    status, intent = text(request, "status"), text(request, "intent")
    control = CONTROLS.get(status, "")
    if not control:
        notes.fault("ORDER_CONTROL", f"{MR}.status", status)
    if intent not in INTENTS:
        notes.fault("ORDER_CONTROL", f"{MR}.intent", intent)
    if request.get("doNotPerform") not in (None, False):
        notes.fault("DO_NOT_PERFORM", f"{MR}.doNotPerform")
    if request.get("reportedBoolean") not in (None, False) or request.get("reportedReference"):
        notes.fault("ORDER_CONTROL", f"{MR}.reportedBoolean", hint="what somebody reports is no order")
    order = None
    if status == "active":
        control = "XO" if asked.update else "NW"
        order = _order(notes, asked, key, control)
    reason = one(request, "statusReason")
    said = text(reason, "text") or text((each(reason, "coding") or [{}])[0], "display")
    at = f"{MR}.identifier"
    changed = moment(text(request, "authoredOn"))
    when = changed if isinstance(changed, datetime) else None
    if text(request, "authoredOn") and changed == "DATE_INVALID":
        notes.unreadable(f"{MR}.authoredOn", "is not a date and time")
    if order:
        order = replace(order, changed_at=when, received=tuple(notes.received))
    act = OrderAct(control, key, at, f"{MR}.status", when, f"{MR}.authoredOn", order, tuple(notes.findings), said)
    return replace(act, expected_version=asked.expected_version, received=tuple(notes.received))


def _key(notes: Notes, request: Json, sender: str) -> OrderKey:
    rows = [row for row in each(request, "identifier") if text(row, "value") and text(row, "use") != "old"]
    placer = [row for row in rows if _is_placer(row)] or [row for row in rows if text(row, "system")]
    if len({(text(row, "system"), text(row, "value")) for row in placer}) != 1:
        hint = "give one identifier of type PLAC" if placer else "give the order's own number as identifier"
        notes.fault("SEVERAL_VALUES" if placer else "NO_PLACER_NUMBER", f"{MR}.identifier", hint=hint)
        return OrderKey(sender, "", "")
    plan = text(one(request, "groupIdentifier"), "value") if notes.profile.group_in_key else ""
    return OrderKey(sender, text(placer[0], "value"), text(placer[0], "system"), plan)


def _is_placer(row: Json) -> bool:
    return any((text(one_, "system"), text(one_, "code")) == PLACER for one_ in each(one(row, "type"), "coding"))


def _order(notes: Notes, asked: Asked, key: OrderKey, control: str) -> Order | None:
    """Read every part, so that every fault is found; return the order if there was none."""
    request = asked.request
    dosages = each(request, "dosageInstruction")
    if len(dosages) != 1:
        notes.fault("SEVERAL_DOSAGES" if dosages else "AMOUNT_MISSING", f"{MR}.dosageInstruction")
    dosage = dosages[0] if dosages else {}
    mixture = read_mixture(notes, request, asked.world)
    dose = _dose(notes, dosage)
    route = _route(notes, dosage, mixture)
    timing = read_timing(notes, dosage, one(request, "dispenseRequest"))
    hold_sentence(notes, dosage, dose, route, (mixture, timing))
    rate = read_rate(notes, dosage)
    dispensed = one(one(request, "dispenseRequest"), "quantity")
    container = container_of(notes, mixture, dispensed)
    judge_rows(notes, mixture.rows, mixture.drug, dose)
    if (
        dose.amount is not None
        and dose.unit is not None
        and not any(f.reason == "STRENGTH_SHAPE" for f in notes.faults)
    ):
        complete(notes, mixture.rows, route, container, INGREDIENTS)
    quantity = _dispensed(notes, dispensed, mixture, dose, timing, route)
    _not_used(notes, dosage, request)
    thing = mixture.drug
    if notes.faults or thing is None or dose.amount is None or dose.unit is None or not route or not timing.due_at:
        return None
    content = content_of(notes, mixture.rows)
    if not mixture.rows:
        content.actives.append(Active(thing.name, dose.amount, dose.unit.ucum, None, thing.first_code))
        content.names.append(thing)
    note_what_blocks(notes, content, thing, route)
    if asked.verifier is None:
        notes.note("UNVERIFIED", "No pharmacist of the sender has verified this order")
    order = Order(
        key=key,
        version=1,
        control=control,
        status="active",
        group=text(one(request, "groupIdentifier"), "value"),
        drug=thing.name,
        drug_codes=thing.codes,
        dose=dose.amount,
        dose_unit=dose.unit.ucum,
        actives=tuple(content.actives),
        base=content.base,
        others=tuple(content.others),
        container=content.container or container,
        route=route,
        rate_ml_h=rate,
        duration_min=timing.duration_min,
        total_volume_ml=mixture.total_ml or content.total_ml,
        due_at=timing.due_at,
        due_text=timing.due_text,
        dispense_quantity=quantity,
        dispense_unit=text(dispensed, "code") if quantity is not None else "",
        profile_version=notes.profile.version,
        source="fhir",
    )
    return _with_people(with_measures(order, notes, request, asked.world), notes, asked, mixture, timing)


def _with_people(order: Order, notes: Notes, asked: Asked, mixture: Mixture, timing: Timing) -> Order:
    request = asked.request
    who, name = identifier_of(asked.world, one(request, "requester"), "Practitioner")
    typed, typed_name = identifier_of(asked.world, one(request, "recorder"), "Practitioner")
    strength = mixture.strength
    said = text(request, "priority")
    if said and said not in PRIORITIES:
        notes.unreadable(f"{MR}.priority", "is not a priority of FHIR")
    protocol = next((row for row in request.get("instantiatesCanonical", []) if isinstance(row, str)), "")
    return replace(
        order,
        priority=PRIORITIES.get(said, "R"),
        frequency=timing.frequency,
        doses_total=timing.doses_total,
        strength=f"{strength:f} {mixture.strength_unit.ucum}" if strength and mixture.strength_unit else "",
        protocol=protocol.rpartition("/")[2].partition("|")[0],
        payer=_payer(asked),
        prescriber=Person(who, name) if who or name else None,
        entered_by=Person(typed, typed_name) if typed or typed_name else None,
        verified_by=asked.verifier,
        indication=" ".join(filter(None, (text(row, "text") for row in each(request, "reasonCode")))),
        instructions=tuple(_instructions(request)),
    )


def _payer(asked: Asked) -> str:
    """Return who pays, where the request names one insurance with one payor; of several nobody is known to."""
    insured = each(asked.request, "insurance")
    coverage = asked.world.find(insured[0], "Coverage") if len(insured) == 1 else None
    payors = each(coverage, "payor") if coverage else []
    if len(payors) != 1:
        return ""
    known = asked.world.find(payors[0], "Organization")
    return text(payors[0], "display") or (text(known, "name") if known else "")


def _dose(notes: Notes, dosage: Json) -> Dose:
    rows, at = each(dosage, "doseAndRate"), f"{DOSAGE}.doseAndRate"
    if dosage and not rows:
        notes.fault("AMOUNT_MISSING", at)
    if len(rows) > 1:
        notes.fault("SEVERAL_DOSAGES", at)
    if len(rows) != 1:
        return no_dose(at)
    if rows[0].get("doseRange") is not None:
        notes.fault("DOSE_RANGE", f"{at}[0].doseRange", hint="a range is no dose")
        return no_dose(at)
    quantity, at = one(rows[0], "doseQuantity"), f"{at}[0].doseQuantity"
    return Dose(amount(notes, quantity, at, "dose"), unit(notes, quantity, at), at)


def _route(notes: Notes, dosage: Json, mixture: Mixture) -> Route | None:
    """Return the one route that codes and words name, or note why there is none (I43); what is fatal by it stops (I41).

    Site and method may name one too: a push into the spine is no infusion, whatever the route says.
    """
    said, at, table = one(dosage, "route"), f"{DOSAGE}.route", notes.profile.routes
    codes = [text(row, "code") for row in each(said, "coding") if text(row, "code")]
    words = _words(said)
    beside = routes_named([*_words(one(dosage, "site")), *_words(one(dosage, "method"))], table) - NEAR_THE_SKIN
    found = {table[code] for code in codes if code in table}
    if not codes:
        notes.fault("NO_ROUTE", at)
    elif not found:
        notes.fault("ROUTE_UNKNOWN", at, codes[0])
    elif len(found) > 1 or (routes_named(words, table) | beside) - found:
        notes.fault("ROUTE_AMBIGUOUS", at)
    elif any(not understood(word) for word in words):
        notes.unreadable(at, "has words of which not every one is understood, or that name no route")
    names = [one_ for one_ in (mixture.drug, *mixture.units, *(row.named for row in mixture.rows)) if one_]
    hard_stop(notes, frozenset(found | beside | routes_named(words, table)), names, at)
    for code in codes:
        if found and code not in table:
            notes.unreadable(at, "has a second code that is not in the sender's table")
    notes.received += [Received("route", code, at) for code in codes[:1]]
    return cast(Route, next(iter(found))) if len(found) == 1 else None


def _words(concept: Json) -> list[str]:
    return [
        word for word in (*(text(row, "display") for row in each(concept, "coding")), text(concept, "text")) if word
    ]


def _dispensed(
    notes: Notes, dispensed: Json, mixture: Mixture, dose: Dose, timing: Timing, route: Route | None
) -> Decimal | None:
    """Return the units to dispense of an oral order; of any other the count must be one for each dose."""
    if not dispensed:
        return None
    at, value = f"{MR}.dispenseRequest.quantity", dispensed.get("value")
    found = number(value.text) if isinstance(value, Written) else None
    if found is None or found <= 0 or text(dispensed, "comparator"):
        notes.unreadable(at, "is not a plain number above zero")
        return None
    if route != "PO":
        if found != (timing.doses_total or 1):
            notes.unreadable(at, "is not one container for each dose")
        return None
    tablets = Tablets(found, mixture.strength, mixture.strength_unit, timing.doses_total)
    if quantities_disagree(tablets, dose):
        notes.fault("AMOUNTS_DISAGREE", at, hint=TABLETS_DISAGREE)
    return found


def _not_used(notes: Notes, dosage: Json, request: Json) -> None:
    dispense = one(request, "dispenseRequest")
    for name in BESIDE_IT:
        if request.get(name):
            notes.unreadable(f"{MR}.{name}", "speaks of another order or of an issue that somebody must look at")
    for name in ("initialFill", "dispenseInterval"):
        if dispense.get(name):
            notes.unreadable(f"{MR}.dispenseRequest.{name}", "asks for more than one dispense")
    if any(text(row, "code") in OUTSIDE for kind in each(request, "category") for row in each(kind, "coding")):
        notes.unreadable(f"{MR}.category", "says that it is dispensed outside")
    for name in NOT_USED:
        if dosage.get(name) is not None:
            notes.unreadable(f"{DOSAGE}.{name}", "cannot be held by an order here")
    if dosage.get("asNeededBoolean") not in (None, False):
        notes.unreadable(f"{DOSAGE}.asNeededBoolean", "asks for doses as needed")
    if whole(dispense.get("numberOfRepeatsAllowed")):
        notes.unreadable(f"{MR}.dispenseRequest.numberOfRepeatsAllowed", "asks for refills")


def _instructions(request: Json) -> list[Instruction]:
    found = []
    for dosage in each(request, "dosageInstruction"):
        found += [
            Instruction("admin", text(dosage, name)) for name in ("text", "patientInstruction") if text(dosage, name)
        ]
        more = (text(row, "text") for row in each(dosage, "additionalInstruction"))
        found += [Instruction("admin", said) for said in more if said]
    return found + [Instruction("note", text(row, "text")) for row in each(request, "note") if text(row, "text")]
