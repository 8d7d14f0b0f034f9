"""A cabinet whose airflow never lets the balance come to rest: each weight is a mean, or is refused."""

from __future__ import annotations

import math
import random
from decimal import Decimal as D

import pytest

from devices import connection
from devices.balance import balance
from devices.balance.balance import BalanceLink
from devices.balance.stability import NotSettled, Sample, Settled, StabilityRule, judge
from devices.errors import Refusing
from devices.readings import Epoch, WeightRead
from hardware_mocks.balance.pan import Build
from hardware_mocks.station import Station
from tests.devices.clock import CLOCK, MOMENT
from tests.devices.peer import wait_for

S = D("0.015")
RULE = StabilityRule(averaging=True, repeatability=S)
EVERY_S = 0.125


def airflow(divisions: float, *, creep: float = 0.0, seed: int = 1, stable: bool | None = False) -> list[Sample]:
    """Five minutes of 100 g under an airflow that lasts half a second, as a balance of 0.01 g would send it."""
    chance, keep, air, samples = random.Random(seed), math.exp(-EVERY_S / 0.5), 0.0, []
    for number in range(2400):
        air = air * keep + divisions * math.sqrt(1 - keep * keep) * chance.gauss(0, 1)
        shown = 100 + 0.01 * (air + 0.35 * chance.gauss(0, 1)) + creep * number * EVERY_S
        samples.append(Sample(D(f"{shown:.2f}"), "g", stable, number * EVERY_S, MOMENT, b"", Epoch(1, 0, 0)))
    return samples


def means(samples: list[Sample], rule: StabilityRule = RULE) -> list[tuple[D, float]]:
    """Each mean that was accepted, and when."""
    got = [(judge(samples[max(0, at - 64) : at], rule), samples[at - 1].at) for at in range(1, len(samples), 6)]
    return [(one.mean, at) for one, at in got if isinstance(one, Settled) and one.mean is not None]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_r13_the_mean_of_a_restless_pan_scatters_no_more_than_the_stations_own_s(seed):
    found = [mean for mean, _ in means(airflow(1.5, seed=seed))]
    assert len(found) > 50, "there is a weight every few seconds"
    off = [mean - 100 for mean in found]
    assert (sum((one * one for one in off), D(0)) / len(off)).sqrt() <= S
    assert max(map(abs, off)) <= 3 * S


def test_a_cabinet_in_which_even_the_mean_is_worse_than_one_weight_must_be_seldom_or_never_gives_one():
    assert len(means(airflow(3.0), StabilityRule(averaging=True))) < 12, "of four hundred looks"
    wild = means(airflow(12.0))
    assert len(wild) < 4, "of four hundred looks, at eight times the s that was measured"
    assert all(abs(mean - 100) <= 4 * S for mean, _ in wild)


@pytest.mark.parametrize("g_per_s", [0.02, 0.05])
@pytest.mark.parametrize("divisions", [0.2, 1.5])
def test_f21_a_creep_is_not_averaged_away(g_per_s, divisions):
    assert means(airflow(divisions, creep=g_per_s)) == []


def test_f16_one_wrong_digit_moves_no_mean_beyond_s():
    for digit in ("900.00", "109.00", "100.90", "100.09"):
        for place in range(0, 60, 7):
            samples = airflow(0.5)[:60]
            one = samples[place]
            samples[place] = Sample(D(digit), one.unit, one.stable, one.at, one.taken_at, one.raw, one.epoch)
            verdict = judge(samples, RULE)
            assert isinstance(verdict, NotSettled) or abs(verdict.mean - 100) <= S, (digit, place)


def test_a_load_that_comes_within_the_window_is_no_mean_of_both():
    samples = [
        Sample(D("0.00") if number < 30 else D("100.00"), "g", True, number * EVERY_S, MOMENT, b"", Epoch(1, 0, 0))
        for number in range(60)
    ]
    assert isinstance(judge(samples, RULE), NotSettled)


def test_a_balance_without_a_sign_of_rest_is_not_averaged_into_one():
    assert means(airflow(0.5, stable=None)) == []


def test_a_short_window_is_no_mean():
    assert judge(airflow(0.2)[:39], RULE) == NotSettled("too_short", judge([], RULE).says)
    assert isinstance(judge(airflow(0.2)[:45], RULE), Settled)


@pytest.fixture
def _soon(monkeypatch):
    monkeypatch.setattr(connection, "LISTEN_S", 0.2)
    monkeypatch.setattr(balance, "POLL_S", 0.03)


@pytest.mark.usefixtures("_soon")
@pytest.mark.parametrize("protocol", ["mt-sics", "radwag:r2"])
def test_f20_a_balance_that_never_rests_weighs_where_averaging_is_set_and_nowhere_else(protocol):
    with Station(protocol=protocol, build=Build(airflow=1.5), speed=6, seed=4) as station:
        station.airflow(True)
        station.put("100")
        link = BalanceLink(protocol, station.balance_url, clock=CLOCK, repeatability=S, averaging=True)
        link.rule = StabilityRule(averaging=True, averaged_s=1.2, longest_gap_s=1.0, repeatability=S)
        link.start()
        try:
            wait_for(lambda: link.state.name == "ready", link)
            read = link.settled(30)
            assert isinstance(read, WeightRead), read
            assert read.mode == "averaged"
            assert abs(read.grams - 100) <= 3 * S
            assert read.decimals == 2
            assert read.n >= 20
            assert len(read.raw) == read.n
            link.rule = StabilityRule(window_s=1.2, longest_gap_s=1.0)
            refused = link.settled(1.5)
            assert isinstance(refused, Refusing)
            assert refused.kind == "not_settled"
        finally:
            link.close()
