"""The worked example, number by number."""

from decimal import Decimal as D

from tests.workflows.example import Bench
from workflows import measured
from workflows.events import Closed, Released
from workflows.evidence import Confirmation


def test_the_plan_has_the_examples_numbers() -> None:
    bench = Bench()
    bench.open()
    plan = bench.p.plan
    assert (plan.volume_ml, plan.vials, plan.syringes_ml) == (D("48.5"), 2, (D(35), D(35)))
    assert (plan.draw.volume_ml, round(plan.draw.expected_g, 2)) == (D("24.25"), D("24.47"))
    assert (round(plan.draw.low_g, 2), round(plan.draw.high_g, 2)) == (D("23.24"), D("25.69"))
    assert [round(value, 2) for value in (plan.diluent.low_g, plan.diluent.expected_g, plan.diluent.high_g)] == [
        D("23.86"),
        D("25.12"),
        D("26.37"),
    ]
    assert [round(value, 2) for value in (plan.gain.low_g, plan.gain.expected_g, plan.gain.high_g)] == [
        D("46.49"),
        D("48.94"),
        D("51.38"),
    ]
    assert round(plan.final_mg_ml, 2) == D("3.25")


def test_the_dose_is_968_5_mg_and_minus_0_16_percent() -> None:
    bench = Bench()
    bench.until_released()
    dose = measured.dose(bench.p)
    account = measured.account(bench.p)
    assert (round(dose.volume.ml, 2), round(dose.dose.mg, 1)) == (D("48.42"), D("968.5"))
    assert round(account.compounding * 100, 2) == D("-0.16")
    assert [round(draw.volume.ml, 2) for draw in measured.draws(bench.p)] == [D("24.33"), D("24.09")]
    made = measured.vial_gains(bench.p)
    assert [round(vial.diluent.ml, 2) for vial in made] == [D("24.95"), D("25.08")]
    assert [round(vial.off_label * 100, 1) for vial in made] == [D("0.2"), D("-0.3")]
    assert all(vial.nominal for vial in made)
    assert measured.bag_gain(bench.p).g == D("48.70")
    released = next(recorded.event for recorded in bench.log if isinstance(recorded.event, Released))
    assert round(released.dose_mg, 1) == D("968.5")
    bench.do(Confirmation("leftovers discarded"))
    closed = next(recorded.event for recorded in bench.log if isinstance(recorded.event, Closed))
    assert (closed.wasted_ml, closed.wasted_mg, bench.p.closed) == (D("1.5"), D("30.0"), True)
