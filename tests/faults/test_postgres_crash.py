"""The PostgreSQL server itself is killed in the middle of commands: whole, one backend, or restarted in order (Q63)."""

from __future__ import annotations

import os
import random
import secrets
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from app.dispatch import Outcome
from app.record import postgres_store, postgres_upgrade
from app.record.engine import open_store
from app.record.place import place_at
from tests.dispatch.counter import Counter, equip, open_counter, settings_in
from tests.faults.ordeal import Toll, holds, kinds_of, through
from tests.postgres import keeper
from tests.postgres.cluster import Cluster
from tests.postgres.databases import APP, OWNER, Database, administer, creation, plain

WAYS = ("server killed", "backend killed", "server restarted")


@dataclass
class Ground:
    """A server that only this file kills, an equipped record to copy, and what a bag made in peace leaves in it."""

    cluster: Cluster
    equipped: Database
    kinds: list[str]
    commands: int

    def copy(self) -> Database:
        made = Database(f"bag_{secrets.token_hex(4)}", self.equipped.super_url)
        administer(made.super_url, creation(made.name, f"TEMPLATE {self.equipped.name}"))
        return made

    def strike(self, way: str) -> None:
        """Do it, and return once the server takes connections again."""
        if way == "backend killed":
            self._kill_a_backend()
        else:
            self.cluster.kill() if way == "server killed" else self.cluster.stop()
            self.cluster.start()

    def _kill_a_backend(self) -> None:
        """Every other backend ends with it, and the server recovers by itself."""
        with psycopg.connect(plain(self.equipped.super_url), autocommit=True) as conn:
            found = conn.execute("SELECT pid FROM pg_stat_activity WHERE usename = %s LIMIT 1", (APP,)).fetchone()
            with suppress(ProcessLookupError):  # it had ended by itself meanwhile
                os.kill(found[0] if found else 2**22, signal.SIGKILL)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with suppress(psycopg.OperationalError):
                psycopg.connect(plain(self.equipped.super_url)).close()
                return
            time.sleep(0.02)


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    home = tmp_path_factory.mktemp("peace")
    store, dispatcher, clock = open_counter(home / "file")
    with closing(store):
        equip(store)
        peace = Counter(dispatcher, clock=clock)
        peace.make()
        kinds, commands = kinds_of(peace), peace.count
    place = Path(keeper._quick() or home) / f"vialtrace-crash-{secrets.token_hex(4)}"
    cluster = Cluster.make(place)
    try:
        cluster.start()
        made = Database("equipped", cluster.url())
        for role in (OWNER, APP):
            administer(made.super_url, f"CREATE ROLE {role} LOGIN")
        administer(made.super_url, creation(made.name))
        postgres_upgrade.run(place_at(made.owner_url, "url"), place_at(made.url, "url"))  # type: ignore[arg-type]  # a URL
        store, _, _ = open_counter(home / "server", database_url=made.url)
        equip(store)
        store.close()
        yield Ground(cluster, made, kinds, commands)
    finally:
        cluster.remove()


def asked_while(ask: Callable[[], Outcome], strike: Callable[[], None], delay: float) -> Outcome:
    """Ask from another thread, and strike a moment later from this one, whose children the server's processes are."""
    answer: list[Outcome] = []
    troubles: list[BaseException] = []

    def run() -> None:
        try:
            answer.append(ask())
        except BaseException as trouble:  # noqa: BLE001  # raised below, in the test's own thread
            troubles.append(trouble)

    hand = threading.Thread(target=run)
    hand.start()
    time.sleep(delay)
    strike()
    hand.join()
    if troubles:
        raise troubles[0]
    return answer[0]


def one_bag(ground: Ground, tmp_path: Path, chance: random.Random, toll: Toll, ways: list[str]) -> None:
    """Make a bag; at some of its commands the next of `ways` happens."""
    database = ground.copy()
    with ExitStack() as stack:
        direct, dispatcher, clock = open_counter(tmp_path, database_url=database.url)
        stack.callback(direct.close)
        store = open_store(settings_in(tmp_path, database.url))
        stack.callback(store.close)
        beside = Counter(dispatcher, clock=clock)
        counter = through(store, beside, toll)
        real, struck_at = counter.dispatcher.do, set(chance.sample(range(ground.commands), min(len(ways), 20)))

        def under_fault(ask):  # type: ignore[no-untyped-def]
            if counter.count - 1 not in struck_at or not ways:
                return real(ask)
            way = ways.pop()
            toll.faults[way] += 1
            return asked_while(lambda: real(ask), lambda: ground.strike(way), chance.uniform(0, 0.03))

        counter.dispatcher.do = under_fault  # type: ignore[method-assign]
        counter.make()
        toll.preparations += 1
        holds(beside, ground.kinds, ground.commands)
    administer(database.super_url, f"DROP DATABASE {database.name} WITH (FORCE)")


def test_q63_a_bag_is_made_while_postgresql_is_killed_crashes_and_is_restarted(
    ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_store, "AGAIN_S", 0.02)
    toll = Toll()
    one_bag(ground, tmp_path, random.Random(63), toll, list(WAYS))
    assert (toll.faults.total(), toll.commands) == (3, ground.commands)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(3))
def test_q63_two_hundred_and_ten_deaths_of_postgresql_lose_and_double_nothing(
    ground: Ground, tmp_path: Path, part: int, counted: Callable[..., None]
) -> None:
    """Three parts of seventy."""
    toll, chance = Toll(), random.Random(part)
    ways = [*WAYS] * 24
    chance.shuffle(ways)
    del ways[70:]
    while ways:
        one_bag(ground, tmp_path, chance, toll, ways)
    assert toll.faults.total() == 70
    counted("PostgreSQL died, nothing lost, doubled or untruly said", **toll.numbers)
