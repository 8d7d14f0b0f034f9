"""The record in a PostgreSQL database: any number of processes, one writer's turn that they take one after the other.

The commands that wait in a process share a transaction, a savepoint each. Its first statement waits for the record's one
lock, its first look at the data comes after: so it sees whatever was committed, and all that is written about a single
writer holds. The lock ends with the transaction, also when the process is killed.
Does not know what is written, nor what the database must be like (`app.record.postgres_fitness`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.record import grants, postgres, postgres_fitness
from app.record.troubles import Busy, CannotOpen, Closed, NotSaved, PerhapsSaved
from app.record.writer import Broken, Writer, not_saved

T = TypeVar("T")

WRITERS = (2, 0)
"""Connections that write: one has the turn or waits for it, one more for what is done beside."""

READERS = (8, 24)
"""Connections for readers that are kept, and how many more may be opened."""

PATIENCE_S = 8.0
"""How long a server that restarts, or another that takes over, is waited for."""

CLOSES_WITHIN_S = 30.0
"""How long commands at work are waited for at the end."""

AGAIN_S = 0.1
"""Between two tries to reach it."""

_TURN = f"{postgres.take_turn()}; SAVEPOINT command"
"""In one go, and so without values; the first command's savepoint costs no round trip of its own."""
_STATUS = text(f"SELECT pg_xact_status(CAST(CAST(:xid AS text) AS xid8)) AS status, {postgres.LINE} AS line")


class PostgresStore:
    """An open record. `open_database` has looked at it; each new connection is looked at again."""

    def __init__(self, url: URL, greet: postgres.Greet) -> None:
        """Prepare the connections; none is opened yet."""
        self.name = postgres.name_of(url)
        self._owner = os.getpid()
        self._closed = False
        self.working = False
        """Whether a command is at work; while it is, its thread ends no transaction."""
        self._reader = postgres.make_engine(
            url, isolation="REPEATABLE READ", read_only=True, greet=greet, pooled=READERS, pre_ping=True
        )
        self._written = postgres.make_engine(url, greet=greet, pooled=WRITERS)
        self._writer = Writer(self._take_turn)
        if isinstance(self._written.dialect, postgres.Dialect):
            self._written.dialect.before_end = self._only_we_end

    @property
    def engines(self) -> tuple[Engine, Engine]:
        """The engines of the readers and of the writers, for hooks that watch what is asked of the database."""
        return self._reader, self._written

    @property
    def waiting(self) -> int:
        """How many commands of this process wait to be written."""
        return self._writer.waiting

    @property
    def is_shared(self) -> bool:
        """Any number of processes may write, in turn."""
        return True

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection of the caller's own that sees one moment of the record and cannot write."""
        self._may_be_used()
        try:
            conn = self._reader.connect()
        except (DBAPIError, CannotOpen) as error:
            raise NotSaved(f"the record cannot be read at this moment ({_reason(error)}); nothing changed") from error
        except PoolTimeoutError as error:
            raise Busy("too many are reading at this moment; nothing was changed. Try again in a moment.") from error
        try:
            with conn, conn.begin():
                yield conn
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            raise NotSaved(f"the record went away while it was read ({_reason(error)}); nothing changed") from error

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in its turn, inside its own savepoint, and return its answer once it is on disk."""
        self._may_be_used()
        return self._writer.write(work)

    def forget_log(self) -> None:
        """Write the tables of patients' texts and messages anew, where this role may: their old pages are given back.

        The write-ahead log and its archive are the database's own; they are forgotten by its rules of retention. Whoever asks
        for a table stands behind one who waits for it whole: so this waits briefly, and raises Busy where somebody holds it.
        """
        self._may_be_used()
        with self._written.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            conn.execute(text(f"SET lock_timeout = {FORGET_WAIT_MS}"))
            try:
                for table in grants.FORGETS:
                    if conn.execute(text(f"SELECT has_table_privilege('{table}', 'MAINTAIN')")).scalar_one():
                        conn.execute(text(f"VACUUM FULL {table}"))
            except DBAPIError as error:
                if postgres.sqlstate(error) != LOCK_NOT_AVAILABLE:
                    raise
                raise Busy(
                    "the table is in use, and its old pages are still there; purge again when it is quiet"
                ) from error
            finally:
                conn.execute(text(f"SET lock_timeout = {postgres.WAIT_MS}"))

    def close(self) -> None:
        """Take no further command, wait for those at work, and close every connection. A second call does nothing."""
        self._closed = True
        if self._owner == os.getpid():
            self._writer.close(CLOSES_WITHIN_S)
        self._reader.dispose()
        self._written.dispose()

    def _may_be_used(self) -> None:
        if os.getpid() != self._owner:
            raise Closed("this process was forked after the record was opened; open it in the worker, never before")
        if self._closed:
            raise Closed("the record is closed; nothing was changed")

    def _take_turn(self) -> _Turn:
        """Begin and wait for the lock. Nothing of the command has run yet, so a connection found dead is replaced."""
        until = monotonic() + PATIENCE_S
        while True:
            try:
                return _Turn(self)
            except PoolTimeoutError as error:
                raise Busy("too many commands are waiting; nothing was changed. Try again in a moment.") from error
            except CannotOpen as error:
                raise NotSaved(f"not saved; nothing changed ({error})") from error
            except DBAPIError as error:
                if postgres.sqlstate(error) == LOCK_NOT_AVAILABLE:
                    raise Busy("the writer's turn did not come; nothing was changed. Try again in a moment.") from error
                if not postgres.is_lost(error) or monotonic() > until:
                    raise not_saved(error) from error
            time.sleep(AGAIN_S)

    def became(self, xid: str, line: str, error: DBAPIError) -> str:
        """Return committed or aborted, as the same server says; raise PerhapsSaved where it does not answer in time."""
        until = monotonic() + PATIENCE_S
        while monotonic() < until:
            try:
                with self._reader.connect() as conn:
                    row = conn.execute(_STATUS, {"xid": xid}).one()
            except (SQLAlchemyError, CannotOpen):
                row = None
            if row is not None and row.line == line and row.status in {"committed", "aborted"}:
                return str(row.status)
            time.sleep(AGAIN_S)
        raise PerhapsSaved(
            "the database went away while it saved, and does not say whether it did; look at the screen anew, or send the "
            "same again: it is never done twice"
        ) from error

    def _only_we_end(self) -> None:
        if self.working and self._writer.is_mine:
            raise RuntimeError("a command neither commits nor rolls back; it returns, or raises")


class _Turn:
    """The transaction of the commands that are written together, with the lock taken."""

    def __init__(self, store: PostgresStore) -> None:
        self._store = store
        self._conn = store.engines[1].connect()
        try:
            self._transaction = self._conn.begin()
            told = self._say(_TURN)
            self._xid, self._line = str(told.xid), str(told.line)
        except BaseException:
            self._let_go()
            raise
        self._is_first = True

    def carry_out(self, work: Callable[[Connection], Any]) -> Any:
        if not self._is_first:
            self._savepoint("RELEASE command; SAVEPOINT command")
        self._is_first = False
        try:
            answer = self._done(work)
        except Exception as error:
            if not self._is_whole:
                raise Broken from error
            self._savepoint("ROLLBACK TO command")
            told = _in_words(error)
            if told is None:
                raise
            raise told from error
        if not self._is_whole:
            raise Broken from RuntimeError("a command ended the transaction of all")
        return answer

    def _done(self, work: Callable[[Connection], Any]) -> Any:
        self._store.working = True
        try:
            return work(self._conn)
        finally:
            self._store.working = False

    def commit(self) -> None:
        """Commit; where the connection is lost over it, ask the database what became of this transaction."""
        try:
            self._transaction.commit()
        except DBAPIError as error:
            self._let_go(lost=True)
            if postgres.sqlstate(error)[:2] in PASSING | {"23"}:
                raise not_saved(error) from error
            if self._store.became(self._xid, self._line, error) == "aborted":
                raise not_saved(error) from error
        except BaseException:
            self.undo()
            raise
        else:
            self._let_go()

    def undo(self) -> None:
        """Roll back; where that fails or a command meddled, throw the connection away, which undoes it too."""
        lost = not self._is_whole
        try:
            if not lost:
                self._transaction.rollback()
        except Exception:  # noqa: BLE001  # whatever it is: a connection thrown away undoes what it did
            lost = True
        self._let_go(lost=lost)

    @property
    def _is_whole(self) -> bool:
        return self._transaction.is_active and not self._conn.invalidated

    def _savepoint(self, words: str) -> None:
        try:
            self._say(words)
        except DBAPIError as error:
            raise Broken from error

    def _say(self, words: str) -> Any:
        """Have the driver ask it as it stands, several statements at once, and return the first answer's row if any."""
        said = self._conn.exec_driver_sql(words, execution_options={"no_parameters": True})
        return said.one() if said.returns_rows else None

    def _let_go(self, *, lost: bool = False) -> None:
        if lost:
            self._conn.invalidate()
        self._conn.close()


LOCK_NOT_AVAILABLE = "55P03"

FORGET_WAIT_MS = 2_000
"""How long a table is waited for that is to be written anew: every message stands behind it meanwhile."""

PASSING = frozenset({"40", "53", "58"})
"""Classes of trouble that are the server's and pass: serialization and deadlock, no room or connection, its own disk."""


def _in_words(error: Exception) -> Exception | None:
    """Return what the caller of a command hears that the server alone made fail, None where it was the command itself."""
    if not isinstance(error, DBAPIError):
        return None
    state = postgres.sqlstate(error)
    if state in {LOCK_NOT_AVAILABLE, "57014"}:
        return Busy("a row is held by somebody else; nothing was changed. Try again in a moment.")
    return not_saved(error) if postgres.is_lost(error) or state[:2] in PASSING else None


def _reason(error: BaseException) -> str:
    said = str(error.orig) if isinstance(error, DBAPIError) else str(error)
    return " ".join(said.split())


def open_database(url: URL, software: str) -> PostgresStore:
    """Look whether the database is fit to keep a record, and open it for serving; raise CannotOpen with every reason."""
    postgres_fitness.refuse_unfit(url, software)
    store = PostgresStore(url, postgres_fitness.greeting(url, software))
    try:
        store.engines[0].connect().close()  # greets: raises CannotOpen for a clock that differs or an upgrade under way
    except BaseException:
        store.close()
        raise
    return store
