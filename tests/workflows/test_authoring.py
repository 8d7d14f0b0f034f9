"""What cannot be right in a recipe is named before anybody signs it; signing by two confirms it (R49, U2)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D

import pytest

from app.demo.recipes import RECIPES
from tests.workflows.example import NS, RECIPE, measured_density
from workflows.authoring import differences, signed, values, wrong_in
from workflows.densities import of_fluid
from workflows.recipe import DensityOf

MAKING = RECIPE.reconstitution
assert MAKING is not None
of = measured_density
LIQUID = replace(RECIPE, reconstitution=None)
UNKNOWN = DensityOf(None, "unknown", D(0), confirmed=False)


def test_r49_the_worked_recipe_and_one_without_a_known_density_may_be_signed() -> None:
    assert wrong_in(RECIPE) == ()
    assert wrong_in(LIQUID) == ()
    assert wrong_in(replace(RECIPE, density=UNKNOWN)) == ()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": "Cyclo 20"}, "small letters"),
        ({"drug": "Cyclophosphamide"}, "lower case"),
        ({"printed_drug": "ifosfamide"}, "more than its capitals"),
        ({"items": ()}, "at least one product"),
        ({"ndcs": ()}, "package codes"),
        ({"ndcs": ("1001995550",)}, "package codes"),
        ({"routes": ()}, "routes"),
        ({"vinca": True}, "vinca"),
        ({"may_be_shared": True}, "need an in-use limit of their own"),
        ({"concentration_mg_ml": D(200)}, "Has a digit slipped"),
        ({"vial_mg": D(5000)}, "Has a digit slipped"),
        ({"vial_ml": D(0)}, "above 0"),
        ({"final_min_mg_ml": D(3), "final_max_mg_ml": D(2)}, "lower one first"),
        ({"final_min_mg_ml": D(0)}, "above 0"),
        ({"tolerance": D("0.11")}, "at most 0.10"),
        ({"tolerance": D("0.0005")}, "at least 0.01"),
        ({"containers": ()}, "final containers"),
        ({"bases": ()}, "a bag of it may be filled with"),
        ({"final_min_mg_ml": D(40)}, "above the 20 mg/mL of what is drawn"),
        ({"overfill": "exact volume"}, "no step that does it"),
        ({"stability_h": D(0)}, "Stability is above 0"),
        ({"stability_h": D(999999999)}, "at most 2,160: 90 days"),
        ({"stability_h": D(2161)}, "at most 2,160: 90 days"),
        ({"opened_h": D(-1)}, "opened vial"),
        ({"opened_h": D(9999)}, "at most 672: 28 days"),
        ({"waste_unit_mg": D(0)}, "billing unit"),
        ({"density": replace(RECIPE.density, g_per_ml=D("10.09"))}, "Has a digit slipped"),
        ({"density": replace(RECIPE.density, g_per_ml=D("1.09"))}, "make 0.985 to 1.045 g/mL, not 1.09"),
        ({"density": replace(RECIPE.density, basis="calculated")}, "less than 0.02"),
        ({"density": replace(RECIPE.density, uncertainty_g_per_ml=D("0.0000001"))}, "less than 0.0001"),
        ({"reconstitution": replace(MAKING, diluent_density=of("1.46"))}, "about 1.005 g/mL, not 1.46"),
        ({"reconstitution": replace(MAKING, diluent_density=of("0.98"))}, "about 1.005 g/mL, not 0.98"),
        ({"density": replace(RECIPE.density, basis="unknown")}, "how the density"),
        ({"density": replace(RECIPE.density, uncertainty_g_per_ml=D(0))}, "standard uncertainty"),
        ({"density": replace(RECIPE.density, g_per_ml=None)}, "a basis and no value"),
        ({"reconstitution": replace(MAKING, tolerance=D("0.06"))}, "tolerance at most 0.05"),
        ({"reconstitution": replace(MAKING, volume_ml=D(0))}, "above 0 mL"),
        ({"reconstitution": replace(MAKING, volume_ml=D("22.8"))}, "makes 21.93 mg/mL, not 20 mg/mL"),
        ({"reconstitution": replace(MAKING, volume_ml=D("27.7"))}, "makes 18.05 mg/mL, not 20 mg/mL"),
        ({"reconstitution": replace(MAKING, displacement_ml=D("2.2"))}, "makes 18.38 mg/mL, not 20 mg/mL"),
        ({"reconstitution": replace(MAKING, mode="B")}, "displacement is not known"),
        ({"reconstitution": replace(MAKING, inspect=" ")}, "confirmed after mixing"),
        ({"reconstitution": replace(MAKING, displacement_ml=D(-1))}, "negative volume"),
        ({"reconstitution": replace(MAKING, tolerance=D("0.04")), "narrow": True}, "tolerance at most 0.03"),
    ],
)
def test_r49_what_cannot_be_right_is_named(changes: dict[str, object], says: str) -> None:
    (only,) = wrong_in(replace(RECIPE, **changes))  # type: ignore[arg-type]  # what a test sets
    assert says in only


def test_r49_two_signatures_give_it_names_version_and_confirmed_densities() -> None:
    loose = replace(
        RECIPE,
        density=replace(RECIPE.density, confirmed=False),
        reconstitution=replace(MAKING, diluent_density=replace(MAKING.diluent_density, confirmed=False)),
        signed_by=(),
        unconfirmed=("density",),
    )
    made = signed(loose, 8, ("Pam Q.", "Quin S."))
    assert made == replace(RECIPE, version=8, signed_by=("Pam Q.", "Quin S."))
    for names in ((), ("Pam Q.",), ("Pam Q.", "Pam Q.")):
        with pytest.raises(ValueError, match="two people"):
            signed(loose, 8, names)
    with pytest.raises(ValueError, match="digit slipped"):
        signed(replace(loose, vial_mg=D(5000)), 8, ("Pam Q.", "Quin S."))


def test_r49_a_version_is_read_as_what_it_changes() -> None:
    new = replace(RECIPE, version=8, stability_h=D(36), hold=not RECIPE.hold, signed_by=("A", "B"))
    assert differences(RECIPE, new) == (("hold", _word(RECIPE.hold), _word(new.hold)), ("stability_h", "24", "36"))
    assert ("reconstitution.volume_ml", "25", "") in differences(RECIPE, LIQUID)
    assert dict(values(RECIPE))["density.basis"] == RECIPE.density.basis


def _word(value: bool) -> str:
    return "yes" if value else "no"


DENSITIES = [
    ("water for injection", "0.998"), ("Sodium Chloride 0.9%", "1.005"), ("sodium chloride 0,9 %", "1.005"),
    ("glucose 5 %", "1.017"), ("dextrose 5 % in sodium chloride 0.9 %", None), ("sodium chloride 0.45 %", None),
    ("dextrose 50 %", None), ("polysorbate diluent", None),
]  # fmt: skip


@pytest.mark.parametrize(("fluid", "known"), DENSITIES)
def test_r12_a_fluid_has_the_density_of_its_name(fluid: str, known: str | None) -> None:
    assert of_fluid(fluid) == (D(known) if known else None)


@pytest.mark.parametrize(
    ("mg", "diluent_ml", "displaced", "mg_ml", "density"),
    [("1000", "25", "1.3", "38", "1.030"), ("10", "5", None, "2", "1.011"), ("3.5", "3.5", None, "1", "1.008")],
)
def test_r12_powders_that_stand_in_mannitol_or_lactose_stay_inside_what_they_make(
    mg: str, diluent_ml: str, displaced: str | None, mg_ml: str, density: str
) -> None:
    """Gemcitabine, doxorubicin and bortezomib hold more solids than the drug alone."""
    making = replace(MAKING, volume_ml=D(diluent_ml), displacement_ml=D(displaced) if displaced else None)
    vial = {"vial_mg": D(mg), "concentration_mg_ml": D(mg_ml), "vial_ml": D(mg) / D(mg_ml), "final_min_mg_ml": None}
    assert wrong_in(replace(RECIPE, reconstitution=making, density=of(density), **vial)) == ()  # type: ignore[arg-type]  # as above


STOPPED = [
    ("oxaliplatin", {"bases": (NS,)}, "oxaliplatin never goes into sodium chloride 0.9 %"),
    ("cisplatin", {"bases": ("dextrose 5 %",)}, "cisplatin never goes into dextrose 5 %"),
    ("ado-trastuzumab emtansine", {"bases": ("glucose 5 %",)}, "never goes into glucose 5 %"),
    ("etoposide", {"bases": (NS,), "final_max_mg_ml": D(4)}, "is at most 0.4 mg/mL"),
    ("etoposide", {"bases": (NS,), "final_max_mg_ml": None}, "is at most 0.4 mg/mL"),
]


@pytest.mark.parametrize(("drug", "changes", "says"), STOPPED)
def test_a_hard_stop_of_a_drug_is_in_no_recipe(drug: str, changes: dict[str, object], says: str) -> None:
    making = replace(LIQUID, drug=drug, printed_drug=drug, final_min_mg_ml=None)
    (only,) = wrong_in(replace(making, **changes))  # type: ignore[arg-type]  # as above
    assert says in only


@pytest.mark.parametrize(
    ("drug", "fluid"),
    [
        ("oxaliplatin", "dextrose 5 %"),
        ("cisplatin", "dextrose 5 % in sodium chloride 0.45 %"),
        ("carboplatin", "dextrose 5 %"),
        ("fam-trastuzumab deruxtecan", "dextrose 5 %"),
        ("etoposide phosphate", NS),
    ],
)
def test_what_a_drug_bears_is_no_hard_stop(drug: str, fluid: str) -> None:
    assert wrong_in(replace(LIQUID, drug=drug, printed_drug=drug, final_min_mg_ml=None, bases=(fluid,))) == ()


def test_every_recipe_of_the_demo_may_be_signed() -> None:
    assert [(one.name, wrong_in(one)) for one in RECIPES if wrong_in(one)] == []
