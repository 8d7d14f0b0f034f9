"""Where contents lie: a folder of this machine. A bucket (app/record/bucket.py) is the other kind; both do these four things."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Protocol


class Shelf(Protocol):
    """Keeps bytes under the name that is their SHA-256. Raises OSError, with words, where it cannot."""

    def write(self, name: str, content: bytes) -> None:
        """Keep the bytes, and return once they are safe; what lay there under this name is replaced."""

    def read(self, name: str) -> bytes | None:
        """Return the bytes as they lie there, None where there is nothing of this name."""

    def has(self, name: str) -> bool:
        """Say whether there is anything of this name, without reading it."""

    def touch(self, name: str) -> None:
        """Say that somebody is about to need what lies there, so that it is not swept away meanwhile."""

    def remove(self, name: str) -> None:
        """Take it away; nothing happens where there is nothing."""

    def older(self, before: datetime) -> Iterator[str]:
        """Yield the names of what was last written or touched before this moment."""


class Folder:
    """Files as ab/cd/<name>, each written whole or not at all. A power cut may leave an orphan, never a hole."""

    def __init__(self, path: Path) -> None:
        """Use this folder; it is made with the first content."""
        self.path = path

    def place(self, name: str) -> Path:
        """Return where a content lies."""
        return self.path / name[:2] / name[2:4] / name

    def write(self, name: str, content: bytes) -> None:
        """Write beside the final place, sync, rename, sync the folder: so a power cut leaves all or nothing."""
        path = self.place(name)
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

    def read(self, name: str) -> bytes | None:
        """Return the bytes as they lie there, None where there is no file."""
        try:
            return self.place(name).read_bytes()
        except FileNotFoundError:
            return None

    def has(self, name: str) -> bool:
        """Say whether there is a file of this name."""
        return self.place(name).exists()

    def touch(self, name: str) -> None:
        """Set the file's time to now, and see that its name is safe."""
        os.utime(self.place(name))
        _sync_folder(self.place(name).parent)

    def remove(self, name: str) -> None:
        """Take the file away for good."""
        path = self.place(name)
        path.unlink(missing_ok=True)
        if path.parent.exists():
            _sync_folder(path.parent)

    def older(self, before: datetime) -> Iterator[str]:
        """Yield the names of files older than this."""
        for path in sorted(self.path.glob("??/??/*")):
            if path.stat().st_mtime < before.timestamp():
                yield path.name


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
