"""The cases of the scanner's transcript that a scanner on a serial wire can play, byte for byte."""

import time

import pytest

from hardware_mocks.station import Station
from tests.hardware_mocks import cases
from tests.hardware_mocks.hosts import host_of

CASES = cases.read("scanner_serial.txt")
PLAYED = {
    "gs1-dm": (b"\r", lambda s: s.scan("]d201003123456789061727123110LOT-77\x1d21SER0001")),
    "ean13": (b"\r\n", lambda s: s.scan("]E05901234123457")),
    "gs-lost": (b"\r", lambda s: s.scan("]d201003123456789061727123110LOT-7721SER0001")),
    "double-read": (b"\r", lambda s: s.scan("]d1PREP-000123") and s.scan("]d1PREP-000123")),
    "partial": (b"\r", lambda s: s.scanner.scan_partly("]d201003123456789061727123110LOT-77", 15)),
    "utf8": (b"\r", lambda s: s.scan("]d1Müller")),
}


def test_only_the_keyboard_cases_are_left_out():
    assert {name for name in CASES if not name.startswith("wedge-")} == set(PLAYED)


@pytest.mark.parametrize("name", PLAYED)
def test_the_scanner_sends_what_the_case_says(name):
    suffix, act = PLAYED[name]
    with Station(scanner_suffix=suffix) as station, host_of(station.scanner_url) as host:
        while not station.connected("scanner"):
            time.sleep(0.005)
        assert act(station)
        assert host.hear(0.2) == CASES[name].said()


def test_an_empty_code_is_refused():
    with Station() as station, pytest.raises(ValueError, match="nothing in this code"):
        station.scan("")
