"""A journal that cannot be written: the instruments go on, nobody waits for ever, and it is said."""

import json
import os
import threading
from pathlib import Path

from devices.balance.balance import BalanceLink
from devices.errors import Silent
from devices.journal import Journal
from devices.readings import WeightRead
from devices.scanner.serial import ScannerLink
from tests.devices.clock import CLOCK
from tests.devices.peer import SERIAL, wait_for

FULL = Path("/dev/full")
"""A device that takes no byte: every write to it ends as on a full disk."""


def test_a_full_disk_stops_no_balance_and_is_told_once(instrument):
    peer = instrument()
    journal = Journal(FULL, CLOCK)
    link = BalanceLink("mt-sics", str(peer.link), serial=SERIAL, clock=CLOCK, journal=journal)
    link.start()
    try:
        wait_for(lambda: link.state.name == "ready", link)
        assert isinstance(link.settled(60), WeightRead)
        peer.unplug()
        wait_for(lambda: link.state.name == "lost", link)
        (told,) = [event.says for event in link.events() if event.what == "journal"]
        assert told == "The journal full cannot be written: No space left on device."
    finally:
        link.close()
        journal.close()


def test_a_full_disk_stops_no_scanner():
    master, slave = os.openpty()
    heard, journal = [], Journal(FULL, CLOCK)
    link = ScannerLink(os.ttyname(slave), clock=CLOCK, heard=heard.append, journal=journal)
    link.start()
    try:
        wait_for(lambda: link.state.name == "ready")
        os.write(master, b"]d1HELLO\r")
        wait_for(lambda: heard)
        assert (heard[0].text, link.state.name) == ("]d1HELLO", "ready")
    finally:
        link.close()
        journal.close()
        os.close(master)
        os.close(slave)


def test_a_fault_in_whoever_hears_a_scanner_is_said_in_its_state(monkeypatch):
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    master, slave = os.openpty()

    def breaks(_):
        raise ZeroDivisionError

    link = ScannerLink(os.ttyname(slave), clock=CLOCK, heard=breaks)
    link.start()
    try:
        wait_for(lambda: link.state.name == "ready")
        os.write(master, b"]d1HELLO\r")
        wait_for(lambda: link.state.name == "lost")
        assert "Restart the server" in link.state.says
    finally:
        link.close()
        os.close(master)
        os.close(slave)


def test_a_journal_that_cannot_be_turned_over_goes_on_in_its_file(tmp_path):
    kept, told = tmp_path / "j", []
    (tmp_path / "j.1").mkdir()
    (tmp_path / "j.1" / "in the way").touch()
    journal = Journal(kept, CLOCK, most_bytes=100, keep=1)
    journal.tell_me(told.append)
    for number in range(3):
        journal.sent(b"SI\r\n", number)
    journal.close()
    assert [json.loads(line)["ask"] for line in kept.read_text().splitlines()] == [0, 1, 2]
    assert told == ["The journal j cannot be written: Is a directory."]


def test_a_question_nobody_answers_in_time_is_given_up_and_never_put_later(instrument, monkeypatch):
    monkeypatch.setattr("devices.connection.PATIENCE_S", -14.5)
    peer = instrument(Z=[b"Z A\r\n"])
    link = BalanceLink("mt-sics", str(peer.link), serial=SERIAL, clock=CLOCK)
    held = threading.Event()
    link.tell_me(lambda event: held.wait(5) if event.what == "restarted" else None)
    link.start()
    try:
        wait_for(lambda: link.state.name == "ready", link)
        peer.send(f'I4 A "{SERIAL}"\r\n'.encode())
        wait_for(lambda: link.state.epoch.restart == 1, link)
        said = link.zero()
        assert isinstance(said, Silent)
        assert "not known" in said.says
        monkeypatch.undo()
        held.set()
        assert isinstance(link.settled(60), WeightRead)
        assert peer.count("Z") == 0
    finally:
        held.set()
        link.close()
