"""A FHIR document is held against the whole of R4 by a library too: what our own reading does not look at is not passed over."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from app.interfaces.book import MemoryBook
from app.interfaces.fhir import read_document
from app.interfaces.judge import handle
from tests.interfaces.cases import AT, PROFILE
from tests.interfaces.test_fhir_orders import Json, sample, setting, told

D = "dosageInstruction.0"
NOT_R4 = [
    ("a requester of another shape", setting("requester", {"who": "Dr. Webb"}), "MedicationRequest.requester.who"),
    ("a note without words", setting("note", [{"time": "2026-03-11"}]), "MedicationRequest.note[0].text"),
    ("a patient's name misspelt", setting("contained.0.name.0.familie", "Quintero"), "Patient.name[0].familie"),
    ("a substitution that is neither", setting("substitution", {"reason": {"text": "stock"}}), ""),
    ("a count in words", setting("dispenseRequest.numberOfRepeatsAllowed", "none"), ""),
    ("an extension without a name", setting("extension", [{"valueString": "x"}]), ""),
    ("an odd id", setting("id", "a_b"), "MedicationRequest.id"),
]  # fmt: skip
R4_ALONE = [
    ("an extension's meta", setting("extension", [{"url": "urn:x", "valueMeta": {"tag": [{"code": "a"}]}}])),
    ("a kind that R4B dropped", lambda d: d["contained"].append({"resourceType": "SubstanceSpecification", "id": "s"})),
    ("why a value is absent", setting("_authoredOn", {"extension": [{"url": "urn:x", "valueCode": "unknown"}]})),
    ("texts with a gap", setting("contained.0.name.0.given", ["Marta", "L."])),
    ("an exact weight", setting("dispenseRequest.numberOfRepeatsAllowed", 0)),
]  # fmt: skip


@pytest.mark.parametrize(("change", "at"), [row[1:] for row in NOT_R4], ids=[row[0] for row in NOT_R4])
def test_i60_what_is_not_r4_is_refused_where_our_own_reading_does_not_look(
    change: Callable[[Json], None], at: str
) -> None:
    document, book = copy.deepcopy(sample("f01")), MemoryBook()
    change(document)
    shown = told(json.dumps(document).encode(), book)
    assert (shown["http"], {one["reason"] for one in shown["errors"]}, book.orders) == (400, {"NOT_JSON"}, {})
    assert at in {one["at"] for one in shown["errors"]} | {""}
    assert "Marta" not in shown["reply"]


@pytest.mark.parametrize("change", [row[1] for row in R4_ALONE], ids=[row[0] for row in R4_ALONE])
def test_nothing_that_r4_allows_is_refused_because_the_library_knows_r4b(change: Callable[[Json], None]) -> None:
    document = copy.deepcopy(sample("f01"))
    change(document)
    shown = told(json.dumps(document).encode(), MemoryBook())
    assert (shown["errors"], shown["effect"]) == ([], "created")


def test_a_cancel_is_taken_though_it_lacks_what_r4_demands() -> None:
    document, book = copy.deepcopy(sample("f01")), MemoryBook()
    assert told(json.dumps(document).encode(), book)["effect"] == "created"
    document["status"] = "cancelled"
    document["note"] = [{"time": "2026-03-11"}]
    assert told(json.dumps(document).encode(), book)["effect"] == "cancelled"


@pytest.mark.parametrize("wrong", [{"dosageInstructions": []}, {"note": [{"time": "2026-03-11"}]}])
def test_one_request_of_a_batch_that_is_no_r4_refuses_itself_alone(wrong: dict[str, Any]) -> None:
    bundle, book = sample("order_bundle"), MemoryBook()
    bundle["type"] = "batch"
    second = copy.deepcopy(bundle["entry"][4])
    second["fullUrl"] = "urn:uuid:00000000-0000-4000-8000-000000000099"
    second["resource"]["identifier"][0]["value"] = "ORD7700999"
    second["resource"] |= wrong
    bundle["entry"].insert(0, second)
    done = [handle(one, book, AT, "").verdict for one in read_document(json.dumps(bundle).encode(), PROFILE)]
    assert [[fault.reason for fault in one.errors] for one in done] == [["NOT_JSON"], []]
    assert [key.placer for key in book.orders] == ["ORD7700123"]


def test_a_resource_beside_the_orders_that_is_no_r4_refuses_what_would_be_made_with_it() -> None:
    bundle, book = sample("order_bundle"), MemoryBook()
    patient = next(row["resource"] for row in bundle["entry"] if row["resource"]["resourceType"] == "Patient")
    patient["contact"] = [{"nam": {}}]
    shown = told(json.dumps(bundle).encode(), book)
    assert (shown["http"], shown["errors"][0]["reason"], book.orders) == (400, "NOT_JSON", {})
