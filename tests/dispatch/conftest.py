"""A record for each test, closed at its end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dispatch.counter import Counter, equip, open_counter


@pytest.fixture
def counter(tmp_path: Path, kind: str, request: pytest.FixtureRequest) -> Iterator[Counter]:
    url = request.getfixturevalue("database").url if kind == "postgresql" else ""
    store, dispatcher, clock = open_counter(tmp_path / "data", database_url=url)
    equip(store)
    yield Counter(dispatcher, clock=clock)
    store.close()
