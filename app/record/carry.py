"""Carries a whole record from PostgreSQL into a file: every table, as it stands at one moment, into an empty one of this release.

The chains know nothing of the database they lie in, so the copy is a record like any other: it verifies by itself, and a
server serves it. `app.record.backup` does the verifying.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL, Connection, Table, insert, select

from app.record import postgres, sqlite, upgrade
from app.record.schema import whole_metadata
from app.record.troubles import CannotOpen

TOGETHER = 2000
"""Rows read and written at a time."""


def into_file(url: URL, path: Path) -> None:
    """Write the record into a new file while others write to the server. Raises CannotOpen for another release's."""
    upgrade.upgrade(path)
    engine = sqlite.make_engine(path, begin="BEGIN IMMEDIATE", pooled=False)
    try:
        with postgres.read_only(url) as source, source.begin(), engine.connect() as target, target.begin():
            behind = upgrade.difference(source)
            if behind:
                raise CannotOpen(f"{postgres.name_of(url)} does not fit this release: {behind}")
            for table in whole_metadata().sorted_tables:
                _rows(source, target, table)
    finally:
        engine.dispose()


def _rows(source: Connection, target: Connection, table: Table) -> None:
    query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=TOGETHER)
    for some in source.execute(query).mappings().partitions(TOGETHER):
        target.execute(insert(table), [dict(row) for row in some])
