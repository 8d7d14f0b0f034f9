"""The file is opened safely or not at all, and what is written is written together, once, and on disk before anyone hears so."""

from __future__ import annotations

import logging
import multiprocessing
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.exc import DBAPIError

from app.record import log, ordertext, sqlite, writer
from app.record.engine import Busy, CannotOpen, Closed, NotSaved, Store, open_store
from app.record.writer import MOST_TOGETHER, WAITING_ROOM
from app.settings import Settings, load_settings
from tests.postgres.fixtures import BOTH
from tests.record.conftest import write_event


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ("3.40.1", False), ("3.44.5", False), ("3.44.6", True), ("3.45.0", False), ("3.46.1", False), ("3.50.4", False),
        ("3.50.6", False), ("3.50.7", True), ("3.51.0", False), ("3.51.2", False), ("3.51.3", True), ("3.52.0", False),
        ("3.52.9", False), ("3.53.0", True), ("3.53.4", True), ("3.60.0", True), ("4.0.0", True),
    ],
)  # fmt: skip
def test_q67_only_sqlite_without_the_wal_fault_is_taken(version: str, safe: bool) -> None:
    assert sqlite.is_safe(tuple(map(int, version.split(".")))) is safe


def planted(version: str) -> SimpleNamespace:
    return SimpleNamespace(sqlite_version=version, sqlite_version_info=tuple(map(int, version.split("."))))


def test_q67_an_unsafe_sqlite_stops_the_start_with_a_sentence(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "importlib", SimpleNamespace(import_module=lambda name: planted("3.46.1")))
    with pytest.raises(
        CannotOpen, match=r"no safe SQLite .*pysqlite3.dbapi2 carries SQLite 3\.46\.1.*Install pysqlite3"
    ):
        open_store(settings)


def test_q67_the_first_safe_driver_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    versions = {"pysqlite3.dbapi2": "3.51.1", "sqlcipher3.dbapi2": "3.53.4", "sqlite3": "3.53.4"}
    monkeypatch.setattr(sqlite, "importlib", SimpleNamespace(import_module=lambda name: planted(versions[name])))
    assert sqlite.driver().sqlite_version == "3.53.4"


def test_q67_every_connection_has_the_settings(store: Store) -> None:
    def read(conn: Connection) -> dict[str, Any]:
        return {name: conn.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in sqlite.PRAGMAS}

    expected = {
        "journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1, "trusted_schema": 0,
        "secure_delete": 1, "temp_store": 2, "busy_timeout": 5000,
    }  # fmt: skip
    assert store.write(read) == expected
    with store.reading() as one, store.reading() as other:
        assert read(one) == read(other) == expected
        assert one.connection.driver_connection is not other.connection.driver_connection


def test_q67_a_setting_that_does_not_take_stops_the_start(store: Store) -> None:
    raw = sqlite.raw_connection(store.path)
    with pytest.raises(CannotOpen, match="synchronous=7"):
        sqlite.set_pragmas(raw, {"synchronous": 7})
    raw.close()


MOUNTS = """\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:40 / /mnt/share rw,relatime - nfs4 server:/export rw
31 22 0:41 / /mnt/my\\040share rw shared:9 master:2 - cifs //server/x rw
32 30 254:1 / /mnt/share/local rw - xfs /dev/vdb rw
33 22 0:42 / /mnt/s3 rw - fuse.s3fs s3fs rw
34 22 0:43 / /var/lib/box rw - fuse.fuse-overlayfs overlay rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/srv/data", None), ("/mnt/share", "nfs4"), ("/mnt/share/data", "nfs4"), ("/mnt/shared", None),
        ("/mnt/my share/data", "cifs"), ("/mnt/share/local/data", None), ("/mnt/s3/x", "fuse.s3fs"), ("/var/lib/box/data", None),
    ],
)  # fmt: skip
def test_q67_a_network_share_is_recognised(path: str, kind: str | None) -> None:
    assert sqlite.network_file_system(Path(path), MOUNTS) == kind


def test_q67_a_network_share_stops_the_start(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "network_file_system", lambda path, mounts: "nfs4")
    with pytest.raises(CannotOpen, match=r"network share \(nfs4\).*local disk"):
        open_store(settings)


def _try_to_open(folder: str, answers: Any) -> None:
    try:
        open_store(load_settings(data_dir=Path(folder))).close()
        answers.put("opened")
    except CannotOpen as error:
        answers.put(str(error))


def test_a_second_process_on_the_same_file_is_refused(store: Store, settings: Settings) -> None:
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    other = context.Process(target=_try_to_open, args=(str(settings.data_dir), answers))
    other.start()
    said = answers.get(timeout=60)
    other.join()
    answers.close()
    answers.join_thread()
    assert re.search(r"in use by another process \(number \d+\). Stop that one first", said)


@BOTH
def test_a_closed_record_can_be_opened_again_and_serves_no_one_meanwhile(settings: Settings) -> None:
    first = open_store(settings)
    first.write(lambda conn: write_event(conn, "P1", "C1"))
    first.close()
    first.close()
    with pytest.raises(Closed):
        first.write(lambda conn: None)
    second = open_store(settings)
    with second.reading() as conn:
        assert len(log.load(conn, "P1")) == 1
    second.close()


def test_another_kind_of_database_is_refused_in_words(settings: Settings) -> None:
    for url in ("mysql://ann:hush@host/db", "sqlite://", "hush"):
        with pytest.raises(CannotOpen, match=r"sqlite:///.*postgresql://role@host/database") as caught:
            open_store(load_settings(data_dir=settings.data_dir, database_url=url))
        assert "hush" not in str(caught.value)


@BOTH
def test_a_command_that_raises_undoes_itself_alone(store: Store) -> None:
    """Ann's and Bo's commands share a commit; Bo's raises, and Ann's is kept."""
    gate, both_in = threading.Event(), threading.Barrier(3)

    def hold(_conn: Connection) -> None:
        gate.wait(10)

    def ann(conn: Connection) -> int:
        return write_event(conn, "P1", "CA")[-1].site_seq

    def bo(conn: Connection) -> int:
        write_event(conn, "P2", "CB")
        raise ValueError("Bo pressed the wrong button")

    def ask(work: Any) -> Any:
        both_in.wait(10)
        return store.write(work)

    with ThreadPoolExecutor(3) as people:
        held = people.submit(store.write, hold)
        first, second = people.submit(ask, ann), people.submit(ask, bo)
        both_in.wait(10)
        gate.set()
        held.result(10)
        assert first.result(10) == 1
        with pytest.raises(ValueError, match="wrong button"):
            second.result(10)
    with store.reading() as conn:
        assert (log.version_of(conn, "P1"), log.version_of(conn, "P2"), log.head_of(conn, "MAIN")[0]) == (1, 0, 1)


def test_twenty_threads_share_commits_and_lose_nothing(store: Store) -> None:
    commits: list[int] = []
    event.listen(store.engines[1], "commit", lambda conn: commits.append(1))

    def act(stream: str, command: str) -> int:
        return store.write(lambda conn: write_event(conn, stream, command)[-1].site_seq)

    def person(number: int) -> list[int]:
        return [act(f"P{number}", f"C{number}-{turn}") for turn in range(20)]

    with ThreadPoolExecutor(20) as people:
        numbers = [seq for told in people.map(person, range(20)) for seq in told]
    assert sorted(numbers) == list(range(1, 401))
    assert len(commits) < 400, "no two commands ever shared a commit"
    with store.reading() as conn:
        assert [stored.site_seq for stored in log.since(conn, "MAIN", 0)] == list(range(1, 401))
        assert all(log.version_of(conn, f"P{number}") == 20 for number in range(20))


@BOTH
def test_nobody_is_answered_before_the_commit(store: Store) -> None:
    seen: list[int] = []

    def look(_conn: Connection) -> None:
        with store.reading() as reader:
            seen.append(log.head_of(reader, "MAIN")[0])

    event.listen(store.engines[1], "commit", look)
    answer = store.write(lambda conn: write_event(conn, "P1", "C1")[-1].site_seq)
    assert (answer, seen[0]) == (1, 0)
    with store.reading() as conn:
        assert log.head_of(conn, "MAIN")[0] == 1


def test_q71_when_the_waiting_room_is_full_the_next_is_told_so_and_nothing_is_half_done(store: Store) -> None:
    gate = threading.Event()
    commits: list[int] = []
    event.listen(store.engines[1], "commit", lambda conn: commits.append(1))
    with ThreadPoolExecutor(WAITING_ROOM + 1) as people:
        held = people.submit(store.write, lambda conn: gate.wait(30))
        while store._writer._waiting:
            pass
        waiting = [
            people.submit(store.write, lambda conn, turn=turn: write_event(conn, f"P{turn}", f"C{turn}")[-1].site_seq)
            for turn in range(WAITING_ROOM)
        ]
        while len(store._writer._waiting) < WAITING_ROOM:
            pass
        for turn in range(244):
            with pytest.raises(Busy, match="Try again"):
                store.write(lambda conn, turn=turn: write_event(conn, "PX", f"CX{turn}"))
        gate.set()
        held.result(30)
        assert sorted(told.result(30) for told in waiting) == list(range(1, WAITING_ROOM + 1))
    assert len(commits) >= WAITING_ROOM // MOST_TOGETHER
    with store.reading() as conn:
        assert log.version_of(conn, "PX") == 0


def write_until_full(store: Store) -> int:
    """Return how many events were acknowledged before the disk was full."""
    for kept in range(200):
        try:
            store.write(lambda conn, turn=kept: write_event(conn, "P1", f"C{turn}"))
        except (NotSaved, DBAPIError) as error:
            if "full" not in str(error):
                raise
            return kept
    raise AssertionError("the disk never was full")


def test_q65_a_full_disk_is_said_in_words_reading_goes_on_and_work_resumes(store: Store) -> None:
    """The database may grow by a few pages only; later by many."""

    def limit(pages: int) -> None:
        with store.engines[1].connect() as conn:
            raw: Any = conn.connection.driver_connection
            raw.set_authorizer(None)
            raw.execute(f"PRAGMA max_page_count={pages}")

    store.write(lambda conn: write_event(conn, "P1", "C-first"))
    with store.reading() as conn:
        pages = conn.exec_driver_sql("PRAGMA page_count").scalar_one()
    limit(pages + 3)
    kept = write_until_full(store)
    with store.reading() as conn:
        assert len(log.load(conn, "P1")) == kept + 1
    limit(pages + 1000)
    store.write(lambda conn: write_event(conn, "P1", "C-later"))
    with store.reading() as conn:
        assert log.version_of(conn, "P1") == kept + 2


@BOTH
def test_a_commit_that_fails_is_told_to_everyone_as_not_saved(store: Store) -> None:
    failing = [True]

    def fail(_conn: Connection) -> None:
        if failing:
            failing.clear()
            raise DBAPIError("COMMIT", None, OSError("disk I/O error"))

    event.listen(store.engines[1], "commit", fail)
    with pytest.raises(NotSaved, match=r"not saved; nothing changed \(disk I/O error\)"):
        store.write(lambda conn: write_event(conn, "P1", "C1"))
    store.write(lambda conn: write_event(conn, "P2", "C2"))
    with store.reading() as conn:
        assert (log.version_of(conn, "P1"), log.head_of(conn, "MAIN")[0]) == (0, 1)


def test_when_the_database_cannot_be_reached_every_waiting_caller_is_told_so_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ann's command is under way, five more wait, and the writer's next connection cannot be made."""
    gate, tries = threading.Event(), []
    reachable = sqlite.raw_connection
    monkeypatch.setattr(writer, "LONGEST", 0)

    def unreachable(path: Path, **_: Any) -> Any:
        tries.append(path)
        raise sqlite.driver().OperationalError("unable to open database file")

    with ThreadPoolExecutor(6) as people:
        ann = people.submit(store.write, lambda conn: gate.wait(10))
        while store._writer._waiting:
            pass
        others = [
            people.submit(store.write, lambda conn, turn=turn: write_event(conn, "P1", f"C{turn}")) for turn in range(5)
        ]
        while len(store._writer._waiting) < 5:
            pass
        store.engines[1].dispose()
        monkeypatch.setattr(sqlite, "raw_connection", unreachable)
        gate.set()
        ann.result(10)
        for told in others:
            with pytest.raises(NotSaved, match=r"not saved; nothing changed \(unable to open database file\)"):
                told.result(10)
    assert len(tries) == 1, "the writer tried again and again with nobody told"
    monkeypatch.setattr(sqlite, "raw_connection", reachable)
    store.write(lambda conn: write_event(conn, "P2", "C9"))
    with store.reading() as conn:
        assert (log.version_of(conn, "P1"), log.version_of(conn, "P2")) == (0, 1)


@BOTH
@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_a_command_cannot_end_the_transaction_itself(store: Store, end: str) -> None:
    def meddle(conn: Connection) -> None:
        write_event(conn, "P1", "C1")
        getattr(conn, end)()

    with pytest.raises((RuntimeError, NotSaved)):
        store.write(meddle)
    store.write(lambda conn: write_event(conn, "P2", "C2"))
    with store.reading() as conn:
        assert (log.version_of(conn, "P1"), log.version_of(conn, "P2")) == (0, 1)


@BOTH
def test_a_command_inside_a_command_is_refused_instead_of_waiting_for_ever(store: Store) -> None:
    with pytest.raises(RuntimeError, match="for ever"):
        store.write(lambda conn: store.write(lambda inner: None))


@BOTH
def test_a_reader_sees_one_moment(store: Store) -> None:
    store.write(lambda conn: write_event(conn, "P1", "C1"))
    with store.reading() as conn:
        before = log.head_of(conn, "MAIN")
        store.write(lambda other: write_event(other, "P1", "C2"))
        assert log.head_of(conn, "MAIN") == before
    with store.reading() as conn:
        assert log.head_of(conn, "MAIN")[0] == 2


def test_q33_no_error_of_the_database_carries_a_patients_name(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """The same text twice is refused by the database; what it says goes into the log."""
    name = "Quixotevandenberghe"

    def twice(conn: Connection) -> None:
        for _ in range(2):
            ordertext.put(conn, id="OT1", fields={"family": name}, salt="s" * 43)

    with pytest.raises(DBAPIError) as caught:
        store.write(twice)
    logging.getLogger("vialtrace").error("not saved", exc_info=caught.value)
    assert "order_text" in caplog.text
    assert name not in caplog.text
    assert name not in str(caught.value)


@pytest.mark.parametrize("pooled", [True, False])
def test_q33_every_engine_hides_the_values_of_a_statement(store: Store, pooled: bool) -> None:
    engine = sqlite.make_engine(store.path, begin="BEGIN", pooled=pooled)
    assert engine.hide_parameters
    engine.dispose()
