"""Which vials waste least over the queue: against every way there is (R32)."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

from hypothesis import given
from hypothesis import strategies as st

from workflows.selection import Open, Wanted, fits, proposal

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
VIAL_ML = D(25)
AMOUNTS = st.integers(1, 600).map(lambda tenths: D(tenths) / 10)
HOURS = st.integers(0, 6).map(lambda hours: NOON + timedelta(hours=hours))


def dose_of(name: str, volume: D, at: datetime) -> Wanted:
    sealed = math.ceil(volume / VIAL_ML)
    return Wanted(name, volume, sealed, volume - VIAL_ML * (sealed - 1), at)


@st.composite
def queues(draw: st.DrawFn) -> tuple[list[Wanted], list[Open]]:
    doses = draw(st.lists(st.tuples(AMOUNTS, HOURS), min_size=1, max_size=4))
    vials = draw(st.lists(st.tuples(st.integers(1, 250), st.integers(0, 10), HOURS), max_size=4))
    queue = [dose_of(f"P{number}", volume, at) for number, (volume, at) in enumerate(doses)]
    opened = [
        Open(f"U{number}", D(left) / 10, max(D(left - doubt) / 10, D(0)), until)
        for number, (left, doubt, until) in enumerate(vials)
    ]
    return queue, opened


def least(queue: list[Wanted], opened: list[Open]) -> D:
    """The least that is left of everything, by trying each vial, or none, for each dose in turn."""
    if not queue:
        return sum((one.left_ml for one in opened), D(0))
    dose, *rest = queue
    sealed = VIAL_ML * dose.sealed
    ways = [sealed - dose.volume_ml + least(rest, opened)]
    for one in opened:
        if fits(one, dose):
            others = [other for other in opened if other is not one]
            ways.append(sealed - VIAL_ML + one.left_ml - dose.volume_ml + least(rest, others))
    return min(ways)


@given(queues())
def test_r32_nothing_wastes_less_than_what_is_proposed(case: tuple[list[Wanted], list[Open]]) -> None:
    queue, opened = case
    found = proposal(queue, opened, VIAL_ML)
    assert found.waste_ml == least(queue, opened)
    assert found.next_waste_ml >= found.waste_ml
    taken = [one.opened for one in (found.choice, *found.others) if one.opened]
    assert len(set(taken)) == len(taken)


@given(queues())
def test_r32_what_is_proposed_is_enough_and_in_time(case: tuple[list[Wanted], list[Open]]) -> None:
    queue, opened = case
    found, by_name = proposal(queue, opened, VIAL_ML), {one.name: one for one in opened}
    for dose, choice in zip(queue, (found.choice, *found.others), strict=True):
        one = by_name.get(choice.opened)
        assert choice.dose == dose.name
        assert (one.sure_ml if one else D(0)) + VIAL_ML * choice.sealed >= dose.volume_ml
        assert one is None or one.until > dose.at


def wanted(name: str, volume: str, hours: int = 0) -> Wanted:
    return dose_of(name, D(volume), NOON + timedelta(hours=hours))


def vial(name: str, left: str, hours: int) -> Open:
    return Open(name, D(left), D(left) - D("0.2"), NOON + timedelta(hours=hours))


def test_r32_the_oldest_limit_goes_first_and_the_reason_is_said() -> None:
    found = proposal([wanted("P1", "4.5")], [vial("NEWER", "5", 6), vial("OLDER", "5", 2)], VIAL_ML)
    assert found.choice.opened == "OLDER"
    assert found.says(VIAL_ML, D(20)) == (
        "Take opened OLDER: 0.5 mL = 10 mg left. Next best is opened NEWER: 0.5 mL = 10 mg left, "
        "which wastes no more over all that waits; the older limit goes first."
    )


def test_r32_a_vial_is_left_for_the_dose_that_only_it_can_serve() -> None:
    """The big one is the only one that is enough for the second dose: the first takes the small one."""
    opened = [vial("BIG", "20", 2), vial("SMALL", "6", 5)]
    found = proposal([wanted("P1", "5"), wanted("P2", "15")], opened, VIAL_ML)
    assert (found.choice.opened, found.others[0].opened) == ("SMALL", "BIG")


def test_r32_no_opened_vial_is_proposed_that_is_not_enough_or_runs_out_before() -> None:
    opened = [vial("LITTLE", "4.6", 9), vial("LATE", "20", 3)]
    found = proposal([wanted("P1", "4.5", 4)], opened, VIAL_ML)
    assert (found.choice.opened, found.choice.sealed, found.next_best) == ("", 1, None)
    assert found.says(VIAL_ML, D(20)) == (
        "Take 1 sealed of 25 mL: 20.5 mL = 410 mg left. No opened vial is enough for it."
    )


def test_r32_one_opened_vial_stands_in_for_one_sealed_vial() -> None:
    found = proposal([wanted("P1", "29")], [vial("OPEN", "5", 6)], VIAL_ML)
    assert (found.choice.opened, found.choice.sealed, found.choice.left_ml) == ("OPEN", 1, D(1))
    assert found.next_waste_ml - found.waste_ml == VIAL_ML
