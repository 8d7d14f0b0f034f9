"""Photos and other contents, filed by what is in them, on a shelf of this machine or a shared one; messages in the record.

A photo is large and comes once a minute; a message is small, and many come in a second: it is stored by the one commit that
stores what came of it, without a file of its own to be synced beside.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection, bindparam, delete, insert, inspect, select

from app.record.bucket import Bucket
from app.record.columns import moment_text
from app.record.prepared import Prepared
from app.record.running import append_row
from app.record.shelf import Folder, Shelf
from app.record.tables import blob, blob_within, purge

MOST_WITHIN = 64 * 1024
"""Bytes of a content that is kept in the record itself; a larger one would make every page around it slow."""

_KNOWN = Prepared(select(blob.c.seq).where(blob.c.sha256 == bindparam("of")))
_WITHIN = Prepared(select(blob_within.c.content).where(blob_within.c.sha256 == bindparam("of")))
_PURGED = Prepared(select(purge.c.seq).where(purge.c.what == "blob", purge.c.ref == bindparam("of")))
_KEEP = Prepared(insert(blob_within).values(sha256=bindparam("of"), content=bindparam("content")))


@dataclass(frozen=True)
class Blob:
    """A content on disk, ready to be named by an event."""

    sha256: str  # 64 hex digits over the bytes as received
    media_type: str  # such as image/jpeg, found out by content
    size: int  # bytes


@dataclass(frozen=True)
class Damaged:
    """The file is not what was filed: it is shown as damaged, never as the picture."""

    sha256: str  # as filed
    says: str  # what is wrong, in words


class Blobs:
    """The contents of the record, wherever they lie. `put` before the transaction, `enter` inside it."""

    def __init__(
        self, place: Path | str, reading: Callable[[], AbstractContextManager[Connection]] | None = None
    ) -> None:
        """Use this folder, or the bucket that an address `s3://bucket/prefix` names (settings.photos).

        With `reading`, which opens the record, what was purged from it is not filed again.
        """
        self.shelf: Shelf = Folder(place) if isinstance(place, Path) else Bucket(place)
        self._reading = reading

    def put(self, content: bytes, media_type: str) -> Blob:
        """File the bytes and return once they are safe; the same bytes again, or what was purged, change nothing."""
        name = sha256(content).hexdigest()
        if self._was_purged(name):
            return Blob(name, media_type, len(content))
        if isinstance(self.get(name), bytes):
            self.shelf.touch(name)
        else:
            self.shelf.write(name, content)
        return Blob(name, media_type, len(content))

    def get(self, name: str, conn: Connection | None = None) -> bytes | Damaged | None:
        """Return the bytes, Damaged when they are not those that were filed, None when there is nothing of this name.

        With `conn` it is looked for in the record first, where messages are: they do not hang on the shelf.
        """
        row = None if conn is None else _WITHIN.one(conn, {"of": _checked(name)})
        try:
            content = self.shelf.read(_checked(name)) if row is None else bytes(row[0])
        except OSError as error:
            return Damaged(name, f"the file {name} cannot be read: {error.strerror or error}")
        if content is not None and sha256(content).hexdigest() != name:
            return Damaged(name, f"the file {name} is not what was filed; look for it in the backup")
        return content

    def erase(self, name: str) -> None:
        """Remove the content after its purge was entered and committed."""
        self.shelf.remove(_checked(name))

    def _was_purged(self, name: str) -> bool:
        if self._reading is None:
            return False
        with self._reading() as conn:
            return is_purged(conn, name)

    def orphans(self, conn: Connection, before: datetime) -> tuple[str, ...]:
        """Return the contents that no row names, older than `before`: left by a cut between file and transaction."""
        old = tuple(self.shelf.older(before))
        known = set(conn.execute(select(blob.c.sha256)).scalars())
        return tuple(name for name in old if name not in known)


def _checked(name: str) -> str:
    """Return a SHA-256 in hex; raise ValueError for anything else, which could name another file."""
    if len(name) != 64 or not set(name) <= set("0123456789abcdef"):
        raise ValueError(f"{name!r} is no SHA-256")
    return name


def enter(conn: Connection, kept: Blob, *, at: datetime, identifying: bool) -> bool:
    """Write the row that says this content belongs to the record, in the transaction of the event that names it.

    False where there is one already.

    `identifying` marks contents that show a name (labels, photos, raw messages) and are purged with the patient's text.
    """
    if _KNOWN.one(conn, {"of": kept.sha256}) is not None:
        return False
    row = {
        "sha256": kept.sha256, "media_type": kept.media_type, "size": kept.size,
        "identifying": int(identifying), "at": moment_text(at),
    }  # fmt: skip
    append_row(conn, blob, row)
    return True


def filed(content: bytes, media_type: str) -> Blob:
    """Return what names a content, before it is anywhere."""
    return Blob(sha256(content).hexdigest(), media_type, len(content))


def keep(conn: Connection, kept: Blob, content: bytes, *, at: datetime, identifying: bool) -> None:
    """Enter a content and keep its bytes in the record itself, in the transaction of what came of it; once, however often.

    For contents of up to `MOST_WITHIN` bytes. One that was purged and comes again stays away: its name and digest are there,
    and whoever was forgotten stays forgotten.
    """
    new = enter(conn, kept, at=at, identifying=identifying)
    if new or (_WITHIN.one(conn, {"of": kept.sha256}) is None and not is_purged(conn, kept.sha256)):
        _KEEP.change(conn, {"of": kept.sha256, "content": content})


def kept_within(conn: Connection) -> frozenset[str]:
    """Return the names of the contents that the record itself holds; none in one of before it did."""
    if not inspect(conn).has_table(blob_within.name):
        return frozenset()
    return frozenset(conn.execute(select(blob_within.c.sha256)).scalars())


def find(conn: Connection, name: str) -> Blob | None:
    """Return what is known of a content, None when it does not belong to the record."""
    row = conn.execute(select(blob).where(blob.c.sha256 == name)).one_or_none()
    return None if row is None else Blob(row.sha256, row.media_type, row.size)


def is_purged(conn: Connection, name: str) -> bool:
    """Return whether a content was purged, at whatever time."""
    return _PURGED.one(conn, {"of": name}) is not None


def enter_purge(conn: Connection, name: str, *, who: str, at: datetime, command_id: str) -> None:
    """Write the row that says a content was purged, and take it out of the record; `Blobs.erase` follows the commit."""
    conn.execute(delete(blob_within).where(blob_within.c.sha256 == name))
    row = {"what": "blob", "ref": name, "at": moment_text(at), "who": who, "command_id": command_id}
    append_row(conn, purge, row)


def erase_purged(conn: Connection) -> tuple[str, ...]:
    """Take whatever was ever purged out of the record, should it have come back, and return the names of it all."""
    gone = select(purge.c.ref).where(purge.c.what == "blob")
    conn.execute(delete(blob_within).where(blob_within.c.sha256.in_(gone)))
    return tuple(conn.execute(gone).scalars())
