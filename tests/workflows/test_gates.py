"""What must be so before a step is even tried: an order still to be cleared, a balance fine enough, a label of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D

import pytest

from tests.cast import PAM, PRINTER
from tests.workflows.answers import done, refused, rejected, would
from tests.workflows.example import BALANCE, CABINET, POLICY, RECIPE, Bench, device, scan, weigh
from workflows import commands as asked
from workflows.evidence import Confirmation, Printed

ALLERGY = "an allergy the prescriber has not answered"


@pytest.fixture
def ready() -> Bench:
    bench = Bench()
    bench.open()
    bench.do(bench.sign("order verified"), PAM)
    return bench


def test_nobody_takes_an_order_that_a_pharmacist_still_has_to_clear(ready: Bench) -> None:
    decision = would(ready, asked.Claim(), order_blocked=ALLERGY)
    assert refused(decision) == "ORDER_BLOCKED"
    assert ALLERGY in decision.says
    done(would(ready, asked.Claim()))


def test_nobody_signs_over_an_order_that_still_has_to_be_cleared() -> None:
    bench = Bench()
    bench.open()
    verify = asked.Submit("verify", bench.sign("order verified"))
    assert refused(would(bench, verify, PAM, order_blocked=ALLERGY)) == "ORDER_BLOCKED"
    bench.do(bench.sign("order verified"), PAM)
    bench = Bench()
    bench.until_check()
    approve = asked.Submit("approve", bench.sign("approved for release"))
    assert refused(would(bench, approve, PAM, order_blocked=ALLERGY)) == "ORDER_BLOCKED"


def test_a_stopped_preparation_does_not_go_on_while_its_order_has_to_be_cleared() -> None:
    bench = Bench()
    bench.until_staged()
    bench.ask(asked.Pause("spill", "a drop beside the mat"))
    resume = asked.Resume("cleaned, nothing lost")
    assert refused(would(bench, resume, PAM, order_blocked=ALLERGY)) == "ORDER_BLOCKED"
    done(would(bench, resume, PAM))


@pytest.mark.parametrize("what", ["the draws", "the diluent"])
def test_a_balance_too_coarse_for_anything_that_will_be_weighed_stops_before_anything_is_opened(what: str) -> None:
    """A division of 0.05 g needs 11.6 g at least: the draws are 24 g, the diluent of the second recipe 5 g (R13)."""
    division = D("0.2") if what == "the draws" else D("0.05")
    making = RECIPE.reconstitution
    assert making is not None
    small = replace(making, volume_ml=D(5))
    recipe = RECIPE if what == "the draws" else replace(RECIPE, vial_mg=D(100), vial_ml=D(5), reconstitution=small)
    bench = Bench(recipe)
    bench.open()
    bench.do(bench.sign("order verified"), PAM)
    coarse = replace(BALANCE, division_g=division)
    assert refused(would(bench, asked.Claim(), balance=coarse)) == "TOO_SMALL_TO_WEIGH"
    done(would(bench, asked.Claim()))


def test_a_label_is_of_a_preparation_that_somebody_has_taken_and_each_copy_is_printed_once(ready: Bench) -> None:
    first = asked.RecordLabel(Printed("in_process", "INPROC01", 1, "aa", "spool"))
    assert refused(ready.ask(first, PRINTER)) == "NOT_CLAIMED"
    ready.ask(asked.Claim())
    done(ready.ask(first, PRINTER))
    assert refused(ready.ask(replace(first, reason="damaged"), PRINTER)) == "COPY_TWICE"


def test_a_device_of_another_brand_than_the_recipe_s_is_stopped() -> None:
    bench = Bench(replace(RECIPE, cstd_brand="Demosafe"))
    bench.until_claimed()
    bench.do(scan(CABINET))
    for item in POLICY.ppe:
        bench.do(Confirmation(item))
    other = replace(device("vial adaptor"), text="Otherlock vial adaptor")
    assert "WRONG_DEVICE" in rejected(bench.ask(asked.Submit("device", scan(other))))
    bench.do(scan(device("vial adaptor")))


def test_both_readings_of_a_pair_come_from_one_balance() -> None:
    bench = Bench()
    bench.until_staged()
    bench.do(weigh("30.11", bench.at))
    bench.balance = replace(BALANCE, serial="B987654321")
    other = weigh("55.17", bench.at, balance="B987654321")
    assert "PAIR_BROKEN" in rejected(bench.ask(asked.Submit("", other)))


def test_a_reading_of_the_future_is_not_fresh() -> None:
    bench = Bench()
    bench.until_staged()
    tomorrow = weigh("30.11", bench.at + timedelta(hours=1))
    assert "NOT_FRESH" in rejected(bench.ask(asked.Submit("", tomorrow)))


def test_r8_r11_rounding_and_compounding_together_stay_under_ten_per_cent() -> None:
    """Rounded up by 6 %, every draw inside its 5 %: +10.5 % of what was ordered is stopped (R11)."""
    bench = Bench()
    bench.until_reconstituted()
    assert bench.p is not None
    bench.p = replace(bench.p, planned=replace(bench.p.plan, ordered_mg=D(915)))
    for before, after in (("18.42", "43.96"), ("18.40", "43.94")):
        bench.do(weigh(before, bench.at))
        decision = bench.ask(asked.Submit("", weigh(after, bench.at)))
    assert "SUM_OUTSIDE" in rejected(decision)
