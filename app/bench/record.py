"""The record's figures on SQLite: a durable event, fifty callers who wait together, a photo, a backup while others write."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from time import perf_counter

from app import clock
from app.bench.bare import Bare, open_bare
from app.bench.rounds import ROUNDS, Figure, Quiet, alone, beside, compare, timed
from app.record import backup, blobs, log, sqlite, upgrade
from app.record.blobs import Blobs
from app.record.engine import Store, open_store
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
PHOTO = 600_000
"""Bytes of a tablet's picture."""


@dataclass(frozen=True)
class Ground:
    """An empty record of our own, on the same disk as the bare ones."""

    settings: Settings
    store: Store

    def append(self, stream: str, version: int) -> None:
        new = [log.NewEvent(stream, "accepted", 1, EVENT)]
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


def figures(folder: Path, writes: int) -> Iterator[Figure]:
    """Measure with so many writes a round."""
    settings = Settings(data_dir=folder / "data")  # type: ignore[call-arg]  # the rest has defaults
    settings.data_dir.mkdir()
    upgrade.upgrade(settings.data_dir / "vialtrace.db")
    with closing(open_store(settings)) as store, open_bare(folder) as bare:
        ground = Ground(settings, store)
        yield _one_by_one(ground, bare, folder, writes)
        yield _together(ground, bare, folder, writes)
        yield _photo(ground, folder, max(5, writes // 50))
        yield from _backed_up(ground, folder)


def _one_by_one(ground: Ground, bare: Bare, folder: Path, writes: int) -> Figure:
    """Beside the smallest durable thing there is: one row, one commit."""
    streams = count()

    def ours() -> Sequence[float]:
        stream = f"ONE{next(streams):05}"
        return [timed(partial(ground.append, stream, version)) for version in range(writes)]

    def raw() -> Sequence[float]:
        return [timed(lambda: bare.insert(1)) for _ in range(writes)]

    return compare("durable append in process", "events", ours, raw, folder, goal=0.35)


def _together(ground: Ground, bare: Bare, folder: Path, writes: int) -> Figure:
    """Beside one thread that writes the same events, 64 a commit, and waits for nobody."""
    streams, each = count(), max(1, writes // CALLERS)

    def caller(stream: str) -> list[float]:
        return [timed(partial(ground.append, stream, version)) for version in range(each)]

    def ours() -> Sequence[float]:
        names = [f"TEN{next(streams):05}" for _ in range(CALLERS)]
        with ThreadPoolExecutor(CALLERS) as pool:
            return [time for times in pool.map(caller, names) for time in times]

    def raw() -> Sequence[float]:
        return [timed(lambda: bare.append(64)) for _ in range(max(1, each * CALLERS // 64))]

    return compare("append, 50 callers waiting", "events", ours, raw, folder, goal=0.35, share=(1, 64))


def _photo(ground: Ground, folder: Path, photos: int) -> Figure:
    """Beside writing the same bytes to a file, with its sync."""
    kept = Blobs(ground.settings.photos)

    def ours() -> Sequence[float]:
        return [timed(partial(_keep, os.urandom(PHOTO))) for _ in range(photos)]

    def _keep(content: bytes) -> None:
        found = kept.put(content, "image/jpeg")
        ground.store.write(lambda conn: blobs.enter(conn, found, at=clock.now(), identifying=False))

    def raw() -> Sequence[float]:
        return [timed(partial(_write, folder / "bare.jpg", os.urandom(PHOTO))) for _ in range(photos)]

    return compare("a photo filed and entered", "photos", ours, raw, folder, goal=None)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _backed_up(ground: Ground, folder: Path) -> Iterator[Figure]:
    """Copy the record while somebody writes, beside the database's own copy of itself when nobody does."""
    path, quiet = ground.settings.data_dir / "vialtrace.db", Quiet(folder)
    waits: list[float] = []
    ours, raw = list[float](), list[float]()
    for number in range(ROUNDS):
        stop = threading.Event()
        writer = threading.Thread(target=_write_on, args=(ground, f"BAK{number:05}", stop, waits))
        writer.start()
        try:
            to = folder / f"backup-{number}"
            to.touch()
            ours.append(timed(partial(backup.copy_database, path, to)))
        finally:
            stop.set()
            writer.join()
        raw.append(timed(partial(_copy, path, folder / f"copy-{number}.db")))
    yield beside("backup while others write", "s", ours, raw, noisy=quiet.noisy, goal=0.5)
    yield alone("longest wait of a writer meanwhile", "s", [max(waits)], noisy=quiet.noisy, goal=0.5, each=waits)


def _write_on(ground: Ground, stream: str, stop: threading.Event, waits: list[float]) -> None:
    for version in count():
        if stop.is_set():
            return
        begun = perf_counter()
        ground.append(stream, version)
        waits.append(perf_counter() - begun)


def _copy(path: Path, to: Path) -> None:
    with closing(sqlite.raw_connection(path, mode="ro")) as source:
        to.touch()
        with closing(sqlite.raw_connection(to, mode="rwc")) as copy:
            source.backup(copy, pages=-1)
