"""The record starts whole or not at all, and migrations end in what the code declares."""

from __future__ import annotations

import ast
import re
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest
from alembic import command
from click.testing import CliRunner
from sqlalchemy import Column, Table, Text
from sqlalchemy.dialects import sqlite as words
from sqlalchemy.schema import CreateIndex, CreateTable

from app.cli.db import db
from app.record import sqlite, upgrade
from app.record.engine import CannotOpen, open_store
from app.record.migrations import guards
from app.record.schema import append_only_tables, expected_triggers, whole_metadata
from app.record.sqlite_schema import clauses, table_faults
from app.record.tables import metadata
from app.record.verify import verify
from app.settings import Settings
from tests.record.conftest import write_event

TRIGGERS = sorted(name for table in append_only_tables() for name in expected_triggers(whole_metadata().tables[table]))


def change(path: Path, *statements: str) -> None:
    with closing(sqlite.raw_connection(path)) as raw:
        raw.execute("PRAGMA foreign_keys=OFF")
        for statement in statements:
            raw.execute(statement)


def why_not(settings: Settings) -> str:
    with pytest.raises(CannotOpen) as caught:
        open_store(settings)
    return str(caught.value)


def database(settings: Settings) -> Path:
    return settings.data_dir / "vialtrace.db"


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_q4_without_any_one_trigger_the_start_is_refused(settings: Settings, trigger: str) -> None:
    change(database(settings), f"DROP TRIGGER {trigger}")
    assert f"the trigger {trigger} is missing" in why_not(settings)


@pytest.mark.parametrize("table", sorted(table.name for table in metadata.sorted_tables))
def test_q4_without_any_one_table_the_start_is_refused(settings: Settings, table: str) -> None:
    change(database(settings), f'DROP TABLE "{table}"')
    assert f"the table {table} is missing" in why_not(settings)


def test_q4_a_trigger_of_the_right_name_that_does_nothing_stops_the_start(settings: Settings) -> None:
    change(
        database(settings),
        "DROP TRIGGER event_no_update",
        "CREATE TRIGGER event_no_update BEFORE UPDATE ON event BEGIN SELECT 1; END",
    )
    assert "the trigger event_no_update is not as it was installed" in why_not(settings)


def test_q4_a_strange_trigger_or_view_stops_the_start(settings: Settings) -> None:
    change(
        database(settings),
        "CREATE TRIGGER quiet BEFORE INSERT ON event BEGIN SELECT RAISE(IGNORE); END",
        "CREATE VIEW other AS SELECT 1",
    )
    said = why_not(settings)
    assert "a trigger quiet that vialtrace did not install" in said
    assert "a view other that vialtrace did not install" in said


def test_q4_a_missing_column_stops_the_start(settings: Settings) -> None:
    change(database(settings), "ALTER TABLE outbox DROP COLUMN says")
    assert "the table outbox was made without: says TEXT NOT NULL" in why_not(settings)


def made_anew(path: Path, table: str, old: str, new: str) -> None:
    """Make a table anew with the same rows, indices and triggers, but another text between its brackets."""
    with closing(sqlite.raw_connection(path)) as raw:
        kept = "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND type IN ('trigger', 'index') AND sql NOTNULL"
        beside = [row[0] for row in raw.execute(kept, (table,))]
        (made,) = raw.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        assert old in made
        raw.execute(f"CREATE TABLE kept AS SELECT * FROM {table}")
        raw.execute(f"DROP TABLE {table}")
        raw.execute(made.replace(old, new))
        raw.execute(f"INSERT INTO {table} SELECT * FROM kept")
        raw.execute("DROP TABLE kept")
        for one in beside:
            raw.execute(one)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (", \n\tCONSTRAINT pk_event PRIMARY KEY (seq)", ""),
        (", \n\tCONSTRAINT uq_event_preparation_version UNIQUE (preparation, version)", ""),
        ("length(digest) = 32 AND length(site_digest) = 32", "length(digest) > 0"),
        ("body TEXT NOT NULL", "body TEXT"),
        (" STRICT", ""),
    ],
    ids=["no primary key", "no unique key", "another check", "no NOT NULL", "not strict"],
)
def test_q4_a_table_made_anew_with_less_stops_the_start_and_does_not_verify(
    settings: Settings, old: str, new: str
) -> None:
    with closing(open_store(settings)) as store:
        store.write(lambda conn: write_event(conn, "P1", "C1"))
    made_anew(database(settings), "event", old, new)
    assert "the table event was made without" in why_not(settings)
    faults = verify(database(settings), settings.photos).faults
    assert {(one.kind, one.says.startswith("the table event was made")) for one in faults} == {("schema", True)}


def test_q4_no_clause_of_any_table_can_be_left_out_unseen() -> None:
    for table in whole_metadata().sorted_tables:
        made = str(CreateTable(table).compile(dialect=words.dialect()))
        indices = {
            ("index", str(one.name)): str(CreateIndex(one).compile(dialect=words.dialect())) for one in table.indexes
        }
        assert list(table_faults(table, {("table", table.name): made, **indices})) == []
        for clause in clauses(made):
            others = ", ".join(sorted(clauses(made) - {clause, "STRICT"}))
            strict = "" if clause == "STRICT" else "STRICT"
            less = {("table", table.name): f"CREATE TABLE {table.name} ({others}) {strict}", **indices}
            assert f"the table {table.name} was made without: {clause}" in table_faults(table, less)
        for name in indices:
            fewer = {("table", table.name): made, **{one: sql for one, sql in indices.items() if one != name}}
            assert list(table_faults(table, fewer)) == [f"the index {name[1]} is missing or not as it was installed"]


def test_q4_a_strange_unique_index_stops_the_start(settings: Settings) -> None:
    change(database(settings), "CREATE UNIQUE INDEX one_each ON event (who)")
    assert "there is an index one_each that vialtrace did not install" in why_not(settings)


def test_an_older_or_newer_database_is_refused_with_what_to_do(settings: Settings) -> None:
    change(database(settings), "UPDATE alembic_version SET version_num = '0001_record'")
    assert "run `vialtrace db upgrade`" in why_not(settings)
    change(database(settings), "UPDATE alembic_version SET version_num = '9999_later'")
    assert "written by a newer release" in why_not(settings)
    change(database(settings), "DELETE FROM alembic_version")
    assert "it is at migration none" in why_not(settings)


def test_a_first_start_makes_the_database_and_a_second_changes_nothing(settings: Settings) -> None:
    database(settings).unlink()
    open_store(settings).close()
    before = database(settings).read_bytes()
    open_store(settings).close()
    assert database(settings).read_bytes() == before


def test_the_migrations_end_in_the_declared_tables(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    upgrade.upgrade(path)
    with upgrade.offline(path) as conn, conn.begin():
        command.check(upgrade.configuration(conn))


def test_the_check_of_the_migrations_can_fail(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    upgrade.upgrade(path)
    extra = Table("forgotten", metadata, Column("id", Text, primary_key=True), sqlite_strict=True)
    try:
        with upgrade.offline(path) as conn, conn.begin(), pytest.raises(Exception, match="forgotten"):
            command.check(upgrade.configuration(conn))
    finally:
        metadata.remove(extra)


def test_every_table_is_strict(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    upgrade.upgrade(path)
    with closing(sqlite.raw_connection(path)) as raw:
        loose = [row[1] for row in raw.execute("PRAGMA table_list") if not row[5] and not row[1].startswith("sqlite_")]
    assert loose == ["alembic_version"]


def test_a_migration_that_fails_leaves_the_database_as_it_was(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = database(settings)
    path.unlink()
    monkeypatch.setattr(upgrade, "schema_faults", lambda conn: ("the table of dreams is missing",))
    with pytest.raises(CannotOpen, match=r"was left as it was.*table of dreams"):
        upgrade.upgrade(path)
    with closing(sqlite.raw_connection(path)) as raw:
        assert raw.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)


def test_a_migration_keeps_its_own_words() -> None:
    """A migration that called today's code would write something else tomorrow; the guards' own text is held below."""
    for file in sorted((upgrade.FOLDER / "versions").glob("0*.py")):
        tree = ast.parse(file.read_text())
        imported = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
        imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        ours = {name for name in imported if name.split(".")[0] == "app"}
        assert ours <= {"app.record.migrations"}, file.name


def test_a_migration_is_in_no_single_databases_words() -> None:
    for file in sorted((upgrade.FOLDER / "versions").glob("0*.py")):
        text = file.read_text()
        assert not re.search(r"PRAGMA|CREATE TRIGGER|RAISE\(|sqlite_master|pg_catalog|plpgsql", text), file.name
        assert len(re.findall(r'revision = "([^"]+)"', text)[0]) <= 32, "PostgreSQL keeps a revision in 32 characters"


GUARDS = "28a926ad3ad3283747b6d2947030805ee2eee85cfbab8f20ed553ba91674d5bf"
"""SHA-256 of what the guards write for one table with two keys. Migrations of every release count on it."""


def test_the_guards_of_old_migrations_read_as_they_always_did() -> None:
    """Whoever wants other triggers writes a new function beside the old one, and a migration that calls it."""
    keys = (("seq",), ("site", "site_seq"))
    said = [guards.function(), guards.always("t_no_update", "t")]
    for dialect in ("sqlite", "postgresql"):
        said += [guards.dropped(dialect, "t_no_update", "t"), *guards.triggers(dialect, "t", keys).values()]
    assert sha256("\n".join(said).encode()).hexdigest() == GUARDS


def test_the_upgrade_command_says_what_it_did(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    first = CliRunner().invoke(db, ["upgrade", "--data-dir", "d"])
    second = CliRunner().invoke(db, ["upgrade", "--data-dir", "d"])
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert f"from nothing to migration {upgrade.newest()}" in first.stdout
    assert "nothing changed" in second.stdout


def test_the_upgrade_command_is_refused_while_the_record_is_open(settings: Settings) -> None:
    store = open_store(settings)
    done = CliRunner().invoke(db, ["upgrade", "--data-dir", str(settings.data_dir)])
    store.close()
    assert (done.exit_code, done.stdout) == (2, "")
    assert "in use by another process" in done.stderr
