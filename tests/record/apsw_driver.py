"""apsw dressed as the driver that the record uses, so that the real store runs over a disk of the test's making."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import apsw
import apsw.ext


class Error(Exception):
    """Any trouble of the database."""


class DatabaseError(Error):
    """As in PEP 249."""


class OperationalError(DatabaseError):
    """The disk, the lock, the file."""


class IntegrityError(DatabaseError):
    """A constraint or a trigger."""


class ProgrammingError(DatabaseError):
    """A wrong call."""


def _same(error: apsw.Error) -> Error:
    if isinstance(error, apsw.ConstraintError):
        return IntegrityError(str(error))
    return OperationalError(f"{type(error).__name__}: {error}")


class Cursor:
    """Rows are fetched at once: the statement is over when `execute` returns."""

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self._rows: list[Any] = []

    def execute(self, sql: str, values: Sequence[Any] = ()) -> Cursor:
        raw = self.connection.raw
        try:
            before = raw.total_changes()
            self._rows = list(raw.execute(sql, tuple(values) or None))
            self.rowcount = raw.changes() if raw.total_changes() > before else 0
            self.description = self.connection.describe(sql)
        except apsw.Error as error:
            raise _same(error) from error
        self.rowcount = -1 if self.description else self.rowcount
        self.lastrowid = raw.last_insert_rowid()
        return self

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> Cursor:
        for values in rows:
            self.execute(sql, values)
        return self

    def fetchone(self) -> Any:
        return self._rows.pop(0) if self._rows else None

    def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows

    def fetchmany(self, size: int = 1) -> list[Any]:
        rows, self._rows = self._rows[:size], self._rows[size:]
        return rows

    def __iter__(self) -> Any:
        return iter(self.fetchall())

    def close(self) -> None:
        self._rows = []


class Connection:
    """What the engine and its hooks ask of a connection."""

    isolation_level: str | None = None

    def __init__(self, raw: apsw.Connection) -> None:
        self.raw = raw
        self.describe = cache(lambda sql: apsw.ext.query_info(raw, sql).description if _answers(sql) else None)

    def cursor(self) -> Cursor:
        return Cursor(self)

    def execute(self, sql: str, values: Sequence[Any] = ()) -> Cursor:
        return self.cursor().execute(sql, values)

    def commit(self) -> None:
        if not self.raw.get_autocommit():
            self.execute("COMMIT")

    def rollback(self) -> None:
        if not self.raw.get_autocommit():
            self.execute("ROLLBACK")

    def create_function(self, name: str, number: int, made: Any, **_: Any) -> None:
        self.raw.create_scalar_function(name, made, number)

    def set_authorizer(self, judge: Any) -> None:
        self.raw.authorizer = judge

    def close(self) -> None:
        self.raw.close()


def _answers(sql: str) -> bool:
    return sql.lstrip().upper().startswith(("SELECT", "PRAGMA", "WITH")) or "RETURNING" in sql.upper()


class Driver:
    """In the stead of the module `pysqlite3.dbapi2`; opens its files through the VFS of this name."""

    paramstyle = "qmark"
    apilevel = "2.0"
    threadsafety = 1
    Error, DatabaseError, OperationalError = Error, DatabaseError, OperationalError
    IntegrityError, ProgrammingError = IntegrityError, ProgrammingError
    NotSupportedError = InterfaceError = InternalError = DataError = Warning = DatabaseError
    Binary = bytes
    sqlite_version = apsw.sqlite_lib_version()
    sqlite_version_info = tuple(int(part) for part in apsw.sqlite_lib_version().split("."))

    def __init__(self, vfs: str) -> None:
        self._vfs = vfs
        names = {name: value for name, value in vars(apsw).items() if name.startswith("SQLITE_")}
        self.__dict__.update(names)

    def connect(self, place: str, **_: Any) -> Connection:
        flags = apsw.SQLITE_OPEN_URI | apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
        try:
            return Connection(apsw.Connection(f"{place}&vfs={self._vfs}", flags=flags))
        except apsw.Error as error:
            raise _same(error) from error
