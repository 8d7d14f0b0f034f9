"""An intrathecal dose is set apart: recipe, container, cabinet, a pharmacist's look; what kills there is never made for it."""

from dataclasses import replace
from decimal import Decimal as D

import pytest

from labels.wording import is_vinca
from tests.cast import ANN, BO
from tests.workflows.example import CABINET, Bench, scan
from tests.workflows.test_iv_syringe import DRAWN, ORDER, bench
from workflows import commands as asked
from workflows import events as happened
from workflows.authoring import wrong_in
from workflows.evidence import CabinetCode, Confirmation
from workflows.fatal import BY_SPINE, named
from workflows.findings import Refused
from workflows.gates import waiting
from workflows.library.iv_syringe import IV_SYRINGE
from workflows.order import Active, Base
from workflows.plan import Plan, plan
from workflows.properties_of_names import is_fatal
from workflows.rules.intrathecal import APART

RECIPE = replace(
    DRAWN, name="methotrexate-25-intrathecal", drug="methotrexate", printed_drug="methotrexate", routes=("IT",), hold=True,
    preservative_free=True,
)  # fmt: skip
SPINAL = replace(ORDER, drug="methotrexate", route="IT", actives=(Active("methotrexate", D(40), "mg", "2 mg/mL"),))
POLICY = replace(bench().policy, photos=("syringes", "final"))


def codes(order: object = SPINAL, recipe: object = RECIPE) -> set[str]:
    found = plan(order, recipe, POLICY)  # type: ignore[arg-type]  # as the cases change them
    return set() if isinstance(found, Plan) else {one.code for one in found}


def test_r22_an_intrathecal_dose_has_a_recipe_of_its_own_and_is_one_syringe() -> None:
    assert codes() == set()
    for changes in ({"routes": ("IV", "IT")}, {"preservative_free": False}, {"hold": False}):
        assert "INTRATHECAL_RECIPE" in codes(recipe=replace(RECIPE, **changes)), changes  # type: ignore[arg-type]
    both = replace(RECIPE, containers=("syringe", "bag"), bases=("sodium chloride 0.9 %",))
    in_a_bag = replace(SPINAL, container="bag", base=Base("sodium chloride 0.9 %", D(50)), rate_ml_h=D(10))
    assert {"INTRATHECAL_RECIPE", "INTRATHECAL_CONTAINER"} <= codes(in_a_bag, both)
    assert "INTRATHECAL_RECIPE" in codes(replace(SPINAL, route="IV"), replace(RECIPE, routes=("IT", "IV")))
    assert codes(replace(ORDER, route="IT"), DRAWN) >= {"ROUTE_NOT_ALLOWED"}, "another drug's recipe is for a vein"


@pytest.mark.parametrize("drug", ["bortezomib", "vincristine", "vincristine liposomal", "Vinorelbin"])
def test_l3_a_drug_that_kills_in_the_spine_is_never_made_for_it_whatever_was_signed(drug: str) -> None:
    order = replace(SPINAL, drug=drug, actives=(Active(drug, D(40), "mg", "2 mg/mL"),))
    recipe = replace(RECIPE, drug=drug, printed_drug=drug)
    assert {"INTRATHECAL_RECIPE", "INTRATHECAL_FATAL"} <= codes(order, recipe)
    assert any("fatal" in says for says in wrong_in(recipe))


@pytest.mark.parametrize(
    "drug",
    [
        "doxorubicin",
        "daunorubicin",
        "cisplatin",
        "fluorouracil",
        "paclitaxel",
        "daunorubicin and cytarabine",
        "cytarabine liposomal",
    ],
)
def test_l3_a_drug_that_nobody_gives_into_the_spine_is_refused_for_it(drug: str) -> None:
    order = replace(SPINAL, drug=drug, actives=(Active(drug, D(40), "mg", "2 mg/mL"),))
    recipe = replace(RECIPE, drug=drug, printed_drug=drug)
    assert {"INTRATHECAL_RECIPE", "INTRATHECAL_NOT_GIVEN"} <= codes(order, recipe)
    assert any("none of what is given by the intrathecal route" in says for says in wrong_in(recipe))


@pytest.mark.parametrize(
    "drug", ["methotrexate", "Methotrexat", "cytarabine", "hydrocortisone sodium succinate", "thiotepa"]
)
def test_l3_what_is_given_there_is_known_by_its_name(drug: str) -> None:
    assert wrong_in(replace(RECIPE, drug=drug.casefold(), printed_drug=drug)) == ()


def test_r29_no_recipe_for_the_spine_is_signed_without_what_it_needs() -> None:
    assert wrong_in(RECIPE) == ()
    assert any("free of preservative" in says for says in wrong_in(replace(RECIPE, preservative_free=False)))
    assert any("looks at an intrathecal dose" in says for says in wrong_in(replace(RECIPE, hold=False)))


def claimed() -> Bench:
    one = Bench(recipe=RECIPE, order=SPINAL, policy=POLICY, workflow=IV_SYRINGE)
    one.until_claimed()
    return one


def tries(one: Bench, cabinet: CabinetCode) -> str:
    answer = one.ask(asked.Submit("", scan(cabinet)))
    assert not isinstance(answer, Refused)
    return answer[0].findings[0].code if isinstance(answer[0], happened.Rejected) else ""


def test_r42_its_cabinet_is_clean_of_the_same_drug_too_and_looked_into_before_gloves() -> None:
    one = claimed()
    for last in ("methotrexate", "vincristine"):
        assert tries(one, replace(CABINET, last_drug=last, decontaminated=False)) == "NOT_DECONTAMINATED"
    assert tries(one, replace(CABINET, last_drug="vincristine", decontaminated=True)) == ""
    assert one.p is not None
    assert [slot.name for slot in waiting(IV_SYRINGE, one.p)] == ["apart"]
    wrong = one.ask(asked.Submit("", Confirmation("all is well")))
    assert not isinstance(wrong, Refused)
    assert isinstance(wrong[0], happened.Rejected)
    one.do(Confirmation(APART))
    assert waiting(IV_SYRINGE, one.p)[0].step.name == "ppe"


def test_r20_at_another_station_its_cabinet_is_scanned_and_looked_into_again() -> None:
    one = claimed()
    one.do(scan(CABINET))
    one.do(Confirmation(APART))
    one.station = "HOOD-2"
    assert not isinstance(one.ask(asked.HandOver(), ANN, BO), Refused)
    assert one.p is not None
    assert {"cabinet", "apart"}.isdisjoint(one.p.entries)


def test_a_dose_for_a_vein_is_asked_none_of_this() -> None:
    one = bench()
    one.until_claimed()
    assert tries(one, replace(CABINET, last_drug=DRAWN.drug, decontaminated=False)) == ""
    assert one.p is not None
    assert waiting(IV_SYRINGE, one.p)[0].step.name == "ppe"


VINCAS_AS_WRITTEN = (
    "vinCRIStine Vincristin vincristina vincristína VINCRISTİNE vinkristin vinkrisztin winkrystyna винкристин βινκριστίνη",
    "vinBLAStine Vinblastin winblastyna vinblastína винбластин βινβλαστίνη Vinorelbin vinorelbiini winorelbina винорелбин",
    "βινορελβίνη Vindesin vindesina виндезин βινδεσίνη Vinflunin vinflunina vinfluniini винфлунин",
)


@pytest.mark.parametrize("name", " ".join(VINCAS_AS_WRITTEN).split())
def test_l3_a_vinca_drug_is_known_however_its_name_is_written(name: str) -> None:
    unflagged = replace(RECIPE, drug=name, vinca=False)
    assert unflagged.is_vinca
    assert is_fatal(unflagged), "the checker has its own list"
    assert is_vinca(name), "and so have the labels"
    assert named(name, BY_SPINE)


@pytest.mark.parametrize("name", ["cyclophosphamide", "vidarabine", "azacitidine", "винбарбитал"])
def test_l3_no_other_drug_is_taken_for_one(name: str) -> None:
    assert not replace(RECIPE, drug=name).is_vinca
    assert not is_fatal(replace(RECIPE, drug=name))
    assert not is_vinca(name)
