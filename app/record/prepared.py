"""Statements of the append path, compiled for SQLite once when the program starts: text and order of the values.

They go through the engine like every other, so its hooks see them and its errors name no value. What is left out is what
SQLAlchemy does for each call: looking the construct up, and laying out its values. The columns are plain text, numbers and
octets; a column that wants its values converted does not belong here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, CursorResult, Executable
from sqlalchemy.dialects import sqlite


class Prepared:
    """One statement with named values."""

    def __init__(self, statement: Executable) -> None:
        """Compile it; a value that is not named by the caller cannot stand in it."""
        compiled: Any = statement.compile(  # type: ignore[attr-defined]  # every statement of ours can be compiled
            dialect=sqlite.dialect()
        )
        self._statement = statement
        self.text = str(compiled)
        self._names: tuple[str, ...] = tuple(compiled.positiontup)

    def run(self, conn: Connection, values: dict[str, Any]) -> CursorResult[Any]:
        """Run it with these values; on SQLite more may be given than it names."""
        if conn.dialect.name != "sqlite":
            return conn.execute(self._statement, values)
        return conn.exec_driver_sql(self.text, tuple([values[name] for name in self._names]))

    def run_each(self, conn: Connection, rows: Sequence[dict[str, Any]]) -> None:
        """Run it once for each row: on SQLite many rows in one go."""
        if len(rows) > 1 and conn.dialect.name == "sqlite":
            conn.exec_driver_sql(self.text, [tuple([row[name] for name in self._names]) for row in rows])
            return
        for row in rows:
            self.run(conn, row)
