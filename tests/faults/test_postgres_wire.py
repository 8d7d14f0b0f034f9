"""The wire to PostgreSQL is cut, torn, slowed and taken away, and backends are ended, while bags are made (Q63, Q70)."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from app.record import log, postgres, postgres_store, writer
from app.record.engine import CannotOpen, NotSaved, PerhapsSaved, open_store
from tests.dispatch.counter import Clock, Counter, equip, open_counter, settings_in
from tests.faults.ordeal import Toll, holds, kinds_of, through
from tests.faults.wire import FAULTS, GONE_FOR_LONG, Wire
from tests.postgres.databases import APP, Database, fresh, plain
from tests.record.conftest import write_event

ENDED = "backend ended"


@dataclass(frozen=True)
class Ground:
    """A record with its equipment, to be copied, and what a bag made in peace leaves in it."""

    folder: Path
    equipped: Database
    kinds: list[str]
    commands: int


@pytest.fixture(scope="module")
def ground(postgres_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    home = tmp_path_factory.mktemp("peace")
    store, dispatcher, clock = open_counter(home)
    with closing(store):
        equip(store)
        peace = Counter(dispatcher, clock=clock)
        peace.make()
        kinds, commands = kinds_of(peace), peace.count
    with fresh(postgres_folder) as made:
        store, _, _ = open_counter(home, database_url=made.url)
        equip(store)
        store.close()
        yield Ground(postgres_folder, made, kinds, commands)


def socket_of(database: Database) -> str:
    """The file of the server's socket."""
    with psycopg.connect(plain(database.admin_url)) as conn:
        return f"{conn.info.host}/.s.PGSQL.{conn.info.port}"


def over(wire: Wire, database: Database) -> str:
    return f"postgresql://{APP}:{APP}@127.0.0.1:{wire.port}/{database.name}"


@contextmanager
def backends_ended(database: Database, chance: random.Random, toll: Toll) -> Iterator[None]:
    """End one of the process's backends some milliseconds from now, whatever it is at."""
    pick = (
        "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity "
        "WHERE datname = %s AND usename = %s ORDER BY random() LIMIT 1)"
    )
    delay = chance.uniform(0, 0.03)

    def end() -> None:
        time.sleep(delay)
        with psycopg.connect(plain(database.super_url), autocommit=True) as conn:
            found = conn.execute(pick, (database.name, APP)).fetchone()
            toll.faults[ENDED] += found[0] if found else 0

    hand = threading.Thread(target=end)
    hand.start()
    yield
    hand.join()


def one_bag(ground: Ground, tmp_path: Path, chance: random.Random, toll: Toll) -> None:
    with ExitStack() as stack:
        database = stack.enter_context(fresh(ground.folder, like=ground.equipped))
        wire = stack.enter_context(Wire(socket_of(database), chance))
        direct, dispatcher, clock = open_counter(tmp_path, database_url=database.url)
        stack.callback(direct.close)
        store = open_store(settings_in(tmp_path, over(wire, database)))
        stack.callback(store.close)
        beside = Counter(dispatcher, clock=clock)
        counter = through(store, beside, toll)
        real = counter.dispatcher.do

        def under_fault(ask):  # type: ignore[no-untyped-def]
            fault = chance.choice((*FAULTS, ENDED, ENDED))
            if fault == ENDED:
                with backends_ended(database, chance, toll):
                    return real(ask)
            before = wire.struck
            wire.arm(fault)
            outcome = real(ask)
            wire.disarm()
            toll.faults[fault] += wire.struck - before
            return outcome

        counter.dispatcher.do = under_fault  # type: ignore[method-assign]
        counter.make()
        toll.preparations += 1
        holds(beside, ground.kinds, ground.commands)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody here is away for longer than half a second."""
    monkeypatch.setattr(postgres_store, "PATIENCE_S", 2.0)
    monkeypatch.setattr(postgres_store, "AGAIN_S", 0.02)


@pytest.mark.usefixtures("impatient")
def test_q63_q70_a_bag_is_made_through_a_wire_that_breaks_at_every_command(ground: Ground, tmp_path: Path) -> None:
    toll = Toll()
    one_bag(ground, tmp_path, random.Random(20261129), toll)
    assert toll.commands == ground.commands
    assert toll.faults.total() > 15, toll


@pytest.mark.soak
@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("part", range(4))
def test_q63_q70_a_thousand_faults_of_the_wire_lose_and_double_nothing(
    ground: Ground, tmp_path: Path, part: int, counted: Callable[..., None]
) -> None:
    toll, chance = Toll(), random.Random(part)
    while toll.faults.total() < 250:
        one_bag(ground, tmp_path, chance, toll)
    assert min(toll.faults["answer of commit lost"], toll.faults["commit lost"]) > 5, "the moments are badly chosen"
    counted("the wire to PostgreSQL broke, nothing lost, doubled or untruly said", **toll.numbers)


def test_q70_whether_it_was_saved_is_not_known_until_the_same_command_is_sent_again(
    ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer of the commit is lost, and the server stays away for longer than anybody asks it."""
    monkeypatch.setattr(postgres_store, "PATIENCE_S", 0.1)
    toll = Toll()
    with ExitStack() as stack:
        database = stack.enter_context(fresh(ground.folder, like=ground.equipped))
        wire = stack.enter_context(Wire(socket_of(database), random.Random(1)))
        direct, dispatcher, clock = open_counter(tmp_path, database_url=database.url)
        stack.callback(direct.close)
        store = open_store(settings_in(tmp_path, over(wire, database)))
        stack.callback(store.close)
        beside = Counter(dispatcher, clock=clock)
        counter = through(store, beside, toll, meanwhile=wire.back)
        wire.arm(GONE_FOR_LONG)
        assert counter.open().kind == "accepted"
        assert (toll.told["perhaps saved"], toll.told["heard again"]) == (1, 1), toll
        assert len(kinds_of(beside)) == 1


@pytest.mark.parametrize(
    ("fault", "hears", "kept"),
    [("answer of commit lost", None, 6), ("commit lost", NotSaved, 0), (GONE_FOR_LONG, PerhapsSaved, 6)],
)
def test_q70_all_who_share_a_commit_that_was_not_answered_hear_what_became_of_it(
    ground: Ground,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
    hears: type[Exception] | None,
    kept: int,
) -> None:
    """Six commands wait for another process's turn, so that one commit takes them all; a seventh comes after."""
    monkeypatch.setattr(postgres_store, "PATIENCE_S", 0.1 if hears is PerhapsSaved else 60)
    monkeypatch.setattr(writer, "LONGEST", 60)
    with ExitStack() as stack:
        database = stack.enter_context(fresh(ground.folder, like=ground.equipped))
        wire = stack.enter_context(Wire(socket_of(database), random.Random(1)))
        store = open_store(settings_in(tmp_path, over(wire, database)))
        stack.callback(store.close)

        def act(stream: str) -> int:
            return store.write(lambda conn: write_event(conn, stream, f"C-{stream}")[-1].site_seq)

        with psycopg.connect(plain(database.url)) as other, ThreadPoolExecutor(6) as people:
            other.execute(postgres.take_turn())
            asked = [people.submit(act, f"P{number}") for number in range(6)]
            while store.waiting < 6:
                time.sleep(0.005)
            wire.arm(fault)
            other.rollback()
            troubles = [one.exception(120) for one in asked]
        assert [type(one) for one in troubles] == [type(None) if hears is None else hears] * 6
        assert len(set(map(id, troubles))) == (1 if hears is None else 6), "two callers raise the same exception"
        answers = [one.result() for one in asked] if hears is None else []
        wire.back()
        after = act("P7")
        assert answers == [] or sorted(answers) == list(range(after - 6, after))
        with store.reading() as conn:
            assert sum(log.version_of(conn, f"P{number}") for number in range(6)) == kept


def test_a_read_that_breaks_off_is_told_as_such_and_the_next_one_reads(ground: Ground, tmp_path: Path) -> None:
    with ExitStack() as stack:
        wire = stack.enter_context(Wire(socket_of(ground.equipped), random.Random(1)))
        store = open_store(settings_in(tmp_path, over(wire, ground.equipped)))
        stack.callback(store.close)

        def reads(broken: bool) -> object:
            with store.reading() as conn:
                log.head_of(conn, "MAIN")
                if broken:
                    wire.cut_all()
                return log.head_of(conn, "MAIN")

        assert reads(broken=False) == reads(broken=False)
        with pytest.raises(NotSaved, match=r"went away while it was read .*; nothing changed"):
            reads(broken=True)
        assert reads(broken=False)


def test_a_server_that_takes_the_call_and_says_nothing_is_told_in_words_and_soon(tmp_path: Path) -> None:
    """The start is refused after the connection's own time-out, instead of hanging."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"postgresql://{APP}@127.0.0.1:{mute.getsockname()[1]}/vialtrace?connect_timeout=2"
        with pytest.raises(CannotOpen, match="cannot be reached"):
            open_store(settings_in(tmp_path, url))


def test_q63_a_turn_that_does_not_come_is_busy_and_changes_nothing(
    ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process hangs in the middle of its command: the others are told after the lock's time-out, and go on after it."""
    monkeypatch.setitem(postgres.SESSION, "lock_timeout", "150ms")
    toll = Toll()
    with ExitStack() as stack:
        database = stack.enter_context(fresh(ground.folder, like=ground.equipped))
        store, dispatcher, clock = open_counter(tmp_path, Clock(), database.url)
        stack.callback(store.close)
        with psycopg.connect(plain(database.url)) as hung:
            hung.execute(postgres.take_turn())
            counter = through(store, Counter(dispatcher, clock=clock), toll, meanwhile=hung.rollback)
            assert counter.open().kind == "accepted"
        assert toll.told["busy"] > 0
