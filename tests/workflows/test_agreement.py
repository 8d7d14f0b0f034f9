"""Ann draws, and the vials must say what the syringes say: R4 and R3, the balance's second opinion."""

from dataclasses import replace
from decimal import Decimal as D

import pytest

from tests.cast import ANN
from tests.workflows.answers import done, refused, rejected, tries
from tests.workflows.example import BALANCE, POLICY, Bench, photo, weigh
from workflows import commands as asked
from workflows.evidence import Confirmation
from workflows.gates import waiting
from workflows.instructions import instruction
from workflows.library import IV_BAG
from workflows.sheet import sheet


def asks(bench: Bench) -> tuple[str, ...]:
    assert bench.p is not None
    return tuple(slot.name for slot in waiting(IV_BAG, bench.p))


def drawn(bench: Bench, *syringes: tuple[str, str]) -> None:
    for before, after in syringes:
        bench.do(weigh(before, bench.at))
        bench.do(weigh(after, bench.at))


def made_up(bench: Bench, first: str) -> None:
    """Both vials are made up; the first one weighs so much with its diluent."""
    bench.until_staged()
    for before, after in (("30.11", first), ("30.05", "55.25")):
        bench.do(weigh(before, bench.at))
        bench.do(weigh(after, bench.at))
        bench.do(Confirmation("dissolved and clear"))


@pytest.fixture
def overdrawn() -> Bench:
    """Syringe 1 read 26.90 g; vial A held at most 25.56 g. Ann put 2.30 g back, and both syringes are right now."""
    bench = Bench()
    bench.until_reconstituted()
    bench.do(weigh("18.42", bench.at))
    answer = tries(bench, weigh("45.32", bench.at))
    assert rejected(answer) == ("TOO_MUCH",)
    assert "more than vial A held (25.56 g): another vial was entered too. Every vial is weighed" in (
        answer[0].findings[0].says
    )
    bench.do(weigh("43.02", bench.at))
    drawn(bench, ("18.40", "42.71"))
    return bench


def test_r4_a_draw_of_more_than_its_vial_held_has_every_vial_weighed(overdrawn: Bench) -> None:
    """Both hold 55.17 and 55.25 g full; 24.60 and 24.31 g are in the syringes, wherever they came from."""
    assert asks(overdrawn) == ("vial-after:1",)
    assert refused(tries(overdrawn, photo("syringes"))) == "OTHER_EVIDENCE"
    words = instruction(overdrawn.p, waiting(IV_BAG, overdrawn.p)[0])  # type: ignore[arg-type]  # it is open
    assert (words.task, words.name) == ("Weigh vial A again, with its adaptor.", "vial A, 55.17 g before the draw")
    overdrawn.do(weigh("29.87", overdrawn.at))
    overdrawn.do(weigh("31.64", overdrawn.at))
    assert asks(overdrawn) == ("photo-syringes",)
    line = next(one for one in sheet(overdrawn.p) if one.what == "left the vials")  # type: ignore[arg-type]  # it is open
    assert (line.wanted, line.found, line.right) == ("48.91 g", "48.91 g", True)
    assert line.formula == "vial A 25.30 g + vial B 23.61 g"


@pytest.mark.parametrize(
    ("second", "right"), [("31.64", True), ("30.67", True), ("32.61", True), ("30.65", False), ("32.63", False)]
)
def test_r4_vials_and_syringes_may_be_two_percent_apart(overdrawn: Bench, second: str, right: bool) -> None:
    """2 % of 48.91 g is 0.98 g. Less left the vials: something else was drawn from. More: something was lost."""
    overdrawn.do(weigh("29.87", overdrawn.at))
    answer = tries(overdrawn, weigh(second, overdrawn.at))
    if right:
        done(answer)
        return
    assert rejected(answer) == ("VIALS_DISAGREE",)
    assert ("Something else was drawn from" in answer[0].findings[0].do) == (second == "32.63")
    assert refused(tries(overdrawn, photo("syringes"))) == "OTHER_EVIDENCE"


def test_r4_vials_that_disagree_are_weighed_three_times_and_then_made_anew(overdrawn: Bench) -> None:
    overdrawn.do(weigh("29.87", overdrawn.at))
    for _ in range(3):
        assert rejected(tries(overdrawn, weigh("36.00", overdrawn.at))) == ("VIALS_DISAGREE",)
    answer = tries(overdrawn, weigh("31.64", overdrawn.at))
    assert refused(answer) == "NO_MORE_ATTEMPTS"
    assert "REDO with a new vial" in answer.says
    done(overdrawn.ask(asked.Redo("syringe", 1, "new syringe")))
    drawn(overdrawn, ("18.42", "43.02"))
    overdrawn.do(weigh("29.87", overdrawn.at))
    overdrawn.do(weigh("31.64", overdrawn.at))


def test_r4_a_vial_is_never_heavier_after_the_draw(overdrawn: Bench) -> None:
    """Ann put the surplus into the wrong vial, or the wrong vial on the pan."""
    assert rejected(tries(overdrawn, weigh("55.20", overdrawn.at))) == ("VIAL_HEAVIER",)


def test_r4_the_vials_are_weighed_where_they_were_weighed_full(overdrawn: Bench) -> None:
    other = weigh("29.87", overdrawn.at, balance="ANOTHER")
    assert "OTHER_BALANCE" in rejected(tries(overdrawn, other))
    overdrawn.station = "HOOD-2"
    overdrawn.balance = replace(BALANCE, serial="ANOTHER")
    assert refused(overdrawn.ask(asked.HandOver(), ANN, replace(ANN, id="bo", name="Bo"))) == "FINISH_WEIGHING"


def test_r4_a_draw_that_its_vial_can_have_held_asks_for_nothing_more() -> None:
    """26.00 g is too much, but vial A took 26.19 g and held 26.69 g: nothing says that another one was entered."""
    bench = Bench()
    made_up(bench, "56.30")
    bench.do(weigh("18.42", bench.at))
    assert rejected(tries(bench, weigh("44.42", bench.at))) == ("TOO_MUCH",)
    bench.do(weigh("42.97", bench.at))
    drawn(bench, ("18.40", "42.71"))
    assert asks(bench) == ("photo-syringes",)


def test_r4_an_accepted_draw_of_more_than_its_vial_held_counts_too() -> None:
    """Vial A took 23.90 g of diluent and held 24.40 g; a draw of 25.60 g is inside its limits and came from both."""
    bench = Bench()
    made_up(bench, "54.01")
    drawn(bench, ("18.42", "44.02"), ("18.40", "42.71"))
    assert asks(bench) == ("vial-after:1",)


def test_r4_a_reading_that_did_not_settle_says_nothing_of_where_a_draw_came_from() -> None:
    bench = Bench()
    bench.until_reconstituted()
    bench.do(weigh("18.42", bench.at))
    rejected(tries(bench, weigh("60.00", bench.at, mode="unstable")))
    bench.do(weigh("42.97", bench.at))
    drawn(bench, ("18.40", "42.71"))
    assert asks(bench) == ("photo-syringes",)


@pytest.mark.parametrize(("full", "beyond"), [("69.68", False), ("69.69", True)])
def test_r4_one_syringe_from_two_vials_can_take_what_both_held(full: str, beyond: bool) -> None:
    """One large syringe takes 48.94 g from both vials; 51.26 g is what both held together, and still inside 5 %."""
    bench = Bench(policy=replace(POLICY, syringes_ml=(D(80),)))
    bench.until_reconstituted()
    drawn(bench, ("18.42", full))
    assert asks(bench) == (("vial-after:1",) if beyond else ("photo-syringes",))


def test_r4_a_draw_of_more_than_all_vials_held_says_so() -> None:
    bench = Bench(policy=replace(POLICY, syringes_ml=(D(80),)))
    bench.until_reconstituted()
    bench.do(weigh("18.42", bench.at))
    answer = tries(bench, weigh("70.00", bench.at))
    assert "more than the vials held (51.26 g): something else was entered too" in answer[0].findings[0].says


def test_r4_a_policy_has_the_vials_weighed_after_every_draw() -> None:
    bench = Bench(policy=replace(POLICY, weigh_vials=True))
    bench.until_reconstituted()
    drawn(bench, ("18.42", "42.97"), ("18.40", "42.71"))
    assert asks(bench) == ("vial-after:1",)


def test_r3_a_policy_has_each_used_syringe_weighed_before_the_bag() -> None:
    """24.55 g were drawn: at most 0.15 g stay. Ann injects the rest and weighs again."""
    bench = Bench(policy=replace(POLICY, weigh_used_syringes=True))
    bench.until_drawn()
    bench.do(weigh("287.60", bench.at))
    assert asks(bench) == ("syringe-used:1",)
    assert rejected(tries(bench, weigh("18.58", bench.at))) == ("NOT_EMPTIED",)
    assert rejected(tries(bench, weigh("18.26", bench.at))) == ("LIGHTER_THAN_EMPTY",)
    bench.do(weigh("18.57", bench.at))
    assert refused(bench.ask(asked.Back())) == "LIQUID_MOVED"
    assert refused(bench.ask(asked.Redo("syringe", 2, "x"))) == "CANNOT_BE_UNDONE"
    bench.do(weigh("18.41", bench.at))
    bench.do(weigh("336.30", bench.at))


def test_r3_a_bag_is_not_tared_again_once_a_used_syringe_was_seen() -> None:
    """The first used syringe kept too much, but what left it is in the bag already."""
    bench = Bench(policy=replace(POLICY, weigh_used_syringes=True))
    bench.until_drawn()
    bench.do(weigh("287.60", bench.at))
    rejected(tries(bench, weigh("30.00", bench.at)))
    assert refused(bench.ask(asked.Back())) == "CANNOT_BE_UNDONE"
