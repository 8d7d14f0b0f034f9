"""Tests that wait for real time on a shared machine get a second and a third try; every other test has one."""

from __future__ import annotations

import pytest

pytest_plugins = ("tests.postgres.fixtures", "tests.postgres.furnished")

REAL_TIME = (
    "tests/devices/",
    "tests/hardware_mocks/",
    "tests/house/test_bootstrap.py",
    "tests/record/test_power.py",
    "tests/serving/",
    "tests/stations/",
    "tests/web/",
)
"""They drive ports, processes or a browser, whose answers a busy machine delays beyond any deadline a test can name."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.startswith(REAL_TIME):
            item.add_marker(pytest.mark.flaky(reruns=2))
    items.sort(key=lambda item: item.get_closest_marker("first") is None)
