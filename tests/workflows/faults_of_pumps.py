"""Faults in what fills and sets a pump: a rate that runs no dose, one person's word, another library, a reservoir not weighed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from tests.workflows.faults import Fault, Plant, left_out, loosened, patched, without
from tests.workflows.faults_of_syringes import blind_to_vincas
from workflows import budgets, plan, preparation, pumping, taking_back
from workflows.library.cadd_cassette import CADD_CASSETTE
from workflows.library.elastomeric_pump import ELASTOMERIC_PUMP
from workflows.rules import closeness, dating, identity, people, pumps, weighing
from workflows.rules.rule import Rule
from workflows.worlds import AGAIN, PERSON
from workflows.worlds_of_pumps import (
    FILLED_WITH_MORE,
    KEPT_COLD,
    NOT_SHOWN,
    NOT_SIGNED,
    OF_ITS_OWN,
    OFF_THE_GRID,
    STRAIGHT,
    VINCA_IN_A_DEVICE,
    VINCA_IN_A_PUMP,
)

_PUMP_PLAN = plan.pump_plan
BY_OTHERS = replace(STRAIGHT, only=frozenset({PERSON}))
ANEW = replace(STRAIGHT, only=frozenset({AGAIN}))


def of_cassettes(name: str, value: object, module: object = pumping) -> Plant:
    return patched(module, name, value, CADD_CASSETTE)


def no(*rules: Rule[Any], step: str = "", of: Any = CADD_CASSETTE) -> Plant:
    return without(*rules, step=step, of=of)


def hours_twice_as_long(*asked: Any) -> Any:
    """The hours of the plan, and of its label, are not those that were ordered."""
    made = _PUMP_PLAN(*asked)
    return replace(made, hours=made.hours * 2)


def never_more(drug: Any, infuse: Decimal, _: Any) -> Decimal:
    """What is filled in besides is forgotten when the diluent is worked out."""
    return infuse - drug.ml


def of_devices(name: str, value: object, module: object = pumping) -> Plant:
    return patched(module, name, value, ELASTOMERIC_PUMP)


def as_for_a_bag(p: Any) -> Any:
    return p.policy.competencies


def any_line(_: Any, __: Any, policy: Any, *___: Any) -> Any:
    return policy.pump_library[0]


MAY_APPROVE = loosened("approve", CADD_CASSETTE, not_by_preparers=False)
LIMITS = (weighing.IS_WITHIN_TOLERANCE, closeness.IS_CLEAR_OF_ITS_LIMITS, pumps.DOSE_IS_IN_THE_VOLUME)
SECOND = pumps.IS_READ_BY_A_SECOND
PLANNED = pumps.PROGRAMME_IS_AS_PLANNED
PUMP_FAULTS = (
    Fault("a vinca drug may go into a cassette", of_cassettes("_order_findings", blind_to_vincas, plan), 12, VINCA_IN_A_PUMP),
    Fault("a vinca drug may go into a device", of_devices("_order_findings", blind_to_vincas, plan), 12, VINCA_IN_A_DEVICE),
    Fault("a rate need not be one that the pump has", of_cassettes("_wrong_pace", lambda *_: ()), 13, OFF_THE_GRID),
    Fault("a pump is planned for other hours than ordered", of_devices("pump_plan", hours_twice_as_long, plan), 13, OF_ITS_OWN),
    Fault("the dose need not be in the volume to infuse", no(pumps.DOSE_IS_IN_THE_VOLUME), 3, STRAIGHT),
    Fault("what fills the line is not counted", of_cassettes("_fluid_ml", never_more), 3, FILLED_WITH_MORE),
    Fault("any reservoir is taken", no(pumps.IS_THE_RESERVOIR), 2, STRAIGHT),
    Fault("any fluid fills it up", no(pumps.IS_THE_FLUID), 2, STRAIGHT),
    Fault("one bottle of diluent counts twice", no(identity.IS_A_NEW_UNIT, step="fluid"), 2, STRAIGHT),
    Fault("the diluent is not weighed against its limits", no(*LIMITS, step="fluid-full"), 3, STRAIGHT),
    Fault("the filled reservoir is not weighed against its limits", no(*LIMITS, step="reservoir-full"), 3, STRAIGHT),
    Fault("a device's filled reservoir is not weighed", left_out("reservoir-full", ELASTOMERIC_PUMP), 14, OF_ITS_OWN),
    Fault("nobody looks for air or at the clamp", left_out("reservoir-closed", ELASTOMERIC_PUMP), 14, OF_ITS_OWN),
    Fault("a pump is set to another rate or time", no(PLANNED), 15, STRAIGHT),
    Fault("the second reading of the screen is left out", left_out("programme-check", CADD_CASSETTE), 15, STRAIGHT),
    Fault("one person checks the pump alone", no(SECOND), 15, STRAIGHT),
    Fault("a pump that was read otherwise is not set anew", of_cassettes("set_anew", lambda *_: (), pumps), 15, STRAIGHT),
    Fault("a pump set anew keeps its old picture", of_cassettes("SHOWS_THE_PUMP", "nothing", pumps), 15, ANEW, 1),
    Fault("a new picture of the screen is read by nobody", of_cassettes("BY_ITS_PICTURE", {}, taking_back), 15, ANEW, 1),
    Fault("who set the pump before may read it", of_cassettes("SETS_THE_PUMP", "nothing", preparation.standing), 15, ANEW, 1),
    Fault("a volume need not be one that the pump shows", of_cassettes("_shown", lambda *_: True), 13, NOT_SHOWN),
    Fault("a run may outlast the drug", of_devices("_unstable", lambda *_: ()), 7, KEPT_COLD),
    Fault("the run is not counted in the stability", of_cassettes("ROOM_TEMPERATURE", "nowhere", dating), 7, STRAIGHT),
    Fault("a strength near its limit passes", of_cassettes("of_infused", lambda *_: None, budgets), 3, STRAIGHT),
    Fault("no picture shows the screen", left_out("photo-pump", CADD_CASSETTE), 15, STRAIGHT),
    Fault("an entry counts that no nurse signed", of_cassettes("_by_library", any_line), 15, NOT_SIGNED),
    Fault("who never proved to set pumps fills one", of_cassettes("wanted_of", as_for_a_bag, people), 5, STRAIGHT),
    Fault("whoever checked the pump may approve it", MAY_APPROVE, 1, BY_OTHERS, 1),
)  # fmt: skip
"""At least one of each kind that a pump could break in a way of its own."""
