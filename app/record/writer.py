"""Who waits to write, and who writes: waiting commands together, a savepoint each, one commit, no answer before it.

There is no thread for it. Of the callers who wait the first carries out the commands of all, commits, and tells them; then
the next one that waits does the same. So a caller who is alone wakes nobody and is woken by nobody.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from contextvars import copy_context
from time import monotonic
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from app.record.troubles import Busy, Closed, NotSaved, PerhapsSaved

T = TypeVar("T")

MOST_TOGETHER = 64
"""Commands in one commit, at most; PostgreSQL keeps no more savepoints of a transaction at hand either."""

LONGEST = 0.020
"""Seconds of work after which a batch takes no further command."""

WAITING_ROOM = 256
"""Commands that may wait; one more is told to come back."""


class Turn(Protocol):
    """A transaction of the one who writes."""

    def carry_out(self, work: Callable[[Connection], Any]) -> Any:
        """Do one command behind a savepoint of its own; raise what it raises, once that command alone is undone.

        Raises Broken where nothing of this turn can be kept any more.
        """

    def commit(self) -> None:
        """Commit and let go; raise NotSaved where nothing is stored, PerhapsSaved where that cannot be known."""

    def undo(self) -> None:
        """Roll back and let go, whatever state it is in."""


class Broken(Exception):  # noqa: N818  # says what is so, like its neighbours
    """The turn's transaction is gone or of no use: no command of it is stored. Its cause says why."""


class _Job:
    """A command that waits, and the one lock by which its caller waits for it: a Future has three.

    Another caller's thread may carry it out: it does so in the context of the caller whose command it is, so that nothing
    of the one who leads (its request, its person) is ever taken for the other's.
    """

    __slots__ = ("_answer", "_context", "_failure", "_woken", "_work", "leads")

    def __init__(self, work: Callable[[Connection], Any]) -> None:
        self._work = work
        self._context = copy_context()
        self.leads = False
        self._answer: Any = None
        self._failure: BaseException | None = None
        self._woken = threading.Lock()
        self._woken.acquire()

    def carry_out(self, conn: Connection) -> Any:
        return self._context.run(self._work, conn)

    def tell(self, answer: Any, failure: BaseException | None) -> None:
        self._answer, self._failure = answer, failure
        self._woken.release()

    def ask_to_lead(self) -> None:
        self.leads = True
        self._woken.release()

    def wait(self) -> None:
        """Return once it was told what became of it, or is asked to lead."""
        self._woken.acquire()

    def result(self) -> Any:
        """Return the answer, or raise the failure."""
        if self._failure is not None:
            raise self._failure
        return self._answer


_Told = list[tuple[_Job, Any, BaseException | None]]
"""Each command of a batch with its answer or its failure."""


class Writer:
    """The one line of those who write. Commands go in by `write`, from any thread, and come back after commit."""

    def __init__(self, take_turn: Callable[[], Turn]) -> None:
        """Begin each batch by `take_turn`; what it raises is told to everybody who waits."""
        self._take_turn = take_turn
        self._waiting: deque[_Job] = deque()
        self._guard = threading.Condition(threading.Lock())
        self._closed = self._is_led = False
        self._leader = 0

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in its turn, answer once it is on disk; raise what it raised, Busy, NotSaved, PerhapsSaved or Closed."""
        if self.is_mine:
            raise RuntimeError(
                "a command inside a command would wait for itself for ever; use the connection it was given"
            )
        job = _Job(work)
        with self._guard:
            if self._closed:
                raise Closed("the record is closed; nothing was changed")
            if len(self._waiting) >= WAITING_ROOM:
                raise Busy(f"{WAITING_ROOM} commands are waiting already; nothing was changed. Try again in a moment.")
            self._waiting.append(job)
            job.leads, self._is_led = not self._is_led, True
        if not job.leads:
            self._wait(job)
        if job.leads:
            self._lead()
        answer: T = job.result()
        return answer

    @property
    def waiting(self) -> int:
        """How many commands wait for their turn."""
        return len(self._waiting)

    @property
    def is_mine(self) -> bool:
        """Say whether this thread is the one that writes at this moment."""
        return self._leader == threading.get_ident()

    def close(self, within_s: float | None = None) -> None:
        """Take no further command, and wait until those who wait are answered. A second call does nothing."""
        with self._guard:
            self._closed = True
            self._guard.wait_for(lambda: not self._is_led, within_s)

    def _wait(self, job: _Job) -> None:
        try:
            job.wait()
        except BaseException:
            self._leave(job)
            raise

    def _leave(self, job: _Job) -> None:
        """Interrupted while it waited: it is not begun any more, and whoever comes next leads in its place."""
        with self._guard:
            if job in self._waiting:
                self._waiting.remove(job)
        if job.leads:
            self._hand_on()

    def _lead(self) -> None:
        """Write for all who wait, this thread's own command first, and hand on before they are told."""
        told: _Told = []
        self._leader = threading.get_ident()
        try:
            told = self._batch()
        finally:
            self._leader = 0
            self._hand_on()
        for job, answer, failure in told:
            job.tell(answer, failure)

    def _hand_on(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting[0].ask_to_lead()
            else:
                self._is_led = False
                self._guard.notify_all()

    def _batch(self) -> _Told:
        """Carry out waiting commands and commit them together; whatever fails, everybody taken gets an answer."""
        taken: list[_Job] = []
        try:
            return self._together(taken)
        except Exception as error:  # noqa: BLE001  # the border of the writer: the batch fails, the next one is tried
            return [(job, None, _failure(error)) for job in taken or self._everyone()]
        except BaseException:
            for job in taken or self._everyone():
                job.tell(None, PerhapsSaved(INTERRUPTED))
            raise

    def _together(self, taken: list[_Job]) -> _Told:
        turn, told, began = self._take_turn(), list[tuple[_Job, Any, BaseException | None]](), monotonic()
        try:
            while (job := self._next(taken, began)) is not None:
                told.append(_carried_out(turn, job))
        except BaseException:
            turn.undo()
            raise
        turn.commit()
        return told

    def _next(self, taken: list[_Job], began: float) -> _Job | None:
        if taken and (len(taken) >= MOST_TOGETHER or monotonic() - began >= LONGEST):
            return None
        with self._guard:
            if not self._waiting:
                return None
            taken.append(self._waiting.popleft())
        return taken[-1]

    def _everyone(self) -> list[_Job]:
        """Take all who wait: where the database cannot even be reached, nobody is left to wait for a next try."""
        with self._guard:
            all_of_them = list(self._waiting)
            self._waiting.clear()
        return all_of_them


INTERRUPTED = (
    "the program was interrupted while it saved, and it is not known whether it did; look at the screen anew, or send the "
    "same again: it is never done twice"
)


def _carried_out(turn: Turn, job: _Job) -> tuple[_Job, Any, BaseException | None]:
    try:
        return job, turn.carry_out(job.carry_out), None
    except Broken:
        raise
    except Exception as error:  # noqa: BLE001  # the border of the writer: whatever a command raises undoes that command and goes to its caller
        return job, None, error


def _failure(error: Exception) -> Exception:
    """Return what each caller of a failed batch is told, an exception of its own: several threads raise it."""
    cause = (error.__cause__ or error) if isinstance(error, Broken) else error
    told = type(cause)(*cause.args) if isinstance(cause, TROUBLES) else not_saved(cause)
    told.__cause__ = cause
    return told


TROUBLES = (Busy, NotSaved, PerhapsSaved, Closed)


def not_saved(error: BaseException) -> NotSaved:
    """Return that nothing changed, and what the database said."""
    said = str(error.orig) if isinstance(error, DBAPIError) else str(error)
    return NotSaved(f"not saved; nothing changed ({' '.join(said.split())})")
