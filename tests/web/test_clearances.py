"""What must be confirmed of an order, at its page: entered and signed, taken back, and what worklist and list say meanwhile."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.clock import now
from app.desk.orders import link_of
from app.interfaces.tables import ordered
from app.record import log
from tests.people.cast import ANN, LEE, PAM, Member
from tests.web.bench import Making, Seeded
from tests.web.conftest import Pharmacy, sign_in_station
from tests.web.desk import at_desk
from tests.workflows.example import POLICY
from workflows import commands as asked
from workflows.clearances import Requirement

OK = Requirement("OK to treat", "OK to treat", anew=True, until_release=True)
APPROVAL = Requirement(
    "approval", "financial approval", entered_by=("pharmacist", "lead_technician"), numbered=True, dated=True
)


@pytest.fixture
def made(pharmacy: Pharmacy) -> Making:
    """An order that is verified, of which nothing was confirmed."""
    seeded = Seeded(pharmacy.house, policy=replace(POLICY, requires=(OK, APPROVAL)))
    made = seeded.begin("ORD1")
    made.do(made.sign("order verified"), PAM)
    return made


def where(pharmacy: Pharmacy) -> str:
    with pharmacy.house.store.reading() as conn:
        return f"/orders/{link_of(conn.execute(select(ordered.c.key)).scalar_one())}"


def form(client: Any, page: str, part: str) -> dict[str, str]:
    found = next(one for one in re.findall(r"<form.*?</form>", client.get(page).text, re.DOTALL) if part in one)
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', found))


def confirm(pharmacy: Pharmacy, nth: int, member: Member = PAM, **said: str) -> Any:
    client, page = at_desk(pharmacy, member), where(pharmacy)
    fields = form(client, page, f"/confirm/{nth}")
    given = {"confirmed_by": "Dr Demo", "user": member.user, "password": member.password}
    return client.post(f"{page}/confirm/{nth}", data=fields | given | said)


def test_r57_g42_who_may_confirms_what_is_asked_and_then_a_technician_takes_it(
    pharmacy: Pharmacy, made: Making
) -> None:
    assert made.ask(asked.Claim()).code == "NOT_CLEARED"
    soon = f"{now() + timedelta(days=30):%Y-%m-%d}"
    assert confirm(pharmacy, 0).status_code == 303
    wrong = confirm(pharmacy, 1, LEE, until=soon)
    assert (wrong.status_code, "Give the number under which it was confirmed." in wrong.text) == (422, True)
    assert confirm(pharmacy, 1, LEE, until=soon, number="A-17").status_code == 303
    made.at = now()
    assert made.ask(asked.Claim()).kind == "accepted"
    with pharmacy.house.store.reading() as conn:
        acts = [one for one in log.load(conn, "site/MAIN") if one.kind == "order_cleared"]
        claimed = [one for one in log.load(conn, made.id) if one.kind == "claimed"]
    assert [(one.who, one.data["requirement"]) for one in acts] == [(PAM.id, "OK to treat"), (LEE.id, "approval")]
    assert [one["number"] for one in claimed[0].data["clearances"]] == ["", "A-17"]


def test_r57_what_lacks_stands_in_words_on_list_page_and_worklist_and_there_is_no_button(
    pharmacy: Pharmacy, made: Making
) -> None:
    says = "OK to treat is not confirmed yet. approval is not confirmed yet."
    desk = at_desk(pharmacy)
    listed = desk.get("/orders", headers={"Accept": "application/json"}).json["orders"][0]
    assert (listed["stage"], listed["state"], listed["waits"]) == ("waits", "confirmed", says)
    assert says in desk.get(where(pharmacy)).text
    tablet = pharmacy.client()
    sign_in_station(tablet, ANN)
    shown = tablet.get("/terminal/HOOD-1/worklist", headers={"Accept": "application/json"})
    page = shown.get_data(as_text=True)
    assert says in page
    assert f'data-open="{made.id}"' not in page


def test_r57_what_was_confirmed_is_taken_back_with_a_reason_and_holds_the_release(
    pharmacy: Pharmacy, made: Making
) -> None:
    confirm(pharmacy, 0)
    confirm(pharmacy, 1, number="A-17", until=f"{now() + timedelta(days=30):%Y-%m-%d}")
    client, page = at_desk(pharmacy), where(pharmacy)
    fields = form(client, page, "/take-back/0")
    short = client.post(f"{page}/take-back/0", data=fields | {"why": "labs"})
    assert (short.status_code, "at least 10 letters" in short.text) == (422, True)
    assert client.post(f"{page}/take-back/0", data=fields | {"why": "neutrophils 0.4 this morning"}).status_code == 303
    made.at = now()
    assert "OK to treat is not confirmed yet." in made.ask(asked.Claim()).says
    again = client.post(f"{page}/take-back/0", data=fields | {"why": "neutrophils 0.4 this morning"})
    assert (again.status_code, "Nothing of this stands." in again.text) == (422, True)


def test_r57_a_lead_technician_does_not_say_ok_to_treat_and_a_stale_page_signs_nothing(
    pharmacy: Pharmacy, made: Making
) -> None:
    client, page = at_desk(pharmacy, LEE), where(pharmacy)
    assert "/confirm/0" not in client.get(page).text
    fields = form(client, page, "/confirm/1")
    given = {"confirmed_by": "Plan A", "user": LEE.user, "password": LEE.password}
    other = client.post(f"{page}/confirm/0", data=fields | given)
    assert (other.status_code, "A pharmacist enters this." in other.text) == (422, True)
    stale = {**fields, "over": "0" * 64, "number": "A-1", "until": "2099-01-01"} | given
    late = client.post(f"{page}/confirm/1", data=stale)
    assert (late.status_code, "Nothing was kept." in late.text) == (422, True)
    assert made.ask(asked.Claim()).code == "NOT_CLEARED"
