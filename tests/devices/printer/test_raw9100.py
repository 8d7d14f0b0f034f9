"""A label on its way to a printer that speaks real bytes: it came out, or nobody knows, or nothing was sent (F39)."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.journal import Journal, read_journal
from devices.printer import raw9100
from devices.printer.raw9100 import Job, place, send
from hardware_mocks.station import Station
from tests.devices.clock import CLOCK

LABEL = b"^XA^PW812^LL609^FO30,20^A0N,34,34^FDMarta Example^FS^PQ1,0,1,Y^XZ"


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("ANSWER_S", 0.3), ("IDLE_S", 0.4), ("PRINT_S", 0.8), ("ASK_EVERY_S", 0.05)):
        monkeypatch.setattr(raw9100, name, seconds)


@pytest.fixture
def station() -> Iterator[Station]:
    with Station() as made:
        made.printer.seconds_a_label = 0.05
        yield made


def out(station: Station) -> list[bytes]:
    return [one.zpl for one in station.printer.came_out]


def test_a_label_is_confirmed_only_when_the_printer_has_nothing_left_to_print(station: Station) -> None:
    station.printer.seconds_a_label = 0.3
    assert send(station.printer_url, LABEL) == Job("CONFIRMED", "")
    assert out(station) == [LABEL]


BEFORE = [
    ("refuses", "cannot be reached"),
    ("closes at once", "closed the connection"),
    ("silent", "The printer says nothing"),
    ("paper out", "it is out of labels"),
    ("paused", "it is paused"),
    ("head open", "its head is open"),
    ("ribbon out", "it is out of ribbon"),
    ("buffer full", "its buffer is full"),
    ("half a job", "it holds half a label"),
]


@pytest.mark.parametrize(("what", "says"), BEFORE)
def test_f39_a_printer_that_fails_beforehand_is_sent_nothing(station: Station, what: str, says: str) -> None:
    station.fault("F39", what=what)
    job = send(station.printer_url, LABEL)
    if what == "closes at once":
        assert job.state in ("FAILED", "UNKNOWN"), "the answer came whole before the connection was cut"
    else:
        assert job.state == "FAILED", job
        assert "Nothing was sent" in job.says or what == "refuses"
    assert says in job.says
    station.clear_faults()
    assert LABEL not in station.printer.heard


def test_f39_a_roll_of_another_length_is_sent_nothing_and_named_with_both_lengths(station: Station) -> None:
    assert send(station.printer_url, LABEL, roll_mm=76.2).state == "CONFIRMED"
    station.fault("F39", what="wrong roll")
    job = send(station.printer_url, LABEL, roll_mm=76.2)
    assert job.state == "FAILED"
    assert "labels are 32 mm long; this station's are 76 mm. Nothing was sent" in job.says
    assert send(station.printer_url, LABEL).state == "CONFIRMED", (
        "a station that does not say its roll compares nothing"
    )
    station.printer.gaps = False
    assert send(station.printer_url, LABEL, roll_mm=76.2).state == "CONFIRMED", (
        "without gaps it is as long as it is told"
    )
    assert out(station) == [LABEL] * 3


AFTER = [("closes", True), ("closes in the label", False)]


@pytest.mark.parametrize(("what", "comes_out"), AFTER)
def test_f39_a_printer_that_hangs_up_on_a_label_leaves_it_unknown_whether_it_came_out_or_not(
    station: Station, what: str, comes_out: bool
) -> None:
    station.fault("F39", what=what)
    job = send(station.printer_url, LABEL)
    assert (job.state, "may have come out" in job.says) == ("UNKNOWN", True), job
    time.sleep(0.3)
    assert out(station) == ([LABEL] if comes_out else []), "the printer alone knows"


def test_f39_a_roll_that_runs_out_in_a_batch_stops_at_the_label_that_is_not_out(station: Station) -> None:
    station.fault("F39", what="last label")
    first, second = send(station.printer_url, LABEL), send(station.printer_url, LABEL)
    assert (first.state, second.state) == ("UNKNOWN", "FAILED"), "whole or not: the roll's end shows on the paper alone"
    assert out(station) == [LABEL]


@pytest.mark.parametrize(
    ("what", "says"), [("paper out", "out of labels"), ("paused", "paused"), ("silent", "nothing")]
)
def test_f39_what_happens_after_the_label_was_sent_leaves_it_unknown(station: Station, what: str, says: str) -> None:
    station.printer.seconds_a_label = 0.5
    strikes = iter([lambda: None, lambda: station.fault("F39", what=what)])

    def wait(seconds: float) -> None:
        next(strikes, lambda: None)()
        time.sleep(seconds)

    job = send(station.printer_url, LABEL, wait=wait)
    assert (job.state, says in job.says) == ("UNKNOWN", True), job
    station.clear_faults()
    station.printer.seconds_a_label = 0.05
    time.sleep(0.3)
    assert out(station) == [LABEL], "it comes out once there is paper: a second one would be one too many"


def test_a_printer_that_still_prints_something_else_is_waited_for_and_then_sent_nothing(station: Station) -> None:
    station.printer.seconds_a_label = 30
    station.printer.hear(b"^XA^FDof another host^FS^XZ")
    job = send(station.printer_url, LABEL)
    assert (job.state, "still prints something else" in job.says) == ("FAILED", True)
    station.printer.seconds_a_label = 0.05
    assert send(station.printer_url, LABEL).state == "CONFIRMED"


def test_the_journal_has_what_was_asked_and_answered_and_nobodys_name(station: Station, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "printer.journal", CLOCK)
    send(station.printer_url, LABEL, journal)
    journal.close()
    entries = list(read_journal((tmp_path / "printer.journal").read_text().splitlines()))
    ways = "".join(entry.way for entry in entries)
    assert re.fullmatch(r"><\.(><)+", ways), ways
    kept = b"".join(entry.data for entry in entries)
    assert b"030,0,0,0609" in kept
    assert b"Marta" not in kept


@pytest.mark.parametrize("url", ["10.0.0.1:9100", "http://10.0.0.1", "socket://", "/dev/usb/lp0"])
def test_what_is_no_printers_address_is_refused_with_how_to_write_it(url: str) -> None:
    with pytest.raises(ValueError, match="socket://10"):
        place(url)
    assert place("socket://10.0.0.1") == ("10.0.0.1", 9100)


def test_an_address_that_no_name_can_have_is_sent_nothing_in_words() -> None:
    job = send("socket://10..20.0.31:9100", b"^XA^XZ")
    assert (job.state, "no name or address" in job.says) == ("FAILED", True)
