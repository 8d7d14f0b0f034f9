"""Quantities scale exactly and refuse to be mixed."""

from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.quantities import Concentration, Density, Mass, UnitError, Volume, exact

AMOUNTS = st.decimals("0.001", "99999", places=3)
KINDS = (Mass, Volume, Concentration, Density)


@given(AMOUNTS, AMOUNTS)
@settings(max_examples=200)
def test_adding_and_taking_away_gives_back_what_was_there(one: D, other: D) -> None:
    assert (Mass(one) + Mass(other)) - Mass(other) == Mass(one)
    assert (Volume(one) + Volume(other)) - Volume(one) == Volume(other)


@given(AMOUNTS)
@settings(max_examples=200)
def test_milligrams_are_exactly_a_thousandth(grams: D) -> None:
    assert Mass.of_g(grams).mg == grams * 1000
    assert Mass.of_mg(grams).g * 1000 == grams
    assert Mass.of_mg(Mass.of_g(grams).mg) == Mass.of_g(grams)


@given(AMOUNTS, AMOUNTS)
@settings(max_examples=200)
def test_a_volume_weighs_what_its_mass_fills(volume: D, density: D) -> None:
    back = Volume(volume).weighs(Density(density)).of(Density(density))
    assert abs(back.ml - volume) <= volume * D("1e-25")


@given(AMOUNTS, AMOUNTS)
@settings(max_examples=200)
def test_a_dose_comes_back_out_of_its_volume(dose: D, strength: D) -> None:
    volume = Mass.of_mg(dose).at(Concentration(strength))
    assert abs(volume.holds(Concentration(strength)).mg - dose) <= dose * D("1e-25")


@given(st.sampled_from(KINDS), st.sampled_from(KINDS), AMOUNTS)
@settings(max_examples=100)
def test_nobody_adds_a_mass_to_a_volume(one: type, other: type, amount: D) -> None:
    if one is other or one in (Concentration, Density):
        return
    for combine in ("__add__", "__sub__", "per"):
        with pytest.raises(UnitError):
            getattr(one(amount), combine)(other(amount))


@pytest.mark.parametrize("kind", [Mass, Volume])
@pytest.mark.parametrize("wrong", [1.5, 1, "1.5", True])
def test_a_quantity_built_by_hand_takes_an_exact_number_and_nothing_else(kind: Any, wrong: Any) -> None:
    with pytest.raises(UnitError):
        kind(wrong)


@pytest.mark.parametrize("wrong", [1.5, float("nan"), True, "NaN", "Infinity", D("-Infinity")])
def test_no_float_and_nothing_endless_becomes_an_amount(wrong: object) -> None:
    with pytest.raises(UnitError):
        exact(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("build", [Mass.of_g, Mass.of_mg, Volume.of_ml, Concentration.of, Density.of])
def test_every_door_refuses_a_float(build: object) -> None:
    with pytest.raises(UnitError):
        build(0.1)  # type: ignore[operator]
    assert build("0.1")  # type: ignore[operator]


@pytest.mark.parametrize("value", ["0", "-1"])
def test_a_density_or_concentration_is_greater_than_zero(value: str) -> None:
    for build in (Concentration.of, Density.of):
        with pytest.raises(UnitError, match="greater than zero"):
            build(value)


def test_a_concentration_is_no_density() -> None:
    with pytest.raises(UnitError, match="Concentration is needed"):
        Mass.of_mg(5).at(Density.of(1))  # type: ignore[arg-type]
    with pytest.raises(UnitError, match="Density is needed"):
        Volume.of_ml(5).weighs(Concentration.of(1))  # type: ignore[arg-type]
    with pytest.raises(UnitError, match="plain Decimal"):
        Mass.of_mg(5) * 2.0  # type: ignore[operator]
