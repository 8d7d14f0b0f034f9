"""Reads long tables some hundred rows at a time: flat memory, and on SQLite no object made for a row but its tuple."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Select
from sqlalchemy.exc import DBAPIError

TOGETHER = 200
"""Rows in memory at once: so few that the processor still has them at hand when they are looked at."""
BY_WIRE = 2000
"""The same where each part is asked for over a wire."""


def rows_of(conn: Connection, query: Select[Any]) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the rows of a query in its order. On SQLite a time is the text that is stored, as the driver hands it out."""
    if conn.dialect.name == "sqlite":
        yield from _straight(conn, query)
        return
    for part in conn.execute(query.execution_options(yield_per=BY_WIRE)).partitions():
        yield [tuple(row) for row in part]


def _straight(conn: Connection, query: Select[Any]) -> Iterator[list[tuple[Any, ...]]]:
    """The driver steps through the rows as they are asked for; it holds none back."""
    result = conn.execute(query)
    cursor = result.cursor
    try:
        while cursor is not None and (rows := cursor.fetchmany(TOGETHER)):
            yield list(rows)
    except _errors(conn) as error:
        raise DBAPIError(None, None, error) from error
    finally:
        result.close()


def _errors(conn: Connection) -> type[Exception]:
    """Return the driver's own class of errors, which SQLAlchemy makes its own everywhere else."""
    errors: type[Exception] = conn.dialect.loaded_dbapi.Error
    return errors
