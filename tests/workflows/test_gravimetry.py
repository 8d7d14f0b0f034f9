"""The sums of the craft against their tables: R1 to R5, R11, R13, R15, R47."""

from decimal import Decimal as D

import pytest

from workflows import gravimetry as g
from workflows.quantities import Concentration, Density, Mass, Volume
from workflows.recipe import DEFAULT_POLICY, ToleranceBand

R11 = [
    ("48.5", "0.05"),
    ("5.01", "0.05"),
    ("5", "0.05"),
    ("2.01", "0.05"),
    ("2", "0.08"),
    ("1.99", "0.08"),
    ("0.51", "0.08"),
    ("0.5", "0.08"),
    ("0.49", None),
    ("0.01", None),
]


@pytest.mark.parametrize(("volume", "allowed"), R11)
def test_r11_each_volume_has_its_tolerance(volume: str, allowed: str | None) -> None:
    found = g.draw_tolerance(Volume(D(volume)), DEFAULT_POLICY.bands)
    assert found == (D(allowed) if allowed else None)


@pytest.mark.parametrize(
    ("ml", "allowed"), [("0.3", None), ("0.499", None), ("0.5", "0.05"), ("1.5", "0.05"), ("3", "0.05")]
)
def test_r11_no_policy_has_a_small_draw_weighed_or_a_larger_one_judged_less_closely(
    ml: str, allowed: str | None
) -> None:
    bands = (ToleranceBand(D(2), D("0.10")), ToleranceBand(D(0), D("0.05")))
    assert g.draw_tolerance(Volume(D(ml)), bands) == (D(allowed) if allowed else None)


R13 = [
    # d, gate, one weighing x sqrt 2, as printed
    ("0.01", "0.001", "11.60"),
    ("0.01", "0.005", "2.32"),
    ("0.01", "0.01", "1.16"),
    ("0.001", "0.001", "1.160"),
    ("0.001", "0.005", "0.232"),
    ("0.001", "0.01", "0.116"),
]


@pytest.mark.parametrize(("division", "gate", "least"), R13)
def test_r13_the_smallest_weighable_mass_is_the_tables(division: str, gate: str, least: str) -> None:
    found = g.smallest_weighable(Mass(D(0)), Mass(D(division)), D(gate))
    assert abs(found.g - D(least)) < D(least) * D("0.001")


def test_r13_a_noisy_balance_counts_with_its_own_repeatability() -> None:
    assert g.smallest_weighable(Mass(D("0.01")), Mass(D("0.01")), D("0.005")).g.quantize(D("0.01")) == D("5.66")


@pytest.mark.parametrize(
    ("reading", "certificate", "division", "passes"),
    [
        ("20.00", "20.0003", "0.01", True),
        ("20.02", "20.00", "0.01", True),
        ("20.021", "20.00", "0.001", False),
        ("20.020", "20.00", "0.001", True),
        ("20.03", "20.00", "0.01", False),
        ("199.99", "200.00", "0.01", True),
        ("200.20", "200.00", "0.01", True),
        ("200.21", "200.00", "0.01", False),
        ("199.80", "200.00", "0.01", True),
        ("199.79", "200.00", "0.01", False),
    ],
)
def test_r15_a_check_weight_reads_within_a_thousandth_or_two_divisions(
    reading: str, certificate: str, division: str, passes: bool
) -> None:
    assert g.scale_check_passes(Mass(D(reading)), Mass(D(certificate)), Mass(D(division))) is passes


def test_r1_the_window_is_judged_unrounded_and_its_ends_belong_to_it() -> None:
    window = g.window(Mass(D("24.46825")), D("0.05"))
    assert (window.low.g, window.high.g) == (D("23.2448375"), D("25.6916625"))
    assert window.holds(window.low)
    assert window.holds(window.high)
    assert not window.holds(Mass(D("25.6916626")))
    assert not window.holds(Mass(D("23.2448374")))


@pytest.mark.parametrize("wrong", ["0", "1", "-0.05", "5"])
def test_a_tolerance_is_a_fraction(wrong: str) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        g.window(Mass(D(1)), D(wrong))


def test_r12_paclitaxel_a_density_of_one_would_fail_a_right_draw() -> None:
    volume = g.draw_volume(Mass.of_mg("282.7"), Concentration.of(6))
    right = g.expected_mass(volume, Density.of("0.925"))
    loaded = g.expected_mass(volume, Density.of("1.0"))
    assert (round(volume.ml, 1), round(right.g, 1), round(loaded.g, 1)) == (D("47.1"), D("43.6"), D("47.1"))
    assert round(g.deviation(right, loaded) * 100, 1) == D("-7.5")
    assert round(g.deviation(loaded, right) * 100, 1) == D("8.1")
    assert not g.window(loaded, D("0.05")).holds(right)
    assert g.window(right, D("0.05")).holds(right)


@pytest.mark.parametrize(
    ("dose_mass", "limit"), [("10", "0.15"), ("30", "0.150"), ("48.94", "0.2447"), ("100", "0.500")]
)
def test_r3_a_used_syringe_may_keep_half_a_percent_or_0_15_g(dose_mass: str, limit: str) -> None:
    assert g.residual_limit(Mass(D(dose_mass))).g == D(limit)


def test_r4_vial_and_syringe_agree_within_two_percent_or_the_balances_noise() -> None:
    assert g.vial_agreement_limit(Mass(D("24.47")), Mass(D("0.004"))).g == D("0.4894")
    assert round(g.vial_agreement_limit(Mass(D("0.2")), Mass(D("0.004"))).g, 4) == D("0.0170")


def test_r5_an_unknown_displacement_gives_a_nominal_concentration() -> None:
    label = Concentration.of(25)
    made = g.reconstituted(Mass(D("4.2")), Density.of(1), Mass.of_mg(100), None, label)
    assert made.nominal
    assert round(made.concentration.mg_per_ml, 1) == D("23.8")
    known = g.reconstituted(Mass(D("4.0")), Density.of(1), Mass.of_mg(100), Volume.of_ml("0.1"), label)
    assert not known.nominal
    assert round(known.concentration.mg_per_ml, 2) == D("24.39")
    assert known.keeps_label


@pytest.mark.parametrize(("diluent", "keeps"), [("3.71", True), ("3.70", False), ("4.11", True), ("4.12", False)])
def test_r5_the_label_stands_inside_five_percent(diluent: str, keeps: bool) -> None:
    """100 mg in diluent + 0.1 mL: 26.25 mg/mL at 3.7095 mL, 23.75 mg/mL at 4.1105 mL."""
    made = g.reconstituted(Mass(D(diluent)), Density.of(1), Mass.of_mg(100), Volume.of_ml("0.1"), Concentration.of(25))
    assert made.keeps_label is keeps


def test_r5_no_diluent_is_no_concentration() -> None:
    with pytest.raises(ValueError, match="no diluent"):
        g.reconstituted(Mass(D(0)), Density.of(1), Mass.of_mg(100), None, Concentration.of(25))


@pytest.mark.parametrize(
    ("volume", "sizes"),
    [
        ("48.5", [35, 35]),
        ("45", [60]),
        ("45.01", [35, 35]),
        ("0.75", [1]),
        ("0.76", [3]),
        ("2.25", [3]),
        ("26.25", [35]),
        ("90", [60, 60]),
        ("90.1", [60, 60, 60]),
    ],
)
def test_r47_fewest_syringes_filled_to_three_quarters(volume: str, sizes: list[int]) -> None:
    found = g.syringes_for(Volume(D(volume)), DEFAULT_POLICY.syringes_ml)
    assert [size.ml for size in found] == [D(size) for size in sizes]


def test_r47_a_site_without_syringes_cannot_draw() -> None:
    with pytest.raises(ValueError, match="syringe"):
        g.syringes_for(Volume(D(5)), ())


def test_r8_rounding_and_compounding_are_told_apart() -> None:
    account = g.dose_account(Mass.of_mg("969.3"), Mass.of_mg(970), Mass.of_mg("968.5"))
    assert [round(part * 100, 2) for part in (account.rounding, account.compounding, account.together)] == [
        D("0.07"),
        D("-0.15"),
        D("-0.08"),
    ]


@pytest.mark.parametrize(("zero", "good"), [("0.02", True), ("-0.02", True), ("0.021", False), ("-0.03", False)])
def test_r10_zero_is_within_two_divisions(zero: str, good: bool) -> None:
    assert g.zero_is_good(Mass(D(zero)), Mass(D("0.01"))) is good
