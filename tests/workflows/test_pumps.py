"""Fluorouracil over 46 hours in a 100 mL cassette, to the last digit; and what no pump may be (R55)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D

import pytest

from tests.cast import ANN, BO, CY, LEE, PAM, PRINTER, QA, RAE
from tests.workflows.example import (
    CABINET,
    DILUENT,
    NS,
    POLICY,
    RECIPE,
    Bench,
    measured_density,
    order,
    photo,
    scan,
    vial,
    weigh,
)
from workflows import commands as asked
from workflows.billing import units_given
from workflows.circumstances import Actor
from workflows.events import Closed, Redone, Rejected, Released
from workflows.evidence import Confirmation, Container, LabelCode, Printed, Programme, Weighing
from workflows.findings import Refused
from workflows.instructions import confirms, instruction
from workflows.library import CADD_CASSETTE, ELASTOMERIC_PUMP
from workflows.measured import drawn_in_all, infused
from workflows.order import Active, Base
from workflows.plan import Plan, plan
from workflows.recipe import LibraryEntry, Reservoir
from workflows.rules.pumps import SHUT
from workflows.targets import Target
from workflows.wording import reading

MADE = Reservoir(NS, measured_density("1.0046"), (D(50), D(100), D(250)))
FU = replace(
    RECIPE, name="fluorouracil-50-cassette", drug="fluorouracil", printed_drug="fluorouracil", items=("fluorouracil-50ml",),
    ndcs=("63323-117-58",), concentration_mg_ml=D(50), density=measured_density("1.04"), vial_mg=D(2500), vial_ml=D(50),
    reconstitution=None, bases=(NS,), containers=("cassette",), final_min_mg_ml=None, stability_h=D(168), opened_h=D(4),
    reservoir=MADE,
)  # fmt: skip
LINE = LibraryEntry("FU-CONT", "7", "fluorouracil", D(1), D(50), D(10), "Pam Pharmacist", "Nora Nurse")
SITE = replace(POLICY, pump_library=(LINE,), cstd=False, photos=("staged", "syringes", "final"))
ORDER = replace(
    order(), drug="fluorouracil", dose=D(4320), actives=(Active("fluorouracil", D(4320), "mg"),), container="cassette",
    base=None, rate_ml_h=D(2), duration_min=D(46 * 60), total_volume_ml=D(92),
)  # fmt: skip
VIALS = [
    vial(f"FU-{letter}", item_id="fluorouracil-50ml", text="fluorouracil 2.5 g pharmacy bulk package", drug="fluorouracil",
         ndc="63323-117-58", concentration_mg_ml=D(50), amount_mg=D(2500), lot="FU55")
    for letter in "AB"
]  # fmt: skip
SALINE = replace(DILUENT, unit="NS-9")
EMPTY = Container(
    "base", "cassette-100", "cassette, 100 mL", volume_ml=D(100), part="cassette", lot="CA1", expiry=VIALS[0].expiry,
    unit="CAS-1",
)  # fmt: skip
SCREEN = Programme("FU-CONT", "7", D(92), D(2), D(46), True)


def made(**changes: object) -> Plan:
    found = plan(ORDER, replace(FU, **changes), SITE)
    assert isinstance(found, Plan), found
    return found


def limits_of(aim: Target) -> list[str]:
    return [reading(one) for one in (aim.expected_g, aim.low_g, aim.high_g)]


def test_r55_the_worked_example_is_planned_to_the_last_digit() -> None:
    found = made()
    pump = found.pump
    assert pump is not None
    assert (found.volume_ml, found.vials, found.syringes_ml) == (D("86.4"), 2, (D(60), D(60)))
    shown = [reading(one) for one in (found.draw.expected_g, found.draw.low_g, found.draw.high_g)]
    assert shown == ["44.93", "42.68", "47.17"]
    assert (pump.rate_ml_h, pump.hours, pump.infuse_ml, pump.fluid_ml) == (D(2), D(46), D(92), D("5.6"))
    assert pump.fluid_draw is not None
    assert found.gain is not None
    assert [reading(g) for g in (pump.fluid_draw.expected_g, pump.fluid_draw.low_g, pump.fluid_draw.high_g)] == [
        "5.63",
        "5.34",
        "5.91",
    ]
    assert limits_of(found.gain) == ["95.48", "92.62", "98.35"]
    assert (reading(found.final_mg_ml), pump.capacity_ml, pump.entry, pump.entry_version) == (
        "46.96",
        D(100),
        "FU-CONT",
        "7",
    )
    assert (found.leftover_ml, found.leftover_ml * 50) == (D("13.6"), D(680))


def test_r55_what_is_filled_in_besides_has_the_same_strength_and_is_counted() -> None:
    found = made(reservoir=replace(MADE, prime_ml=D(2), residual_ml=D(1)))
    pump = found.pump
    assert pump is not None
    assert (pump.infuse_ml, pump.reservoir_ml, pump.filled_ml) == (D(92), D(93), D(95))
    assert [reading(one, 1) for one in (found.volume_ml, pump.fluid_ml)] == ["89.2", "5.8"]
    assert (reading(pump.total_mg, 0), found.prescribed_mg) == ("4,461", D(4320))
    assert reading(found.final_mg_ml, 3) == "46.957"


def test_r55_without_a_rate_the_least_one_that_holds_the_dose_is_chosen() -> None:
    found = plan(replace(ORDER, rate_ml_h=None), FU, SITE)
    assert isinstance(found, Plan)
    assert found.pump is not None
    assert (found.pump.rate_ml_h, found.pump.infuse_ml, found.pump.fluid_ml) == (D("1.9"), D("87.4"), D("1.0"))


NO_ORDER = [
    ("RATE_OFF_THE_GRID", {"rate_ml_h": D("1.95")}, {}, {}),
    ("VOLUME_BELOW_DOSE", {"rate_ml_h": D("1.8")}, {}, {}),
    ("PUMP_DISAGREES", {"base": Base(NS, D(95), qs=True)}, {}, {}),
    ("DURATION_MISSING", {"duration_min": None}, {}, {}),
    ("DURATION_NOT_SET", {"duration_min": D(2761)}, {}, {}),
    ("STABILITY_TOO_SHORT", {}, {"stability_h": D(24)}, {}),
    ("BASE_NOT_ALLOWED", {"base": Base("dextrose 5 %", D(92), qs=True)}, {}, {}),
    ("NO_RESERVOIR", {}, {"reservoir": None}, {}),
    ("RESERVOIR_TOO_SMALL", {}, {"reservoir": replace(MADE, volumes_ml=(D(50),))}, {}),
    ("DENSITY_DOES_NOT_GATE", {}, {"reservoir": replace(MADE, fluid_density=replace(MADE.fluid_density, confirmed=False))}, {}),
    ("NOT_IN_LIBRARY", {}, {}, {"pump_library": ()}),
    ("OUTSIDE_LIBRARY", {}, {}, {"pump_library": (replace(LINE, most_ml_h=D("1.9")),)}),
    ("SEVERAL_ENTRIES", {}, {}, {"pump_library": (LINE, replace(LINE, version="8"))}),
    ("ENTRY_NOT_SIGNED", {}, {}, {"pump_library": (replace(LINE, nurse="pam pharmacist"),)}),
    ("VINCA_NOT_IN_A_BAG", {}, {"vinca": True, "hold": True}, {}),
    ("POLICY_TOO_LOOSE", {}, {}, {"filled_tolerance": D("0.11")}),
]  # fmt: skip


@pytest.mark.parametrize("row", NO_ORDER, ids=[f"{n}-{row[0]}" for n, row in enumerate(NO_ORDER)])
def test_r55_g32_an_order_that_no_pump_can_run_is_not_opened(row: tuple[str, dict, dict, dict]) -> None:  # type: ignore[type-arg]
    code, in_order, in_recipe, in_policy = row
    found = plan(replace(ORDER, **in_order), replace(FU, **in_recipe), replace(SITE, **in_policy))
    assert isinstance(found, tuple)
    assert [one.code for one in found] == [code]


DEVICE = replace(FU, containers=("elastomeric",), reservoir=replace(MADE, volumes_ml=(D(100), D(250))))
DEVICES = [
    ("100", "2", "46", ""),
    ("250", "5", "46", ""),
    ("", "2", "30", "VOLUME_BELOW_DOSE"),
    ("", "3", "50", "RESERVOIR_TOO_EMPTY"),
    ("", "6", "46", "RESERVOIR_TOO_SMALL"),
]  # fmt: skip


@pytest.mark.parametrize(("size", "flow", "hours", "code"), DEVICES)
def test_r55_an_elastomeric_pump_has_the_flow_and_the_volume_that_run_the_dose(
    size: str, flow: str, hours: str, code: str
) -> None:
    found = plan(replace(ORDER, container="elastomeric", rate_ml_h=D(flow), duration_min=D(hours) * 60), DEVICE, SITE)
    if code:
        assert isinstance(found, tuple)
        assert [one.code for one in found] == [code]
        return
    assert isinstance(found, Plan)
    assert found.pump is not None
    assert (found.pump.capacity_ml, found.pump.part) == (D(size), f"elastomeric {flow} mL/h")


def bench(**recipe: object) -> Bench:
    return Bench(recipe=replace(FU, **recipe), order=ORDER, workflow=CADD_CASSETTE, policy=SITE)


def until_filled(one: Bench, fluid: str = "13.60", full: str = "156.70") -> None:
    one.until_claimed()
    one.do(scan(CABINET))
    for item in one.policy.ppe:
        one.do(Confirmation(item))
    for found in (*VIALS, SALINE, EMPTY):
        one.do(scan(found))
    one.do(photo("staged"))
    for grams in ("18.40", "63.20", "18.41", "63.51", "8.00", fluid):
        one.do(weigh(grams, one.at))
    one.do(photo("syringes"))
    for grams in ("61.20", full):
        one.do(weigh(grams, one.at))
    one.do(Confirmation(SHUT))


def until_labelled(one: Bench) -> None:
    until_filled(one)
    one.do(Printed("final", "FINAL001", 1, "bb", "spool"), PRINTER)
    one.do(scan(LabelCode("final", "FINAL001", 1, "P1", False)))
    one.do(photo("final"))


def until_set(one: Bench) -> None:
    until_labelled(one)
    one.do(SCREEN)
    one.do(photo("screen"))


def test_r55_the_worked_example_is_filled_set_checked_and_released() -> None:
    one = bench()
    until_set(one)
    one.do(SCREEN, second=BO)
    one.do(one.sign("approved for release"), PAM)
    one.do(scan(LabelCode("in_process", "INPROC01", 1, "P1", False)))
    one.do(Confirmation("leftovers discarded"))
    assert one.p is not None
    released = next(seen.event for seen in one.log if isinstance(seen.event, Released))
    drawn, given = drawn_in_all(one.p), infused(one.p)
    assert drawn is not None
    assert given is not None
    assert reading(drawn.dose.mg, 0) == "4,322", "44.80 g and 45.10 g: 86.44 mL, +0.05 %"
    assert reading(given.mg, 1) == "4,321.3", "4322.1 mg in 86.44 + 5.57 mL, of which 92 mL are infused"
    assert released.dose_mg == given.mg
    closed = next(seen.event for seen in one.log if isinstance(seen.event, Closed))
    assert (closed.wasted_ml, closed.wasted_mg) == (D("13.6"), D(680))
    fates = {each.unit: each.fate for each in closed.accounts}
    assert fates["CAS-1"] == "dispensed"
    assert fates["FU-A"] == fates["NS-9"] == "used, rest wasted"
    assert units_given(D(4320), D(500)) == 9, "billed on the prescribed dose, up to whole units"
    check = one.p.entries["programme-check"]
    assert (check.who, check.second) == (ANN.id, BO.id)
    assert BO.id in one.p.hands, "whoever checked the pump has had a hand in it"


SCREENS = [
    ("rate", replace(SCREEN, rate_ml_h=D(20)), "PROGRAMME_DIFFERS", "rate 20 mL/h, not 2 mL/h"),
    ("hours", replace(SCREEN, hours=D(4)), "PROGRAMME_DIFFERS", "time 4 h, not 46 h"),
    ("volume", replace(SCREEN, reservoir_ml=D(100)), "PROGRAMME_DIFFERS", "reservoir volume 100 mL, not 92 mL"),
    ("lock", replace(SCREEN, locked=False), "PROGRAMME_DIFFERS", "not locked"),
    ("entry", replace(SCREEN, entry="FU-BOLUS"), "LIBRARY_DIFFERS", "signed is FU-CONT, version 7"),
    ("version", replace(SCREEN, version="6"), "LIBRARY_DIFFERS", "version 6; signed is FU-CONT, version 7"),
]  # fmt: skip


def test_r55_g32_a_pump_that_is_set_otherwise_stops_it_and_is_a_near_miss() -> None:
    one = bench()
    until_labelled(one)
    for what, shown, code, says in SCREENS:
        answer = one.ask(asked.Submit("", shown), ANN)
        assert isinstance(answer, tuple), what
        assert isinstance(answer[0], Rejected), what
        assert [finding.code for finding in answer[0].findings] == [code]
        assert says in answer[0].findings[0].says
    assert one.p is not None
    assert len(one.p.near_misses) == len(SCREENS)
    assert [slot.name for slot in CADD_CASSETTE.open_slots(one.p)] == ["programme"]


@pytest.mark.parametrize("second", [None, ANN, LEE, QA, RAE, CY], ids=lambda who: who.id if who else "nobody")
def test_r29_nobody_who_may_not_checks_a_pump(second: Actor | None) -> None:
    one = bench()
    until_set(one)
    answer = one.ask(asked.Submit("", SCREEN), ANN, second)
    assert isinstance(answer, tuple)
    assert isinstance(answer[0], Rejected)
    assert [finding.code for finding in answer[0].findings] == ["SECOND_PERSON"]


def test_r29_whoever_set_the_pump_does_not_check_it_after_a_hand_over_either() -> None:
    one = bench()
    until_set(one)
    assert not isinstance(one.ask(asked.HandOver(), ANN, BO), Refused)
    for item in one.policy.ppe:
        one.do(Confirmation(item), BO)
    answer = one.ask(asked.Submit("programme-check", SCREEN), BO, ANN)
    assert isinstance(answer, tuple)
    assert isinstance(answer[0], Rejected)
    one.do(SCREEN, BO, second=PAM)


def test_r25_a_pharmacist_who_checked_the_pump_does_not_approve() -> None:
    one = bench()
    until_set(one)
    one.do(SCREEN, second=PAM)
    refused = one.ask(asked.Submit("", one.sign("approved for release")), PAM)
    assert isinstance(refused, Refused)
    assert refused.code == "OWN_WORK"


def test_g33_who_never_proved_to_set_pumps_does_not_take_a_cassette_and_may_take_a_device() -> None:
    one = bench()
    one.open()
    one.do(one.sign("order verified"), PAM)
    refused = one.ask(asked.Claim(), LEE)
    assert isinstance(refused, Refused)
    assert "PUMP-CADD" in refused.says
    device = Bench(recipe=DEVICE, order=replace(ORDER, container="elastomeric"), workflow=ELASTOMERIC_PUMP, policy=SITE)
    device.open()
    device.do(device.sign("order verified"), PAM)
    assert not isinstance(device.ask(asked.Claim(), LEE), Refused)


@pytest.mark.parametrize(("grams", "code"), [("153.81", "TOO_LITTLE"), ("159.56", "TOO_MUCH")])
def test_r55_a_reservoir_three_percent_off_stops_it(grams: str, code: str) -> None:
    one = bench()
    with pytest.raises(AssertionError, match=code):
        until_filled(one, full=grams)


def test_r31_a_pharmacy_bulk_package_is_in_the_cassette_within_four_hours() -> None:
    one = bench()
    with pytest.raises(AssertionError, match="4 hours ago"):
        until_filled(_late(one))


def _late(one: Bench) -> Bench:
    """Let four hours go by before the reservoir is weighed full, and its empty weight be taken late as well."""
    real, begun = one.do, one.at

    def do(evidence: object, *rest: object, **more: object) -> None:
        if isinstance(evidence, Weighing) and evidence.g == D("61.20"):
            one.at = begun + timedelta(hours=4, minutes=5)
            one.ask(asked.ChangeGloves(gown=True))
            evidence = replace(evidence, taken_at=one.at)
        real(evidence, *rest, **more)  # type: ignore[arg-type]  # as asked

    one.do = do  # type: ignore[method-assign]  # the same bench, later
    return one


def test_the_diluents_syringe_is_drawn_anew_alone() -> None:
    one = bench()
    with pytest.raises(AssertionError, match="TOO MUCH IN DILUENT SYRINGE 1"):
        until_filled(one, fluid="14.20")
    again = one.ask(asked.Redo("fluid", 1, "too much"), ANN)
    assert isinstance(again, tuple)
    assert isinstance(again[0], Redone)
    assert again[0].slots == ("fluid-empty:1",)
    one.do(weigh("8.02", one.at))
    one.do(weigh("13.65", one.at))


def test_a_vial_taken_anew_leaves_the_diluent_that_was_drawn() -> None:
    one = bench()
    with pytest.raises(AssertionError, match="TOO MUCH"):
        until_filled(one, full="159.56")
    other = bench()
    other.until_claimed()
    assert other.p is not None
    assert isinstance(other.ask(asked.Redo("fluid", 1, "none yet"), ANN), Refused)


def test_no_instruction_of_a_pump_speaks_of_a_bag_and_each_has_words() -> None:
    one = bench()
    one.open()
    assert one.p is not None
    words = {slot.name: instruction(one.p, slot) for slot in CADD_CASSETTE.slots(one.p)}
    assert not [each for each in words.values() if "bag" in f"{each}"]
    assert words["fluid-full:1"].task == "Draw 5.6 mL sodium chloride 0.9 %. Weigh diluent syringe 1."
    assert words["fluid-full:1"].detail == "5.63 g (5.34 to 5.91 g)"
    assert words["reservoir-full"].detail == "95.48 g (92.62 to 98.35 g)"
    assert (words["programme"].kind, words["programme-check"].kind) == ("programme", "programme")
    assert all(each.task and len(each.task.split()) <= 12 for each in words.values())
    (shut,) = (slot for slot in CADD_CASSETTE.slots(one.p) if slot.name == "reservoir-closed")
    assert confirms(one.p, shut) == SHUT


def test_a_drug_syringe_drawn_anew_has_the_diluent_drawn_anew_for_they_are_judged_together() -> None:
    one = bench()
    until_filled_but_for_the_reservoir(one)
    again = one.ask(asked.Redo("syringe", 1, "drawn anew"), ANN)
    assert isinstance(again, tuple)
    assert isinstance(again[0], Redone)
    assert {"syringe-full:1", "fluid-empty:1", "fluid-full:1"} <= set(again[0].slots)


def until_filled_but_for_the_reservoir(one: Bench) -> None:
    one.until_claimed()
    for step in (
        scan(CABINET),
        *map(Confirmation, one.policy.ppe),
        *map(scan, (*VIALS, SALINE, EMPTY)),
        photo("staged"),
    ):
        one.do(step)
    for grams in ("18.40", "63.20", "18.41", "63.51", "8.00", "13.60"):
        one.do(weigh(grams, one.at))


def test_no_other_recipe_gives_a_pump_another_pace_than_was_verified() -> None:
    one = bench()
    one.until_claimed()
    assert FU.reservoir is not None
    slower = replace(FU, version=FU.version + 1, reservoir=replace(FU.reservoir, residual_ml=D(3)))
    refused = one.ask(asked.Amend(slower, "the reservoir keeps 3 mL", one.sign("recipe amended")), PAM)
    assert isinstance(refused, Refused)
    assert refused.code == "OTHER_PACE"


def test_a_rate_of_nothing_is_not_a_rate_that_was_not_said() -> None:
    found = plan(replace(ORDER, rate_ml_h=D(0)), FU, SITE)
    assert not isinstance(found, Plan)
