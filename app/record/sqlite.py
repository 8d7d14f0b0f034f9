"""How the file is opened: which SQLite, with which settings, on which disk, by how many."""

from __future__ import annotations

import fcntl
import importlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.pool import NullPool, QueuePool

from app.record.troubles import CannotOpen

DRIVERS = ("pysqlite3.dbapi2", "sqlcipher3.dbapi2", "sqlite3")
"""Tried in this order; the first whose SQLite is safe is taken."""

SAFE = (((3, 44, 6), (3, 45, 0)), ((3, 50, 7), (3, 51, 0)), ((3, 51, 3), (3, 52, 0)), ((3, 53, 0), (99, 0, 0)))
"""From (included) to (excluded): SQLite versions without the WAL-reset fault that loses acknowledged rows."""

PRAGMAS: dict[str, str | int] = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "recursive_triggers": 1,
    "trusted_schema": 0,
    "secure_delete": 1,
    "temp_store": 2,
    "busy_timeout": 5000,
}
"""Set on every connection and read back. `synchronous` (2 is FULL) is no tuning knob: with less, a power cut loses
acknowledged events."""

SHARES = frozenset(
    {
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "ncpfs",
        "afs",
        "9p",
        "virtiofs",
        "ceph",
        "glusterfs",
        "lustre",
        "gfs2",
        "ocfs2",
    }
)
"""File systems without the shared memory and locks that WAL needs. Every `fuse.` one counts too, except overlays."""

READING_PRAGMAS = frozenset(
    {
        "table_info",
        "table_xinfo",
        "index_list",
        "index_info",
        "index_xinfo",
        "foreign_key_list",
        "integrity_check",
        "quick_check",
        "wal_checkpoint",
    }
)
"""Pragmas that take an argument and change no setting."""


def is_safe(version: tuple[int, ...]) -> bool:
    """Say whether this SQLite is free of the WAL-reset fault (3.7.0 to 3.51.2, with two fixed branches)."""
    return any(lowest <= version < end for lowest, end in SAFE)


def driver() -> ModuleType:
    """Return the first installed driver whose SQLite is safe; raise CannotOpen when there is none."""
    seen = []
    for name in DRIVERS:
        try:
            module = importlib.import_module(name)
        except ImportError:
            seen.append(f"{name} is not installed")
            continue
        if is_safe(tuple(module.sqlite_version_info)):
            return module
        seen.append(f"{name} carries SQLite {module.sqlite_version}")
    raise CannotOpen(
        "no safe SQLite ("
        + "; ".join(seen)
        + "): versions before 3.51.3 can lose saved rows. Install pysqlite3 0.6.1 or later."
    )


def network_file_system(path: Path, mounts: str) -> str | None:
    """Return the type of the network share that holds the path, or None; `mounts` is /proc/self/mountinfo's text."""
    best, kind = "", ""
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        fields, place = left.split(), str(path)
        if len(fields) < 5 or not right:
            continue
        mount = fields[4].encode().decode("unicode_escape")
        if (place == mount or place.startswith(mount.rstrip("/") + "/")) and len(mount) >= len(best):
            best, kind = mount, right.split()[0]
    if kind in SHARES or (kind.startswith("fuse.") and kind != "fuse.fuse-overlayfs"):
        return kind
    return None


def refuse_network_share(path: Path) -> None:
    """Raise CannotOpen when the database would lie on a share (only Linux can tell)."""
    table = Path("/proc/self/mountinfo")
    kind = network_file_system(path.resolve(), table.read_text()) if table.exists() else None
    if kind is not None:
        raise CannotOpen(
            f"{path} lies on a network share ({kind}). SQLite needs a local disk there; set VIALTRACE_DATA_DIR to one."
        )


def raw_connection(path: Path, *, mode: str = "rw") -> Any:
    """Open the file with the safe driver, autocommit left to us; mode rw, rwc (may create) or ro."""
    module = driver()
    try:
        return module.connect(
            f"file:{quote(str(path.resolve()))}?mode={mode}", uri=True, isolation_level=None, check_same_thread=False
        )
    except module.OperationalError as error:
        raise CannotOpen(
            f"{path} cannot be opened: {error}. Check that the file exists and that you may read it."
        ) from error


def set_pragmas(connection: Any, pragmas: dict[str, str | int] = PRAGMAS) -> None:
    """Set each pragma and read it back; raise CannotOpen for the first that did not take."""
    cursor = connection.cursor()
    for name, wanted in pragmas.items():
        cursor.execute(f"PRAGMA {name}={wanted}")
        got = cursor.execute(f"PRAGMA {name}").fetchone()
        if got is None or got[0] != wanted:
            cursor.close()
            raise CannotOpen(
                f"SQLite did not take the setting {name}={wanted} (it says {got and got[0]}). "
                "Nothing is written on such a database."
            )
    cursor.close()


def authorizer(module: ModuleType, append_only: frozenset[str]) -> Callable[..., int]:
    """Return the judge SQLite asks before each statement: no change of what only grows, of schema or setting."""
    names = vars(module)
    never = {
        code
        for name, code in names.items()
        if name.startswith(("SQLITE_DROP_", "SQLITE_CREATE_"))
        or name in {"SQLITE_ALTER_TABLE", "SQLITE_ATTACH", "SQLITE_DETACH"}
    }
    deny, ok, pragma = names["SQLITE_DENY"], names["SQLITE_OK"], names["SQLITE_PRAGMA"]
    changes = {names["SQLITE_UPDATE"], names["SQLITE_DELETE"]}

    def judge(action: int, first: str | None, second: str | None, _database: str | None, _trigger: str | None) -> int:
        if action in never or (
            action in changes and (first in append_only or first in {"sqlite_master", "sqlite_schema"})
        ):
            return int(deny)
        if action == pragma and second is not None and first not in READING_PRAGMAS:
            return int(deny)
        return int(ok)

    return judge


class Dialect(SQLiteDialect_pysqlite):
    """SQLite whose transactions begin in the words they are given, and end only when they may.

    Hooks on an engine could do the same, but one hook of any kind makes every statement half as dear again.
    """

    supports_statement_cache = True

    def __init__(self, begin: str = "BEGIN", **others: Any) -> None:
        """Begin by this statement; end without asking anybody, until `before_end` is set."""
        super().__init__(**others)
        self._begin = begin
        self.before_end: Callable[[], None] = lambda: None

    def do_begin(self, dbapi_connection: Any) -> None:
        """Begin at once: the driver itself would only at the first write."""
        dbapi_connection.execute(self._begin)

    def do_commit(self, dbapi_connection: Any) -> None:
        """Commit, where it may be."""
        self.before_end()
        dbapi_connection.commit()

    def do_rollback(self, dbapi_connection: Any) -> None:
        """Roll back, where it may be."""
        self.before_end()
        dbapi_connection.rollback()


registry.register("vialtrace", __name__, Dialect.__name__)


def make_engine(
    path: Path,
    *,
    begin: str,
    append_only: frozenset[str] = frozenset(),
    mode: str = "rw",
    pragmas: dict[str, str | int] | None = None,
    pooled: bool = True,
) -> Engine:
    """Return an engine whose connections have the settings, the authorizer (where tables are named) and this BEGIN.

    Its errors never carry the values of a statement: they go into logs, and a value may be a patient's name.
    """
    module = driver()

    def connect() -> Any:
        connection = raw_connection(path, mode=mode)
        try:
            set_pragmas(connection, PRAGMAS if pragmas is None else pragmas)
            if append_only and hasattr(connection, "set_authorizer"):
                connection.set_authorizer(authorizer(module, append_only))
        except BaseException:
            connection.close()
            raise
        return connection

    if pooled:
        engine = create_engine(
            "vialtrace://",
            module=module,
            begin=begin,
            creator=connect,
            poolclass=QueuePool,
            pool_size=8,
            max_overflow=24,
            pool_timeout=10,
            hide_parameters=True,
        )
    else:
        engine = create_engine(
            "vialtrace://", module=module, begin=begin, creator=connect, poolclass=NullPool, hide_parameters=True
        )
    return engine


class FileLock:
    """Keeps a second process from writing the same database; a killed process leaves none behind."""

    def __init__(self, database: Path) -> None:
        """Take the lock beside the database, or raise CannotOpen with the number of the process that has it."""
        self.path = database.with_name(database.name + ".lock")
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(self._file, 32).decode("ascii", "replace").strip() or "unknown"
            os.close(self._file)
            raise CannotOpen(
                f"{database} is in use by another process (number {holder}). Stop that one first; only one may write."
            ) from error
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        """Give the lock back. A second call does nothing."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


@contextmanager
def read_only(path: Path, *, damaged_text: bool = False) -> Iterator[Connection]:
    """Yield a connection that cannot write; with `damaged_text` it hands out text that is no UTF-8 as it stands."""
    if not path.exists():
        raise CannotOpen(
            f"{path} does not exist: there is no record to check. Set VIALTRACE_DATA_DIR to the folder that holds it."
        )
    kept = {name: value for name, value in PRAGMAS.items() if name not in {"journal_mode", "secure_delete"}}
    engine = make_engine(path, begin="BEGIN", mode="ro", pragmas={**kept, "query_only": 1}, pooled=False)
    if damaged_text:
        event.listen(engine, "connect", lambda raw, _record: setattr(raw, "text_factory", _as_it_stands))
    try:
        with engine.connect() as conn:
            yield conn
    finally:
        engine.dispose()


def _as_it_stands(text: bytes) -> str:
    return text.decode("utf-8", "surrogateescape")
