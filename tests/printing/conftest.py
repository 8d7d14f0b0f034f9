"""A pharmacy with one order that was verified, and a printer that prints a row at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.clock import now
from app.dispatch import Dispatcher
from app.outbox_worker import LabelPrinter
from app.people.door import Door
from app.people.secrets import CHEAP, Pepper, Secrets
from app.record.blobs import Blobs
from app.record.engine import open_store
from app.settings import Settings
from tests import pharmacy
from tests.laid import lay
from tests.pharmacy import Set


@dataclass
class Press:
    """The printing room of one pharmacy."""

    rooms: Set
    printer: LabelPrinter
    folder: Path
    preparation: str

    def another(self) -> LabelPrinter:
        """The printer of a program started anew."""
        return LabelPrinter(self.rooms.dispatcher, self.rooms.blobs, now)

    def printed(self) -> list[str]:
        return sorted(one.name for one in self.folder.glob("*")) if self.folder.is_dir() else []


@pytest.fixture
def press(tmp_path: Path) -> Iterator[Press]:
    stations = {pharmacy.STATION: pharmacy.station()}
    settings = Settings(data_dir=lay(tmp_path), stations=stations, demo=True, site_telephone="555 010 0199")  # type: ignore[call-arg]  # the rest has defaults
    store = open_store(settings)
    dispatcher, blobs, at = Dispatcher(store, settings), Blobs(settings.photos), now()
    door = Door(store, Secrets((Pepper("test0001", bytes(32)),), pin_cost=CHEAP, password_cost=CHEAP), settings)
    rooms = Set(store, dispatcher, blobs, door)
    pharmacy.seat(door, at)
    pharmacy.furnish(rooms, at)
    yield Press(rooms, LabelPrinter(dispatcher, blobs, now), tmp_path / "labels", pharmacy.verified_order(rooms, at))
    store.close()
