"""Carries a whole record between PostgreSQL and a file: every table, as it stands at one moment, into one that is empty.

The chains know nothing of the database they lie in, so the copy is a record like any other: it verifies by itself, and a
server serves it. `app.record.backup` and `app.upkeep.moving` do the verifying.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL, Connection, Table, insert, select, text

from app.record import postgres, postgres_upgrade, sqlite, upgrade
from app.record.migrations.append_event import RECORD
from app.record.schema import whole_metadata
from app.record.troubles import CannotOpen

TOGETHER = 2000
"""Rows read and written at a time."""

COUNTED = text(
    "SELECT table_name, column_name FROM information_schema.columns "
    "WHERE table_schema = 'public' AND (is_identity = 'YES' OR column_default LIKE 'nextval%')"
)
"""Columns that PostgreSQL numbers by itself."""


def into_file(url: URL, path: Path) -> None:
    """Write the record into a new file while others write to the server. Raises CannotOpen for another release's."""
    upgrade.upgrade(path)
    engine = sqlite.make_engine(path, begin="BEGIN IMMEDIATE", pooled=False)
    try:
        with postgres.read_only(url) as source, source.begin(), engine.connect() as target, target.begin():
            _refuse_other_release(source, postgres.name_of(url))
            for table in whole_metadata().sorted_tables:
                _rows(source, target, table)
    finally:
        engine.dispose()


def into_server(path: Path, owner: URL) -> None:
    """Write a file's record into a migrated database that holds nothing, as its owner and in one transaction.

    Raises CannotOpen, and leaves the database as it was, where it holds anything, is in use, or is of another release.
    """
    name = postgres.name_of(owner)
    with sqlite.read_only(path) as source, source.begin(), postgres_upgrade.as_owner(owner) as target, target.begin():
        if not target.execute(text(f"SELECT pg_try_advisory_xact_lock({RECORD}, {postgres.UPGRADE})")).scalar_one():
            raise CannotOpen(f"{name} is in use by another process. Stop every server first; nothing was written.")
        _refuse_other_release(source, str(path))
        _refuse_other_release(target, name)
        tables = whole_metadata().sorted_tables
        for table in tables:
            if target.execute(select(table).limit(1)).first() is not None:
                raise CannotOpen(f"{name} is not empty: {table.name} holds rows. Carry into a new database.")
        for table in tables:
            _rows(source, target, table)
        for table_name, column in target.execute(COUNTED).all():
            _count_on(target, table_name, column)


def _refuse_other_release(conn: Connection, name: str) -> None:
    behind = upgrade.difference(conn)
    if behind:
        raise CannotOpen(f"{name} does not fit this release: {behind}")


def _rows(source: Connection, target: Connection, table: Table) -> None:
    query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=TOGETHER)
    for some in source.execute(query).mappings().partitions(TOGETHER):
        target.execute(insert(table), [dict(row) for row in some])


def _count_on(target: Connection, table: str, column: str) -> None:
    """Let the next number be the one after the last that was carried."""
    last = f"(SELECT coalesce(max({column}), 0) + 1 FROM {table})"  # noqa: S608  # names of our own tables and columns
    target.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'), {last}, false)"))
