"""Moves a record that lies in a file into PostgreSQL: a pharmacy that has grown, or one that came back from an archive."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from app.record import acts, carry
from app.record.backup import DATABASE, CannotDo, copy_folder, copy_photos
from app.record.blobs import Blobs
from app.record.place import place_at, place_of
from app.record.sqlite import FileLock
from app.record.verify import Verdict, verify
from app.settings import Settings

MOVED = "moved"
"""Kind of the event on the site's stream that says the record lies elsewhere from here on."""


def move_in(folder: Path, settings: Settings, *, who: str, at: datetime) -> Verdict:
    """Carry the record of a folder, photos and checkpoints too, into the empty database of `settings`, and check all of it.

    The folder stays as it is. Raises CannotDo or CannotOpen, and leaves the database empty, where the file is not whole, is
    being served, or the database is not an empty one of this release.
    """
    file, place = folder / DATABASE, place_of(settings)
    if isinstance(place, Path):
        raise CannotDo("database_url names a file. Set it to the PostgreSQL database that the record is to go to.")
    owner = place_at(settings.database_owner_url, "database_owner_url") if settings.database_owner_url else None
    if owner is None or isinstance(owner, Path):
        raise CannotDo(
            "Set VIALTRACE_DATABASE_OWNER_URL to the same database as the role that owns its tables, for this command."
        )
    if not file.is_file():
        raise CannotDo(f"{file} does not exist. Name the folder of the record.")
    photos = folder / "blobs" if (folder / "blobs").is_dir() else settings.photos  # or where they already lie for both
    lock = FileLock(file)
    try:
        before = verify(file, photos)
        if not before.ok:
            first = before.faults[0]
            raise CannotDo(f"{file} is not whole: {first.where}: {first.says}. Nothing was moved.")
        if photos != settings.photos:
            copy_photos(file, Blobs(photos), Blobs(settings.photos))
        carry.into_server(file, owner)
    finally:
        lock.release()
    copy_folder(folder / "checkpoints", settings.data_dir / "checkpoints")
    acts.enter(settings, MOVED, {"events": before.events, "photos": before.photos}, who=who, at=at)
    return verify(place, settings.photos)
