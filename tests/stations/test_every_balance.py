"""A station with each kind of balance, by its settings alone: Ann weighs, tares, zeroes; the plug comes out and goes in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.clock import now
from app.settings import Settings
from app.station_settings import BalanceSettings, StationSettings
from app.stations.benches import Benches, Restart
from app.stations.pan import NoWeighing, Pan
from devices import connection
from devices.balance import balance
from devices.balance.balance import Changed
from devices.balance.stability import StabilityRule
from hardware_mocks.balance.profile import Profile
from hardware_mocks.station import Station
from tests.stations.conftest import until
from workflows.evidence import Weighing

KINDS: dict[str, tuple[str, dict[str, Any], bool]] = {
    "mt-sics": ("mt-sics", {}, False),
    "sartorius-sbi": ("sartorius-sbi", {}, True),
    "ohaus": ("ohaus", {}, False),
    "ohaus that never says OK!": ("ohaus", {"responds": False}, True),
    "and-standard as delivered": ("and-standard", {"acknowledge": 0}, False),
    "and-standard that acknowledges": ("and-standard", {"acknowledge": 1}, True),
    "and-standard that echoes": ("and-standard", {"acknowledge": 2}, False),
    "kern-kcp": ("kern-kcp", {}, True),
    "radwag": ("radwag", {}, False),
    "radwag:r2": ("radwag:r2", {}, True),
}
"""Protocol, how it is set up, and whether it hangs on a pty (else on TCP)."""


SHORT = StabilityRule(window_s=0.3, samples=4, flagged=3, longest_gap_s=1.0, averaged_s=0.6, averaged_samples=10)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Listen and settle in a fraction of the time: how long it takes is not what is asked here."""
    monkeypatch.setattr(connection, "LISTEN_S", 0.2)
    monkeypatch.setattr(balance, "POLL_S", 0.05)


@contextmanager
def at_work(
    station: Station,
    folder: Path,
    restarts: list[tuple[str, Restart]],
    serial: str | None = None,
    run: str = "RUN",
    **more: Any,
) -> Iterator[Pan]:
    """The application's end, set up as a pharmacy writes it down; `run` names this start of the program."""
    allowed = (station.serial if serial is None else serial) or None
    set_as = BalanceSettings(protocol=station.protocol, url=station.balance_url, serial=allowed, **more)
    settings = Settings(data_dir=folder, stations={"HOOD-1": StationSettings(balance=set_as)})  # type: ignore[call-arg]  # the rest has defaults
    benches = Benches(settings, now, lambda _: None, lambda code, what: restarts.append((code, what)), run)
    benches.start()
    try:
        stand = benches.at("HOOD-1")
        assert stand is not None
        assert stand.pan is not None
        stand.pan.link.rule = replace(SHORT, averaging=stand.pan.link.rule.averaging)
        yield stand.pan
    finally:
        benches.close()


@pytest.mark.parametrize("kind", KINDS)
def test_a_station_works_with_each_kind_of_balance(kind: str, tmp_path: Path) -> None:
    protocol, ways, pty = KINDS[kind]
    restarts: list[tuple[str, Restart]] = []
    with (
        Station(protocol=protocol, profile=Profile(**ways), pty=pty, speed=25, seed=5) as station,
        at_work(station, tmp_path, restarts) as pan,
    ):
        until(lambda: pan.glance().empty)
        station.put("24.55")
        until(lambda: pan.glance().armed and pan.glance().settled)
        first = pan.capture(60.0)
        assert isinstance(first, Weighing), first
        assert (first.g, first.zero_g, first.balance) == (Decimal("24.55"), Decimal("0.00"), station.serial)

        assert isinstance(pan.link.tare(), Changed)
        refused = pan.capture(60.0)
        assert isinstance(refused, NoWeighing)
        assert "A tare of 24.55 g is set" in refused.says

        station.clear()
        station.pan.clear_tare()
        until(lambda: pan.glance().empty)
        zeroed = pan.zero()
        assert (zeroed.done, zeroed.void) == (True, True), zeroed
        station.put("42.97")
        until(lambda: pan.glance().settled and pan.glance().value == "42.97")
        second = pan.capture(60.0)
        assert isinstance(second, Weighing), second
        assert second.g == Decimal("42.97")
        assert second.epoch != first.epoch, "a tare and a zero part two weights"

        station.unplug("balance")
        until(lambda: pan.glance().state == "silent")
        station.replug("balance")
        until(lambda: pan.glance().settled)
        again = pan.capture(60.0)
        assert isinstance(again, Weighing), again
        assert (again.g, again.epoch == second.epoch) == (Decimal("42.97"), False)
        assert [what.sure for _, what in restarts] == [False], "today's check is over, for nobody heard it meanwhile"
        for changes in (station.balance.tare_command, station.balance.zero_command):
            assert station.commands.count(changes) == 1, "what changes the balance is sent once"


@pytest.mark.parametrize(
    ("protocol", "shown"), [("adam:cpwplus", "24.55"), ("adam:highland", "24.55"), ("adam:mdw", "24.55")]
)
def test_a_balance_for_display_shows_a_weight_and_gives_none(protocol: str, shown: str, tmp_path: Path) -> None:
    with Station(protocol=protocol, speed=25, seed=5) as station:
        station.put(shown)
        with at_work(station, tmp_path, [], serial="") as pan:
            until(lambda: pan.glance().value == shown)
            assert not pan.glance().settled
            got = pan.capture(0.5)
            assert isinstance(got, NoWeighing)
            assert "not for doses" in got.says
            assert "cannot say who it is" in pan.link.state.says


def test_a_retail_scale_is_recognised_and_refused_in_words(tmp_path: Path) -> None:
    with Station(protocol="toledo-8217", speed=25, seed=5) as station:
        station.put("24.55")
        with at_work(station, tmp_path, [], serial="") as pan:
            until(lambda: pan.link.state.name == "ready")
            got = pan.capture(0.5)
            assert isinstance(got, NoWeighing)
            assert "retail scale" in got.says
            assert pan.glance().value == ""


def test_a_balance_that_says_nothing_of_a_zero_is_not_there_rather_than_at_zero(tmp_path: Path) -> None:
    """An AZextra is silent at zero and for an unchanged weight."""
    with (
        Station(protocol="adam:azextra", speed=25, seed=5) as station,
        at_work(station, tmp_path, [], serial="") as pan,
    ):
        until(lambda: pan.link.state.name == "lost")
        assert (pan.glance().state, pan.glance().value) == ("silent", "")


def test_a_serial_number_set_for_a_balance_that_has_none_to_say_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with Station(protocol="adam:cpwplus", speed=25, seed=5) as station, at_work(station, tmp_path, []) as pan:
        until(lambda: pan.glance().state == "wrong")
        assert "Take the number out of the station's settings" in pan.glance().says


def test_f27_a_sartorius_set_to_print_net_alone_says_how_to_set_it(tmp_path: Path) -> None:
    with (
        Station(protocol="sartorius-sbi", profile=Profile(printout="net"), speed=25, seed=5) as station,
        at_work(station, tmp_path, []) as pan,
    ):
        until(lambda: pan.glance().empty)
        station.put("24.55")
        until(lambda: pan.glance().settled)
        got = pan.capture(60.0)
        assert isinstance(got, NoWeighing)
        assert "set it to print gross, tare and net" in got.says


def test_a_station_set_to_averaging_weighs_in_means_alone_and_says_so_of_each(tmp_path: Path) -> None:
    with Station(speed=25, seed=5) as station, at_work(station, tmp_path, [], averaging=True) as pan:
        until(lambda: pan.glance().empty)
        station.put("24.55")
        until(lambda: pan.glance().armed and pan.glance().settled)
        got = pan.capture(60.0)
        assert isinstance(got, Weighing)
        assert (got.g, got.mode, got.zero_g) == (Decimal("24.55"), "averaged", Decimal("0.00"))
