"""A sender registers by FHIR what it is told: of its own orders alone, signed, until it deletes it; a command does the same."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from app.catalogue.hazards import Acting
from app.cli import main
from app.clock import new_command_id, new_id, now
from app.hooks import register
from app.hooks.signature import secret_of
from app.people.secrets import CHEAP
from app.record import outbox
from app.record.place import place_of
from app.record.verify import verify
from app.settings import Settings
from app.web.house import House, house_of
from tests.interfaces.senders import PROFILE_FILE
from tests.laid import lay
from tests.people.cast import ADA

WHERE = "/fhir/Subscription"
ASKED: dict[str, Any] = {
    "resourceType": "Subscription",
    "status": "requested",
    "reason": "ward board",
    "criteria": "Task?",
    "channel": {"type": "rest-hook", "endpoint": "https://board.example/hook"},
}


def headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/fhir+json"}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[FlaskClient]:
    def sender(profile: str, token: str) -> dict[str, str]:
        return {"profile": profile, "token_sha256": hashlib.sha256(token.encode()).hexdigest()}

    other = json.loads(Path(PROFILE_FILE).read_bytes()) | {"name": "other"}
    (tmp_path / "other.json").write_text(json.dumps(other))
    clients = {"ehr": sender(PROFILE_FILE, "one"), "other": sender(str(tmp_path / "other.json"), "another")}
    settings = Settings(data_dir=lay(tmp_path / "data"), fhir_clients=clients)  # type: ignore[call-arg, arg-type]  # the rest has defaults
    app = create_app(settings, cost=CHEAP)
    yield app.test_client()
    house_of(app).close()


def asked(client: FlaskClient, token: str = "one", **changes: Any) -> TestResponse:
    return client.post(WHERE, data=json.dumps({**ASKED, **changes}), headers=headers(token))


def house(client: FlaskClient) -> House:
    return house_of(client.application)


def kept(client: FlaskClient) -> tuple[register.Subscription, ...]:
    with house(client).store.reading() as conn:
        return register.every(conn, house(client).settings.site)


def test_a_sender_registers_reads_and_deletes_what_it_is_told(client: FlaskClient) -> None:
    made = asked(client)
    assert made.status_code == 201, made.text
    (to,) = kept(client)
    assert (to.endpoint, to.kinds, to.content, to.on) == ("https://board.example/hook", ("Task",), "id", True)
    secret = secret_of(house(client).posts.key, to.id, 1)
    assert made.json["extension"] == [{"url": "urn:vialtrace:webhook-secret", "valueString": secret}]
    where = made.headers["Location"]
    assert where.endswith(f"{WHERE}/{to.id}")
    read = client.get(where, headers=headers("one"))
    assert (read.json["status"], read.json["criteria"], secret in read.text) == ("active", "Task?", False)
    found = client.get(WHERE, headers=headers("one")).json
    assert [one["resource"]["id"] for one in found["entry"]] == [to.id]
    ended = [client.delete(where, headers=headers("one")).status_code for _ in range(2)]
    assert (ended, kept(client)) == ([204, 404], ())
    settings = house(client).settings
    assert verify(place_of(settings), settings.photos).ok


def test_another_sender_neither_sees_nor_ends_it(client: FlaskClient) -> None:
    where = asked(client).headers["Location"]
    assert client.get(where, headers=headers("another")).status_code == 404
    assert client.delete(where, headers=headers("another")).status_code == 404
    assert "entry" not in client.get(WHERE, headers=headers("another")).json
    assert len(kept(client)) == 1
    for answer in (asked(client, "none"), client.get(where), client.get(WHERE), client.delete(where)):
        assert answer.status_code == 401


def test_what_a_person_registered_for_its_orders_is_neither_shown_to_a_sender_nor_ended_by_it(
    client: FlaskClient,
) -> None:
    rooms, id = house(client), new_id()
    profile = json.loads(Path(PROFILE_FILE).read_bytes())["name"]
    board = register.Subscription(id, "board", "https://board.example/hook?key=s3cret", ("Task",), "id", profile)
    rooms.store.write(lambda conn: register.register(Acting(conn, rooms.settings, ADA.id, now()), board))
    assert "s3cret" not in client.get(WHERE, headers=headers("one")).text
    for answer in (client.get, client.delete):
        assert answer(f"{WHERE}/{id}", headers=headers("one")).status_code == 404
    own = asked(client).headers["Location"].rpartition("/")[2]
    rooms.store.write(lambda conn: register.rotate(Acting(conn, rooms.settings, ADA.id, now()), own))
    assert client.get(f"{WHERE}/{own}", headers=headers("one")).status_code == 200, "still its own"
    assert {one.id for one in kept(client)} == {id, own}


def test_the_thread_of_a_subscription_that_was_ended_ends(client: FlaskClient) -> None:
    rooms, where = house(client), asked(client).headers["Location"]
    mine = f"webhook {where.rpartition('/')[2]}"
    rooms.posts.look()
    assert mine in [one.name for one in threading.enumerate()]
    assert client.delete(where, headers=headers("one")).status_code == 204
    rooms.posts.look()
    assert mine not in [one.name for one in threading.enumerate()]


def test_what_waits_for_a_subscription_that_is_deleted_is_given_up(client: FlaskClient) -> None:
    where = asked(client).headers["Location"]
    (to,) = kept(client)

    def wait(conn: Any) -> None:
        outbox.put(conn, kind=to.row_kind, lane="x", payload={}, at=now(), command_id=new_command_id())

    house(client).store.write(wait)
    client.delete(where, headers=headers("one"))
    with house(client).store.reading() as conn:
        assert outbox.unfinished(conn) == ()
        assert [one.status for one in outbox.of_kinds(conn, (to.row_kind,), 5)] == ["dismissed"]


CHANNEL = ASKED["channel"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"criteria": "Task?status=completed"}, "without a filter"),
        ({"criteria": "Observation?"}, "Subscription.criteria"),
        ({"criteria": None}, "Subscription.criteria"),
        ({"status": "off"}, "Subscription.status"),
        ({"reason": ""}, "Subscription.reason"),
        ({"end": "2027-01-01T00:00:00Z"}, "Subscription.end"),
        ({"modifierExtension": []}, "modifierExtension"),
        ({"channel": None}, "rest-hook"),
        ({"channel": {**CHANNEL, "type": "websocket"}}, "rest-hook"),
        ({"channel": {**CHANNEL, "header": ["Authorization: Bearer x"]}}, "No header of yours"),
        ({"channel": {**CHANNEL, "endpoint": "http://board.example/"}}, "without TLS"),
        *(
            ({"channel": {**CHANNEL, "endpoint": endpoint, "payload": "application/fhir+json"}}, says)
            for endpoint, says in (
                ("http://127.0.0.1:9100/x", "https"),
                ("http://localhost:631/printers", "https"),
                ("https://127.0.0.1:9100/x", "is this machine"),
                ("https://localhost./x", "is this machine"),
                ("https://a.localhost/x", "is this machine"),
                ("https://127.1/x", "is this machine"),
                ("https://2130706433/x", "is this machine"),
                ("https://[::1]/x", "is this machine"),
                ("https://[::ffff:127.0.0.1]/x", "is this machine"),
                ("https://0.0.0.0/x", "is this machine"),
                ("https://169.254.169.254/latest", "is this machine"),
            )
        ),
        ({"channel": {**CHANNEL, "payload": "text/plain"}}, "payload"),
        ({"channel": {**CHANNEL, "payload": "application/fhir+json"}}, "patient_webhooks"),
        ({"resourceType": "Task"}, "takes a Subscription"),
    ],
)
def test_what_is_not_done_is_refused_and_never_passed_over(
    client: FlaskClient, changes: dict[str, Any], says: str
) -> None:
    refused = asked(client, **changes)
    assert (refused.status_code, says in refused.json["issue"][0]["diagnostics"]) == (422, True), refused.text
    assert kept(client) == ()


def test_the_same_is_told_once_and_a_sender_has_ten_at_most(client: FlaskClient) -> None:
    def at(number: int) -> dict[str, Any]:
        return {"channel": {**CHANNEL, "endpoint": f"https://board.example/{number}"}}

    assert [asked(client, **at(0)).status_code for _ in range(2)] == [201, 409]
    assert [asked(client, **at(number)).status_code for number in range(1, 11)] == [201] * 9 + [422]
    no_json = client.post(WHERE, data=b"{", headers=headers("one"))
    plain = client.post(WHERE, data=b"{}", headers=headers("one") | {"Content-Type": "text/plain"})
    assert (no_json.status_code, plain.status_code) == (400, 415)


def test_a_command_registers_rotates_and_ends_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIALTRACE_DATA_DIR", str(lay(tmp_path)))

    def run(*words: str) -> str:
        done = CliRunner().invoke(main, ["webhook", *words])
        assert done.exit_code == 0, done.output
        return done.output

    made = json.loads(run("add", "--name", "board", "--endpoint", "https://board.example/hook", "--json"))
    again = json.loads(run("rotate", made["webhook"], "--json"))
    assert (made["kinds"], again["secret"] != made["secret"]) == (["Task", "MedicationDispense"], True)
    assert "https://board.example/hook" in run("list")
    assert "told nothing any more" in run("end", made["webhook"])
    assert run("list") == ""
    clear = CliRunner().invoke(
        main, ["webhook", "add", "--name", "board", "--endpoint", "http://board.example/", "--sender", "nobody"]
    )
    assert (clear.exit_code, "no sender profile" in clear.output) == (2, True)
