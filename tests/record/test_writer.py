"""What is written is written together, once, and on disk before anyone hears so; who waits is told, whatever happens."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.exc import DBAPIError

from app.record import log, sqlite, writer
from app.record.engine import Busy, NotSaved, Store
from app.record.writer import MOST_TOGETHER, WAITING_ROOM
from tests.postgres.fixtures import BOTH
from tests.record.conftest import write_event

PATIENCE_S = 120
"""For what comes at once, on a machine that has much else to do."""


def until(so: Callable[[], bool]) -> None:
    """Return once it is so."""
    end = time.monotonic() + PATIENCE_S
    while not so():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.001)


@contextmanager
def held(store: Store, people: ThreadPoolExecutor) -> Iterator[Future[bool]]:
    """Somebody leads, and is in the middle of a command of their own until the end of the block."""
    begun, gate = threading.Event(), threading.Event()

    def hold(_conn: Connection) -> bool:
        begun.set()
        return gate.wait(PATIENCE_S)

    leads = people.submit(store.write, hold)
    try:
        assert begun.wait(PATIENCE_S)
        yield leads
    finally:
        gate.set()
    assert leads.result(PATIENCE_S)


@BOTH
def test_a_command_that_raises_undoes_itself_alone(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ann's and Bo's commands share a commit; Bo's raises, and Ann's is kept."""
    monkeypatch.setattr(writer, "LONGEST", PATIENCE_S)

    def ann(conn: Connection) -> int:
        return write_event(conn, "P1", "CA")[-1].site_seq

    def bo(conn: Connection) -> int:
        write_event(conn, "P2", "CB")
        raise ValueError("Bo pressed the wrong button")

    with ThreadPoolExecutor(3) as people:
        with held(store, people):
            first, second = people.submit(store.write, ann), people.submit(store.write, bo)
            until(lambda: store.waiting == 2)
        assert first.result(PATIENCE_S) == 1
        with pytest.raises(ValueError, match="wrong button"):
            second.result(PATIENCE_S)
    with store.reading() as conn:
        assert (log.version_of(conn, "P1"), log.version_of(conn, "P2"), log.head_of(conn, "MAIN")[0]) == (1, 0, 1)


@BOTH
def test_twenty_threads_share_commits_and_lose_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first commands of all wait for the one that leads, so that these at least share a commit."""
    monkeypatch.setattr(writer, "LONGEST", PATIENCE_S)
    commits: list[int] = []
    event.listen(store.engines[1], "commit", lambda conn: commits.append(1))

    def act(stream: str, command: str) -> int:
        return store.write(lambda conn: write_event(conn, stream, command)[-1].site_seq)

    def person(number: int) -> list[int]:
        return [act(f"P{number}", f"C{number}-{turn}") for turn in range(20)]

    with ThreadPoolExecutor(21) as people:
        with held(store, people):
            answers = people.map(person, range(20))
            until(lambda: store.waiting == 20)
        numbers = [seq for told in answers for seq in told]
    assert sorted(numbers) == list(range(1, 401))
    assert len(commits) <= 1 + 400 - 20, "those who waited together did not share a commit"
    with store.reading() as conn:
        assert [stored.site_seq for stored in log.since(conn, "MAIN", 0)] == list(range(1, 401))
        assert all(log.version_of(conn, f"P{number}") == 20 for number in range(20))


@BOTH
def test_who_is_interrupted_while_waiting_leaves_the_line_and_the_next_leads(store: Store) -> None:
    """Ann writes, Bo waits behind her and Cy behind Bo; Bo is interrupted when he already is to write for the others."""
    gate = threading.Event()

    def wait(job: Any) -> None:
        if threading.current_thread().name == "bo":
            gate.wait(PATIENCE_S)
            job._woken.acquire()
            raise KeyboardInterrupt
        job._woken.acquire()

    def bo() -> None:
        with pytest.raises(KeyboardInterrupt):
            store.write(lambda conn: write_event(conn, "P-BO", "C-BO"))

    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(2) as people:
        patch.setattr(writer._Job, "wait", wait)
        patch.setattr(writer, "LONGEST", 0)
        with held(store, people):
            interrupted = threading.Thread(target=bo, name="bo")
            interrupted.start()
            until(lambda: store.waiting == 1)
            cy = people.submit(store.write, lambda conn: write_event(conn, "P-CY", "C-CY")[-1].site_seq)
            until(lambda: store.waiting == 2)
            gate.set()
        assert cy.result(PATIENCE_S) == 1
        interrupted.join(PATIENCE_S)
    with store.reading() as conn:
        assert (log.version_of(conn, "P-BO"), log.version_of(conn, "P-CY")) == (0, 1)


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


@BOTH
def test_q71_when_the_waiting_room_is_full_the_next_is_told_so_and_nothing_is_half_done(store: Store) -> None:
    commits: list[int] = []
    event.listen(store.engines[1], "commit", lambda conn: commits.append(1))

    def act(turn: int) -> int:
        return store.write(lambda conn: write_event(conn, f"P{turn}", f"C{turn}")[-1].site_seq)

    with ThreadPoolExecutor(WAITING_ROOM + 1) as people:
        with held(store, people):
            waiting = [people.submit(act, turn) for turn in range(WAITING_ROOM)]
            until(lambda: store.waiting == WAITING_ROOM)
            for turn in range(244):
                with pytest.raises(Busy, match="Try again"):
                    store.write(lambda conn, turn=turn: write_event(conn, "PX", f"CX{turn}"))
        assert sorted(told.result(PATIENCE_S) for told in waiting) == list(range(1, WAITING_ROOM + 1))
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
        raw: Any = store._writing.connection.driver_connection
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
    """Ann's connection breaks under her command, five more wait, and the next connection cannot be made."""
    begun, gate, tries = threading.Event(), threading.Event(), []
    reachable = sqlite.raw_connection
    monkeypatch.setattr(writer, "LONGEST", 0)

    def unreachable(path: Path, **_: Any) -> Any:
        tries.append(path)
        raise sqlite.driver().OperationalError("unable to open database file")

    def breaks(conn: Connection) -> None:
        begun.set()
        gate.wait(PATIENCE_S)
        conn.connection.driver_connection.close()  # type: ignore[union-attr]  # it is there until now

    with ThreadPoolExecutor(6) as people:
        ann = people.submit(store.write, breaks)
        assert begun.wait(PATIENCE_S)
        others = [
            people.submit(store.write, lambda conn, turn=turn: write_event(conn, "P1", f"C{turn}")) for turn in range(5)
        ]
        until(lambda: store.waiting == 5)
        monkeypatch.setattr(sqlite, "raw_connection", unreachable)
        gate.set()
        with pytest.raises(NotSaved, match="closed database"):
            ann.result(PATIENCE_S)
        for told in others:
            with pytest.raises(NotSaved, match=r"not saved; nothing changed \(unable to open database file\)"):
                told.result(PATIENCE_S)
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


WHO: ContextVar[str] = ContextVar("who", default="nobody")


@BOTH
def test_a_command_that_another_thread_carries_out_sees_its_own_caller_and_no_other(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ann leads and writes for Bo, who waits, however long Ann took: what Bo's command asks of its request is Bo's."""
    monkeypatch.setattr(writer, "LONGEST", PATIENCE_S)
    begun, gate = threading.Event(), threading.Event()

    def hold(_conn: Connection) -> tuple[str, int]:
        begun.set()
        gate.wait(PATIENCE_S)
        return WHO.get(), threading.get_ident()

    def person(name: str, work: Any) -> Any:
        WHO.set(name)
        return store.write(work)

    with ThreadPoolExecutor(2) as people:
        ann = people.submit(person, "Ann", hold)
        assert begun.wait(PATIENCE_S)
        bo = people.submit(person, "Bo", lambda _conn: (WHO.get(), threading.get_ident()))
        until(lambda: store.waiting == 1)
        gate.set()
        (for_ann, thread), (for_bo, other) = ann.result(PATIENCE_S), bo.result(PATIENCE_S)
    assert (for_ann, for_bo) == ("Ann", "Bo")
    assert thread == other, "Bo's command was not carried out by Ann's thread, so this shows nothing"
