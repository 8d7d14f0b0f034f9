"""A record for each test, closed at its end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dispatch.counter import Counter, equip, open_counter


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    store, dispatcher, clock = open_counter(tmp_path / "data")
    equip(store)
    yield Counter(dispatcher, clock=clock)
    store.close()
