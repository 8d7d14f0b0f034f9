"""Faults that no pretend balance can cause, at a working station: what Ann reads, what is kept, and what never comes of it.

The machine's own (F7, F34, F41, F42) and the scanner's (F37). The camera's and the printer's are tried where their pictures and
labels are.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
import serial
from serial.urlhandler import protocol_socket

from app.record.engine import Store
from app.settings import Settings
from app.station_settings import BalanceSettings, StationSettings
from app.stations import benches as benches_room
from app.stations import scans
from app.stations.benches import Bench, Benches, Restart
from app.stations.pan import NO_ANSWER, SET_UP, NoWeighing
from app.stations.preview import preview
from devices import connection
from devices.balance import balance
from devices.journal import read_journal
from hardware_mocks.station import Station
from tests import pharmacy
from tests.cast import ANN
from tests.stations.conftest import until
from tests.stations.test_balance_faults import LOAD, epoch_of, kept, loaded
from tests.stations.test_every_balance import at_work
from tests.workflows.example import IV_BAG, weigh
from tests.workflows.example import Bench as Preparing
from workflows import commands as asked
from workflows.events import Rejected
from workflows.evidence import Container, OtherCode, Weighing


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "LISTEN_S", 0.2)
    monkeypatch.setattr(balance, "POLL_S", 0.05)


@pytest.mark.parametrize(
    ("name", "glance", "note"),
    [("none", NO_ANSWER, "missing: There is no device at"), ("a file", SET_UP, "config_error: ")],
)
def test_f7_a_balance_whose_port_is_not_there_or_none_weighs_nothing_and_the_journal_says_why(
    tmp_path: Path, name: str, glance: str, note: str
) -> None:
    (tmp_path / "a file").write_text("not a port")
    set_as = BalanceSettings(protocol="mt-sics", url=str(tmp_path / name), serial="B123456789")
    settings = Settings(data_dir=tmp_path, stations={"HOOD-1": StationSettings(balance=set_as)})  # type: ignore[call-arg]  # the rest has defaults
    told: list[tuple[str, Restart]] = []
    benches = Benches(settings, lambda: datetime.now(UTC), lambda _: None, lambda *one: told.append(one), "RUN")
    benches.start()
    try:
        stand = benches.at("HOOD-1")
        assert stand is not None
        pan = stand.pan
        assert pan is not None
        until(lambda: pan.glance().says == glance)
        assert isinstance(pan.capture(0.2), NoWeighing)
        until(lambda: note in kept(tmp_path)[1])
        assert told == [], "what was never heard was never switched off"
    finally:
        benches.close()


def test_f34_a_balance_that_takes_no_more_bytes_is_lost_with_where_to_look_and_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, Restart]] = []
    with Station(speed=25, seed=5) as station, at_work(station, tmp_path, told) as pan:
        before = loaded(station, pan)

        def blocks(*_: object) -> int:
            raise serial.SerialTimeoutException("Write timeout")

        with monkeypatch.context() as held:
            held.setattr(protocol_socket.Serial, "write", blocks)
            until(lambda: pan.glance().state == "silent")
            got = pan.capture(0.3)
            assert isinstance(got, NoWeighing)
            until(lambda: bool(told))
        until(lambda: pan.glance().state == "ready")
        assert epoch_of(pan) != before, "what was weighed before belongs to nothing after it"
        again = pan.capture(60.0)
        assert isinstance(again, Weighing)
        assert (again.g, again.zero_g) == (LOAD, None), "the empty pan was seen before the link was lost"
    notes = kept(tmp_path)[1]
    assert "takes no more bytes. Check the cable and the handshake setting." in notes
    assert [what.sure for _, what in told] == [False]


def test_f41_two_weights_over_a_clock_that_jumps_belong_together_and_the_journal_keeps_both_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jumps, start = count(), datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    monkeypatch.setattr("tests.stations.test_every_balance.now", lambda: start + timedelta(hours=next(jumps) % 2))
    with Station(speed=25, seed=5) as station, at_work(station, tmp_path, []) as pan:
        epoch = loaded(station, pan)
        again = pan.capture(60.0)
        assert isinstance(again, Weighing)
        assert (again.g, again.epoch) == (LOAD, epoch)
    text = (tmp_path / "journals" / "HOOD-1-balance.journal").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert {line["utc"][11:13] for line in lines} == {"01", "02"}, "as the clock was"
    times = [line["mono"] for line in lines]
    assert times == sorted(times)


def test_f42_the_second_weight_after_a_program_that_was_killed_is_no_pair_with_the_first_whose_bytes_are_kept(
    tmp_path: Path,
) -> None:
    making = Preparing()
    making.until_reconstituted()
    with Station(speed=25, seed=5) as station:
        with at_work(station, tmp_path, [], run="BEFORE") as pan:
            first = loaded(station, pan)
        making.do(weigh("18.42", making.at, epoch=first))
        bytes_then, _ = kept(tmp_path)
        station.clear()
        with at_work(station, tmp_path, [], run="AFTER") as pan:
            second = loaded(station, pan)
            shown = pan.glance()
    bytes_now, _ = kept(tmp_path)
    assert "100.00" in bytes_then
    assert bytes_now.startswith(bytes_then)
    assert making.p is not None
    slot = IV_BAG.open_slots(making.p)[0]
    seen = preview(making.p, slot, shown)
    assert (seen.void, seen.ready) == (True, False)
    assert "both readings are void" in seen.prompt
    tried = making.ask(asked.Submit(slot.name, weigh("42.97", making.at, epoch=second)), ANN)
    assert isinstance(tried, tuple)
    assert isinstance(tried[0], Rejected)
    assert [one.code for one in tried[0].findings] == ["PAIR_BROKEN"]
    assert tried[0].findings[0].do == "REDO with a new syringe.", "liquid has gone in since"
    assert making.p.weighing(slot.name) is None


VIAL = "]d201100199555001241729123110AB123\x1d21SN7"
CARD = "]d1%VT-C-NEXT%"
SENT = [
    # what came over the wire, what Ann reads of each; a code that was handed on is judged by what it claims
    ("separator lost", VIAL.replace("\x1d", "").encode() + b"\r", [""]),
    ("identifier lost", VIAL[3:].encode() + b"\r", [benches_room.NO_AIM]),
    ("a part of a code", CARD[:9].encode(), ["Only a part of the code arrived. Scan again."]),
    ("two in one", CARD.encode() + CARD.encode() + b"\r", ["Two codes ran into one another. Scan one at a time."]),
    ("one twice", CARD.encode() + b"\r" + CARD.encode() + b"\r", [""]),
    ("another layout", CARD.replace("%", "5").replace("-", "ß").encode() + b"\r", [""]),
]


@pytest.fixture
def heard(bench: Bench, station: Station) -> Bench:
    bench.scans.add(CARD, datetime.now(UTC))  # so that the scanner is the only one that adds from here on
    until(lambda: station.connected("scanner"))
    return bench


@pytest.mark.parametrize(("sent", "read"), [one[1:] for one in SENT], ids=[one[0] for one in SENT])
def test_f37_what_a_scanner_loses_joins_or_repeats_is_said_kept_and_names_nothing(
    heard: Bench, station: Station, store: Store, tmp_path: Path, sent: bytes, read: list[str]
) -> None:
    station.scanner.wire.write(b"]d1READY\r")
    until(lambda: heard.scans.count == 2)
    station.scanner.wire.write(sent)
    until(lambda: heard.scans.count == 2 + len(read))
    found = heard.scans.after(2)
    assert [one.trouble for one in found] == read
    for one in found:
        with store.reading() as conn:
            told = scans.read(conn, one.raw, "serial", as_of=date(2026, 11, 23), live=lambda *_: None)
        assert one.trouble or told.word == "NEXT" or isinstance(told.scan.found, OtherCode)
        assert not isinstance(told.scan.found, Container)
    text = (tmp_path / "journals" / f"{pharmacy.STATION}-scanner.journal").read_text()
    assert sent in b"".join(entry.data for entry in read_journal(text.splitlines()) if entry.way == "<")
