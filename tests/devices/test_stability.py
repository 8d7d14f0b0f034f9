"""When is a weight settled? The rule on windows written out (R9)."""

from decimal import Decimal as D

import pytest

from devices.balance.stability import NotSettled, Sample, Settled, StabilityRule, judge, n_eff_of, sd_of, slope_of
from devices.readings import Epoch
from tests.devices.clock import MOMENT

EPOCH = Epoch(1, 0, 0)


def window(*values: str, step: float = 0.25, flags: str = "", unit: str = "g", epoch: Epoch = EPOCH) -> list[Sample]:
    stable = flags or "S" * len(values)
    return [
        Sample(D(value), unit, stable[at] == "S", 5 + at * step, MOMENT, b"", epoch) for at, value in enumerate(values)
    ]


def why(samples: list[Sample], **rule) -> str:
    verdict = judge(samples, StabilityRule(**rule))
    return verdict.why if isinstance(verdict, NotSettled) else "settled"


@pytest.mark.parametrize(
    ("samples", "want"),
    [
        ([], "too_short"),
        (window(*["5.00"] * 9), "settled"),
        (window(*["5.00"] * 8), "too_short"),
        (window(*["5.00"] * 7, step=0.4), "too_short"),
        (window(*["5.00"] * 8, step=0.3), "settled"),
        (window(*["5.00"] * 12, step=0.6), "too_short"),
        (window(*["5.00"] * 9, flags="SSSSSSSSD"), "not_flagged"),
        (window(*["5.00"] * 9, flags="SSSSDSSSS"), "not_flagged"),
        (window(*["5.00"] * 9, flags="DDDDSSSSS"), "settled"),
        (window(*["5.00"] * 4, "5.02", *["5.00"] * 4), "settled"),
        (window(*["5.00"] * 4, "5.03", *["5.00"] * 4), "spread"),
        (window("4.00", *["5.00"] * 9), "settled"),
        (window("5.00", "5.00", "5.00", "5.01", "5.01", "5.01", "5.02", "5.02", "5.02"), "drift"),
        (window(*["5.00"] * 4, *["5.000"] * 5), "too_short"),
        (window(*["5.00"] * 4) + window(*["5.00"] * 5, unit="kg"), "too_short"),
        (window(*["5.00"] * 8) + window(*["5.00"] * 9, epoch=Epoch(1, 1, 0))[8:], "too_short"),
    ],
)
def test_r9_the_window(samples, want):
    assert why(samples) == want


def test_r9_a_station_with_a_measured_s_may_be_six_s_wide():
    noisy = window("5.00", "5.04", "5.00", "5.04", "5.00", "5.04", "5.00", "5.04", "5.00")
    assert why(noisy) == "spread"
    assert why(noisy, repeatability=D("0.007")) == "settled"
    assert why(noisy, repeatability=D("0.006")) == "spread"
    grams = [Sample(one.value, "kg", True, one.at, MOMENT, b"", EPOCH) for one in noisy]
    assert why(grams, repeatability=D("0.007")) == "spread"


def test_the_figures_of_a_settled_window():
    verdict = judge(window("5.00", "5.01", "5.00", "5.01", "5.00", "5.01", "5.00", "5.01", "5.00"), StabilityRule())
    assert isinstance(verdict, Settled)
    assert len(verdict.samples) == 9
    assert verdict.sd == D("0.0052705")
    assert verdict.slope == 0
    assert verdict.n_eff == D("9.0")


def test_slope_sd_and_independent_samples_by_hand():
    assert slope_of(window("1.00", "1.01", "1.02", "1.03", step=1.0)) == D("0.01")
    assert sd_of([D(2), D(4), D(4), D(4), D(5), D(5), D(7), D(9)]).quantize(D("0.00001")) == D("2.13809")
    assert n_eff_of([D(1), D(1), D(1), D(2), D(2), D(2)]) == D(2)
