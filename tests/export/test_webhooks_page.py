"""Webhooks registered at a desk: the secret is shown once, each message stands among the others, a dispense as it stood."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import pytest
from flask.testing import FlaskClient

from app import preparations
from app.clock import new_command_id, now
from app.export.fhir_read import as_of
from app.hooks.notices import Notices
from app.hooks.register import every
from app.hooks.signature import secret_of
from app.interfaces.senders import Senders
from app.record import outbox
from app.record.place import place_of
from app.record.verify import verify
from app.web import visit as visits
from tests.export.conftest import Kept
from tests.people.cast import ADA, LEE, PAM
from tests.web.conftest import Pharmacy
from tests.web.desk import at_desk, post
from workflows import events as happened

FIELDS = {
    "name": "board", "endpoint": "https://board.example/hook", "content": "id", "sender": "", "password": ADA.password
}  # fmt: skip


@pytest.fixture
def ada(pharmacy: Pharmacy) -> FlaskClient:
    return at_desk(pharmacy, ADA)


def shown(page: str) -> list[str]:
    return re.findall(r"vth_[\w-]{43}", page)


def test_the_secret_is_shown_to_whoever_made_it_and_again_only_as_another(pharmacy: Pharmacy, ada: FlaskClient) -> None:
    made = post(ada, "/webhooks/register", **FIELDS, kinds=["Task", "MedicationDispense"])
    assert (made.status_code, shown(made.text)) == (303, [])
    with pharmacy.house.store.reading() as conn:
        (to,) = every(conn, "MAIN")
    first, second = (secret_of(pharmacy.house.posts.key, to.id, number) for number in (1, 2))
    drawn = ada.get(made.location)
    assert (shown(drawn.text), drawn.headers["Cache-Control"], first in made.location) == ([first], "no-store", False)
    assert shown(at_desk(pharmacy, ADA).get(made.location).text) == [], "another session does not see it"
    page = ada.get("/webhooks").text
    assert ("https://board.example/hook" in page, shown(page)) == (True, [])
    rotated = post(ada, f"/webhooks/{to.id}/rotate", password=ADA.password)
    assert shown(ada.get(made.location).text) == [], "what showed the first secret shows no later one"
    assert [shown(ada.get(rotated.location).text) for _ in range(2)] == [[second], [second]]
    with pharmacy.house.store.reading() as conn:
        assert [one.secret for one in every(conn, "MAIN")] == [2], "a page loaded anew rotates nothing"
    post(ada, f"/webhooks/{to.id}/switch", on="no")
    assert "off</span>" in ada.get("/webhooks").text
    assert verify(place_of(pharmacy.house.settings), pharmacy.house.settings.photos).ok


def test_the_address_of_a_secret_opens_nothing_two_minutes_later(pharmacy: Pharmacy, ada: FlaskClient) -> None:
    made = post(ada, "/webhooks/register", **FIELDS, kinds=["Task"])
    with patch.object(visits, "now", lambda: now() + timedelta(minutes=3)):
        assert shown(ada.get(made.location).text) == []


def test_an_open_screen_registers_nothing_and_gives_no_secret(pharmacy: Pharmacy, ada: FlaskClient) -> None:
    refused = post(ada, "/webhooks/register", **{**FIELDS, "password": "not hers"}, kinds=["Task"])
    assert (refused.status_code, "Nothing was registered" in refused.text) == (422, True)
    post(ada, "/webhooks/register", **FIELDS, kinds=["Task"])
    with pharmacy.house.store.reading() as conn:
        (to,) = every(conn, "MAIN")
    post(ada, f"/webhooks/{to.id}/switch", on="no")
    for act, form in (("rotate", {}), ("end", {}), ("switch", {"on": "yes"})):
        assert post(ada, f"/webhooks/{to.id}/{act}", **form).status_code == 422
    with pharmacy.house.store.reading() as conn:
        assert every(conn, "MAIN") == (replace(to, on=False),)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"endpoint": "http://board.example/"}, "without TLS"),
        ({"kinds": []}, "Choose what it is told"),
        ({"name": ""}, "Give it a name"),
        ({"sender": "nobody"}, "no sender profile"),
        ({"content": "full"}, "patient_webhooks"),
    ],
)
def test_what_cannot_be_registered_says_why(ada: FlaskClient, changes: dict[str, object], says: str) -> None:
    refused = post(ada, "/webhooks/register", **{**FIELDS, "kinds": ["Task"], **changes})
    assert (refused.status_code, says in refused.text, shown(refused.text)) == (422, True, [])


def test_a_pharmacist_looks_and_changes_nothing_and_a_lead_technician_does_not_look(pharmacy: Pharmacy) -> None:
    pam = at_desk(pharmacy, PAM)
    assert "Register a receiver" not in pam.get("/webhooks").text
    assert post(pam, "/webhooks/register", **FIELDS, kinds=["Task"]).status_code == 403
    assert at_desk(pharmacy, LEE).get("/webhooks").status_code == 403


def test_a_release_is_told_as_a_dispense_and_stands_among_the_messages(
    pharmacy: Pharmacy, ada: FlaskClient, kept: Kept
) -> None:
    post(ada, "/webhooks/register", **FIELDS, kinds=["MedicationDispense"])
    store, settings = pharmacy.house.store, pharmacy.house.settings
    with store.reading() as conn:
        log = preparations.history(conn, kept.closed.id)
    n = next(n for n, one in enumerate(log) if isinstance(one.event, happened.Released))
    before, p = preparations.after(None, log[:n]), preparations.after(None, log[: n + 1])
    assert p is not None
    notices, at, id = Notices(Senders()), now(), new_command_id()
    store.write(lambda conn: notices.follow(conn, kept.closed.id, (log[n].event,), before, p, at, id, ""))
    with store.reading() as conn:
        (row,) = [one for one in outbox.unfinished(conn) if one.kind.startswith(outbox.HOOK)]
        dispense = as_of(conn, settings, kept.closed.id, row.payload["version"], row.payload["resource"])
        task = as_of(conn, settings, kept.closed.id, 1, "Task")
    assert dispense is not None
    assert task is not None
    assert (dispense["resourceType"], dispense["status"]) == ("MedicationDispense", "completed")
    assert (task["status"], task["meta"]["versionId"]) == ("requested", "1")
    page = at_desk(pharmacy, PAM).get("/messages").text
    assert ("MedicationDispense: dispensed" in page, "board" in page, "waits to be sent" in page) == (True, True, True)
    assert replace(row, payload={}).lane == f"hook/{row.kind.removeprefix('hook/')}/{kept.closed.id}"
