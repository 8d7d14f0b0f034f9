"""What stops the work, who may go on, and what leaves: holds, changed orders, open calls (R22, R25, R45)."""

from dataclasses import replace
from typing import Any

import pytest

from tests.cast import PAM, SENDER
from tests.workflows.answers import done, refused, tries, would
from tests.workflows.example import CABINET, IV_BAG, RECIPE, Bench, scan, weigh
from workflows import commands as asked
from workflows.commands import Submit
from workflows.evidence import LabelCode
from workflows.status import next_slots

SEEN = "seen with the nurse, it is right"
OFF = scan(LabelCode("in_process", "INPROC01", 1, "P1", False))


@pytest.fixture
def approved() -> Bench:
    bench = Bench()
    bench.until_check()
    bench.do(bench.sign("approved for release"), PAM)
    return bench


def open_now(bench: Bench) -> list[str]:
    return [slot.name for slot in next_slots(IV_BAG, bench.p)]


def held() -> Bench:
    return Bench(recipe=replace(RECIPE, hold=True))


def test_r22_an_order_changed_alike_after_mixing_asks_for_no_pre_mix_approval() -> None:
    """The injection was made: nobody signs after it what has to be seen before it."""
    bench = held()
    bench.until_check()
    done(bench.ask(asked.ChangeOrder("changed", 2, True), SENDER))
    done(bench.ask(asked.Resume(SEEN), PAM))
    assert "premix" in bench.p.entries
    assert open_now(bench) == ["approve"]


def test_r22_nor_does_one_that_comes_while_the_bag_is_found_too_light() -> None:
    bench = held()
    bench.until_drawn()
    bench.do(bench.sign("pre-mix approved"), PAM)
    bench.do(weigh("287.60", bench.at))
    tries(bench, weigh("312.10", bench.at))
    done(bench.ask(asked.ChangeOrder("changed", 2, True), SENDER))
    assert "premix" in bench.p.entries


def test_r22_before_the_injection_the_approval_is_signed_anew() -> None:
    bench = held()
    bench.until_drawn()
    bench.do(bench.sign("pre-mix approved"), PAM)
    done(bench.ask(asked.ChangeOrder("changed", 2, True), SENDER))
    done(bench.ask(asked.Resume(SEEN), PAM))
    assert open_now(bench) == ["premix"]


@pytest.mark.parametrize("own", ["equipment", "other"])
@pytest.mark.parametrize(("graver", "who"), [("pharmacist hold", PAM), ("spill", None)])
def test_r45_a_stop_of_ones_own_gives_way_to_a_graver_one(own: Any, graver: Any, who: Any) -> None:
    bench = Bench()
    bench.until_claimed()
    done(bench.ask(asked.Pause(own)))
    done(bench.ask(asked.Pause(graver), *((who,) if who else ())))
    assert bench.p.paused == graver
    assert refused(would(bench, asked.Resume())) == "NOT_A_PHARMACIST"
    done(bench.ask(asked.Resume(SEEN), PAM))
    done(tries(bench, scan(CABINET)))


@pytest.mark.parametrize("later", ["equipment", "other", "spill"])
def test_r45_a_graver_stop_gives_way_to_nothing(later: Any) -> None:
    bench = Bench()
    bench.until_claimed()
    done(bench.ask(asked.Pause("pharmacist hold"), PAM))
    assert refused(would(bench, asked.Pause(later))) == "PAUSED"


def test_r25_nothing_leaves_over_a_call_that_nobody_answered(approved: Bench) -> None:
    done(approved.ask(asked.Call("the label is torn")))
    assert refused(would(approved, Submit("", OFF))) == "CALL_OPEN"
    done(approved.ask(asked.Answer("it is legible"), PAM))
    done(would(approved, Submit("", OFF)))


def test_r25_nothing_leaves_while_the_order_has_something_to_clear(approved: Bench) -> None:
    assert refused(would(approved, Submit("", OFF), order_blocked="an allergy")) == "ORDER_BLOCKED"
    done(would(approved, Submit("", OFF)))
