"""On one file: the clock jumps and the zone changes at every command, or every write of the disk takes its time (Q63, Q66)."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from app.record import log
from tests.dispatch.counter import Clock, Counter, equip, open_counter
from tests.faults.ordeal import Toll, holds, kinds_of
from tests.record import disk

SLACK = timedelta(seconds=2)
ZONES = ("Pacific/Kiritimati", "America/St_Johns", "Etc/GMT+12", "UTC")


BACK_S = 300
"""With more, gloves put on under the wrong clock count as worn out under the right one, as they should."""


class Jumping(Clock):
    """A clock that is set at will before each command; the counter's own 20 s go on underneath."""

    behind = timedelta(0)

    def __call__(self):  # type: ignore[no-untyped-def]
        return self.at - self.behind


@pytest.fixture(scope="module")
def peace(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], int]:
    store, dispatcher, clock = open_counter(tmp_path_factory.mktemp("peace"))
    with closing(store):
        equip(store)
        counter = Counter(dispatcher, clock=clock)
        counter.make()
        return kinds_of(counter), counter.count


@pytest.fixture
def zone_of_before() -> Iterator[None]:
    before = os.environ.get("TZ")
    yield
    os.environ.pop("TZ", None) if before is None else os.environ.update(TZ=before)
    time.tzset()


def bag_under_jumps(folder: Path, chance: random.Random, toll: Toll, peace: tuple[list[str], int]) -> None:
    store, dispatcher, clock = open_counter(folder, Jumping())
    assert isinstance(clock, Jumping)
    with closing(store):
        equip(store)
        counter = Counter(dispatcher, clock=clock)
        real = dispatcher.do

        def under_jumps(ask):  # type: ignore[no-untyped-def]
            how = chance.choice(("back", "right", "forward", "zone"))
            if how == "zone":
                os.environ["TZ"] = chance.choice(ZONES)
                time.tzset()
            elif how == "forward":
                clock.at += timedelta(seconds=chance.uniform(1, 8))
            else:
                clock.behind = timedelta(seconds=chance.uniform(3, BACK_S) if how == "back" else 0)
            toll.faults[f"clock {how}" if how != "zone" else how] += 1
            toll.commands += 1
            return real(ask)

        dispatcher.do = under_jumps  # type: ignore[method-assign]
        counter.make()
        toll.preparations += 1
        holds(counter, *peace)
        with store.reading() as conn:
            events = log.since(conn, "MAIN", 0)
        assert [one.site_seq for one in events] == list(range(1, len(events) + 1))
        stamped = [one.at for one in events]
        backwards = sum(later < earlier - SLACK for earlier, later in pairwise(stamped))
        anomalies = sum(one.kind == "clock_anomaly" for one in events)
        assert anomalies >= backwards > 0, "each time that stands before the last one was noted"


@pytest.mark.usefixtures("zone_of_before")
def test_q66_a_bag_is_made_while_the_clock_jumps_at_every_command(tmp_path: Path, peace: tuple[list[str], int]) -> None:
    toll = Toll()
    bag_under_jumps(tmp_path, random.Random(66), toll, peace)
    assert toll.faults.total() == peace[1]


@pytest.mark.soak
@pytest.mark.usefixtures("zone_of_before")
def test_q66_two_hundred_jumps_of_the_clock_change_no_order_and_no_record(
    tmp_path: Path, peace: tuple[list[str], int], counted: Callable[..., None]
) -> None:
    toll, chance = Toll(), random.Random(6)
    while toll.faults.total() < 200:
        bag_under_jumps(tmp_path / str(toll.preparations), chance, toll, peace)
    counted("the clock jumped, nothing out of order", **toll.numbers)


def bag_on_slow_disk(
    folder: Path, chance: random.Random, slowest_s: float, monkeypatch: pytest.MonkeyPatch, peace: tuple[list[str], int]
) -> int:
    """Return how many syncs were slow. Nobody is answered before the sync of their own command returned."""
    slow = [0]

    def before(kind: str, _file: str) -> None:
        if kind == "sync":
            slow[0] += 1
            time.sleep(chance.uniform(0, slowest_s))

    with disk.made(monkeypatch) as tired:
        store, dispatcher, clock = open_counter(folder)
        with closing(store):
            equip(store)
            counter = Counter(dispatcher, clock=clock)
            tired.before = before
            real = dispatcher.do

            def noted(ask):  # type: ignore[no-untyped-def]
                tired.ops.clear()
                outcome = real(ask)
                assert any(op.kind == "sync" for op in tired.ops), (
                    f"{ask.command_id} was answered before it was on disk"
                )
                return outcome

            dispatcher.do = noted  # type: ignore[method-assign]
            counter.make()
            holds(counter, *peace)
    return slow[0]


def test_q63_on_a_slow_disk_nobody_is_answered_before_it_has_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, peace: tuple[list[str], int]
) -> None:
    assert bag_on_slow_disk(tmp_path, random.Random(1), 0.004, monkeypatch, peace) >= peace[1]


@pytest.mark.soak
def test_q63_two_hundred_slow_syncs_lose_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, peace: tuple[list[str], int], counted: Callable[..., None]
) -> None:
    slow, bags, chance = 0, 0, random.Random(2)
    while slow < 200:
        slow += bag_on_slow_disk(tmp_path / str(bags), chance, 0.2, monkeypatch, peace)
        bags += 1
    counted("a slow disk, nothing lost or answered early", slow_syncs=slow, preparations=bags)
