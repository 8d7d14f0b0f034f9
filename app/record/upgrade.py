"""Brings a database to the newest migration, offline and alone; drafts the next migration for whoever adds tables.

Whether a database fits is asked at every start and needs no more than the names of the migrations: Alembic is loaded only to
migrate. A test holds the names to Alembic's own chain.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from app.record import sqlite
from app.record.migrations.guards import WillNotMigrate
from app.record.schema import schema_faults
from app.record.sqlite import FileLock
from app.record.troubles import CannotOpen

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).with_name("migrations")

OFFLINE: dict[str, str | int] = {**sqlite.PRAGMAS, "foreign_keys": 0}
"""As when serving, but a table may be made anew without its references; they are checked before the end."""


def configuration(conn: Connection | None = None) -> Config:
    """Return Alembic's settings for our folder, with the connection to work on."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s")
    config.set_main_option("path_separator", "os")
    if conn is not None:
        config.attributes["connection"] = conn
    return config


@lru_cache
def known() -> tuple[str, ...]:
    """Return the numbers of this release's migrations, newest first; looked up once a process."""
    found = tuple(sorted((file.stem for file in FOLDER.glob("versions/[0-9]*.py")), reverse=True))
    if not found:
        raise CannotOpen(f"there are no migrations in {FOLDER}: the installation is not whole.")
    return found


def newest() -> str:
    """Return the number of the newest migration of this release."""
    return known()[0]


def current(conn: Connection) -> str | None:
    """Return the number of the migration the database is at; None for an empty one."""
    if not conn.dialect.has_table(conn, "alembic_version"):
        return None
    number: str | None = conn.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one_or_none()
    return number


def difference(conn: Connection) -> str | None:
    """Return a sentence when the database is older or newer than this release; None when it fits."""
    here, ours = current(conn), newest()
    if here == ours:
        return None
    if here is None or here in known():
        return f"it is at migration {here or 'none'}, not {ours}; back it up, then run `vialtrace db upgrade`"
    return f"it was written by a newer release (migration {here}); start that release, never an older one"


def is_new(path: Path) -> bool:
    """Say whether there is no database yet."""
    return not path.exists() or path.stat().st_size == 0


@contextmanager
def offline(path: Path) -> Iterator[Connection]:
    """Yield a connection for migrations: no authorizer, references off. The caller holds the lock."""
    engine = sqlite.make_engine(path, begin="BEGIN IMMEDIATE", mode="rwc", pragmas=OFFLINE, pooled=False)
    try:
        with engine.connect() as conn:
            yield conn
    finally:
        engine.dispose()


def upgrade(path: Path) -> tuple[str | None, str]:
    """Run every missing migration in one transaction; return the numbers before and after, or raise CannotOpen."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sqlite.refuse_network_share(path.parent)
    lock = FileLock(path)
    try:
        return upgrade_locked(path)
    finally:
        lock.release()


def upgrade_locked(path: Path) -> tuple[str | None, str]:
    """As `upgrade`, for a caller who holds the lock."""
    from alembic import command

    with offline(path) as conn, conn.begin():
        before = current(conn)
        if before is not None and before not in known():
            raise CannotOpen(f"{path}: {difference(conn)}")
        try:
            command.upgrade(configuration(conn), "head")
        except WillNotMigrate as error:
            raise CannotOpen(f"{path} was left as it was: {error}") from error
        broken = conn.exec_driver_sql("PRAGMA foreign_key_check").all()
        faults = [
            *schema_faults(conn),
            *(f"a row of {row[0]} points at a row of {row[2]} that is not there" for row in broken),
        ]
        if faults:
            raise CannotOpen(
                f"{path} was left as it was, because the migrated schema is not whole: " + "; ".join(faults)
            )
        return before, newest()


def draft(name: str) -> Path:
    """Write the next migration's draft from the difference between the newest migration and the declared tables."""
    from alembic import command

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "draft.db"
        with offline(path) as conn:
            with conn.begin():
                command.upgrade(configuration(conn), "head")
            with conn.begin():
                command.revision(configuration(conn), message=name.replace("_", " "), rev_id=name, autogenerate=True)
    return FOLDER / "versions" / f"{name}.py"


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] != "draft":
        sys.exit("usage: python -m app.record.upgrade draft 0002_what_is_added")
    sys.stdout.write(f"{draft(sys.argv[2])}\n")
