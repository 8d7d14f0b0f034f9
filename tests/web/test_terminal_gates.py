"""The gates before work, in the browser and without a touch: the scale check and the cleaning of a cabinet."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from app.stations import gates, register
from tests import pharmacy
from tests.pharmacy import CABINET, STATION
from tests.web.at_station import Technician

pytestmark = pytest.mark.browser


def on_the_scale(ann: Technician, grams: str) -> None:
    ann.sees("weight on the pan.")
    expect(ann.page.locator('[data-live="value"]')).to_have_text("0.00")
    expect(ann.page.locator('[data-live="state"]')).to_have_text("settled")  # the empty pan was seen
    ann.hood.station.put(grams)


@pytest.mark.parametrize("hood", [{"checked": False}], indirect=True)
def test_the_first_weighing_asks_for_the_scale_check_which_is_done_by_two_weights_and_next(ann: Technician) -> None:
    ann.hood.advance("recon-before:1")
    ann.sign_in()
    ann.open()
    ann.slot("recon-before:1")
    ann.sees("Check the balance with both weights first.")
    expect(ann.page.locator("#device-balance")).to_have_text("balance needs check")
    ann.card("NEXT")
    ann.page.wait_for_url("**/scale-check?back=*")
    ann.sees("Is the balance level?")
    ann.card("NEXT")
    ann.hears("right", "Ann T. says that the balance stands level.")
    ann.scan("]C0W200")
    ann.hears("wrong", "This is the 200 g weight.")
    ann.scan("]C0W20")
    ann.hears("right", "20 g weight. Put it on the pan.")
    on_the_scale(ann, "20.00")
    ann.hears("right", "20 g weight: 20.00 g")
    ann.sees("Take the load off the pan.")  # and nothing else is asked for at the same time
    expect(ann.page.locator('[data-live="prompt"]')).to_have_text("")
    ann.lift()
    on_the_scale(ann, "150.00")
    expect(ann.page.locator('[data-live="prompt"]')).to_have_text("This is not the 200 g weight.")
    ann.lift()
    on_the_scale(ann, "199.99")
    ann.hears("right", "200 g weight: 199.99 g")
    ann.sees("Take the load off the pan.")
    ann.lift()
    ann.hears("right", "BALANCE CHECKED")
    ann.card("NEXT")
    ann.page.wait_for_url(f"**/p/{ann.hood.preparation}")
    ann.weigh("38.74", "recon-after:1")


@pytest.mark.parametrize("hood", [{"checked": False}], indirect=True)
def test_a_balance_that_reads_wrong_fails_its_check_in_red_at_the_first_weight(ann: Technician) -> None:
    ann.sign_in()
    ann.page.goto(f"{ann.hood.url}/terminal/{STATION}/scale-check")
    ann.page.get_by_role("button", name="IT IS LEVEL").click()
    on_the_scale(ann, "20.05")
    ann.hears("wrong", "CHECK FAILED")
    ann.hears("wrong", "20.05 g instead of 20.00 g, limits 19.98 to 20.02 g")
    expect(ann.page.locator("li[data-done]")).to_have_count(0)
    with ann.hood.rooms.store.reading() as conn:
        status = register.balance_status(conn, STATION)
    assert status is not None
    assert status.check_valid_until is None


@pytest.mark.parametrize("hood", [{"last_drug": "etoposide"}], indirect=True)
def test_a_cabinet_with_another_drugs_traces_is_refused_and_cleaned_act_by_act(ann: Technician) -> None:
    ann.sign_in()
    ann.claim()
    ann.scan(pharmacy.cabinet_code())
    ann.hears("wrong", "NOT DECONTAMINATED")
    ann.hears("wrong", "etoposide")
    ann.card("NEXT")
    ann.page.wait_for_url(f"**/clean/{CABINET}?back=*")
    for number, act in enumerate(gates.ACTS, start=1):
        expect(ann.page.locator("li[data-here]")).to_contain_text(act)
        ann.card("NEXT")
        expect(ann.page.locator("li[data-done]")).to_have_count(number)
    ann.hears("right", "CABINET CLEAN")
    ann.card("NEXT")
    ann.page.wait_for_url(f"**/p/{ann.hood.preparation}")
    ann.slot("cabinet")
    ann.scan(pharmacy.cabinet_code())
    ann.slot(f"ppe:{ann.hood.p().policy.ppe[0]}")
    assert [miss.codes for miss in ann.hood.p().near_misses] == [("NOT_DECONTAMINATED",)]


def test_while_the_pharmacist_looks_next_leads_to_the_worklist(ann: Technician) -> None:
    ann.hood.advance("approve")
    ann.sign_in()
    ann.open()
    ann.slot("wait")
    ann.card("NEXT")
    ann.page.wait_for_url("**/worklist")
    expect(ann.page.locator("tbody")).to_contain_text("waits: final check")
    expect(ann.page.locator("tbody")).to_contain_text("GO ON")
