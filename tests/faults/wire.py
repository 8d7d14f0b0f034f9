"""A wire between a process and its PostgreSQL that can be cut, torn, slowed, silenced or taken away, at chosen moments."""

from __future__ import annotations

import random
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType

COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"
"""The message with which our driver ends a transaction; READ COMMITTED at its beginning is another."""


class Wire:
    """Listens on a free port of 127.0.0.1 and hands everything on to the server's socket, until a fault is armed.

    A fault strikes once, on whichever connection meets its moment first.
    """

    def __init__(self, to: str, chance: random.Random) -> None:
        self._to, self._chance = to, chance
        self._armed = ""
        self._guard = threading.Lock()
        self._away_until = 0.0
        self._gone = threading.Event()
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.struck = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Wire:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        self.cut_all()

    def arm(self, fault: str) -> None:
        """One of FAULTS; `away` and `cut all` strike at once."""
        if fault == "cut all":
            self.cut_all()
            self.struck += 1
        elif fault == "away":
            self._away_until = time.monotonic() + self._chance.uniform(0.02, 0.25)
            self.cut_all()
            self.struck += 1
        else:
            self._armed = fault

    def back(self) -> None:
        """End what GONE_FOR_LONG began, whenever that was: however slow this machine is, nobody came too late for it."""
        self._gone.clear()

    def disarm(self) -> None:
        self._armed = ""

    def cut_all(self) -> None:
        with self._guard:
            pairs = list(self._pairs)
        for pair in pairs:
            _close(pair)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self._gone.is_set() or time.monotonic() < self._away_until:
                near.close()
                continue
            far = socket.socket(socket.AF_UNIX)
            try:
                far.connect(self._to)
            except OSError:
                near.close()
                continue
            near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            pair = near, far
            with self._guard:
                self._pairs.add(pair)
            meets = _Meeting()
            threading.Thread(target=self._carry, args=(pair, near, far, self._asked, meets), daemon=True).start()
            threading.Thread(target=self._carry, args=(pair, far, near, self._answered, meets), daemon=True).start()

    def _carry(
        self,
        pair: tuple[socket.socket, socket.socket],
        source: socket.socket,
        to: socket.socket,
        look: Callable[[bytes, socket.socket, _Meeting], bool],
        meets: _Meeting,
    ) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if not look(data, to, meets):
                    break
        _close(pair)
        with self._guard:
            self._pairs.discard(pair)

    def _asked(self, data: bytes, to: socket.socket, meets: _Meeting) -> bool:
        """What the process sends. False cuts the connection."""
        fault = self._take(data)
        if fault in {"answer of commit lost", GONE_FOR_LONG}:
            meets.answer_is_lost, meets.and_gone = True, fault == GONE_FOR_LONG
        elif fault == "commit lost":
            return False
        elif fault == "torn":
            to.sendall(data[: self._chance.randrange(len(data))])
            return False
        elif fault == "cut":
            return False
        elif fault == "slow":
            time.sleep(self._chance.uniform(0.01, 0.06))
        elif fault == "silent":
            time.sleep(self._chance.uniform(0.05, 0.2))
            return False
        to.sendall(data)
        return fault != "commit unsure"

    def _answered(self, data: bytes, to: socket.socket, meets: _Meeting) -> bool:
        """What the server sends: an answer that is lost comes after the commit was done."""
        if meets.answer_is_lost:
            if meets.and_gone:
                self._gone.set()
                self.cut_all()
            return False
        to.sendall(data)
        return True

    def _take(self, data: bytes) -> str:
        with self._guard:
            fault = self._armed
            over_commit = fault in OVER_COMMIT or fault == GONE_FOR_LONG
            if not fault or (over_commit and COMMIT not in data):
                return ""
            if not over_commit and self._chance.random() > 0.25:
                return ""  # somewhere in the middle, not always at the first word
            self._armed = ""
            self.struck += 1
            return fault


class _Meeting:
    """What both directions of one connection know."""

    answer_is_lost = False
    and_gone = False


OVER_COMMIT = ("commit lost", "answer of commit lost", "commit unsure")
FAULTS = (*OVER_COMMIT, "torn", "cut", "slow", "silent", "away", "cut all")
GONE_FOR_LONG = "answer of commit lost and nobody there to ask"
KILLING = struct.pack("ii", 1, 0)


def _close(pair: tuple[socket.socket, socket.socket]) -> None:
    """End both sides at once, as a cut does: nothing that waits is sent any more."""
    for one in pair:
        with suppress(OSError):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, KILLING)
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        with suppress(OSError):
            one.close()
