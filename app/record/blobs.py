"""Photos and other large contents, filed by what is in them. A power cut may leave an orphan, never a hole."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection, select

from app.record.columns import moment_text
from app.record.running import append_row
from app.record.tables import blob, purge


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
    """The folder of contents. `put` before the transaction, `enter` inside it."""

    def __init__(self, folder: Path) -> None:
        """Use this folder (settings.photos), as blobs/ab/cd/<sha256>; it is made with the first content."""
        self.folder = folder

    def put(self, content: bytes, media_type: str) -> Blob:
        """File the bytes and return once they are safely on disk; the same bytes again change nothing."""
        name = sha256(content).hexdigest()
        path = self.path(name)
        if self._holds(path, name):
            _sync_folder(path.parent)
        else:
            self._write(path, content)
        return Blob(name, media_type, len(content))

    def get(self, name: str) -> bytes | Damaged | None:
        """Return the bytes, Damaged when they are not those that were filed, None when there is no file."""
        try:
            content = self.path(name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            return Damaged(name, f"the file {name} cannot be read: {error.strerror}")
        if sha256(content).hexdigest() != name:
            return Damaged(name, f"the file {name} is not what was filed; look for it in the backup")
        return content

    def path(self, name: str) -> Path:
        """Return where a content lies; raise ValueError for what is no SHA-256 in hex."""
        if len(name) != 64 or not set(name) <= set("0123456789abcdef"):
            raise ValueError(f"{name!r} is no SHA-256")
        return self.folder / name[:2] / name[2:4] / name

    def erase(self, name: str) -> None:
        """Remove the file after its purge was entered and committed."""
        path = self.path(name)
        path.unlink(missing_ok=True)
        if path.parent.exists():
            _sync_folder(path.parent)

    def orphans(self, conn: Connection, before: datetime) -> tuple[str, ...]:
        """Return the files that no row names, older than `before`: left by a cut between file and transaction."""
        known = set(conn.execute(select(blob.c.sha256)).scalars())
        files = (path for path in self.folder.glob("??/??/*") if path.name not in known)
        return tuple(sorted(path.name for path in files if path.stat().st_mtime < before.timestamp()))

    def _holds(self, path: Path, name: str) -> bool:
        return path.exists() and not isinstance(self.get(name), Damaged)

    def _write(self, path: Path, content: bytes) -> None:
        """Write beside the final place, sync, rename, sync the folder: so a power cut leaves all or nothing."""
        _make_folder(path.parent)
        draft = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fchmod(file.fileno(), 0o440)
                os.fsync(file.fileno())
            draft.rename(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)


def enter(conn: Connection, kept: Blob, *, at: datetime, identifying: bool) -> None:
    """Write the row that says this content belongs to the record, in the transaction of the event that names it.

    `identifying` marks contents that show a name (labels, photos, raw messages) and are purged with the patient's text.
    """
    if conn.execute(select(blob.c.seq).where(blob.c.sha256 == kept.sha256)).one_or_none() is None:
        row = {
            "sha256": kept.sha256, "media_type": kept.media_type, "size": kept.size,
            "identifying": int(identifying), "at": moment_text(at),
        }  # fmt: skip
        append_row(conn, blob, row)


def find(conn: Connection, name: str) -> Blob | None:
    """Return what is known of a content, None when it does not belong to the record."""
    row = conn.execute(select(blob).where(blob.c.sha256 == name)).one_or_none()
    return None if row is None else Blob(row.sha256, row.media_type, row.size)


def enter_purge(conn: Connection, name: str, *, who: str, at: datetime, command_id: str) -> None:
    """Write the row that says a content was purged; `Blobs.erase` follows the commit."""
    row = {"what": "blob", "ref": name, "at": moment_text(at), "who": who, "command_id": command_id}
    append_row(conn, purge, row)


def _make_folder(folder: Path) -> None:
    """Make the folder and sync each one that was new into its parent, or a cut could lose the folder and its files."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
