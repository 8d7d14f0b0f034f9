"""A scripted instrument on a pty: for each thing the host says, the list of things the instrument says. Knows no protocol."""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

from devices.balance.balance import BalanceLink, Live
from devices.errors import Refusing
from tests.devices.clock import CLOCK

type_of_part = bytes | float
Says = bytes | tuple[type_of_part, ...]
"""Bytes, or bytes and pauses in seconds."""

SERIAL = "B123456789"


def i_am(serial: str = SERIAL) -> dict[str, list[Says]]:
    """What a well-behaved balance says of itself, with an empty pan."""
    return {
        "I4": [f'I4 A "{serial}"\r\n'.encode()],
        "I2": [b'I2 A "JE1002G/A 1200.90 g"\r\n'],
        "I3": [b'I3 A "1.20 34.28.3.4485.1729"\r\n'],
        "I0": [b'I0 B 0 "I0"\r\nI0 B 0 "I4"\r\nI0 B 0 "SI"\r\nI0 B 1 "TA"\r\nI0 A 0 "Z"\r\n'],
        "SI": [b"S S       0.00 g\r\n"],
        "TA": [b"TA A       0.00 g\r\n"],
    }


class Peer:
    """Each host line takes the first of its list; the last one stays. No entry: silence."""

    def __init__(self, folder: Path, says: dict[str, list[Says]]) -> None:
        self.link = folder / "usb-balance-port0"
        self.says = says
        self.heard: list[bytes] = []
        self.at: list[float] = []
        self.on: dict[str, Callable[[], None]] = {}
        self._end = threading.Event()
        self._thread: threading.Thread | None = None
        self.plug()

    def plug(self) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self._end.clear()
        self._swap(os.ttyname(self._slave))
        self._thread = threading.Thread(target=self._talk, daemon=True)
        self._thread.start()

    def _swap(self, node: str) -> None:
        new = self.link.with_suffix(".new")
        new.symlink_to(node)
        new.replace(self.link)

    def unplug(self) -> None:
        self._end.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        self._pull()

    def _pull(self) -> None:
        for handle in (self._slave, self._master):
            with contextlib.suppress(OSError):
                os.close(handle)
        self.link.unlink(missing_ok=True)

    def close(self) -> None:
        if not self._end.is_set():
            self.unplug()

    def send(self, data: bytes) -> None:
        os.write(self._master, data)

    def count(self, line: str) -> int:
        return self.heard.count(line.encode())

    def _talk(self) -> None:
        held = b""
        while not self._end.is_set():
            ready, _, _ = select.select([self._master], [], [], 0.02)
            if not ready:
                continue
            held += os.read(self._master, 1024)
            while b"\r\n" in held and not self._end.is_set():
                line, held = held.split(b"\r\n", 1)
                self.heard.append(line)
                self.at.append(time.monotonic())
                self._answer(line.decode("latin-1"))

    def _answer(self, line: str) -> None:
        for part in self._next(line):
            if self._end.is_set():
                return
            if isinstance(part, float):
                self._end.wait(part)
            else:
                self.send(part)
        if line in self.on:
            self.on[line]()

    def _next(self, line: str) -> tuple[type_of_part, ...]:
        entries = self.says.get(line, [])
        entry: Says = b"" if not entries else entries.pop(0) if len(entries) > 1 else entries[0]
        return entry if isinstance(entry, tuple) else (entry,) if entry else ()


@contextlib.contextmanager
def link_to(peer: Peer, *, serial: str | None = SERIAL, ready: bool = True) -> Iterator[BalanceLink]:
    """A started link to the peer; waits for `ready` unless told not to."""
    link = BalanceLink("mt-sics", str(peer.link), serial=serial, clock=CLOCK)
    link.start()
    try:
        if ready:
            wait_for(lambda: link.state.name == "ready", link)
        yield link
    finally:
        link.close()


LONGEST_S = 60.0
"""A machine with other work may be slow to come to it."""


def wait_for(what: Callable[[], object], link: BalanceLink | None = None) -> None:
    """Wait until `what()` is true; fails with the link's state."""
    end = time.monotonic() + LONGEST_S
    while not what():
        assert time.monotonic() < end, f"it did not come to be; {link.state if link else ''}"
        time.sleep(0.01)


def watched(link: BalanceLink) -> Live:
    """Look at the live weight as a page does, which keeps it running."""
    link.watch()
    return link.live()


def refused(link: BalanceLink, seconds: float, code: str) -> Refusing:
    """Weigh until it is refused for this reason: on a machine with other work there are too few readings at first."""
    end = time.monotonic() + LONGEST_S
    while True:
        said = link.settled(seconds)
        assert isinstance(said, Refusing), said
        assert said.kind == "not_settled"
        if said.code == code:
            return said
        assert time.monotonic() < end, said
