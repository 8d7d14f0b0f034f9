"""The record in a PostgreSQL database: any number of processes, one writer's turn that they take one after the other.

Each command is its own transaction. Its first statement waits for the record's one lock, its first look at the data comes
after: so it sees whatever was committed, and all that is written about a single writer holds. The lock ends with the
transaction, also when the process is killed. Does not know what is written, nor what the database must be like
(`app.record.postgres_fitness`).
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import URL, Connection, Engine, RootTransaction, event, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.record import postgres, postgres_fitness
from app.record.troubles import Busy, CannotOpen, Closed, NotSaved, PerhapsSaved

T = TypeVar("T")

WAITING_ROOM = 256
"""Commands of this process that may wait; one more is told to come back."""

IN_LINE = 3
"""Connections of this process that stand in the database's line at once: one works, the others wait there for their turn,
which the database gives in the order of asking."""

READERS = (8, 24)
"""Connections for readers that are kept, and how many more may be opened."""

PATIENCE_S = 8.0
"""How long a server that restarts, or another that takes over, is waited for."""

CLOSES_WITHIN_S = 30.0
"""How long commands at work are waited for at the end."""

AGAIN_S = 0.1
"""Between two tries to reach it."""

_TURN = text(postgres.take_turn())
_STATUS = text(f"SELECT pg_xact_status(CAST(CAST(:xid AS text) AS xid8)) AS status, {postgres.LINE} AS line")


class _Turn(NamedTuple):
    """One command's transaction, with the lock taken."""

    conn: Connection
    transaction: RootTransaction
    xid: str
    line: str


class PostgresStore:
    """An open record. `open_database` has looked at it; each new connection is looked at again."""

    def __init__(self, url: URL, greet: postgres.Greet) -> None:
        """Prepare the connections; none is opened yet."""
        self.name = postgres.name_of(url)
        self._owner = os.getpid()
        self._closed = False
        self._count = 0
        self._counting = threading.Condition()
        self._inside = threading.local()
        self._reader = postgres.make_engine(
            url, isolation="REPEATABLE READ", read_only=True, greet=greet, pooled=READERS, pre_ping=True
        )
        self._written = postgres.make_engine(url, greet=greet, pooled=(IN_LINE, 0))
        event.listen(self._written, "commit", self._only_we_end)
        event.listen(self._written, "rollback", self._only_we_end)

    @property
    def engines(self) -> tuple[Engine, Engine]:
        """The engines of the readers and of the writers, for hooks that watch what is asked of the database."""
        return self._reader, self._written

    @property
    def waiting(self) -> int:
        """How many commands of this process wait to be written or are at it."""
        return self._count

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
        """Run `work` in this command's turn and transaction, and return its answer once it is on disk."""
        self._may_be_used()
        if getattr(self._inside, "turn", False):
            raise RuntimeError(
                "a command inside a command would wait for itself for ever; use the connection it was given"
            )
        with self._waiting():
            turn = self._take_turn()
            with turn.conn:
                answer = self._carry_out(turn, work)
                self._commit(turn)
        return answer

    def forget_log(self) -> None:
        """Write the table of patients' texts anew, where this role may: the old pages and their text are given back.

        The write-ahead log and its archive are the database's own; they are forgotten by its rules of retention.
        """
        self._may_be_used()
        self._ending(self._write_texts_anew)

    def _write_texts_anew(self) -> None:
        with self._written.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            if conn.execute(text("SELECT has_table_privilege('order_text', 'MAINTAIN')")).scalar_one():
                conn.execute(text("VACUUM FULL order_text"))

    def close(self) -> None:
        """Take no further command, wait for those at work, and close every connection. A second call does nothing."""
        self._closed = True
        if self._owner == os.getpid():
            with self._counting:
                self._counting.wait_for(lambda: self._count == 0, CLOSES_WITHIN_S)
        self._reader.dispose()
        self._written.dispose()

    def _may_be_used(self) -> None:
        if os.getpid() != self._owner:
            raise Closed("this process was forked after the record was opened; open it in the worker, never before")
        if self._closed:
            raise Closed("the record is closed; nothing was changed")

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        with self._counting:
            if self._count >= WAITING_ROOM:
                raise Busy(f"{WAITING_ROOM} commands are waiting already; nothing was changed. Try again in a moment.")
            self._count += 1
        try:
            yield
        finally:
            with self._counting:
                self._count -= 1
                self._counting.notify_all()

    def _take_turn(self) -> _Turn:
        """Begin and wait for the lock. Nothing of the command has run yet, so a connection found dead is replaced."""
        until = monotonic() + PATIENCE_S
        while True:
            try:
                return self._begin()
            except PoolTimeoutError as error:
                raise Busy("too many commands are waiting; nothing was changed. Try again in a moment.") from error
            except CannotOpen as error:
                raise NotSaved(f"not saved; nothing changed ({error})") from error
            except DBAPIError as error:
                if postgres.sqlstate(error) == LOCK_NOT_AVAILABLE:
                    raise Busy("the writer's turn did not come; nothing was changed. Try again in a moment.") from error
                if not postgres.is_lost(error) or monotonic() > until:
                    raise _not_saved(error) from error
            time.sleep(AGAIN_S)

    def _begin(self) -> _Turn:
        conn = self._written.connect()
        try:
            transaction = conn.begin()
            row = conn.execute(_TURN).one()
        except BaseException:
            self._give_back(conn)
            raise
        return _Turn(conn, transaction, row.xid, row.line)

    def _carry_out(self, turn: _Turn, work: Callable[[Connection], T]) -> T:
        self._inside.turn = True
        try:
            return work(turn.conn)
        except DBAPIError as error:
            self._undo(turn)
            if postgres.sqlstate(error) in {LOCK_NOT_AVAILABLE, "57014"}:
                raise Busy("a row is held by somebody else; nothing was changed. Try again in a moment.") from error
            if postgres.is_lost(error) or postgres.sqlstate(error)[:2] in PASSING:
                raise _not_saved(error) from error
            raise
        except BaseException:
            self._undo(turn)
            raise
        finally:
            self._inside.turn = False

    def _commit(self, turn: _Turn) -> None:
        """Commit; where the connection is lost over it, ask the database what became of this transaction."""
        try:
            self._ending(turn.transaction.commit)
        except DBAPIError as error:
            self._give_back(turn.conn, lost=True)
            if postgres.sqlstate(error)[:2] in PASSING | {"23"} or self._became(turn, error) == "aborted":
                raise _not_saved(error) from error
        except BaseException:
            self._undo(turn)
            raise

    def _became(self, turn: _Turn, error: DBAPIError) -> str:
        """Return committed or aborted, as the same server says; raise PerhapsSaved where it does not answer in time."""
        until = monotonic() + PATIENCE_S
        while monotonic() < until:
            try:
                with self._reader.connect() as conn:
                    row = conn.execute(_STATUS, {"xid": turn.xid}).one()
            except (SQLAlchemyError, CannotOpen):
                row = None
            if row is not None and row.line == turn.line and row.status in {"committed", "aborted"}:
                return str(row.status)
            time.sleep(AGAIN_S)
        raise PerhapsSaved(
            "the database went away while it saved, and does not say whether it did; look at the screen anew, or send the "
            "same again: it is never done twice"
        ) from error

    def _undo(self, turn: _Turn) -> None:
        """Roll back; where that fails or the command meddled, throw the connection away, which undoes it too."""
        if not turn.transaction.is_active:
            self._give_back(turn.conn, lost=True)
            return
        try:
            self._ending(turn.transaction.rollback)
        except SQLAlchemyError:
            self._give_back(turn.conn, lost=True)

    def _give_back(self, conn: Connection, *, lost: bool = False) -> None:
        if lost:
            conn.invalidate()
        self._ending(conn.close)

    def _ending(self, end: Callable[[], Any]) -> None:
        self._inside.may_end = True
        try:
            end()
        finally:
            self._inside.may_end = False

    def _only_we_end(self, _conn: Connection) -> None:
        if not getattr(self._inside, "may_end", False):
            raise RuntimeError("a command neither commits nor rolls back; it returns, or raises")


LOCK_NOT_AVAILABLE = "55P03"

PASSING = frozenset({"40", "53", "58"})
"""Classes of trouble that are the server's and pass: serialization and deadlock, no room or connection, its own disk."""


def _not_saved(error: BaseException) -> NotSaved:
    return NotSaved(f"not saved; nothing changed ({_reason(error)})")


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
