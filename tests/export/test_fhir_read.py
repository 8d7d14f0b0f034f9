"""What became of an order, read by its sender as FHIR: only its own, by id and by search, page by page, nothing unsaid."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.clock import now
from app.desk import access
from app.desk.access import Asked
from app.interfaces.profile import profile_text
from tests.export.conftest import Kept
from tests.export.test_fhir import REQUIRED, walk
from tests.web.conftest import Pharmacy

KINDS = ("Task", "MedicationDispense", "Provenance", "AuditEvent")


@pytest.fixture
def pharmacy(make_pharmacy: Callable[..., Pharmacy], kept: Kept, tmp_path: Path) -> Pharmacy:
    shutil.copytree(kept.folder, tmp_path / "data0")
    other = tmp_path / "other.json"
    other.write_text(
        json.dumps({**json.loads(profile_text("oncehr")), "name": "other", "match": {"msh3": "O", "msh4": "H"}})
    )
    clients = {
        name: {"profile": profile, "token_sha256": hashlib.sha256(name.encode()).hexdigest()}
        for name, profile in (("ehr", "oncehr"), ("stranger", str(other)))
    }
    return make_pharmacy(fhir_clients=clients)


@pytest.fixture
def client(pharmacy: Pharmacy) -> Iterator[FlaskClient]:
    return pharmacy.client()


def get(client: FlaskClient, path: str, token: str = "ehr", **query: object) -> TestResponse:
    where = path if path.startswith("/") else f"/fhir/{path}"
    return client.get(where, headers={"Authorization": f"Bearer {token}"}, query_string=query or None)


def found(client: FlaskClient, kind: str, **query: object) -> list[dict[str, Any]]:
    answer = get(client, kind, **query)
    assert (answer.status_code, answer.mimetype) == (200, "application/fhir+json"), answer.text
    assert (answer.json["resourceType"], answer.json["type"]) == ("Bundle", "searchset")
    return [one["resource"] for one in answer.json.get("entry", ())]


def test_each_resource_is_found_and_then_read_by_its_id(client: FlaskClient, kept: Kept) -> None:
    entity = f"Task/task-{kept.closed.id}"
    for kind in KINDS:
        listed = found(client, kind, **({"entity": entity} if kind == "AuditEvent" else {}))
        assert listed, kind
        for one in listed[:3]:
            assert all(one.get(name) for name in REQUIRED[kind]), one
            assert all(part not in ("", None, [], {}) for part in walk(one))
            alone = get(client, f"{kind}/{one['id']}")
            assert alone.json == one
            assert alone.headers["ETag"] == f'W/"{one["meta"]["versionId"]}"'


def test_a_dispense_is_there_once_the_dose_left_and_a_task_from_the_beginning(client: FlaskClient, kept: Kept) -> None:
    tasks = {one["id"]: one["status"] for one in found(client, "Task")}
    assert tasks == {
        f"task-{kept.closed.id}": "completed",
        f"task-{kept.waiting.id}": "in-progress",
        f"task-{kept.ordered}": "requested",
    }
    (dispense,) = found(client, "MedicationDispense")
    assert dispense["id"] == f"medicationdispense-{kept.closed.id}"
    assert dispense["authorizingPrescription"][0]["identifier"]["value"] == "DEMO1001"
    lots = [one["batch"]["lotNumber"] for one in dispense["contained"] if "batch" in one]
    assert "AB123" in lots
    assert get(client, f"MedicationDispense/medicationdispense-{kept.waiting.id}").status_code == 404


def test_a_search_finds_by_order_number_status_and_preparation(client: FlaskClient, kept: Kept) -> None:
    def ids(kind: str, **query: object) -> list[str]:
        return [one["id"] for one in found(client, kind, **query)]

    waiting = f"task-{kept.waiting.id}"
    assert ids("Task", **{"based-on:identifier": "DEMO1077"}) == [waiting]
    assert ids("Task", status="in-progress,on-hold") == [waiting]
    assert ids("Task", _id=waiting) == [waiting]
    assert ids("Task", identifier=f"urn:vialtrace:preparation|{kept.waiting.id}") == [waiting]
    assert ids("Provenance", target=f"MedicationDispense/medicationdispense-{kept.closed.id}") == [
        f"provenance-{kept.closed.id}"
    ]
    assert ids("MedicationDispense", **{"prescription:identifier": "DEMO1077"}) == []
    assert ids("Task", _id="task-") == ids("Task", identifier="NOWHERE") == []


def test_pages_follow_the_record_and_miss_nothing(client: FlaskClient) -> None:
    whole = [one["id"] for one in found(client, "Task")]
    listed, where = [], "/fhir/Task?_count=1"
    while where:
        page = get(client, where).json
        listed += [one["resource"]["id"] for one in page["entry"]]
        more = [one["url"] for one in page["link"] if one["relation"] == "next"]
        where = f"{urlsplit(more[0]).path}?{urlsplit(more[0]).query}" if more else ""
    assert (listed, len(listed)) == (whole, 3)


def test_what_changed_since_a_moment_is_what_is_found(client: FlaskClient, kept: Kept) -> None:
    dated = {one["id"]: one["meta"]["lastUpdated"] for one in found(client, "Task")}
    last = dated[f"task-{kept.waiting.id}"]
    since = {one["id"] for one in found(client, "Task", _lastUpdated=f"ge{last}")}
    assert since == {name for name, at in dated.items() if at >= last}
    assert found(client, "Task", _lastUpdated="ge2999-01-01") == []
    assert len(found(client, "Task", _lastUpdated="lt2999-01-01")) == 3
    tomorrow = (now() + timedelta(days=1)).isoformat()
    assert found(client, "Task", _lastUpdated=f"gt{tomorrow}") == []


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("Task", {"patient": "10234567"}, 400),
        ("Task", {"_lastUpdated": "yesterday"}, 400),
        ("Task", {"_lastUpdated": "ge2026-03-11T09:00:00"}, 400),
        ("Task", {"_count": "many"}, 400),
        ("AuditEvent", {}, 400),
        ("Patient", {}, 404),
        ("Task/task-NOWHERE1", {}, 404),
    ],
)
def test_what_is_not_understood_is_refused_and_never_passed_over(
    client: FlaskClient, path: str, query: dict[str, object], status: int
) -> None:
    answer = get(client, path, **query)
    assert (answer.status_code, answer.json["resourceType"]) == (status, "OperationOutcome")


def test_another_sender_sees_nothing_of_these_orders_and_no_token_nothing_at_all(
    client: FlaskClient, kept: Kept
) -> None:
    assert "entry" not in get(client, "Task", "stranger").json
    assert get(client, f"Task/task-{kept.closed.id}", "stranger").status_code == 404
    for path in ("Task", f"Task/task-{kept.closed.id}"):
        refused = client.get(f"/fhir/{path}")
        assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_q32_a_system_that_reads_of_a_patient_is_noted_as_people_are(
    client: FlaskClient, pharmacy: Pharmacy, kept: Kept
) -> None:
    get(client, f"Task/task-{kept.closed.id}")
    get(client, "Task/task-NOWHERE1")
    zone, site = pharmacy.house.settings.zone, pharmacy.house.settings.site
    with pharmacy.house.store.reading() as conn:
        noted = access.search(conn, site, Asked(who="system:fhir/ehr"), zone)
    assert [(one.what, len(one.patients)) for one in noted] == [("fhir Task", 1)]


def test_the_capability_statement_names_each_parameter_that_works_and_no_other(client: FlaskClient, kept: Kept) -> None:
    values = {
        "_id": "task-X", "_lastUpdated": "2026-03-11", "_count": "3", "identifier": "X", "status": "completed",
        "based-on": "X", "prescription": "X", "target": "Task/task-X", "entity": "Task/task-X",
    }  # fmt: skip
    stated = [one for one in client.get("/fhir/metadata").json["rest"][0]["resource"] if one["type"] in KINDS]
    assert [one["type"] for one in stated] == list(KINDS)
    for one in stated:
        assert [each["code"] for each in one["interaction"]] == ["read", "search-type"]
        for each in one["searchParam"]:
            name = each["name"]
            asked = {f"{name}:identifier" if name in ("based-on", "prescription") else name: values[name]}
            asked |= {"entity": "Task/task-X"} if one["type"] == "AuditEvent" else {}
            assert get(client, one["type"], **asked).status_code == 200, (one["type"], name)
