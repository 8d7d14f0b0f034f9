"""Which dose of its order a preparation is, when it is due, and for how many of them something made now is still good (R30)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from zoneinfo import ZoneInfo

import pytest

from tests.workflows.example import POLICY, RECIPE, order
from workflows.batch import lasts, made_ahead
from workflows.doses import one_dose
from workflows.opening import planned

CHICAGO = ZoneInfo("America/Chicago")
NOON = datetime(2026, 3, 6, 18, 0, tzinfo=UTC)
DAILY, TWICE = (1, 24), (1, 12)


def test_a_daily_dose_is_due_at_the_same_time_by_the_clock_when_the_clocks_are_changed() -> None:
    asked = replace(order(), due_at=NOON, doses_total=5, day=1)
    doses = [one_dose(asked, number, DAILY, CHICAGO) for number in range(1, 6)]
    assert [(one.due_at.astimezone(CHICAGO).hour, one.day, one.dose_no) for one in doses] == [
        (12, day, day) for day in range(1, 6)
    ]
    assert doses[2].due_at - doses[1].due_at == timedelta(hours=23)


def test_two_doses_a_day_are_of_one_day_and_an_order_without_a_day_gets_none() -> None:
    asked = replace(order(), due_at=NOON, doses_total=4, day=3)
    assert [one_dose(asked, number, TWICE, CHICAGO).day for number in (1, 2, 3, 4)] == [3, 4, 4, 5]
    assert one_dose(replace(asked, day=None), 4, TWICE, CHICAGO).day is None


@pytest.mark.parametrize(
    ("stability", "storage", "hours", "why"),
    [
        (24, "20 to 25 °C", 24, "stable for 24 h at 20 to 25 °C"),
        (240, "20 to 25 °C", 96, "sterile for 96 h at 20 to 25 °C at most"),
        (336, "2 to 8 °C", 240, "sterile for 240 h at 2 to 8 °C at most"),
        (None, "2 to 8 °C", 0, "knows no limit of stability"),
    ],
)
def test_r30_stability_and_sterility_limit_how_long_a_dose_made_now_is_kept(
    stability: int | None, storage: str, hours: int, why: str
) -> None:
    recipe = replace(RECIPE, stability_h=None if stability is None else D(stability), storage=storage)
    made = planned(order(), RECIPE, POLICY)
    assert not isinstance(made, tuple)
    kept, words = lasts(recipe, made)
    assert kept == hours
    assert why in words


def test_r56_no_dose_of_a_trial_is_made_ahead() -> None:
    made = planned(order(), RECIPE, POLICY)
    assert not isinstance(made, tuple)
    assert lasts(replace(RECIPE, protocol="EX-1"), made)[0] == 0


def test_r30_the_last_dose_that_is_still_good_is_due_at_the_very_end_and_none_after_it_counts() -> None:
    dues = tuple(NOON + timedelta(days=day) for day in (0, 1, 2))
    assert [made_ahead(dues, D(48), NOON + timedelta(minutes=late)) for late in (0, -1, 1)] == [3, 2, 3]
    assert made_ahead(dues, D("23.5"), NOON) == 1
    assert made_ahead(dues, D(1), NOON - timedelta(hours=2)) == 0
