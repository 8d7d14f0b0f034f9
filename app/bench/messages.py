"""Orders over MLLP to the real server: acknowledged messages beside the bare durable commit, and its memory over many."""

from __future__ import annotations

import json
import socket
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import count, repeat
from pathlib import Path
from zoneinfo import ZoneInfo

from app import clock
from app.bench import servers
from app.bench.alone import memory_mb
from app.bench.bare import open_bare
from app.bench.rounds import Figure, Quiet, beside, timed
from app.cli.serve import free_port
from app.interfaces.demo import demo_orders

CONNECTIONS = 8
"""Senders at once: an interface engine keeps one open for each feed, and has several."""
GOAL = 0.5
"""Of the rate at which this disk takes one row and one commit, by one who waits for nobody."""
FLAT = 0.85
"""Of the server's memory at the end it had already after the first tenth of the messages: caches fill, nothing leaks."""
START, END = b"\x0b", b"\x1c\r"
PATIENCE_S = 60.0


@dataclass(frozen=True)
class Letters:
    """One order of the demo, under numbers of its own each time."""

    segments: tuple[str, ...]
    """Its lines."""

    def numbered(self, number: int) -> bytes:
        """Return the order as that of another number and another patient."""
        new = {"MSH": (9, f"B{number}"), "ORC": (2, f"BENCH{number}^BENCH"), "PID": (3, f"8{number:07}^^^MAINHOSP^MR")}
        lines = []
        for line in self.segments:
            fields = line.split("|")
            if line[:3] in new:
                place, text = new[line[:3]]
                fields[place] = text
            lines.append("|".join(fields))
        return "\r".join(lines).encode()


class Line:
    """One sender's connection: the next message goes when the last was acknowledged."""

    def __init__(self, port: int) -> None:
        """Connect to the receiver of this port."""
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def sent(self, message: bytes) -> None:
        """Send, and return when it is acknowledged. Raises RuntimeError for any other answer."""
        self._socket.sendall(START + message + END)
        answer = b""
        while not answer.endswith(END):
            received = self._socket.recv(65536)
            if not received:
                raise RuntimeError("the receiver hung up")
            answer += received
        if b"MSA|AA|" not in answer:
            raise RuntimeError("an order of the bench was refused")

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


def figures(folder: Path, writes: int, rounds: int, many: int) -> Iterator[Figure]:
    """Measure with so many messages a round, and memory over `many` more."""
    at = clock.now()
    letters = Letters(tuple(demo_orders(at, ZoneInfo("America/Chicago"))[0][1].decode().strip("\r\n").split("\r")))
    numbers, port = count(1), free_port("127.0.0.1", 0)
    if port is None:
        raise RuntimeError("no port of this machine is free")
    received = {"VIALTRACE_MLLP": json.dumps({"bench": {"port": port}})}
    with servers.real(folder / "data", (), more=received) as server, open_bare(folder) as bare:
        lines = [Line(port) for _ in range(CONNECTIONS)]

        def ours(how_many: int) -> list[float]:
            texts = [letters.numbered(next(numbers)) for _ in range(how_many)]
            with ThreadPoolExecutor(len(lines)) as pool:
                shares = [texts[n :: len(lines)] for n in range(len(lines))]
                return [one for times in pool.map(_send_all, lines, shares) for one in times]

        ours(CONNECTIONS * 5)
        quiet, mine, raw, each = Quiet(folder), list[float](), list[float](), list[float]()
        for _ in range(rounds):
            took: list[float] = []
            mine.append(writes / timed(lambda took=took: took.extend(ours(writes))))  # type: ignore[misc]
            raw.append(writes / timed(lambda: deque(map(bare.insert, repeat(1, writes)), maxlen=0)))
            each += took
        name = f"orders acknowledged over MLLP, {CONNECTIONS} connections"
        yield beside(name, "messages/s", mine, raw, noisy=quiet.noisy, goal=GOAL, each=each)
        yield from _memory(server, partial(ours, max(1, many // 10)))
        for line in lines:
            line.close()


def _memory(server: servers.Server, tenth: Callable[[], object]) -> Iterator[Figure]:
    """Send ten times a tenth, and hold what the server has at the end against what it had after the first."""
    worker, sizes = server.worker(), list[float]()
    for _ in range(10):
        tenth()
        sizes.append(memory_mb(worker))
    name = "memory of the server's worker after the messages"
    yield beside(name, "MiB", sizes[-1:], sizes[:1], noisy=False, goal=FLAT)


def _send_all(line: Line, texts: Sequence[bytes]) -> list[float]:
    return [timed(partial(line.sent, text)) for text in texts]
