"""Empty records at the newest migration: made once a process, copied for each test."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from app.record import upgrade


def scratch() -> Path:
    """A folder that is gone when the process ends."""
    folder = tempfile.mkdtemp(prefix="vialtrace-tests-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


@cache
def migrated() -> Path:
    """An empty database as `vialtrace db upgrade` leaves it."""
    path = scratch() / "vialtrace.db"
    upgrade.upgrade(path)
    return path


def lay(folder: Path) -> Path:
    """Put such a record into a data folder and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(migrated(), folder / "vialtrace.db")
    return folder
