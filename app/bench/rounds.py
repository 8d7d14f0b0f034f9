"""Runs two ways of doing the same thing in turn, A B A B, and says how they compare."""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time

ROUNDS = 5
"""Times that each of the two is run."""
NOISY = 2.0
"""The disk's own rate before and after may differ by this factor; beyond it the run says that it is noisy."""
PROBES = 50
"""Writes with their sync that tell the disk's own rate."""

Way = Callable[[], Sequence[float]]
"""Does the work once and returns the seconds of each operation in it."""


@dataclass(frozen=True)
class Figure:
    """One quantity, ours beside the bare one. `ratio` is how much of the bare rate is left: 1 is as fast."""

    name: str
    """What was measured."""
    unit: str
    """What the rates count in a second."""
    ours: float
    """Rate, the median of the rounds."""
    raw: float
    """The same, bare."""
    ratio: float
    """ours / raw."""
    p50_ms: float
    """Median of one of our operations."""
    p99_ms: float
    """99 of 100 of ours are done in this."""
    raw_p99_ms: float
    """The same, bare."""
    cpu_us: float
    """Processor time of one of our operations."""
    raw_cpu_us: float
    """The same, bare."""
    rounds: int
    """Times each was run."""
    noisy: bool
    """Whether the disk's own rate changed too much meanwhile for the figure to mean anything."""
    goal: float
    """What the ratio should be at least."""
    met: bool
    """Whether it is."""


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
    goal: float,
    share: tuple[int, int] = (1, 1),
    by_cpu: bool = False,
) -> Figure:
    """Compare; `share` is how many units one timed operation of each does. `folder` is on the disk that is judged.

    What one thread does in memory is judged by its processor time (`by_cpu`), all else by the clock on the wall.
    """
    mine, bare = _Side([], [], []), _Side([], [], [])
    before = disk_rate(folder)
    for _ in range(ROUNDS):
        mine.run(ours, share[0], by_cpu)
        bare.run(raw, share[1], by_cpu)
    after = disk_rate(folder)
    ratio = statistics.median(mine.rates) / statistics.median(bare.rates)
    return Figure(
        name=name,
        unit=unit,
        ours=round(statistics.median(mine.rates), 1),
        raw=round(statistics.median(bare.rates), 1),
        ratio=round(ratio, 3),
        p50_ms=_ms(statistics.median(mine.each)),
        p99_ms=_ms(_p99(mine.each)),
        raw_p99_ms=_ms(_p99(bare.each)),
        cpu_us=round(statistics.median(mine.cpu), 1),
        raw_cpu_us=round(statistics.median(bare.cpu), 1),
        rounds=ROUNDS,
        noisy=max(before, after) > NOISY * min(before, after),
        goal=goal,
        met=ratio >= goal,
    )


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


def _p99(times: Sequence[float]) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * 0.99))]


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
