from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

import pytest

from app.people.door import Door
from app.people.secrets import CHEAP, CodeKey, Pepper, Secrets
from app.record.engine import Store, open_store
from app.settings import Settings
from tests.laid import lay, scratch
from tests.people.cast import seat

PEPPER = Pepper("p1", bytes(range(32)))
CODE_KEY = CodeKey("c1", bytes(range(1, 33)))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(settings_in(lay(tmp_path)))
    yield opened
    opened.close()


def settings_in(folder: Path) -> Settings:
    return Settings(data_dir=folder)  # type: ignore[call-arg]  # the rest has defaults


@contextmanager
def door_in(folder: Path) -> Iterator[Door]:
    """A door with cheap hashes over the record of a folder."""
    settings = settings_in(folder)
    with closing(open_store(settings)) as store:
        yield Door(store, Secrets((PEPPER,), CHEAP, CHEAP, CODE_KEY), settings)


@cache
def seated() -> Path:
    """A record with the whole cast in it, made once a process."""
    folder = lay(scratch())
    with door_in(folder) as door:
        seat(door)
    return folder


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    """A door with the whole cast behind it and cheap hashes."""
    shutil.copytree(seated(), tmp_path / "seated")
    with door_in(tmp_path / "seated") as made:
        yield made
