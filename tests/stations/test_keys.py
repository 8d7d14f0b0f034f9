"""A tare at the balance's own keys between two weights: where the keys can be locked, it does nothing (F27)."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.stations.pan import NoWeighing
from devices import connection
from devices.balance import balance, keys
from hardware_mocks.station import Station
from tests.stations.conftest import until
from tests.stations.test_balance_faults import LOAD, loaded
from tests.stations.test_every_balance import at_work
from workflows.evidence import Weighing


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "LISTEN_S", 0.2)
    monkeypatch.setattr(balance, "POLL_S", 0.05)


def test_f27_a_key_pressed_between_two_weights_does_nothing_and_the_pair_stands(tmp_path: Path) -> None:
    with Station(protocol="sartorius-sbi", speed=25, seed=5) as station, at_work(station, tmp_path, []) as pan:
        before = loaded(station, pan)
        pan.hold_keys(True)
        until(lambda: station.balance.locked)
        station.key("tare")
        until(lambda: not station.balance.keys_waiting)
        got = pan.capture(60.0)
        assert isinstance(got, Weighing), got
        assert (got.g, got.epoch) == (LOAD, before)
        pan.hold_keys(False)
        until(lambda: not station.balance.locked)
        station.key("tare")
        until(lambda: not station.balance.keys_waiting)
        said = pan.capture(60.0)
        assert isinstance(said, NoWeighing)
        assert "A tare of 100.00 g is set" in said.says


def test_f13_a_balance_that_was_switched_off_meanwhile_is_locked_again(tmp_path: Path) -> None:
    with Station(protocol="sartorius-sbi", speed=25, seed=5) as station, at_work(station, tmp_path, []) as pan:
        pan.hold_keys(True)
        until(lambda: station.balance.locked)
        station.unplug("balance")
        station.power_cycle()
        assert not station.balance.locked
        station.replug("balance")
        until(lambda: station.balance.locked)


def test_a_lock_left_by_a_program_that_was_killed_is_taken_off_at_the_next_connection(tmp_path: Path) -> None:
    with Station(protocol="sartorius-sbi", speed=25, seed=5) as station:
        station.balance.locked = True
        with at_work(station, tmp_path, []):
            until(lambda: not station.balance.locked)


def test_a_lock_ends_by_itself_when_a_first_reading_is_good_no_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "LOCKED_S", 0.5)
    with Station(protocol="sartorius-sbi", speed=25, seed=5) as station, at_work(station, tmp_path, []) as pan:
        pan.hold_keys(True)
        until(lambda: station.balance.locked)
        until(lambda: not station.balance.locked)


def test_a_balance_without_such_a_command_is_sent_none(tmp_path: Path) -> None:
    with Station(speed=25, seed=5) as station, at_work(station, tmp_path, []) as pan:
        loaded(station, pan)
        pan.hold_keys(True)
        pan.capture()
        assert {"O", "R", "K"} & set(station.commands) == set()
