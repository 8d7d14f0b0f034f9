"""Worked example 5.2 as numbers: capecitabine 2,000 mg twice daily for 14 days is 112 tablets of 500 mg; and what is not."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal as D

import pytest

from workflows.counting import CountPlan, count_plan
from workflows.order import Active, Base, Order
from workflows.recipe import DEFAULT_POLICY, CountRecipe
from workflows.worlds import order_of

SIGNED = ("Pam Pharmacist", "Quin Pharmacist")
POLICY = replace(DEFAULT_POLICY, signed_by=SIGNED, zone="America/New_York")
RECIPE = CountRecipe(
    name="capecitabine-500-tablets", version=1, signed_by=SIGNED, drug="capecitabine", printed_drug="capecitabine",
    form="film-coated tablets", items=("capecitabine-500mg-teva",), ndcs=("0093-7474-89",), strength_mg=D(500),
    bottle_holds=120, storage="20 to 25 °C",
)  # fmt: skip
ORDER: Order = replace(
    order_of("capecitabine", "2000", "", "1"), base=None, container="tablets", route="PO", rate_ml_h=None, duration_min=None,
    frequency="BID", doses_total=28, dispense_quantity=D(112), dispense_unit="TAB", strength="500 mg",
    due_at=datetime(2026, 3, 11, 13, tzinfo=UTC),
)  # fmt: skip


def test_r54_example_5_2_is_112_tablets_from_one_bottle_of_120() -> None:
    found = count_plan(ORDER, RECIPE, POLICY)
    assert found == CountPlan(
        ordered_mg=D(2000), strength_mg=D(500), each_time=4, times_a_day=2, doses=28, count=112, bottles=1,
        container="tablets", last_day=date(2026, 3, 24),
    )  # fmt: skip
    assert found.total_mg == D(56_000)
    assert found.taking_days == 14


def test_r54_150_mg_tablets_of_the_same_drug_are_another_recipe() -> None:
    found = count_plan(ORDER, replace(RECIPE, strength_mg=D(150)), POLICY)
    assert isinstance(found, tuple)
    assert {one.code for one in found} == {"STRENGTH_DIFFERS", "SPLIT_NEEDED"}


@pytest.mark.parametrize(
    ("code", "in_order", "in_recipe"),
    [
        ("NUMBER_DIFFERS", {"dispense_quantity": D(111)}, {}),
        ("NUMBER_DIFFERS", {"doses_total": 26}, {}),
        ("NUMBER_MISSING", {"dispense_quantity": None}, {}),
        ("SPLIT_NEEDED", {"dose": D(1750)}, {}),
        ("DOSES_MISSING", {"doses_total": None}, {}),
        ("DAYS_NOT_WHOLE", {"doses_total": 27, "dispense_quantity": D(108)}, {}),
        ("FREQUENCY_UNKNOWN", {"frequency": "WEEKLY"}, {}),
        ("FREQUENCY_UNKNOWN", {"frequency": ""}, {}),
        ("DOSE_NOT_A_MASS", {"dose_unit": "[iU]"}, {}),
        ("STRENGTH_DIFFERS", {"strength": "150 mg"}, {}),
        ("ROUTE_NOT_ALLOWED", {"route": "IV"}, {}),
        ("CONTAINER_NOT_ALLOWED", {"container": "capsules"}, {}),
        ("MIXTURE_NOT_MADE", {"base": Base("sodium chloride 0.9 %", D(50))}, {}),
        ("TOO_MANY_DAYS", {}, {"most_days": 13}),
        ("NOT_SIGNED", {}, {"signed_by": SIGNED[:1]}),
        ("UNCONFIRMED", {}, {"unconfirmed": ("strength",)}),
        ("RECIPE_INCONSISTENT", {}, {"bottle_holds": 0}),
    ],
)
def test_r54_r57_what_is_no_such_count_is_not_opened(code: str, in_order: dict, in_recipe: dict) -> None:  # type: ignore[type-arg]
    found = count_plan(replace(ORDER, **in_order), replace(RECIPE, **in_recipe), POLICY)
    assert isinstance(found, tuple)
    assert [one.code for one in found] == [code]


def test_r54_methotrexate_by_mouth_for_every_day_is_never_counted() -> None:
    order = replace(ORDER, drug="methotrexate", actives=(Active("methotrexate", D(2000), "mg"),))
    found = count_plan(order, replace(RECIPE, drug="methotrexate"), POLICY)
    assert isinstance(found, tuple)
    assert [one.code for one in found] == ["DAILY_SCHEDULE"]


def test_a_site_that_says_nothing_of_counting_counts_nothing() -> None:
    found = count_plan(ORDER, RECIPE, replace(POLICY, counting=None))
    assert isinstance(found, tuple)
    assert [one.code for one in found] == ["POLICY_WITHOUT_COUNTING"]


@pytest.mark.parametrize("loose", [{"ppe": ("mask",)}, {"competencies": (" ",)}, {"photos": ("final",)}])
def test_r21_r35_r44_no_site_policy_counts_without_gloves_competency_or_pictures(loose: dict) -> None:  # type: ignore[type-arg]
    assert POLICY.counting is not None
    found = count_plan(ORDER, RECIPE, replace(POLICY, counting=replace(POLICY.counting, **loose)))
    assert isinstance(found, tuple)
    assert [one.code for one in found] == ["POLICY_TOO_LOOSE"]
