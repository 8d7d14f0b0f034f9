"""An order and a recipe become a plan, or every reason why not."""

from dataclasses import replace
from decimal import Decimal as D
from typing import Any

import pytest

from tests.workflows.example import NS, POLICY, RECIPE, measured_density, order
from workflows.order import Active, Base, Order
from workflows.plan import Plan, plan
from workflows.recipe import DensityOf, Policy, Recipe, ToleranceBand

ORDER = order()
MAKING = RECIPE.reconstitution
ESTIMATED = DensityOf(D("1.009"), "estimated", D("0.02"), True)
UNSIGNED = DensityOf(D("1.009"), "measured", D("0.0005"), False)
NONE = DensityOf(None, "unknown", D(0), False)
DOXORUBICIN = Active("doxorubicin", D(50), "mg")

REASONS: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("DRUG_DIFFERS", {"drug": "ifosfamide"}, {}, {}),
    ("SEVERAL_ACTIVES", {"actives": (*ORDER.actives, DOXORUBICIN)}, {}, {}),
    ("DOSE_NOT_A_MASS", {"dose_unit": "[iU]"}, {}, {}),
    ("DOSE_NOT_A_MASS", {"dose_unit": "mmol"}, {}, {}),
    ("CONTAINER_NOT_ALLOWED", {"container": "syringe"}, {}, {}),
    ("CONTAINER_NOT_ALLOWED", {"container": None}, {}, {}),
    ("ROUTE_NOT_ALLOWED", {"route": "IT"}, {}, {}),
    ("DOSE_NOT_ORDERED", {"dose_no": 6, "doses_total": 5}, {}, {}),
    ("DOSE_NOT_ORDERED", {"dose_no": 0, "doses_total": 5}, {}, {}),
    ("DOSE_NOT_ORDERED", {"dose_no": 1, "doses_total": None}, {}, {}),
    ("NO_BASE", {"base": None}, {}, {}),
    ("RATE_MISSING", {"rate_ml_h": None}, {}, {}),
    ("DURATION_MISSING", {"duration_min": None}, {}, {}),
    ("BASE_NOT_ALLOWED", {"base": Base(NS, D(250))}, {}, {}),
    ("NOT_SIGNED", {}, {"signed_by": ("Pam Pharmacist",)}, {}),
    ("NOT_SIGNED", {}, {"signed_by": ("Pam Pharmacist", "pam pharmacist ")}, {}),
    ("NOT_SIGNED", {}, {}, {"signed_by": ()}),
    ("DENSITY_MISSING", {}, {"density": NONE}, {}),
    ("DENSITY_DOES_NOT_GATE", {}, {"density": ESTIMATED}, {}),
    ("DENSITY_DOES_NOT_GATE", {}, {"density": UNSIGNED}, {}),
    ("DENSITY_DOES_NOT_GATE", {}, {"reconstitution": replace(MAKING, diluent_density=UNSIGNED)}, {}),
    ("DILUENT_TOLERANCE", {}, {"reconstitution": replace(MAKING, tolerance=D("0.06"))}, {}),
    ("DILUENT_TOLERANCE", {}, {"narrow": True}, {}),
    ("DISPLACEMENT_UNKNOWN", {}, {"reconstitution": replace(MAKING, mode="B")}, {}),
    ("RECONSTITUTION_INCONSISTENT", {}, {"reconstitution": replace(MAKING, volume_ml=D(50))}, {}),
    (
        "RECONSTITUTION_INCONSISTENT",
        {},
        {"reconstitution": replace(MAKING, volume_ml=D("2.5"), displacement_ml=D("0.3"))},
        {},
    ),
    ("RECIPE_INCONSISTENT", {}, {"vial_ml": D(250)}, {}),
    ("VINCA_ROUTE", {}, {"vinca": True, "routes": ("IV", "SC")}, {}),
    ("BASE_VOLUME", {"base": replace(ORDER.base, qs=True)}, {}, {}),
    ("BASE_VOLUME", {"base": replace(ORDER.base, volume_ml=D(0))}, {}, {}),
    ("ACTIVE_DIFFERS", {"actives": (Active("ifosfamide", D(970), "mg", "20 mg/mL"),)}, {}, {}),
    ("VINCA_WITHOUT_HOLD", {}, {"vinca": True}, {}),
    ("OVERFILL_NOT_MADE", {}, {"overfill": "exact volume"}, {}),
    ("POLICY_TOO_LOOSE", {}, {}, {"ppe": ()}),
    ("POLICY_TOO_LOOSE", {}, {}, {"ppe": (" ",)}),
    ("POLICY_TOO_LOOSE", {}, {}, {"ppe": ("gown", "mask")}),
    ("POLICY_TOO_LOOSE", {}, {}, {"competencies": ()}),
    ("POLICY_TOO_LOOSE", {}, {"containers": ("cassette",)}, {"pump_competencies": (" ",)}),
    ("POLICY_TOO_LOOSE", {}, {}, {"photos": ("staged", "syringes")}),
    ("POLICY_TOO_LOOSE", {}, {"hold": True}, {"photos": ("staged", "final")}),
    ("POLICY_TOO_LOOSE", {}, {}, {"dose_tolerance": D("0.101")}),
    ("POLICY_TOO_LOOSE", {}, {}, {"dispensed_ceiling": D("0.11")}),
    ("POLICY_TOO_LOOSE", {}, {}, {"bands": (ToleranceBand(D(0), D("0.15")),)}),
    ("UNCONFIRMED", {}, {"unconfirmed": ("stability_h",)}, {}),
    ("STABILITY_UNKNOWN", {}, {"stability_h": None}, {}),
    ("FINAL_CONCENTRATION", {"base": Base("dextrose 5 %", D(500))}, {}, {}),
    ("FINAL_CONCENTRATION", {}, {"final_max_mg_ml": D(3)}, {}),
    ("RECONSTITUTION_INCONSISTENT", {}, {"reconstitution": replace(MAKING, volume_ml=D("22.8"))}, {}),
    ("RUNS_TOO_LONG", {"duration_min": D(1440)}, {"stable_through_infusion": True}, {}),
    ("BAG_TOO_SMALL", {"dose": D(5001)}, {}, {}),
    ("TOO_MANY_VIALS", {"dose": D(97000), "base": Base("dextrose 5 %", D(10000))}, {}, {}),
    ("NOT_COMPATIBLE", {"drug": "oxaliplatin"}, {"drug": "oxaliplatin", "bases": (NS,)}, {}),
    ("POLICY_TOO_LOOSE", {}, {}, {"bands": (ToleranceBand(D("0.4"), D("0.08")),)}),
    ("POLICY_TOO_LOOSE", {}, {}, {"bands": (ToleranceBand(D(2), D("0.08")), ToleranceBand(D("0.5"), D("0.05")))}),
    ("DRAW_TOO_SMALL", {"dose": D("9.9")}, {"final_min_mg_ml": None}, {}),
]


def made(order_: dict[str, Any], recipe: dict[str, Any], policy: dict[str, Any]) -> Any:
    one: Order = replace(ORDER, **order_)
    by: Recipe = replace(RECIPE, **recipe)
    under: Policy = replace(POLICY, **policy)
    return plan(one, by, under)


@pytest.mark.parametrize(("code", "order_", "recipe", "policy"), REASONS)
def test_r12_r51_an_order_that_cannot_be_made_says_why(code: str, order_: Any, recipe: Any, policy: Any) -> None:
    findings = made(order_, recipe, policy)
    assert not isinstance(findings, Plan)
    found = {finding.code: finding for finding in findings}
    assert code in found
    assert found[code].says
    assert found[code].do
    assert not any(finding.waived_by for finding in findings), "nobody waives what makes a plan impossible"


def test_every_reason_is_given_at_once() -> None:
    findings = made({"route": "IT", "base": Base(NS, D(250))}, {"stability_h": None}, {})
    assert {finding.code for finding in findings} >= {"ROUTE_NOT_ALLOWED", "BASE_NOT_ALLOWED", "STABILITY_UNKNOWN"}


@pytest.mark.parametrize(("dose", "unit"), [("970", "mg"), ("0.97", "g"), ("970000", "ug")])
def test_the_same_dose_in_any_unit_of_mass_is_one_plan(dose: str, unit: str) -> None:
    assert made({"dose": D(dose), "dose_unit": unit}, {}, {}) == made({}, {}, {})


@pytest.mark.parametrize(("dose", "vials"), [("499", 1), ("500", 1), ("500.1", 2), ("1000", 2), ("1000.01", 3)])
def test_as_many_vials_are_opened_as_the_dose_needs(dose: str, vials: int) -> None:
    assert made({"dose": D(dose)}, {"final_min_mg_ml": None}, {}).vials == vials


def test_a_recipe_may_be_stricter_than_the_policy_and_never_wider() -> None:
    assert made({}, {"tolerance": D("0.03")}, {}).draw.tolerance == D("0.03")
    assert made({}, {"tolerance": D("0.2")}, {}).draw.tolerance == D("0.05")


def test_another_strength_is_another_volume() -> None:
    """The recipe of the 100 mg/mL product draws a fifth of what the 20 mg/mL one does (R17)."""
    strong = made({}, {"concentration_mg_ml": D(100), "vial_ml": D(5), "reconstitution": None}, {})
    assert (strong.volume_ml, made({}, {}, {}).volume_ml) == (D("9.7"), D("48.5"))


@pytest.mark.parametrize(("vial_mg", "diluent_ml", "label"), [("100", "4.2", "25"), ("150", "7.4", "21")])
def test_an_overfilled_vial_stays_inside_what_is_consistent(vial_mg: str, diluent_ml: str, label: str) -> None:
    """Pemetrexed 100 mg with 4.2 mL and trastuzumab 150 mg with 7.4 mL are nominally off their labels, and right (R5)."""
    making = replace(MAKING, volume_ml=D(diluent_ml))
    recipe = {"vial_mg": D(vial_mg), "vial_ml": D(vial_mg) / D(label), "concentration_mg_ml": D(label)}
    findings = made({}, recipe | {"reconstitution": making, "final_min_mg_ml": None}, {})
    assert isinstance(findings, Plan)


def test_a_narrow_drug_opens_with_three_per_cent_of_its_diluent() -> None:
    making = replace(MAKING, tolerance=D("0.03"))
    assert made({}, {"narrow": True, "reconstitution": making}, {}).diluent.tolerance == D("0.03")


def test_the_base_of_the_order_is_the_base_of_the_plan_and_not_the_first_of_the_recipe() -> None:
    assert made({"base": Base(NS, D(250))}, {"bases": ("dextrose 5 %", NS)}, {}).base == NS


def test_the_paclitaxel_bag_of_the_contrast() -> None:
    recipe = {
        "drug": "paclitaxel",
        "concentration_mg_ml": D(6),
        "density": measured_density("0.925"),
        "vial_mg": D(300),
        "vial_ml": D(50),
        "reconstitution": None,
        "bases": (NS,),
        "final_min_mg_ml": D("0.3"),
        "final_max_mg_ml": D("1.2"),
    }
    order_ = {"drug": "paclitaxel", "dose": D("282.7"), "actives": (Active("paclitaxel", D("282.7"), "mg"),)}
    found = made({**order_, "base": Base(NS, D(250))}, recipe, {})
    assert (round(found.volume_ml, 1), found.vials, round(found.final_mg_ml, 2)) == (D("47.1"), 1, D("0.95"))
    assert round(found.gain.expected_g, 1) == D("43.6")
