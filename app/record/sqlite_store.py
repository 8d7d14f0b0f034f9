"""The record in one SQLite file: one who writes at a time, a connection a reader. `app.record.engine.open_store` makes it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from app.record import sqlite, upgrade
from app.record.schema import append_only_tables, schema_faults
from app.record.sqlite import FileLock
from app.record.troubles import CannotOpen, Closed
from app.record.writer import Broken, Writer

T = TypeVar("T")

CLOSES_WITHIN_S = 60.0
"""How long commands at work are waited for at the end."""


class SqliteStore:
    """An open record. Readers read beside each other and beside the writer; commands are written in groups."""

    def __init__(self, path: Path, lock: FileLock) -> None:
        """Prepare writer and readers; `open_file` has checked `path`, and `close` gives back `lock`."""
        guarded = append_only_tables()
        self.path = path
        self.name = str(path)
        self._lock = lock
        self._owner = os.getpid()
        self._reader = sqlite.make_engine(
            path, begin="BEGIN", append_only=guarded, pragmas={**sqlite.PRAGMAS, "query_only": 1}
        )
        self._written = sqlite.make_engine(path, begin="BEGIN IMMEDIATE", append_only=guarded)
        self._may_end = True
        self._writing: Connection | None = None
        self._writer = Writer(lambda: _Turn(self))
        if isinstance(self._written.dialect, sqlite.Dialect):
            self._written.dialect.before_end = self._only_we_end

    @property
    def engines(self) -> tuple[Engine, Engine]:
        """The engines of the readers and of the writer, for hooks that watch what is asked of the database."""
        return self._reader, self._written

    @property
    def waiting(self) -> int:
        """How many commands wait to be written."""
        return self._writer.waiting

    @property
    def is_shared(self) -> bool:
        """A file has one process that writes."""
        return False

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection of the caller's own that sees one moment of the record and cannot write."""
        self._same_process()
        with self._reader.connect() as conn, conn.begin():
            yield conn

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in its turn, inside its own savepoint, and return its answer once it is on disk."""
        self._same_process()
        return self._writer.write(work)

    def forget_log(self) -> None:
        """Move the write-ahead log into the file and empty it, so that purged text is in neither."""
        self._same_process()
        with self._written.connect() as conn:
            raw = conn.connection.driver_connection
            if raw is not None:
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def close(self) -> None:
        """Finish the waiting commands and close every connection. A second call does nothing."""
        if self._owner == os.getpid():
            self._writer.close(CLOSES_WITHIN_S)
        if self._writing is not None:
            self._writing.close()
        self._reader.dispose()
        self._written.dispose()
        self._lock.release()

    def _writers_own(self) -> Connection:
        """Return the connection that writes, made anew where the last was thrown away: taken from a pool, it would cost a
        fifth of what an event costs."""
        if self._writing is None or self._writing.closed:
            self._writing = self._written.connect()
        return self._writing

    def _only_we_end(self) -> None:
        if not self._may_end and self._writer.is_mine:
            raise RuntimeError("a command neither commits nor rolls back; it returns, or raises")

    def _same_process(self) -> None:
        if os.getpid() != self._owner:
            raise Closed("this process was forked after the record was opened; open it in the worker, never before")


class _Turn:
    """The one transaction that writes."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store
        self._conn = store._writers_own()
        try:
            self._transaction = self._conn.begin()
            self._driver: Any = self._conn.connection.driver_connection
        except BaseException:
            self._conn.close()
            raise
        self._trouble: type[Exception] = self._conn.dialect.loaded_dbapi.Error
        store._may_end = False

    def carry_out(self, work: Callable[[Connection], Any]) -> Any:
        self._say("SAVEPOINT command")
        try:
            answer = work(self._conn)
        except Exception as error:
            self._say("ROLLBACK TO command", because=error)
            self._say("RELEASE command", because=error)
            raise
        self._say("RELEASE command")
        return answer

    def _say(self, words: str, because: Exception | None = None) -> None:
        """Tell the driver itself: a savepoint by SQLAlchemy costs as much as an event (docs/performance.md).

        Where SQLite has rolled back by itself, as on a full disk, there is no savepoint, and the first trouble is the cause.
        """
        try:
            self._driver.execute(words)
        except self._trouble as error:
            raise Broken from (because if isinstance(because, DBAPIError) else error)

    def commit(self) -> None:
        self._store._may_end = True
        try:
            self._transaction.commit()
        except BaseException:
            self.undo()
            raise

    def undo(self) -> None:
        """Roll back, and keep the connection where that can be done: on a full disk a new one may not open.

        The driver first: of a commit that failed, or a command that meddled, SQLAlchemy takes the transaction for ended.
        """
        self._store._may_end = True
        try:
            self._driver.rollback()
            self._transaction.rollback()
            is_clean = self._conn.get_transaction() is None
        except Exception:  # noqa: BLE001  # whatever it is: a connection thrown away undoes what it did
            is_clean = False
        if not is_clean:
            self._conn.invalidate()
            self._conn.close()


def open_file(path: Path) -> SqliteStore:
    """Open the file for serving, making a new one where there is none.

    Raises CannotOpen, with a sentence, for an unsafe SQLite, a network share, a second process, a setting SQLite did
    not take, a schema older or newer than this release, and any table or trigger that is missing, changed or strange.
    """
    sqlite.driver()
    path.parent.mkdir(parents=True, exist_ok=True)
    sqlite.refuse_network_share(path.parent)
    lock = FileLock(path)
    try:
        if upgrade.is_new(path):
            upgrade.upgrade_locked(path)
        check_schema(path)
        return SqliteStore(path, lock)
    except BaseException:
        lock.release()
        raise


def check_schema(path: Path) -> None:
    """Raise CannotOpen unless the file is at the newest migration and holds every table and trigger as installed."""
    engine = sqlite.make_engine(path, begin="BEGIN", pooled=False)
    try:
        with engine.connect() as conn:
            behind = upgrade.difference(conn)
            faults = (behind,) if behind else schema_faults(conn)
    except DBAPIError as error:
        says = f"{path} cannot be read as a database ({error.orig}). Restore the last backup; keep this file for the inquiry."
        raise CannotOpen(says) from error
    finally:
        engine.dispose()
    if faults:
        raise CannotOpen(f"{path} is not fit to keep a record: " + "; ".join(faults) + ".")
