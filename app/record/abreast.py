"""Reads a long record with several processes at once: each does one job after the other, the answers come in order.

Each process has a connection of its own, which sees what was committed when its job began: at least all that the one who
asks sees, since nothing is ever taken away.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from app.record.place import Place, read_only

Job = TypeVar("Job")
Answer = TypeVar("Answer")

MOST = 8
"""Processes at most: beyond it they wait for the one who puts their answers together."""
AHEAD = 2
"""Jobs that each process is given before the first answer is fetched: answers that wait take memory."""


def every_core() -> int:
    """Return how many processes may read at once where nobody else is to be spared: one for each processor."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(allowed, MOST)


@dataclass(frozen=True)
class Hands:
    """Who reads a record: this process alone, or others beside it."""

    place: Place
    """Where the record lies."""
    count: int = 1
    """Processes that read at once; with one there is none beside this."""

    def in_order(
        self, what: Callable[[Connection, Any, Job], Answer], given: Any, jobs: Sequence[Job]
    ) -> Iterator[tuple[Job, Answer | None]]:
        """Yield each job with what a process made of it by `what(connection, given, job)`, in the order of the jobs.

        The answer is None where the job is left to whoever asked: because nobody reads beside this process, or the other
        could not read, or was ended. `what` and `given` are sent once to each process, and must be such as can be sent.
        """
        if self.count < 2 or len(jobs) < 2:
            yield from ((job, None) for job in jobs)
            return
        with processes(self.count, self.place, given) as pool:
            waiting = deque[tuple[Job, Future[Answer | None] | None]]()
            for job in jobs:
                waiting.append((job, _asked(pool, what, job)))
                if len(waiting) > self.count * AHEAD:
                    yield _answered(*waiting.popleft())
            while waiting:
                yield _answered(*waiting.popleft())

    @contextmanager
    def beside(self, what: Callable[[Connection], Answer]) -> Iterator[Callable[[], Answer | None]]:
        """Begin something that the database itself does for long, on a thread; what is yielded waits for its answer.

        None where the one who asks is to do it: nobody works beside this process, or it could not be read.
        """
        if self.count < 2:
            yield lambda: None
            return
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(_read, self.place, what)
            yield asked.result


@contextmanager
def processes(count: int, place: Place, given: Any) -> Iterator[Any]:
    """Have so many processes ready until the end; what is left undone then is not begun any more."""
    pool = ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_arrive, initargs=(place, given))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


_desk: list[Any] = []
"""What a process was given when it began: the place of the record, and what goes with every job."""


def _arrive(place: Place, given: Any) -> None:
    _desk[:] = [place, given]


def _work(what: Callable[[Connection, Any, Job], Answer], job: Job) -> Answer | None:
    place, given = _desk
    return _read(place, lambda conn: what(conn, given, job))


def _read(place: Place, what: Callable[[Connection], Answer]) -> Answer | None:
    try:
        with read_only(place) as conn:
            return what(conn)
    except DBAPIError:  # whoever asked reads it again, and says what is wrong
        return None


def _asked(pool: Any, what: Callable[..., Answer], job: Job) -> Future[Answer | None] | None:
    try:
        asked: Future[Answer | None] = pool.submit(_work, what, job)
    except BrokenProcessPool:
        return None
    return asked


def _answered(job: Job, asked: Future[Answer | None] | None) -> tuple[Job, Answer | None]:
    try:
        return job, None if asked is None else asked.result()
    except BrokenProcessPool:  # a process was killed, such as for want of memory: it goes on more slowly
        return job, None


def parts(values: Sequence[Job], size: int) -> Iterable[Sequence[Job]]:
    """Cut a sequence into parts of at most this size."""
    return (values[start : start + size] for start in range(0, len(values), size))
