"""A balance behind a serial device server: plain TCP, and RFC 2217, which carries the line settings too.

The RFC 2217 server is pyserial's own, in front of a pty on which the scripted instrument answers.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections.abc import Iterator
from decimal import Decimal

import pytest
import serial
from serial.rfc2217 import PortManager

from devices import connection
from devices.balance.balance import BalanceLink
from devices.balance.stability import StabilityRule
from devices.readings import WeightRead
from tests.devices.clock import CLOCK
from tests.devices.peer import SERIAL, Peer, wait_for


class PtyPort(serial.Serial):
    """A pty has no speed, no parity and no modem lines: what is set is kept, and changes nothing."""

    cts = dsr = ri = cd = False

    def _update_dtr_state(self) -> None:
        """There is no such line."""

    _update_rts_state = _update_dtr_state

    def _reconfigure_port(self, force_update: bool = False) -> None:
        if not self.is_open:
            super()._reconfigure_port(force_update)


class DeviceServer:
    """One host at a time reaches the port behind it by RFC 2217."""

    def __init__(self, path: str) -> None:
        self.port = PtyPort(path, timeout=0.02)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.1)
        self.number: int = self._listener.getsockname()[1]
        self._ends, self.hangs_up = threading.Event(), threading.Event()
        self.served = 0
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"rfc2217://127.0.0.1:{self.number}"

    def write(self, data: bytes) -> None:
        """What the port manager says to the host."""
        with contextlib.suppress(OSError):
            self._host.sendall(data)

    def close(self) -> None:
        self._ends.set()
        self._thread.join(5)
        self._listener.close()
        self.port.close()

    def _serve(self) -> None:
        while not self._ends.is_set():
            with contextlib.suppress(TimeoutError):
                self._host, _ = self._listener.accept()
                with self._host:
                    self.served += 1
                    self._pump()

    def _pump(self) -> None:
        manager = PortManager(self.port, self, logger=logging.getLogger("rfc2217"))
        self._host.settimeout(0.02)
        self.hangs_up.clear()
        while not (self._ends.is_set() or self.hangs_up.is_set()):
            with contextlib.suppress(TimeoutError):
                heard = self._host.recv(1024)
                if not heard:
                    return
                self.port.write(b"".join(manager.filter(heard)))
            said = self.port.read(self.port.in_waiting or 1)
            if said:
                self.write(b"".join(manager.escape(said)))


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "LISTEN_S", 0.2)


@contextlib.contextmanager
def link_through(server: DeviceServer, line: str = "9600 8N1") -> Iterator[BalanceLink]:
    link = BalanceLink("mt-sics", server.url, line, serial=SERIAL, clock=CLOCK)
    link.rule = StabilityRule(window_s=0.3, samples=3, flagged=3, longest_gap_s=1.0)
    link.start()
    try:
        yield link
    finally:
        link.close()


@pytest.fixture
def server(instrument) -> Iterator[tuple[DeviceServer, Peer]]:
    peer = instrument(SI=[b"S S     100.00 g\r\n"])
    made = DeviceServer(str(peer.link))
    yield made, peer
    made.close()


def test_a_balance_behind_rfc2217_is_known_weighed_and_its_line_set_from_afar(server) -> None:
    made, _ = server
    with link_through(made, "2400 7E1") as link:
        wait_for(lambda: link.state.name == "ready", link)
        assert (made.port.baudrate, made.port.bytesize, made.port.parity) == (2400, 7, "E")
        assert link.identity().serial == SERIAL
        read = link.settled(60)
        assert isinstance(read, WeightRead)
        assert (read.grams, read.raw[-1]) == (Decimal("100.00"), b"S S     100.00 g")


def test_f1_a_device_server_that_hangs_up_is_a_lost_link_and_found_again(server) -> None:
    made, _ = server
    with link_through(made) as link:
        wait_for(lambda: link.state.name == "ready", link)
        before = link.state.epoch
        made.hangs_up.set()
        wait_for(lambda: link.state.name in {"lost", "opening"}, link)
        assert not isinstance(link.settled(0.1), WeightRead)
        wait_for(lambda: link.state.name == "ready", link)
        assert link.state.epoch.connection > before.connection
        assert link.state.epoch.restart == before.restart + 1, "nobody could hear whether it was off meanwhile"
        assert made.served == 2


def test_f5_another_balance_behind_the_same_address_is_refused_by_its_number(server) -> None:
    made, peer = server
    with link_through(made) as link:
        wait_for(lambda: link.state.name == "ready", link)
        peer.says["I4"] = [b'I4 A "B999999999"\r\n']
        made.hangs_up.set()
        wait_for(lambda: link.state.name == "wrong_device", link)
        assert "B999999999" in link.state.says
        assert not isinstance(link.settled(0.1), WeightRead)


@pytest.mark.parametrize("scheme", ["socket", "rfc2217"])
def test_f7_nobody_at_the_address_is_said_with_where_to_look(scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        number = free.getsockname()[1]
    link = BalanceLink("mt-sics", f"{scheme}://127.0.0.1:{number}", clock=CLOCK)
    link.start()
    try:
        wait_for(lambda: link.state.name == "lost", link)
        assert f"Nobody answers at {scheme}://127.0.0.1:{number}" in link.state.says
    finally:
        link.close()


def test_f7_what_listens_there_and_speaks_no_rfc2217_is_no_device_server() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        link = BalanceLink("mt-sics", f"rfc2217://127.0.0.1:{deaf.getsockname()[1]}", clock=CLOCK)
        link.start()
        try:
            wait_for(lambda: link.state.name == "lost", link)
            assert "RFC2217" in link.state.says
        finally:
            link.close()
