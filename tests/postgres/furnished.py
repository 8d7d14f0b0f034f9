"""A furnished pharmacy on PostgreSQL, with a verified order: made once a worker, copied for each test that wants one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.clock import now
from app.dispatch import Dispatcher
from app.people import accounts
from app.people.door import Door
from app.people.history import Act
from app.people.secrets import CHEAP, Pepper, Secrets
from app.record.blobs import Blobs
from app.record.engine import Store, open_store
from app.settings import Settings
from tests import pharmacy
from tests.pharmacy import Set
from tests.postgres.databases import Database, fresh

PEPPER = "test0001"
SECRETS = {"pepper": f"{PEPPER}:{'00' * 32}", "secret_key": "k" * 43, "code_key": f"{PEPPER}:{'11' * 32}"}
"""Files of a data folder, the same for every process of a record."""


@dataclass(frozen=True)
class Furnished:
    """A record that nobody has open."""

    database: Database
    photos: Path
    """The folder that every process reaches."""
    preparation: str
    """Verified, ready to be claimed."""


def settings_of(folder: Path, database: Database, photos: Path, *stations: str, site: str = "MAIN") -> Settings:
    """A process's own settings, its secrets in its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in SECRETS.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o600)
    stands = {station: pharmacy.station() for station in stations}
    return Settings(  # type: ignore[call-arg]  # the rest has defaults
        data_dir=folder, database_url=database.url, photos_url=str(photos), stations=stands, site=site, demo=True
    )


def rooms_of(store: Store, settings: Settings) -> Set:
    pepper = Secrets((Pepper(PEPPER, bytes(32)),), pin_cost=CHEAP, password_cost=CHEAP)
    return Set(store, Dispatcher(store, settings), Blobs(settings.photos), Door(store, pepper, settings))


def _invented(act: Act) -> None:
    """Somebody of the demo, so that the record may be served as one."""
    accounts.take_on(act, id="VERA0006", user="vera", name="Vera Fictive", roles=("qa",), identity_checked_by="test")


@pytest.fixture(scope="session")
def furnished(postgres_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    home = tmp_path_factory.mktemp("furnished")
    with fresh(postgres_folder) as made:
        settings, at = settings_of(home / "data", made, home / "photos", pharmacy.STATION), now()
        store = open_store(settings)
        rooms = rooms_of(store, settings)
        pharmacy.seat(rooms.door, at)
        rooms.door.write(_invented, by="setup", at=at)
        pharmacy.furnish(rooms, at)
        preparation = pharmacy.verified_order(rooms, at)
        store.close()
        yield Furnished(made, home / "photos", preparation)


@pytest.fixture
def copied(postgres_folder: Path, furnished: Furnished) -> Iterator[Furnished]:
    """The same record, for this test alone."""
    with fresh(postgres_folder, like=furnished.database) as made:
        yield Furnished(made, furnished.photos, furnished.preparation)
