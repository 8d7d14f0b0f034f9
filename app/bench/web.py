"""Over HTTP: what a scan costs from the tablet to the disk, what a screen costs to read, and what the server needs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from app import clock
from app.bench import servers
from app.bench.alone import memory_mb
from app.bench.rounds import Figure, Quiet, alone, beside, timed
from app.bench.servers import Server
from app.bench.shop import Shop, names, open_shop
from app.bench.tablets import Tablet, all_at_once
from app.demo.people import CODES
from app.people import accounts, badges, competencies, entry
from app.people.door import Door, door_of
from app.people.history import Act
from app.people.secrets import CHEAP
from app.record import sqlite
from app.settings import load_secrets

PIN = "730518"
"""Of everybody who is made up for the bench."""
YEAR = timedelta(days=365)
MEMORY_MB = 250.0
"""What the one worker may take."""


def figures(folder: Path, stations: Sequence[int], scans: int, rounds: int) -> Iterator[Figure]:
    """Measure with so many stations each time, and so many scans of each in a round."""
    data, most = folder / "served", max(stations)
    codes, people = [f"S{number:03}" for number in range(most)], list(names("T", most))
    preparations = list(names("B", most))
    with open_shop(data) as shop:
        staff(shop, people)
        shop.equip(codes)
        for station, person, preparation in zip(codes, people, preparations, strict=True):
            shop.claimed(preparation, station, person)
    bare = folder / "bare-web.db"
    bare.touch()
    with closing(sqlite.raw_connection(bare, mode="rwc")) as raw:
        sqlite.set_pragmas(raw)
        raw.execute("CREATE TABLE bare (seq INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT")
    yield from _starts(data, codes, folder, rounds)
    with servers.real(data, codes) as ours, servers.plain(bare) as plain:
        mine = [Tablet(ours.port, *one) for one in zip(codes, preparations, strict=True)]
        for tablet, person in zip(mine, people, strict=True):
            tablet.sign_in(badges.badge_text(person), PIN)
        for count in stations:
            yield from _driven(mine[:count], ours, plain, folder, scans, rounds)
        for tablet in mine:
            tablet.close()
        yield alone("memory of the server's worker", "MiB", [memory_mb(ours.worker())], noisy=False, goal=MEMORY_MB)


def staff(shop: Shop, ids: Sequence[str]) -> None:
    """Take on a technician for each station. Their hashes are cheap ones, made dear again when they sign in."""
    door, at = door_of(shop.settings, load_secrets(shop.settings), shop.store, CHEAP), clock.now()

    def rows(act: Act) -> None:
        for id_ in ids:
            accounts.take_on(act, id=id_, user=f"t{id_.lower()}", name=f"Technician {id_}", roles=("technician",))
            badges.give(act, id_, id_, review_after=YEAR)
            competencies.certify(act, id_, dict.fromkeys(CODES, at + YEAR), assessor="bench")

    door.write(rows, by="bench", at=at)
    _secrets(door, ids)


def _secrets(door: Door, ids: Sequence[str]) -> None:
    for id_ in ids:
        entry.set_secret(door, id_, "pin", PIN, by="bench", at=clock.now())


def _starts(data: Path, codes: Sequence[str], folder: Path, rounds: int) -> Iterator[Figure]:
    """Starts of the server, and of the command that does least, beside Python's own."""
    quiet, served = Quiet(folder), list[float]()
    for _ in range(min(rounds, 3)):
        with servers.real(data, codes) as server:
            served.append(server.started_s)
    yield alone("start of the server until it listens", "s", served, noisy=quiet.noisy)
    command = [sys.executable, "-c", "from app.cli import main; main()", "--version"]
    ours, raw = list[float](), list[float]()
    for _ in range(rounds):
        ours.append(timed(lambda: subprocess.run(command, check=True, capture_output=True)))
        raw.append(timed(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True)))
    yield beside("start of a command", "s", ours, raw, noisy=quiet.noisy, goal=None)


def _driven(mine: list[Tablet], real: Server, plain: Server, folder: Path, times: int, rounds: int) -> Iterator[Figure]:
    bare = [Tablet(plain.port, "", "") for _ in mine]
    says = f"{len(mine)} station{'s' if len(mine) > 1 else ''}"
    for act, name, unit in (("scan", f"scan to durable event over HTTP, {says}", "scans/s"),
                            ("read", f"screen read as JSON over HTTP, {says}", "reads/s")):  # fmt: skip
        quiet, each = Quiet(folder), list[float]()
        ours, raw = _Side(real, [], []), _Side(plain, [], [])
        for _ in range(rounds):
            each += ours.run(mine, act, times)
            raw.run(bare, act, times)
        noisy = quiet.noisy
        yield beside(name, unit, ours.rates, raw.rates, noisy=noisy, goal=0.3, each=each)
        yield beside(f"{name}: the server's processor", "ms", ours.cpu_ms, raw.cpu_ms, noisy=noisy, goal=1 / 3)
    for one in bare:
        one.close()


@dataclass
class _Side:
    """One of the two servers, and what was measured of it."""

    server: Server
    rates: list[float]
    cpu_ms: list[float]

    def run(self, tablets: list[Tablet], act: str, times: int) -> list[float]:
        """One round; the kernel counts processor time in ticks, and a round that took none counts as half of one."""
        before = self.server.spent_s()
        rate, took = all_at_once(tablets, act, times)
        self.rates.append(rate)
        self.cpu_ms.append(max(self.server.spent_s() - before, servers.TICK_S / 2) * 1000 / len(took))
        return took
