"""The daily check and the smallest weighable mass, with worked numbers (R10, R13, R15)."""

from decimal import Decimal as D

import pytest

from devices.balance.qualification import (
    WeightCheck,
    control_limit,
    daily_check,
    least_s,
    m_min_gate,
    minimum_net,
    mpe_serves,
    predicted_gross,
    repeatability,
    within_capacity,
)


@pytest.mark.parametrize(
    ("s", "d", "gate", "net"),
    [
        ("0", "0.0001", "0.0232", "0.082"),
        ("0", "0.001", "0.232", "0.82"),
        ("0", "0.01", "2.319", "8.2"),
        ("0", "0.1", "23.193", "82"),
        ("0.015", "0.01", "8.485", "30"),
        ("0.0041", "0.01", "2.319", "8.2"),
        ("0.00411", "0.01", "2.325", "8.22"),
    ],
)
def test_r13_the_smallest_mass_a_difference_may_gate(s, d, gate, net):
    assert m_min_gate(D(s), D(d)).quantize(D(gate)) == D(gate)
    assert minimum_net(D(s), D(d)) == D(net)


def test_r13_s_is_never_taken_below_041_d():
    assert least_s(D("0.001"), D("0.01")) == D("0.0041")
    assert least_s(D("0.005"), D("0.01")) == D("0.005")


@pytest.mark.parametrize(
    ("weight", "d", "site", "limit"),
    [
        ("20", "0.01", None, "0.02"),
        ("200", "0.01", None, "0.2"),
        ("200", "0.1", None, "0.2"),
        ("100", "0.1", None, "0.2"),
        ("200", "0.01", "0.05", "0.05"),
        ("20", "0.01", "0.05", "0.02"),
        ("50", "0.001", None, "0.05"),
    ],
)
def test_r15_the_control_limit_is_a_thousandth_or_two_digits(weight, d, site, limit):
    assert control_limit(D(weight), D(d), D(site) if site else None) == D(limit)


@pytest.mark.parametrize(
    ("reading", "error", "verdict"),
    [
        ("199.99", "-0.01", "pass"),
        ("200.10", "0.10", "pass"),
        ("200.11", "0.11", "warning"),
        ("199.80", "-0.20", "warning"),
        ("199.79", "-0.21", "fail"),
        ("200.21", "0.21", "fail"),
    ],
)
def test_r15_a_test_weight_passes_warns_or_fails(reading, error, verdict):
    check = WeightCheck(D("200"), D(reading), D("0.2"))
    assert (check.error, check.verdict) == (D(error), verdict)


def check(**changes):
    good = {
        "d": D("0.01"),
        "zero": D("0.00"),
        "first": (D("20.00002"), D("20.00")),
        "second": (D("200.0001"), D("199.99")),
        "zero_after": D("0.00"),
    }
    return daily_check(**(good | changes))


def test_r15_the_worked_check_of_the_day_passes():
    assert check().passed
    assert check().faults == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"zero": D("0.03")}, "before"),
        ({"zero_after": D("-0.03")}, "after"),
        ({"first": (D("20"), D("20.03"))}, "20 g weight read 20.03 g: off by +0.03 g, 0.02"),
        ({"second": (D("200"), D("199.79"))}, "off by -0.21 g"),
    ],
)
def test_r15_each_fault_alone_fails_the_check_and_is_named(changes, words):
    bad = check(**changes)
    assert not bad.passed
    (fault,) = bad.faults
    assert words in fault


def test_r10_two_digits_of_zero_are_allowed():
    assert check(zero=D("0.02"), zero_after=D("-0.02")).passed


@pytest.mark.parametrize("pair", [(D("200"), D("200")), (D("0"), D("0")), (D("101"), D("101"))])
def test_r15_one_weight_twice_is_no_check(pair):
    with pytest.raises(ValueError, match="over the range"):
        check(first=pair)


def test_the_repeatability_needs_ten_weighings():
    ten = [D("100.00"), D("100.01")] * 5
    assert repeatability(ten).quantize(D("0.00001")) == D("0.00527")
    with pytest.raises(ValueError, match="10 weighings, there are 9"):
        repeatability(ten[:9])


def test_a_test_weight_serves_if_its_own_error_is_a_third_of_the_limit():
    assert mpe_serves(D("0.0010"), D("0.02"))
    assert mpe_serves(D("0.02"), D("0.06"))
    assert not mpe_serves(D("0.0201"), D("0.06"))


def test_the_predicted_gross_may_fill_95_percent_of_the_balance():
    gross = predicted_gross(D("120"), D("25.5"), D("1000"))
    assert gross == D("1145.5")
    assert not within_capacity(gross, D("1200.90"))
    assert within_capacity(D("1140.855"), D("1200.90"))
    assert not within_capacity(D("1140.856"), D("1200.90"))
