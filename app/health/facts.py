"""What is so just now, as far as the program can see it. Nothing is judged here and no patient is named."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from app import clock
from app.health import at_rest
from app.record import clockmark, log, outbox, upgrade
from app.record.clockmark import Mark
from app.record.columns import moment
from app.record.engine import Busy, Closed, NotSaved, PerhapsSaved, Store
from app.record.outbox import Entry
from app.record.sqlite import network_file_system
from app.record.tables import checkpoint, event
from app.settings import Settings
from app.upkeep import tasks
from app.upkeep.tasks import NEVER, Task
from labels.language import LANGUAGES, catalogue

PROBE = "probe"
"""The line of the book of tasks that each look writes to."""

AWAY = (Busy, Closed, NotSaved, PerhapsSaved, SQLAlchemyError)
"""Ways in which a record does not answer."""


@dataclass(frozen=True)
class Printing:
    """What waits to leave the house."""

    oldest: datetime | None = None  # UTC, since when the oldest row that nobody has taken has been due
    stuck: int = 0  # rows that wait for a person
    away: tuple[
        tuple[str, datetime], ...
    ] = ()  # other processes' stations of this site, and since when their labels wait
    dead: int = 0  # messages that another system refused, and that wait for a person
    silent: datetime | None = None  # UTC, when the oldest message was made that another system has not taken yet


@dataclass(frozen=True)
class Facts:
    """One look at everything."""

    at: datetime  # UTC, by this machine's clock
    database: str = ""  # why the database takes no write or cannot be read; empty when it does both
    migration: str = ""  # why the schema does not fit this release; empty when it does
    free_bytes: int | None = None  # of the disk that holds data_dir; None when that cannot be told
    printing: Printing = field(default_factory=Printing)
    unsigned_since: datetime | None = None  # UTC, time of the oldest event that no checkpoint covers
    signed_ever: bool = False  # whether there is any checkpoint
    events: int = 0  # number of the site's last event
    size_bytes: int | None = None  # of the database with its log; None when that cannot be told
    last_event_at: datetime | None = None  # UTC, as the site's last event carries it
    clock_mark: Mark | None = None  # a clock that went back and that nobody has confirmed since
    database_clock: timedelta | None = (
        None  # by how much the database's clock is ahead; None where it has none of its own
    )
    at_rest: str = ""  # how this machine encrypts the disk, as it says itself; empty when it does not say so
    on_server: bool = False  # whether the database is a server's and not a file here
    backups_elsewhere: bool = False  # whether backup_folder lies on a network share
    unread_senders: tuple[
        str, ...
    ] = ()  # whose signed profile the program does not stand by: their messages are refused
    ending_programs: tuple[
        tuple[str, datetime], ...
    ] = ()  # tokens that send orders, and when, UTC, they no longer do: soon, or since
    label_texts: tuple[tuple[str, str], ...] = ()  # languages that no label is printed in, and why
    backup: Task = NEVER
    drill: Task = NEVER


@dataclass(frozen=True)
class Sending:
    """Who sends orders and no longer can, or soon cannot."""

    unread: tuple[str, ...] = ()  # senders of profiles that are not read
    programs: tuple[tuple[str, datetime], ...] = ()  # as Facts has them


def nobody(_conn: Connection) -> Sending:
    """Return no sender: nobody sends here."""
    return Sending()


def look(store: Store, settings: Settings, at: datetime, sending: Callable[[Connection], Sending] = nobody) -> Facts:
    """Look at everything once. What cannot be looked at is said, never raised. `sending` says who cannot send."""
    database = _takes_a_write(store, at)
    unsaid = tuple((one.name, one.trouble) for one in map(catalogue, LANGUAGES) if one.trouble)
    facts = Facts(at, database, free_bytes=_free(settings), at_rest=at_rest.seen(settings.data_dir), label_texts=unsaid)
    try:
        with store.reading() as conn:
            who = sending(conn)
            return replace(_read(conn, settings, facts), unread_senders=who.unread, ending_programs=who.programs)
    except AWAY as trouble:
        return Facts(
            at, database or _reason(trouble), free_bytes=facts.free_bytes, at_rest=facts.at_rest, label_texts=unsaid
        )


def _read(conn: Connection, settings: Settings, so_far: Facts) -> Facts:
    events, _ = log.head_of(conn, settings.site)
    signed, since = _unsigned(conn, settings.site, events)
    return Facts(
        at=so_far.at,
        database=so_far.database,
        migration=upgrade.difference(conn) or "",
        free_bytes=so_far.free_bytes,
        printing=_printing(conn, settings, so_far.at),
        unsigned_since=since,
        signed_ever=signed,
        events=events,
        size_bytes=_size(conn),
        last_event_at=log.last_event_at(conn, settings.site),
        clock_mark=clockmark.mark_of(conn, settings.site),
        database_clock=_ahead(conn),
        at_rest=so_far.at_rest,
        label_texts=so_far.label_texts,
        on_server=conn.dialect.name == "postgresql",
        backups_elsewhere=_elsewhere(settings.backup_folder),
        backup=tasks.find(conn, "backup"),
        drill=tasks.find(conn, "drill"),
    )


def _takes_a_write(store: Store, at: datetime) -> str:
    """Write one row, as a command would, and say why that failed."""
    try:
        store.write(lambda conn: tasks.touch(conn, PROBE, at))
    except AWAY as trouble:
        return _reason(trouble)
    return ""


def _reason(trouble: Exception) -> str:
    return str(getattr(trouble, "orig", None) or trouble)


def _free(settings: Settings) -> int | None:
    try:
        return shutil.disk_usage(settings.data_dir).free
    except OSError:
        return None


def _elsewhere(folder: Path | None) -> bool:
    table = Path("/proc/self/mountinfo")
    if folder is None or not table.exists():
        return False
    return network_file_system(folder.resolve(), table.read_text()) is not None


def _ahead(conn: Connection) -> timedelta | None:
    """Compare the clocks of this machine and of a database server; SQLite has ours."""
    if conn.dialect.name != "postgresql":
        return None
    theirs: datetime = conn.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
    return theirs - clock.now()


def _size(conn: Connection) -> int | None:
    if conn.dialect.name == "postgresql":
        return int(conn.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())
    pages, page = (conn.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("page_count", "page_size"))
    return int(pages * page)


def _printing(conn: Connection, settings: Settings, at: datetime) -> Printing:
    """Look at the first row of each lane: those behind it wait for it. Where processes share a record, each has its own."""
    everything, theirs = outbox.unfinished(conn), dict[str, datetime]()
    rows = tuple(row for row in everything if not row.kind.startswith(outbox.LETTERS))
    letters = [row for row in everything if row.kind.startswith(outbox.LETTERS)]
    dead = sum(row.status == "stuck" for row in letters)
    silent = min((row.made_at for row in letters if row.status == "waiting" and row.attempts), default=None)
    if conn.dialect.name == "postgresql":
        mine = {lane(station) for station in settings.stations for lane in (outbox.printer_lane, outbox.test_lane)}
        others = [row for row in rows if row.lane not in mine]
        here = [row for row in others if log.site_of(conn, row.payload.get("preparation", "")) == settings.site]
        theirs, rows = _since(here, at), tuple(row for row in rows if row.lane in mine)
    oldest, stuck = min(_since(rows, at).values(), default=None), sum(row.status == "stuck" for row in rows)
    away = tuple((lane.partition("/")[2], since) for lane, since in sorted(theirs.items()))
    return Printing(oldest, stuck, away, dead, silent)


def _since(rows: Sequence[Entry], at: datetime) -> dict[str, datetime]:
    """Return since when the first row of each lane is due and nobody has it."""
    found = {}
    for row in {row.lane: row for row in reversed(rows)}.values():
        since = {"waiting": row.due_at, "taken": row.taken_until}.get(row.status)
        if since is not None and since <= at:
            found[row.lane] = since
    return found


def _unsigned(conn: Connection, site: str, events: int) -> tuple[bool, datetime | None]:
    """Return whether anything was ever signed, and the time of the first event that no checkpoint covers."""
    newest = select(checkpoint.c.site_seq).where(checkpoint.c.site == site)
    newest = newest.order_by(checkpoint.c.epoch.desc(), checkpoint.c.site_seq.desc()).limit(1)
    signed = conn.execute(newest).scalar_one_or_none()
    if events <= (signed or 0):
        return signed is not None, None
    first = select(event.c.at).where(event.c.site == site, event.c.site_seq > (signed or 0))
    return signed is not None, moment(conn.execute(first.order_by(event.c.site_seq).limit(1)).scalar_one())
