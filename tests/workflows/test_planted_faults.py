"""Each planted fault is found by the walk, by a property that is about it."""

from dataclasses import replace

import pytest

from tests.workflows.fault_list import FAULTS
from tests.workflows.faults import Fault
from tests.workflows.faults_of_additions import ADDITION_FAULTS
from tests.workflows.faults_of_agreement import AGREEMENT_FAULTS
from tests.workflows.faults_of_amending import AMENDING_FAULTS
from tests.workflows.faults_of_clearances import CLEARANCE_FAULTS
from tests.workflows.faults_of_counts import COUNT_FAULTS
from tests.workflows.faults_of_doses import DOSE_FAULTS
from tests.workflows.faults_of_doubt import DOUBT_FAULTS
from tests.workflows.faults_of_downtime import DOWNTIME_FAULTS
from tests.workflows.faults_of_materials import MATERIAL_FAULTS
from tests.workflows.faults_of_oral import ORAL_FAULTS
from tests.workflows.faults_of_pumps import PUMP_FAULTS
from tests.workflows.faults_of_sharing import SHARING_FAULTS
from tests.workflows.faults_of_strength import STRENGTH_FAULTS
from tests.workflows.faults_of_syringes import SYRINGE_FAULTS
from tests.workflows.faults_of_trials import TRIAL_FAULTS
from tests.workflows.faults_of_volumes import VOLUME_FAULTS
from workflows.walk import walk

ALL = [
    *(*FAULTS, *AGREEMENT_FAULTS, *AMENDING_FAULTS, *CLEARANCE_FAULTS, *DOUBT_FAULTS, *DOWNTIME_FAULTS),
    *(
        *SYRINGE_FAULTS,
        *COUNT_FAULTS,
        *PUMP_FAULTS,
        *SHARING_FAULTS,
        *TRIAL_FAULTS,
        *VOLUME_FAULTS,
        *MATERIAL_FAULTS,
        *ADDITION_FAULTS,
    ),
    *ORAL_FAULTS,
    *DOSE_FAULTS,
    *STRENGTH_FAULTS,
]
FOUND_LATE = frozenset(
    (
        "a new label keeps its approval",
        "a new picture of the screen is read by nobody",
        "a pump set anew keeps its old picture",
        "a recipe is amended once the liquids have met",
        "a second person's word stands over a label they did not see",
        "a spill harms no vial",
        "a syringe is drawn from vials open for days",
        "a syringe is read until it is right",
        "a syringe put right keeps its picture",
        "a vial thrown away counts as one of the new recipe",
        "an injection is finished undressed",
        "at the diluent the guard is ignored",
        "emergency access releases",
        "it is forgotten what it was dissolved in",
        "its label may weigh anything",
        "new gloves are a new gown",
        "nobody looks into an opened vial",
        "particles harm no vial",
        "premix is signed after mixing",
        "the in-use limit does not limit the dose",
        "the last reading decides",
        "the vial of the old recipe stands",
        "vials stay open for days",
        "what was weighed by the old recipe stands",
        "what went in stays for ever: no abort, no remake",
        "who set the pump before may read it",
        "who takes over does not look into it",
        "whoever drew it up amends its recipe",
        "witnesses count as strangers",
    )
)
"""Faults that a walk meets only deep in its world: half of the time of all of them together, so `make soak` walks those."""


def _marked(fault: Fault) -> object:
    return pytest.param(fault, id=fault.what, marks=(pytest.mark.soak,) if fault.what in FOUND_LATE else ())


def test_each_fault_that_is_found_late_is_in_the_list() -> None:
    assert FOUND_LATE - {fault.what for fault in ALL} == set()
    assert len({fault.what for fault in ALL}) == len(ALL)


@pytest.mark.parametrize("fault", [_marked(fault) for fault in ALL])
def test_the_walk_finds_it(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    workflow = fault.plant(monkeypatch)
    report = walk(workflow, [replace(fault.world, departures=fault.departures)], to_first_breach=True)
    broken = [one.id for one in report.properties if not one.held]
    assert broken, f"{fault.what}: {report.states} states and nothing found"
    assert fault.breaks in broken, [one.counterexample for one in report.properties if not one.held]
