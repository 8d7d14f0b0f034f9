"""The store: what every caller knows of an open record, whichever database it lies in. `open_store` is the only way in."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy import Connection, Engine

from app.record import checkpoints
from app.record.place import database_file, place_of
from app.record.postgres_store import open_database
from app.record.sqlite_store import open_file
from app.record.troubles import Busy, CannotOpen, Closed, NotSaved, PerhapsSaved
from app.settings import Settings

__all__ = ["Busy", "CannotOpen", "Closed", "NotSaved", "PerhapsSaved", "Store", "database_file", "open_store"]

T = TypeVar("T")


class Store(Protocol):
    """An open record. Readers read beside each other and beside the writer; who writes sees all that was committed."""

    @property
    def name(self) -> str:
        """What a person calls it: the path of the file, or the database and its server."""

    @property
    def engines(self) -> tuple[Engine, Engine]:
        """The engines of the readers and of the writer, for hooks that watch what is asked of the database."""

    @property
    def waiting(self) -> int:
        """How many commands of this process wait to be written."""

    @property
    def is_shared(self) -> bool:
        """Whether other processes may write to the same record at the same time."""

    def reading(self) -> AbstractContextManager[Connection]:
        """Yield a connection of the caller's own that sees one moment of the record and cannot write."""

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` as the only writer and return its answer once it is on disk.

        `work` gets a connection inside its own transaction. It neither commits nor rolls back: returning keeps what it
        wrote, raising undoes it and raises here. It is run once at most. Nothing slow belongs inside. Raises Busy,
        NotSaved or Closed when nothing was done, PerhapsSaved when the database went away and cannot be asked.
        """

    def forget_log(self) -> None:
        """Do what the database can so that purged text is in no file of its own."""

    def close(self) -> None:
        """Finish the waiting commands and close every connection. A second call does nothing."""


def open_store(settings: Settings) -> Store:
    """Open the record for serving. A SQLite file is made where there is none; a PostgreSQL database is upgraded first.

    Raises CannotOpen, with a sentence, for whatever makes it unfit to keep a record.
    """
    place = place_of(settings)
    store: Store = open_file(place) if isinstance(place, Path) else open_database(place, settings.software)
    try:
        signed = settings.data_dir / "checkpoints"
        if signed.is_dir():
            store.write(lambda conn: checkpoints.take_in(conn, signed))
    except BaseException:
        store.close()
        raise
    return store
