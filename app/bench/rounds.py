"""Runs two ways of doing the same thing in turn, A B A B, and says how they compare."""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time, thread_time

ROUNDS = 5
"""Times that each of the two is run."""
NOISY = 2.0
"""The disk's own rate before and after may differ by this factor; beyond it the run says that it is noisy."""
SHARE = 0.8
"""A busy thread gets at least this much of a processor; with less, others are at work and the run says that it is noisy."""
BUSY_S = 0.05
"""How long it is kept busy to find out."""
PROBES = 50
"""Writes with their sync that tell the disk's own rate."""

Way = Callable[[], Sequence[float]]
"""Does the work once and returns the seconds of each operation in it."""


@dataclass(frozen=True)
class Figure:
    """One quantity, ours beside the bare one where there is one. `ratio` is how much of the bare rate is left."""

    name: str
    """What was measured."""
    unit: str
    """What `ours` and `raw` count; "…/s" are rates, of which more is better, all else is the better the less."""
    ours: float
    """The median of the rounds."""
    raw: float | None
    """The same, bare; None where nothing bare can be compared."""
    ratio: float | None
    """ours / raw of rates, raw / ours of all else: 1 is as good as bare."""
    p50_ms: float | None
    """Median of one of our operations."""
    p99_ms: float | None
    """99 of 100 of ours are done in this."""
    cpu_us: float | None
    """Processor time of one of our operations; None where another process does the work."""
    raw_cpu_us: float | None
    """The same, bare."""
    rounds: int
    """Times each was run."""
    noisy: bool
    """Whether the disk's own rate moved too much meanwhile, or others had the processor: the figure means nothing then."""
    goal: float | None
    """What the ratio should be at least; where nothing bare is compared, what `ours` should be at most."""
    met: bool | None
    """Whether it is; None where there is no goal."""


@dataclass
class _Side:
    rates: list[float]
    each: list[float]
    cpu: list[float]

    def run(self, way: Way, share: int, by_cpu: bool) -> None:
        before, begun = process_time(), perf_counter()
        times = way()
        took, spent = perf_counter() - begun, process_time() - before
        count = len(times) * share
        self.rates.append(count / (spent if by_cpu else took))
        self.each += times
        self.cpu.append(spent / count * 1e6)


def compare(
    name: str,
    unit: str,
    ours: Way,
    raw: Way,
    folder: Path,
    *,
    goal: float | None,
    share: tuple[int, int] = (1, 1),
    by_cpu: bool = False,
) -> Figure:
    """Compare; `share` is how many units one timed operation of each does. `folder` is on the disk that is judged.

    What one thread does in memory is judged by its processor time (`by_cpu`), all else by the clock on the wall.
    """
    mine, bare = _Side([], [], []), _Side([], [], [])
    quiet = Quiet(folder)
    for _ in range(ROUNDS):
        mine.run(ours, share[0], by_cpu)
        bare.run(raw, share[1], by_cpu)
    ratio = statistics.median(mine.rates) / statistics.median(bare.rates)
    return Figure(
        name=name,
        unit=f"{unit}/s",
        ours=round(statistics.median(mine.rates), 1),
        raw=round(statistics.median(bare.rates), 1),
        ratio=round(ratio, 3),
        p50_ms=_ms(statistics.median(mine.each)),
        p99_ms=_ms(p99(mine.each)),
        cpu_us=round(statistics.median(mine.cpu), 1),
        raw_cpu_us=round(statistics.median(bare.cpu), 1),
        rounds=ROUNDS,
        noisy=quiet.noisy,
        goal=goal,
        met=None if goal is None else ratio >= goal,
    )


def alone(
    name: str, unit: str, values: Sequence[float], *, noisy: bool, goal: float | None = None, each: Sequence[float] = ()
) -> Figure:
    """A figure beside which nothing bare can be run: a size, or the seconds that something takes."""
    ours = round(statistics.median(values), 3)
    return Figure(
        name=name, unit=unit, ours=ours, raw=None, ratio=None, p50_ms=_ms(statistics.median(each)) if each else None,
        p99_ms=_ms(p99(each)) if each else None, cpu_us=None, raw_cpu_us=None, rounds=len(values), noisy=noisy,
        goal=goal, met=None if goal is None else ours <= goal,
    )  # fmt: skip


def beside(
    name: str,
    unit: str,
    ours: Sequence[float],
    raw: Sequence[float],
    *,
    noisy: bool,
    goal: float | None,
    each: Sequence[float] = (),
) -> Figure:
    """Compare what was measured in turn already, such as by another process."""
    mine, bare = statistics.median(ours), statistics.median(raw)
    ratio = mine / bare if unit.endswith("/s") else bare / mine
    return Figure(
        name=name, unit=unit, ours=round(mine, 3), raw=round(bare, 3), ratio=round(ratio, 3),
        p50_ms=_ms(statistics.median(each)) if each else None, p99_ms=_ms(p99(each)) if each else None, cpu_us=None,
        raw_cpu_us=None, rounds=len(ours), noisy=noisy, goal=goal, met=None if goal is None else ratio >= goal,
    )  # fmt: skip


class Quiet:
    """Whether the disk's own rate stayed what it was, and whether nobody else had the processor."""

    def __init__(self, folder: Path) -> None:
        """Begin to watch the disk of this folder."""
        self._folder = folder
        self._share = processor_share()
        self._before = disk_rate(folder)

    @property
    def noisy(self) -> bool:
        """Say whether the disk moved too much since, or others worked before or after."""
        after, share = disk_rate(self._folder), min(self._share, processor_share())
        return share < SHARE or max(self._before, after) > NOISY * min(self._before, after)


def processor_share() -> float:
    """Return how much of a processor a busy thread gets: 1 where nobody else wants it."""
    begun, spent_before = perf_counter(), thread_time()
    while thread_time() - spent_before < BUSY_S:
        pass
    return BUSY_S / (perf_counter() - begun)


def disk_rate(folder: Path) -> float:
    """Return how often a second 4 KiB reach this disk, each with its own sync."""
    path, page = folder / "probe", os.urandom(4096)
    handle = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
    try:
        begun = perf_counter()
        for _ in range(PROBES):
            os.write(handle, page)
            os.fdatasync(handle)
        return PROBES / (perf_counter() - begun)
    finally:
        os.close(handle)
        path.unlink()


def p99(times: Sequence[float]) -> float:
    """Return the time within which 99 of 100 are done."""
    return sorted(times)[min(len(times) - 1, int(len(times) * 0.99))]


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that it takes by the clock on the wall."""
    begun = perf_counter()
    work()
    return perf_counter() - begun


def spent(work: Callable[[], object]) -> float:
    """Return the seconds of this process's processor time that it takes."""
    begun = process_time()
    work()
    return process_time() - begun
