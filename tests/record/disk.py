"""A disk of the test's making: it notes every write and sync, builds what a power cut leaves, and fails on demand."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import apsw
import pytest

from app.record import sqlite
from tests.record.apsw_driver import Driver

SECTOR = 512
_NUMBERS = count(1)


@dataclass(frozen=True)
class Op:
    """One thing that reached the disk, or one acknowledgement."""

    kind: str  # write, truncate, sync or ack
    file: str  # base name; for ack the command's id
    offset: int = 0  # of a write; the new size of a truncation
    data: bytes = b""  # of a write


@dataclass
class Disk:
    """What happened, in order. `before` is asked before each operation and may raise, which fails it."""

    ops: list[Op] = field(default_factory=list)
    before: Callable[[str, str], None] = lambda _kind, _file: None
    guard: threading.Lock = field(default_factory=threading.Lock)

    def note(self, op: Op) -> None:
        with self.guard:
            self.ops.append(op)

    def acknowledged(self, command: str) -> None:
        """The caller of a command was told that it is on disk."""
        self.note(Op("ack", command))


class _File(apsw.VFSFile):
    def __init__(self, disk: Disk, name: Any, flags: list[int]) -> None:
        super().__init__("", name, flags)
        self._disk = disk
        self._name = Path(name if isinstance(name, str) else name.filename()).name

    def xRead(self, amount: int, offset: int) -> bytes:
        self._disk.before("read", self._name)
        return super().xRead(amount, offset)

    def xWrite(self, data: bytes, offset: int) -> None:
        self._disk.before("write", self._name)
        super().xWrite(data, offset)
        self._disk.note(Op("write", self._name, offset, bytes(data)))

    def xTruncate(self, size: int) -> None:
        self._disk.before("truncate", self._name)
        super().xTruncate(size)
        self._disk.note(Op("truncate", self._name, size))

    def xSync(self, flags: int) -> None:
        self._disk.before("sync", self._name)
        super().xSync(flags)
        self._disk.note(Op("sync", self._name))


class _Vfs(apsw.VFS):
    def __init__(self, disk: Disk, name: str) -> None:
        self._disk = disk
        super().__init__(name, "")

    def xOpen(self, name: Any, flags: list[int]) -> Any:
        if name is None or not flags[0] & (apsw.SQLITE_OPEN_MAIN_DB | apsw.SQLITE_OPEN_WAL):
            return super().xOpen(name, flags)  # what SQLite throws away
        return _File(self._disk, name, flags)


@contextmanager
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    """Let the record's own code open its files through a fresh disk."""
    disk, name = Disk(), f"disk{next(_NUMBERS)}"
    vfs = _Vfs(disk, name)
    with monkeypatch.context() as patched:
        driver = Driver(name)
        patched.setattr(sqlite, "driver", lambda: driver)
        yield disk
    vfs.unregister()


# power cuts


@dataclass
class _Kept:
    """One file: what is surely on the platter, and what was written since the last sync."""

    durable: bytearray
    pending: list[Op] = field(default_factory=list)

    def take(self, op: Op) -> None:
        if op.kind == "sync":
            for one in self.pending:
                _apply(self.durable, one)
            self.pending.clear()
        else:
            self.pending.append(op)

    def left(self, chance: random.Random) -> bytes:
        """What a cut leaves: of each unsynced write all, nothing, or some of its sectors, in any order."""
        content = bytearray(self.durable)
        some = self.pending[:]
        if chance.random() < 0.5:
            chance.shuffle(some)
        for op in some:
            fate = chance.choice(("kept", "dropped", "torn"))
            if fate == "kept" or (fate == "torn" and op.kind == "truncate"):
                _apply(content, op)
            elif fate == "torn":
                _tear(content, op, chance)
        return bytes(content)


def _apply(content: bytearray, op: Op) -> None:
    if op.kind == "truncate":
        del content[op.offset :]
        content.extend(bytes(op.offset - len(content)))
        return
    content.extend(bytes(max(0, op.offset - len(content))))
    content[op.offset : op.offset + len(op.data)] = op.data


def _tear(content: bytearray, op: Op, chance: random.Random) -> None:
    for start in range(0, len(op.data), SECTOR):
        if chance.random() < 0.5:
            _apply(content, Op("write", op.file, op.offset + start, op.data[start : start + SECTOR]))


def cuts(
    ops: list[Op], first: dict[str, bytes], times: int, seed: int
) -> Iterator[tuple[dict[str, bytes], frozenset[str]]]:
    """Cut the power `times` times at random: what each file then holds, and which commands had been acknowledged."""
    chance = random.Random(seed)
    files = {name: _Kept(bytearray(content)) for name, content in first.items()}
    told: set[str] = set()
    points = sorted(chance.randrange(1, len(ops) + 1) for _ in range(times))
    done = 0
    for point in points:
        for op in ops[done:point]:
            if op.kind == "ack":
                told.add(op.file)
            else:
                files.setdefault(op.file, _Kept(bytearray())).take(op)
        done = point
        yield {name: file.left(chance) for name, file in files.items()}, frozenset(told)


# failing


class FailOnce:
    """Fails the operation of this number, counted over the kinds given, and then works again."""

    def __init__(self, number: int, kinds: tuple[str, ...], error: type[apsw.Error]) -> None:
        self._left, self._kinds, self._error = number, kinds, error
        self.failed = ""

    def __call__(self, kind: str, file: str) -> None:
        if kind not in self._kinds or self.failed:
            return
        self._left -= 1
        if self._left < 0:
            self.failed = f"{kind} of {file}"
            raise self._error(self.failed)


class Fails:
    """Fails every operation of these kinds while `on`: a disk that is full, read-only or gone."""

    def __init__(self, kinds: tuple[str, ...], error: type[apsw.Error]) -> None:
        self._kinds, self._error = kinds, error
        self.on = False

    def __call__(self, kind: str, file: str) -> None:
        if self.on and kind in self._kinds:
            raise self._error(f"{kind} of {file}")
