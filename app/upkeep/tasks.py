"""The book of tasks: taken by one process at a time, entered as done or failed, read by the health page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, insert, or_, select, update

from app.record import canonical
from app.upkeep.tables import upkeep_task as book

AGAIN = timedelta(minutes=15)
"""After a task failed it is tried again no later than this."""


@dataclass(frozen=True)
class Task:
    """One line of the book."""

    task: str  # its name, such as backup
    taken_by: str | None  # the process that has it in hand
    taken_until: datetime | None  # UTC; afterwards another may take it over
    tried_at: datetime | None  # UTC, when it last ended, well or not
    good_at: datetime | None  # UTC, when it last ended well
    says: str  # why the last try failed; empty after a good one
    facts: Mapping[str, Any]  # what the last good one found


NEVER = Task("", None, None, None, None, "", {})
"""A task that was never tried."""


def find(conn: Connection, task: str) -> Task:
    """Return a task's line, `NEVER` where there is none yet."""
    row = conn.execute(select(book).where(book.c.task == task)).mappings().one_or_none()
    return NEVER if row is None else Task(**{**row, "facts": canonical.parse(row["facts"])})


def is_due(line: Task, every: timedelta, at: datetime) -> bool:
    """Say whether it is time: never tried, failed a while ago, or done well long enough ago."""
    if line.tried_at is None:
        return True
    return at >= line.tried_at + (min(every, AGAIN) if line.says else every)


def take(conn: Connection, task: str, *, worker: str, every: timedelta, hold: timedelta, at: datetime) -> bool:
    """Take a task that is due, for `hold`; False when it is not due or another has it. Run it inside `Store.write`."""
    line = find(conn, task)
    if line is NEVER:
        conn.execute(insert(book), {"task": task, "says": "", "facts": canonical.dump({}).decode()})
    if not is_due(line, every, at):
        return False
    free = or_(book.c.taken_by.is_(None), book.c.taken_until <= at)
    change = {"taken_by": worker, "taken_until": at + hold}
    return conn.execute(update(book).where(book.c.task == task, free).values(change)).rowcount == 1


def done(conn: Connection, task: str, *, worker: str, facts: Mapping[str, Any], at: datetime) -> bool:
    """Enter that it went well; False when the task is no longer this worker's."""
    kept = canonical.dump(dict(facts)).decode()
    return _settle(conn, task, worker, {"tried_at": at, "good_at": at, "says": "", "facts": kept})


def failed(conn: Connection, task: str, *, worker: str, says: str, at: datetime) -> bool:
    """Enter why it failed; False when the task is no longer this worker's."""
    return _settle(conn, task, worker, {"tried_at": at, "says": says})


def _settle(conn: Connection, task: str, worker: str, change: Mapping[str, Any]) -> bool:
    mine = and_(book.c.task == task, book.c.taken_by == worker)
    let_go = {"taken_by": None, "taken_until": None}
    return conn.execute(update(book).where(mine).values({**change, **let_go})).rowcount == 1


def touch(conn: Connection, task: str, at: datetime) -> None:
    """Write the time into a task's line: a real write, that shows whether the database takes one."""
    if conn.execute(update(book).where(book.c.task == task).values(tried_at=at, good_at=at)).rowcount == 0:
        row = {"task": task, "tried_at": at, "good_at": at, "says": "", "facts": canonical.dump({}).decode()}
        conn.execute(insert(book), row)
