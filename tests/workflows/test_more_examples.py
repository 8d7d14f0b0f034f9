"""Two further examples, number by number: a powder whose displacement matters, and a solvent far lighter than water.

Gemcitabine 950 mg from a 1 g vial: 25 mL of diluent make 26.3 mL, for the powder itself takes room (R5). Paclitaxel 282.7 mg:
its solvent weighs 0.925 g/mL; whoever counts with 1.0 refuses every right draw and accepts short ones (R12).
"""

from dataclasses import replace
from decimal import Decimal as D

import pytest

from tests.cast import ANN, PAM, PRINTER
from tests.workflows.answers import rejected
from tests.workflows.example import (
    BAG,
    CABINET,
    DILUENT,
    NS,
    POLICY,
    RECIPE,
    Bench,
    device,
    measured_density,
    order,
    photo,
    scan,
    vial,
    weigh,
)
from workflows import commands as asked
from workflows import measured
from workflows.events import Released
from workflows.evidence import Confirmation, LabelCode, Printed
from workflows.findings import Refused
from workflows.gravimetry import expected_mass
from workflows.order import Active
from workflows.plan import Plan, plan
from workflows.quantities import Density, Volume
from workflows.recipe import DensityOf
from workflows.sheet import sheet

GEMCITABINE = replace(
    RECIPE, name="gemcitabine-38-bag", drug="gemcitabine", printed_drug="gemcitabine", items=("gemcitabine-1g",),
    ndcs=("99999-501-01",), concentration_mg_ml=D(38), density=measured_density("1.030"), vial_mg=D(1000), vial_ml=D("26.3"),
    reconstitution=replace(RECIPE.reconstitution, volume_ml=D(25), displacement_ml=D("1.3"), mode="B"),  # type: ignore[type-var]  # it is there
    bases=(NS,), final_min_mg_ml=D("0.1"), waste_unit_mg=None,
)  # fmt: skip
GEM_ORDER = replace(
    order(dose="950", base=NS), drug="gemcitabine", actives=(Active("gemcitabine", D(950), "mg", "38 mg/mL"),)
)
GEM_VIAL = vial(
    "GEM-A", item_id="gemcitabine-1g", text="gemcitabine 1 g powder", drug="gemcitabine", ndc="99999-501-01",
    concentration_mg_ml=D(38), amount_mg=D(1000),
)  # fmt: skip
SALINE = replace(BAG, item_id="ns-250", text=f"{NS} 250 mL bag", fluid=NS, unit="NSB-1")

PACLITAXEL = replace(
    RECIPE, name="paclitaxel-6-bag", drug="paclitaxel", printed_drug="PACLitaxel", items=("paclitaxel-300mg",),
    ndcs=("63323-763-50",), concentration_mg_ml=D(6), density=DensityOf(D("0.925"), "measured", D("0.0005"), True),
    vial_mg=D(300), vial_ml=D(50), reconstitution=None, bases=(NS,), final_min_mg_ml=D("0.3"), final_max_mg_ml=D("1.2"),
)  # fmt: skip
PAC_ORDER = replace(
    order(dose="282.7", base=NS), drug="paclitaxel", actives=(Active("paclitaxel", D("282.7"), "mg", "6 mg/mL"),)
)


def dissolved(bench: Bench, gain: str) -> Bench:
    """Stage one vial of gemcitabine and add diluent that weighs `gain` grams."""
    bench.until_claimed()
    bench.do(scan(CABINET))
    for item in bench.policy.ppe:
        bench.do(Confirmation(item))
    for found in (GEM_VIAL, DILUENT, SALINE):
        bench.do(scan(found))
    for part in bench.p.plan.devices:  # type: ignore[union-attr]  # it is open
        bench.do(scan(device(part)))
    bench.do(photo("staged"))
    bench.do(weigh("41.20", bench.at))
    bench.do(weigh(str(D("41.20") + D(gain)), bench.at))
    bench.do(Confirmation("dissolved and clear"))
    return bench


def test_r5_gemcitabine_is_drawn_by_its_actual_strength_with_the_powders_own_volume_counted() -> None:
    bench = dissolved(Bench(recipe=GEMCITABINE, order=GEM_ORDER), "24.60")
    made = measured.vial_gains(bench.p)[0]
    assert made is not None
    assert round(made.diluent.ml, 2) == D("24.49"), "24.60 g / 1.0046 g/mL"
    assert round(made.concentration.mg_per_ml, 2) == D("38.78"), "1,000 mg / (24.49 + 1.3) mL"
    assert round(made.off_label * 100, 1) == D("2.0")
    aim = measured.draw_target(bench.p)
    assert (round(aim.volume_ml, 2), round(aim.expected_g, 2)) == (D("24.50"), D("25.23"))
    line = next(one for one in sheet(bench.p) if one.what == "actual A")
    assert line.formula == "1,000 mg ÷ (24.49 mL diluent + 1.3 mL displacement)"


def test_r5_where_the_powders_volume_is_left_out_nothing_is_begun() -> None:
    naive = replace(GEMCITABINE.reconstitution, displacement_ml=D(0))  # type: ignore[type-var]  # it is there
    with pytest.raises(AssertionError, match=r"makes 40.00 mg/mL, not 38 mg/mL"):
        dissolved(Bench(recipe=replace(GEMCITABINE, reconstitution=naive, vial_ml=D(25)), order=GEM_ORDER), "24.60")


def test_r5_where_the_powders_volume_is_written_too_small_the_same_right_vial_is_stopped_as_too_strong() -> None:
    slipped = replace(GEMCITABINE.reconstitution, displacement_ml=D("0.13"))  # type: ignore[type-var]  # as above
    bench = Bench(recipe=replace(GEMCITABINE, reconstitution=slipped, vial_ml=D("25.13")), order=GEM_ORDER)
    with pytest.raises(AssertionError, match=r"40.62 mg/mL, \+6.9 % from its label"):
        dissolved(bench, "24.60")
    assert bench.p is not None
    assert bench.p.near_misses[-1].codes == ("CONCENTRATION_OFF",)


def test_r8_gemcitabine_from_order_to_release_is_950_mg() -> None:
    bench = dissolved(Bench(recipe=GEMCITABINE, order=GEM_ORDER), "24.60")
    bench.do(weigh("18.42", bench.at))
    bench.do(weigh("43.60", bench.at))
    for name in ("syringes",):
        bench.do(photo(name))
    bench.do(weigh("287.60", bench.at))
    bench.do(weigh("312.76", bench.at))
    bench.do(photo("empty"))
    bench.do(Printed("final", "FINAL001", 1, "bb", "spool"), PRINTER)
    bench.do(scan(LabelCode("final", "FINAL001", 1, "P1", False)))
    bench.do(photo("final"))
    bench.do(bench.sign("approved for release"), PAM)
    bench.do(scan(LabelCode("in_process", "INPROC01", 1, "P1", False)))
    released = next(one.event for one in bench.log if isinstance(one.event, Released))
    assert round(released.dose_mg, 1) == D("948.0"), "25.18 g / 1.030 g/mL * 38.78 mg/mL"


def test_r1_paclitaxels_target_is_eight_percent_lighter_than_water() -> None:
    made = plan(PAC_ORDER, PACLITAXEL, POLICY)
    assert isinstance(made, Plan)
    assert made.gain is not None
    assert (round(made.volume_ml, 1), round(made.gain.expected_g, 1)) == (D("47.1"), D("43.6"))
    assert round(made.final_mg_ml, 2) == D("0.95")
    as_water = expected_mass(Volume(made.volume_ml), Density(D("1.0")))
    assert round(as_water.g, 1) == D("47.1")
    assert round(made.gain.expected_g / as_water.g - 1, 3) == D("-0.075"), "a right draw would read 7.5 % short"


def test_r12_a_density_of_one_that_somebody_assumed_opens_nothing() -> None:
    bench = Bench(
        recipe=replace(PACLITAXEL, density=DensityOf(D("1.0"), "assumed 1.0", D("0.02"), True)), order=PAC_ORDER
    )
    answer = bench.ask(asked.Open(bench.order, bench.recipe, bench.policy), PAM)
    assert isinstance(answer, Refused)
    assert "it may not judge a weight" in answer.says


def test_r12_with_water_signed_as_measured_every_right_draw_would_be_refused() -> None:
    """What a wrong density does even where two people signed it: it stops work; it never lets a wrong dose through as right."""
    wrong = Bench(recipe=replace(PACLITAXEL, density=measured_density("1.0")), order=PAC_ORDER)
    wrong.until_claimed()
    wrong.do(scan(CABINET))
    for item in wrong.policy.ppe:
        wrong.do(Confirmation(item))
    bottle = vial("PAC-A", item_id="paclitaxel-300mg", text="paclitaxel 300 mg", drug="paclitaxel", ndc="63323-763-50",
                  concentration_mg_ml=D(6), amount_mg=D(300))  # fmt: skip
    for found in (bottle, SALINE):
        wrong.do(scan(found))
    for part in wrong.p.plan.devices:  # type: ignore[union-attr]  # it is open
        wrong.do(scan(device(part)))
    wrong.do(photo("staged"))
    wrong.do(weigh("18.42", wrong.at))
    right_draw = D("18.42") + D("23.56") * D("0.925")
    answer = wrong.ask(asked.Submit("", weigh(str(right_draw.quantize(D("0.01"))), wrong.at)), ANN)
    assert "TOO_LITTLE" in rejected(answer)
    assert "(-7.5 %)" in wrong.p.near_misses[-1].says  # type: ignore[union-attr]  # it is open
