"""Statements of the paths that every command takes, compiled for each database once: the text, and how values are handed in.

What SQLAlchemy does for each call costs four times what SQLite itself needs for such a statement. So these go to the cursor
of its connection, unless somebody listens to the engine: then they go through it like every other, and its hooks see them.
Errors are its own either way, and name no value. Values go in and come out as they are stored: plain text, numbers, octets.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, CompoundSelect, Connection, Executable, Select, literal_column
from sqlalchemy.exc import DBAPIError

T = TypeVar("T")

FIRST: ColumnElement[int] = literal_column("1")
"""For `limit`: a number handed in as a value, like a pattern after LIKE, has SQLite make the statement anew each time."""


class Prepared:
    """One statement with named values."""

    def __init__(self, statement: Executable) -> None:
        """Take the statement; it is compiled when a database first asks for it."""
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, conn: Connection, values: dict[str, Any]) -> Sequence[Any]:
        """Return the rows that it finds; more values may be given than it names."""
        text, given = self._on(conn).ask(values)
        if _somebody_listens(conn):
            return conn.exec_driver_sql(text, given).all()
        return _at_cursor(conn, "execute", text, given, _all)

    def one(self, conn: Connection, values: dict[str, Any]) -> Any:
        """Return the one row that it finds, or None."""
        found = self.rows(conn, values)
        if len(found) > 1:
            raise LookupError(f"{len(found)} rows where there is one at most: {self._statement}")
        return found[0] if found else None

    def change(self, conn: Connection, values: dict[str, Any]) -> int:
        """Run it, and return how many rows it wrote."""
        text, given = self._on(conn).ask(values)
        if _somebody_listens(conn):
            return conn.exec_driver_sql(text, given).rowcount
        return _at_cursor(conn, "execute", text, given, _written)

    def change_each(self, conn: Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Run it once for each row, all of them in one go."""
        if len(rows) == 1:
            self.change(conn, rows[0])
            return
        compiled = self._on(conn)
        given = [compiled.ask(row)[1] for row in rows]
        if _somebody_listens(conn):
            conn.exec_driver_sql(compiled.text, given)
        else:
            _at_cursor(conn, "executemany", compiled.text, given, _written)

    def _on(self, conn: Connection) -> _Compiled:
        found = self._compiled.get(conn.dialect.name)
        if found is None:
            found = self._compiled[conn.dialect.name] = _Compiled.of(self._statement, conn)
        return found


class PreparedRows(Prepared):
    """A query whose rows come back by name and in Python's types, as SQLAlchemy's own do. Values go in as they are stored."""

    def __init__(self, query: Select[Any] | CompoundSelect[Any]) -> None:
        """Take the query; each of its columns has a name of its own."""
        super().__init__(query)
        self._columns = tuple(query.selected_columns)
        self._row: Any = namedtuple("Row", [column.name for column in self._columns])  # type: ignore[misc]  # named by the query
        self._readers: dict[str, list[tuple[int, Callable[[Any], Any]]]] = {}

    def all(self, conn: Connection, values: dict[str, Any]) -> list[Any]:
        """Return the rows that it finds."""
        readers, found = self._on_reading(conn), self.rows(conn, values)
        return [self._row._make(_read(row, readers)) for row in found]

    def first(self, conn: Connection, values: dict[str, Any]) -> Any:
        """Return the first row that it finds, or None."""
        return next(iter(self.all(conn, values)), None)

    def _on_reading(self, conn: Connection) -> list[tuple[int, Callable[[Any], Any]]]:
        """Return what turns a stored value into Python's, and in which places."""
        found = self._readers.get(conn.dialect.name)
        if found is None:
            made = [column.type._cached_result_processor(conn.dialect, None) for column in self._columns]
            found = self._readers[conn.dialect.name] = [(at, one) for at, one in enumerate(made) if one is not None]
        return found


def _read(row: Sequence[Any], readers: list[tuple[int, Callable[[Any], Any]]]) -> Sequence[Any]:
    if not readers:
        return row
    values = list(row)
    for at, reader in readers:
        values[at] = reader(values[at])
    return values


@dataclass(frozen=True)
class _Compiled:
    """One statement as one database takes it."""

    text: str
    names: tuple[str, ...] | None
    """The order of the values; None where they are handed in by name."""
    own: dict[str, Any]
    """Values that the statement itself names, such as a limit."""

    @classmethod
    def of(cls, statement: Executable, conn: Connection) -> _Compiled:
        compiled: Any = statement.compile(  # type: ignore[attr-defined]  # every statement of ours can be compiled
            dialect=conn.dialect
        )
        own = {name: value for name, value in compiled.params.items() if value is not None}
        return cls(str(compiled), tuple(compiled.positiontup) if compiled.positional else None, own)

    def ask(self, values: dict[str, Any]) -> tuple[str, Any]:
        """Return the text, and the values as the driver takes them."""
        given = {**self.own, **values} if self.own else values
        return self.text, given if self.names is None else tuple([given[name] for name in self.names])


def _at_cursor(conn: Connection, how: str, text: str, values: Any, then: Callable[[Any], T]) -> T:
    """Run it at a cursor of this connection and return what `then` takes from it, before it is closed again."""
    driver: Any = conn.dialect.dbapi
    if not conn.in_transaction():
        conn.begin()  # as SQLAlchemy does by itself: whatever is read next is read at the same moment
    raw: Any = conn.connection
    with closing(raw.cursor()) as cursor:
        try:
            getattr(cursor, how)(text, values)
            return then(cursor)
        except driver.Error as error:
            lost = conn.dialect.is_disconnect(error, raw.driver_connection, cursor)
            if lost:
                conn.invalidate(error)
            raise DBAPIError.instance(
                text, None, error, driver.Error, hide_parameters=True, connection_invalidated=lost, dialect=conn.dialect
            ) from error


def _all(cursor: Any) -> Sequence[Any]:
    found: Sequence[Any] = cursor.fetchall()
    return found


def _written(cursor: Any) -> int:
    return int(cursor.rowcount)


def _somebody_listens(conn: Connection) -> bool:
    heard = conn.engine.dispatch
    return bool(heard.before_cursor_execute or heard.after_cursor_execute)
