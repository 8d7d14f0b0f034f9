"""A liquid by mouth: which orders and recipes are for it, what is refused, and who may draw it (R54)."""

from dataclasses import replace
from decimal import Decimal as D

import pytest

from workflows import oral
from workflows.authoring import wrong_in
from workflows.order import Order
from workflows.plan import Plan, plan
from workflows.recipe import Policy, Recipe, Reconstitution
from workflows.worlds_of_oral import ONE_DOSE, SITE, SWALLOWED
from workflows.worlds_of_syringes import DRAWN

ORDER: Order = ONE_DOSE.opening.order


def codes(order: Order = ORDER, recipe: Recipe = SWALLOWED, policy: Policy = SITE) -> set[str]:
    found = plan(order, recipe, policy)
    return set() if isinstance(found, Plan) else {one.code for one in found}


def weekly_only(drug: str, often: str) -> tuple[Order, Recipe]:
    """An order for a drug that kills when taken daily, and its recipe."""
    actives = tuple(replace(one, drug=drug) for one in ORDER.actives)
    return (
        replace(ORDER, drug=drug, actives=actives, frequency=often, doses_total=1),
        replace(SWALLOWED, drug=drug, printed_drug=drug),
    )


def test_r54_one_and_a_half_ml_are_drawn_into_an_oral_syringe_of_three() -> None:
    found = plan(ORDER, SWALLOWED, SITE)
    assert isinstance(found, Plan)
    assert (found.container, found.syringes_ml, found.volume_ml, found.gain, found.devices) == (
        *("oral syringe", (D(3),)),
        *(D("1.5"), None, ()),
    )


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("SEVERAL_DOSES", {"doses_total": 2}),
        ("SEVERAL_DOSES", {"frequency": "BID"}),
        ("SEVERAL_DOSES", {"frequency": "1 per 1 wk"}),
        ("VOLUME_DIFFERS", {"total_volume_ml": D(15)}),
        ("VOLUME_DIFFERS", {"total_volume_ml": D("1.61")}),
        ("VOLUME_DIFFERS", {"total_volume_ml": D("1.39")}),
        ("BETWEEN_TWO_MARKS", {"dose": D("1.55")}),
        ("ROUTE_NOT_ALLOWED", {"route": "IV"}),
        ("NO_ORAL_SYRINGE", {"container": "syringe"}),
        ("NO_ORAL_SYRINGE", {"container": None}),
        ("SEVERAL_SYRINGES", {"dose": D(46)}),
    ],
)
def test_r54_an_order_that_is_no_dose_for_the_mouth_says_why(code: str, changes: dict[str, object]) -> None:
    assert code in codes(replace(ORDER, **changes))  # type: ignore[arg-type]  # a table of plain values


@pytest.mark.parametrize(
    "changes",
    [
        {"frequency": "BID", "doses_total": 1},
        {"frequency": "Once"},
        {"total_volume_ml": D("1.6")},
        {"total_volume_ml": D("1.50")},
    ],
)
def test_r54_one_dose_of_a_repeated_one_and_a_volume_within_a_mark_are_drawn(changes: dict[str, object]) -> None:
    assert codes(replace(ORDER, **changes)) == set()  # type: ignore[arg-type]  # a table of plain values


def test_r54_a_recipe_for_a_syringe_never_fills_one_for_the_mouth_though_it_names_that_route() -> None:
    luer = replace(DRAWN, routes=("PO",))
    assert {"ORAL_RECIPE", "NO_ORAL_SYRINGE"} <= codes(replace(ORDER, container="syringe"), luer)


@pytest.mark.parametrize("often", ["BID", "QD", "daily"])
def test_r54_methotrexate_by_mouth_for_every_day_is_never_drawn(often: str) -> None:
    assert codes(*weekly_only("methotrexate", often)) == {"DAILY_SCHEDULE"}


@pytest.mark.parametrize("drug", ["methotrexate", "Methotrexat", "méthotrexate", "metotrexato", "метотрексат"])
@pytest.mark.parametrize(
    "often", ["", "ONCE DAILY", "QDAY", "1 per 1 d", "7 per 1 wk", "1 per 7 h", "once (1 per 1 d)", "WEEKLY X", "Q7D?"]
)
def test_r54_methotrexate_by_mouth_as_often_as_nobody_can_tell_is_never_drawn(drug: str, often: str) -> None:
    assert codes(*weekly_only(drug, often)) == {"FREQUENCY_UNKNOWN"}


@pytest.mark.parametrize("often", ["ONCE", "once", " Weekly ", "Q1W", "QWEEK", "WK", "1 per 7 d", "1 per 1 wk"])
def test_r54_methotrexate_by_mouth_for_once_or_for_once_a_week_is_drawn(often: str) -> None:
    assert codes(*weekly_only("methotrexate", often)) == set()


@pytest.mark.parametrize(
    "changes",
    [
        {"routes": ("PO", "IV")},
        {"containers": ("oral syringe", "syringe")},
        {"vinca": True},
        {"drug": "vincristine", "printed_drug": "vincristine"},
        {"bases": ("water",)},
        {"may_be_shared": True},
        {"stability_h": D(87600)},
        {"stability_h": D(841)},
        {"reconstitution": Reconstitution("water", D(10), SWALLOWED.density, None, "A", D("0.05"), "dissolved")},
    ],
)
def test_r49_r54_a_recipe_that_is_not_for_the_mouth_alone_is_not_signed(changes: dict[str, object]) -> None:
    assert list(oral.wrong_in(SWALLOWED)) == []
    wrong = replace(SWALLOWED, **changes)  # type: ignore[arg-type]  # a table of plain values
    assert list(oral.wrong_in(wrong)) != []
    assert set(oral.wrong_in(wrong)) <= set(wrong_in(wrong))


def test_r30_r54_a_dose_by_mouth_is_dated_35_days_at_most_and_no_order_is_opened_by_a_recipe_that_says_more() -> None:
    assert codes(recipe=replace(SWALLOWED, stability_h=D(840))) == set()
    assert codes(recipe=replace(SWALLOWED, stability_h=D(87600))) == {"ORAL_RECIPE"}


@pytest.mark.parametrize(
    ("size", "marks"), [("1", "0.05"), ("3", "0.1"), ("5", "0.2"), ("10", "0.5"), ("20", "1"), ("35", "1"), ("60", "2")]
)
def test_r54_the_marks_of_an_oral_syringe_are_as_far_apart_as_the_procedure_says(size: str, marks: str) -> None:
    assert oral.mark_ml(D(size)) == D(marks)


def test_r44_a_site_that_asks_nothing_of_whoever_counts_tablets_draws_nothing_by_mouth() -> None:
    assert codes(policy=replace(SITE, counting=None)) == {"POLICY_TOO_LOOSE"}
