"""A spill's record closes when everything is done and said, and an exposed person was seen to (R45, G28, G30)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D

import pytest

from workflows.spills import STEPS, WORN, Drill, Exposure, Spill, StepDone, last_drills, overdue, steps, why_open

AT = datetime(2026, 11, 23, 15, 4, tzinfo=UTC)
NOW = AT + timedelta(hours=1)
DONE = tuple(StepDone(name, "ANN", AT + timedelta(minutes=number)) for number, (name, _) in enumerate(STEPS))
WHOLE = Spill(
    happened_at=AT,
    place="HOOD-1",
    drug="cyclophosphamide",
    preparation="7F3K2Q9X",
    volume_ml=D("4"),
    surface="floor",
    kit="kit 2, by the door",
    kit_expiry=date(2027, 3, 31),
    worn=WORN,
    done=DONE,
    waste="yellow drum 14, sealed by Ann",
    nobody_exposed=True,
    cause="a syringe slipped",
)
SEEN = Exposure(
    "Ann T.", "skin", "left forearm, seconds", "rinsed 15 minutes", "employee health", AT + timedelta(minutes=9)
)


def test_r35_what_the_site_has_put_on_is_what_has_to_be_said() -> None:
    own = ("two pairs of gloves", "face shield")
    (only,) = why_open(replace(WHOLE, worn=own[:1]), NOW, wear=own)
    assert only == "Not worn: face shield. Say why."
    assert why_open(replace(WHOLE, worn=own), NOW, wear=own) == ()
    assert dict(steps(own))["wear"] == "Put on two pairs of gloves, face shield."
    assert steps(WORN) == STEPS


def test_r45_a_spill_with_everything_done_and_said_may_be_closed() -> None:
    assert why_open(WHOLE, NOW) == ()
    assert why_open(replace(WHOLE, volume_ml=D(0)), NOW) == ()
    assert why_open(replace(WHOLE, nobody_exposed=False, exposed=(SEEN,)), NOW) == ()


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"volume_ml": None}, "how much was spilled"),
        ({"surface": ""}, "the surface"),
        ({"kit": " "}, "which spill kit"),
        ({"kit_expiry": None}, "the kit's date"),
        ({"waste": ""}, "the waste"),
        ({"cause": ""}, "how it came about"),
        ({"worn": WORN[1:]}, "Not worn: two pairs of chemotherapy gloves"),
        ({"nobody_exposed": False}, "who was exposed"),
        ({"exposed": (SEEN,)}, "both"),
    ],
)
def test_r45_whatever_is_missing_is_named_and_keeps_it_open(changed: dict[str, object], says: str) -> None:
    (only,) = why_open(replace(WHOLE, **changed), NOW)  # type: ignore[arg-type]  # what a test sets
    assert says in only


@pytest.mark.parametrize("step", range(len(STEPS)))
def test_r45_no_step_of_the_procedure_is_left_out(step: int) -> None:
    left = replace(WHOLE, done=DONE[:step] + DONE[step + 1 :])
    assert why_open(left, NOW) == (f"Not done yet: {STEPS[step][1]}",)


def test_r45_what_was_not_worn_needs_a_reason() -> None:
    assert why_open(replace(WHOLE, worn=(), why_not_worn="spilled inside the cabinet"), NOW) == ()


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"service": ""}, "was not contacted"),
        ({"contacted_at": None}, "was not contacted"),
        ({"contacted_at": AT - timedelta(seconds=1)}, "before the spill"),
        ({"contacted_at": NOW + timedelta(seconds=1)}, "later than now"),
        ({"first_aid": " "}, "first aid"),
    ],
)
def test_r45_g30_nothing_closes_before_the_emergency_service_was_contacted_for_each_exposed_person(
    changed: dict[str, object], says: str
) -> None:
    other = replace(SEEN, person="a visitor", **changed)  # type: ignore[arg-type]  # what a test sets
    (only,) = why_open(replace(WHOLE, nobody_exposed=False, exposed=(SEEN, other)), NOW)
    assert only.startswith("a visitor: ")
    assert says in only


def test_g28_a_simulation_counts_for_a_year_for_each_who_took_part() -> None:
    drills = (
        Drill(date(2026, 2, 1), "HOOD-1", ("ANN", "BO"), 12, "kit was hard to find"),
        Drill(date(2025, 6, 1), "HOOD-2", ("ANN", "LEE"), 15, ""),
    )
    last = last_drills(drills)
    assert last == {"ANN": date(2026, 2, 1), "BO": date(2026, 2, 1), "LEE": date(2025, 6, 1)}
    late = [name for name in ("ANN", "BO", "LEE", "PAM") if overdue(last.get(name), date(2026, 6, 2))]
    assert late == ["LEE", "PAM"]
    assert not overdue(last["LEE"], date(2026, 6, 1))
