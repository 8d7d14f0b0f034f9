"""A station in this process: what lies on the pan is displayed, what is scanned is heard, plugs come out and go in."""

import threading
import time
from decimal import Decimal

import pytest

from hardware_mocks.station import Station
from tests.hardware_mocks.hosts import host_of


@pytest.fixture(params=[False, True], ids=["tcp", "pty"])
def station(request):
    with Station(pty=request.param, seed=7, speed=20) as running:
        yield running


@pytest.mark.parametrize(
    "g", ["20.00", "199.99", "18.42", "42.97", "24.55", "24.31", "287.60", "336.30", "0.01", "4200"]
)
def test_a_load_is_displayed_to_its_last_digit_once_settled(station, g):
    with host_of(station.balance_url) as host:
        station.put(g)
        reply = host.ask("S")
    assert reply.split() == ["S", "S", f"{float(g):.2f}", "g"]


def test_whoever_puts_and_asks_at_once_is_never_told_the_old_weight(station):
    with host_of(station.balance_url) as host:
        station.put("100")
        host.ask("S")
        for g in ("42.97", "18.42", "287.60"):
            station.put(g)
            assert host.ask("SI").startswith("S D")
            station.put(g)
            assert host.ask("S").split()[2] == g


def test_a_scan_is_heard_with_its_separator_and_suffix(station):
    with host_of(station.scanner_url) as host:
        time.sleep(0.1)
        assert station.scan("]d201003123456789061727123110LOT-77\x1d21SER0001")
        assert host.hear_until(b"\r") == b"]d201003123456789061727123110LOT-77\x1d21SER0001\r"


def test_a_scan_that_nobody_listens_to_is_lost_and_said_to_be():
    with Station() as station:
        assert station.scan("]d1%VT-C-NEXT%") is False
        with host_of(station.scanner_url) as host:
            assert host.hear(0.2) == b""


@pytest.mark.parametrize("device", ["balance", "scanner"])
def test_unplugged_the_link_ends_and_the_url_cannot_be_opened_until_it_is_plugged_in_again(station, device):
    url = station.balance_url if device == "balance" else station.scanner_url
    with host_of(url) as host:
        time.sleep(0.05)
        station.unplug(device)
        with pytest.raises((EOFError, OSError)):
            host.hear(1.0)
    with pytest.raises(OSError, match=r"refused|No such file"):
        host_of(url).__enter__()
    station.replug(device)
    station.replug(device)
    assert (station.balance_url if device == "balance" else station.scanner_url) == url
    with host_of(url) as host:
        if device == "balance":
            assert host.ask("I4") == 'I4 A "B123456789"'
        else:
            time.sleep(0.1)
            station.scan("]C0A")
            assert host.hear_until(b"\r") == b"]C0A\r"


def test_a_second_host_is_turned_away_while_the_first_is_served():
    with Station() as station, host_of(station.balance_url) as first:
        assert first.ask("I4") == 'I4 A "B123456789"'
        with host_of(station.balance_url) as second, pytest.raises((EOFError, OSError)):
            second.hear(1.0)
        assert first.ask("I4") == 'I4 A "B123456789"'


def test_a_host_that_left_makes_room_for_the_next():
    with Station() as station:
        for _ in range(20):
            with host_of(station.balance_url) as host:
                assert host.ask("I4") == 'I4 A "B123456789"'


def test_paced_bytes_take_the_time_of_the_line():
    with Station() as station, host_of(station.balance_url) as host:
        station.pace("balance", 10 / 600)
        began = time.monotonic()
        assert host.ask("SI") == "S S       0.00 g"
        assert time.monotonic() - began >= 18 * 10 / 600


def test_nothing_is_left_behind():
    before = set(threading.enumerate())
    with Station(pty=True) as station:
        url = station.balance_url
        assert len(set(threading.enumerate()) - before) == 3
    assert set(threading.enumerate()) == before
    with pytest.raises(FileNotFoundError):
        host_of(url).__enter__()


@pytest.mark.parametrize("g", ["nan", "-1", "24,55", "1e9", "", "Infinity"])
def test_what_is_no_mass_is_refused_in_words(g):
    with Station() as station:
        with pytest.raises(ValueError, match="g"):
            station.put(g)
        assert station.bench.load == 0


def test_things_are_added_and_taken_by_name():
    with Station() as station:
        station.add("18.42", "syringe 1")
        station.add("20", "check weight")
        assert station.bench.load == Decimal("38.42")
        station.take("check weight")
        assert [item.name for item in station.bench.items] == ["syringe 1"]
        with pytest.raises(LookupError, match="check weight"):
            station.take("check weight")
