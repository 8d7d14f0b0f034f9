"""A record as it is after years: verified and exported whole, each in a process of its own that says how much memory it took."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.bench import alone
from app.bench.alone import Spent
from app.bench.rounds import Figure, Quiet, beside
from app.bench.rounds import alone as by_itself
from app.bench.shop import Shop, names, open_shop
from app.record.abreast import every_core

SCANS = 34
"""Wrong scans of each preparation in the large record: with them it has forty events, as a real one has."""
MEMORY_MB = 250.0
"""What a process may take at most."""


@contextmanager
def filled(folder: Path, events: int) -> Iterator[Shop]:
    """A record of at least so many events, forty a preparation."""
    with open_shop(folder) as shop:
        shop.ended("BENCHEND", SCANS)
        each = shop.current("BENCHEND").version
        shop.fill("BENCHEND", names("E", events // each + 1))
        yield shop


def figures(folder: Path, events: int, rounds: int) -> Iterator[Figure]:
    """Measure on a record of so many events. Verified by all processors there are, and by processor time of them all."""
    data, quiet = folder / "large", Quiet(folder)
    with filled(data, events):
        pass
    ours, raw, exports = list[Spent](), list[Spent](), list[Spent]()
    for number in range(rounds):
        ours.append(alone.run("verify", data))
        raw.append(alone.run("digests", data))
        if number < 1:
            exports.append(alone.run("export", data))
    alone.run("backup", data)
    back = alone.run("restore", data)
    count, noisy = ours[0].count, quiet.noisy
    yield beside(
        f"verify {count:,} events", "events/s", [count / one.cpu_s for one in ours], [count / one.cpu_s for one in raw],
        noisy=noisy, goal=0.4,
    )  # fmt: skip
    yield by_itself(
        f"the same, by the clock, {every_core()} processors",
        "s",
        [one.seconds for one in ours],
        noisy=noisy,
        goal=_scaled(count, 6),
    )
    most = [max(one.peak_mb, one.child_mb) for one in ours]
    yield by_itself("memory of verifying, at most, each process", "MiB", most, noisy=noisy, goal=MEMORY_MB)
    yield by_itself(f"export {exports[0].count:,} events as CSV", "s", [one.seconds for one in exports], noisy=noisy)
    yield by_itself(
        "memory of exporting, at most", "MiB", [one.peak_mb for one in exports], noisy=noisy, goal=MEMORY_MB
    )
    says = f"restore {back.count:,} events, checked before and after"
    yield by_itself(says, "s", [back.seconds], noisy=noisy, goal=_scaled(back.count, 15))


def _scaled(events: int, seconds: float) -> float:
    """So many seconds for a million events."""
    return round(max(events * seconds / 1_000_000, 0.001), 3)
