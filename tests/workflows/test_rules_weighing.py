"""What a weighing must be: R2, R6, R7, R9 to R15, told of people at the bench."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D

import pytest

from tests.cast import ANN, BO, DANA, LEE, PAM, QUIN
from tests.workflows.answers import done, refused, rejected, tries, would
from tests.workflows.example import BALANCE, START, Bench, weigh
from workflows import commands as asked
from workflows.commands import Submit


@pytest.fixture
def drawing() -> Bench:
    """Both vials are dissolved; syringe 1 was weighed empty: 18.42 g."""
    bench = Bench()
    bench.until_reconstituted()
    bench.do(weigh("18.42", bench.at))
    return bench


def test_an_overdraw_is_stopped_in_words_and_the_second_attempt_passes(drawing: Bench) -> None:
    answer = tries(drawing, weigh("45.32", drawing.at))  # 26.90 g
    assert rejected(answer) == ("TOO_MUCH",)
    finding = answer[0].findings[0]
    assert "Measured 26.90 g" in finding.says
    assert "+9.9 %" in finding.says
    assert "limits 23.24 to 25.69 g" in finding.says
    assert "more than vial A held (25.56 g): another vial was entered too" in finding.says
    assert "2.4 mL" in finding.do
    assert finding.waived_by == ()
    done(tries(drawing, weigh("43.02", drawing.at)))  # 24.60 g
    assert len(drawing.p.near_misses) == 1
    assert drawing.p.attempts == {"syringe-full:1": 1}


@pytest.mark.parametrize("who", [ANN, BO, LEE, PAM, QUIN, DANA])
def test_r14_nobody_can_accept_a_weight_outside_its_limits(drawing: Bench, who: object) -> None:
    rejected(tries(drawing, weigh("45.32", drawing.at)))
    for code in ("TOO_MUCH", "TOO_LITTLE", "SUM_OUTSIDE", "WRONG_DEVICE"):
        command = asked.Waive("syringe-full:1", code, "the pharmacist says it is all right")
        assert refused(would(drawing, command, who)) in ("NOBODY_MAY_WAIVE", "NOT_A_PHARMACIST")


@pytest.mark.parametrize(("gain", "code"), [("23.24", "TOO_LITTLE"), ("25.70", "TOO_MUCH")])
def test_r1_a_hair_outside_is_outside(drawing: Bench, gain: str, code: str) -> None:
    """23.2448 to 25.6917 g: two decimals shown, judged unrounded."""
    assert rejected(tries(drawing, weigh(str(D("18.42") + D(gain)), drawing.at))) == (code,)


@pytest.mark.parametrize("gain", ["23.29", "24.47", "25.65"])
def test_r1_inside_by_more_than_it_may_be_off_is_inside(drawing: Bench, gain: str) -> None:
    done(tries(drawing, weigh(str(D("18.42") + D(gain)), drawing.at)))


def test_r14_three_weighings_outside_ask_for_a_new_syringe(drawing: Bench) -> None:
    for _ in range(3):
        rejected(tries(drawing, weigh("45.32", drawing.at)))
    assert refused(tries(drawing, weigh("42.97", drawing.at))) == "NO_MORE_ATTEMPTS"
    done(drawing.ask(asked.Redo("syringe", 1, "new syringe")))
    drawing.do(weigh("18.40", drawing.at))
    for _ in range(2):
        rejected(tries(drawing, weigh("45.32", drawing.at)))
    done(tries(drawing, weigh("42.95", drawing.at)))


def test_r14_nobody_escapes_the_three_attempts_by_going_back(drawing: Bench) -> None:
    for _ in range(2):
        rejected(tries(drawing, weigh("18.50", drawing.at)))  # weighed before anything was drawn
    done(drawing.ask(asked.Back()))
    drawing.do(weigh("18.42", drawing.at))
    rejected(tries(drawing, weigh("45.32", drawing.at)))
    assert refused(tries(drawing, weigh("42.97", drawing.at))) == "NO_MORE_ATTEMPTS"


def test_r14_a_reading_that_was_no_reading_uses_up_no_attempt(drawing: Bench) -> None:
    for _ in range(4):
        rejected(tries(drawing, weigh("42.97", drawing.at, mode="unstable")))
    done(tries(drawing, weigh("42.97", drawing.at)))


def test_r7_draws_right_one_by_one_may_be_wrong_together() -> None:
    """Two draws of 4.8 % each are inside; with a dose tolerance of 4 % their sum is not."""
    bench = Bench()
    bench.policy = replace(bench.policy, dose_tolerance=D("0.04"))
    bench.until_reconstituted()
    for number, before in enumerate(("18.42", "18.40"), start=1):
        bench.do(weigh(before, bench.at))
        answer = tries(bench, weigh(str(D(before) + D("25.65")), bench.at))
        if number == 1:
            done(answer)
        else:
            assert rejected(answer) == ("SUM_OUTSIDE",)
            assert "+4.8 %" in answer[0].findings[0].says


@pytest.mark.parametrize("mode", ["unstable", "typed"])
def test_r9_a_reading_is_settled_and_never_typed(drawing: Bench, mode: str) -> None:
    assert rejected(tries(drawing, weigh("42.97", drawing.at, mode=mode)))[0] == "NOT_SETTLED"


def test_r9_an_empty_pan_weighs_nothing(drawing: Bench) -> None:
    assert "NOTHING_ON_PAN" in rejected(tries(drawing, weigh("0.00", drawing.at)))


@pytest.mark.parametrize("zero", [None, D("0.03"), D("-0.03")])
def test_r10_the_pan_was_empty_and_at_zero(drawing: Bench, zero: D | None) -> None:
    assert rejected(tries(drawing, weigh("42.97", drawing.at, zero_g=zero))) == ("NOT_ZERO",)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"checked_at": None}, "NOT_CHECKED"),
        ({"check_valid_until": START}, "NOT_CHECKED"),
        ({"calibrated_until": START}, "NOT_CALIBRATED"),
        ({"calibrated_until": None}, "NOT_CALIBRATED"),
        ({"repeatability_g": D(0)}, "NOT_QUALIFIED"),
        ({"serial": "B999"}, "OTHER_BALANCE"),
    ],
)
def test_r15_no_weighing_without_todays_check(drawing: Bench, changes: dict[str, object], code: str) -> None:
    command = Submit("", weigh("42.97", drawing.at))
    assert code in rejected(would(drawing, command, balance=replace(BALANCE, **changes)))


def test_r15_a_station_without_a_balance_weighs_nothing(drawing: Bench) -> None:
    assert "NO_BALANCE" in rejected(would(drawing, Submit("", weigh("42.97", drawing.at)), balance=None))


def test_r13_a_coarse_balance_cannot_judge_a_small_mass(drawing: Bench) -> None:
    coarse = replace(BALANCE, repeatability_g=D("0.05"))  # needs 28.28 g
    answer = would(drawing, Submit("", weigh("42.97", drawing.at)), balance=coarse)
    assert rejected(answer) == ("TOO_SMALL_TO_WEIGH",)
    assert "28.28 g" in answer[0].findings[0].says


def test_r13_a_preparation_is_not_even_claimed_at_a_balance_too_coarse_for_it() -> None:
    bench = Bench()
    bench.open()
    bench.do(bench.sign("order verified"), PAM)
    assert (
        refused(would(bench, asked.Claim(), balance=replace(BALANCE, repeatability_g=D("0.05"))))
        == "TOO_SMALL_TO_WEIGH"
    )


def test_r6_a_gain_too_small_for_the_bags_balance_is_recorded_and_not_judged() -> None:
    bench = Bench()
    bench.until_drawn()
    bench.do(weigh("287.60", bench.at))
    coarse = replace(BALANCE, repeatability_g=D("0.2"))  # needs 113 g
    done(would(bench, Submit("", weigh("300.00", bench.at)), balance=coarse))
    assert rejected(would(bench, Submit("", weigh("300.00", bench.at)))) == ("TOO_LITTLE",)


@pytest.mark.parametrize("changes", [{"epoch": "1.0.1"}, {"mode": "averaged"}])
def test_r2_both_readings_come_from_one_undisturbed_balance(drawing: Bench, changes: dict[str, str]) -> None:
    assert rejected(tries(drawing, weigh("42.97", drawing.at, **changes))) == ("PAIR_BROKEN",)


def test_r3_a_first_reading_is_good_for_thirty_minutes(drawing: Bench) -> None:
    first = drawing.p.weighing("syringe-empty:1").taken_at
    on_time, late = first + timedelta(minutes=30), first + timedelta(minutes=31)
    done(would(drawing, Submit("", weigh("42.97", on_time)), at=on_time))
    assert rejected(would(drawing, Submit("", weigh("42.97", late)), at=late)) == ("PAIR_TOO_OLD",)


def test_r2_a_reading_is_used_once_and_fresh(drawing: Bench) -> None:
    old = drawing.at - timedelta(minutes=11)
    assert "NOT_FRESH" in rejected(tries(drawing, weigh("42.97", old)))
    same = drawing.p.weighing("syringe-empty:1")
    assert "NOT_FRESH" in rejected(tries(drawing, replace(same, g=D("42.97"))))


def test_r5_a_vial_whose_strength_is_off_its_label_is_stopped() -> None:
    """Displacement 0.4 mL: 25 mL makes 19.69 mg/mL; 26.2 mL, inside its window, makes 18.80."""
    bench = Bench()
    making = replace(bench.recipe.reconstitution, displacement_ml=D("0.4"))
    bench.recipe = replace(bench.recipe, reconstitution=making)
    bench.until_staged()
    bench.do(weigh("30.11", bench.at))
    answer = tries(bench, weigh("56.43", bench.at))  # 26.32 g
    assert rejected(answer) == ("CONCENTRATION_OFF",)
    assert "-6.0 %" in answer[0].findings[0].says


def test_after_the_injection_a_wrong_gain_cannot_be_undone_by_anybody() -> None:
    bench = Bench()
    bench.until_drawn()
    bench.do(weigh("287.60", bench.at))
    answer = tries(bench, weigh("345.00", bench.at))
    assert rejected(answer) == ("TOO_MUCH",)
    assert "cannot be undone" in answer[0].findings[0].do
    assert refused(bench.ask(asked.Back())) == "CANNOT_BE_UNDONE"
    assert refused(bench.ask(asked.Redo("syringe", 1, "again"))) == "CANNOT_BE_UNDONE"
    assert refused(bench.ask(asked.Redo("vial", 1, "again"))) == "CANNOT_BE_UNDONE"
    for step in ("syringe-empty", "photo-syringes", "vial", "bag-before"):
        command = asked.Rework(step, "wrong volume", "again", bench.sign("rejected"))
        assert refused(would(bench, command, PAM)) in ("CANNOT_BE_UNDONE", "NO_SUCH_STEP")
    done(bench.ask(asked.Remake("wrong volume", "too much", bench.sign("rejected")), PAM))


def test_a_weighing_after_which_liquid_moved_is_not_simply_taken_back(drawing: Bench) -> None:
    drawing.do(weigh("42.97", drawing.at))
    assert refused(drawing.ask(asked.Back())) == "LIQUID_MOVED"
