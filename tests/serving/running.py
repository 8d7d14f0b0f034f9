"""The `vialtrace` command as a real process, with every process it starts found again by a mark in its environment."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType

import pytest
from click.testing import CliRunner, Result

from app.cli import main

COMMAND = Path(sys.executable).with_name("vialtrace")
PATIENCE_S = 90.0
"""For a machine that runs many tests at once."""


class Running(AbstractContextManager["Running"]):
    """One command. At the end of its block whatever it left behind is killed, by process number."""

    def __init__(self, folder: Path, *words: str, **settings: str) -> None:
        """Start it in `folder`, with `settings` as VIALTRACE_… variables and none of this machine's."""
        self.mark = f"VT_TEST_MARK={secrets.token_hex(8)}"
        folder.mkdir(parents=True, exist_ok=True)
        self._out, self._err = folder / f"{self.mark[-6:]}.out", folder / f"{self.mark[-6:]}.err"
        name, _, value = self.mark.partition("=")
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                [COMMAND, *words],
                cwd=folder,
                env={
                    **plain_environment(),
                    name: value,
                    **{f"VIALTRACE_{key}": text for key, text in settings.items()},
                },
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    @property
    def out(self) -> str:
        return self._out.read_text(encoding="utf-8")

    @property
    def err(self) -> str:
        return self._err.read_text(encoding="utf-8")

    def says(self, pattern: str) -> re.Match[str]:
        """Wait until its output matches."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            ended = self.process.poll() is not None
            if found := re.search(pattern, self.out):
                return found
            assert not ended, f"it ended with {self.process.returncode}: {self.out}\n{self.err}"
            time.sleep(0.05)
        raise AssertionError(f"it never said {pattern}: {self.out}\n{self.err}")

    def ends(self) -> int:
        return self.process.wait(PATIENCE_S)

    def told(self, number: signal.Signals) -> int:
        """Send a signal to its process group, as a terminal does, and return its exit code."""
        os.killpg(self.process.pid, number)
        return self.ends()

    def living(self) -> dict[int, str]:
        """Return the processes that carry the mark, with their command lines."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if self.mark.encode() in (folder / "environ").read_bytes().split(b"\0"):
                    words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    found[int(folder.name)] = words
        return found

    def all_gone(self, within_s: float = 20.0) -> bool:
        until = time.monotonic() + within_s
        while self.living():
            if time.monotonic() > until:
                return False
            time.sleep(0.05)
        return True

    def child(self, of: int) -> int:
        """Return the process number of the worker: the child of `of` that runs the same command."""
        for number, words in self.living().items():
            stat = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
            if int(stat[1]) == of and "hardware_mocks" not in words:
                return number
        raise AssertionError(f"no worker among {self.living()}")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number in self.living():
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        self.process.wait(10)


def plain_environment() -> dict[str, str]:
    """Return this environment without settings of ours, and without a display for browsers to open on."""
    left_out = ("VIALTRACE_", "VT_TEST_MARK", "DISPLAY", "WAYLAND_DISPLAY", "PYTEST_", "COV_")
    return {name: value for name, value in os.environ.items() if not name.startswith(left_out)}


def in_process(folder: Path, monkeypatch: pytest.MonkeyPatch, *words: str, **settings: str) -> Result:
    """Run a command to its end in this process, which has the whole program loaded already."""
    for name in [name for name in os.environ if name not in plain_environment()]:
        monkeypatch.delenv(name)
    for key, text in settings.items():
        monkeypatch.setenv(f"VIALTRACE_{key}", text)
    monkeypatch.chdir(folder)
    return CliRunner().invoke(main, words)


def run(folder: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [COMMAND, *words],
        cwd=folder,
        env={**plain_environment(), **{f"VIALTRACE_{key}": text for key, text in settings.items()}},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
