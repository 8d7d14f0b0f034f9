"""Hundreds of preparations of every kind, with wrong scans and weights, spills, expired gloves and changed orders at random."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from app.desk.story import story
from tests.workflows.mixed import Crew, Made
from workflows import events as happened
from workflows.library import LIBRARY
from workflows.worlds import PEOPLE

STOPS = (
    happened.Rejected,
    happened.Paused,
    happened.Aborted,
    happened.Remade,
    happened.Reworked,
    happened.OrderChanged,
)
"""Events after which work does not simply go on."""


def sound(made: Made) -> None:
    """Hold one preparation to it: nothing wrong happened, everything is accounted for, every stop is explained in words."""
    assert made.breaches == [], (
        made.world.name,
        made.breaches[0],
        [type(one.event).__name__ for one in made.log][-12:],
    )
    assert made.p.closed, (made.world.name, made.p.outcome, made.tried)
    closed = next(one.event for one in made.log if isinstance(one.event, happened.Closed))
    scanned = {found.unit for found in (*made.p.containers(), *made.p.set_aside) if found.unit}
    assert scanned == {one.unit for one in closed.accounts if one.unit}
    lines = {line.version: line for line in story(made.p, made.log, (), {who: one.name for who, one in PEOPLE.items()})}
    for one in made.log:
        told = lines[one.version]
        assert told.title
        if isinstance(one.event, happened.Rejected):
            assert all(finding.says in " ".join(told.details) for finding in one.event.findings)
        elif isinstance(one.event, STOPS):
            assert told.mark in {"stopped", "ended", "sent back", "order", "downtime"}, told


def worked(seed: str, count: int) -> Counter[str]:
    crew, seen = Crew(seed), Counter[str]()
    for _ in range(count):
        made = crew.make()
        sound(made)
        seen.update(made.tried)
        seen.update([f"{made.workflow} {made.p.outcome}"])
    return seen


def test_fifteen_preparations_by_a_clumsy_crew_end_in_order() -> None:
    seen = worked("every kind", 15)
    assert seen["Rejected"] + seen["Paused"] + seen["OrderChanged"] >= 5
    assert sum(seen[f"{name} released"] for name in LIBRARY) > 3


@pytest.mark.soak
@pytest.mark.parametrize("part", range(4))
def test_a_thousand_preparations_of_every_kind_end_in_order(part: int, counted: Callable[..., None]) -> None:
    seen = worked(f"part {part}", 250)
    assert all(seen[f"{name} released"] > 3 for name in LIBRARY), seen
    assert all(seen[f"{name} aborted"] + seen[f"{name} remade"] > 0 for name in LIBRARY), seen
    for kind in (
        "Rejected",
        "Paused",
        "OrderChanged",
        "GlovesChanged",
        "HandedOver",
        "Redone",
        "a clock ran out",
    ):
        assert seen[kind] > 3, (kind, seen)
    assert seen["Reworked"] > 0
    counted(
        "preparations of every kind by a clumsy crew, nothing wrong released, every container accounted for",
        preparations=250, released=sum(seen[f"{name} released"] for name in LIBRARY), near_misses=seen["Rejected"],
        stops=seen["Paused"] + seen["OrderChanged"], clocks=seen["a clock ran out"],
    )  # fmt: skip
