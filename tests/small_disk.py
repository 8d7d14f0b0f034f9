"""A disk that is really full: a small file system where this account may mount one, else a limit on the size of files."""

from __future__ import annotations

import os
import resource
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEGABYTES = 6


class SmallDisk(ABC):
    """A folder on it, and both ways it can turn."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @abstractmethod
    def fill(self) -> None:
        """From now on nothing can grow."""

    @abstractmethod
    def make_room(self) -> None:
        """From now on it can."""


class _Mounted(SmallDisk):
    """A file system of a few megabytes, which a great file fills to the last byte."""

    def fill(self) -> None:
        with (self.folder / "great").open("wb", buffering=0) as great:
            try:
                while great.write(bytes(4096)) == 4096:
                    pass
            except OSError:
                return

    def make_room(self) -> None:
        (self.folder / "great").unlink(missing_ok=True)


class _Limited(SmallDisk):
    """No file of this process may grow beyond a byte; the driver hears that as an error of the disk."""

    def fill(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))

    def make_room(self) -> None:
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))


def may_mount() -> bool:
    """Whether this account may mount: root, and not in a container that forbids it."""
    quiet = subprocess.DEVNULL
    try:
        return (
            os.geteuid() == 0 and subprocess.run(["unshare", "-m", "true"], stderr=quiet, check=False).returncode == 0
        )
    except FileNotFoundError:
        return False


WAYS = ("limit", "mount") if may_mount() else ("limit",)
"""What can be tried here."""


@contextmanager
def small_disk(folder: Path, way: str = WAYS[-1]) -> Iterator[SmallDisk]:
    """Give a folder on a disk that can be filled."""
    folder.mkdir(parents=True, exist_ok=True)
    if way == "limit":
        limited = _Limited(folder)
        try:
            yield limited
        finally:
            limited.make_room()
        return
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(folder)], check=True)
    try:
        yield _Mounted(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
