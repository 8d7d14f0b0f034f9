"""What no hands can do is flagged and stops nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.workflows import example
from workflows.events import Accepted, Recorded
from workflows.evidence import Confirmation, Evidence
from workflows.pace import hasty

SCAN = example.scan(example.CABINET)
WEIGHED = example.weigh("18.42", example.START)
PHOTO = example.photo("staged")


def log(*steps: tuple[str, Evidence, float], who: str = "ann") -> list[Recorded]:
    """Accepted steps, each so many seconds after the one before."""
    at, told = example.START, []
    for version, (slot, evidence, seconds) in enumerate(steps, start=1):
        at += timedelta(seconds=seconds)
        told.append(Recorded(version, Accepted(slot, evidence), who, "", at, "HOOD-1", str(version)))
    return told


def test_q15_scan_weigh_and_confirm_in_half_a_second_is_one_run() -> None:
    (run,) = hasty(log(("a", SCAN, 0), ("b", WEIGHED, 0.25), ("c", Confirmation("NEXT"), 0.25), ("d", SCAN, 5)))
    assert (run.slots, run.versions, run.who, run.seconds) == (("a", "b", "c"), (1, 2, 3), "ann", 0.5)


@pytest.mark.parametrize(
    ("evidence", "least"), [(WEIGHED, 1.5), (PHOTO, 1.0), (SCAN, 0.3), (Confirmation("gown"), 0.3)]
)
def test_q15_each_kind_has_its_own_least_time_and_the_least_itself_is_possible(
    evidence: Evidence, least: float
) -> None:
    assert hasty(log(("a", SCAN, 0), ("b", evidence, least))) == ()
    assert len(hasty(log(("a", SCAN, 0), ("b", evidence, least - 0.001)))) == 1


def test_q15_two_people_are_no_run_and_a_clock_set_back_is_none() -> None:
    first, second = log(("a", SCAN, 0), ("b", WEIGHED, 0.1))
    assert hasty([first, replace(second, who="bo")]) == ()
    assert hasty(log(("a", SCAN, 0), ("b", WEIGHED, -3))) == ()
