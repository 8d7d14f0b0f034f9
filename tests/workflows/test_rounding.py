"""Rounding to whole vials is offered, with what it saves; nothing rounds by itself, and never a trial (R59)."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from workflows.rounding import LIMIT, NoRounding, Opened, Proposal, proposals
from workflows.wording import percent


def offered(mg: str, *sizes: str, **more: object) -> tuple[Proposal, ...]:
    made = proposals(D(mg), map(D, sizes), **more)  # type: ignore[arg-type]  # what a test sets
    assert not isinstance(made, NoRounding), made
    return made


def why_not(mg: str, *sizes: str, **more: object) -> str:
    made = proposals(D(mg), map(D, sizes), **more)  # type: ignore[arg-type]  # what a test sets
    assert isinstance(made, NoRounding)
    return made.says


def test_r59_the_worked_example_may_become_1000_mg_with_nothing_left_over() -> None:
    (one,) = offered("970", "500", calculated_mg=D("969.3"))
    assert (one.dose_mg, percent(one.of_ordered)) == (D(1000), "+3.1 %")
    assert one.of_calculated is not None
    assert percent(one.of_calculated) == "+3.2 %"
    assert one.before == Opened((D(500), D(500)), D(30))
    assert one.after == Opened((D(500), D(500)), D(0))


def test_r59_the_nearest_below_and_above_with_vials_and_waste_before_and_after() -> None:
    below, above = offered("305", "100", "20")
    assert (below.dose_mg, above.dose_mg) == (D(300), D(320))
    assert below.before == above.before == Opened((D(100), D(100), D(100), D(20)), D(15))
    assert below.after == Opened((D(100), D(100), D(100)), D(0))


@pytest.mark.parametrize(("mg", "doses"), [("111", [D(100)]), ("111.2", []), ("91", [D(100)]), ("90.9", [])])
def test_r59_ten_percent_of_the_ordered_dose_and_nothing_beyond(mg: str, doses: list[D]) -> None:
    made = proposals(D(mg), [D(100)])
    assert doses == ([] if isinstance(made, NoRounding) else [one.dose_mg for one in made])


def test_r59_it_is_held_against_the_ordered_and_the_calculated_dose_so_that_roundings_do_not_stack() -> None:
    assert [one.dose_mg for one in offered("109", "100", calculated_mg=D(105))] == [D(100)]
    assert "within 10 %" in why_not("109", "100", calculated_mg=D(112))


def test_r59_a_trial_is_never_rounded() -> None:
    assert "clinical trial" in why_not("970", "500", trial=True)


def test_r59_a_dose_of_whole_vials_needs_no_rounding() -> None:
    assert "nothing is left over" in why_not("1000", "500")


def test_r59_a_dose_far_from_any_vial_is_left_alone() -> None:
    assert "No whole number of vials" in why_not("40", "100")
    assert "No whole number of vials" in why_not("150", "100")


@pytest.mark.parametrize("limit", ["0", "0.11", "-0.1"])
def test_r59_no_policy_widens_it(limit: str) -> None:
    assert D("0.10") == LIMIT
    with pytest.raises(ValueError, match="rounding limit"):
        proposals(D(970), [D(500)], limit=D(limit))


@pytest.mark.parametrize(("mg", "size"), [("970", "0.5"), ("970", "0"), ("-5", "100")])
def test_r59_a_slipped_unit_is_said_and_not_rounded(mg: str, size: str) -> None:
    assert "unit has slipped" in why_not(mg, size) if size == "0.5" else "not above 0" in why_not(mg, size)
