"""Worked example 5.2 as numbers: capecitabine 2,000 mg twice daily for 14 days is 112 tablets of 500 mg; and what is not."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from fractions import Fraction as F
from zoneinfo import ZoneInfo

import pytest

from tests.workflows import by_hand
from workflows.counting import CountPlan, count_plan, directions
from workflows.order import Active, Base, Container, Instruction, Order
from workflows.recipe import DEFAULT_POLICY, CountRecipe
from workflows.taking import OFTEN, TIMES_A_DAY
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
        ("TOO_MANY_DAYS", {"doses_total": 734, "dispense_quantity": D(2936)}, {}),
        ("NUMBER_TOO_LARGE", {"dose": D(20_000), "doses_total": 700, "dispense_quantity": D(28_000)}, {}),
        ("DUE_IMPOSSIBLE", {"due_at": datetime(9999, 12, 31, 23, tzinfo=UTC)}, {}),
        ("DUE_IMPOSSIBLE", {"due_at": datetime(1, 1, 1, tzinfo=UTC)}, {}),
        ("NOT_SIGNED", {}, {"signed_by": SIGNED[:1]}),
        ("UNCONFIRMED", {}, {"unconfirmed": ("strength",)}),
        ("RECIPE_INCONSISTENT", {}, {"bottle_holds": 0}),
    ],
)
def test_r54_r57_what_is_no_such_count_is_not_opened(code: str, in_order: dict, in_recipe: dict) -> None:  # type: ignore[type-arg]
    found = count_plan(replace(ORDER, **in_order), replace(RECIPE, **in_recipe), POLICY)
    assert isinstance(found, tuple)
    assert [one.code for one in found] == [code]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("Take 3 tablets after food", "3 tablets"),
        ("Take four film-coated tablets twice a day, half a tablet at noon", "half a tablet"),
        ("Take 4 and a half tablets", "4 and a half tablets"),
        ("1,000 mg with water", "1,000 mg"),
        ("2000 mg daily", "2000 mg daily"),
        ("Once a day after food", "once a day"),
        ("Take 3 times daily", "3 times"),
        ("Every 8 hours", "every 8 hours"),
        ("500 mg tablets, tid", "tid"),
        ("2,000 mg weekly", "weekly"),
        ("At bedtime", "bedtime"),
        ("For 7 days", "for 7 days"),
        ("Days 1 to 21, then 7 days off", "days 1 to 21"),
        ("Crush and stir into water", "crush"),
    ],
)
def test_r54_words_for_the_patient_that_say_other_than_the_numbers_are_not_opened(words: str, said: str) -> None:
    found = count_plan(replace(ORDER, instructions=(Instruction("admin", words),)), RECIPE, POLICY)
    assert isinstance(found, tuple)
    assert [one.code for one in found] == ["DIRECTIONS_DIFFER"]
    assert f"“{said}”" in found[0].says


@pytest.mark.parametrize(
    "words",
    [
        "4 tablets morning and evening within 30 minutes after food, days 1-14, then 7 days off",
        "2000 mg twice daily within 30 minutes after food, days 1-14",
        "Take 2,000 mg (4 tablets of 500 mg) every 12 hours for 2 weeks. Do not crush, split or chew.",
        "4000 mg/day (1250 mg/m2 BID)",
        "Nach dem Essen einnehmen",
    ],
)
def test_r54_words_that_say_the_same_are_printed_as_they_are(words: str) -> None:
    order = replace(ORDER, instructions=(Instruction("admin", words),))
    plan = count_plan(order, RECIPE, POLICY)
    assert isinstance(plan, CountPlan)
    assert directions(order, plan) == f"4 tablets morning and evening. {words}"


@pytest.mark.parametrize(
    ("dose", "container", "words"),
    [("500", "tablets", "1 tablet"), ("500", "capsules", "1 capsule"), ("1000", "tablets", "2 tablets")],
)
def test_r54_one_tablet_is_one_and_not_1_tablets(dose: str, container: Container, words: str) -> None:
    each = int(D(dose) / RECIPE.strength_mg)
    order = replace(
        ORDER,
        dose=D(dose),
        actives=tuple(replace(one, amount=D(dose)) for one in ORDER.actives),
        container=container,
        dispense_quantity=each * D(ORDER.doses_total or 0),
    )
    plan = count_plan(order, replace(RECIPE, containers=(container,)), POLICY)
    assert isinstance(plan, CountPlan)
    assert directions(order, plan).startswith(f"{words} morning and evening")


@pytest.mark.parametrize(
    ("frequency", "words"),
    [("QHS", "4 tablets at bedtime"), ("QAM", "4 tablets in the morning"), ("QD", "4 tablets once a day")],
)
def test_r54_once_a_day_says_when_where_the_order_does(frequency: str, words: str) -> None:
    order = replace(ORDER, frequency=frequency, doses_total=14, dispense_quantity=D(56))
    plan = count_plan(order, RECIPE, POLICY)
    assert isinstance(plan, CountPlan)
    assert directions(order, plan) == words
    other = {"QHS": "in the morning", "QAM": "in the evening"}.get(frequency, "morning and evening")
    found = count_plan(replace(order, instructions=(Instruction("admin", f"Take it {other}"),)), RECIPE, POLICY)
    assert isinstance(found, tuple)
    assert [one.code for one in found] == ["DIRECTIONS_DIFFER"]


@pytest.mark.parametrize("drug", ["methotrexate", "Methotrexat", "méthotrexate", "metotrexato", "метотрексат"])
def test_r54_methotrexate_by_mouth_for_every_day_is_never_counted(drug: str) -> None:
    order = replace(ORDER, drug=drug, actives=(Active(drug, D(2000), "mg"),))
    found = count_plan(order, replace(RECIPE, drug=drug), POLICY)
    assert isinstance(found, tuple)
    assert [one.code for one in found] == ["DAILY_SCHEDULE"]


def test_every_frequency_that_is_counted_for_has_its_words() -> None:
    assert OFTEN.keys() == TIMES_A_DAY.keys()


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


def count_one(chance: random.Random) -> None:
    """One random order for tablets: number, bottles and last day as by hand, or refused where a tablet would be split."""
    strength, a_day = chance.choice((5, 20, 50, 100, 150, 250, 500)), chance.choice((1, 2, 3, 4))
    dose = strength * chance.randint(1, 8) + chance.choice((0, 0, 0, strength / 2))
    doses, holds = a_day * chance.randint(1, 40), chance.choice((14, 28, 30, 60, 120))
    wanted = by_hand.units(F(dose), F(strength), doses)
    order = replace(
        ORDER, dose=D(str(dose)), frequency={1: "QD", 2: "BID", 3: "TID", 4: "QID"}[a_day], doses_total=doses,
        dispense_quantity=D(wanted or 1), strength="", due_at=ORDER.due_at + timedelta(hours=chance.randint(0, 9000)),
    )  # fmt: skip
    found = count_plan(order, replace(RECIPE, strength_mg=D(strength), bottle_holds=holds), POLICY)
    if wanted is None:
        assert isinstance(found, tuple)
        assert [one.code for one in found] == ["SPLIT_NEEDED"]
        return
    assert isinstance(found, CountPlan)
    first = order.due_at.astimezone(ZoneInfo(POLICY.zone)).date()
    assert (found.count, found.bottles, found.last_day) == (
        wanted, by_hand.bottles(wanted, holds), by_hand.last_day(first, doses, a_day),
    )  # fmt: skip
    assert F(found.total_mg) == F(dose) * doses


def test_r54_a_sample_of_random_orders_is_counted_as_worked_out_by_hand() -> None:
    chance = random.Random("a sample of counts")
    for _ in range(300):
        count_one(chance)


@pytest.mark.soak
def test_r54_100_000_random_orders_are_counted_as_worked_out_by_hand() -> None:
    chance = random.Random("counts")
    for _ in range(100_000):
        count_one(chance)
