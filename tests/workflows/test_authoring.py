"""What cannot be right in a recipe is named before anybody signs it; signing by two confirms it (R49, U2)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D

import pytest

from tests.workflows.example import RECIPE
from workflows.authoring import differences, signed, values, wrong_in
from workflows.recipe import DensityOf

MAKING = RECIPE.reconstitution
assert MAKING is not None
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
        ({"stability_h": D(0)}, "Stability is above 0"),
        ({"opened_h": D(-1)}, "opened vial"),
        ({"waste_unit_mg": D(0)}, "billing unit"),
        ({"density": replace(RECIPE.density, g_per_ml=D("10.09"))}, "Has a digit slipped"),
        ({"density": replace(RECIPE.density, basis="unknown")}, "how the density"),
        ({"density": replace(RECIPE.density, uncertainty_g_per_ml=D(0))}, "standard uncertainty"),
        ({"density": replace(RECIPE.density, g_per_ml=None)}, "a basis and no value"),
        ({"reconstitution": replace(MAKING, tolerance=D("0.06"))}, "tolerance at most 0.05"),
        ({"reconstitution": replace(MAKING, volume_ml=D(0))}, "above 0 mL"),
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
