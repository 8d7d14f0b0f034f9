"""A trial's stock and its orders by the API: the same acts as on the pages, over what was read, in two people's names (R56)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.catalogue.trial_tables import trial_line
from app.desk.orders import link_of
from tests.people.cast import ADA, BO, NIA, PAM, QUIN
from tests.web.api.program import Program
from tests.web.api.test_catalogue import program
from tests.web.conftest import Pharmacy
from tests.web.trial_desk import PROTOCOL, TRIAL, Seeded, order_of, seeded, units, waits

__all__ = ["seeded"]
SECOND = {"badge": BO.badge, "pin": BO.pin}
DELIVERY = {
    "recipe": TRIAL.name,
    "kits": ["K-17", "K-18"],
    "lot": "T100",
    "expiry": "2099-01-31",
    "note": "depot, 4711",
}


@pytest.fixture
def pam(pharmacy: Pharmacy, seeded: Seeded) -> Program:
    return program(pharmacy, PAM)


def record(pam: Program) -> dict[str, Any]:
    found: dict[str, Any] = pam.get(f"/trials/{PROTOCOL}").get_json()
    return found


def do(pam: Program, path: str, **said: Any) -> tuple[int, str]:
    """Do one act over the record as it is now; its status, and the id or why not."""
    answer = pam.post(path, {"over": record(pam)["over"], "second": SECOND, **said})
    told = answer.get_json()
    return answer.status_code, str(told.get("id") or told.get("detail") or told)


def test_r56_a_delivery_is_received_and_every_line_is_read_back(pam: Program, pharmacy: Pharmacy) -> None:
    empty = record(pam)
    assert (empty["in_stock"], empty["lines"]) == ([], [])
    status, made = do(pam, "/trials/receive", **DELIVERY)
    assert status == 200
    assert made.split(", ") == [units(pharmacy)["K-17"], units(pharmacy)["K-18"]]
    told = record(pam)
    assert [(one["kit"], one["what"], one["balance"], one["expiry"]) for one in told["lines"]] == [
        ("K-17", "received", 1, "2099-01-31"), ("K-18", "received", 2, "2099-01-31"),
    ]  # fmt: skip
    assert {(one["who"], one["second"]) for one in told["lines"]} == {(PAM.id, BO.id)}
    assert told["over"] != empty["over"]


def test_r56_units_leave_and_wrong_lines_are_struck_over_the_api(pam: Program, pharmacy: Pharmacy) -> None:
    do(pam, "/trials/receive", **DELIVERY)
    one = units(pharmacy)["K-17"]
    gone = do(pam, f"/trials/units/{one}/leave", what="destroyed", note="to the sponsor's waste")
    assert gone == (200, PROTOCOL)
    assert units(pharmacy).keys() == {"K-18"}
    assert do(pam, "/trials/lines/3/strike", note="it was the other kit") == (200, PROTOCOL)
    assert units(pharmacy).keys() == {"K-17", "K-18"}
    back = do(pam, f"/trials/units/{one}/back", note="empty syringe, sealed bag")
    assert (back[0], "Only what was dispensed" in back[1]) == (409, True)
    for path in ("/trials/units/NONE/leave", "/trials/units/NONE/back", "/trials/lines/99/strike"):
        more = {"what": "destroyed"} if path.endswith("leave") else {}
        assert do(pam, path, note="there is no such thing", **more)[0] == 404
    assert [row["struck"] for row in record(pam)["lines"]] == [False, False, True, False]


def test_r56_what_was_read_is_what_is_written_over_and_two_stand_for_it(pam: Program, pharmacy: Pharmacy) -> None:
    before = record(pam)["over"]
    do(pam, "/trials/receive", **DELIVERY)
    one = units(pharmacy)["K-17"]
    said = {"what": "destroyed", "note": "to the sponsor's waste"}
    stale = do(pam, f"/trials/units/{one}/leave", **said, over=before)
    assert (stale[0], "A line was added" in stale[1]) == (409, True)
    for second in (
        {"badge": PAM.badge, "pin": PAM.pin},
        {"badge": NIA.badge, "pin": NIA.pin},
        {**SECOND, "pin": "000000"},
    ):
        assert do(pam, f"/trials/units/{one}/leave", **said, second=second)[0] == 403
    assert units(pharmacy).keys() == {"K-17", "K-18"}
    with pharmacy.house.store.reading() as conn:
        assert len(conn.execute(select(trial_line.c.seq)).all()) == 2


def test_r56_one_key_writes_one_line(pam: Program, pharmacy: Pharmacy) -> None:
    said = {**DELIVERY, "over": record(pam)["over"], "second": SECOND}
    headers = {**pam.headers, "Idempotency-Key": "trial-delivery-4711"}
    first, again = (pam.client.post("/api/v1/trials/receive", json=said, headers=headers) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200), (first.get_json(), again.get_json())
    assert first.get_json() == again.get_json()
    assert len(record(pam)["lines"]) == 2


def test_r56_whose_dose_an_order_is_is_read_and_entered(pam: Program, pharmacy: Pharmacy, seeded: Seeded) -> None:
    do(pam, "/trials/receive", **DELIVERY)
    key, other = order_of(seeded), order_of(seeded, 8, "90000222", protocol="S-9999^B^L")
    path = f"/orders/{link_of(key)}/trial"
    asked = pam.get(path).get_json()
    assert (asked["protocol"], asked["subject"], asked["kits_needed"], asked["may_enter"]) == (PROTOCOL, "", True, True)
    assert pam.get(f"/orders/{link_of(other)}/trial").status_code == 404, "an order of no trial"
    told = {"subject": "2301-0042", "kits": ["k-17"], "over": asked["over"], "second": SECOND}
    refusals = [
        pam.post(path, {**told, **wrong}).get_json()["detail"]
        for wrong in ({"over": "0" * 64}, {"kits": ["K-99"]}, {"second": {"badge": PAM.badge, "pin": PAM.pin}})
    ]
    assert "Something changed" in refusals[0]
    assert "kit K-99" in refusals[1]
    assert "somebody else" in refusals[2]
    assert pam.post(path, told).status_code == 200
    assert len(waits(pharmacy, key)) == 8, "its preparation is opened"
    now = pam.get(path).get_json()
    assert (now["subject"], now["kits"], now["may_enter"]) == ("2301-0042", ["K-17"], False)
    late = pam.post(path, {**told, "over": now["over"]})
    assert late.status_code == 409


def test_r56_whoever_may_not_write_is_told_so(pharmacy: Pharmacy, seeded: Seeded) -> None:
    pam, ada = program(pharmacy, QUIN), program(pharmacy, ADA)
    said = {**DELIVERY, "over": record(pam)["over"], "second": SECOND}
    assert ada.post("/trials/receive", said).status_code == 403
    assert units(pharmacy) == {}
