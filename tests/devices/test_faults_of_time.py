"""Faults by number, in time: a write that blocks, a clock that jumps, a process that dies between weighing and record."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tty
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count

import pytest

from devices.balance.balance import BalanceLink
from devices.balance.replay import replay
from devices.journal import read_journal
from devices.readings import WeightRead
from devices.transport import LineSettings, Port, PortLost
from tests.devices.peer import SERIAL, wait_for


def test_f34_a_write_that_blocks_is_a_lost_port_and_says_where_to_look():
    master, slave = os.openpty()
    tty.setraw(slave)
    port = Port(os.ttyname(slave), LineSettings.parse("9600 8N1"))
    try:
        with pytest.raises(PortLost, match="takes no more bytes") as lost:
            port.write(b"x" * 400_000)
        assert "Check the cable and the handshake setting." in lost.value.says
        assert lost.value.kind == "blocked"
    finally:
        port.close()
        os.close(master)
        os.close(slave)


def test_f41_a_clock_that_jumps_an_hour_back_and_forth_moves_no_deadline_and_parts_no_weighing(instrument):
    jumps = count()
    start = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)

    def clock():
        return start + timedelta(hours=next(jumps) % 2)

    peer = instrument(SI=[b"S S     100.00 g\r\n"])
    link = BalanceLink("mt-sics", str(peer.link), serial=SERIAL, clock=clock)
    link.start()
    try:
        wait_for(lambda: link.state.name == "ready", link)
        first, second = link.settled(60), link.settled(60)
        assert isinstance(first, WeightRead)
        assert isinstance(second, WeightRead)
        assert first.epoch == second.epoch
        assert second.monotonic > first.monotonic
        assert first.settled_in < 600, "an hour is no part of it"
    finally:
        link.close()


KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from devices.balance.balance import BalanceLink
from devices.journal import Journal
from devices.readings import WeightRead
now = lambda: datetime.now(UTC)
link = BalanceLink("mt-sics", sys.argv[1], clock=now, journal=Journal(Path(sys.argv[2]), now))
link.start()
while not isinstance(link.settled(60), WeightRead):
    pass
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_f42_a_process_killed_right_after_a_weighing_has_its_bytes_in_the_journal(instrument, tmp_path):
    peer = instrument(SI=[b"S S     100.00 g\r\n"])
    kept = tmp_path / "journal"
    done = subprocess.run([sys.executable, "-c", KILLED, str(peer.link), str(kept)], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    entries = list(read_journal(kept.read_text().splitlines()))
    assert [one for one in entries if one.data == b"S S     100.00 g\r\n"]
    said = [one for case in replay("mt-sics", kept.read_text()) for one in case.got]
    weights = [one for one in said if one["kind"] == "weight"]
    assert {Decimal(one["value"]) for one in weights} == {Decimal("100.00")}
    assert said[-1]["kind"] == "tare", "the last thing asked before a weight counts"
