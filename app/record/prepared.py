"""Statements of the paths that every command takes, compiled for SQLite once: the text, and the order of the values.

What SQLAlchemy does for each call costs four times what SQLite itself needs for such a statement. So these go to the cursor
of its connection, unless somebody listens to the engine: then they go through it like every other, and its hooks see them.
Errors are its own either way, and name no value. Values go in and come out as they are stored: plain text, numbers, octets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any, TypeVar

from sqlalchemy import Connection, Executable
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError

T = TypeVar("T")


class Prepared:
    """One statement with named values."""

    def __init__(self, statement: Executable) -> None:
        """Compile it; values that the statement itself names, such as a limit, are kept with it."""
        compiled: Any = statement.compile(  # type: ignore[attr-defined]  # every statement of ours can be compiled
            dialect=sqlite.dialect()
        )
        self._statement = statement
        self.text = str(compiled)
        self._names: tuple[str, ...] = tuple(compiled.positiontup)
        self._own: dict[str, Any] = {name: value for name, value in compiled.params.items() if value is not None}

    def rows(self, conn: Connection, values: dict[str, Any]) -> Sequence[Any]:
        """Return the rows that it finds; on SQLite more values may be given than it names."""
        if conn.dialect.name != "sqlite":
            return conn.execute(self._statement, values).all()
        if _somebody_listens(conn):
            return conn.exec_driver_sql(self.text, self._in_order(values)).all()
        return self._at_cursor(conn, "execute", self._in_order(values), _all)

    def one(self, conn: Connection, values: dict[str, Any]) -> Any:
        """Return the one row that it finds, or None."""
        found = self.rows(conn, values)
        if len(found) > 1:
            raise LookupError(f"{len(found)} rows where there is one at most: {self.text}")
        return found[0] if found else None

    def change(self, conn: Connection, values: dict[str, Any]) -> int:
        """Run it, and return how many rows it wrote."""
        if conn.dialect.name != "sqlite":
            return conn.execute(self._statement, values).rowcount
        if _somebody_listens(conn):
            return conn.exec_driver_sql(self.text, self._in_order(values)).rowcount
        return self._at_cursor(conn, "execute", self._in_order(values), _written)

    def change_each(self, conn: Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Run it once for each row: on SQLite all of them in one go."""
        if len(rows) == 1:
            self.change(conn, rows[0])
        elif conn.dialect.name != "sqlite":
            conn.execute(self._statement, rows)
        elif _somebody_listens(conn):
            conn.exec_driver_sql(self.text, [self._in_order(row) for row in rows])
        else:
            self._at_cursor(conn, "executemany", [self._in_order(row) for row in rows], _written)

    def _in_order(self, values: dict[str, Any]) -> tuple[Any, ...]:
        given = {**self._own, **values} if self._own else values
        return tuple([given[name] for name in self._names])

    def _at_cursor(self, conn: Connection, how: str, values: Any, then: Callable[[Any], T]) -> T:
        """Run it at a cursor of this connection and return what `then` takes from it, before it is closed again."""
        driver: Any = conn.dialect.dbapi
        if not conn.in_transaction():
            conn.begin()  # as SQLAlchemy does by itself: whatever is read next is read at the same moment
        with closing(conn.connection.cursor()) as cursor:
            try:
                getattr(cursor, how)(self.text, values)
                return then(cursor)
            except driver.Error as error:
                raise DBAPIError.instance(
                    self.text, None, error, driver.Error, hide_parameters=True, dialect=conn.dialect
                ) from error


def _all(cursor: Any) -> Sequence[Any]:
    found: Sequence[Any] = cursor.fetchall()
    return found


def _written(cursor: Any) -> int:
    return int(cursor.rowcount)


def _somebody_listens(conn: Connection) -> bool:
    heard = conn.engine.dispatch
    return bool(heard.before_cursor_execute or heard.after_cursor_execute)
