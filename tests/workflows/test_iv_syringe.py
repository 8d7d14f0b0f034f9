"""A syringe that is itself the final container: 40 mg of a 2 mg/mL solution, drawn once, labelled, approved, released."""

from dataclasses import replace
from decimal import Decimal as D

import pytest

from tests.cast import ANN, PAM, PRINTER
from tests.workflows.example import (
    CABINET,
    DILUENT,
    POLICY,
    RECIPE,
    Bench,
    device,
    measured_density,
    order,
    photo,
    scan,
    vial,
    weigh,
)
from workflows import commands as asked
from workflows.events import Closed, Redone, Released
from workflows.evidence import Confirmation, LabelCode, Printed
from workflows.findings import Refused
from workflows.gates import waiting
from workflows.instructions import instruction
from workflows.library import LIBRARY, making
from workflows.library.iv_syringe import IV_SYRINGE
from workflows.order import Active, Base
from workflows.plan import Plan, plan
from workflows.recipe import Recipe
from workflows.sheet import sheet
from workflows.upcasting import upcast

DRAWN = replace(
    RECIPE, name="doxorubicin-2-syringe", drug="doxorubicin", printed_drug="DOXOrubicin", items=("doxorubicin-25ml",),
    ndcs=("63323-883-30",), concentration_mg_ml=D(2), density=measured_density("1.005"), vial_mg=D(50), vial_ml=D(25),
    reconstitution=None, bases=(), containers=("syringe",), final_min_mg_ml=None, waste_unit_mg=D(10),
)  # fmt: skip
ORDER = replace(
    order(), drug="doxorubicin", dose=D(40), actives=(Active("doxorubicin", D(40), "mg", "2 mg/mL"),), container="syringe",
    base=None, rate_ml_h=None, duration_min=D(5), total_volume_ml=None,
)  # fmt: skip
ONE = vial(
    "DOX-A", item_id="doxorubicin-25ml", text="doxorubicin 50 mg solution", drug="doxorubicin", ndc="63323-883-30",
    concentration_mg_ml=D(2), amount_mg=D(50), lot="DX1",
)  # fmt: skip


def bench(recipe: Recipe = DRAWN) -> Bench:
    return Bench(recipe=recipe, order=ORDER, workflow=IV_SYRINGE, diluent=DILUENT)


def until_drawn(one: Bench, full: str = "38.49") -> None:
    one.until_claimed()
    one.do(scan(CABINET))
    for item in one.policy.ppe:
        one.do(Confirmation(item))
    one.do(scan(ONE))
    assert one.p is not None
    assert one.p.plan.devices == ("vial adaptor", "syringe connector"), "nothing goes into a bag"
    for part in one.p.plan.devices:
        one.do(scan(device(part)))
    one.do(photo("staged"))
    one.do(weigh("18.42", one.at))
    one.do(weigh(full, one.at))


def until_labelled(one: Bench) -> None:
    until_drawn(one)
    one.do(photo("syringes"))
    if one.recipe.hold:
        one.do(one.sign("pre-mix approved"), PAM)
    one.do(photo("empty"))
    one.do(Printed("final", "FINAL001", 1, "bb", "spool"), PRINTER)
    one.do(scan(LabelCode("final", "FINAL001", 1, "P1", False)))


def test_r47_forty_mg_are_twenty_ml_in_one_syringe_of_thirty_five() -> None:
    made = plan(ORDER, DRAWN, POLICY)
    assert isinstance(made, Plan)
    assert (made.volume_ml, made.vials, made.syringes_ml, made.gain) == (D(20), 1, (D(35),), None)
    assert (made.draw.low_g, made.draw.expected_g, made.draw.high_g) == (D("19.0950"), D("20.100"), D("21.1050"))
    assert (made.base, made.base_ml, made.final_mg_ml) == ("", D(0), D(2))


def test_r8_what_is_drawn_is_what_is_released_and_the_rest_is_accounted_for() -> None:
    one = bench()
    until_labelled(one)
    one.do(photo("final"))
    one.do(one.sign("approved for release"), PAM)
    one.do(scan(LabelCode("in_process", "INPROC01", 1, "P1", False)))
    one.do(Confirmation("leftovers discarded"))
    released = next(seen.event for seen in one.log if isinstance(seen.event, Released))
    assert round(released.dose_mg, 2) == D("39.94"), "20.07 g / 1.005 g/mL * 2 mg/mL"
    closed = next(seen.event for seen in one.log if isinstance(seen.event, Closed))
    assert (closed.wasted_ml, closed.wasted_mg) == (D(5), D(10))
    fates = [(each.unit, each.fate) for each in closed.accounts]
    assert fates == [("DOX-A", "used, rest wasted"), ("", "used"), ("", "used")]


def test_its_table_compares_no_bag_and_shows_the_strength_in_the_syringe() -> None:
    one = bench()
    until_labelled(one)
    assert one.p is not None
    lines = {line.what: line for line in sheet(one.p)}
    assert not [what for what in lines if "bag" in what]
    assert (lines["final concentration"].found, lines["final concentration"].formula) == (
        "2.00 mg/mL",
        "39.9 mg ÷ 19.97 mL",
    )
    assert lines["syringe 1"].found == "20.07 g"


def test_no_instruction_of_a_syringe_speaks_of_a_bag_or_of_injecting() -> None:
    one = bench(replace(DRAWN, hold=True))
    one.open()
    assert one.p is not None
    words = [instruction(one.p, slot) for slot in IV_SYRINGE.slots(one.p)]
    assert not [each for each in words if "bag" in f"{each}" or "nject" in f"{each.task}{each.name}{each.detail}"]
    assert "Put the label on the syringe. Scan it." in [each.task for each in words]


def test_r14_an_overdrawn_syringe_has_no_way_on() -> None:
    one = bench()
    until_drawn(one)
    over = bench()
    with pytest.raises(AssertionError, match="TOO MUCH IN SYRINGE 1"):
        until_drawn(over, "40.55")
    assert over.p is not None
    assert [miss.codes for miss in over.p.near_misses] == [("TOO_MUCH", "SUM_OUTSIDE")]
    assert waiting(IV_SYRINGE, over.p)[0].name == "syringe-full:1"


def test_r22_a_held_syringe_waits_for_a_pharmacist_before_its_label() -> None:
    one = bench(replace(DRAWN, hold=True))
    until_drawn(one)
    one.do(photo("syringes"))
    assert one.p is not None
    assert [slot.name for slot in waiting(IV_SYRINGE, one.p)] == ["premix"]
    early = one.ask(asked.Submit("", Printed("final", "FINAL001", 1, "bb", "spool")), PRINTER)
    assert isinstance(early, Refused)


def test_l5_a_syringe_drawn_anew_after_its_label_takes_a_new_copy_and_the_old_one_is_void() -> None:
    one = bench()
    until_labelled(one)
    again = one.ask(asked.Redo("syringe", 1, "dropped"), ANN)
    assert isinstance(again, tuple)
    assert isinstance(again[0], Redone)
    assert {"syringe-empty:1", "syringe-full:1", "label-print", "label-scan"} <= set(again[0].slots)
    one.do(weigh("18.40", one.at))
    one.do(weigh("38.45", one.at))
    one.do(photo("syringes again"))
    one.do(photo("empty again"))
    one.do(Printed("final", "FINAL001", 2, "bb", "spool"), PRINTER)
    old = one.ask(asked.Submit("", scan(LabelCode("final", "FINAL001", 1, "P1", False))), ANN)
    assert isinstance(old, tuple)
    assert "VOID" in one.p.near_misses[-1].says if one.p else False
    one.do(scan(LabelCode("final", "FINAL001", 2, "P1", False)))


def test_r14_the_filled_syringe_is_never_simply_taken_back() -> None:
    one = bench()
    until_drawn(one)
    back = one.ask(asked.Back(), ANN)
    assert isinstance(back, Refused)
    assert back.code == "LIQUID_MOVED"


BY_NAME = "vinorelbine"
REFUSED = [
    ("VINCA_NOT_IN_A_BAG", {}, {"vinca": True, "hold": True}),
    ("VINCA_NOT_IN_A_BAG", {"drug": BY_NAME, "actives": (Active(BY_NAME, D(40), "mg"),)}, {"drug": BY_NAME, "hold": True}),
    ("DILUTION_NOT_MADE", {"base": Base("sodium chloride 0.9 %", D(10))}, {}),
    ("SEVERAL_SYRINGES", {"dose": D(96), "actives": (Active("doxorubicin", D(96), "mg"),)}, {}),
    ("CONTAINER_NOT_ALLOWED", {}, {"containers": ("bag",)}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "in_order", "in_recipe"), REFUSED, ids=[f"{n}-{row[0]}" for n, row in enumerate(REFUSED)]
)
def test_l3_r47_an_order_that_no_syringe_can_fill_is_not_opened(code: str, in_order: dict, in_recipe: dict) -> None:  # type: ignore[type-arg]
    found = plan(replace(ORDER, **in_order), replace(DRAWN, **in_recipe), POLICY)
    assert isinstance(found, tuple)
    assert [one.code for one in found] == [code]


def test_each_container_has_one_workflow_and_an_unknown_one_is_refused_in_words() -> None:
    assert [making(kind) for kind in ("bag", "minibag", "syringe")] == [
        LIBRARY[f"iv-{kind}-gravimetric"] for kind in ("bag", "bag", "syringe")
    ]
    for kind in ("vial", None):
        answer = making(kind)  # type: ignore[arg-type]  # a word of the order's own list
        assert isinstance(answer, Refused)
        assert "bag, minibag, syringe, cassette, elastomeric, tablets, capsules" in answer.says


def test_a_workflow_opens_no_order_for_a_container_it_does_not_fill() -> None:
    wrong = Bench(workflow=IV_SYRINGE)
    answer = wrong.ask(asked.Open(wrong.order, wrong.recipe, wrong.policy), PAM)
    assert isinstance(answer, Refused)
    assert "makes syringe" in answer.says


def test_an_opened_record_of_before_syringes_is_read_as_one_of_a_bag() -> None:
    old = {"plan": {"base": "dextrose 5 %"}, "recipe": {"name": "x"}, "order": {"container": "minibag"}}
    new = upcast("opened", 1, old)
    assert (new["plan"]["container"], new["recipe"]["containers"]) == ("minibag", ["bag", "minibag"])
    assert "container" not in old["plan"], "what is stored is not touched"
