"""What must follow a commit, as rows: print a label, tell the EHR. Taken once, retried, visible when stuck.

A row is put in the transaction of its event, so it exists exactly when the event does. Entries of one lane (one order,
one printer) go strictly in sequence; lanes do not wait for each other. Every change looks at the row count. Who takes an
entry has it for a while; who is gone by then, killed or cut off, has lost it to the next.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    bindparam,
    false,
    func,
    insert,
    or_,
    select,
    update,
)

from app.record import canonical
from app.record.columns import moment_text
from app.record.prepared import FIRST, Prepared
from app.record.tables import outbox


@dataclass(frozen=True)
class Entry:
    """One thing to be done."""

    id: int  # counts up in the order of the commits
    kind: str  # what is to be done, such as print_label
    lane: str  # what it must not overtake
    payload: dict[str, Any]  # what the doer needs; JSON-able
    status: str  # waiting, taken, done, stuck or dismissed
    attempts: int  # times it was taken
    made_at: datetime  # UTC
    due_at: datetime  # UTC, not before
    taken_by: str | None  # the worker that has it
    taken_until: datetime | None  # UTC; afterwards another may take it over
    says: str  # why the last attempt failed, in words
    command_id: str  # the command it follows from


TELL = "tell/"
"""Beginning of the kind of a row that tells another system."""
HOOK = "hook/"
"""Beginning of the kind of a row that is posted to a subscription; its number follows."""
LETTERS = (TELL, HOOK)
"""Beginnings of the kinds of everything that goes to another system."""


def teller(site: str, profile: str = "") -> str:
    """Return the kind of a site's rows for a sender profile; without one, of those whose receiver that site has to find."""
    return f"{TELL}{profile}@{site}"


def printer_lane(station: str) -> str:
    """Return the lane of a station's printer."""
    return f"printer/{station}"


def test_lane(station: str) -> str:
    """Return the lane of a station's test labels: no label of a patient waits for one, and none for a patient's."""
    return f"printer-test/{station}"


def put(conn: Connection, *, kind: str, lane: str, payload: Mapping[str, Any], at: datetime, command_id: str) -> int:
    """Put an entry, in the command's transaction, and return its id."""
    row = {
        "kind": kind, "lane": lane, "payload": canonical.dump(dict(payload)).decode(), "status": "waiting",
        "attempts": 0, "made_at": at, "due_at": at, "taken_by": None, "taken_until": None, "says": "", "command_id": command_id,
    }  # fmt: skip
    key = conn.execute(insert(outbox), row).inserted_primary_key
    return int(key[0]) if key is not None else 0


def take(
    conn: Connection,
    *,
    kinds: Sequence[str],
    worker: str,
    at: datetime,
    hold: timedelta,
    lanes: Collection[str] | None = None,
) -> Entry | None:
    """Take the oldest entry that is due, for `hold`; None when there is none. Run it inside `Store.write`.

    Only those of `lanes`, where they are named. An entry whose worker did not come back within its hold is taken over. One
    that is stuck keeps its lane waiting. On PostgreSQL a row that somebody else's transaction holds (an administrator's) is
    passed over for the time being: waiting for it inside the writer's turn would stop every command of every site.
    """
    first, free = _first(kinds, at, lanes)
    found = conn.execute(first.with_for_update(skip_locked=True, of=outbox)).scalar_one_or_none()
    if found is None:
        return None
    change = {"status": "taken", "taken_by": worker, "taken_until": at + hold, "attempts": outbox.c.attempts + 1}
    taken = conn.execute(update(outbox).where(outbox.c.id == found, free).values(change))
    return get(conn, found) if taken.rowcount == 1 else None


def is_due(conn: Connection, *, kinds: Sequence[str], at: datetime, lanes: Collection[str] | None = None) -> bool:
    """Say whether `take` would find something: a look that needs no turn of the writer's."""
    look = _look(tuple(kinds), None if lanes is None else frozenset(lanes))
    return look.one(conn, {"now": moment_text(at)}) is not None


@lru_cache(maxsize=64)
def _look(kinds: tuple[str, ...], lanes: frozenset[str] | None) -> Prepared:
    """Return what looks, made once: several workers look many times a second, and to make it takes longer than to ask it."""
    return Prepared(_first(kinds, bindparam("now", type_=Text()), lanes)[0])


def _first(
    kinds: Sequence[str], at: datetime | BindParameter[str], lanes: Collection[str] | None
) -> tuple[Select[Any], ColumnElement[bool]]:
    """Return the query for the oldest entry that may be taken, and what makes one free."""
    earlier = outbox.alias("earlier")
    blocked = (
        select(earlier.c.id)
        .where(earlier.c.lane == outbox.c.lane, earlier.c.id < outbox.c.id)
        .where(_is_one_of(earlier.c.status, ("waiting", "taken", "stuck")))
        .exists()
    )
    free = or_(
        and_(outbox.c.status == "waiting", outbox.c.due_at <= at),
        and_(outbox.c.status == "taken", outbox.c.taken_until <= at),
    )
    wanted = [free, _is_one_of(outbox.c.kind, kinds), ~blocked]
    if lanes is not None:
        wanted.append(_is_one_of(outbox.c.lane, lanes))
    return select(outbox.c.id).where(*wanted).order_by(outbox.c.id).limit(FIRST), free


def _is_one_of(column: Column[str], values: Collection[str]) -> ColumnElement[bool]:
    return or_(false(), *(column == one for one in sorted(values)))


def renew(conn: Connection, id: int, *, worker: str, until: datetime) -> bool:
    """Keep an entry for longer, before something that cannot be undone; False when another has it by now."""
    mine = and_(outbox.c.id == id, outbox.c.status == "taken", outbox.c.taken_by == worker)
    return conn.execute(update(outbox).where(mine).values(taken_until=until)).rowcount == 1


def done(conn: Connection, id: int, *, worker: str) -> bool:
    """Say that it was done; False when the entry is no longer this worker's."""
    return _settle(conn, id, worker, {"status": "done", "taken_by": None, "taken_until": None, "says": ""})


def failed(conn: Connection, id: int, *, worker: str, says: str, retry_at: datetime | None) -> bool:
    """Say why it failed; it is tried again at `retry_at`, or stuck for a person to look at when that is None."""
    again: dict[str, Any] = {"status": "stuck"} if retry_at is None else {"status": "waiting", "due_at": retry_at}
    return _settle(conn, id, worker, {**again, "taken_by": None, "taken_until": None, "says": says})


def _settle(conn: Connection, id: int, worker: str, change: Mapping[str, Any]) -> bool:
    mine = and_(outbox.c.id == id, outbox.c.status == "taken", outbox.c.taken_by == worker)
    return conn.execute(update(outbox).where(mine).values(change)).rowcount == 1


def remember(conn: Connection, id: int, more: Mapping[str, Any], *, worker: str = "") -> bool:
    """Add to what an entry carries; False where it is no longer the worker's, or with no worker not stuck."""
    entry = get(conn, id)
    if entry is None:
        return False
    mine = and_(outbox.c.id == id, outbox.c.status == "stuck")
    if worker:
        mine = and_(outbox.c.id == id, outbox.c.taken_by == worker)
    text = canonical.dump({**entry.payload, **more}).decode()
    return conn.execute(update(outbox).where(mine).values(payload=text)).rowcount == 1


def of_lane(conn: Connection, lane: str, most: int) -> tuple[Entry, ...]:
    """Return the newest entries of a lane, whatever became of them, newest first."""
    rows = conn.execute(select(outbox).where(outbox.c.lane == lane).order_by(outbox.c.id.desc()).limit(most)).mappings()
    return tuple(_entry(dict(row)) for row in rows)


def of_kinds(
    conn: Connection, beginnings: Sequence[str], most: int, states: Sequence[str] = (), holds: str = ""
) -> tuple[Entry, ...]:
    """Return the newest entries whose kind begins in one of these ways, newest first.

    Only those in one of `states`, where they are named, and those whose content holds a text, in any case.
    """
    wanted = select(outbox).where(or_(*(outbox.c.kind.startswith(one, autoescape=True) for one in beginnings)))
    if states:
        wanted = wanted.where(outbox.c.status.in_(list(states)))
    if holds:
        wanted = wanted.where(func.lower(outbox.c.payload).contains(holds, autoescape=True))
    rows = conn.execute(wanted.order_by(outbox.c.id.desc()).limit(most)).mappings()
    return tuple(_entry(dict(row)) for row in rows)


def retry(conn: Connection, id: int, *, at: datetime) -> bool:
    """Let a stuck entry be tried again now; False when it is not stuck."""
    stuck = and_(outbox.c.id == id, outbox.c.status == "stuck")
    return conn.execute(update(outbox).where(stuck).values(status="waiting", due_at=at)).rowcount == 1


def dismiss(conn: Connection, id: int, *, says: str) -> bool:
    """Give a stuck entry up, with the reason; its lane goes on. False when it is not stuck."""
    stuck = and_(outbox.c.id == id, outbox.c.status == "stuck")
    return conn.execute(update(outbox).where(stuck).values(status="dismissed", says=says)).rowcount == 1


def give_up(conn: Connection, kind: str, *, says: str) -> None:
    """Give up whatever of a kind is not done yet, with the reason: nobody is there any more to take it."""
    left = and_(outbox.c.kind == kind, outbox.c.status.in_(("waiting", "taken", "stuck")))
    conn.execute(update(outbox).where(left).values(status="dismissed", says=says))


def get(conn: Connection, id: int) -> Entry | None:
    """Return an entry, None when there is none of this id."""
    row = conn.execute(select(outbox).where(outbox.c.id == id)).mappings().one_or_none()
    return None if row is None else _entry(dict(row))


def unfinished(conn: Connection) -> tuple[Entry, ...]:
    """Return what waits, is taken or is stuck, oldest first: the page and the readiness check show number and age."""
    rows = conn.execute(
        select(outbox).where(outbox.c.status.in_(("waiting", "taken", "stuck"))).order_by(outbox.c.id)
    ).mappings()
    return tuple(_entry(dict(row)) for row in rows)


def _entry(row: dict[str, Any]) -> Entry:
    return Entry(**{**row, "payload": canonical.parse(row["payload"])})
