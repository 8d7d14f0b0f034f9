"""Bo takes over from Ann: what he puts on and scans before he touches anything, here and elsewhere (R13, R36, R42)."""

from dataclasses import replace
from decimal import Decimal as D

import pytest

from tests.cast import ANN, BO, LEE, PAM, PRINTER
from tests.workflows.answers import done, refused, rejected, tries, would
from tests.workflows.example import BALANCE, CABINET, POLICY, START, Bench, scan, weigh
from workflows import commands as asked
from workflows.commands import Submit
from workflows.evidence import Confirmation, LabelCode, Printed
from workflows.library import IV_BAG
from workflows.preparation import replay
from workflows.status import next_slots, progress, status

FINAL = scan(LabelCode("final", "FINAL001", 1, "P1", False))


@pytest.fixture
def mixing() -> Bench:
    """Ann has weighed the bag and would inject next; the site takes no picture of emptied vials."""
    bench = Bench(policy=replace(POLICY, photos=("staged", "syringes", "final")))
    bench.until_drawn()
    bench.do(weigh("287.60", bench.at))
    return bench


def mixed(bench: Bench) -> Bench:
    bench.do(weigh("336.30", bench.at))
    return bench


def printed(bench: Bench) -> Bench:
    mixed(bench).do(Printed("final", "FINAL001", 1, "bb", "spool"), PRINTER)
    return bench


def open_now(bench: Bench) -> list[str]:
    return [slot.step.name for slot in next_slots(IV_BAG, bench.p)]


def moves(bench: Bench, station: str = "HOOD-2") -> None:
    bench.station = station
    done(bench.ask(asked.HandOver(), ANN, BO))


def dresses(bench: Bench, who: object = BO) -> None:
    for item in bench.policy.ppe:
        bench.do(Confirmation(item), who)


def test_r36_whoever_takes_over_before_the_injection_dresses_first(mixing: Bench) -> None:
    done(mixing.ask(asked.HandOver(), ANN, BO))
    assert set(open_now(mixing)) == {"ppe"}
    assert refused(tries(mixing, weigh("336.30", mixing.at), BO)) == "OTHER_EVIDENCE"
    dresses(mixing)
    assert refused(tries(mixing, weigh("336.30", mixing.at), BO, slot="bag-after")) == "NOT_THIS_STEP"
    mixing.do(weigh("287.60", mixing.at), BO)  # still empty: Bo weighs it himself
    done(tries(mixing, weigh("336.30", mixing.at), BO))


@pytest.mark.parametrize("second", [LEE, PAM])
def test_r36_so_does_whoever_takes_it_from_somebody_who_left(mixing: Bench, second: object) -> None:
    done(mixing.ask(asked.TakeOver(), BO, second))
    assert set(open_now(mixing)) == {"ppe"}


def test_r42_a_bag_that_moved_to_another_hood_is_labelled_in_a_cabinet_that_was_scanned(mixing: Bench) -> None:
    printed(mixing)
    moves(mixing)
    assert open_now(mixing) == ["cabinet"]
    assert refused(tries(mixing, FINAL, BO, slot="label-scan")) == "NOT_THIS_STEP"
    assert "NOT_CERTIFIED" in rejected(tries(mixing, scan(replace(CABINET, certified_until=None)), BO))
    mixing.do(scan(CABINET), BO)
    dresses(mixing)
    done(tries(mixing, FINAL, BO))


def test_the_printer_reports_its_label_whoever_is_dressed(mixing: Bench) -> None:
    mixed(mixing)
    done(mixing.ask(asked.HandOver(), ANN, BO))
    assert open_now(mixing) == ["label-print"]
    mixing.do(Printed("final", "FINAL001", 1, "bb", "spool"), PRINTER)
    assert set(open_now(mixing)) == {"ppe"}


def test_r22_a_pharmacist_looks_before_mixing_while_bo_dresses(mixing: Bench) -> None:
    bench = Bench()
    bench.recipe = replace(bench.recipe, hold=True)
    bench.until_drawn()
    done(bench.ask(asked.HandOver(), ANN, BO))
    assert open_now(bench) == ["premix"]
    bench.do(bench.sign("pre-mix approved"), PAM)
    assert set(open_now(bench)) == {"ppe"}


def test_a_hand_over_at_the_check_asks_for_no_gloves() -> None:
    bench = Bench()
    bench.until_check()
    moves(bench)
    assert open_now(bench) == ["approve"]
    assert status(IV_BAG, bench.p) == "awaiting-check"
    assert progress(IV_BAG, bench.p) == (len(IV_BAG.slots(bench.p)) - 3, len(IV_BAG.slots(bench.p)))
    bench.do(bench.sign("approved for release"), PAM)
    done(tries(bench, scan(LabelCode("in_process", "INPROC01", 1, "P1", False)), BO))


@pytest.mark.parametrize(("station", "first"), [("HOOD-1", "ppe"), ("HOOD-2", "cabinet")])
@pytest.mark.parametrize("how", ["rework", "reprint"])
def test_r36_what_comes_back_from_the_check_is_touched_by_nobody_undressed(how: str, station: str, first: str) -> None:
    """Bo took it over while it waited for its check; then the picture, or the label, is wanted again."""
    bench = Bench()
    bench.until_check()
    moves(bench, station)
    if how == "rework":
        done(bench.ask(asked.Rework("photo-empty", "image unusable", "again", bench.sign("rejected")), PAM))
    else:
        done(bench.ask(asked.RecordLabel(Printed("final", "FINAL001", 2, "cc", "spool"), "torn"), PRINTER))
    assert open_now(bench)[0] == first
    assert refused(bench.ask(asked.ChangeGloves(gown=True), BO)) == "NOT_GARBED"
    if first == "cabinet":
        bench.do(scan(CABINET), BO)
    dresses(bench)
    assert open_now(bench)[0] in ("photo-empty", "label-scan", "photo-final")
    assert bench.p.gloves_at is not None


def test_the_cabinet_it_was_made_in_stays_on_the_pharmacists_sheet() -> None:
    bench = Bench()
    bench.until_check()
    moves(bench)
    assert bench.p.cabinet == CABINET


def test_r13_a_hand_over_to_a_balance_too_coarse_is_refused_before_anybody_moves(mixing: Bench) -> None:
    bench = Bench()
    bench.until_staged()
    bench.station, bench.balance = "HOOD-2", replace(BALANCE, repeatability_g=D("0.05"))
    assert refused(bench.ask(asked.HandOver(), ANN, BO)) == "TOO_SMALL_TO_WEIGH"
    assert refused(bench.ask(asked.TakeOver(), BO, LEE)) == "TOO_SMALL_TO_WEIGH"
    bench.balance = None
    assert refused(bench.ask(asked.HandOver(), ANN, BO)) == "NO_BALANCE"
    bench.station, bench.balance = "HOOD-1", replace(BALANCE, repeatability_g=D("0.05"))
    done(bench.ask(asked.HandOver(), ANN, BO))  # here it is what it was when it was claimed


def test_once_everything_is_weighed_it_goes_anywhere(mixing: Bench) -> None:
    printed(mixing)
    mixing.station, mixing.balance = "HOOD-2", None
    done(mixing.ask(asked.HandOver(), ANN, BO))


@pytest.mark.parametrize("ask", ["claim", "hand over"])
def test_r6_a_bag_heavier_than_the_balance_can_carry_is_not_begun_there(ask: str) -> None:
    bench = Bench()
    bench.open()
    bench.do(bench.sign("order verified"), PAM)
    small = replace(BALANCE, capacity_g=D(290))
    if ask == "claim":
        answer = would(bench, asked.Claim(), balance=small)
    else:
        done(bench.ask(asked.Claim()))
        answer = would(bench, asked.HandOver(), ANN, BO, station="HOOD-2", balance=small)
    assert refused(answer) == "TOO_HEAVY_TO_WEIGH"
    assert "250 mL" in answer.says


def test_r2_an_empty_weight_does_not_travel_to_another_balance(mixing: Bench) -> None:
    """Nothing was injected yet: at the other hood the bag is weighed anew, on the balance there."""
    moves(mixing)
    mixing.do(scan(CABINET), BO)
    dresses(mixing)
    assert open_now(mixing) == ["bag-before"]


def test_what_ann_did_before_the_hand_over_is_not_taken_back_by_bo() -> None:
    bench = Bench()
    bench.until_reconstituted()
    done(bench.ask(asked.HandOver(), ANN, BO))
    assert refused(bench.ask(asked.Back(), BO)) == "DONE_BEFORE"
    dresses(bench)
    done(bench.ask(asked.Back(), BO))  # his own last item


def test_r2_a_syringe_that_holds_liquid_is_weighed_where_it_was_weighed_empty(mixing: Bench) -> None:
    bench = Bench()
    bench.until_reconstituted()
    bench.do(weigh("18.42", bench.at))
    rejected(tries(bench, weigh("40.00", bench.at)))
    bench.station = "HOOD-2"
    answer = bench.ask(asked.HandOver(), ANN, BO)
    assert refused(answer) == "FINISH_WEIGHING"
    assert "syringe" in answer.says
    bench.station = "HOOD-1"
    done(bench.ask(asked.HandOver(), ANN, BO))
    dresses(bench)
    assert open_now(bench) == ["syringe-full"]  # it holds liquid: its empty weight stands


def test_r20_old_hand_overs_that_reopened_nothing_ask_for_gloves_too() -> None:
    """A record of before: the event names no slot, yet whoever took over has put nothing on."""
    bench = Bench()
    bench.until_check()
    done(bench.ask(asked.HandOver(), ANN, BO))
    log = [replace(one, event=replace(one.event, reopened=())) if one is bench.log[-1] else one for one in bench.log]
    p = replay(log)
    assert not any(slot.startswith("ppe:") for slot in p.entries)
    assert [slot.name for slot in next_slots(IV_BAG, p)] == ["approve"]


def test_bo_alone_confirms_his_own_gloves(mixing: Bench) -> None:
    done(mixing.ask(asked.HandOver(), ANN, BO))
    assert refused(would(mixing, Submit("", Confirmation(mixing.policy.ppe[0])), ANN)) == "NOT_YOURS"


@pytest.mark.parametrize(
    ("changes", "code", "says"),
    [
        ({"calibrated_until": START}, "NOT_CALIBRATED", "The calibration certificate of BAL-1 ran out on"),
        ({"calibrated_until": None}, "NOT_CALIBRATED", "BAL-1 has no calibration certificate on the register."),
        ({"repeatability_g": D(0)}, "NOT_QUALIFIED", "its scatter in the running cabinet was never measured"),
        ({"capacity_g": D(310)}, "TOO_HEAVY_TO_WEIGH", "of which 95 % are used"),
        ({"capacity_g": D("25.4")}, "TOO_HEAVY_TO_WEIGH", "The 250 mL bag will weigh more than 299 g"),
    ],
)
def test_r15_nothing_is_begun_at_a_balance_that_may_not_weigh_it(
    changes: dict[str, object], code: str, says: str
) -> None:
    bench = Bench()
    bench.open()
    bench.do(bench.sign("order verified"), PAM)
    answer = would(bench, asked.Claim(), balance=replace(BALANCE, **changes))  # type: ignore[arg-type]  # a table of changes
    assert refused(answer) == code
    assert says in answer.says
