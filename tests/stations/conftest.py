"""A pretend balance and scanner on the wire, and the application's own end of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.clock import now
from app.record.engine import Store, open_store
from app.settings import Settings
from app.stations.benches import Bench, Benches, Restart
from hardware_mocks.station import Station
from tests import pharmacy
from tests.laid import lay


@pytest.fixture
def station() -> Iterator[Station]:
    with Station(speed=8.0) as made:
        yield made


@pytest.fixture
def restarts() -> list[tuple[str, Restart]]:
    return []


@pytest.fixture
def benches(station: Station, tmp_path: Path, restarts: list[tuple[str, Restart]]) -> Iterator[Benches]:
    """The instruments of one station, not opened yet."""
    stands = pharmacy.station(station.balance_url, station.scanner_url)
    settings = Settings(data_dir=tmp_path, stations={pharmacy.STATION: stands})  # type: ignore[call-arg]  # the rest has defaults
    made = Benches(settings, now, lambda _: None, lambda code, what: restarts.append((code, what)), "RUN")
    yield made
    made.close()


@pytest.fixture
def bench(benches: Benches) -> Bench:
    """The station's instruments, opened."""
    benches.start()
    made = benches.at(pharmacy.STATION)
    assert made is not None
    return made


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = open_store(Settings(data_dir=lay(tmp_path / "record")))  # type: ignore[call-arg]  # the rest has defaults
    yield made
    made.close()


def until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait until something is so, asking as a page does; a machine with other work may be slow to come to it."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.1)
