"""An unsafe PostgreSQL, a wrong clock, another release: each is named, and nothing is served on it."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import make_url

from app import clock
from app.cli.db import db
from app.record import postgres, postgres_fitness, upgrade
from app.record.engine import CannotOpen, NotSaved, Store, open_store
from app.record.place import name_of, place_at
from app.settings import Settings, load_settings
from tests.postgres.databases import APP, OWNER, Database, fresh
from tests.postgres.fixtures import POSTGRESQL


def why_not(url: str, folder: Path) -> str:
    with pytest.raises(CannotOpen) as caught:
        open_store(load_settings(data_dir=folder, database_url=url))
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("fsync", "off", "fsync is off: a power cut or a bad disk could change the record unseen. Switch it on"),
        ("full_page_writes", "off", "full_page_writes is off"),
        ("data_checksums", "off", "data_checksums is off"),
        ("server_version_num", "140012", "it is PostgreSQL 14; 15 or later is needed"),
        ("server_encoding", "SQL_ASCII", "its encoding is not UTF8"),
    ],
)
def test_q67_a_server_that_is_set_unsafely_stops_the_start(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    """Planted where the answer comes in: these belong to a whole server, which other tests use."""
    asked = postgres_fitness._setting
    monkeypatch.setattr(postgres_fitness, "_setting", lambda conn, one: value if one == name else asked(conn, one))
    assert says in why_not(database.url, tmp_path)


@pytest.mark.parametrize("value", ["off", "local", "remote_write"])
def test_q67_answers_before_the_disk_has_it_stop_the_start(database: Database, tmp_path: Path, value: str) -> None:
    database.administer(f"ALTER DATABASE {database.name} SET synchronous_commit = {value}")
    assert "synchronous_commit is off or weak: what was answered could be lost" in why_not(database.url, tmp_path)


def test_a_database_that_sorts_as_a_dictionary_does_stops_the_start(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted the other way round, since not every server knows a dictionary: now code points are the wrong order."""
    monkeypatch.setattr(postgres_fitness, "sorted", lambda letters: [], raising=False)
    assert "it sorts text as a dictionary does: create the database with LOCALE 'C'" in why_not(database.url, tmp_path)


@pytest.mark.parametrize(
    ("set_by", "says"), [(3, "this machine's clock is 3.0 s ahead"), (-3600, "this machine's clock is 3600.0 s behind")]
)
def test_q74_a_process_whose_clock_differs_does_not_serve(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, set_by: int, says: str
) -> None:
    right = clock.now
    monkeypatch.setattr(clock, "now", lambda: right() + timedelta(seconds=set_by))
    assert says in why_not(database.url, tmp_path)


def test_q74_two_seconds_of_difference_are_borne() -> None:
    at = clock.now()
    for off in (-2, 0, 2):
        assert postgres_fitness.clock_fault(at, at + timedelta(seconds=off), at) is None
    for off in (-2.1, 2.1):
        assert postgres_fitness.clock_fault(at, at + timedelta(seconds=off), at) is not None
    slow = at + timedelta(seconds=30)
    assert postgres_fitness.clock_fault(at, at + timedelta(seconds=15), slow) is None, "a slow answer is no wrong clock"


def test_q74_a_process_whose_schema_differs_does_not_serve(database: Database, tmp_path: Path) -> None:
    database.administer("UPDATE alembic_version SET version_num = '0001_record'")
    assert "it is at migration 0001_record, not" in why_not(database.url, tmp_path)
    database.administer("UPDATE alembic_version SET version_num = '9999_later'")
    assert "it was written by a newer release" in why_not(database.url, tmp_path)


@POSTGRESQL
def test_q74_a_process_that_lived_through_an_upgrade_writes_no_more(store: Store, database: Database) -> None:
    """Its connections broke, somebody upgraded, and it comes back with the old rules."""
    store.write(lambda conn: None)
    database.administer("UPDATE alembic_version SET version_num = '9999_later'",
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'vialtrace_app' "
                        "AND datname = current_database()")  # fmt: skip
    with pytest.raises(NotSaved, match="was upgraded meanwhile; start the release that belongs to it"):
        store.write(lambda conn: None)


@POSTGRESQL
def test_q74_processes_of_two_releases_do_not_serve_together(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(open_store(settings)) as beside:
        beside.write(lambda conn: None)
    monkeypatch.setattr(Settings, "software", "vialtrace 99.0")
    with pytest.raises(
        CannotOpen, match=r"processes of another release than vialtrace 99\.0 have it open; stop them first"
    ):
        open_store(settings)
    store.close()
    open_store(settings).close()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://app:hush@db.example/rx", "goes to db.example over the network without a checked certificate"),
        ("postgresql://app:hush@db.example/rx?sslmode=require", "without a checked certificate"),
        ("postgresql://app:hush@127.0.0.1,db.example/rx", "goes to db.example over the network"),
        ("postgresql://app:hush@/rx?host=/run/postgresql&host=db.example:5433", "goes to db.example over the network"),
        ("postgresql://app:hush@localhost", "names no database"),
    ],
)
def test_q34_what_goes_over_the_network_goes_to_a_server_whose_certificate_is_checked(url: str, says: str) -> None:
    with pytest.raises(CannotOpen, match=re.escape(says)) as caught:
        place_at(url, "database_url")
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("postgresql://app:hush@db.example/rx?sslmode=verify-full", "database rx at db.example"),
        ("postgres" + "ql+psycopg2://app:hush@localhost/rx", "database rx at localhost"),
        ("postgresql://app@/rx?host=/run/postgresql", "database rx at this machine"),
        ("postgresql:///rx", "database rx at this machine"),
    ],
)
def test_a_url_is_taken_with_our_driver_and_named_without_its_password(url: str, name: str) -> None:
    place = place_at(url, "database_url")
    assert (name_of(place), place.drivername) == (name, "postgresql+psycopg")  # type: ignore[union-attr]  # it is a URL


def test_without_its_driver_postgresql_is_refused_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(CannotOpen, match=r"driver for PostgreSQL is not installed.*vialtrace\[postgres\]"):
        place_at("postgresql:///rx", "database_url")


def test_a_server_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    said = why_not(f"postgresql:///rx?host={tmp_path}", tmp_path)
    assert said.startswith("database rx at this machine cannot be reached (")


# --- vialtrace db upgrade ---


def upgraded(monkeypatch: pytest.MonkeyPatch, url: str, owner: str) -> tuple[int, str]:
    monkeypatch.setenv("VIALTRACE_DATABASE_URL", url)
    monkeypatch.setenv("VIALTRACE_DATABASE_OWNER_URL", owner)
    done = CliRunner().invoke(db, ["upgrade"])
    return done.exit_code, done.output


def test_the_owner_upgrades_an_empty_database_and_it_can_be_served(
    postgres_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with fresh(postgres_folder, empty=True) as made:
        assert "it is at migration none" in why_not(made.url, tmp_path)
        code, said = upgraded(monkeypatch, made.url, made.owner_url)
        assert (code, said) == (
            0,
            f"database {made.name} at this machine went from nothing to migration {upgrade.newest()}.\n",
        )
        code, said = upgraded(monkeypatch, made.url, made.owner_url)
        assert (code, said) == (
            0,
            f"database {made.name} at this machine is at migration {upgrade.newest()} already; nothing changed.\n",
        )
        open_store(load_settings()).close()


def test_an_upgrade_mends_rights_that_were_changed(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    database.administer(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {APP}", f"REVOKE SELECT ON unit FROM {APP}",
                        "GRANT INSERT ON event TO PUBLIC")  # fmt: skip
    assert "may DELETE event, and must not" in why_not(database.url, tmp_path)
    assert upgraded(monkeypatch, database.url, database.owner_url)[0] == 0
    open_store(load_settings()).close()


def test_an_upgrade_is_refused_in_words(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    nobody = make_url(database.url).set(username="nobody_here").render_as_string(hide_password=False)
    for url, owner, says in (
        (database.url, "", "set VIALTRACE_DATABASE_OWNER_URL"),
        (database.url, "sqlite:///other.db", "set VIALTRACE_DATABASE_OWNER_URL"),
        (database.url, database.admin_url, "is a superuser, and append_event would run with all its rights"),
        (database.owner_url, database.owner_url, "name one role; who serves must not be the owner"),
        (nobody, database.owner_url, 'role "nobody_here" does not exist'),
        (database.url, database.url, "name one role"),
    ):
        code, said = upgraded(monkeypatch, url, owner)
        assert (code, says in said) == (2, True), said


@POSTGRESQL
def test_an_upgrade_is_refused_while_a_process_serves(
    store: Store, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write(lambda conn: None)
    code, said = upgraded(monkeypatch, database.url, database.owner_url)
    assert (code, "is in use by another process. Stop every server first." in said) == (2, True)


def test_a_migration_that_fails_leaves_postgresql_as_it_was(
    postgres_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.record import postgres_upgrade

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(postgres_upgrade, "schema_faults", lambda conn: ("the table of dreams is missing",))
    with fresh(postgres_folder, empty=True) as made:
        code, said = upgraded(monkeypatch, made.url, made.owner_url)
        assert code == 2
        assert re.search("was left as it was, because.*table of dreams", said)
        assert "it is at migration none" in why_not(made.url, tmp_path)


def test_the_owner_of_the_tables_is_who_the_owners_url_says(database: Database) -> None:
    from app.record import postgres_upgrade

    with postgres_upgrade.as_owner(place_at(database.owner_url, "url")) as conn:  # type: ignore[arg-type]  # a URL
        owners = (
            conn.exec_driver_sql("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")
            .scalars()
            .all()
        )
    assert owners == [OWNER]
