"""The real server and a bare one, each a process of its own on a free port of this machine, stopped at the end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, sleep
from types import MappingProxyType

from app.cli.serve import free_port
from app.serving import listens

TICK_S = 1 / os.sysconf("SC_CLK_TCK")
"""The kernel's unit of processor time."""
PATIENCE_S = 120.0
"""How long a server may take until it listens."""


@dataclass(frozen=True)
class Server:
    """One that listens."""

    port: int
    """On 127.0.0.1."""
    process: int
    """Its parent process."""
    started_s: float
    """Seconds from its start until it listened."""

    def worker(self) -> int:
        """Return the process that does the work: the parent's child with the most memory."""
        children = Path(f"/proc/{self.process}/task/{self.process}/children")
        found = [int(one) for one in children.read_text().split()] if children.exists() else []
        return max(found, key=_resident, default=self.process)

    def spent_s(self) -> float:
        """Return the seconds of processor time that parent and children have taken so far."""
        children = Path(f"/proc/{self.process}/task/{self.process}/children").read_text().split()
        return sum(_spent_s(one) for one in (self.process, *map(int, children)))


def _resident(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except OSError:
        return 0


def _spent_s(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK_S


@contextmanager
def _running(words: list[str], port: int, env: Mapping[str, str]) -> Iterator[Server]:
    begun = perf_counter()
    process = subprocess.Popen(words, env={**os.environ, **env}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not listens("127.0.0.1", port):
            if process.poll() is not None or perf_counter() - begun > PATIENCE_S:
                raise RuntimeError(f"{words[-1]} did not start: exit code {process.returncode}")
            sleep(0.01)
        yield Server(port, process.pid, perf_counter() - begun)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


@contextmanager
def real(
    folder: Path,
    stations: Iterable[str],
    stands: Mapping[str, object] = MappingProxyType({}),
    more: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Server]:
    """`vialtrace serve` on a record of the bench, with these stations and what `stands` there: nothing, if left out.

    `more` are further settings, by the name of their variable.
    """
    port = _port()
    env = {
        "VIALTRACE_DATA_DIR": str(folder), "VIALTRACE_DATABASE_URL": "", "VIALTRACE_PHOTOS_URL": "",
        "VIALTRACE_DEMO": "true", "VIALTRACE_LOG_REQUESTS": "false",
        "VIALTRACE_STATIONS": json.dumps({one: {"cabinets": [], **stands} for one in stations}),
        **more,
    }  # fmt: skip
    words = [
        sys.executable,
        "-c",
        "from app.cli import main; main()",
        "serve",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    with _running(words, port, env) as server:
        yield server


@contextmanager
def plain(database: Path) -> Iterator[Server]:
    """Granian alone, as many threads, over an application with nothing in it."""
    port = _port()
    words = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "1", "--blocking-threads", "8", "--host",
        "127.0.0.1", "--port", str(port), "--no-access-log", "--no-log", "app.bench.plain:app",
    ]  # fmt: skip
    with _running(words, port, {"VIALTRACE_BENCH_BARE": str(database)}) as server:
        yield server


def _port() -> int:
    found = free_port("127.0.0.1", 0)
    if found is None:
        raise RuntimeError("no port of this machine is free")
    return found
