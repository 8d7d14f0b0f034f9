"""The demo's simulated station as a child process: pretend balance, scanner, camera and their panel."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType

from app import clock
from app.demo.panel import presets
from app.demo.paper import collect, containers
from app.demo.stock import SERIAL, STATION

PATIENCE_S = 30.0
"""How long it may take to answer."""
LOOKS_EVERY_S = 0.3
"""Seconds between two looks for a label that was printed."""
LABELS = "labels"
"""Folder of the demo's printed labels, in the folder of its record."""


class DidNotStart(Exception):  # noqa: N818  # named as the answer the caller hears
    """The simulated station is not there; the text says why."""


class SimulatedStation(AbstractContextManager["SimulatedStation"]):
    """Runs from `with` to the end of its block; `urls` says where its parts are. It also ends when we are killed."""

    def __init__(self, folder: Path, speed: float, balance: str = "mt-sics") -> None:
        """Say where its files go, how much faster than life its pan settles, and what its balance speaks."""
        self._folder, self._speed, self._balance = folder, speed, balance
        self._offered = ""
        self._container = containers(folder / "vialtrace.db")
        self._ends = threading.Event()
        self._watch = threading.Thread(target=self._follow_labels, name="printed labels", daemon=True)
        self.urls: dict[str, str] = {}

    def __enter__(self) -> SimulatedStation:
        """Start it and wait until it answers."""
        ready, offered = self._folder / "station.json", self._folder / "panel.json"
        ready.unlink(missing_ok=True)
        self._offer()
        command = [sys.executable, "-m", "hardware_mocks", "--station", STATION, "--presets", str(offered)]
        command += ["--ready-file", str(ready), "--speed", str(self._speed)]
        command += ["--protocol", self._balance]
        self._child = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
        try:
            self._wait_for(ready)
        except BaseException:
            self._end()
            raise
        self._watch.start()
        return self

    def _offer(self) -> None:
        """Write what the panel offers, where it has changed: the panel reads its file again."""
        offered = json.dumps(presets(clock.now().year % 100, self._folder / LABELS, self._container))
        if offered == self._offered:
            return
        part = self._folder / "panel.json.part"
        part.write_text(offered, encoding="utf-8")
        part.replace(self._folder / "panel.json")
        self._offered = offered

    def _follow_labels(self) -> None:
        """Put each label on the panel as it comes out of the printer, ready to be scanned."""
        taken = 0
        while not self._ends.wait(LOOKS_EVERY_S):
            taken = collect(self.urls["panel"], self._folder / LABELS, taken)
            self._offer()

    def _wait_for(self, ready: Path) -> None:
        until = time.monotonic() + PATIENCE_S
        while not ready.exists():
            if self._child.poll() is not None or time.monotonic() > until:
                raise DidNotStart("The simulated station did not start; the lines above say why.")
            time.sleep(0.05)
        self.urls = json.loads(ready.read_text(encoding="utf-8"))
        if self.urls["serial"] != SERIAL:
            raise DidNotStart("The simulated balance has another serial number than the demo's register.")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it."""
        self._ends.set()
        self._watch.join(5)
        self._end()

    def _end(self) -> None:
        self._child.terminate()
        try:
            self._child.wait(5)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
