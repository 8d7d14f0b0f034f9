"""Ann weighs a thing empty and full: what she may weigh again, what never, and what a mistake costs (R2, R3, R5, R14)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D

import pytest

from tests.cast import ANN, PAM
from tests.workflows.answers import done, refused, rejected, tries, would
from tests.workflows.example import Bench, device, scan, vial, weigh
from workflows import commands as asked
from workflows.commands import Submit


@pytest.fixture
def pouring() -> Bench:
    """Vial A was weighed dry, 30.11 g; 25.12 g of diluent are wanted, 23.86 to 26.37 g."""
    bench = Bench()
    bench.until_staged()
    bench.do(weigh("30.11", bench.at))
    return bench


@pytest.fixture
def drawing() -> Bench:
    """Syringe 1 was weighed empty, 18.42 g; 24.47 g are wanted."""
    bench = Bench()
    bench.until_reconstituted()
    bench.do(weigh("18.42", bench.at))
    return bench


@pytest.fixture
def mixing() -> Bench:
    """The bag was weighed, 287.60 g; 48.94 g are wanted, 46.49 to 51.38 g."""
    bench = Bench()
    bench.until_drawn()
    bench.do(weigh("287.60", bench.at))
    return bench


def test_r3_a_vial_that_took_too_much_is_never_weighed_as_dry_again(pouring: Bench) -> None:
    """Ann poured 30 mL: were the wet vial weighed as dry, 55 mL would pass as 25."""
    assert rejected(tries(pouring, weigh("60.25", pouring.at))) == ("TOO_MUCH",)
    answer = pouring.ask(asked.Back())
    assert refused(answer) == "LIQUID_MOVED"
    assert "REDO with a new vial" in answer.says


def test_r3_a_syringe_that_holds_liquid_is_never_weighed_as_empty_again(drawing: Bench) -> None:
    """Ann overdrew, put most of it back and would tare the rest: 26.90 g would pass as 24.47 g."""
    assert rejected(tries(drawing, weigh("45.32", drawing.at))) == ("TOO_MUCH",)
    answer = drawing.ask(asked.Back())
    assert refused(answer) == "LIQUID_MOVED"
    assert "REDO with a new syringe" in answer.says
    done(drawing.ask(asked.Redo("syringe", 1, "new syringe")))
    drawing.do(weigh("18.40", drawing.at))
    done(drawing.ask(asked.Back()))  # the new one is empty: it may be weighed again


@pytest.mark.parametrize(
    "changes", [{}, {"mode": "unstable"}, {"epoch": "2"}, {"balance": "ANOTHER"}, {"zero_g": None}]
)
def test_r3_whatever_else_is_wrong_with_a_reading_a_gain_is_a_gain(drawing: Bench, changes: dict[str, object]) -> None:
    rejected(tries(drawing, weigh("38.00", drawing.at, **changes)))
    assert refused(drawing.ask(asked.Back())) == "LIQUID_MOVED"


def test_r13_a_reading_within_the_balances_noise_is_no_gain(mixing: Bench) -> None:
    """A hand left the bag at 287.61 g, unsettled: nothing was injected, so the bag may be weighed again."""
    assert rejected(tries(mixing, weigh("287.61", mixing.at, mode="unstable")))[0] == "NOT_SETTLED"
    done(mixing.ask(asked.Back()))
    mixing.do(weigh("287.60", mixing.at))
    done(tries(mixing, weigh("336.30", mixing.at)))


@pytest.mark.parametrize(("grams", "moved"), [("287.84", False), ("287.85", True)])
def test_r13_noise_ends_at_half_a_percent_of_what_is_expected(mixing: Bench, grams: str, moved: bool) -> None:
    """0.5 % of 48.94 g is 0.2447 g: the policy's weigh gate."""
    rejected(tries(mixing, weigh(grams, mixing.at)))
    answer = mixing.ask(asked.Back())
    assert (refused(answer) == "CANNOT_BE_UNDONE") if moved else done(answer)


def test_r14_too_much_diluent_cannot_be_taken_out(pouring: Bench) -> None:
    """What Ann draws out takes drug with it: the vial would be 17 % too weak and count as 20 mg/mL."""
    answer = tries(pouring, weigh("60.25", pouring.at))
    assert rejected(answer) == ("TOO_MUCH",)
    assert "cannot be taken out" in answer[0].findings[0].do
    after = tries(pouring, weigh("55.17", pouring.at))
    assert refused(after) == "TOO_MUCH_WENT_IN"
    assert "REDO with a new vial" in after.says
    done(pouring.ask(asked.Redo("vial", 1, "too much diluent")))
    pouring.do(scan(vial("C")))
    pouring.do(scan(device("vial adaptor")))


def test_r5_a_vial_off_its_label_is_not_put_right_by_taking_diluent_out() -> None:
    bench = Bench()
    making = replace(bench.recipe.reconstitution, displacement_ml=D("0.4"))
    bench.recipe = replace(bench.recipe, reconstitution=making)
    bench.until_staged()
    bench.do(weigh("30.11", bench.at))
    assert rejected(tries(bench, weigh("56.43", bench.at))) == ("CONCENTRATION_OFF",)
    assert refused(tries(bench, weigh("55.17", bench.at))) == "TOO_MUCH_WENT_IN"


def test_r14_too_little_diluent_is_topped_up(pouring: Bench) -> None:
    assert rejected(tries(pouring, weigh("52.00", pouring.at))) == ("TOO_LITTLE",)
    done(tries(pouring, weigh("55.17", pouring.at)))


def test_r5_too_little_is_topped_up_though_the_vial_is_too_strong_meanwhile() -> None:
    bench = Bench()
    making = replace(bench.recipe.reconstitution, displacement_ml=D("0.4"))
    bench.recipe = replace(bench.recipe, reconstitution=making)
    bench.until_staged()
    bench.do(weigh("30.11", bench.at))
    assert rejected(tries(bench, weigh("50.00", bench.at))) == ("TOO_LITTLE", "CONCENTRATION_OFF")
    done(tries(bench, weigh("55.17", bench.at)))


def test_r14_an_overdraw_goes_back_to_the_vial_and_is_weighed_again(drawing: Bench) -> None:
    rejected(tries(drawing, weigh("45.32", drawing.at)))
    done(tries(drawing, weigh("43.02", drawing.at)))


def test_r14_what_is_too_much_in_the_bag_stays_too_much(mixing: Bench) -> None:
    assert rejected(tries(mixing, weigh("345.00", mixing.at))) == ("TOO_MUCH",)
    after = tries(mixing, weigh("336.30", mixing.at))
    assert refused(after) == "TOO_MUCH_WENT_IN"
    assert "made again, or discard" in after.says
    assert refused(mixing.ask(asked.Back())) == "CANNOT_BE_UNDONE"
    done(would(mixing, asked.Abort("out of tolerance")))
    done(mixing.ask(asked.Remake("wrong volume", "too much went in", mixing.sign("rejected")), PAM))


def test_r6_what_is_still_in_a_syringe_is_injected_and_the_bag_weighed_again(mixing: Bench) -> None:
    answer = tries(mixing, weigh("312.10", mixing.at))  # syringe 2 was forgotten
    assert rejected(answer) == ("TOO_LITTLE",)
    assert "Inject what is still in a syringe" in answer[0].findings[0].do
    done(tries(mixing, weigh("336.30", mixing.at)))


def test_r9_a_reading_that_was_none_says_nothing_of_the_amount(mixing: Bench) -> None:
    """Ann leaned on the bag: the unsettled reading ends nothing."""
    assert rejected(tries(mixing, weigh("345.00", mixing.at, mode="unstable")))[0] == "NOT_SETTLED"
    done(tries(mixing, weigh("336.30", mixing.at)))


def test_r2_a_pair_that_was_broken_before_the_injection_begins_anew(mixing: Bench) -> None:
    answer = tries(mixing, weigh("287.60", mixing.at, epoch="2"))
    assert "PAIR_BROKEN" in rejected(answer)
    assert answer[0].findings[0].do.startswith("BACK")
    done(mixing.ask(asked.Back()))
    mixing.do(weigh("287.60", mixing.at, epoch="2"))
    done(tries(mixing, weigh("336.30", mixing.at, epoch="2")))


def test_r2_a_pair_that_was_broken_by_the_injection_is_the_pharmacists(mixing: Bench) -> None:
    answer = tries(mixing, weigh("336.30", mixing.at, epoch="2"))
    assert rejected(answer) == ("PAIR_BROKEN",)
    assert "REDO" not in answer[0].findings[0].do
    assert "Call the pharmacist" in answer[0].findings[0].do


def test_r2_a_vial_whose_pair_was_broken_dry_is_weighed_dry_again_and_a_wet_one_is_replaced(pouring: Bench) -> None:
    dry = would(pouring, Submit("", weigh("30.12", pouring.at, epoch="2")))
    assert dry[0].findings[0].do.startswith("BACK")
    wet = would(pouring, Submit("", weigh("55.17", pouring.at, epoch="2")))
    assert wet[0].findings[0].do == "REDO with a new vial."


def test_r14_no_attempt_left_at_the_bag_is_not_answered_with_a_new_syringe(mixing: Bench) -> None:
    for _ in range(3):
        rejected(tries(mixing, weigh("312.10", mixing.at)))
    answer = tries(mixing, weigh("336.30", mixing.at))
    assert refused(answer) == "NO_MORE_ATTEMPTS"
    assert "REDO" not in answer.says


def test_r2_a_reading_that_was_taken_back_is_not_handed_in_again(drawing: Bench) -> None:
    """Ann redid the syringe; the first one's two readings would still agree with each other."""
    empty, full = drawing.p.weighing("syringe-empty:1"), weigh("42.97", drawing.at)
    drawing.do(full)
    done(drawing.ask(asked.Redo("syringe", 1, "air")))
    assert rejected(tries(drawing, empty)) == ("NOT_FRESH",)
    drawing.do(weigh("18.41", drawing.at))
    assert "NOT_FRESH" in rejected(tries(drawing, replace(full)))


def test_r2_going_back_does_not_make_an_older_reading_new(drawing: Bench) -> None:
    first = drawing.p.weighing("syringe-empty:1")
    done(drawing.ask(asked.Back()))
    older = replace(first, taken_at=first.taken_at - timedelta(seconds=1))
    assert rejected(would(drawing, Submit("", older), ANN)) == ("NOT_FRESH",)


def test_r28_after_the_end_nothing_is_done_again(drawing: Bench) -> None:
    """Ann discarded it: a vial that is set aside afterwards would shift the account."""
    done(drawing.ask(asked.Abort("spill")))
    for command in (asked.Redo("vial", 1, "x"), asked.Redo("syringe", 1, "x"), asked.Back()):
        assert refused(would(drawing, command)) in ("ENDED", "NOTHING_BEFORE")
    bench = Bench()
    bench.until_released()
    assert refused(would(bench, asked.Redo("vial", 1, "x"))) == "ENDED"
