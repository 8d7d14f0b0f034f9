"""kill -9 at any moment loses nothing that was acknowledged, and doubles nothing (Q63, Q70)."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter as Tally
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app import preparations
from app.record import log
from app.record.place import place_at, read_only
from tests.dispatch.counter import Counter, equip, open_counter, sound
from tests.house.tree import ROOT
from tests.postgres.databases import fresh
from tests.serving.running import PATIENCE_S, plain_environment
from workflows import measured

START_IS_KILLED = 0.15
"""Share of the lives that end while the record is being opened."""


class Killed(Exception):
    """The clerk is dead; what it had already answered was read."""


class Clerks:
    """Where clerks come from: one process that forks them. It ends with this one, and its clerks by their numbers."""

    def __init__(self, folder: Path, url: str = "") -> None:
        self.url = url
        self._place = str(folder / "clerks")
        words = [sys.executable, "-m", "tests.serving.clerk", self._place]
        self._process = subprocess.Popen(words, cwd=ROOT, env=plain_environment(), stdin=subprocess.PIPE)

    def __enter__(self) -> Clerks:
        until = time.monotonic() + PATIENCE_S
        while not Path(self._place).exists():
            assert time.monotonic() < until
            time.sleep(0.02)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(PATIENCE_S)

    def call(self) -> socket.socket:
        caller = socket.socket(socket.AF_UNIX)
        caller.connect(self._place)
        return caller


class Clerk:
    """A clerk's process. It is ended by its number, at the latest at the end of the block."""

    def __init__(self, clerks: Clerks, folder: Path) -> None:
        self._line = clerks.call()
        self._words = self._line.makefile("rw", encoding="utf-8")
        self._pid = self.hear()["pid"]
        self.say({"folder": str(folder), "preparation": Counter.id, "url": clerks.url})

    def __enter__(self) -> Clerk:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def hear(self) -> dict[str, Any]:
        line = self._words.readline()
        if not line:
            raise Killed
        heard: dict[str, Any] = json.loads(line)
        return heard

    def say(self, words: dict[str, Any]) -> None:
        self._words.write(json.dumps(words) + "\n")
        self._words.flush()

    def kill(self) -> str:
        """Kill it with signal 9 and return what it had still answered."""
        if self._words.closed:
            return ""
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        left = ""
        with suppress(ConnectionResetError):
            left = self._words.read()
        with suppress(OSError):
            self._words.close()
        self._line.close()
        while Path(f"/proc/{self._pid}").exists():  # its locks go with it
            time.sleep(0.002)
        return left


@dataclass
class Toll:
    """What happened to one preparation."""

    kills: int = 0
    acknowledged: dict[str, str] = field(default_factory=dict)
    """Command id and kind of each answer that arrived."""
    sent: set[str] = field(default_factory=set)
    saved_by_receipt: int = 0
    """Commands that were on disk when they were killed unanswered, and heard their first answer afterwards."""
    lost: list[str] = field(default_factory=list)


@dataclass
class Ordeal:
    """One worked example, made under kills until it is closed."""

    clerks: Clerks
    folder: Path
    chance: random.Random
    toll: Toll = field(default_factory=Toll)
    kills_left: int = 0
    aimed: bool = False
    """Kill between commit and answer, when the command is seen in the record, instead of at a random moment."""
    number: int = 0
    waiting: dict[str, Any] | None = None
    """The command that was sent and not answered; it is sent again as it was."""
    took_s: float = 0.02
    """How long the last command took."""

    def run(self) -> Toll:
        while not self.one_life():
            self.look()
        self.look()
        return self.toll

    def one_life(self) -> bool:
        """Start a clerk and let it work for a while; True when the preparation is closed."""
        dies = self.kills_left > 0
        with Clerk(self.clerks, self.folder) as clerk:
            if dies and self.chance.random() < START_IS_KILLED:
                time.sleep(self.chance.uniform(0, 0.3))
                return self.dies(clerk)
            clerk.hear()
            for _ in range(self.chance.randint(0, 6) if dies else 1000):
                if not self.one_command(clerk):
                    return True
            if not self.prepare(clerk):
                return True
            if self.aimed:
                self.until_stored(clerk)
            else:
                clerk.say({"do": self.waiting})
                time.sleep(self.chance.uniform(0, 1.6 * self.took_s))
            return self.dies(clerk)

    def until_stored(self, clerk: Clerk) -> None:
        """Have the waiting command done but not answered, and return when the record has it."""
        assert self.waiting is not None
        url = self.clerks.url
        with read_only(place_at(url, "url") if url else self.folder / "vialtrace.db") as conn:
            clerk.say({"do": self.waiting, "silent": True})
            until = time.monotonic() + PATIENCE_S
            while log.version_of(conn, Counter.id) == self.waiting["expected_version"] and time.monotonic() < until:
                conn.rollback()

    def dies(self, clerk: Clerk) -> bool:
        for line in clerk.kill().splitlines(keepends=True):
            if line.endswith("\n") and "done" in (heard := json.loads(line)):
                self.note(heard)
        self.toll.kills += 1
        self.kills_left -= 1
        return False

    def prepare(self, clerk: Clerk) -> bool:
        """Have the next command at hand; False when there is none."""
        if self.waiting is None:
            clerk.say({"make": self.number})
            self.waiting = clerk.hear()["made"]
        if self.waiting is not None:
            self.toll.sent.add(self.waiting["command_id"])
        return self.waiting is not None

    def one_command(self, clerk: Clerk) -> bool:
        if not self.prepare(clerk):
            return False
        began = time.monotonic()
        clerk.say({"do": self.waiting})
        self.note(clerk.hear())
        self.took_s = time.monotonic() - began
        return True

    def note(self, heard: dict[str, Any]) -> None:
        assert heard["kind"] == "accepted", heard
        self.toll.acknowledged[heard["done"]] = heard["kind"]
        self.toll.saved_by_receipt += heard["replayed"]
        self.waiting = None
        self.number += 1

    def look(self) -> None:
        """Between two lives: whatever was acknowledged is in the log."""
        stored = set(commands_in(self.folder, self.clerks.url))
        self.toll.lost += [one for one in self.toll.acknowledged if one not in stored and one not in self.toll.lost]


def commands_in(folder: Path, url: str) -> Tally[str]:
    """Return the command ids in the log, each with the number of its events."""
    store, _, _ = open_counter(folder, database_url=url)
    with store.reading() as conn:
        found = Tally(one.command_id for one in log.load(conn, Counter.id))
    store.close()
    return found


def undisturbed(folder: Path) -> list[str]:
    """Make the same preparation without a kill and return the kinds of its events."""
    store, dispatcher, clock = open_counter(folder)
    equip(store)
    counter = Counter(dispatcher, clock=clock)
    counter.make()
    kinds = [type(one.event).__name__ for one in history(counter)]
    store.close()
    return kinds


def history(counter: Counter) -> tuple[Any, ...]:
    with counter.dispatcher.store.reading() as conn:
        return preparations.history(conn, counter.id)


def ordeal(
    clerks: Clerks, folder: Path, chance: random.Random, kills: int, kinds: list[str], *, aimed: bool = False
) -> Toll:
    """Make one preparation under at most so many kills and hold its record to the one made in peace."""
    store = open_counter(folder, database_url=clerks.url)[0]
    equip(store)
    store.close()
    toll = Ordeal(clerks, folder, chance, kills_left=kills, aimed=aimed).run()
    store, dispatcher, clock = open_counter(folder, database_url=clerks.url)
    counter = Counter(dispatcher, clock=clock)
    written = history(counter)
    assert toll.lost == []
    assert [type(one.event).__name__ for one in written] == kinds, "something is doubled or missing"
    assert set(commands_in_open(counter)) == set(toll.acknowledged) == toll.sent
    assert counter.p.closed
    assert round(measured.dose(counter.p).dose.mg, 1) == Decimal("968.5")
    assert sound(counter)
    store.close()
    return toll


def commands_in_open(counter: Counter) -> list[str]:
    with counter.dispatcher.store.reading() as conn:
        return [one.command_id for one in log.load(conn, counter.id)]


def many(folder: Path, seed: int, kills: int, *, aimed: bool = False) -> list[Toll]:
    """Make preparation after preparation, each in a record of its own, until so many kills have fallen."""
    kinds = undisturbed(folder / "peace")
    chance, tolls = random.Random(seed), list[Toll]()
    with Clerks(folder) as clerks:
        while (left := kills - sum(one.kills for one in tolls)) > 0:
            tolls.append(ordeal(clerks, folder / f"{len(tolls)}", chance, left, kinds, aimed=aimed))
    return tolls


def many_on_postgresql(
    folder: Path, postgres_folder: Path, seed: int, kills: int, *, aimed: bool = False
) -> list[Toll]:
    """The same, each preparation in a database of its own."""
    kinds = undisturbed(folder / "peace")
    chance, tolls = random.Random(seed), list[Toll]()
    with Clerks(folder) as clerks:
        while (left := kills - sum(one.kills for one in tolls)) > 0:
            with fresh(postgres_folder) as database:
                clerks.url = database.url
                tolls.append(ordeal(clerks, folder / f"{len(tolls)}", chance, left, kinds, aimed=aimed))
    return tolls


def test_q63_twelve_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    tolls = many(tmp_path, seed=20261123, kills=12)
    assert sum(one.kills for one in tolls) == 12
    assert sum(len(one.acknowledged) for one in tolls) >= 40


def test_q63_on_postgresql_six_kills_lose_and_double_nothing(tmp_path: Path, postgres_folder: Path) -> None:
    tolls = many_on_postgresql(tmp_path, postgres_folder, seed=20261129, kills=6)
    assert sum(one.kills for one in tolls) == 6
    assert sum(len(one.acknowledged) for one in tolls) >= 40


@pytest.mark.soak
@pytest.mark.parametrize("part", range(4))
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_q63_two_hundred_kills_lose_and_double_nothing(
    tmp_path: Path, request: pytest.FixtureRequest, kind: str, part: int, counted: Callable[..., None]
) -> None:
    """Four parts of fifty random kills on either database, and ten between commit and answer where none fell there."""
    tolls: list[Toll] = []
    for aimed, kills in ((False, 50), (True, 10)):
        if not any(one.saved_by_receipt for one in tolls):
            folder, seed = tmp_path / f"aimed-{aimed}", 63 + part
            folder.mkdir()
            if kind == "sqlite":
                tolls += many(folder, seed, kills, aimed=aimed)
            else:
                brought = request.getfixturevalue("postgres_folder")
                tolls += many_on_postgresql(folder, brought, seed + 100, kills, aimed=aimed)
    kills, saved = sum(one.kills for one in tolls), sum(one.saved_by_receipt for one in tolls)
    assert kills >= 50
    assert [one.lost for one in tolls if one.lost] == []
    assert saved > 0, "no kill fell between commit and answer"
    counted(
        f"killed at work on {kind}, nothing lost or doubled",
        kills=kills,
        preparations=len(tolls),
        commands_acknowledged=sum(len(one.acknowledged) for one in tolls),
        on_disk_unanswered_that_heard_their_first_answer=saved,
    )
