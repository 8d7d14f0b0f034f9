"""An adjustment that the program begins: waited for, told how it ended, stopped by a person, and nothing else meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from devices import connection
from devices.balance import adjusting
from devices.balance.balance import BalanceLink
from devices.errors import Refusing, Trouble
from hardware_mocks.balance.profile import Profile
from hardware_mocks.station import Station
from tests.devices.clock import CLOCK


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "LISTEN_S", 0.1)
    monkeypatch.setattr(adjusting, "LOOKS_EVERY_S", 0.05)
    monkeypatch.setattr(adjusting, "BEGINS_S", 60.0)


@contextmanager
def standing(protocol: str, takes_s: float = 1.5, **ways: int) -> Iterator[tuple[Station, BalanceLink]]:
    """A balance whose adjustment takes so many seconds, and its link, ready."""
    with Station(protocol=protocol, profile=Profile(adjustment=takes_s, **ways), seed=5) as station:
        link = BalanceLink(protocol, station.balance_url, serial=station.serial, clock=CLOCK)
        link.start()
        wait(lambda: link.state.name == "ready")
        try:
            yield station, link
        finally:
            link.close()


def wait(true) -> None:  # type: ignore[no-untyped-def]  # a question
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.02)


def running(link: BalanceLink) -> tuple[threading.Thread, list[Trouble | None]]:
    said: list[Trouble | None] = []
    thread = threading.Thread(target=lambda: said.append(link.adjusting.run()))
    thread.start()
    wait(lambda: link.adjusting.seconds is not None)
    return thread, said


@pytest.mark.parametrize("protocol", ["mt-sics", "sartorius-sbi", "radwag"])
def test_f28_it_is_begun_once_waited_for_and_ends_the_epoch_without_a_restart(protocol: str) -> None:
    with standing(protocol) as (station, link):
        before = link.state.epoch
        assert link.adjusting.run() is None
        assert station.commands.count(station.balance.adjust_command) == 1
        assert link.state.epoch > before
        assert [event for event in link.events() if event.what in ("restarted", "may_have_restarted")] == []
        assert link.adjusting.seconds is None


@pytest.mark.parametrize("acknowledge", [0, 1, 2])
def test_f28_an_a_and_d_is_told_once_however_it_acknowledges_and_its_end_is_seen(acknowledge: int) -> None:
    with standing("and-standard", acknowledge=acknowledge) as (station, link):
        before = link.state.epoch
        assert link.adjusting.run() is None
        assert station.commands.count("CAL") == 1
        assert link.state.epoch > before
        assert [event for event in link.events() if event.what in ("restarted", "may_have_restarted")] == []


def test_f29_an_a_and_d_whose_adjustment_fails_says_so_where_it_says_anything() -> None:
    with standing("and-standard", acknowledge=1) as (station, link):
        station.fault("F29")
        failed = link.adjusting.run()
        assert isinstance(failed, Refusing)
        assert "E20" in failed.says or failed.code == "E20"


def test_f28_everything_else_is_refused_at_once_while_it_is_under_way() -> None:
    with standing("mt-sics", takes_s=600) as (station, link):
        thread, said = running(link)
        wait(lambda: "C3" in station.commands)
        refused = link.zero()
        assert isinstance(refused, Refusing)
        assert "adjusts itself" in refused.says
        assert link.adjusting.seconds is not None, "it was not waited out"
        again = link.adjusting.run()
        assert isinstance(again, Refusing)
        assert "already" in again.says
        station.settle_speed(1000)
        thread.join()
        assert (said, station.commands.count("Z"), station.commands.count("C3")) == ([None], 0, 1)


def test_f29_one_that_fails_says_so() -> None:
    with standing("mt-sics", takes_s=0.3) as (station, link):
        station.fault("F29")
        failed = link.adjusting.run()
        assert isinstance(failed, Refusing)
        assert (failed.kind, "must pass a check" in failed.says) == ("adjustment_failed", True)


def test_f29_a_person_stops_it_and_the_epoch_ends() -> None:
    with standing("mt-sics", takes_s=60) as (station, link):
        before = link.state.epoch
        thread, said = running(link)
        wait(lambda: "C3" in station.commands)
        assert link.adjusting.stop()
        thread.join(60)
        assert isinstance(said[0], Refusing)
        assert said[0].kind in ("adjustment_aborted", "adjustment_failed")
        assert not link.adjusting.stop(), "there is none any more"
        wait(lambda: link.state.epoch.change > before.change)
        assert link.state.epoch.restart == before.restart, (
            "its answer to the cancelling is no restart: nothing cools down"
        )
        station.power_cycle()
        wait(lambda: link.state.epoch.restart > before.restart)


def test_one_that_never_begins_is_not_taken_for_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adjusting, "BEGINS_S", 0.5)
    with standing("sartorius-sbi") as (station, link):
        station.fault("F30", name="Z")
        said = link.adjusting.run()
        assert isinstance(said, Refusing)
        assert "did not begin" in said.says


def test_a_balance_that_the_program_cannot_adjust_is_sent_nothing() -> None:
    with standing("kern-kcp") as (station, link):
        said = link.adjusting.run()
        assert isinstance(said, Refusing)
        assert "Press the key" in said.says
        assert station.commands.count("C3") == 0
