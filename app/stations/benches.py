"""The instruments of each station while the application serves: opened in the worker, closed with it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from devices.scanner.serial import ScannerLink

from app.settings import Settings, StationSettings
from app.stations.pan import Pan
from devices.balance.balance import BalanceLink
from devices.journal import Journal
from devices.readings import CodeRead

KEPT_SCANS = 32
"""Readings kept for the tablet to fetch; older ones were fetched or are lost to a tablet that was away."""


@dataclass(frozen=True)
class HeardScan:
    """One reading of a station's own scanner."""

    number: int
    """Counts from 1 since the start."""
    raw: str
    """The characters, AIM identifier included."""
    at: datetime
    """UTC."""
    trouble: str = ""
    """Why it is not a whole code, in words; the reading is then not to be used."""


@dataclass
class Scans:
    """The newest readings of one scanner."""

    heard: deque[HeardScan] = field(default_factory=lambda: deque(maxlen=KEPT_SCANS))
    count: int = 0
    guard: threading.Condition = field(default_factory=threading.Condition)

    def add(self, raw: str, at: datetime, trouble: str = "") -> None:
        with self.guard:
            self.count += 1
            self.heard.append(HeardScan(self.count, raw, at, trouble))
            self.guard.notify_all()

    def after(self, number: int) -> tuple[HeardScan, ...]:
        with self.guard:
            return tuple(one for one in self.heard if one.number > number)

    def numbered(self, number: int) -> HeardScan | None:
        with self.guard:
            return next((one for one in self.heard if one.number == number), None)


@dataclass
class Bench:
    """What stands at one station."""

    station: str
    pan: Pan | None
    """Its balance; None where there is none."""
    scanner: ScannerLink | None
    """Its own scanner; None where the tablet's scanner types into the page."""
    scans: Scans


class Benches:
    """Every station's instruments. `start` opens them, `close` ends every thread."""

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], datetime],
        repeatability: Mapping[str, Decimal],
        restarted: Callable[[str, str], None],
    ) -> None:
        """`repeatability`: s in g by station (R13); `restarted` hears station and words when a balance restarted (R15)."""
        self._clock = clock
        self._restarted = restarted
        self._spread = repeatability
        self._folder = settings.data_dir / "journals"
        self._benches = {code: self._bench(code, station) for code, station in settings.stations.items()}

    def _bench(self, code: str, station: StationSettings) -> Bench:
        pan, scanner, scans = None, None, Scans()
        if station.balance is not None:
            set_as = station.balance
            link = BalanceLink(
                set_as.protocol,
                set_as.url,
                set_as.line,
                set_as.serial,
                clock=self._clock,
                journal=self._journal(code, "balance"),
                repeatability=self._spread.get(code),
            )
            pan = Pan(link, lambda why: self._restarted(code, why))
        if station.scanner is not None:
            scanner = ScannerLink(
                station.scanner.url,
                suffix=station.scanner.suffix,
                clock=self._clock,
                heard=lambda read: _keep(scans, read, self._clock()),
            )
        return Bench(code, pan, scanner, scans)

    def _journal(self, station: str, what: str) -> Journal:
        self._folder.mkdir(parents=True, exist_ok=True)
        return Journal(Path(self._folder / f"{station}-{what}.journal"), self._clock)

    def at(self, station: str) -> Bench | None:
        """Return what stands at a station, or None for an unknown one."""
        return self._benches.get(station)

    def start(self) -> None:
        """Open every link; returns at once."""
        for bench in self._benches.values():
            if bench.pan is not None:
                bench.pan.link.start()
            if bench.scanner is not None:
                bench.scanner.start()

    def close(self) -> None:
        """Close every link and end its thread."""
        for bench in self._benches.values():
            if bench.pan is not None:
                bench.pan.link.close()
            if bench.scanner is not None:
                bench.scanner.close()


def _keep(scans: Scans, read: CodeRead, at: datetime) -> None:
    scans.add(read.raw, at)
