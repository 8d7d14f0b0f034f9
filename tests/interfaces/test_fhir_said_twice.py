"""What a FHIR order says twice must agree, or nobody's guess decides: elements of which R4 has one, tablets, patients, times."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from app.interfaces import fhir, fhir_json
from app.interfaces.book import MemoryBook
from app.interfaces.fhir import read_document
from app.interfaces.judge import handle
from tests.interfaces.cases import AT, PROFILE
from tests.interfaces.test_fhir_orders import MIX, UCUM, D, Json, dose, mix, sample, setting, told

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
TBL = {"value": 1, "unit": "tablet", "system": UCUM, "code": "{tbl}"}
RATE = f"{D}.doseAndRate.0.rateQuantity"
REPEAT = f"{D}.timing.repeat"
FIRST = f"{MIX}.ingredient.0.strength"


def mg(value: object) -> Json:
    return {"value": value, "unit": "mg", "system": UCUM, "code": "mg"}


def tablet(drug: Json, value: int = 500, **more: object) -> Json:
    return {"itemCodeableConcept": drug, "strength": {"numerator": mg(value), "denominator": TBL}, **more}


def drug(code: str) -> Json:
    return {"coding": [{"system": RXNORM, "code": code}]}


CAPECITABINE, IFOSFAMIDE = drug("194000"), drug("5657")


def put(path: str, **values: object) -> Callable[[Json], None]:
    def change(document: Json) -> None:
        place: Any = document
        for step in path.split(".") if path else ():
            place = place[int(step)] if step.isdigit() else place.setdefault(step, {})
        place.update(values)

    return change


TABLETS: list[tuple[str, Callable[[Json], None], str]] = [
    ("another drug's tablet", put(MIX, ingredient=[tablet(IFOSFAMIDE)]), "CODE_NAME_CONFLICT"),
    ("two drugs", put(MIX, ingredient=[tablet(CAPECITABINE), tablet(IFOSFAMIDE)]), "CODE_NAME_CONFLICT"),
    ("two strengths", put(MIX, ingredient=[tablet(CAPECITABINE), tablet(CAPECITABINE, 150)]), "STRENGTH_SHAPE"),
    ("marked inactive", put(MIX, ingredient=[tablet(CAPECITABINE, isActive=False)]), "BASE_ADDITIVE_SWAPPED"),
    (
        "a tablet among what is mixed",
        put(
            MIX,
            ingredient=[
                tablet(IFOSFAMIDE),
                {"itemCodeableConcept": CAPECITABINE, "strength": {"numerator": mg(2000), "denominator": {"value": 1}}},
            ],
        ),
        "STRENGTH_SHAPE",
    ),
    ("a wrong number of tablets", put(MIX, ingredient=[tablet(CAPECITABINE, 150)]), "AMOUNTS_DISAGREE"),
]


@pytest.mark.parametrize(("change", "reason"), [row[1:] for row in TABLETS], ids=[row[0] for row in TABLETS])
def test_i31_a_tablets_ingredient_is_the_ordered_drug(change: Callable[[Json], None], reason: str) -> None:
    document, book = sample("f11"), MemoryBook()
    change(document)
    shown = told(json.dumps(document).encode(), book)
    assert (reason in {one["reason"] for one in shown["errors"]}, book) == (True, MemoryBook()), shown["errors"]


def test_a_tablet_of_the_ordered_drug_is_the_order() -> None:
    document = sample("f11")
    mix(document)["ingredient"] = [tablet(CAPECITABINE)]
    shown = told(json.dumps(document).encode(), MemoryBook())
    assert (shown["errors"], shown["orders"][0]["strength"]) == ([], "500 mg")


def test_vincristine_as_an_ingredient_of_a_tablet_is_stopped_hard() -> None:
    document = sample("f11")
    mix(document).pop("code")
    mix(document)["ingredient"] = [tablet(drug("11202"))]
    assert "HARD_STOP" in {one["reason"] for one in told(json.dumps(document).encode(), MemoryBook())["errors"]}


def test_tablets_into_a_vein_are_looked_at() -> None:
    document = sample("f11")
    document["dosageInstruction"][0]["route"] = {"coding": [{"system": "http://snomed.info/sct", "code": "47625008"}]}
    document["dispenseRequest"]["quantity"]["value"] = 28
    shown = told(json.dumps(document).encode(), MemoryBook())
    assert "CONTAINER_UNKNOWN" in {one["code"] for one in shown["findings"] if one["blocks"]}


def range_of_rates(document: Json) -> None:
    dose(document)["rateRange"] = {"low": {"value": 100}}


REFUSED: list[tuple[str, Callable[[Json], None], str]] = [
    ("two kinds of medication", put("", medicationCodeableConcept={"text": "ifosfamide"}), "NOT_JSON"),
    ("two kinds of item", put(f"{MIX}.ingredient.0", itemReference={"reference": "#other"}), "NOT_JSON"),
    ("two kinds of rate", range_of_rates, "NOT_JSON"),
    ("two kinds of as needed", put(D, asNeededBoolean=False, asNeededCodeableConcept={"text": "pain"}), "NOT_JSON"),
    ("two kinds of bounds", put(REPEAT, boundsPeriod={"start": "2026-03-11"}, boundsRange={}), "NOT_JSON"),
    ("two kinds of death", put("contained.0", deceasedBoolean=False, deceasedDateTime="2026-03-01"), "NOT_JSON"),
    ("two kinds of report", put("", reportedBoolean=False, reportedReference={"display": "x"}), "NOT_JSON"),
    ("a day of writing that is none", put("", authoredOn="yesterday"), "NOT_JSON"),
    ("a period nobody can read", put(REPEAT, boundsPeriod={"start": "tomorrow"}), "NOT_JSON"),
    ("codes that are no list", put(f"{MIX}.ingredient.0", itemCodeableConcept={"coding": IFOSFAMIDE}), "NOT_JSON"),
    ("a unit that is no text", setting(f"{D}.doseAndRate.0.doseQuantity.unit", 5), "NOT_JSON"),
    ("per mL in words", put(FIRST, denominator={"value": 1, "unit": "mL"}), "STRENGTH_SHAPE"),
    ("per mL and bag", put(FIRST, denominator={"value": 1, "unit": "mL", "code": "{bag}"}), "STRENGTH_SHAPE"),
    ("per mL and 1", put(FIRST, denominator={"value": 1, "unit": "ml", "code": "1"}), "STRENGTH_SHAPE"),
    ("a bag that is a syringe", put(FIRST, denominator={"value": 1, "unit": "syringe", "code": "{bag}"}), "STRENGTH_SHAPE"),
    (
        "per less than one bag",
        put(FIRST, denominator={"value": 1, "comparator": "<", "code": "{bag}"}),
        "STRENGTH_SHAPE",
    ),
    (
        "a bag of another system",
        put(FIRST, denominator={"value": 1, "system": "urn:x", "code": "{bag}"}),
        "STRENGTH_SHAPE",
    ),
    ("mL in code, L in words", setting(f"{RATE}.unit", "L/h"), "UNIT_NOT_A_RATE"),
    ("an hour in code, a minute in words", setting(f"{RATE}.unit", "mL/min"), "UNIT_NOT_A_RATE"),
    (
        "another number beside the patient",
        put("subject", identifier={"system": "urn:example:mainhosp:mrn", "value": "99"}),
        "SEVERAL_VALUES",
    ),
    ("a method of another route", put(D, method={"text": "intrathecal push"}), "ROUTE_AMBIGUOUS"),
    ("a site of another route", put(D, site={"coding": [{"display": "intrathecal space"}]}), "ROUTE_AMBIGUOUS"),
    ("another carrier in the title", put(f"{MIX}.code", text="liposomal cyclophosphamide"), "CODE_NAME_CONFLICT"),
    ("data for tests", put("", meta={"security": [{"code": "HTEST"}]}), "WRONG_PROCESSING_ID"),
    ("a retired record number", lambda d: d["contained"][0]["identifier"][0].update(use="old"), "NO_PATIENT"),
    ("a retired order number", lambda d: d["identifier"][0].update(use="old"), "NO_PLACER_NUMBER"),
    (
        "a value and why it is absent",
        put(f"{D}.doseAndRate.0.doseQuantity", _value={"extension": [{"url": "http://x/data-absent-reason"}]}),
        "MODIFIER_UNKNOWN",
    ),
    ("two starts", lambda d: d["dosageInstruction"][0]["timing"]["event"].append("2026-03-12T10:00:00-05:00"),
     "SEVERAL_DOSAGES"),
    ("a period that is over", put(REPEAT, boundsPeriod={"end": "2026-03-10"}), "SEVERAL_DOSAGES"),
    ("a period that begins later", put(REPEAT, boundsPeriod={"start": "2026-03-12"}), "SEVERAL_DOSAGES"),
    ("not valid yet", put("dispenseRequest", validityPeriod={"start": "2026-03-12T00:00:00-05:00"}), "SEVERAL_DOSAGES"),
    ("not valid any more", put("dispenseRequest", validityPeriod={"end": "2026-03-10"}), "SEVERAL_DOSAGES"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "reason"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_i31_what_is_said_twice_and_differs_is_refused(change: Callable[[Json], None], reason: str) -> None:
    document, book = sample("f01"), MemoryBook()
    change(document)
    shown = told(json.dumps(document).encode(), book)
    assert (reason in {one["reason"] for one in shown["errors"]}, book) == (True, MemoryBook()), shown["errors"]


BLOCKED: list[tuple[str, Callable[[Json], None], str]] = [
    ("a record not in use", put("contained.0", active=False), "PATIENT_MERGED"),
    ("a patient who died", put("contained.0", deceasedBoolean=True), "PATIENT_DISCHARGED"),
    ("a day of death", put("contained.0", deceasedDateTime="2026-03-10"), "PATIENT_DISCHARGED"),
    ("another name beside the patient", put("subject", display="Bruno Other"), "PATIENT_DIFFERS"),
    ("two official names", put("contained.0", name=[{"use": "official", "family": "Example"},
                                                    {"use": "official", "family": "Other"}]), "PATIENT_DIFFERS"),
    ("a prescription before it", put("", priorPrescription={"reference": "MedicationRequest/9"}), "FIELD_UNREADABLE"),
    ("an issue somebody detected", put("", detectedIssue=[{"reference": "DetectedIssue/9"}]), "FIELD_UNREADABLE"),
    ("dispensed outside", put("", category=[{"coding": [{"code": "discharge"}]}]), "FIELD_UNREADABLE"),
    ("a first fill of its own", put("dispenseRequest", initialFill={"quantity": {"value": 2}}), "FIELD_UNREADABLE"),
    ("a bag of tablets", put(MIX, form={"text": "Tablet"}), "CONTAINER_UNKNOWN"),
    ("a bag that is a syringe by its form", put(MIX, form={"text": "Prefilled syringe"}), "CONTAINER_UNKNOWN"),
    ("another weekday", put(REPEAT, dayOfWeek=["mon"]), "FIELD_UNREADABLE"),
    ("another hour", put(REPEAT, timeOfDay=["08:00:00"]), "FIELD_UNREADABLE"),
    ("at a meal", put(REPEAT, when=["PCM"]), "FIELD_UNREADABLE"),
    ("a code against its own numbers", put(f"{D}.timing", code={"coding": [{"code": "BID"}]},
                                           repeat={"frequency": 1, "period": 2, "periodUnit": "d"}), "FIELD_UNREADABLE"),
    ("the volume's unit in words", setting(f"{MIX}.amount.numerator.unit", "L"), "FIELD_UNREADABLE"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "code"), [row[1:] for row in BLOCKED], ids=[row[0] for row in BLOCKED])
def test_i42_what_contradicts_the_order_beside_it_blocks_it(change: Callable[[Json], None], code: str) -> None:
    document = sample("f01")
    change(document)
    shown = told(json.dumps(document).encode(), MemoryBook())
    assert shown["errors"] == []
    assert code in {one["code"] for one in shown["findings"] if one["blocks"]}


AGREEING: list[tuple[str, Callable[[Json], None]]] = [
    ("the same start twice", lambda d: d["dosageInstruction"][0]["timing"]["event"].append("2026-03-11T15:00:00Z")),
    ("the day's name", put(REPEAT, dayOfWeek=["wed"])),
    ("the start's own hour", put(REPEAT, timeOfDay=["10:00:00"])),
    ("a period around the start", put(REPEAT, boundsPeriod={"start": "2026-03-11", "end": "2026-03-11"})),
    ("valid on the day", put("dispenseRequest", validityPeriod={"start": "2026-03-01", "end": "2026-04"})),
    ("a living patient", put("contained.0", active=True, deceasedBoolean=False)),
    ("the patient's own number", put("subject", identifier={"system": "urn:example:mainhosp:mrn", "value": "10234567"},
                                     display="Example, Marta")),
    ("the rate in other words", setting(f"{RATE}.unit", "milliliter per hour")),
    ("a bag by its name", put(FIRST, denominator={"value": 1, "unit": "bag", "system": UCUM, "code": "{bag}"})),
    ("nothing but one", put(FIRST, denominator={"value": 1})),
]  # fmt: skip


@pytest.mark.parametrize("change", [row[1] for row in AGREEING], ids=[row[0] for row in AGREEING])
def test_what_is_said_twice_and_agrees_is_the_same_order(change: Callable[[Json], None]) -> None:
    plain, document = sample("f01"), sample("f01")
    change(document)
    wanted, shown = (told(json.dumps(one).encode(), MemoryBook()) for one in (plain, document))
    assert (shown["errors"], shown["findings"]) == (wanted["errors"], wanted["findings"])
    for key in ("dose", "dose_unit", "rate_ml_h", "due_at", "container", "actives", "base"):
        assert shown["orders"][0][key] == wanted["orders"][0][key]


def test_a_batch_is_looked_through_once_however_many_orders_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted, not timed: each order must cost what it holds, and not what the whole document holds."""
    bundle, seen = sample("order_bundle"), [0]
    real = fhir_json.check_shape

    def counted(thing: Json, kind: str, at: str) -> None:
        seen[0] += 1
        real(thing, kind, at)

    monkeypatch.setattr(fhir_json, "check_shape", counted)
    monkeypatch.setattr(fhir, "check_shape", counted)
    bundle["type"] = "batch"
    order = bundle["entry"][4]
    for n in range(20):
        more = copy.deepcopy(order)
        more["fullUrl"], more["resource"]["identifier"][0]["value"] = f"urn:uuid:{n}", f"ORD{n}"
        bundle["entry"].append(more)
    raw = json.dumps(bundle).encode()
    read_document(raw, PROFILE)
    once = seen[0]
    bundle["entry"] += [copy.deepcopy(one) | {"fullUrl": f"urn:uuid:x{n}"} for n, one in enumerate(bundle["entry"][5:])]
    seen[0] = 0
    readings = read_document(json.dumps(bundle).encode(), PROFILE)
    assert len(readings) == 41
    assert seen[0] < 2 * once
    book = MemoryBook()
    assert {handle(one, book, AT, "").verdict.outcome for one in readings} == {"accepted"}
