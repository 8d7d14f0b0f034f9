"""Orders by FHIR over HTTP: a token for each sender, answers in FHIR, updates only against the version they were made from."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from app.people.secrets import CHEAP
from app.record.blobs import MOST_WITHIN
from app.record.shelf import Folder
from app.settings import Settings
from app.web.house import house_of
from tests.interfaces.senders import PROFILE_FILE
from tests.interfaces.test_fhir_orders import FOLDER, INDEX
from tests.laid import lay

TOKEN = "a-token-of-one-sender"
HEADERS = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/fhir+json"}
ONE = "/fhir/MedicationRequest"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[FlaskClient]:
    sender = {"profile": PROFILE_FILE, "token_sha256": hashlib.sha256(TOKEN.encode()).hexdigest()}
    settings = Settings(data_dir=lay(tmp_path), fhir_clients={"ehr": sender})  # type: ignore[call-arg, dict-item]  # the rest has defaults
    app = create_app(settings, cost=CHEAP)
    yield app.test_client()
    house_of(app).close()


def order(dose: float = 970) -> dict[str, Any]:
    found = json.loads((FOLDER / "f01_bag_absolute_dose_diluent.json").read_bytes())
    found["dosageInstruction"][0]["doseAndRate"][0]["doseQuantity"]["value"] = dose
    found["contained"][1]["ingredient"][0]["strength"]["numerator"]["value"] = dose
    return dict(found)


def post(client: FlaskClient, where: str, document: object) -> TestResponse:
    return client.post(where, data=json.dumps(document), headers=HEADERS)


@pytest.mark.parametrize("name", [name for name, case in INDEX.items() if "http" in case])
def test_each_sample_is_answered_as_the_index_says(client: FlaskClient, name: str) -> None:
    raw, case = (FOLDER / name).read_bytes(), INDEX[name]
    answer = client.post("/fhir" if name.startswith("order_bundle") else ONE, data=raw, headers=HEADERS)
    assert (answer.status_code, answer.mimetype) == (case["http"], "application/fhir+json")
    said = [
        {"reason": one["details"]["coding"][0]["code"], "at": one["expression"][0]}
        for one in answer.json.get("issue", ())
        if one["severity"] == "error"
    ]
    assert said == case["issues"]
    assert "Marta" not in answer.text


def test_without_the_token_of_a_sender_nothing_is_read(client: FlaskClient) -> None:
    for given in (
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Basic {TOKEN}"},
    ):
        answer = client.post(ONE, data=json.dumps(order()), headers=given | {"Content-Type": "application/json"})
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_create_update_and_their_versions(client: FlaskClient) -> None:
    made = post(client, ONE, order())
    assert (made.status_code, made.headers["ETag"]) == (201, 'W/"1"')
    assert post(client, ONE, order()).status_code == 200
    assert post(client, ONE, order(960)).status_code == 409
    where = made.headers["Location"]
    no_match = client.put(where, data=json.dumps(order(960)), headers=HEADERS)
    assert no_match.status_code == 428
    changed = client.put(where, data=json.dumps(order(960)), headers=HEADERS | {"If-Match": 'W/"1"'})
    assert (changed.status_code, changed.headers["ETag"]) == (200, 'W/"2"')
    stale = client.put(where, data=json.dumps(order(950)), headers=HEADERS | {"If-Match": 'W/"1"'})
    assert stale.status_code == 412
    elsewhere = client.put(f"{ONE}/nowhere", data=json.dumps(order(950)), headers=HEADERS | {"If-Match": 'W/"2"'})
    assert elsewhere.status_code == 404


def test_a_batch_answers_each_entry(client: FlaskClient) -> None:
    bundle = json.loads((FOLDER / "order_bundle.json").read_bytes())
    bundle["type"] = "batch"
    bad = copy.deepcopy(bundle["entry"][4])
    bad["fullUrl"], bad["resource"]["status"] = "urn:uuid:bad", "draft"
    bad["resource"]["identifier"][0]["value"] = "ORD7700999"
    bundle["entry"].append(bad)
    answer = post(client, "/fhir", bundle)
    assert (answer.status_code, answer.json["type"]) == (200, "batch-response")
    assert [one["response"]["status"] for one in answer.json["entry"]] == ["201", "422"]


def test_what_is_no_fhir_is_said_in_fhir(client: FlaskClient) -> None:
    plain = client.post(ONE, data="x", headers=HEADERS | {"Content-Type": "text/plain"})
    large = client.post(ONE, data=b" " * 1_100_000, headers=HEADERS)
    bundle = client.post(ONE, data=(FOLDER / "order_bundle.json").read_bytes(), headers=HEADERS)
    assert [one.status_code for one in (plain, large, bundle)] == [415, 413, 422]
    assert {one.json["resourceType"] for one in (plain, large, bundle)} == {"OperationOutcome"}


def test_the_capability_statement_names_only_what_is_there(client: FlaskClient) -> None:
    rest = client.get("/fhir/metadata").json["rest"][0]
    assert [one["code"] for one in rest["interaction"]] == ["transaction", "batch"]
    resource, *read = rest["resource"]
    assert [one["type"] for one in read] == ["Task", "MedicationDispense", "Provenance", "AuditEvent", "Subscription"]
    assert [one["code"] for one in resource["interaction"]] == ["create", "update"]
    assert client.get(f"{ONE}/X1", headers=HEADERS).status_code in (404, 405)


def test_the_bytes_of_a_batch_are_filed_once_however_many_orders_are_in_it(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    filed: list[str] = []
    for name in ("write", "touch", "read"):
        real = getattr(Folder, name)
        monkeypatch.setattr(
            Folder, name, lambda self, sha, *more, real=real: filed.append(sha) or real(self, sha, *more)
        )
    bundle = json.loads((FOLDER / "order_bundle.json").read_bytes())
    bundle["type"] = "batch"
    bundle["entry"][4]["resource"]["note"] = [{"text": "x" * MOST_WITHIN}]
    for number in range(3):
        another = copy.deepcopy(bundle["entry"][4])
        another["fullUrl"] = f"urn:uuid:00000000-0000-4000-8000-00000000009{number}"
        another["resource"]["identifier"][0]["value"] = f"ORD770099{number}"
        bundle["entry"].append(another)
    answer = post(client, "/fhir", bundle)
    assert [one["response"]["status"] for one in answer.json["entry"]] == ["201"] * 4
    assert (len(set(filed)), len(filed)) == (1, 2), "one look whether it is there, and one write"


def test_every_answer_of_the_door_is_r4_in_the_eyes_of_a_library_too(client: FlaskClient) -> None:
    bundle = json.loads((FOLDER / "order_bundle.json").read_bytes())
    answers = [
        client.get("/fhir/metadata"), client.get("/fhir/Task", headers=HEADERS), client.get("/fhir/Task/none", headers=HEADERS),
        post(client, ONE, order()), post(client, ONE, order(960)), post(client, "/fhir", bundle),
        post(client, "/fhir", {**bundle, "type": "batch"}), client.post(ONE, data="x", headers=HEADERS),
    ]  # fmt: skip
    kinds = set()
    for one in answers:
        kinds.add(one.json["resourceType"])
        get_fhir_model_class(one.json["resourceType"]).model_validate(one.json)
    assert kinds == {"CapabilityStatement", "Bundle", "OperationOutcome"}
