"""Each planted fault is found by the walk, by a property that is about it."""

from dataclasses import replace

import pytest

from tests.workflows.fault_list import FAULTS
from tests.workflows.faults import Fault
from tests.workflows.faults_of_agreement import AGREEMENT_FAULTS
from tests.workflows.faults_of_clearances import CLEARANCE_FAULTS
from tests.workflows.faults_of_counts import COUNT_FAULTS
from tests.workflows.faults_of_doubt import DOUBT_FAULTS
from tests.workflows.faults_of_downtime import DOWNTIME_FAULTS
from tests.workflows.faults_of_syringes import SYRINGE_FAULTS
from workflows.walk import walk


@pytest.mark.parametrize(
    "fault",
    [*FAULTS, *AGREEMENT_FAULTS, *CLEARANCE_FAULTS, *DOUBT_FAULTS, *DOWNTIME_FAULTS, *SYRINGE_FAULTS, *COUNT_FAULTS],
    ids=lambda fault: fault.what,
)
def test_the_walk_finds_it(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    workflow = fault.plant(monkeypatch)
    report = walk(workflow, [replace(fault.world, departures=fault.departures)], to_first_breach=True)
    broken = [one.id for one in report.properties if not one.held]
    assert broken, f"{fault.what}: {report.states} states and nothing found"
    assert fault.breaks in broken, [one.counterexample for one in report.properties if not one.held]
