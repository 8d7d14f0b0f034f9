"""The engine agrees with the same rules worked out by hand in fractions, on random orders; the sample is drawn from a seed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from fractions import Fraction as F
from inspect import isfunction
from pathlib import Path
from random import Random
from types import MappingProxyType

import pytest

from tests.workflows import by_hand
from tests.workflows.example import BAG, DILUENT, IV_BAG, POLICY, RECIPE, order, scan, vial
from workflows import gravimetry
from workflows.entries import Entry
from workflows.plan import Plan, plan
from workflows.preparation import Preparation
from workflows.quantities import Concentration, Density, Mass, Volume
from workflows.recipe import DensityOf, LibraryEntry, Reservoir
from workflows.rules.dating import beyond_use

SAMPLE, ALL = 1_500, 100_000
NEAR = F(1, 10**22)
"""Decimals of 28 digits lose less than this of an amount in a dozen operations."""
SIZES = POLICY.syringes_ml
ZONES = ("America/Chicago", "America/New_York", "America/Los_Angeles", "Europe/Berlin", "Asia/Kolkata", "UTC")
KEPT = {"20 to 25 °C": "CRT", "2 to 8 °C": "fridge"}


def near(found: D, wanted: F) -> bool:
    return abs(F(found) - wanted) <= abs(wanted) * NEAR


def same_verdict(said: bool, amount: F, low: F, high: F) -> bool:
    """Whether a verdict is that of the limits; within the decimals' own loss of a limit either is."""
    if min(abs(amount - low), abs(amount - high)) <= abs(high) * NEAR:
        return True
    return said == (low <= amount <= high)


def number(chance: Random, low: str, high: str, places: int) -> D:
    unit = 10**places
    return D(chance.randint(int(D(low) * unit), int(D(high) * unit))).scaleb(-places)


def weigh_one(chance: Random) -> None:
    """One random order, weighed: every number of `gravimetry` beside the one worked out by hand."""
    dose, c = number(chance, "0.5", "6000", chance.choice((0, 1, 2))) or D(1), number(chance, "0.4", "250", 2)
    rho, p = number(chance, "0.8", "1.3", 4), chance.choice((D("0.03"), D("0.05"), D("0.08")))
    ml = gravimetry.draw_volume(Mass.of_mg(dose), Concentration(c))
    assert near(ml.ml, by_hand.volume(F(dose), F(c)))
    aim, exact = gravimetry.expected_mass(ml, Density(rho)), by_hand.mass(F(dose), F(c), F(rho))
    assert near(aim.g, exact)
    limits, (low, high) = gravimetry.window(aim, p), by_hand.low_high(exact, F(p))
    assert near(limits.low.g, low)
    assert near(limits.high.g, high)
    off = D(chance.choice((-90, -80, -51, -50, -49, 0, 49, 50, 51, 80, 90))).scaleb(-3)
    read = chance.choice((aim.g * (1 + off), limits.low.g, limits.high.g))
    gain = Mass(read.quantize(D("0.0001"))) if chance.random() < 0.5 else Mass(read)
    if (F(limits.low.g), F(limits.high.g)) == (
        low,
        high,
    ):  # no decimal was lost: the ends belong to it, to the last digit
        assert limits.holds(gain) == (low <= F(gain.g) <= high)
    assert same_verdict(limits.holds(gain), F(gain.g), low, high)
    _draws(chance, gain, rho, c, dose)
    _limits(chance, aim)


def _draws(chance: Random, gain: Mass, rho: D, c: D, dose: D) -> None:
    parts = [gravimetry.drawn(gain, Density(rho), Concentration(c)) for _ in range(chance.randint(1, 4))]
    every = gravimetry.total(parts)
    found = len(parts) * by_hand.dose_found(F(gain.g), F(rho), F(c))
    assert near(every.dose.mg, found)
    assert near(every.volume.ml, len(parts) * F(gain.g) / F(rho))
    ordered = dose * number(chance, "0.9", "1.1", 3)
    split = gravimetry.dose_account(Mass.of_mg(ordered), Mass.of_mg(dose), every.dose)
    for said, wanted in (
        (split.rounding, by_hand.change(F(dose), F(ordered))),
        (split.compounding, by_hand.change(found, F(dose))),
        (split.together, by_hand.change(found, F(ordered))),
    ):
        assert abs(F(said) - wanted) <= NEAR * (1 + abs(wanted))
    assert gravimetry.deviation(every.dose, Mass.of_mg(dose)) == split.compounding


def _limits(chance: Random, aim: Mass) -> None:
    s, d = number(chance, "0.0001", "0.02", 4), chance.choice((D("0.001"), D("0.01"), D("0.1")))
    assert near(gravimetry.residual_limit(aim).g, by_hand.left_in_syringe(F(aim.g)))
    assert near(gravimetry.vial_agreement_limit(aim, Mass(s)).g, by_hand.apart(F(aim.g), F(s)))
    gate = chance.choice((D("0.001"), D("0.005"), D("0.01")))
    assert near(gravimetry.smallest_weighable(Mass(s), Mass(d), gate).g, by_hand.smallest(F(s), F(d), F(gate)))
    weight, zero = number(chance, "1", "500", 2), number(chance, "-0.05", "0.05", 3)
    shown, limit = weight + number(chance, "-0.6", "0.6", 3), by_hand.check_limit(F(weight), F(d))
    assert near(gravimetry.check_limit(Mass(weight), Mass(d)).g, limit)
    said = gravimetry.scale_check_passes(Mass(shown), Mass(weight), Mass(d))
    assert same_verdict(said, F(shown) - F(weight), -limit, limit)
    assert gravimetry.difference(Mass(shown), Mass(weight)).g == shown - weight
    assert gravimetry.zero_is_good(Mass(zero), Mass(d)) == (abs(F(zero)) <= 2 * F(d))


def dissolve_one(chance: Random) -> None:
    """One powder dissolved: its actual strength, and whether the label's stands."""
    drug, diluent = number(chance, "10", "2000", 0), number(chance, "1", "60", 1)
    gain, rho = diluent * number(chance, "0.9", "1.1", 3), number(chance, "0.99", "1.02", 4)
    displaced = None if chance.random() < 0.3 else number(chance, "0.01", "3", 2)
    label = drug / (diluent + (displaced or 0)) * number(chance, "0.93", "1.07", 3)
    made = gravimetry.reconstituted(
        Mass(gain),
        Density(rho),
        Mass.of_mg(drug),
        None if displaced is None else Volume(displaced),
        Concentration(label),
    )
    exact = by_hand.strength(F(drug), F(gain), F(rho), None if displaced is None else F(displaced))
    assert near(made.concentration.mg_per_ml, exact)
    assert made.nominal == (displaced is None)
    off = by_hand.change(exact, F(label))
    assert abs(F(made.off_label) - off) <= NEAR * 2
    assert same_verdict(made.keeps_label, off, F(-5, 100), F(5, 100))


def fill_one(chance: Random) -> None:
    """One volume: its tolerance, and the syringes that take it."""
    ml = chance.choice((number(chance, "0.1", "300", 2), D("0.5"), D(2), D(5), D(45), D("26.25"), D(90)))
    assert gravimetry.draw_tolerance(Volume(ml), POLICY.bands) == by_hand.tolerance(F(ml))
    sizes = chance.sample(SIZES, chance.randint(1, len(SIZES)))
    taken = gravimetry.syringes_for(Volume(ml), sizes)
    assert (len(taken), F(taken[0].ml)) == by_hand.syringes(F(ml), [F(one) for one in sizes])
    assert set(taken) == {taken[0]}


CONTINUOUS = LibraryEntry("DEMO", "1", "cyclophosphamide", D(0), D(1000), D(1000), "Pam Pharmacist", "Nora Nurse")
PUMPS = replace(POLICY, pump_library=(CONTINUOUS,))


def pump_one(chance: Random) -> None:
    """One cassette: volume, rate, drug, diluent, strength, mass, what is left in the vials; and why there is none."""
    dose, c = number(chance, "20", "6000", 0), number(chance, "5", "60", 1)
    hours, added = number(chance, "1", "60", 0), D(chance.choice((0, 0, 3, 7)))
    rate = None if chance.random() < 0.5 else number(chance, "0.1", "20", 1)
    fluid_density = DensityOf(number(chance, "0.99", "1.02", 4), "measured", D("0.0005"), True)
    made_of = Reservoir(RECIPE.bases[0], fluid_density, (D(100), D(250), D(1000)), prime_ml=added)
    recipe = replace(
        RECIPE, concentration_mg_ml=c, vial_mg=c * 50, vial_ml=D(50), reconstitution=None, final_min_mg_ml=None,
        reservoir=made_of, containers=("cassette",), stability_h=D(96),
    )  # fmt: skip
    base = order()
    wanted = replace(
        base, dose=dose, actives=(replace(base.actives[0], amount=dose),), base=None, container="cassette",
        rate_ml_h=rate, duration_min=hours * 60,
    )  # fmt: skip
    found = plan(wanted, recipe, PUMPS)
    drug = by_hand.volume(F(dose), F(c))
    step = F(1, 10)
    exact = by_hand.least_rate(drug, F(hours), step, F(added)) if rate is None else F(rate)
    infuse, drawn, fluid = by_hand.reservoir(drug, exact, F(hours), F(added))
    if not isinstance(found, Plan):
        share = fluid / by_hand.syringes(fluid, [F(one) for one in SIZES])[0] if fluid > 0 else F(1)
        unfit = infuse + F(added) > 1000 or by_hand.tolerance(share) is None or infuse < drug
        assert unfit or by_hand.tolerance(drawn) is None, (found, infuse, drawn, fluid)
        return
    pump = found.pump
    assert pump is not None
    assert found.gain is not None
    assert F(pump.rate_ml_h) == exact
    assert F(pump.infuse_ml) == infuse == F(pump.rate_ml_h) * F(pump.hours)
    assert near(found.volume_ml, drawn)
    assert abs(F(pump.fluid_ml) - fluid) <= NEAR * 1000
    assert near(found.final_mg_ml, F(dose) / infuse)
    assert near(pump.total_mg, F(dose) * (infuse + F(added)) / infuse)
    grams = drawn * F(recipe.density.g_per_ml or 0) + fluid * F(fluid_density.g_per_ml or 0)
    low, high = by_hand.low_high(grams, F(3, 100))
    assert near(found.gain.low_g, low)
    assert near(found.gain.high_g, high)
    assert F(pump.filled_ml) <= F(pump.capacity_ml)
    assert 0 <= found.vials * F(c) * 50 - F(pump.total_mg) < F(c) * 50 + NEAR


def prepared() -> Preparation:
    made = plan(order(), RECIPE, POLICY)
    assert isinstance(made, Plan)
    return Preparation(1, "0" * 64, IV_BAG.name, IV_BAG.version, order(), RECIPE, POLICY, made)


def date_one(chance: Random, plain: Preparation) -> None:
    """One preparation begun: the time before which it is used. The engine may be up to a minute earlier, and never later."""
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=chance.randrange(3 * 365 * 86400 * 10**6))
    stable, storage = number(chance, "0.1", "400", chance.choice((0, 2, 3))) or D(1), chance.choice(tuple(KEPT))
    category, zone = chance.choice((1, 2)), chance.choice(ZONES)
    expiries = [start.date() + timedelta(days=chance.randint(0, 30)) for _ in range(3)]
    found = [replace(one, expiry=day) for one, day in zip((vial("A"), DILUENT, BAG), expiries, strict=True)]
    entries = {str(slot): Entry(str(slot), scan(one), "ANN", "", start, slot) for slot, one in enumerate(found, 1)}
    p = replace(
        plain,
        master=replace(RECIPE, stability_h=stable, storage=storage),
        policy=replace(POLICY, zone=zone),
        entries=MappingProxyType(entries),
        started_at=start,
        category=category,
    )
    said = beyond_use(p)
    exact = by_hand.use_before(start, category, KEPT[storage], F(stable), expiries, zone)
    assert said is not None
    assert timedelta() <= exact - said.at < timedelta(minutes=1), (p.recipe.stability_h, expiries, zone)
    assert said.at == min(limit.at for limit in said.limits)


def one(chance: Random, plain: Preparation) -> None:
    weigh_one(chance)
    dissolve_one(chance)
    fill_one(chance)
    date_one(chance, plain)
    pump_one(chance)


def test_every_formula_of_the_weighing_room_is_worked_out_by_hand() -> None:
    ours = {name for name, one in vars(gravimetry).items() if isfunction(one) and one.__module__ == gravimetry.__name__}
    here = Path(__file__).read_text(encoding="utf-8")
    assert [name for name in sorted(ours) if not name.startswith("_") and f"gravimetry.{name}(" not in here] == []


def test_r1_r30_a_sample_of_random_orders_comes_out_as_worked_out_by_hand() -> None:
    chance, plain = Random(20261130), prepared()
    for _ in range(SAMPLE):
        one(chance, plain)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(4))
def test_a_hundred_thousand_random_orders_come_out_as_worked_out_by_hand(part: int) -> None:
    chance, plain = Random(f"orders {part}"), prepared()
    for _ in range(ALL // 4):
        one(chance, plain)


def test_worked_out_by_hand_the_examples_have_the_numbers_of_the_text() -> None:
    assert by_hand.volume(F(970), F(20)) == F("48.5")
    assert round(float(by_hand.mass(F("282.7"), F(6), F("0.925"))), 1) == 43.6
    assert by_hand.syringes(F("48.5"), [F(one) for one in SIZES]) == (2, F(35))
    assert round(float(by_hand.smallest(F(0), F(1, 100), F(5, 1000))), 2) == 2.32
    start = datetime(2026, 11, 23, 15, 5, tzinfo=UTC)
    assert by_hand.use_before(start, 2, "CRT", F(24), [date(2027, 3, 31)], "UTC") == start + timedelta(hours=24)
