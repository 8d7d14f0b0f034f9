"""Every FHIR sample gives the order or the refusal that the index says, and what is ambiguous is refused, never guessed."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.interfaces.book import MemoryBook
from app.interfaces.fhir import read_document, read_lines
from app.interfaces.fhir_json import SHAPES
from app.interfaces.judge import Handled, handle
from app.interfaces.reading import Reading
from app.interfaces.shown import message_json, shown_orders
from tests.interfaces.cases import AT, PROFILE, agrees

Json = dict[str, Any]
FOLDER = Path(__file__).parent / "fhir"
INDEX = {case["file"]: case for case in json.loads((FOLDER / "index.json").read_text("utf-8"))["files"]}
CASES = [name for name, case in INDEX.items() if "http" in case]
NOTES = {"DOSE_BASIS_UNCHECKED", "MEASURE_OLD", "PAST_DUE", "REPLAYED"}
UCUM = "http://unitsofmeasure.org"


def send(raw: bytes, book: MemoryBook) -> tuple[Reading, Handled]:
    (reading,) = read_document(raw, PROFILE)
    return reading, handle(reading, book, AT, "")


def told(raw: bytes, book: MemoryBook) -> Json:
    reading, handled = send(raw, book)
    return message_json(reading, handled.verdict, handled.reply, shown_orders(handled.verdict, book))


def sample(name: str) -> Json:
    return json.loads(next(FOLDER.glob(f"{name}*")).read_bytes())


@pytest.mark.parametrize("name", CASES)
def test_the_answer_is_the_expected_one(name: str) -> None:
    case, book = INDEX[name], MemoryBook()
    shown = told((FOLDER / name).read_bytes(), book)
    if name == "order_bundle.json":
        assert shown["effect"] == "created"
    assert shown["http"] == case["http"]
    assert [{key: error[key] for key in ("reason", "at")} for error in shown["errors"]] == case["issues"]
    assert {one["code"] for one in shown["findings"]} - NOTES == set(case["findings"])
    for got, wanted in zip(shown["orders"], case["orders"], strict=True):
        wrong = {key: (got.get(key), value) for key, value in wanted.items() if not agrees(got.get(key), value)}
        assert wrong == {}
    if case["issues"]:
        assert book == MemoryBook()


def test_each_line_of_ndjson_is_judged_alone() -> None:
    book = MemoryBook()
    raw = (FOLDER / "orders.ndjson").read_bytes()
    lines = [
        message_json(one, (done := handle(one, book, AT, "")).verdict, done.reply, [])
        for one in read_lines(raw, PROFILE)
    ]
    wanted = INDEX["orders.ndjson"]["lines"]
    assert [line["http"] for line in lines] == [case["http"] for case in wanted]
    reasons = [line["errors"][0]["reason"] if line["errors"] else None for line in lines]
    assert reasons == [case.get("reason") for case in wanted]
    assert [key.placer for key in book.orders] == [case["placer"] for case in wanted if "placer" in case]


def test_the_same_again_creates_nothing_and_other_content_is_a_conflict() -> None:
    book, raw = MemoryBook(), (FOLDER / "order_bundle.json").read_bytes()
    assert told(raw, book)["effect"] == "created"
    again = told(raw, book)
    assert (again["http"], again["effect"]) == (200, "replayed")
    other = told(raw.replace(b'"value": 970', b'"value": 960'), book)
    assert (other["http"], other["errors"][0]["reason"]) == (409, "ORDER_EXISTS")
    assert [f"{kept.order.dose:f}" for kept in book.orders.values()] == ["970"]


def dose(document: Json) -> Json:
    return document["dosageInstruction"][0]["doseAndRate"][0]


def mix(document: Json) -> Json:
    return document["contained"][1]


def quantity(document: Json, **changes: object) -> None:
    for name, value in changes.items():
        dose(document)["doseQuantity"][name] = value


def strength(document: Json, nth: int, **changes: object) -> None:
    mix(document)["ingredient"][nth]["strength"]["numerator"].update(changes)


def setting(path: str, value: object) -> Callable[[Json], None]:
    def change(document: Json) -> None:
        *way, last = path.split(".")
        place: Any = document
        for step in way:
            place = place[int(step)] if step.isdigit() else place[step]
        if isinstance(place, list):
            place[int(last)] = value
        elif value is None:
            del place[last]
        else:
            place[last] = value

    return change


D = "dosageInstruction.0"
MIX = "contained.1"
HOSTILE: list[tuple[str, Callable[[Json], None], str]] = [
    ("a dose as a text", lambda d: quantity(d, value="970"), "NOT_A_NUMBER"),
    ("a dose with a decimal comma", lambda d: quantity(d, value="970,0"), "NOT_A_NUMBER"),
    ("a negative dose", lambda d: quantity(d, value=-970), "NOT_POSITIVE"),
    ("no dose value", lambda d: dose(d)["doseQuantity"].pop("value"), "AMOUNT_MISSING"),
    ("a dose of less than", lambda d: quantity(d, comparator="<"), "DOSE_RANGE"),
    ("a range beside the dose", setting(f"{D}.doseAndRate.0.doseRange", {"low": {"value": 900}}), "DOSE_RANGE"),
    ("units in words only", lambda d: dose(d)["doseQuantity"].pop("code"), "AMOUNT_MISSING"),
    ("megagauss", lambda d: quantity(d, code="MG"), "UNIT_UNKNOWN"),
    ("mcg, which UCUM has not", lambda d: quantity(d, code="mcg", unit="mcg"), "UNIT_UNKNOWN"),
    ("micro sign", lambda d: quantity(d, code="µg"), "UNIT_UNKNOWN"),
    ("bare units", lambda d: quantity(d, code="U", unit="units"), "UNIT_UNKNOWN"),
    ("milligrams in code, grams in words", lambda d: quantity(d, unit="g"), "UNIT_UNKNOWN"),
    ("micrograms in code of the dose alone", lambda d: quantity(d, code="ug", unit="ug"), "AMOUNTS_DISAGREE"),
    ("a volume as dose", lambda d: quantity(d, code="mL", unit="mL"), "UNIT_NOT_AN_AMOUNT"),
    ("per kilogram", lambda d: quantity(d, code="mg/kg", unit="mg/kg"), "UNIT_NOT_AN_AMOUNT"),
    ("no unit system", lambda d: dose(d)["doseQuantity"].pop("system"), "UNIT_SYSTEM"),
    ("ten times the dose", lambda d: quantity(d, value=9700), "AMOUNTS_DISAGREE"),
    ("ten times the ingredient", lambda d: strength(d, 0, value=9700), "AMOUNTS_DISAGREE"),
    ("the active in mL", lambda d: strength(d, 0, code="mL", unit="mL"), "BASE_ADDITIVE_SWAPPED"),
    ("the base in g", lambda d: strength(d, 1, code="g", unit="g"), "BASE_ADDITIVE_SWAPPED"),
    ("the drug marked inactive", setting(f"{MIX}.ingredient.0.isActive", False), "BASE_ADDITIVE_SWAPPED"),
    ("the base marked active", setting(f"{MIX}.ingredient.1.isActive", True), "BASE_ADDITIVE_SWAPPED"),
    ("two in one container", setting(f"{MIX}.ingredient.0.strength.denominator.value", 2), "STRENGTH_SHAPE"),
    ("per 100 mL", setting(f"{MIX}.ingredient.0.strength.denominator", {"value": 1, "code": "mL"}), "STRENGTH_SHAPE"),
    (
        "a dose range of two dosages",
        lambda d: d["dosageInstruction"].append(d["dosageInstruction"][0]),
        "SEVERAL_DOSAGES",
    ),
    ("two rates", lambda d: d["dosageInstruction"][0]["doseAndRate"].append({}), "SEVERAL_DOSAGES"),
    ("an unknown route", setting(f"{D}.route.coding.0.code", "999"), "ROUTE_UNKNOWN"),
    ("words of another route", setting(f"{D}.route.text", "intrathecal"), "ROUTE_AMBIGUOUS"),
    (
        "two routes",
        lambda d: d["dosageInstruction"][0]["route"]["coding"].append({"code": "26643006"}),
        "ROUTE_AMBIGUOUS",
    ),
    ("no route", setting(f"{D}.route", None), "NO_ROUTE"),
    ("a date without time", setting(f"{D}.timing.event.0", "2026-03-11"), "DATE_NO_TIME"),
    ("a time without offset", setting(f"{D}.timing.event.0", "2026-03-11T10:00:00"), "DATE_INVALID"),
    ("31 February", setting(f"{D}.timing.event.0", "2026-02-31T10:00:00Z"), "DATE_INVALID"),
    ("a rate per area", setting(f"{D}.doseAndRate.0.rateQuantity.code", "mg/m2"), "UNIT_NOT_A_RATE"),
    ("a draft", setting("status", "draft"), "ORDER_CONTROL"),
    ("a bogus status", setting("status", "bogus"), "ORDER_CONTROL"),
    ("a plan", setting("intent", "plan"), "ORDER_CONTROL"),
    ("not to be performed", setting("doNotPerform", True), "DO_NOT_PERFORM"),
    ("not to be performed, as a text", setting("doNotPerform", "false"), "DO_NOT_PERFORM"),
    ("reported by somebody", setting("reportedBoolean", True), "ORDER_CONTROL"),
    ("unknown rules", setting("implicitRules", "http://example.org/rules"), "MODIFIER_UNKNOWN"),
    (
        "a modifier deep inside",
        setting(f"{MIX}.ingredient.0.modifierExtension", [{"url": "urn:x"}]),
        "MODIFIER_UNKNOWN",
    ),
    ("a bare reference to the patient", setting("subject.reference", "Patient/17"), "NO_PATIENT"),
    ("a patient without number", setting("contained.0.identifier", None), "NO_PATIENT"),
    ("a birthday that is none", setting("contained.0.birthDate", "1968-02-30"), "DATE_INVALID"),
    ("no order number", setting("identifier", None), "NO_PLACER_NUMBER"),
    ("two order numbers", lambda d: d["identifier"].append({**d["identifier"][0], "value": "X"}), "SEVERAL_VALUES"),
    (
        "another drug in words",
        setting(f"{MIX}.ingredient.0.itemCodeableConcept.text", "ifosfamide"),
        "CODE_NAME_CONFLICT",
    ),
    ("another drug in the title", setting(f"{MIX}.code.text", "ifosfamide 970 mg"), "CODE_NAME_CONFLICT"),
    (
        "another drug by code",
        setting(f"{MIX}.ingredient.0.itemCodeableConcept.coding.1.code", "5657"),
        "CODE_NAME_CONFLICT",
    ),
    ("no base", lambda d: mix(d)["ingredient"].pop(), "NO_BASE"),
    ("no ingredients", setting(f"{MIX}.ingredient", None), "NO_COMPONENTS"),
    ("no medication", setting("medicationReference.reference", "Medication/1"), "NO_DRUG"),
    ("a misspelt element", setting("dosageInstructions", []), "NOT_JSON"),
    ("one where several belong", lambda d: d.update(dosageInstruction=d["dosageInstruction"][0]), "NOT_JSON"),
    ("an empty list", setting("note", []), "NOT_JSON"),
    ("another resource", setting("resourceType", "ServiceRequest"), "WRONG_TYPE"),
]


@pytest.mark.parametrize(("change", "reason"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE])
def test_what_is_ambiguous_is_refused_and_nothing_is_kept(change: Callable[[Json], None], reason: str) -> None:
    document, book = copy.deepcopy(sample("f01")), MemoryBook()
    change(document)
    shown = told(json.dumps(document).encode(), book)
    assert reason in {error["reason"] for error in shown["errors"]}
    assert (shown["orders"], book.orders, shown["http"] >= 400) == ([], {}, True)
    assert "Marta" not in shown["reply"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"value": 970,', b'"value": 9.7e2,'),
        (b'"value": 970,', b'"value": NaN,'),
        (b'"status": "active"', b'"status": "active", "status": "cancelled"'),
        (b'"value": 970,', b'"value": 970, "value": 97,'),
        (b"}", b"", ),
        (b"Petra", b"\xff"),
    ],
)  # fmt: skip
def test_numbers_are_read_as_written_and_keys_stand_once(old: bytes, new: bytes) -> None:
    raw, book = (FOLDER / "f01_bag_absolute_dose_diluent.json").read_bytes(), MemoryBook()
    assert old in raw
    shown = told(raw.replace(old, new), book)
    assert {error["reason"] for error in shown["errors"]} & {"NOT_JSON", "NOT_A_NUMBER"}
    assert book.orders == {}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (setting(f"{D}.asNeededBoolean", True), "FIELD_UNREADABLE"),
        (setting(f"{D}.maxDosePerAdministration", {"value": 500, "code": "mg"}), "FIELD_UNREADABLE"),
        (setting(f"{D}.timing.repeat.durationMax", 60), "FIELD_UNREADABLE"),
        (setting("dispenseRequest.numberOfRepeatsAllowed", 3), "FIELD_UNREADABLE"),
        (setting("dispenseRequest.quantity.value", 2), "FIELD_UNREADABLE"),
        (setting("dispenseRequest.quantity.code", "{syringe}"), "CONTAINER_UNKNOWN"),
        (setting(f"{MIX}.amount.numerator.value", 500), "VOLUME_MISMATCH"),
        (setting(f"{MIX}.ingredient.1.strength.numerator.value", 500), "VOLUME_MISMATCH"),
        (setting("contained.0.name", None), "PATIENT_INCOMPLETE"),
        (setting(f"{D}.text", "Infuse\u202e over 30 minutes"), "TEXT_INVISIBLE"),
        (setting(f"{MIX}.ingredient.0.itemCodeableConcept", {"text": "cyclophosphamide"}), "DRUG_UNKNOWN"),
    ],
)
def test_what_cannot_be_held_blocks_the_order(change: Callable[[Json], None], code: str) -> None:
    document = copy.deepcopy(sample("f01"))
    change(document)
    shown = told(json.dumps(document).encode(), MemoryBook())
    assert shown["errors"] == []
    assert code in {one["code"] for one in shown["findings"] if one["blocks"]}


def test_a_bundle_of_two_orders_is_all_or_nothing_and_a_batch_is_not() -> None:
    bundle = sample("order_bundle")
    second = copy.deepcopy(bundle["entry"][4])
    second["fullUrl"] = "urn:uuid:00000000-0000-4000-8000-000000000099"
    second["resource"]["identifier"][0]["value"] = "ORD7700999"
    second["resource"]["status"] = "draft"
    bundle["entry"].append(second)
    book = MemoryBook()
    assert told(json.dumps(bundle).encode(), book)["http"] == 422
    assert book == MemoryBook()
    bundle["type"] = "batch"
    readings = read_document(json.dumps(bundle).encode(), PROFILE)
    assert [handle(one, book, AT, "").verdict.effect for one in readings] == ["created", "none"]
    assert [key.placer for key in book.orders] == ["ORD7700123"]


def test_another_patients_weight_is_not_used() -> None:
    bundle = sample("order_bundle")
    other = copy.deepcopy(bundle["entry"][0])
    other["fullUrl"] = "urn:uuid:other"
    bundle["entry"].append(other)
    bundle["entry"][1]["resource"]["subject"]["reference"] = "urn:uuid:other"
    shown = told(json.dumps(bundle).encode(), MemoryBook())
    assert (shown["orders"][0]["weight_kg"], shown["orders"][0]["height_cm"]) == (None, "162")
    assert "FIELD_UNREADABLE" in {one["code"] for one in shown["findings"]}


@pytest.mark.parametrize(
    ("status", "effect"), [("cancelled", "cancelled"), ("stopped", "cancelled"), ("on-hold", "held")]
)
def test_a_later_status_ends_or_holds_the_order(status: str, effect: str) -> None:
    book, document = MemoryBook(), sample("f01")
    told(json.dumps(document).encode(), book)
    document["status"] = status
    assert told(json.dumps(document).encode(), book)["effect"] == effect


def test_an_update_counts_only_against_the_version_it_was_made_from() -> None:
    book, document = MemoryBook(), sample("f01")
    told(json.dumps(document).encode(), book)
    quantity(document, value=960)
    strength(document, 0, value=960)
    raw = json.dumps(document).encode()
    (stale,) = read_document(raw, PROFILE, update=True, expected=2)
    assert handle(stale, book, AT, "").verdict.errors[0].reason == "STALE_CHANGE"
    (fresh,) = read_document(raw, PROFILE, update=True, expected=1)
    assert handle(fresh, book, AT, "").verdict.effect == "changed"
    assert [(f"{kept.order.dose:f}", kept.order.version) for kept in book.orders.values()] == [("960", 2)]


def test_vincristine_by_any_route_but_intravenous_stops_here_too() -> None:
    document = sample("f01")
    mix(document)["code"] = {"text": "vincristine"}
    vincristine = {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "11202"}]}
    mix(document)["ingredient"][0]["itemCodeableConcept"] = vincristine
    document["dosageInstruction"][0]["route"] = {"coding": [{"system": "http://snomed.info/sct", "code": "72607000"}]}
    shown = told(json.dumps(document).encode(), MemoryBook())
    assert "HARD_STOP" in {error["reason"] for error in shown["errors"]}


def test_every_shape_that_is_looked_into_is_there() -> None:
    inner = {kind for shape in SHAPES.values() for _, kind in shape.values() if kind}
    assert inner - {"text"} <= set(SHAPES)


def _twice(bundle: Json) -> None:
    other = copy.deepcopy(bundle["entry"][0])
    other["resource"]["identifier"][0]["value"] = "99999999"
    bundle["entry"].append(other)


def _unversioned(bundle: Json) -> None:
    bundle["entry"][4]["request"] = {"method": "PUT", "url": "MedicationRequest?identifier=ORD7700123"}


def _patched(bundle: Json) -> None:
    request = {"method": "PATCH", "url": "MedicationRequest?identifier=ORD7700123"}
    bundle["entry"].append({"resource": {"resourceType": "Parameters"}, "request": request})


def _deleted_elsewhere(bundle: Json) -> None:
    bundle["entry"].append({"request": {"method": "DELETE", "url": "https://ehr.example/fhir/MedicationRequest/1"}})


@pytest.mark.parametrize("change", [_twice, _unversioned, _patched, _deleted_elsewhere])
def test_a_bundle_that_says_two_things_at_once_does_neither(change: Callable[[Json], None]) -> None:
    bundle, book = sample("order_bundle"), MemoryBook()
    change(bundle)
    assert told(json.dumps(bundle).encode(), book)["http"] >= 400
    assert book == MemoryBook()


def test_two_contained_resources_of_one_id_are_no_mixture() -> None:
    document, book = sample("f01"), MemoryBook()
    document["contained"].append(copy.deepcopy(mix(document)))
    assert told(json.dumps(document).encode(), book)["http"] >= 400
    assert book == MemoryBook()


@pytest.mark.parametrize("words", ["million IU", "x 1000 mg thousand", "microgram", "pg", "megagram", "cL"])
def test_a_units_words_that_scale_it_are_not_its_name(words: str) -> None:
    document, book = sample("f01"), MemoryBook()
    quantity(document, unit=words)
    shown = told(json.dumps(document).encode(), book)
    assert (shown["http"] >= 400, book) == (True, MemoryBook())
