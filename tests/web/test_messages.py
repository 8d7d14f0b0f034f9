"""Messages in and out at the desk: everything that came is found again, what was refused says why, a dead letter is decided."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from app.clock import new_command_id, now
from app.desk import messages as listed
from app.interfaces.fhir import read_document
from app.interfaces.hl7 import read
from app.interfaces.intake import Intake
from app.interfaces.news import News
from app.interfaces.profile import Destination
from app.interfaces.telling import Teller
from app.record import log, outbox
from tests.interfaces.cases import PROFILE, S01, edited
from tests.people.cast import LEE, PAM
from tests.web.conftest import Pharmacy, sign_in_desk
from tests.web.desk import at_desk, form_of
from workflows.order import OrderKey

KEY = OrderKey("ONCEHR|MAINHOSP", "ORD7700123", "ONCEHR")
REASON = "the other side has mended its table"


@pytest.fixture
def busy(pharmacy: Pharmacy) -> Pharmacy:
    """One order accepted, one refused, one FHIR document that is none."""
    intake = Intake(pharmacy.house.dispatcher, pharmacy.house.blobs)
    for raw in (S01, edited(("M000001", "M000777"), ("|970||mg^milligram^UCUM|", "|970,5||mg^milligram^UCUM|"))):
        intake.receive(read(raw, [PROFILE]), at=now(), own_id="A1")
    for reading in read_document(b'{"resourceType": "Patient", "name": "Marta"}', PROFILE):
        intake.receive(reading, at=now(), own_id="")
    return pharmacy


def dead_letter(pharmacy: Pharmacy) -> int:
    """A message of the accepted order that the other side refused."""
    profile = replace(PROFILE, destination=Destination("127.0.0.1", 1, True, True, "", "", ""))
    store, at, command = pharmacy.house.store, now(), new_command_id()
    news = News("status", "SC", "IP", "STARTED", "Compounding started")
    store.write(
        lambda conn: Teller((), "MAIN").put(
            conn, profile, KEY, news, "", at=at, command_id=command, who="system:interface"
        )
    )
    kind = outbox.teller("MAIN", profile.name)
    row = store.write(lambda conn: outbox.take(conn, kinds=[kind], worker="w", at=at, hold=at - at))
    assert row is not None
    store.write(lambda conn: outbox.failed(conn, row.id, worker="w", says="the other side answered AE", retry_at=None))
    return row.id


def test_each_message_says_what_became_of_it(busy: Pharmacy) -> None:
    found = at_desk(busy).get("/messages", headers={"Accept": "application/json"}).json["received"]
    told = {one["control_id"]: (one["outcome"], [place for place, _, _ in one["reasons"]]) for one in found}
    assert told["M000777"] == ("refused", ["RXE-3"])
    assert told["M000001"] == ("accepted", [])
    assert told[""] == ("turned away at the door", ["Patient"])
    page = at_desk(busy).get("/messages").text
    assert "RXE-3 is not a plain decimal number" in page
    assert "Marta" not in page


def test_q33_a_search_finds_by_order_number_and_leaves_none_in_an_address(busy: Pharmacy) -> None:
    client = at_desk(busy)
    form = form_of(client.get("/messages").text, "/messages")
    found = client.post("/messages", data=form | {"looked_for": "ord7700123"}, headers={"Accept": "application/json"})
    assert [one["control_id"] for one in found.json["received"]] == ["M000777", "M000001"]
    none = client.post("/messages", data=form | {"looked_for": "no such number"})
    assert "No message in holds that." in none.text


def searched(pharmacy: Pharmacy, **form: str) -> dict[str, list[str]]:
    client = at_desk(pharmacy)
    fields = form_of(client.get("/messages").text, "/messages") | form
    found = client.post("/messages", data=fields, headers={"Accept": "application/json"}).json
    return {
        "in": [one["control_id"] for one in found["received"]],
        "out": [one["state"] for one in found["told"]],
    }


def test_an_older_message_of_an_order_and_a_refused_one_are_found_by_its_number(busy: Pharmacy) -> None:
    intake = Intake(busy.house.dispatcher, busy.house.blobs)
    changed = S01.replace(b"ORC|NW|", b"ORC|XO|").replace(b"M000001", b"M000002").replace(b"Hydrate well", b"Hydrate")
    intake.receive(read(changed, [PROFILE]), at=now(), own_id="A1")
    assert searched(busy, looked_for="ord7700123")["in"] == ["M000002", "M000777", "M000001"]


def test_a_search_by_what_became_of_it(busy: Pharmacy) -> None:
    dead_letter(busy)
    assert searched(busy, became="refused") == {"in": ["", "M000777"], "out": ["REFUSED by the other side"]}
    assert searched(busy, became="waiting") == {"in": [], "out": []}
    assert searched(busy, became="refused", looked_for="M000777") == {"in": ["M000777"], "out": []}


def test_what_waits_for_each_receiver_is_counted(busy: Pharmacy) -> None:
    dead_letter(busy)
    profile = replace(PROFILE, destination=Destination("127.0.0.1", 1, True, True, "", "", ""))
    news, at = News("status", "SC", "IP", "STARTED", "Compounding started"), now()
    busy.house.store.write(
        lambda conn: Teller((), "MAIN").put(
            conn, profile, KEY, news, "", at=at, command_id=new_command_id(), who="system:interface"
        )
    )
    client = at_desk(busy)
    (queue,) = client.get("/messages", headers={"Accept": "application/json"}).json["queues"]
    assert (queue["receiver"], queue["waiting"], queue["dead"], queue["last"]) == (PROFILE.name, 1, 1, None)
    assert queue["since"] is not None
    assert "What waits to be sent" in client.get("/messages").text


def test_older_messages_are_reached_page_by_page(busy: Pharmacy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listed, "LISTED", 2)
    client = at_desk(busy)
    first = client.get("/messages").text
    (older,) = re.findall(r"/messages\?before=(\d+)", first)
    second = client.get(f"/messages?before={older}", headers={"Accept": "application/json"}).json["received"]
    assert [one["control_id"] for one in second] == ["M000001"]
    assert "M000777" in first


def seq_of(pharmacy: Pharmacy, control_id: str) -> int:
    found = at_desk(pharmacy).get("/messages", headers={"Accept": "application/json"}).json["received"]
    return next(int(one["seq"]) for one in found if one["control_id"] == control_id)


def test_a_message_stands_whole_before_a_pharmacist_and_masked_before_others(busy: Pharmacy) -> None:
    seq = seq_of(busy, "M000777")
    page = at_desk(busy).get(f"/messages/{seq}").text
    assert ("970,5" in page, "Marta" in page, "MSA|AE|M000777" in page) == (True, True, True)
    lead = busy.app.test_client()
    sign_in_desk(lead, LEE)
    masked = lead.get(f"/messages/{seq}").text
    assert ("970,5" in masked, "Marta" in masked, "held back" in masked) == (True, False, True)
    document = lead.get(f"/messages/{seq_of(busy, '')}").text
    assert ("Marta" in document, "held back" in document) == (False, True)


@pytest.mark.parametrize(
    ("act", "kind", "status"),
    [("again", "message_sent_again", "waiting"), ("dismiss", "message_dismissed", "dismissed")],
)
def test_a_dead_letter_is_sent_again_or_given_up_with_a_reason(
    busy: Pharmacy, act: str, kind: str, status: str
) -> None:
    client, number = at_desk(busy), dead_letter(busy)
    page = client.get(f"/messages/out/{number}").text
    assert "the later messages of this order wait" in page
    form = form_of(page, f"/{act}")
    short = client.post(f"/messages/out/{number}/{act}", data=form | {"reason": "why not"})
    assert (short.status_code, "ten letters" in short.text) == (422, True)
    done = client.post(f"/messages/out/{number}/{act}", data=form | {"reason": REASON})
    assert done.status_code == 303
    with busy.house.store.reading() as conn:
        row = outbox.get(conn, number)
        acts = [one for one in log.load(conn, "site/MAIN") if one.kind == kind]
    assert row is not None
    assert row.status == status
    assert [(one.who, one.data) for one in acts] == [(PAM.id, {"message": number, "reason": REASON})]
    twice = client.post(f"/messages/out/{number}/{act}", data=form | {"reason": REASON})
    assert twice.status_code == 409


def test_a_lead_technician_looks_and_decides_nothing(busy: Pharmacy) -> None:
    number, lead = dead_letter(busy), busy.app.test_client()
    sign_in_desk(lead, LEE)
    assert "A pharmacist decides" in lead.get(f"/messages/out/{number}").text


def test_what_could_be_read_of_a_refused_message_stands_beside_what_is_wrong(busy: Pharmacy) -> None:
    page = at_desk(busy).get(f"/messages/{seq_of(busy, 'M000777')}").text
    cells = r'<tr><td>(.*?)</td><td class="number"><b>(.*?)</b></td><td class="number">(.*?)</td><td>(.*?)</td>'
    rows = re.findall(cells, page)
    dose = next(row for row in rows if row[0] == "dose")
    assert dose[1:3] == ("970,5", "RXE-3")
    assert "use a decimal point" in dose[3]
    assert next(row for row in rows if row[0] == "components 2 amount")[1:] == ("970", "RXC[2]-3", "")


def test_a_message_and_a_profile_are_tried_and_nothing_is_kept(busy: Pharmacy) -> None:
    client = at_desk(busy)
    before = len(client.get("/messages", headers={"Accept": "application/json"}).json["received"])
    page = client.get("/messages/try").text
    form = form_of(page, "/messages/try")
    profile = unescape(re.search(r'<textarea id="profile"[^>]*>(.*?)</textarea>', page, re.DOTALL)[1])  # type: ignore[index]
    mcg = edited(("|970||mg^milligram^UCUM|", "|970000||MCG|")).decode().replace("\r", "\r\n")
    tried = client.post("/messages/try", data=form | {"message": mcg, "profile": profile})
    assert (tried.status_code, "not a unit of this sender" in tried.text) == (200, True)
    wider = profile.replace('"mcg": {', '"MCG": {"ucum": "ug", "dimension": "mass", "factor": "0.001"}, "mcg": {')
    assert wider != profile
    again = client.post("/messages/try", data=form | {"message": mcg, "profile": wider})
    assert "would be taken" in again.text
    assert "MSA|AA|M000001" in again.text
    broken = client.post("/messages/try", data=form | {"message": mcg, "profile": "{}"})
    assert (broken.status_code, "not a sender profile" in broken.text) == (422, True)
    assert len(client.get("/messages", headers={"Accept": "application/json"}).json["received"]) == before
