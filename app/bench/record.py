"""The record's figures: one durable event, fifty callers who wait together, and the whole record verified."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from app import clock
from app.bench.rounds import Figure, compare
from app.record import log, sqlite, upgrade
from app.record.engine import Store, open_store
from app.record.place import place_of
from app.record.verify import verify
from app.settings import Settings

CALLERS = 50
"""Tablets whose commands wait for the writer together."""
EVENT = {
    "slot": "syringe-full:1",
    "evidence": {
        "g": "42.97",
        "zero_g": "0.00",
        "balance": "B123456789",
        "epoch": "1795980495.1.0",
        "raw": ["S S      42.97 g"] * 3,
    },
    "note": "x" * 400,
}
"""About as long as a weighing."""


@dataclass(frozen=True)
class Ground:
    """An empty record of our own and a bare database beside it, on the same disk."""

    settings: Settings
    store: Store
    bare: Any
    """A bare connection with the same settings and one table."""

    def append(self, stream: str, version: int, events: int = 1) -> None:
        new = [log.NewEvent(stream, "accepted", 1, EVENT)] * events
        self.store.write(
            lambda conn: log.append(
                conn,
                stream=stream,
                expected_version=version,
                events=new,
                who="bench",
                second_person=None,
                at=clock.now(),
                station="HOOD-1",
                command_id=clock.new_command_id(),
                site=self.settings.site,
                software=self.settings.software,
            )
        )

    def insert(self, rows: int) -> None:
        text = ("x" * 700,)
        self.bare.execute("BEGIN IMMEDIATE")
        self.bare.executemany("INSERT INTO bare (body) VALUES (?)", [text] * rows)
        self.bare.execute("COMMIT")


def figures(folder: Path, writes: int, events: int) -> Iterator[Figure]:
    """Measure with so many writes a round, and verify a record of at least `events` events."""
    settings = Settings(data_dir=folder / "data")  # type: ignore[call-arg]  # the rest has defaults
    settings.data_dir.mkdir()
    upgrade.upgrade(settings.data_dir / "vialtrace.db")
    (folder / "bare.db").touch()
    with closing(open_store(settings)) as store, closing(sqlite.raw_connection(folder / "bare.db", mode="rwc")) as bare:
        sqlite.set_pragmas(bare)
        bare.isolation_level = None
        bare.execute("CREATE TABLE bare (seq INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT")
        ground = Ground(settings, store, bare)
        yield _one_by_one(ground, folder, writes)
        yield _together(ground, folder, writes)
        _fill(ground, events)
    yield _verified(settings, folder)


def _one_by_one(ground: Ground, folder: Path, writes: int) -> Figure:
    streams = count()

    def ours() -> Sequence[float]:
        stream = f"ONE{next(streams):05}"
        return [_timed(partial(ground.append, stream, version)) for version in range(writes)]

    def raw() -> Sequence[float]:
        return [_timed(lambda: ground.insert(1)) for _ in range(writes)]

    return compare("durable append in process", "events", ours, raw, folder, goal=0.35)


def _together(ground: Ground, folder: Path, writes: int) -> Figure:
    streams, each = count(), max(1, writes // CALLERS)

    def caller(stream: str) -> list[float]:
        return [_timed(partial(ground.append, stream, version)) for version in range(each)]

    def ours() -> Sequence[float]:
        names = [f"TEN{next(streams):05}" for _ in range(CALLERS)]
        with ThreadPoolExecutor(CALLERS) as pool:
            return [time for times in pool.map(caller, names) for time in times]

    def raw() -> Sequence[float]:
        return [_timed(lambda: ground.insert(64)) for _ in range(max(1, each * CALLERS // 64))]

    return compare("append, 50 callers waiting", "events", ours, raw, folder, goal=0.35, share=(1, 64))


def _fill(ground: Ground, events: int) -> None:
    """Fill the record up, two hundred events a preparation."""
    with ground.store.reading() as conn:
        there = log.head_of(conn, ground.settings.site)[0]
    for number in range(max(0, events - there) // 200 + 1):
        ground.append(f"FUL{number:05}", 0, 200)


def _verified(settings: Settings, folder: Path) -> Figure:
    """By processor time: one thread, and the disk has it in memory."""
    place = place_of(settings)
    counted = verify(place, settings.photos)
    if not counted.ok:
        raise RuntimeError(f"the record of the bench itself is not sound: {counted.faults[0].says}")

    def ours() -> Sequence[float]:
        return [_spent(lambda: verify(place, settings.photos))]

    def raw() -> Sequence[float]:
        return [_spent(lambda: _digests(settings.data_dir / "vialtrace.db"))]

    share = (counted.events, counted.events)
    return compare("verify the whole record", "events", ours, raw, folder, goal=0.4, share=share, by_cpu=True)


def _digests(path: Path) -> None:
    """Read every event and compute both chains, and compare nothing else."""
    link = site = b"\0" * 32
    with closing(sqlite.raw_connection(path, mode="ro")) as raw:
        for (body,) in raw.execute("SELECT body FROM event ORDER BY seq"):
            link = hashlib.sha256(link + body.encode()).digest()
            site = hashlib.sha256(site + link).digest()


def _timed(work: Callable[[], object]) -> float:
    begun = perf_counter()
    work()
    return perf_counter() - begun


def _spent(work: Callable[[], object]) -> float:
    begun = process_time()
    work()
    return process_time() - begun
