"""Several processes print: each label comes out of the process that has its station, once, and none is lost with a process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg
import pytest
from sqlalchemy import Connection

from app import label_documents, outbox_worker
from app.clock import now
from app.dispatch import Dispatcher
from app.health import checks, facts
from app.outbox_worker import HOLD, LabelPrinter
from app.record import outbox
from app.record.blobs import Blobs
from app.record.engine import NotSaved, Store, open_store
from app.record.outbox import Entry
from app.settings import Settings
from tests import pharmacy
from tests.pharmacy import Set
from tests.postgres.databases import Database, plain
from tests.postgres.furnished import Furnished, rooms_of, settings_of
from tests.record.conftest import NOON


class Killed(BaseException):
    """The process ended here."""


@dataclass
class Node:
    """One process: its settings, its connections, its printer, and the queue behind it that takes each document away."""

    settings: Settings
    store: Store
    printer: LabelPrinter
    ahead: timedelta = timedelta(0)
    out: list[str] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.settings.data_dir / "labels"

    def prints(self) -> bool:
        """One row; whatever lies in the folder afterwards goes to paper."""
        try:
            return self.printer.step()
        finally:
            self.takes_away()

    def takes_away(self) -> None:
        for one in sorted(self.folder.glob("[!.]*.pdf")) if self.folder.is_dir() else ():
            self.out.append(one.name)
            one.unlink()


def process(folder: Path, record: Furnished, station: str) -> Node:
    settings = settings_of(folder, record.database, record.photos, station)
    store = open_store(settings)
    node = Node(settings, store, LabelPrinter(Dispatcher(store, settings), Blobs(settings.photos), now))
    node.printer._now = lambda: now() + node.ahead
    return node


@dataclass
class Department:
    """Two processes over one record, each with a station; a bag is ready to be claimed at the first's."""

    one: Node
    other: Node
    rooms: Set
    preparation: str

    def claim(self) -> None:
        pharmacy.advance(self.rooms, self.preparation, "cabinet")

    def waiting(self) -> tuple[Entry, ...]:
        with self.rooms.store.reading() as conn:
            return outbox.unfinished(conn)

    def labels(self) -> list[tuple[str, int]]:
        return [(one.label_id, one.copy) for one in pharmacy.current(self.rooms, self.preparation).labels]


@pytest.fixture
def department(tmp_path: Path, copied: Furnished) -> Iterator[Department]:
    with ExitStack() as closing:
        one, other = (process(tmp_path / name, copied, name) for name in (pharmacy.STATION, "HOOD-2"))
        closing.callback(one.store.close)
        closing.callback(other.store.close)
        yield Department(one, other, rooms_of(one.store, one.settings), copied.preparation)


def test_q73_a_label_comes_out_of_the_process_that_has_its_station_and_of_no_other(department: Department) -> None:
    department.claim()
    assert [department.other.prints() for _ in range(3)] == [False] * 3
    assert [department.one.prints(), department.one.prints()] == [True, False]
    assert (len(department.one.out), department.other.out, department.waiting()) == (1, [], ())


DEATHS = ("render", "hand_over", "_report", "_settle")


@pytest.mark.parametrize("point", DEATHS)
def test_q73_what_a_killed_process_had_in_hand_is_printed_once_by_whoever_takes_its_station_over(
    department: Department, point: str
) -> None:
    """The print queue takes every document away at once: a second one would be a second piece of paper."""
    one = department.one
    department.claim()
    target = {"render": label_documents, "hand_over": outbox_worker}.get(point, LabelPrinter)
    with patch.object(target, point, side_effect=Killed), pytest.raises(Killed):
        one.prints()
    after = Node(one.settings, one.store, LabelPrinter(one.printer._dispatcher, Blobs(one.settings.photos), now))
    after.printer._now = lambda: now() + after.ahead
    assert not after.prints(), "the dead process's hold has not run out"
    after.ahead = HOLD + timedelta(seconds=1)
    assert after.prints()
    assert department.waiting() == ()
    (label,) = department.labels()
    assert one.out + after.out == [f"in-process-{label[0]}-{label[1]}.pdf"]
    assert [path.name for path in one.folder.iterdir()] == [], "no mark is left"


def test_q73_a_process_that_slept_through_its_hold_prints_nothing_any_more(department: Department) -> None:
    """It took the row, slept for minutes with the document drawn, and another process has printed it meanwhile."""
    department.claim()
    one = department.one
    late = Node(one.settings, one.store, LabelPrinter(one.printer._dispatcher, Blobs(one.settings.photos), now))
    late.printer._now = lambda: now() + HOLD + timedelta(seconds=1)
    real, asleep = label_documents.render, [True]

    def render(value: Any, stock: str, dpi: int) -> Any:
        if asleep:
            asleep.clear()
            assert late.prints()
        return real(value, stock, dpi)

    with patch.object(label_documents, "render", render):
        one.prints()
    assert (len(one.out), len(late.out)) == (0, 1)
    assert len(department.labels()) == 1
    assert department.waiting() == ()


def test_where_nothing_is_to_be_printed_no_process_takes_the_writers_turn(department: Department) -> None:
    for node in (department.one, department.other):
        with patch.object(node.store, "write", side_effect=AssertionError("a turn for nothing")):
            assert not node.prints()
    department.claim()
    with patch.object(department.other.store, "write", side_effect=AssertionError("a turn for another's label")):
        assert not department.other.prints()
    assert department.one.prints()


def test_a_label_that_came_out_while_the_database_was_away_is_told_later_and_comes_out_once(
    department: Department,
) -> None:
    department.claim()
    one = department.one
    with patch.object(LabelPrinter, "_report", side_effect=NotSaved("not saved; nothing changed (away)")):
        one.prints()
    (row,) = department.waiting()
    assert (row.status, row.says) == ("waiting", "The record could not be reached: not saved; nothing changed (away)")
    one.ahead = timedelta(seconds=10)
    assert one.prints()
    assert (len(one.out), department.waiting()) == (1, ())


def test_a_station_whose_process_is_away_is_named_by_the_others_and_stops_none_of_them(department: Department) -> None:
    department.claim()
    later = now() + timedelta(minutes=3)
    with department.other.store.reading() as conn:
        seen = facts._printing(conn, department.other.settings, later)
    (away,) = seen.away
    assert (away[0], seen.oldest, seen.stuck) == (pharmacy.STATION, None, 0)
    said = checks.printing(facts.Facts(later, printing=seen), department.other.settings)
    assert (said.state, said.says) == ("look", f"Labels wait for the process that has the instruments of {away[0]}.")
    with department.one.store.reading() as conn:
        mine = facts._printing(conn, department.one.settings, later)
    assert checks.printing(facts.Facts(later, printing=mine), department.one.settings).state == "stop"


@contextmanager
def somebody_holds(database: Database, row: int) -> Iterator[None]:
    """An administrator's open transaction has locked a row and went for coffee."""
    with psycopg.connect(plain(database.admin_url)) as conn:
        conn.execute("SELECT * FROM outbox WHERE id = %s FOR UPDATE", (row,))
        yield
        conn.rollback()


def test_a_row_that_an_administrator_holds_stops_neither_the_others_nor_the_writers_turn(
    department: Department, copied: Furnished
) -> None:
    def put(conn: Connection, lane: str) -> int:
        return outbox.put(conn, kind="other", lane=lane, payload={}, at=NOON, command_id=lane)

    store = department.rooms.store
    held, _ = store.write(lambda conn: put(conn, "a")), store.write(lambda conn: put(conn, "a"))
    free = store.write(lambda conn: put(conn, "b"))

    def take(at: datetime = NOON) -> int | None:
        found = store.write(lambda conn: outbox.take(conn, kinds=["other"], worker="w", at=at, hold=HOLD))
        return found.id if found else None

    with somebody_holds(copied.database, held):
        assert [take(), take()] == [free, None], "the row behind the held one waits for it"
    assert take() == held
