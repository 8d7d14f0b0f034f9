"""Mode B: the draw is worked out from what was weighed into the vials (R5)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D

import pytest

from tests.workflows.example import BAG, CABINET, DILUENT, RECIPE, Bench, device, order, photo, scan, vial, weigh
from workflows import commands as asked
from workflows import measured
from workflows.events import Rejected
from workflows.evidence import Confirmation
from workflows.facts import expected
from workflows.quantities import Density
from workflows.recipe import Recipe
from workflows.remembering import remember

NS_DENSITY = D("1.0046")
MAKING = RECIPE.reconstitution
DISPLACED = replace(MAKING, mode="B", displacement_ml=D("0.3"))
ACTUAL: Recipe = replace(RECIPE, reconstitution=DISPLACED)


def test_the_draw_follows_the_vials_that_were_weighed() -> None:
    """25.06 g and 25.20 g went in: 50.03 mL, with 0.6 mL of powder 50.63 mL for 1,000 mg."""
    ann = Bench(ACTUAL)
    ann.until_reconstituted()
    liquid = (D("25.06") + D("25.20")) / NS_DENSITY + D("0.6")
    strength = D(1000) / liquid
    assert measured.concentration(ann.p).mg_per_ml == pytest.approx(strength, rel=D("1e-24"))
    share = D(970) / strength / 2
    target = measured.draw_target(ann.p)
    assert target.volume_ml == pytest.approx(share, rel=D("1e-24"))
    assert target.expected_g == target.volume_ml * D("1.009")
    assert measured.gain_target(ann.p).volume_ml == target.volume_ml * 2


def test_until_every_vial_is_weighed_the_label_counts() -> None:
    ann = Bench(ACTUAL)
    ann.until_staged()
    ann.do(weigh("30.11", ann.at))
    ann.do(weigh("55.17", ann.at))
    assert measured.concentration(ann.p).mg_per_ml == 20
    assert measured.draw_target(ann.p) == ann.p.plan.draw


def test_mode_a_keeps_the_label() -> None:
    ann = Bench(replace(RECIPE, reconstitution=replace(DISPLACED, mode="A")))
    ann.until_reconstituted()
    assert measured.concentration(ann.p).mg_per_ml == 20
    assert measured.draw_target(ann.p) == ann.p.plan.draw


@pytest.mark.parametrize("mode", ["A", "B"])
def test_a_vial_more_than_five_per_cent_off_its_label_is_set_aside_in_both_modes(mode: str) -> None:
    """26.30 g is inside the diluent's window, and with 0.3 mL of powder 18.9 mg/mL: 5.6 % under the label."""
    ann = Bench(replace(RECIPE, reconstitution=replace(DISPLACED, mode=mode)))
    ann.until_staged()
    ann.do(weigh("30.11", ann.at))
    (event,) = ann.ask(asked.Submit("", weigh("56.41", ann.at)))
    assert isinstance(event, Rejected)
    assert [finding.code for finding in event.findings] == ["CONCENTRATION_OFF"]


SMALL = replace(
    ACTUAL,
    vial_mg=D(40),
    vial_ml=D("2"),
    reconstitution=replace(DISPLACED, volume_ml=D("1.9"), displacement_ml=D("0.1")),
    final_min_mg_ml=None,
)
"""40 mg a vial, 2 mL of 20 mg/mL."""


def reconstituted(dose: str, diluent_g: str) -> Bench:
    """Return a bench at the first draw of one small vial into which this much diluent went."""
    ann = Bench(SMALL, order=order(dose))
    ann.policy = replace(ann.policy, weigh_gate=D("0.5"))  # so that R13 leaves the question to R11
    ann.until_claimed()
    p = ann.p
    assert p is not None
    assert p.plan.vials == 1
    ann.do(scan(CABINET))
    for item in ann.policy.ppe:
        ann.do(Confirmation(item))
    for found in (vial("A", amount_mg=D(40)), DILUENT, BAG):
        ann.do(scan(found))
    for part in p.plan.devices:
        ann.do(scan(device(part)))
    ann.do(photo("staged"))
    ann.do(weigh("10.00", ann.at))
    ann.do(weigh(str(D("10.00") + D(diluent_g)), ann.at))
    ann.do(Confirmation("dissolved and clear"))
    ann.do(weigh("5.00", ann.at))
    return ann


def test_a_draw_that_grew_into_the_next_band_has_that_band_s_tolerance() -> None:
    """1.99 mL of 20 mg/mL has 8 %; recomputed it is over 2 mL, which has 5 % (R11)."""
    ann = reconstituted("39.8", "1.98")
    assert ann.p.plan.draw.tolerance == D("0.08")
    target = measured.draw_target(ann.p)
    assert target.volume_ml > 2
    assert target.tolerance == D("0.05")
    facts = None
    for recorded in ann.log:
        facts = remember(facts, recorded)
    assert expected(facts, "syringe-full:1") == (target.expected_g, target.tolerance)
    over = target.expected_g * D("1.06")
    (event,) = ann.ask(asked.Submit("", weigh(f"{D('5.00') + over:.2f}", ann.at)))
    assert isinstance(event, Rejected)


def test_a_draw_that_shrank_below_what_a_weight_decides_is_refused() -> None:
    """0.5 mL of 20 mg/mL may be weighed; with less diluent it is under half a millilitre, and may not (R11)."""
    ann = reconstituted("10", "1.86")
    target = measured.draw_target(ann.p)
    assert target.volume_ml < D("0.5")
    (event,) = ann.ask(asked.Submit("", weigh(f"{D('5.00') + target.expected_g:.2f}", ann.at)))
    assert isinstance(event, Rejected)
    assert "DRAW_TOO_SMALL" in [finding.code for finding in event.findings]


def test_the_density_of_what_is_drawn_is_the_solution_s() -> None:
    ann = Bench(ACTUAL)
    ann.open()
    assert measured.density(ann.p) == Density(D("1.009"))
