"""Fixtures of the instrument room's tests."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.devices.peer import Peer, Says, i_am


@pytest.fixture
def instrument(tmp_path: Path) -> Iterator[Callable[..., Peer]]:
    """Builds scripted peers; changes to the well-behaved script by command."""
    peers: list[Peer] = []

    def build(**says: list[Says]) -> Peer:
        peers.append(Peer(tmp_path, i_am() | says))
        return peers[-1]

    yield build
    for peer in peers:
        peer.close()
