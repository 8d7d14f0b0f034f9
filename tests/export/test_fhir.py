"""FHIR R4 as NDJSON: the shapes that other systems read, references that lead somewhere, nobody named who must not be."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from app.desk.records import Filter
from app.export.fhir_values import quantity, written
from app.export.wanted import Wanted
from tests.export.asking import bytes_of
from tests.export.conftest import Kept
from tests.web.bench import Making
from tests.web.conftest import Pharmacy
from workflows.quantities import Mass

REQUIRED: dict[str, tuple[str, ...]] = {
    "Parameters": ("parameter",),
    "Task": ("status", "intent"),
    "MedicationDispense": ("status", "medicationReference"),
    "Provenance": ("target", "recorded", "agent"),
    "AuditEvent": ("type", "recorded", "agent", "source"),
    "Medication": ("id", "code"),
}
"""Elements that R4 asks for at least once, and those that ours always have."""
CODES: dict[tuple[str, str], str] = {
    ("Task", "status"): "requested accepted in-progress on-hold completed failed rejected",
    ("Task", "intent"): "filler-order",
    ("MedicationDispense", "status"): "preparation in-progress completed stopped",
    ("AuditEvent", "action"): "C U",
    ("AuditEvent", "outcome"): "0 4",
}
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d")
Resource = dict[str, Any]


def exported(pharmacy: Pharmacy, **given: object) -> list[Resource]:
    content = bytes_of(pharmacy, Wanted("fhir", **given))  # type: ignore[arg-type]  # as the form has it
    return [json.loads(line) for line in content.splitlines()]


def of(found: list[Resource], kind: str) -> list[Resource]:
    return [one for one in found if one["resourceType"] == kind]


def walk(value: object) -> list[object]:
    inside = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return [value, *(below for one in inside for below in walk(one))]


def contained(dispense: Resource) -> dict[str, Resource]:
    return {one["id"]: one for one in dispense["contained"]}


def test_every_resource_has_what_r4_asks_for_and_nothing_empty(pharmacy: Pharmacy, kept: Kept) -> None:
    found = exported(pharmacy, patients="named")
    assert {one["resourceType"] for one in found} == {
        "Parameters", "Task", "MedicationDispense", "Provenance", "AuditEvent",
    }  # fmt: skip
    assert len(of(found, "Task")) == len(of(found, "MedicationDispense")) == len(of(found, "Provenance")) == 3
    for one in [*found, *(inner for outer in found for inner in outer.get("contained", []))]:
        kind = one["resourceType"]
        assert all(one.get(name) for name in REQUIRED[kind]), one
        assert all(one[name] in codes.split() for (of_kind, name), codes in CODES.items() if of_kind == kind)
        assert re.fullmatch(r"[A-Za-z0-9.-]{1,64}", one["id"]), one["id"]
        assert all(part not in ("", None, [], {}) for part in walk(one)), "FHIR knows no empty element"
    assert len({(one["resourceType"], one["id"]) for one in found}) == len(found)


def test_references_lead_to_a_resource_of_the_file_and_contained_ones_are_used(
    pharmacy: Pharmacy, closed: Making, waiting: Making
) -> None:
    found = exported(pharmacy)
    there = {f"{one['resourceType']}/{one['id']}" for one in found}
    for one in found:
        inner = {f"#{part['id']}" for part in one.get("contained", [])}
        named = {part["reference"] for part in walk(one) if isinstance(part, dict) and "reference" in part}
        assert named <= there | inner, named
        assert inner <= named, "a contained resource that nobody points at is refused by every validator"


def test_a_released_dose_says_what_is_in_it_from_which_lots_and_until_when(pharmacy: Pharmacy, closed: Making) -> None:
    (dispense,) = of(exported(pharmacy, filter=Filter(status="closed")), "MedicationDispense")
    parts = contained(dispense)
    mix, solution = parts["mix"], parts["solution"]
    strength = mix["ingredient"][0]["strength"]
    assert (dispense["status"], strength["numerator"]["value"], strength["numerator"]["unit"]) == (
        "completed",
        968.5,
        "mg",
    )
    assert strength["denominator"]["code"] == "{bag}"
    assert mix["amount"]["numerator"]["value"] == 298.5
    assert mix["batch"]["lotNumber"] == closed.id
    assert INSTANT.fullmatch(mix["batch"]["expirationDate"])
    vials = [parts[one["itemReference"]["reference"][1:]] for one in solution["ingredient"] if one["isActive"]]
    assert [one["batch"] for one in vials] == [{"lotNumber": "AB123", "expirationDate": "2027-03-31"}] * 2
    assert {one["manufacturer"]["display"] for one in vials} == {"Baxter"}
    assert {one["code"]["coding"][0]["code"] for one in vials} == {"10019-955-50"}
    base = parts[mix["ingredient"][1]["itemReference"]["reference"][1:]]
    assert (base["batch"]["lotNumber"], mix["ingredient"][1]["isActive"]) == ("D2207", False)
    assert [(one["function"]["text"], one["actor"]["display"]) for one in dispense["performer"]] == [
        ("compounder", "Ann T."),
        ("final checker", "Pam Q."),
    ]


def test_q18_signatures_stand_in_the_provenance_with_name_time_and_meaning(pharmacy: Pharmacy, closed: Making) -> None:
    (origin,) = of(exported(pharmacy, filter=Filter(status="closed")), "Provenance")
    signed = [(one["who"]["display"], one["type"][1]["display"]) for one in origin["signature"]]
    assert signed == [("Pam Q.", "order verified"), ("Pam Q.", "approved for release")]
    assert all(INSTANT.fullmatch(one["when"]) for one in origin["signature"])
    assert {one["role"] for one in origin["entity"]} == {"source"}
    assert "cyclophosphamide 500 mg powder lot AB123 exp 2027-03-31" in {
        one["what"]["display"] for one in origin["entity"]
    }


def test_each_event_is_an_audit_event_with_its_digest(pharmacy: Pharmacy, closed: Making) -> None:
    found = of(exported(pharmacy, filter=Filter(status="closed")), "AuditEvent")
    said = [{one["type"]: one["valueString"] for one in event["entity"][0]["detail"]} for event in found]
    assert [one["sequence"] for one in said] == [str(number) for number in range(1, closed.p.version + 1)]
    assert said[-1]["digest"] == closed.p.digest
    assert [event["outcome"] for event in found].count("4") == 1, "the near miss"


def test_the_task_says_how_far_it_is(pharmacy: Pharmacy, closed: Making, waiting: Making, kept: Kept) -> None:
    tasks = {one["identifier"][0]["value"]: one for one in of(exported(pharmacy), "Task")}
    assert {id: one["status"] for id, one in tasks.items()} == {
        closed.id: "completed",
        waiting.id: "in-progress",
        kept.ordered: "requested",
    }
    assert tasks[closed.id]["output"][1]["valueQuantity"]["value"] == -0.16
    assert tasks[closed.id]["basedOn"][0]["identifier"]["value"] == "DEMO1001"


@pytest.mark.parametrize(
    ("patients", "named", "staff"), [("named", True, True), ("pseudonym", False, True), ("research", False, False)]
)
def test_the_patient_and_the_staff_are_named_as_far_as_was_asked(
    pharmacy: Pharmacy, closed: Making, patients: str, named: bool, staff: bool
) -> None:
    content = bytes_of(pharmacy, Wanted("fhir", patients=patients)).decode()  # type: ignore[arg-type]  # one of them
    assert ("Marta" in content, "90000101" in content) == (named, named)
    assert ("Ann T." in content, "DEMO1001" in content, closed.id in content) == (staff, staff, staff)
    (task,) = of(exported(pharmacy, patients=patients, filter=Filter(status="closed")), "Task")
    assert task["for"]["display"] == ("Example, Marta Jean" if named else task["for"]["identifier"]["value"])


def test_the_file_says_what_it_is_in_its_first_line(pharmacy: Pharmacy) -> None:
    first = exported(pharmacy, filter=Filter(drug="cyclo"))[0]
    said = {one["name"]: one["valueString"] for one in first["parameter"]}
    assert (said["schema"], said["filter"], said["time-zone"], said["software"]) == (
        "vialtrace-fhir/1",
        "drug contains cyclo",
        "America/Chicago",
        pharmacy.house.settings.software,
    )


def test_a_small_dose_is_exported_to_four_figures(
    pharmacy: Pharmacy, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.measured.dispensed", lambda _: Mass.of_mg("0.12345"))
    found = exported(pharmacy, patients="named")
    amounts = [one["output"][0]["valueQuantity"]["value"] for one in of(found, "Task") if "output" in one]
    inside = [contained(one)["mix"]["ingredient"][0]["strength"] for one in of(found, "MedicationDispense")]
    assert set(amounts) == {0.1234}
    assert {one["numerator"]["value"] for one in inside} == {0.1234}


def test_an_amount_leaves_with_the_digits_that_the_record_has() -> None:
    exact = {"970.50": b"970.50", "0.1": b"0.1", "1E+2": b"100", "1.00000000000000000001": b"1.00000000000000000001"}
    for said, digits in exact.items():
        assert b'"value":' + digits + b"," in written(quantity(Decimal(said), "mg"))
    with pytest.raises(TypeError):
        written(quantity(Decimal("NaN"), "mg"))


def test_what_leaves_is_r4_in_the_eyes_of_a_library_too(
    pharmacy: Pharmacy, closed: Making, waiting: Making, kept: Kept
) -> None:
    kinds = set()
    for line in bytes_of(pharmacy, Wanted("fhir", patients="named")).splitlines():
        resource = json.loads(line, parse_float=Decimal)
        kinds.add(resource["resourceType"])
        get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    assert kinds >= {"Task", "MedicationDispense", "Provenance", "AuditEvent"}
