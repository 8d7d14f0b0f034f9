"""A PostgreSQL database for each test, copied from one that was migrated once; one server for the whole run."""

from __future__ import annotations

import fcntl
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any

import psycopg
from sqlalchemy import URL, make_url

from app.record import postgres_upgrade
from app.record.migrations import guards
from app.record.place import place_at
from app.record.schema import append_only_tables
from tests.postgres.cluster import NoServer

OWNER, APP = "vialtrace_owner", "vialtrace_app"
OVERRIDE = "VIALTRACE_TEST_POSTGRES_URL"
"""URL of a superuser on another server to test with; databases named vialtrace_test_… are made and dropped there."""

_found: list[str] = []
"""The superuser's URL of the server that this process uses."""

_held: list[IO[bytes]] = []
"""Open files whose locks say that this process uses the server, until it ends."""


@dataclass(frozen=True)
class Database:
    """One database as those who use it reach it."""

    name: str
    super_url: str

    @property
    def url(self) -> str:
        """As the role that serves."""
        return _as(self.super_url, APP, self.name)

    @property
    def owner_url(self) -> str:
        """As the role that migrates."""
        return _as(self.super_url, OWNER, self.name)

    @property
    def admin_url(self) -> str:
        """As the superuser, who can do anything."""
        return _as(self.super_url, None, self.name)

    def administer(self, *statements: str, url: str = "") -> None:
        """Run statements as the superuser, or as whoever `url` names."""
        administer(url or self.admin_url, *statements)


@contextmanager
def unguarded(place: URL) -> Iterator[psycopg.Connection[Any]]:
    """Connect to a record as a superuser, with the guards of every table off until the end."""
    tables = sorted(append_only_tables())
    with psycopg.connect(plain(_as(_found[0], None, str(place.database))), autocommit=True) as raw:
        for table in tables:
            raw.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield raw
        for table in tables:
            for name in guards.triggers("postgresql", table, ()):
                raw.execute(guards.always(name, table))


def plain(url: str) -> str:
    """Return a URL as the driver itself reads it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _as(url: str, role: str | None, database: str) -> str:
    made = make_url(url).set(drivername="postgresql+psycopg", database=database)
    made = made.set(username=role, password=role) if role else made
    return made.render_as_string(hide_password=False)


def administer(url: str, *statements: str) -> None:
    with psycopg.connect(plain(url), autocommit=True) as conn:
        for statement in statements:
            conn.execute(statement)


def server(folder: Path) -> str:
    """Return the superuser's URL of the run's server, starting it where nobody has; `folder` is the run's own."""
    folder.mkdir(parents=True, exist_ok=True)
    found = _server(folder)
    _found[:] = [found]
    return found


@cache
def _server(folder: Path) -> str:
    if os.environ.get(OVERRIDE):
        return os.environ[OVERRIDE]
    users = (folder / "users").open("ab")
    fcntl.flock(users, fcntl.LOCK_SH)
    _held.append(users)
    with alone(folder / "starting"):
        if not (folder / "ready").exists():
            with (folder / "keeper.log").open("ab") as log:
                keeper = subprocess.Popen(
                    [sys.executable, "-m", "tests.postgres.keeper", str(folder)],
                    cwd=Path(__file__).parents[2],
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            keeper.returncode = 0  # it outlives this process by design: nobody is to be warned of it
        until = time.monotonic() + 90
        while not (folder / "ready").exists():
            if (folder / "failed").exists() or time.monotonic() > until:
                said = folder / "failed" if (folder / "failed").exists() else folder / "keeper.log"
                raise NoServer(said.read_text(errors="replace"))
            time.sleep(0.05)
    return (folder / "ready").read_text()


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold a lock that one process of the run has at a time."""
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@cache
def template(folder: Path) -> Database:
    """Return the migrated database that others are copied from, made by whoever comes first."""
    url = server(folder)
    made = Database("vialtrace_test_template", url)
    with alone(folder / "migrating"):
        if not (folder / "migrated").exists():
            for role in (OWNER, APP):
                administer(
                    url,
                    f"DO $$BEGIN CREATE ROLE {role} LOGIN PASSWORD '{role}'; EXCEPTION WHEN duplicate_object THEN END$$",
                )
            administer(url, f"DROP DATABASE IF EXISTS {made.name} WITH (FORCE)", creation(made.name))
            postgres_upgrade.run(_place(made.owner_url), _place(made.url))
            (folder / "migrated").touch()
    return made


def _role(name: str) -> str:
    made = f"CREATE ROLE {name} LOGIN PASSWORD '{name}'"
    return f"DO $$BEGIN {made}; EXCEPTION WHEN duplicate_object THEN NULL; END$$"


def creation(name: str, rest: str = "TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'") -> str:
    return f"CREATE DATABASE {name} OWNER {OWNER} {rest}"


@contextmanager
def fresh(folder: Path, *, empty: bool = False, like: Database | None = None) -> Iterator[Database]:
    """Make a database that a test has alone, and drop it afterwards: migrated, or empty, or as another is that nobody uses."""
    source = template(folder)
    made = Database(f"vialtrace_test_{secrets.token_hex(6)}", source.super_url)
    rest = () if empty else (f"TEMPLATE {(like or source).name}",)
    administer(source.super_url, creation(made.name, *rest))
    try:
        yield made
    finally:
        administer(source.super_url, f"DROP DATABASE IF EXISTS {made.name} WITH (FORCE)")


def _place(url: str):  # type: ignore[no-untyped-def]
    return place_at(url, "url")
