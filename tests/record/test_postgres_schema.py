"""A PostgreSQL database ends in the same tables as a SQLite file, and starts whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.pool import NullPool

from app.record import postgres_upgrade, upgrade
from app.record.engine import CannotOpen, open_store
from app.record.place import place_at
from app.record.schema import append_only_tables, expected_triggers, schema_faults, whole_metadata
from app.settings import load_settings
from tests.postgres.databases import Database, fresh

TRIGGERS = {
    name: table
    for table in sorted(append_only_tables())
    for name in expected_triggers(whole_metadata().tables[table], "postgresql")
}


@pytest.fixture(scope="module")
def admin(postgres_folder: Path) -> Iterator[Connection]:
    """A superuser's connection to a database that all tests here share: whatever they do to it is never kept."""
    with fresh(postgres_folder) as made:
        engine = create_engine(made.admin_url, poolclass=NullPool)
        with engine.connect() as conn:
            yield conn
        engine.dispose()


def faults_after(conn: Connection, *statements: str) -> tuple[str, ...]:
    """Do something to the schema, look at it, and undo it."""
    with conn.begin():
        for statement in statements:
            conn.execute(text(statement))
        found = schema_faults(conn)
        conn.rollback()
    return found


def test_the_migrations_end_in_the_declared_tables_on_postgresql_too(database: Database) -> None:
    owner = place_at(database.owner_url, "url")
    with postgres_upgrade.as_owner(owner) as conn, conn.begin():  # type: ignore[arg-type]  # it is a URL
        command.check(upgrade.configuration(conn))


def shape(conn: Connection) -> dict[str, object]:
    """Every table with its columns, keys, references and indexes, as either database tells them."""
    seen = inspect(conn)
    return {
        name: (
            [(column["name"], column["nullable"]) for column in seen.get_columns(name)],
            seen.get_pk_constraint(name)["constrained_columns"],
            sorted(tuple(key["column_names"]) for key in seen.get_unique_constraints(name)),
            sorted((*key["constrained_columns"], key["referred_table"]) for key in seen.get_foreign_keys(name)),
            sorted(key["name"] for key in seen.get_check_constraints(name)),
            sorted(str(key["name"]) for key in seen.get_indexes(name) if not key["unique"]),
        )
        for name in seen.get_table_names()
        if name != "alembic_version"
    }


def test_both_databases_end_with_the_same_tables(admin: Connection, tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    upgrade.upgrade(path)
    with upgrade.offline(path) as conn:
        file = shape(conn)
    with admin.begin():
        assert shape(admin) == file
    assert set(file) == {table.name for table in whole_metadata().sorted_tables}


def test_q4_each_trigger_that_is_gone_off_or_otherwise_is_named(admin: Connection) -> None:
    assert faults_after(admin) == ()
    for name, table in TRIGGERS.items():
        says = f"the trigger {name} is missing: the record could be changed unseen"
        assert faults_after(admin, f"DROP TRIGGER {name} ON {table}") == (says,)
        says = f"the trigger {name} is not as it was installed"
        assert faults_after(admin, f"ALTER TABLE {table} DISABLE TRIGGER {name}") == (says,)
    for change in ("ENABLE", "ENABLE REPLICA"):
        says = "the trigger event_no_update is not as it was installed"
        assert faults_after(admin, f"ALTER TABLE event {change} TRIGGER event_no_update") == (says,)


def test_q4_each_table_that_is_gone_is_named(admin: Connection) -> None:
    for table in whole_metadata().sorted_tables:
        assert f"the table {table.name} is missing" in faults_after(admin, f'DROP TABLE "{table.name}" CASCADE')


QUIET = "RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"


@pytest.mark.parametrize(
    ("statements", "says"),
    [
        (["CREATE FUNCTION quiet() " + QUIET, "CREATE TRIGGER quiet BEFORE INSERT ON event FOR EACH ROW "
          "EXECUTE FUNCTION quiet()"], "there is a trigger quiet that vialtrace did not install"),
        (["DROP TRIGGER event_no_update ON event", "CREATE TRIGGER event_no_update BEFORE UPDATE OF kind ON event "
          "FOR EACH ROW EXECUTE FUNCTION only_grows()", "ALTER TABLE event ENABLE ALWAYS TRIGGER event_no_update"],
         "the trigger event_no_update is not as it was installed"),
        (["DROP TRIGGER event_no_update ON event", "CREATE TRIGGER event_no_update BEFORE UPDATE ON event FOR EACH ROW "
          "WHEN (false) EXECUTE FUNCTION only_grows()", "ALTER TABLE event ENABLE ALWAYS TRIGGER event_no_update"],
         "the trigger event_no_update is not as it was installed"),
        (["CREATE OR REPLACE FUNCTION only_grows() " + QUIET], "the function only_grows is not as it was installed"),
        (["ALTER FUNCTION append_event SECURITY INVOKER"], "the function append_event is not as it was installed"),
        (["ALTER FUNCTION append_event RESET search_path"], "the function append_event is not as it was installed"),
        (["ALTER FUNCTION append_event OWNER TO CURRENT_USER"],
         "the function append_event belongs to somebody else than the tables"),
        (["DROP FUNCTION append_event"], "the function append_event is missing"),
        (["CREATE FUNCTION append_event(text) RETURNS text LANGUAGE sql AS 'SELECT $1'"],
         "the function append_event is not as it was installed"),
        (["CREATE RULE quiet AS ON INSERT TO event DO INSTEAD NOTHING"],
         "there is a rule quiet on event that vialtrace did not install"),
        (["CREATE VIEW other AS SELECT 1"], "there is a view other that vialtrace did not install"),
        (["ALTER TABLE event DROP CONSTRAINT uq_event_preparation_version"],
         "the table event has no unique key on preparation, version"),
        (["ALTER TABLE event DROP CONSTRAINT ck_event_digests"], "the rule ck_event_digests of the table event is missing"),
        (["ALTER TABLE outbox DROP COLUMN says"], "the table outbox has no column says"),
        (["ALTER TABLE refusal ENABLE ROW LEVEL SECURITY"], "the table refusal has row security, which can hide rows"),
        (["ALTER TABLE outbox SET UNLOGGED"], "the table outbox is not logged: a crash would empty it"),
        (["ALTER TABLE preparation DISABLE TRIGGER ALL"], "the references of the table preparation are switched off"),
        (["ALTER TABLE event ALTER COLUMN body TYPE varchar(4000)"], "the column body of the table event is not as it was made"),
        (["ALTER TABLE event ALTER COLUMN who DROP NOT NULL"], "the column who of the table event is not as it was made"),
        (["ALTER TABLE event ADD COLUMN more text"], "the table event has a column more that vialtrace did not make"),
        (["DROP INDEX ix_refusal_stream"], "the index ix_refusal_stream is missing or not as it was installed"),
        (["CREATE UNIQUE INDEX one_each ON event (who)"], "there is an index one_each that vialtrace did not install"),
        (["ALTER TABLE outbox OWNER TO CURRENT_USER"], "the tables have more than one owner"),
    ],
)  # fmt: skip
def test_q4_whatever_else_was_changed_or_put_in_is_named(admin: Connection, statements: list[str], says: str) -> None:
    assert says in faults_after(admin, *statements)


def test_q4_a_database_that_is_not_whole_is_not_served(database: Database, tmp_path: Path) -> None:
    database.administer("ALTER TABLE event DISABLE TRIGGER event_no_delete", "CREATE VIEW other AS SELECT 1")
    with pytest.raises(CannotOpen) as caught:
        open_store(load_settings(data_dir=tmp_path, database_url=database.url))
    said = str(caught.value)
    assert said.startswith(f"database {database.name} at this machine is not fit to keep a record: ")
    assert "the trigger event_no_delete is not as it was installed" in said
    assert "there is a view other that vialtrace did not install" in said
