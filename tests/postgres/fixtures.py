"""The fixtures that hand a test its own PostgreSQL database, and the mark of a test that holds on both databases."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres.databases import Database, fresh

BOTH = pytest.mark.parametrize("kind", ["sqlite", "postgresql"], indirect=True)
"""The test is run once on each database: `settings`, `store` or `counter` lie on the one that `kind` says."""

POSTGRESQL = pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
"""The test is run on PostgreSQL alone."""


@pytest.fixture
def kind(request: pytest.FixtureRequest) -> str:
    """Which database the record of this test lies in; SQLite unless the test is marked."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture(scope="session")
def postgres_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this run share."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "postgres"


@pytest.fixture
def database(postgres_folder: Path) -> Iterator[Database]:
    """A migrated PostgreSQL database of the test's own."""
    with fresh(postgres_folder) as made:
        yield made
