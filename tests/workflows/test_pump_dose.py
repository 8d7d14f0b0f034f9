"""The dose in the volume to infuse is judged like every weighing; volume, display and stability hold for the whole run (R55)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D

import pytest

from tests.cast import ANN, BO, PAM
from tests.workflows.answers import rejected, tries
from tests.workflows.example import CABINET, photo, scan, weigh
from tests.workflows.test_pumps import (
    DEVICE,
    EMPTY,
    FU,
    MADE,
    ORDER,
    SALINE,
    SCREEN,
    SITE,
    VIALS,
    Bench,
    bench,
    until_set,
)
from workflows import budgets, measured
from workflows import commands as asked
from workflows.events import Released
from workflows.evidence import Confirmation, LabelCode
from workflows.findings import Refused
from workflows.library import CADD_CASSETTE, ELASTOMERIC_PUMP
from workflows.order import Active
from workflows.plan import Plan, plan
from workflows.rules.dating import beyond_use
from workflows.sheet import sheet
from workflows.wording import reading

COLD = {"stability_h": D(120), "storage": "2 to 8 °C", "reservoir": replace(MADE, running_h=D(72))}
THIN = replace(ORDER, dose=D(1000), actives=(Active("fluorouracil", D(1000), "mg"),))
"""20 mL of drug in 92 mL: both may be inside their own limits, and the strength that they make outside."""


def thinned(*fluids: str) -> Bench:
    """The bench before the last of these syringes of diluent is judged: 4 % more drug than planned, then g of diluent."""
    one = Bench(recipe=FU, order=THIN, workflow=CADD_CASSETTE, policy=SITE)
    one.until_claimed()
    brought = (VIALS[0], replace(SALINE, volume_ml=D(100)), EMPTY)
    for step in (scan(CABINET), *map(Confirmation, one.policy.ppe), *map(scan, brought), photo("staged")):
        one.do(step)
    for grams in ("18.40", "40.03", *(each for gain in fluids for each in ("8.00", str(D("8.00") + D(gain))))):
        one.do(weigh(grams, one.at))
    one.do(weigh("8.00", one.at))
    return one


def test_r14_a_dose_outside_its_volume_uses_up_an_attempt_like_every_weighing() -> None:
    one = thinned("34.72")
    for _ in range(3):
        assert rejected(tries(one, weigh("42.72", one.at))) == ("DOSE_NOT_IN_VOLUME",)
    fourth = one.ask(asked.Submit("", weigh("43.90", one.at)), ANN)
    assert isinstance(fourth, Refused)
    assert fourth.code == "NO_MORE_ATTEMPTS"


def test_r14_a_strength_nearer_to_its_limit_than_it_may_be_off_is_too_close_to_call_and_the_mean_decides() -> None:
    one = thinned("34.72")
    answer = tries(one, weigh("43.97", one.at))
    assert rejected(answer) == ("TOO_CLOSE",)
    says = answer[0].findings[0].says  # type: ignore[index]  # one rejected event
    assert "WHAT IS INFUSED holds 1,049" in says
    assert rejected(tries(one, weigh("43.98", one.at))) == ("TOO_CLOSE",), "the mean of both is as near"


def test_what_is_infused_has_its_uncertainty_on_the_pharmacists_page() -> None:
    one = thinned("36.10")
    one.do(weigh("44.20", one.at))
    assert one.p is not None
    (line,) = (line for line in sheet(one.p) if line.what == "dose in the volume to infuse")
    guard, given = budgets.of_infused(one.p), measured.infused(one.p)
    assert guard is not None
    assert given is not None
    assert (guard.found, guard.low, guard.high) == (given.mg, D(950), D(1050))
    assert line.expanded == f"U = {reading(guard.expanded, 1)} mg"
    assert {term.what for term in guard.terms} == {"repeatability", "readability", "density"}, (
        "one balance weighs both: what it is wrong by as a factor cancels"
    )


def test_r55_what_is_released_is_what_the_weighed_strength_makes_of_the_volume_that_runs() -> None:
    one = bench()
    until_set(one)
    one.do(SCREEN, second=BO)
    one.do(one.sign("approved for release"), PAM)
    one.do(scan(LabelCode("in_process", "INPROC01", 1, "P1", False)))
    released = next(seen.event for seen in one.log if isinstance(seen.event, Released))
    assert reading(released.dose_mg, 1) == "4,321.3", "4,322.1 mg in 92.02 mL, of which the pump runs 92 mL"


@pytest.mark.parametrize(("drug", "given"), [("43.80", "4,211.5"), ("45.80", "4,326.2")])
def test_r55_a_pump_gives_no_more_than_is_in_it_and_a_cassettes_no_more_than_it_is_told(drug: str, given: str) -> None:
    """43.80 g twice make 89.81 mL: it runs empty. 45.80 g twice make 93.65 mL: it stops after 92 mL."""
    one = bench()
    until_drawn(one, drug)
    assert one.p is not None
    found = measured.dispensed(one.p)
    assert found is not None
    assert reading(found.mg, 1) == given


def until_drawn(one: Bench, drug: str) -> None:
    one.until_claimed()
    for step in (
        scan(CABINET),
        *map(Confirmation, one.policy.ppe),
        *map(scan, (*VIALS, SALINE, EMPTY)),
        photo("staged"),
    ):
        one.do(step)
    for grams in ("18.40", str(D("18.40") + D(drug)), "18.40", str(D("18.40") + D(drug)), "8.00", "13.60"):
        one.do(weigh(grams, one.at))


def test_r55_an_elastomeric_pump_runs_all_that_is_in_it() -> None:
    one = Bench(recipe=DEVICE, order=replace(ORDER, container="elastomeric"), workflow=ELASTOMERIC_PUMP, policy=SITE)
    one.until_claimed()
    device = replace(EMPTY, item_id="flow-100", text="flow, 100 mL", part="elastomeric 2 mL/h", unit="FLOW-1")
    for step in (
        scan(CABINET),
        *map(Confirmation, one.policy.ppe),
        *map(scan, (*VIALS, SALINE, device)),
        photo("staged"),
    ):
        one.do(step)
    for grams in ("18.40", "64.20", "18.40", "64.20", "8.00", "13.60"):
        one.do(weigh(grams, one.at))
    assert one.p is not None
    found = measured.dispensed(one.p)
    assert found is not None
    assert reading(found.mg, 1) == "4,403.8", "45.80 g twice at 1.04 g/mL and 50 mg/mL"


NO_RUN = [
    ("VOLUME_NOT_SHOWN", {"rate_ml_h": D("1.9"), "duration_min": D("45.5") * 60}, {}),
    ("VOLUME_NOT_SHOWN", {}, {"reservoir": replace(MADE, residual_ml=D("0.05"))}),
    ("STABILITY_TOO_SHORT", {}, {"stability_h": D(46)}),
    ("STABILITY_TOO_SHORT", {}, {"reservoir": replace(MADE, running_h=D(45))}),
    ("RUN_STABILITY_UNKNOWN", {}, {"storage": "2 to 8 °C"}),
    ("RECIPE_INCONSISTENT", {}, {"reservoir": replace(MADE, rate_step_ml_h=D(0))}),
    ("RECIPE_INCONSISTENT", {}, {"reservoir": replace(MADE, volume_step_ml=D(0))}),
]


@pytest.mark.parametrize("row", NO_RUN, ids=[f"{n}-{row[0]}" for n, row in enumerate(NO_RUN)])
def test_r55_an_order_that_no_screen_can_show_or_no_stability_bears_is_not_opened(row: tuple[str, dict, dict]) -> None:  # type: ignore[type-arg]
    code, in_order, in_recipe = row
    found = plan(replace(ORDER, **in_order), replace(FU, **in_recipe), SITE)
    assert isinstance(found, tuple)
    assert [one.code for one in found] == [code]


def test_r55_without_a_rate_a_volume_is_chosen_that_the_pump_shows() -> None:
    found = plan(replace(ORDER, rate_ml_h=None, duration_min=D("45.5") * 60), FU, SITE)
    assert isinstance(found, Plan)
    assert found.pump is not None
    assert (found.pump.rate_ml_h, found.pump.infuse_ml) == (D("2.0"), D("91.0")), "1.9 mL/h would make 86.45 mL"


def test_r55_a_device_of_its_own_flow_has_no_screen_and_may_hold_hundredths() -> None:
    order = replace(ORDER, dose=D(4000), container="elastomeric", rate_ml_h=D("1.9"), duration_min=D("45.5") * 60)
    assert isinstance(plan(order, DEVICE, SITE), Plan)


@pytest.mark.parametrize(
    ("recipe", "hours", "why"),
    [
        ({}, 96, "sterility, category 2, 96 h at 20 to 25 °C"),
        ({"stability_h": D(120)}, 74, "stability, 120 h at 20 to 25 °C less the 46 h it runs"),
        (COLD, 120, "stability, 120 h at 2 to 8 °C"),
    ],
)  # fmt: skip
def test_r30_r55_a_pump_is_begun_so_early_that_its_run_ends_while_the_drug_is_stable(
    recipe: dict[str, object], hours: int, why: str
) -> None:
    one = bench(**recipe)
    until_drawn(one, "44.93")
    assert one.p is not None
    limit, began = beyond_use(one.p), one.p.started_at
    assert limit is not None
    assert began is not None
    assert (limit.at - began, limit.limited_by) == (timedelta(hours=hours), why)
