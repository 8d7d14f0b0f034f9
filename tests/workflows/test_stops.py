"""What stops the work, who may go on, and what leaves: holds, changed orders, open calls (R22, R25, R45)."""

from dataclasses import replace
from typing import Any

import pytest

from tests.cast import ANN, PAM, PRINTER, SENDER
from tests.workflows.answers import done, refused, tries, would
from tests.workflows.example import CABINET, IV_BAG, RECIPE, Bench, photo, scan, weigh
from workflows import commands as asked
from workflows.commands import Submit
from workflows.evidence import LabelCode, Printed
from workflows.gates import may_print
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


@pytest.mark.parametrize("later", ["equipment", "other", "order question"])
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


@pytest.mark.parametrize("stopped", ["order question", "pharmacist hold", "equipment"])
@pytest.mark.parametrize("graver", ["spill", "integrity or particulates"])
def test_r45_a_spill_or_a_leak_does_not_wait_for_the_stop_that_stands(stopped: Any, graver: Any) -> None:
    """Ann waits for the pharmacist, and the bag leaks: it is said at once, and only a pharmacist ends it."""
    bench = Bench()
    bench.until_claimed()
    done(bench.ask(asked.Pause(stopped), PAM if stopped == "pharmacist hold" else ANN))
    done(bench.ask(asked.Pause(graver)))
    assert bench.p.paused == graver
    assert refused(bench.ask(asked.Pause(graver))) == "PAUSED"
    assert refused(bench.ask(asked.Pause("pharmacist hold"), PAM)) == "PAUSED"
    assert refused(would(bench, asked.Resume(SEEN))) == "NOT_A_PHARMACIST"
    done(bench.ask(asked.Resume(SEEN), PAM))


def test_r45_a_spill_during_an_order_change_undoes_nothing_of_it() -> None:
    """The order was changed, then the bag leaked: the change still ends this preparation."""
    bench = Bench()
    bench.until_claimed()
    done(bench.ask(asked.ChangeOrder("changed", 2, False), SENDER))
    done(bench.ask(asked.Pause("spill")))
    assert refused(bench.ask(asked.Resume(SEEN), PAM)) == "ORDER_CHANGED"


@pytest.fixture
def mixed() -> Bench:
    """Everything is in the bag; the final label prints next."""
    bench = Bench()
    bench.until_drawn()
    bench.do(weigh("287.60", bench.at))
    bench.do(weigh("336.30", bench.at))
    bench.do(photo("empty"))
    return bench


FINAL = Printed("final", "FINAL001", 1, "bb", "spool")


@pytest.mark.parametrize("change", ["cancelled", "held", "changed"])
def test_l5_no_final_label_comes_out_while_the_order_stops_the_work(mixed: Bench, change: Any) -> None:
    done(mixed.ask(asked.ChangeOrder(change, 2, True), SENDER))
    assert refused(tries(mixed, FINAL, PRINTER)) == "PAUSED"
    if change == "changed":
        done(mixed.ask(asked.Resume(SEEN), PAM))
        done(tries(mixed, FINAL, PRINTER))


def test_l5_no_final_label_comes_out_over_an_order_to_be_cleared(mixed: Bench) -> None:
    blocked = would(mixed, Submit("", FINAL), PRINTER, order_blocked="an allergy")
    assert refused(blocked) == "ORDER_BLOCKED"
    mixed.do(FINAL, PRINTER)
    again = asked.RecordLabel(replace(FINAL, copy=2), "damaged")
    assert refused(would(mixed, again, PRINTER, order_blocked="an allergy")) == "ORDER_BLOCKED"
    done(mixed.ask(asked.Pause("other")))
    assert refused(would(mixed, again, PRINTER)) == "PAUSED"


def test_r20_no_final_label_comes_out_before_the_tray_is_marked() -> None:
    """The in-process label is printed at the claim, never first when the bag is done."""
    bench = Bench()
    bench.until_claimed()
    bench.p = replace(bench.p, in_process=None)
    assert may_print(bench.p, "", bench.at).code == "NO_IN_PROCESS_LABEL"  # type: ignore[union-attr]  # it is refused


def test_r27_a_remake_says_why_and_is_signed_by_a_licensed_pharmacist_as_herself(approved: Bench) -> None:
    signature = approved.sign("rejected")
    assert refused(would(approved, asked.Remake("other", " ", signature), PAM)) == "REASON_NEEDED"
    for wrong in (replace(signature, licence="RPH-9999"), replace(signature, components=0)):
        assert refused(would(approved, asked.Remake("other", "cracked", wrong), PAM)) == "CHANGED_SINCE_SHOWN"
        assert (
            refused(would(approved, asked.Rework("photo-final", "other", "again", wrong), PAM)) == "CHANGED_SINCE_SHOWN"
        )
    done(approved.ask(asked.Remake("other", "cracked", signature), PAM))


def test_r28_a_pharmacist_without_a_licence_here_discards_nothing() -> None:
    bench = Bench()
    bench.until_claimed()
    assert refused(bench.ask(asked.Abort("other"), replace(PAM, licence=""))) == "NOT_LICENSED"
