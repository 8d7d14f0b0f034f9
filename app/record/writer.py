"""The one thread that writes: waiting commands together, a savepoint each, one commit, no answer before it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, RootTransaction
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from app.record.sqlite import Dialect
from app.record.troubles import Busy, Closed, NotSaved

T = TypeVar("T")

MOST_TOGETHER = 64
"""Commands in one commit, at most."""

LONGEST = 0.020
"""Seconds of work after which a batch takes no further command."""

WAITING_ROOM = 256
"""Commands that may wait; one more is told to come back."""


class _Job:
    """A command that waits, and the one lock by which its caller waits for it: a Future has three."""

    __slots__ = ("_answer", "_failure", "_told", "work")

    def __init__(self, work: Callable[[Connection], Any]) -> None:
        self.work = work
        self._answer: Any = None
        self._failure: BaseException | None = None
        self._told = threading.Lock()
        self._told.acquire()

    def answer(self, answer: Any) -> None:
        self._answer = answer
        self._told.release()

    def fail(self, failure: BaseException) -> None:
        self._failure = failure
        self._told.release()

    def wait(self) -> Any:
        """Return the answer, or raise the failure, once it was told."""
        self._told.acquire()
        if self._failure is not None:
            raise self._failure
        return self._answer


class Writer:
    """Owns the only connection that writes. Commands go in by `write`, from any thread, and come back after commit."""

    def __init__(self, engine: Engine, name: str = "record-writer") -> None:
        """Start the thread; it opens its own connection."""
        self._engine = engine
        self._waiting: deque[_Job] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._may_end = True
        if isinstance(engine.dialect, Dialect):
            engine.dialect.before_end = self._only_we_end
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in its turn, answer once it is on disk; raise what it raised, Busy, NotSaved or Closed."""
        if threading.current_thread() is self._thread:
            raise RuntimeError(
                "a command inside a command would wait for itself for ever; use the connection it was given"
            )
        job = _Job(work)
        with self._changed:
            if self._closed:
                raise Closed("the record is closed; nothing was changed")
            if len(self._waiting) >= WAITING_ROOM:
                raise Busy(f"{WAITING_ROOM} commands are waiting already; nothing was changed. Try again in a moment.")
            self._waiting.append(job)
            self._changed.notify()
        answer: T = job.wait()
        return answer

    @property
    def waiting(self) -> int:
        """How many commands wait for their turn."""
        return len(self._waiting)

    def close(self) -> None:
        """Finish what is waiting, then end the thread. A second call does nothing."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _only_we_end(self) -> None:
        if not self._may_end and threading.current_thread() is self._thread:
            raise RuntimeError("a command neither commits nor rolls back; it returns, or raises")

    def _run(self) -> None:
        try:
            while self._wait():
                self._batch()
        finally:
            self._turn_away()

    def _wait(self) -> bool:
        with self._changed:
            while not self._waiting and not self._closed:
                self._changed.wait()
            return bool(self._waiting)

    def _turn_away(self) -> None:
        """Answer whoever still waits when the thread ends, so that nobody waits for ever."""
        with self._changed:
            self._closed = True
        for job in self._everyone():
            job.fail(Closed("the record is closed; nothing was changed"))

    def _next(self) -> _Job | None:
        with self._changed:
            return self._waiting.popleft() if self._waiting else None

    def _everyone(self) -> list[_Job]:
        """Take all who wait: where the database cannot even be reached, nobody is left to wait for a next try."""
        with self._changed:
            all_of_them = list(self._waiting)
            self._waiting.clear()
        return all_of_them

    def _batch(self) -> None:
        """Carry out waiting commands and commit them together; whatever fails, everybody taken gets an answer."""
        taken: list[_Job] = []
        outcomes: list[Callable[[], None]] = []
        try:
            with self._engine.connect() as conn:
                self._fill(conn, taken, outcomes)
        except Exception as error:  # noqa: BLE001  # the border of the writer: the batch fails, the next one is tried
            outcomes = [_failing(job, error) for job in taken or self._everyone()]
        except BaseException as error:
            for job in taken:
                _failing(job, error)()
            raise
        for tell in outcomes:
            tell()

    def _fill(self, conn: Connection, taken: list[_Job], outcomes: list[Callable[[], None]]) -> None:
        began = monotonic()
        first = self._next()
        if first is None:
            return
        taken.append(first)
        self._may_end = False
        transaction = conn.begin()
        try:
            job: _Job | None = first
            while job is not None:
                outcomes.append(_carry_out(conn, job))
                job = self._next() if len(taken) < MOST_TOGETHER and monotonic() - began < LONGEST else None
                if job is not None:
                    taken.append(job)
            self._may_end = True
            transaction.commit()
        except BaseException:
            self._may_end = True
            _undo(conn, transaction)
            raise


def _undo(conn: Connection, transaction: RootTransaction) -> None:
    """Roll the batch back; where even that fails, throw the connection away, which undoes it too."""
    try:
        transaction.rollback()
    except SQLAlchemyError:
        conn.invalidate()


def _carry_out(conn: Connection, job: _Job) -> Callable[[], None]:
    """Do one command behind its savepoint; return how its caller will be told, after the commit."""
    ask = _straight(conn)
    ask("SAVEPOINT command")
    try:
        answer = job.work(conn)
    except Exception as error:  # noqa: BLE001  # the border of the writer: whatever a command raises undoes that command and goes to its caller
        ask("ROLLBACK TO command")
        ask("RELEASE command")
        return _raising(job, error)
    ask("RELEASE command")
    return lambda: job.answer(answer)


def _straight(conn: Connection) -> Callable[[str], object]:
    """Return the driver's own way of asking: a savepoint by SQLAlchemy costs as much as an event (docs/performance.md)."""
    driver: Any = conn.connection.driver_connection
    execute: Callable[[str], object] = driver.execute
    return execute


def _raising(job: _Job, error: Exception) -> Callable[[], None]:
    return lambda: job.fail(error)


def _failing(job: _Job, cause: BaseException) -> Callable[[], None]:
    failure = NotSaved(f"not saved; nothing changed ({_reason(cause)})")
    failure.__cause__ = cause
    return lambda: job.fail(failure)


def _reason(error: BaseException) -> str:
    return str(error.orig) if isinstance(error, DBAPIError) else str(error)
