"""Whether this PostgreSQL may keep a record, and whether this process may serve it. Every reason against is a sentence."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import URL, Connection, text

from app import clock
from app.record import grants, postgres, upgrade
from app.record.migrations.append_event import RECORD
from app.record.schema import schema_faults
from app.record.troubles import CannotOpen

OLDEST = 15
"""First PostgreSQL that lets nobody create things in the schema public by default and tells of every right we ask for."""

SLACK = timedelta(seconds=2)
"""How far this machine's clock may stand from the database's (Q74)."""

SAFE_COMMITS = frozenset({"on", "remote_apply"})
"""Values of synchronous_commit with which an answer means that the command is on disk."""

LETTERS = ("Z", "a", "B", "_", "-", "ä", "é", "z", "0", "10", "9", "\u4e00", "\uff5e", "\U0001f489")
"""Sorted by code point on both databases, or lists and queues would differ; a dictionary's order would not sort them so."""


def refuse_unfit(url: URL, software: str) -> None:
    """Raise CannotOpen with each reason why the database may not keep a record or this process may not serve it."""
    with postgres.connected(postgres.make_engine(url), url) as conn:
        faults = tuple(_faults(conn, software))
    if faults:
        raise CannotOpen(f"{postgres.name_of(url)} is not fit to keep a record: " + "; ".join(faults) + ".")


def _faults(conn: Connection, software: str) -> Iterator[str]:
    settings = tuple(server_faults(conn))
    yield from settings
    behind = _behind(conn)
    if behind:
        yield behind
        return
    broken = schema_faults(conn)
    yield from broken
    if not broken:
        yield from grants.faults(conn)
    yield from _others(conn, software)


def _behind(conn: Connection) -> str | None:
    """Say what `upgrade.difference` says, also where this role may not even look."""
    may = conn.execute(
        text("SELECT to_regclass('public.alembic_version') IS NULL OR has_table_privilege('alembic_version', 'SELECT')")
    ).scalar_one()
    if not may:
        return "this role has no rights in it; run `vialtrace db upgrade` as the owner, which gives them"
    return upgrade.difference(conn)


def server_faults(conn: Connection) -> Iterator[str]:
    """Say what is unsafe about the server and the database, whoever asks."""
    version = int(_setting(conn, "server_version_num")) // 10_000
    if version < OLDEST:
        yield f"it is PostgreSQL {version}; {OLDEST} or later is needed"
    for name in ("fsync", "full_page_writes", "data_checksums"):
        if _setting(conn, name) != "on":
            yield f"{name} is off: a power cut or a bad disk could change the record unseen. Switch it on"
    if _setting(conn, "synchronous_commit") not in SAFE_COMMITS:
        yield "synchronous_commit is off or weak: what was answered could be lost in a power cut. Switch it on"
    if _setting(conn, "server_encoding") != "UTF8":
        yield "its encoding is not UTF8: create the database with ENCODING 'UTF8'"
    else:
        order = text("SELECT array_agg(x ORDER BY x) FROM unnest(CAST(:letters AS text[])) x")
        if conn.execute(order, {"letters": list(LETTERS)}).scalar_one() != sorted(LETTERS):
            yield "it sorts text as a dictionary does: create the database with LOCALE 'C' (docs/postgresql.md)"
    if conn.execute(text("SELECT pg_is_in_recovery()")).scalar_one():
        yield "it is a standby that only reads: name the primary, or add target_session_attrs=read-write"


def page_faults(conn: Connection) -> Iterator[str]:
    """Say what the checksums of the data pages found since the server's statistics began; `pg_amcheck` looks further."""
    query = text("SELECT checksum_failures FROM pg_stat_database WHERE datname = current_database()")
    found = conn.execute(query).scalar_one_or_none()
    if found:
        yield f"{found} damaged pages were read; restore the last base backup and keep this server for the inquiry"


def _setting(conn: Connection, name: str) -> str:
    return str(conn.execute(text("SELECT current_setting(:name)"), {"name": name}).scalar_one())


def _others(conn: Connection, software: str) -> Iterator[str]:
    """Say when processes of another release have the record open: one kind of rules at a time (Q74)."""
    others = conn.execute(
        text(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = :releases AND objsubid = 2 "
            "AND objid <> :ours AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        ),
        {"releases": postgres.RELEASES, "ours": release_number(software)},
    ).scalar_one()
    if others:
        yield f"processes of another release than {software} have it open; stop them first"


def release_number(software: str) -> int:
    """Return the number of the lock that a release's processes share."""
    return zlib.crc32(software.encode()) & 0x7FFF_FFFF


def greeting(url: URL, software: str) -> postgres.Greet:
    """Return what each new connection of a serving process is asked before it is used."""
    ours, newest = release_number(software), upgrade.newest()
    asks = (
        f"SELECT pg_try_advisory_lock_shared({RECORD}, {postgres.UPGRADE}), "
        f"pg_try_advisory_lock_shared({postgres.RELEASES}, {ours}), "
        "current_setting('synchronous_commit'), clock_timestamp(), pg_is_in_recovery()"
    )

    def greet(raw: Any) -> None:
        before = clock.now()
        free, _, commits, theirs, reads_only = raw.execute(asks).fetchone()
        off = clock_fault(before, theirs, clock.now())
        if not free:
            raise CannotOpen(f"{postgres.name_of(url)} is being upgraded; start again when that is done")
        if reads_only:
            raise CannotOpen(f"{postgres.name_of(url)} is a standby that only reads")
        if commits not in SAFE_COMMITS:
            raise CannotOpen(f"synchronous_commit is {commits} on {postgres.name_of(url)}; switch it on")
        if off is not None:
            raise CannotOpen(off)
        here = raw.execute("SELECT version_num FROM alembic_version").fetchall()
        if here != [(newest,)]:
            raise CannotOpen(f"{postgres.name_of(url)} was upgraded meanwhile; start the release that belongs to it")

    return greet


def clock_fault(before: datetime, theirs: datetime, after: datetime) -> str | None:
    """Say how far the database's clock stands from ours, read before and after it; None within two seconds."""
    if before - SLACK <= theirs <= after + SLACK:
        return None
    off = (theirs - before).total_seconds()
    which = "behind" if off > 0 else "ahead"
    return (
        f"this machine's clock is {abs(off):.1f} s {which} of the database's; set both by the same time server, "
        "then start again"
    )
