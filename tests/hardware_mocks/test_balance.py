"""What the pretend balance does beside the transcript: noise, settling, tare arithmetic, cancelling, adjusting, keys."""

import statistics
import time

import pytest

from hardware_mocks.balance.pan import Build, Pan
from hardware_mocks.bench import Bench, Clock
from hardware_mocks.station import Station
from tests.hardware_mocks.hosts import host_of


class HandClock(Clock):
    """A clock that a test moves on."""

    def __init__(self):
        super().__init__()
        self.at = 0.0

    def now(self):
        return self.at


def pan_of(seed=5, **build):
    bench = Bench(HandClock())
    return bench, Pan(bench, Build(**build), seed)


def watch(bench, pan, seconds, step=0.05):
    readings = []
    for _ in range(round(seconds / step)):
        bench.clock.at += step
        readings.append(pan.read())
    return readings


@pytest.mark.parametrize("tau", [0.08, 0.3, 1.5])
def test_it_settles_as_fast_as_its_time_constant_says(tau):
    bench, pan = pan_of(tau=tau)
    watch(bench, pan, 2)
    bench.put("24.55")
    readings = watch(bench, pan, 20 * tau + 2)
    first = next(number for number, reading in enumerate(readings) if reading.stable)
    assert abs(readings[first].value - readings[-1].value) <= pan.build.readability
    assert 0.5 <= first * 0.05 <= 12 * tau + 1
    assert str(readings[-1].value) == "24.55"


def test_raw_noise_is_four_tenths_of_a_division_and_the_filtered_display_is_right_nearly_always():
    bench, pan = pan_of(drift=0.0)
    bench.put("336.30")
    watch(bench, pan, 5)
    raw, right = [], 0
    for _ in range(4000):
        watch(bench, pan, 0.05)
        raw.append(pan._raw[-1])
        right += str(pan.read().value) == "336.30"
    assert 0.003 < statistics.stdev(raw) < 0.005
    assert right >= 3960


def test_a_running_cabinet_makes_it_restless():
    bench, pan = pan_of()
    watch(bench, pan, 2)
    calm = [reading.value for reading in watch(bench, pan, 60)]
    bench.airflow = True
    windy = watch(bench, pan, 60)
    assert statistics.stdev(map(float, calm)) < 0.003
    assert statistics.stdev(float(reading.value) for reading in windy) > 0.008
    assert sum(not reading.stable for reading in windy) > 0


def test_a_cold_balance_creeps_until_it_is_warm():
    bench, pan = pan_of()
    pan.switch_off()
    pan.switch_on()
    bench.put("200")
    watch(bench, pan, 5)
    early = watch(bench, pan, 0.5)[-1].value
    bench.clock.at += 4000
    late = watch(bench, pan, 1)[-1].value
    assert 0.03 <= late - early <= 0.07


def test_a_warm_room_changes_a_heavy_load_until_it_is_adjusted():
    bench, pan = pan_of(correlated=0.0, white=0.0, drift=0.0)
    bench.temperature += 5
    bench.put("4000")
    assert str(watch(bench, pan, 5)[-1].value) == "4000.06"
    bench.clear()
    watch(bench, pan, 5)
    pan.adjust()
    bench.put("4000")
    assert str(watch(bench, pan, 5)[-1].value) == "4000.00"


@pytest.fixture
def station():
    with Station(seed=2, speed=20) as running:
        yield running


@pytest.fixture
def host(station):
    with host_of(station.balance_url) as open_host:
        yield open_host


def test_net_is_gross_less_the_tare_to_the_last_digit(station, host):
    station.put("18.42")
    assert host.ask("T") == "T S      18.42 g"
    station.put("42.97")
    assert host.ask("S") == "S S      24.55 g"
    station.clear()
    assert host.ask("S") == "S S     -18.42 g"
    assert host.ask("TAC") == "TAC A"
    assert host.ask("S") == "S S       0.00 g"


def test_a_preset_tare_is_rounded_to_the_divisions(host):
    assert host.ask("TA 10.456 g") == "TA A      10.46 g"
    assert host.ask("TA 5000 g") == "TA L"
    assert host.ask("TA 1 kg") == "TA L"
    assert host.ask("@") == 'I4 A "B123456789"'
    assert host.ask("TA") == "TA A       0.00 g"


def test_zero_clears_the_tare(station, host):
    station.put("5")
    assert host.ask("T") == "T S       5.00 g"
    assert host.ask("Z") == "Z A"
    assert host.ask("TA") == "TA A       0.00 g"
    assert host.ask("S") == "S S       0.00 g"


def test_cancel_ends_a_wait_and_the_next_command_is_answered(station, host):
    station.fault("F20")
    time.sleep(0.1)
    host.send(b"S\r\n")
    host.send(b"@\r\n")
    assert host.hear_until(b"\r\n") == b'I4 A "B123456789"\r\n'
    assert host.hear(0.7) == b""


def test_commands_are_answered_in_turn(station, host):
    station.put("20")
    host.send(b"S\r\nI3\r\nSI\r\n")
    heard = host.hear_until(b"S S      20.00 g\r\n")
    heard += host.hear_until(b"S S      20.00 g\r\n")
    assert heard == b'S S      20.00 g\r\nI3 A "1.20 34.28.3.4485.1729"\r\nS S      20.00 g\r\n'


def test_sc_gives_the_moving_weight_when_its_time_is_over(station, host):
    station.fault("F20")
    time.sleep(0.1)
    assert host.ask("SC 1000").startswith("S D ")
    assert host.ask("SC") == "S L"
    assert host.ask("SC soon") == "S L"


def test_adjustment_begins_ends_and_lets_nothing_else_in(host):
    assert host.ask("C3") == "C3 B"
    assert host.ask("SI") == "S I"
    assert host.ask("I4") == "I4 I"
    assert host.ask("T") == "T I"
    assert host.hear_until(b"\r\n") == b"C3 A\r\n"
    assert host.ask("S") == "S S       0.00 g"


def test_a_stream_keeps_its_rate_and_ends_with_si(station, host):
    host.send(b"SIR\r\n")
    lines = host.hear(1.1).split(b"\r\n")[:-1]
    assert 4 <= len(lines) <= 6
    assert set(lines) == {b"S S       0.00 g"}
    host.send(b"SI\r\n")
    assert host.hear(0.5).count(b"\r\n") <= 2
    assert host.hear(0.4) == b""


def test_sr_tells_of_changes_moving_and_settled(station, host):
    assert host.ask("SR") == "S S       0.00 g"
    station.put("50")
    assert host.hear_until(b"\r\n").startswith(b"S D ")
    assert host.hear_until(b"\r\n") == b"S S      50.00 g\r\n"
    assert host.hear(0.3) == b""


def test_keys_print_aloud_and_zero_in_silence(station, host):
    station.put("3")
    host.ask("S")
    station.key("print")
    assert host.hear_until(b"\r\n") == b"S S       3.00 g\r\n"
    station.key("zero")
    assert host.hear(0.2) == b""
    assert host.ask("S") == "S S       0.00 g"
    with pytest.raises(ValueError, match="print, tare, zero"):
        station.key("self-destruct")


def test_text_is_shown_and_the_weight_comes_back(station, host):
    assert host.ask('D "NEXT VIAL"') == "D A"
    assert station.balance.display == "NEXT VIAL"
    assert host.ask("D NEXT") == "D L"
    assert host.ask("DW") == "DW A"
    assert station.balance.display == ""


@pytest.mark.parametrize("line", ["s", "si", " S", "", "S\t", "HELLO", "ZC 3000"])
def test_what_is_no_command_is_a_syntax_error(host, line):
    assert host.ask(line) in {"ES", "ET"}


def test_a_line_feed_alone_ends_nothing(host):
    host.send(b"I4\n")
    assert host.hear(0.2) == b""
