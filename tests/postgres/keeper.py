"""Keeps the one server of a test run: starts it, and ends it when the last process that uses it is gone, however it went.

Run as `python -m tests.postgres.keeper FOLDER` by whoever needs the server first. Users hold a shared lock on FOLDER/users,
which the kernel takes from them when they end; the keeper waits for the lock alone.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
import tempfile
from pathlib import Path

from tests.postgres.cluster import Cluster, NoServer

ROOM = 2 * 1024**3
"""Bytes that must be free in memory's file system; else the data lies on disk, and tests wait for it."""


def main(folder: Path) -> None:
    cluster: Cluster | None = None
    home = Path(tempfile.mkdtemp(prefix="vialtrace-postgres-", dir=_quick()))
    home.chmod(0o711)
    try:
        cluster = Cluster.make(home / "server")
        cluster.start()
        _say(folder / "ready", cluster.url())
        with (folder / "users").open("rb") as users:
            fcntl.flock(users, fcntl.LOCK_EX)
            (folder / "ready").unlink()
            cluster.stop()
    except NoServer as trouble:
        _say(folder / "failed", str(trouble))
    finally:
        if cluster is not None:
            cluster.stop()
        shutil.rmtree(home, ignore_errors=True)


def _quick() -> str | None:
    shm = Path("/dev/shm")
    return str(shm) if os.access(shm, os.W_OK) and shutil.disk_usage(shm).free > ROOM else None


def _say(path: Path, text: str) -> None:
    draft = path.with_suffix(".draft")
    draft.write_text(text)
    draft.rename(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
