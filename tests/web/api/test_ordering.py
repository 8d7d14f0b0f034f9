"""Orders by the API: the judgement of every door, nothing computed, no unit guessed; and who clears what blocks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.api.ordering import SentOrder
from app.clock import new_command_id, now
from app.interfaces.opening import INTERFACE
from app.interfaces.sheet_file import COLUMNS
from app.interfaces.tables import ordered
from app.people.tables import attempt
from app.record import log, outbox, receipts
from app.record.engine import NotSaved
from app.record.tables import event
from tests.interfaces.cases import S01, edited
from tests.interfaces.test_fhir_orders import FOLDER
from tests.interfaces.test_order_sheets import row
from tests.people.cast import ADA, LEE, PAM, QUIN
from tests.web.api.program import BASE, Program, token_of
from tests.web.bench import Seeded
from tests.web.conftest import Pharmacy
from tests.web.desk import at_desk, form_of
from tests.workflows.example import POLICY
from workflows.clearances import Requirement


@pytest.fixture
def sender(pharmacy: Pharmacy) -> Program:
    """A program that sends orders; nobody is signed in through it."""
    return Program(pharmacy.client(), token_of(pharmacy.house, PAM))


def kept(pharmacy: Pharmacy) -> int:
    with pharmacy.house.store.reading() as conn:
        return int(conn.execute(select(func.count()).select_from(ordered)).scalar_one())


def order(number: int = 1, **changes: Any) -> dict[str, Any]:
    return {"sender": "oncehr", **row(number), **changes}


def send(sender: Program, content: bytes, key: str = "", **query: str) -> TestResponse:
    headers = {**sender.headers, "Idempotency-Key": key or new_command_id(), "Content-Type": "application/octet-stream"}
    asked = {"sender": "oncehr", **query}
    return sender.client.post(f"{BASE}/messages", data=content, query_string=asked, headers=headers)


def test_an_order_is_sent_by_the_words_of_the_sheet() -> None:
    assert set(SentOrder.model_fields) == {*COLUMNS, "sender", "dry_run"}


def test_an_order_goes_in_and_is_known_again(sender: Program, pharmacy: Pharmacy) -> None:
    before = kept(pharmacy)
    tried = sender.post("/orders", order(3, dry_run=True)).get_json()
    assert (tried["outcome"], tried["effect"], kept(pharmacy)) == ("accepted", "created", before)
    made = sender.post("/orders", order(3), key="order-one-of-the-ward")
    assert (made.status_code, made.get_json()["effect"], kept(pharmacy)) == (200, "created", before + 1)
    again = sender.post("/orders", order(3), key="order-one-of-the-ward")
    assert (again.get_json(), again.headers["Idempotency-Replayed"]) == (made.get_json(), "true")
    assert sender.post("/orders", order(3)).get_json()["effect"] == "replayed"
    (link,) = made.get_json()["orders"]
    shown = sender.get(f"/orders/{link}").get_json()
    assert (shown["dose"], shown["dose_unit"], shown["number"]) == (
        row(3)["dose"],
        row(3)["dose_unit"],
        row(3)["order_no"],
    )
    other = sender.post("/orders", order(3, dose="101")).get_json()
    assert (other["status"], other["code"]) == (422, "ORDER_EXISTS")


@pytest.mark.parametrize(
    ("changes", "code", "where"),
    [
        ({"dose": "970,5"}, "NOT_A_NUMBER", "body.dose"),
        ({"dose": "9.7e2"}, "NOT_A_NUMBER", "body.dose"),
        ({"dose_unit": "MCG"}, "UNIT_UNKNOWN", "body.dose_unit"),
        ({"dose_unit": "mg/m2"}, "UNIT_NOT_AN_AMOUNT", "body.dose_unit"),
        ({"dose": "", "per_unit_dose": "500", "per_unit": "mg/m2"}, "AMOUNT_MISSING", "body.dose"),
        ({"due_at": "2026-12-01"}, "DATE_NO_TIME", "body.due_at"),
        ({"route": "by mouth or vein"}, "ROUTE_UNKNOWN", "body.route"),
    ],
)
def test_i30_nothing_is_computed_and_no_unit_is_guessed(
    sender: Program, pharmacy: Pharmacy, changes: dict[str, str], code: str, where: str
) -> None:
    before = kept(pharmacy)
    refused = sender.post("/orders", order(3, **changes))
    said = refused.get_json()
    assert (refused.status_code, kept(pharmacy)) == (422, before), refused.text
    assert (code, where) in {(one["says"].split(":")[0], one["where"]) for one in said["faults"]}, said["faults"]
    came = sender.get("/messages").get_json()["items"][0]
    assert (came["refused"], came["outcome"]) == (True, "refused"), "it is kept among the messages, as at every door"


def test_a_number_that_is_no_text_never_gets_as_far(sender: Program) -> None:
    for dose in (970.5, 970, None):
        refused = sender.post("/orders", order(dose=dose)).get_json()
        assert (refused["status"], refused["faults"][0]["where"]) == (422, "body.dose")
    nobody = sender.post("/orders", order(sender="nobody")).get_json()
    assert (nobody["status"], nobody["code"]) == (422, "NO_SUCH_SENDER")


def test_a_message_goes_in_byte_for_byte_by_whatever_door_it_is_written_for(
    sender: Program, pharmacy: Pharmacy
) -> None:
    before = kept(pharmacy)
    tried = send(sender, S01, dry_run="true").get_json()
    assert (tried["kept"], tried["messages"][0]["effect"], kept(pharmacy)) == (False, "created", before)
    made = send(sender, S01, key="s01-of-the-ward").get_json()
    assert (made["kept"], made["messages"][0]["effect"], kept(pharmacy)) == (True, "created", before + 1)
    assert made["messages"][0]["reply"].split("\r")[1].startswith("MSA|AA|M000001")
    assert send(sender, S01, key="s01-of-the-ward").headers["Idempotency-Replayed"] == "true"
    again = send(sender, S01).get_json()["messages"][0]
    assert (again["outcome"], again["reply"], kept(pharmacy)) == ("accepted", made["messages"][0]["reply"], before + 1)
    wrong = edited(("M000001", "M000778"), ("|970||mg^milligram^UCUM|", "|970,5||mg^milligram^UCUM|"))
    refused = send(sender, wrong).get_json()
    assert (refused["kept"], refused["messages"][0]["errors"][0]["code"]) == (False, "NOT_A_NUMBER")
    document = (FOLDER / "f01_bag_absolute_dose_diluent.json").read_bytes()
    assert send(sender, document).get_json()["messages"][0]["effect"] == "created"


def test_only_a_pharmacist_s_program_sends_orders(pharmacy: Pharmacy) -> None:
    lee = Program(pharmacy.client(), token_of(pharmacy.house, LEE))
    assert lee.post("/orders", order()).status_code == 403
    ada = Program(pharmacy.client(), token_of(pharmacy.house, ADA))
    assert ada.post("/orders", order()).get_json()["detail"] == "This token is not for orders:write."


def test_a_message_is_read_with_its_text_and_a_dead_letter_is_decided_once(sender: Program, pharmacy: Pharmacy) -> None:
    send(sender, S01)
    newest = sender.get("/messages").get_json()["items"][0]
    shown = sender.get(f"/messages/{newest['seq']}").get_json()
    assert [one["name"] for one in shown["segments"]][:2] == ["MSH", "PID"]
    assert any("Placeholder" in text or "=" in text for text in shown["segments"][1]["fields"])
    lee = Program(pharmacy.client(), token_of(pharmacy.house, LEE))
    masked = lee.get(f"/messages/{newest['seq']}").get_json()["segments"][1]
    assert (masked["hidden"], masked["fields"]) == (True, [])
    found = sender.client.post(f"{BASE}/messages/search", json={"looked_for": "M000001"}, headers=sender.headers)
    assert [one["seq"] for one in found.get_json()["received"]] == [newest["seq"]]
    seq = _dead_letter(pharmacy)
    assert next((one["seq"], one["dead"]) for one in sender.get("/outbox").get_json()["items"]) == (seq, True)
    body = {"act": "dismiss", "reason": "the ward has heard it by telephone"}
    assert sender.post(f"/outbox/{seq}/decide", body).get_json()["code"] == "SESSION_NEEDED"
    sender.sign_in(PAM)
    blank = sender.post(f"/outbox/{seq}/decide", {**body, "reason": f" a bell {' ' * 9}"})
    assert (blank.status_code, blank.get_json()["faults"][0]["where"]) == (422, "body.reason")
    assert sender.post(f"/outbox/{seq}/decide", body).get_json() == {"outcome": "done", "id": str(seq)}
    assert sender.post(f"/outbox/{seq}/decide", body).get_json()["code"] == "NOT_DONE"
    assert sender.post("/outbox/x/decide", body).status_code == 404


def _dead_letter(pharmacy: Pharmacy) -> int:
    news = {"kind": "status", "words": "started", "code": "STARTED"}
    payload = {"key": ["A", "ORD1", ""], "news": news}
    kind = outbox.teller(pharmacy.house.settings.site, "oncehr")

    def work(conn: Any) -> int:
        seq = outbox.put(conn, kind=kind, lane="x", payload=payload, at=now(), command_id=new_command_id())
        outbox.take(conn, kinds=[kind], worker="w", at=now(), hold=now() - now())
        outbox.failed(conn, seq, worker="w", says="the other side answered AE", retry_at=None)
        return seq

    return pharmacy.house.store.write(work)


def test_a_finding_is_cleared_and_something_confirmed_by_who_may(pharmacy: Pharmacy, sender: Program) -> None:
    ok = Requirement("OK to treat", "OK to treat", anew=True)
    seeded = Seeded(pharmacy.house, policy=replace(POLICY, requires=(ok,)))
    seeded.begin("ORD1")
    link = sender.get("/orders").get_json()["items"][0]["id"]
    (asked,) = sender.get(f"/orders/{link}/confirmations").get_json()["items"]
    assert (asked["requirement"], asked["stands"]) == ("OK to treat", False)
    sender.sign_in(PAM)
    signature = {"over": asked["over"], "against": "her call", "user": PAM.user, "password": PAM.password}
    body = {"requirement": "OK to treat", "confirmed_by": "Dr Example", "signature": signature}
    wrong = {**body, "signature": {**signature, "password": "not hers"}}
    assert sender.post(f"/orders/{link}/confirmations", wrong).get_json()["code"] == "NOT_SIGNED"
    stale = {**body, "signature": {**signature, "over": "0" * 64}}
    assert sender.post(f"/orders/{link}/confirmations", stale).get_json()["code"] == "NOT_DONE"
    assert sender.post(f"/orders/{link}/confirmations", body).status_code == 200
    assert sender.get(f"/orders/{link}/confirmations").get_json()["items"][0]["stands"] is True
    back = {"requirement": "OK to treat", "why": "the prescriber called again"}
    assert sender.post(f"/orders/{link}/confirmations/take-back", back).status_code == 200
    assert sender.get(f"/orders/{link}/confirmations").get_json()["items"][0]["stands"] is False


def test_a_pharmacist_clears_what_blocks_an_order(pharmacy: Pharmacy, sender: Program) -> None:
    made = sender.post("/orders", order(1, verified_by="")).get_json()
    (link,) = made["orders"]
    assert "UNVERIFIED" in {one["code"] for one in made["findings"] if one["blocks"]}
    over = sender.get(f"/orders/{link}").get_json()["over"]
    clear = {"code": "UNVERIFIED", "reason": "compared with the chart by telephone", "over": over}
    sender.sign_in(QUIN)
    assert sender.post(f"/orders/{link}/clear", {**clear, "reason": "short"}).get_json()["code"] == "NOT_DONE"
    assert sender.post(f"/orders/{link}/clear", clear).status_code == 200
    left = {one["code"]: one["blocks"] for one in sender.get(f"/orders/{link}").get_json()["findings"]}
    assert left["UNVERIFIED"] is False
    assert sender.post(f"/orders/{link}/clear", clear).get_json()["code"] == "NOT_DONE"


def acts_of(pharmacy: Pharmacy, kind: str) -> list[log.StoredEvent]:
    with pharmacy.house.store.reading() as conn:
        return [one for one in log.load(conn, "site/MAIN") if one.kind == kind]


@pytest.mark.parametrize("by_sheet", [True, False])
def test_q70_an_order_whose_answer_cannot_be_kept_is_not_kept_either(
    sender: Program, pharmacy: Pharmacy, monkeypatch: pytest.MonkeyPatch, by_sheet: bool
) -> None:
    before, real = kept(pharmacy), receipts.keep

    def ask() -> TestResponse:
        key = "the-key-of-one-order"
        return sender.post("/orders", order(3), key=key) if by_sheet else send(sender, S01, key=key)

    def full(*_: Any, **__: Any) -> None:
        raise NotSaved("the disk is full")

    monkeypatch.setattr(receipts, "keep", full)
    assert (ask().status_code >= 500, kept(pharmacy), sender.get("/messages").get_json()["items"]) == (True, before, [])
    monkeypatch.setattr(receipts, "keep", real)
    assert (ask().status_code, kept(pharmacy), len(acts_of(pharmacy, "order_created"))) == (200, before + 1, 1)
    assert (ask().headers["Idempotency-Replayed"], kept(pharmacy)) == ("true", before + 1)


def test_q70_the_record_says_which_token_an_order_and_its_clearing_came_by(sender: Program, pharmacy: Pharmacy) -> None:
    made = sender.post("/orders", order(1, verified_by="")).get_json()
    send(sender, S01)
    sender.sign_in(QUIN)
    shown = sender.get(f"/orders/{made['orders'][0]}").get_json()
    clear = {"code": "UNVERIFIED", "reason": "compared with the chart by telephone", "over": shown["over"]}
    assert sender.post(f"/orders/{made['orders'][0]}/clear", clear).status_code == 200
    acts = [*acts_of(pharmacy, "order_created"), *acts_of(pharmacy, "order_finding_cleared")]
    assert [one.command_id.startswith(f"api.{sender.made.token.id}.") for one in acts] == [True] * 3


def test_the_order_s_page_says_that_its_verifier_is_a_program_s_word_alone(sender: Program, pharmacy: Pharmacy) -> None:
    (where,) = sender.post("/orders", order(1, verified_by="Dr Nobody")).get_json()["orders"]
    page = at_desk(pharmacy).get(f"/orders/{where}").text
    assert "(Dr Nobody), by the word of this program alone: nobody signed for it here" in page
    assert f"stock robot (API token {sender.made.token.id}), for which {PAM.name} answers" in page


def test_q70_what_becomes_of_a_program_s_order_names_its_token_at_every_event(
    sender: Program, pharmacy: Pharmacy, seeded: Seeded
) -> None:
    assert seeded.house is pharmacy.house
    with pharmacy.house.store.reading() as conn:
        before = conn.execute(select(func.max(event.c.seq))).scalar_one()
    send(sender, S01)
    send(sender, edited(("M000001", "M000002"), ("ORC|NW", "ORC|HD")))
    with pharmacy.house.store.reading() as conn:
        rows = conn.execute(
            select(event.c.kind, event.c.command_id).where(event.c.who == INTERFACE.id, event.c.seq > before)
        ).all()
    assert {"order_created", "order_held", "opened", "order_changed"} <= {kind for kind, _ in rows}
    assert [kind for kind, command in rows if not command.startswith(f"api.{sender.made.token.id}.")] == []


def test_i44_a_finding_is_cleared_on_the_version_that_was_read_alone(sender: Program, pharmacy: Pharmacy) -> None:
    (where,) = sender.post("/orders", order(3, verified_by="")).get_json()["orders"]
    read = sender.get(f"/orders/{where}").get_json()
    desk = at_desk(pharmacy)
    form = form_of(desk.get(f"/orders/{where}").text, "/clear")
    changed = order(3, verified_by="", action="CHANGE", dose="28.27", revision="2")
    assert sender.post("/orders", changed).get_json()["effect"] == "changed"
    sender.sign_in(PAM)
    clear = {"code": "UNVERIFIED", "reason": "compared version one with the chart", "over": read["over"]}
    refused = sender.post(f"/orders/{where}/clear", clear).get_json()
    assert (refused["code"], "changed since" in refused["detail"]) == ("NOT_DONE", True)
    page = desk.post(f"/orders/{where}/clear", data={**form, "reason": clear["reason"]})
    assert (page.status_code, "changed since" in page.text) == (422, True)
    assert acts_of(pharmacy, "order_finding_cleared") == []
    anew = sender.get(f"/orders/{where}").get_json()
    assert sender.post(f"/orders/{where}/clear", {**clear, "over": anew["over"]}).status_code == 200


def test_q7_a_token_sends_as_its_own_senders_alone_and_patients_news_by_a_scope_of_its_own(
    pharmacy: Pharmacy, sender: Program
) -> None:
    assert send(sender, S01).get_json()["kept"] is True
    other = "another-hospital"
    left = b"\r".join(
        [
            S01.split(b"\r")[0].replace(b"RDE^O11^RDE_O11", b"ADT^A03^ADT_A03").replace(b"M000001", b"M000002"),
            S01.split(b"\r")[1],
            b"",
        ]
    )
    for senders, scopes, content, says in (
        (
            (),
            ("orders:write", "patients:write"),
            edited(("M000001", "M000003")),
            "speaks for no sender, not for oncehr",
        ),
        ((other,), ("orders:write", "patients:write"), left, f"speaks for {other}, not for oncehr"),
        (("oncehr",), ("orders:write",), left, "a token for patients:write"),
    ):
        program = Program(pharmacy.client(), token_of(pharmacy.house, PAM, *scopes, senders=senders))
        refused = send(program, content).get_json()
        assert (refused["code"], says in refused["detail"]) == ("NOT_ALLOWED", True), refused
        with pharmacy.house.store.reading() as conn:
            tried = conn.execute(select(attempt.c.purpose).order_by(attempt.c.seq.desc())).scalars().first()
        assert f"token {program.made.token.id}" in str(tried)
    assert len(sender.get("/messages").get_json()["items"]) == 1, "nothing of it was kept as a message"
    both = Program(
        pharmacy.client(), token_of(pharmacy.house, PAM, "orders:write", "patients:write", senders=("oncehr",))
    )
    assert send(both, left).get_json()["messages"][0]["effect"] == "patient"
