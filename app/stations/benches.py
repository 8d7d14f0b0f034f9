"""The instruments of each station while the application serves: opened in the worker, closed with it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache, partial
from pathlib import Path

from app import logs
from app.record.engine import Busy, Closed, NotSaved, PerhapsSaved
from app.settings import Settings
from app.station_settings import BalanceSettings, ScannerSettings, StationSettings
from app.stations import pictures
from app.stations.pan import Pan
from app.stations.readings import Scans
from app.stations.sight import Sight
from devices.balance.balance import BalanceLink
from devices.camera.fixed import CameraScanner, is_camera
from devices.journal import Journal
from devices.link import LinkEvent, LinkState
from devices.readings import CodeRead
from devices.scanner.serial import Discarded, ScannerLink

UNWATCHED = timedelta(seconds=30)
"""A balance that nobody listened to for longer, while the server was down, may have been switched off or moved."""
LOOKS_AGAIN_S = 5.0
"""Seconds between two looks whether somebody has changed the register meanwhile: another process, or a command."""
AGAIN_S = 0.5
"""Seconds until a restart that could not be written down is written down again."""
NO_AIM = (
    "The scanner did not say what kind of code this is. Do the scanner test of this station, then scan the code again."
)


Wired = tuple[BalanceSettings | None, Decimal | None]
"""How a balance is reached, and its repeatability in g."""


@dataclass(frozen=True)
class Restart:
    """A balance was, or may have been, switched off: what it was trusted for is over (R15, F13)."""

    why: str
    """In words."""
    sure: bool
    """Whether the balance said so itself; False where nobody could have heard it."""


@dataclass
class Bench:
    """What stands at one station. Before the start, and where nothing is set, balance and scanner are None."""

    station: str
    """Station code."""
    pan: Pan | None = None
    """Its balance."""
    scanner: ScannerLink | CameraScanner | None = None
    """Its own scanner, or the fixed camera that is it; None where the tablet's scanner types into the page."""
    scans: Scans = field(default_factory=Scans)
    """What scanner and cameras read."""
    sight: Sight | None = None
    """What the tablet's camera sees, while it is used as a scanner; None before the start."""
    camera: str = ""
    """Address of its own camera's still; empty where the tablet's camera takes the photos."""


class Benches:
    """Every station's instruments. `start` opens them, `close` ends every thread. Nothing is opened before."""

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], datetime],
        repeatability: Callable[[str], Decimal | None],
        restarted: Callable[[str, Restart], None],
        run: str,
        wiring: Callable[[str], BalanceSettings | None] | None = None,
        met: Callable[[str, LinkState], None] | None = None,
        known: Callable[[str], bool] = lambda _: False,
    ) -> None:
        """`repeatability`: s in g of a station's balance (R13); `restarted` writes a station's restart down (R15).

        `wiring` says how a balance is reached where the register knows better than the settings; `met` writes down who
        answered there (D8). `known`: whether the formulary has what a linear code names that a camera read (B4).
        `run` names this run of the program: a number of an earlier run is never taken for one of it.
        """
        self.run = run
        self._clock = clock
        self._restarted = restarted
        self._spread = repeatability
        self._stations: dict[str, StationSettings] = settings.stations
        self._wiring = wiring
        self._met = met
        self._known = known
        self._said: dict[str, str] = {}
        self._folder = settings.data_dir / "journals"
        self._journals: list[Journal] = []
        self._benches = {
            code: Bench(code, camera=set_as.camera.url if set_as.camera else "")
            for code, set_as in settings.stations.items()
        }
        self._closing = threading.Event()
        self._started = False
        self._opened: dict[str, Wired] = {}
        self._turn = threading.RLock()
        self._watch: threading.Thread | None = None

    def at(self, station: str) -> Bench | None:
        """Return what stands at a station, or None for an unknown one."""
        return self._benches.get(station)

    def start(self) -> None:
        """Open every link; returns at once."""
        self._started = True
        for code, bench in self._benches.items():
            stands = self._stations[code]
            self._open_pan(code, bench)
            look = partial(pictures.decoder, code)
            bench.sight = Sight(bench.scans, self._known, self._clock, self._of_camera(code), look)
            if stands.scanner is not None:
                bench.scanner = self._scanner(code, stands.scanner, bench.scans)
                bench.scanner.start()
        if self._wiring is not None:
            self._watch = threading.Thread(target=self._look, name="register watch", daemon=True)
            self._watch.start()

    def _look(self) -> None:
        """Take up what the register says now, whoever wrote it there: no server is stopped for a balance."""
        while not self._closing.wait(LOOKS_AGAIN_S):
            for code in self._benches:
                try:
                    now = self._wired(code)
                except (Busy, NotSaved, PerhapsSaved, Closed):
                    continue
                if now != self._opened.get(code):
                    self.connect_anew(code)

    def _wired(self, code: str) -> Wired:
        """Return how a station's balance is to be reached, and the repeatability that it is judged by."""
        return self.balance_set(code), self._spread(code)

    def balance_set(self, station: str) -> BalanceSettings | None:
        """Return how a station's balance is reached and treated now, or None where none is set."""
        if self._wiring is not None:
            return self._wiring(station)
        stands = self._stations.get(station)
        return stands.balance if stands else None

    def connect_anew(self, station: str) -> None:
        """Take up what was just set up on the register: close the station's link, open the one that is right now."""
        with self._turn:
            self._connect_anew(station)

    def _connect_anew(self, station: str) -> None:
        bench = self._benches.get(station)
        if bench is None or not self._started or self._closing.is_set():
            return
        if bench.pan is not None:
            bench.pan.link.close()
            bench.pan = None
        for journal in [one for one in self._journals if one.path == self._kept(station, "balance")]:
            journal.close()
            self._journals.remove(journal)
        self._said.pop(station, None)
        self._open_pan(station, bench)

    def _open_pan(self, code: str, bench: Bench) -> None:
        set_as, _ = self._opened[code] = self._wired(code)
        if set_as is not None:
            bench.pan = self._pan(code, set_as)
            bench.pan.link.start()

    def close(self) -> None:
        """Close every link, end its thread and close the journals. A second call does nothing."""
        self._closing.set()
        if self._watch is not None:
            self._watch.join()
        for bench in self._benches.values():
            if bench.pan is not None:
                bench.pan.link.close()
            if bench.scanner is not None:
                bench.scanner.close()
            bench.pan = bench.scanner = bench.sight = None
        for journal in self._journals:
            journal.close()
        self._journals.clear()

    def _pan(self, code: str, set_as: BalanceSettings) -> Pan:
        if unwatched := self._unwatched(code):
            self._tell(code, unwatched)
        link = BalanceLink(
            set_as.protocol,
            set_as.url,
            set_as.line,
            set_as.serial,
            clock=self._clock,
            journal=self._journal(code, "balance"),
            repeatability=self._spread(code),
            averaging=set_as.averaging,
        )
        return Pan(link, lambda event: self._tell(code, _restart(event)), lambda state: self._meet(code, state))

    def _meet(self, code: str, state: LinkState) -> None:
        """Have it written down who answered, once as long as it is the same; a busy record is asked at the next connection."""
        said = f"{state.name} {state.identity} {state.says}"
        if self._met is None or self._said.get(code) == said:
            return
        try:
            self._met(code, state)
        except (Busy, NotSaved, Closed):
            return
        self._said[code] = said

    def _unwatched(self, code: str) -> Restart | None:
        """Return the restart that may have happened while the server was down: the journal says when it last listened."""
        try:
            last = datetime.fromtimestamp(self._kept(code, "balance").stat().st_mtime, UTC)
        except FileNotFoundError:
            return None
        if self._clock() - last <= UNWATCHED:
            return None
        why = f"Nobody listened to the balance after {last:%Y-%m-%d %H:%M} UTC. It may have been switched off or moved."
        return Restart(why, sure=False)

    def _tell(self, code: str, restart: Restart) -> None:
        """Have a restart written down, however often it takes: the balance is not read before (see BalanceLink.tell_me)."""
        while True:
            try:
                self._restarted(code, restart)
            except (Busy, NotSaved):
                if self._closing.wait(AGAIN_S):
                    return
            except Closed:
                return
            else:
                return

    def _scanner(self, code: str, set_as: ScannerSettings, scans: Scans) -> ScannerLink | CameraScanner:
        fixed = is_camera(set_as.url)

        def heard(read: CodeRead) -> None:
            trouble = NO_AIM if set_as.aim and not read.text.startswith("]") else ""
            scans.add(read.text, read.taken_at, trouble, "camera" if fixed else "serial")

        def missed(read: Discarded) -> None:
            scans.add("", self._clock(), read.says, "camera" if fixed else "serial")

        journal, clock = self._journal(code, "scanner"), self._clock
        if fixed:
            return CameraScanner(
                set_as.url, decoder=partial(pictures.decoder, code), known=self._known, clock=clock, heard=heard, missed=missed,
                journal=journal,
            )  # fmt: skip
        return ScannerLink(set_as.url, suffix=set_as.suffix, clock=clock, heard=heard, missed=missed, journal=journal)

    def _of_camera(self, code: str) -> Callable[[], Journal]:
        """Return what opens the journal of a tablet's camera with its first reading: most stations never use one."""
        return cache(lambda: self._journal(code, "camera"))

    def _journal(self, station: str, what: str) -> Journal:
        self._folder.mkdir(parents=True, exist_ok=True)
        journal = Journal(self._kept(station, what), self._clock)
        journal.tell_me(lambda trouble: _log_journal(station, what, trouble))
        self._journals.append(journal)
        return journal

    def _kept(self, station: str, what: str) -> Path:
        return self._folder / f"{station}-{what}.journal"


def _log_journal(station: str, what: str, trouble: str) -> None:
    log = logs.of("stations")
    if trouble:
        log.error("journal_not_written", station=station, kind=what)
    else:
        log.info("journal_written_again", station=station, kind=what)


def _restart(event: LinkEvent) -> Restart:
    return Restart(event.says, sure=event.what == "restarted")
