"""A station whose own scanner is a fixed camera: its readings are the station's, and it proves itself anew."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from app.clock import now
from app.record.engine import open_store
from app.settings import Settings
from app.station_settings import ScannerSettings, StationSettings
from app.stations import scanner_gate
from app.stations.benches import Benches
from devices.camera import fixed
from devices.scanner.selftest import PROBES
from tests import pharmacy
from tests.devices.camera.test_fixed import READ, VIAL, film, shown
from tests.laid import lay
from tests.people.cast import ANN


def test_the_readings_of_a_fixed_camera_lie_among_the_stations_and_in_its_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fixed, "LOOK_S", 30.0)
    set_as = StationSettings(scanner=ScannerSettings(url=film(tmp_path / "vial.mjpeg", *[shown(VIAL)] * 3)))
    settings = Settings(data_dir=tmp_path, stations={pharmacy.STATION: set_as})  # type: ignore[call-arg]  # the rest has defaults
    benches = Benches(settings, now, lambda _: None, lambda *_: None, "RUN")
    bench = benches.at(pharmacy.STATION)
    assert bench is not None
    benches.start()
    try:
        end = time.monotonic() + 60
        while not bench.scans.count and time.monotonic() < end:
            time.sleep(0.02)
    finally:
        benches.close()
    (read,) = bench.scans.after(0)
    assert (read.raw, read.how, read.trouble) == (READ, "camera", "")
    journal = (tmp_path / "journals" / f"{pharmacy.STATION}-scanner.journal").read_text()
    assert "10L7\\\\x1d21S1" in journal
    assert "zxing-cpp" in journal


def test_f37_a_camera_in_the_place_of_a_scanner_that_passed_has_not_passed(tmp_path: Path) -> None:
    store = open_store(Settings(data_dir=lay(tmp_path / "data")))  # type: ignore[call-arg]  # the rest has defaults
    before = StationSettings(scanner=ScannerSettings(url="/dev/ttyACM0"))
    camera = StationSettings(scanner=ScannerSettings(url="camera:/dev/video0"))
    moved = StationSettings(scanner=ScannerSettings(url="camera:/dev/video2"))
    for set_as in (before, camera):
        with store.reading() as conn:
            assert not scanner_gate.tested(conn, "HOOD-1", "serial", set_as).passed
        for probe in PROBES:
            raw = probe.aim + probe.data
            store.write(
                lambda conn, raw=raw, set_as=set_as: scanner_gate.take(
                    conn, "HOOD-1", "serial", set_as, raw, at=now(), who=ANN.id
                )
            )
    with store.reading() as conn:
        assert scanner_gate.tested(conn, "HOOD-1", "serial", moved).passed, "its port is no part of how it is set up"
        assert not scanner_gate.tested(conn, "HOOD-1", "camera", moved).passed, "the tablet's camera is another one"
    store.close()
