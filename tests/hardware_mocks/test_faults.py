"""Each fault that can be caused does what its sentence says, on the wire."""

import re
import time

import pytest

from hardware_mocks.station import Station
from tests.hardware_mocks.hosts import host_of


@pytest.fixture
def station():
    with Station(seed=11, speed=20) as running:
        yield running


@pytest.fixture
def host(station):
    with host_of(station.balance_url) as open_host:
        yield open_host


def gone(host, seconds=1.0):
    with pytest.raises((EOFError, OSError)):
        host.hear(seconds)


def test_f1_the_plug_is_pulled_and_comes_back_after_its_seconds(station, host):
    assert host.ask("I4").startswith("I4 A")
    station.fault("F1", seconds=0.3)
    gone(host)
    assert not station.plugged("balance")
    wait_for(lambda: station.plugged("balance"))
    with host_of(station.balance_url) as again:
        assert again.ask("I4") == 'I4 A "B123456789"'


def test_f2_half_a_reply_and_then_nothing_more(station, host):
    station.put("24.55")
    host.ask("S")
    station.fault("F2")
    host.send(b"SI\r\n")
    with pytest.raises(EOFError) as end:
        host.hear(2)
    assert b"S S      24.55 g\r\n".startswith(end.value.args[0])
    assert 0 < len(end.value.args[0]) < 18


def test_f5_another_balance_answers_at_the_same_url(station, host):
    station.fault("F5", serial="C555", seconds=0.1)
    gone(host)
    wait_for(lambda: station.plugged("balance"))
    with host_of(station.balance_url) as again:
        assert again.ask("I4") == 'I4 A "C555"'


def test_f8_so_many_replies_never_come(station, host):
    station.fault("F8", times=2)
    assert host.ask("SI", 0.2) == ""
    assert host.ask("I4", 0.2) == ""
    assert host.ask("I4") == 'I4 A "B123456789"'


def test_f8_without_an_end_lasts_until_the_faults_are_cleared(station, host):
    station.fault("F8", times=None)
    assert [host.ask("I4", 0.1) for _ in range(4)] == [""] * 4
    station.clear_faults()
    assert host.ask("I4") == 'I4 A "B123456789"'


def test_f9_a_reply_without_its_end(station, host):
    station.fault("F9")
    host.send(b"SI\r\n")
    assert host.hear(0.3) == b"S S       0.00 g"


def test_f11_the_late_reply_comes_after_the_next_command_was_answered(station, host):
    station.put("100")
    host.ask("S")
    station.fault("F11", seconds=0.4)
    assert host.ask("SI", 0.2) == ""
    station.put("50")
    assert host.ask("S") == "S S      50.00 g"
    assert host.hear_until(b"\r\n", 2) == b"S S     100.00 g\r\n"


def test_f13_power_cycle_says_its_serial_number_forgets_the_tare_and_takes_a_new_zero(station, host):
    station.put("18.42")
    assert host.ask("T") == "T S      18.42 g"
    station.fault("F13")
    assert host.ask("SI", 0.02) == ""
    assert host.hear_until(b"\r\n", 3) == b'I4 A "B123456789"\r\n'
    assert host.ask("TA") == "TA A       0.00 g"
    assert host.ask("S").split()[2] in {"0.00", "0.01", "-0.01"}


def test_f20_the_weight_never_settles(station, host):
    station.fault("F20", seconds=3)
    assert host.ask("S", 5) == "S I"
    assert {host.ask("SI").split()[1] for _ in range(20)} == {"D"}
    time.sleep(3)
    assert host.ask("S").startswith("S S")


def test_f21_it_creeps_and_calls_itself_stable(station, host):
    station.put("100")
    host.ask("S")
    station.fault("F21", g_per_s=0.1)
    readings = []
    for _ in range(10):
        time.sleep(0.05)
        readings.append(host.ask("SI").split())
    assert {reading[1] for reading in readings} == {"S"}
    assert float(readings[-1][2]) - float(readings[0][2]) > 0.3


def test_f23_overload_and_back(station, host):
    station.put("100")
    station.fault("F23")
    time.sleep(0.2)
    assert host.ask("S") == "S +"
    assert host.ask("SI") == "S +"
    station.clear_faults()
    assert host.ask("S") == "S S     100.00 g"


def test_f27_a_tare_on_the_keypad_is_silent_and_found_by_asking(station, host):
    station.put("18.42")
    host.ask("S")
    station.fault("F27")
    assert host.hear(0.2) == b""
    assert host.ask("TA") == "TA A      18.42 g"
    assert host.ask("S") == "S S       0.00 g"


def test_a_fault_waits_for_its_command(station, host):
    station.fault("F1", command="T")
    assert host.ask("SI").startswith("S ")
    host.send(b"T\r\n")
    gone(host)


def test_a_fault_waits_for_the_nth_command(station, host):
    station.fault("F8", nth=3)
    assert host.ask("I4")
    assert host.ask("SI")
    assert host.ask("I4", 0.2) == ""
    assert host.ask("I4")


def test_a_fault_waits_for_its_time_and_for_a_load(station, host):
    station.fault("F8", after=0.3)
    station.fault("F27", on_load=True)
    assert host.ask("I4")
    time.sleep(0.5)
    assert host.ask("I4", 0.2) == ""
    assert host.ask("TA") == "TA A       0.00 g"
    station.put("7.77")
    time.sleep(0.3)
    assert host.ask("TA") == "TA A       7.77 g"


@pytest.mark.parametrize(
    ("code", "given", "words"),
    [
        ("F99", {}, "these can: F1, F2"),
        ("F8", {"seconds": 1}, "F8 takes times"),
        ("F13", {"times": 1}, "no parameter"),
        ("F8", {"nth": 0}, "counts from 1"),
        ("F1", {"device": "toaster"}, "no 'toaster' at this station: balance, scanner"),
        ("F23", {"g": "heavy", "command": "T"}, "is not a mass"),
        ("F5", {"serial": 'a"b', "after": 1}, "cannot be a serial number"),
        ("F11", {"seconds": "soon"}, "soon"),
        ("F21", {"g_per_s": None}, "a number is needed"),
        ("F8", {"nth": "3"}, "counts from 1"),
        ("F8", {"command": 3}, "command is a word"),
    ],
)
def test_what_cannot_be_caused_is_refused_in_words(station, code, given, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        station.fault(code, **given)


def wait_for(comes_true, seconds=3.0):
    deadline = time.monotonic() + seconds
    while not comes_true():
        assert time.monotonic() < deadline
        time.sleep(0.01)
