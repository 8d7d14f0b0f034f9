from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.people.door import Door
from app.people.secrets import CHEAP, Pepper, Secrets
from app.record.engine import Store, open_store
from app.settings import Settings
from tests.laid import lay
from tests.people.cast import seat

PEPPER = Pepper("p1", bytes(range(32)))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(Settings(data_dir=lay(tmp_path)))
    yield opened
    opened.close()


@pytest.fixture
def door(store: Store) -> Door:
    """A door with the whole cast behind it and cheap hashes."""
    made = Door(store, Secrets((PEPPER,), pin_cost=CHEAP, password_cost=CHEAP))
    seat(made)
    return made
