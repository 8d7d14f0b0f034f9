"""Where a record lies: a SQLite file or a PostgreSQL database, told apart by the URL; and how to read it without writing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError

from app.record import postgres, sqlite
from app.record.troubles import CannotOpen
from app.settings import Settings

Place = Path | URL
"""The file of a SQLite record, or the URL of a PostgreSQL one."""


def place_of(settings: Settings) -> Place:
    """Return where `database_url` points; raise CannotOpen for what is neither database."""
    return place_at(settings.database_url, "database_url")


def place_at(text: str, name: str) -> Place:
    """Read a URL that the setting `name` holds. A URL may hold a password: it is never repeated in words."""
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise CannotOpen(
            f"{name} cannot be read; write sqlite:///path/to/vialtrace.db or postgresql://role@host/database"
        ) from error
    kind = url.get_backend_name()
    if kind == "postgresql":
        return postgres.checked(url, name)
    if kind != "sqlite" or url.database in {None, "", ":memory:"}:
        raise CannotOpen(
            f"{name} must name a SQLite file (sqlite:///path/to/vialtrace.db) or a PostgreSQL database "
            "(postgresql://role@host/database); other databases are not served."
        )
    return Path(str(url.database)).resolve()


def database_file(settings: Settings) -> Path:
    """Return the SQLite file of the record; raise CannotOpen where there is none because it lies on PostgreSQL."""
    place = place_of(settings)
    if isinstance(place, URL):
        raise CannotOpen(f"{name_of(place)} is a PostgreSQL database, and this is done to SQLite files only.")
    return place


def name_of(place: Place) -> str:
    """Return how a person calls it: the path, or role, host and database; never a password."""
    return str(place) if isinstance(place, Path) else postgres.name_of(place)


@contextmanager
def read_only(place: Place, *, damaged_text: bool = False) -> Iterator[Connection]:
    """Yield a connection that sees one moment of the record and cannot write."""
    opened = (
        sqlite.read_only(place, damaged_text=damaged_text) if isinstance(place, Path) else postgres.read_only(place)
    )
    with opened as conn:
        yield conn
