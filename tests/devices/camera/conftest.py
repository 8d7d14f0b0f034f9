"""One decoder for all tests that only decode: starting it takes longer than using it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from devices.camera.decode import Decoder


@pytest.fixture(scope="package")
def decoder() -> Iterator[Decoder]:
    with Decoder() as running:
        assert running.start() is None
        yield running
