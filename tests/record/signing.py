"""A hundred events, and a signer of its own account with a shelf elsewhere."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from app.record.engine import Store, database_file
from app.record.keys import Keyring, read_public
from app.record.signer import Signed, Signer
from app.record.trust import Evidence, gather
from app.settings import Settings
from tests.record.conftest import NOON, write_event

STREAMS = ("P1", "P2", "site/MAIN", "P3")


def write_events(store: Store, first: int, last: int) -> None:
    """Events number `first` to `last`, in turn on four streams, one command each."""
    for number in range(first, last + 1):
        stream, at = STREAMS[number % 4], NOON + timedelta(seconds=number)
        store.write(lambda conn, stream=stream, at=at, number=number: write_event(conn, stream, f"C{number}", at=at))


@dataclass(frozen=True)
class Office:
    """The signing account: its keys, and where its checkpoints go."""

    settings: Settings
    folder: Path  # everything of it that is not in the record's folder

    @property
    def keyring(self) -> Keyring:
        return Keyring(self.folder / "signer")

    @property
    def shelf(self) -> Path:
        return self.folder / "elsewhere"

    def signer(self, accept: int = 0) -> Signer:
        keyring = self.keyring
        keyring.prepare()
        path, notes = database_file(self.settings), self.settings.data_dir / "checkpoints"
        return Signer(path, self.settings.site, keyring, notes, (self.shelf,), accept)

    def sign(self, seconds: int = 1000, accept: int = 0) -> Signed | None:
        return self.signer(accept).turn(at(seconds))

    def evidence(self) -> Evidence:
        """What quality assurance has: copies and public keys, from the shelf alone."""
        return gather((self.shelf,), (), read_public(self.shelf / "keys"))

    def copy_to(self, folder: Path) -> Office:
        """The same keys, in other hands."""
        shutil.copytree(self.folder, folder)
        return Office(self.settings, folder)


def at(seconds: int) -> datetime:
    return NOON + timedelta(seconds=seconds)
