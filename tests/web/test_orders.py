"""Orders at the desk: what each waits for, the message beside what was read, clearing, verifying, refused messages."""

from __future__ import annotations

import pytest

from app.preparations import load
from app.record import log, views
from tests.people.cast import LEE, PAM, UNA
from tests.web.bench import Seeded
from tests.web.conftest import Pharmacy, sign_in_desk
from tests.web.desk import RAE, at_desk, form_of
from workflows.evidence import Signature


@pytest.fixture
def seeded(pharmacy: Pharmacy) -> Seeded:
    return Seeded(pharmacy.house)


def lines(pharmacy: Pharmacy) -> list[dict[str, object]]:
    return list(at_desk(pharmacy).get("/orders", headers={"Accept": "application/json"}).json["orders"])


def test_each_order_says_what_it_waits_for(pharmacy: Pharmacy, seeded: Seeded) -> None:
    seeded.order("ORD1")
    seeded.order("ORD2", **{"58.0": "88.0"})
    seeded.receive(seeded.message(2))
    seeded.begin("ORD4").until_closed()
    found = {line["order"]["key"]["placer"]: (line["stage"], line["waits"]) for line in lines(pharmacy)}  # type: ignore[index]  # JSON
    assert found["ORD1"] == ("verify", "")
    assert found["ORD2"][0] == "clear"
    assert "Body surface 1.62 m2 does not fit 88.0 kg" in found["ORD2"][1]
    assert found["DEMO1003"] == ("waits", "There is no recipe for gemcitabine. A pharmacist writes and signs one.")
    assert found["ORD4"] == ("done", "")


def link(pharmacy: Pharmacy) -> str:
    return str(lines(pharmacy)[0]["link"])


def test_each_value_stands_beside_its_place_in_the_message(pharmacy: Pharmacy, seeded: Seeded) -> None:
    seeded.order("ORD1")
    page = at_desk(pharmacy).get(f"/orders/{link(pharmacy)}", headers={"Accept": "application/json"}).json
    fields = {one["name"]: (one["value"], one["received"], one["at"]) for one in page["fields"]}
    assert fields["dose"] == ("970 mg", "970", "RXE-3")
    assert fields["route"] == ("intravenous", "47625008", "RXR-1")
    assert fields["base"] == ("dextrose 5 % 250 mL", "250", "RXC[1]-3")
    assert fields["active"] == ("cyclophosphamide 970 mg, of 20 mg/mL", "970", "RXC[2]-3")
    raw = {(one["name"], one["nth"]): dict(one["fields"]) for one in page["raw"]}
    assert raw["RXE", 1][3] == "970"
    assert raw["RXC", 2][3] == "970"
    assert raw["MSH", 1][10] == "M-ORD1"


def test_i44_a_finding_is_cleared_with_a_reason_and_then_the_order_opens(pharmacy: Pharmacy, seeded: Seeded) -> None:
    assert seeded.order("ORD2", **{"58.0": "88.0"}) == ""
    client, where = at_desk(pharmacy), f"/orders/{link(pharmacy)}"
    form = form_of(client.get(where).text, "/clear")
    short = client.post(f"{where}/clear", data={**form, "reason": "fine"})
    assert (short.status_code, "ten letters" in short.text, 'value="fine"' in short.text) == (422, True, True)
    other = client.post(f"{where}/clear", data={**form, "code": "NO_SUCH", "reason": "the weight was typed wrong"})
    assert (other.status_code, "That finding is not open on this order." in other.text) == (422, True)
    cleared = client.post(f"{where}/clear", data={**form, "reason": "The weight was confirmed by the ward"})
    assert cleared.status_code == 303
    assert lines(pharmacy)[0]["stage"] == "verify"
    with pharmacy.house.store.reading() as conn:
        acts = [one for one in log.load(conn, "site/MAIN") if one.kind == "order_finding_cleared"]
    assert [(one.who, one.data["reason"]) for one in acts] == [(PAM.id, "The weight was confirmed by the ward")]


def test_q70_a_finding_that_is_cleared_twice_is_cleared_once_and_answered_as_it_was(
    pharmacy: Pharmacy, seeded: Seeded
) -> None:
    seeded.order("ORD2", **{"58.0": "88.0"})
    client, where = at_desk(pharmacy), f"/orders/{link(pharmacy)}"
    form = form_of(client.get(where).text, "/clear") | {"reason": "The weight was confirmed by the ward"}
    first, again = (client.post(f"{where}/clear", data=form) for _ in range(2))
    assert [(one.status_code, one.location) for one in (first, again)] == [(303, where)] * 2
    other = client.post(f"{where}/clear", data=form | {"reason": "something else altogether"})
    assert (other.status_code, "This page was used already" in other.text) == (422, True)
    with pharmacy.house.store.reading() as conn:
        assert [one.kind for one in log.load(conn, "site/MAIN")].count("order_finding_cleared") == 1


def verify(pharmacy: Pharmacy, member: object = PAM, **changes: object) -> object:
    client = at_desk(pharmacy, member)  # type: ignore[arg-type]  # one of the cast
    where = f"/orders/{link(pharmacy)}"
    form = form_of(client.get(where).text, "/verify")
    given = {"user": member.user, "password": member.password}  # type: ignore[attr-defined]  # as above
    return client.post(f"{where}/verify", data={**form, **given, **changes})


def test_r52_verifying_is_a_two_part_signature(pharmacy: Pharmacy, seeded: Seeded) -> None:
    id = seeded.order("ORD1")
    for missing in ("user", "password"):
        assert verify(pharmacy, **{missing: ""}).status_code == 422  # type: ignore[attr-defined]  # a response
    assert verify(pharmacy).status_code == 303  # type: ignore[attr-defined]  # a response
    with pharmacy.house.store.reading() as conn:
        p, row = load(conn, id), views.get_preparation(conn, id)
    assert p is not None
    assert row is not None
    signed = p.signature("verify")
    assert isinstance(signed, Signature)
    assert (signed.meaning, signed.name, signed.components, row.status) == ("order verified", "Pam Q.", 2, "ready")
    assert "VERIFIED" in at_desk(pharmacy).get(f"/orders/{link(pharmacy)}").text


def test_q26_a_stale_order_is_409_and_nothing_is_signed(pharmacy: Pharmacy, seeded: Seeded) -> None:
    id = seeded.order("ORD1")
    answer = verify(pharmacy, over="ab" * 32)
    assert answer.status_code == 409  # type: ignore[attr-defined]  # a response
    with pharmacy.house.store.reading() as conn:
        p = load(conn, id)
    assert p is not None
    assert p.entries == {}


def test_without_a_licence_the_reason_stands_where_the_button_would(pharmacy: Pharmacy, seeded: Seeded) -> None:
    seeded.order("ORD1")
    page = at_desk(pharmacy, RAE).get(f"/orders/{link(pharmacy)}").text
    assert "Rae N. has no licence on record" in page
    assert 'id="verify"' not in page


def test_refused_messages_are_listed_with_their_reasons(pharmacy: Pharmacy, seeded: Seeded) -> None:
    seeded.receive(seeded.message(0, DEMO000001="BAD1", **{"|970||mg": "|970,5||mg"}))
    client = at_desk(pharmacy)
    page = client.get("/orders").text
    assert "BAD1" in page
    assert "RXE-3" in page
    assert "Order NOT stored" in page
    shown = client.get("/orders/refused/1")
    assert (shown.status_code, "970,5" in shown.text) == (200, True)
    assert client.get("/orders/refused/99").status_code == 404


def test_a_role_without_need_sees_initials_and_no_names_in_the_message(pharmacy: Pharmacy, seeded: Seeded) -> None:
    seeded.order("ORD1")
    seeded.receive(seeded.message(0, DEMO000001="BAD1", **{"|970||mg": "|970,5||mg"}))
    client = pharmacy.client()
    sign_in_desk(client, LEE)
    where = f"/orders/{link(pharmacy)}"
    for path in ("/orders", where, "/orders/refused/1"):
        text = client.get(path).text
        assert "Marta" not in text, path
        assert "90000101" not in text, path
    page = client.get(where).text
    assert "M.E." in page
    assert "..0101" in page
    assert "held back: may name the patient" in page
    assert "970" in page
    assert 'id="verify"' not in page


def test_q33_no_number_of_a_person_or_order_stands_in_an_address(pharmacy: Pharmacy, seeded: Seeded) -> None:
    seeded.order("ORD1")
    assert "ORD1" not in link(pharmacy)
    assert at_desk(pharmacy).get("/orders/0123456789abcdef0123").status_code == 404


def test_q45_others_do_not_open_orders(pharmacy: Pharmacy) -> None:
    client = pharmacy.client()
    sign_in_desk(client, UNA)
    assert client.get("/orders").status_code == 403
