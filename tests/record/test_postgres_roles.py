"""On PostgreSQL the role that serves can add to the record and can do nothing else to it; the owner cannot undo it either."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.pool import NullPool

from app.record import canonical, grants, log, ordertext
from app.record.engine import CannotOpen, Store, open_store
from app.record.schema import append_only_tables, whole_metadata
from app.settings import load_settings
from tests.postgres.databases import APP, OWNER, Database, fresh
from tests.postgres.fixtures import POSTGRESQL
from tests.record.conftest import NOON, a_day, write_event
from tests.record.test_append_only import NOTE

GROWING = sorted(append_only_tables())
OURS = ("event", "checkpoint", "receipt", "refusal", "blob", "purge")


def connect(url: str) -> Any:
    return psycopg.connect(
        make_url(url).set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True
    )


@pytest.fixture(scope="module")
def filled(postgres_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A day's record that all tests here share, with a checkpoint and a purge, so that every table of ours has a row."""
    folder = tmp_path_factory.mktemp("filled")

    def more(conn: Connection) -> None:
        conn.exec_driver_sql(NOTE.replace("x'", "'\\x"))
        ordertext.forget(conn, id="OT1", who="pam", at=NOON, command_id="CX")

    with fresh(postgres_folder) as made:
        store = open_store(load_settings(data_dir=folder, database_url=made.url))
        a_day(store, folder / "photos")
        store.write(more)
        store.close()
        yield made


@pytest.fixture
def served(filled: Database) -> Iterator[Any]:
    """The serving role's own connection, by hand, with nothing of ours between."""
    with connect(filled.url) as raw:
        yield raw


def content(url: str, name: str) -> list[Any]:
    with connect(url) as raw:
        return list(raw.execute(f"SELECT * FROM {name} ORDER BY 1"))


def test_q57_update_delete_and_truncate_of_what_only_grows_are_denied(served: Any, filled: Database) -> None:
    before = {name: content(filled.url, name) for name in GROWING}
    for name in GROWING:
        key = next(iter(whole_metadata().tables[name].primary_key.columns)).name
        for statement in (f"UPDATE {name} SET {key} = {key}", f"DELETE FROM {name}", f"TRUNCATE {name}"):
            with pytest.raises(errors.InsufficientPrivilege):
                served.execute(statement)
    assert {name: content(filled.url, name) for name in GROWING} == before
    assert all(before[name] for name in OURS)


def test_q57_nothing_enters_the_log_but_through_its_function(served: Any) -> None:
    columns = ", ".join(column.name for column in whole_metadata().tables["event"].columns)
    with pytest.raises(errors.InsufficientPrivilege):
        served.execute(f"INSERT INTO event ({columns}) SELECT {columns} FROM event LIMIT 1")
    for statement in (
        "UPDATE site_head SET site_seq = 1",
        "INSERT INTO site_head SELECT 'X', 1, site_digest, last_at FROM site_head",
        "DELETE FROM site_head",
        "SELECT nextval('event_seq_seq')",
        "COPY event FROM STDIN",
    ):
        with pytest.raises(errors.InsufficientPrivilege):
            served.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE event ADD COLUMN more text",
        "ALTER TABLE event OWNER TO CURRENT_USER",
        "ALTER TABLE event DROP CONSTRAINT uq_event_site_site_seq",
        "DROP TABLE refusal",
        "CREATE TRIGGER quiet BEFORE INSERT ON refusal FOR EACH ROW EXECUTE FUNCTION only_grows()",
        "CREATE RULE quiet AS ON INSERT TO refusal DO INSTEAD NOTHING",
        "CREATE TABLE more (id text)",
        "ALTER FUNCTION append_event SECURITY INVOKER",
    ],
)
def test_q57_alter_drop_and_create_are_denied(served: Any, statement: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        served.execute(statement)


def test_q57_disabling_a_trigger_is_denied(served: Any) -> None:
    for which in ("event_no_update", "USER", "ALL"):
        with pytest.raises(errors.InsufficientPrivilege):
            served.execute(f"ALTER TABLE event DISABLE TRIGGER {which}")
    with pytest.raises(errors.InsufficientPrivilege):
        served.execute("DROP TRIGGER event_no_update ON event")


def test_q57_session_replication_role_is_denied(served: Any) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        served.execute("SET session_replication_role = replica")
    for statement in (f"SET ROLE {OWNER}", f"SET SESSION AUTHORIZATION {OWNER}"):
        with pytest.raises(errors.InsufficientPrivilege):
            served.execute(statement)


@pytest.mark.parametrize("who", ["the owner", "a superuser who plays a replica"])
def test_q57_the_triggers_stop_the_owner_too(filled: Database, who: str) -> None:
    before = {name: content(filled.url, name) for name in OURS}
    with connect(filled.owner_url if who == "the owner" else filled.admin_url) as raw:
        if who != "the owner":
            raw.execute("SET session_replication_role = replica")
        for name in OURS:
            for statement in (f"UPDATE {name} SET seq = seq", f"DELETE FROM {name}", f"TRUNCATE {name}",
                              f"INSERT INTO {name} SELECT * FROM {name} ON CONFLICT (seq) DO UPDATE SET seq = 7",
                              f"MERGE INTO {name} t USING {name} s ON t.seq = s.seq WHEN MATCHED THEN DELETE"):  # fmt: skip
                with pytest.raises(errors.RestrictViolation, match=f"{name} only grows: nothing in it is"):
                    raw.execute(statement)
    assert {name: content(filled.url, name) for name in OURS} == before


def test_q57_a_table_of_the_callers_own_does_not_lead_the_function_astray(served: Any, filled: Database) -> None:
    """A temporary table is found before any other, unless the function says where to look."""
    served.execute("CREATE TEMP TABLE event AS SELECT * FROM public.event LIMIT 0")
    served.execute("CREATE TEMP TABLE site_head AS SELECT * FROM public.site_head LIMIT 0")
    served.execute("SET search_path = pg_temp, public")
    before = len(content(filled.url, "event"))
    told = served.execute(
        "SELECT * FROM append_event('P9', 0, '{drawn}', '{1}', ARRAY['{}'], 'ann', NULL, 'now', NULL, 'C-astray', 'MAIN')"
    ).fetchall()
    assert told[0][2] == before + 1
    assert len(content(filled.url, "event")) == before + 1


def test_the_function_writes_the_same_digests_as_we_do(filled: Database) -> None:
    links: dict[str, bytes] = {}
    site_link = bytes(32)
    for row in content(filled.url, "event"):
        said = dict(zip((column.name for column in whole_metadata().tables["event"].columns), row, strict=True))
        link = canonical.event_digest(links.get(said["preparation"], bytes(32)), said["body"].encode())
        site_link = canonical.site_digest(site_link, link)
        assert (said["digest"], said["site_digest"]) == (link, site_link)
        links[said["preparation"]] = link


@POSTGRESQL
def test_a_stale_version_is_told_and_the_same_transaction_goes_on(store: Store) -> None:
    """The function answers a conflict instead of failing, or nobody could keep the refusal beside it."""
    store.write(lambda conn: write_event(conn, "P1", "C1"))

    def act(conn: Connection) -> int:
        with pytest.raises(log.VersionConflict, match="P1 is at version 1, not 0"):
            write_event(conn, "P1", "C2", expected=0)
        return write_event(conn, "P1", "C3")[-1].version

    assert store.write(act) == 2


WRONG = {
    "ALTER ROLE {role} SUPERUSER": "is a superuser; serve with a role that owns nothing",
    "GRANT {owner} TO {role}": "owns the tables, or may become",
    "GRANT pg_write_all_data TO {role}": "is a member of pg_write_all_data, and could go round every right",
    "ALTER ROLE {role} CREATEROLE": "may create roles or replicate",
    "GRANT SET ON PARAMETER session_replication_role TO {role}": "may set session_replication_role",
    "GRANT CREATE ON SCHEMA public TO PUBLIC": "may create things in the schema public",
    "GRANT UPDATE (body) ON event TO {role}": "the role that serves may UPDATE event, and must not",
    "GRANT TRUNCATE ON refusal TO PUBLIC": "the role that serves may TRUNCATE refusal, and must not",
    "REVOKE INSERT ON refusal FROM {role}": "the role that serves has no right to INSERT refusal",
    "REVOKE ALL ON FUNCTION append_event FROM {role}": "the role that serves may not call append_event",
    "REVOKE ALL ON SEQUENCE outbox_id_seq FROM {role}": "the role that serves may not number new rows of outbox",
}
"""What an administrator could do to a role, and what the start says to it."""


@pytest.mark.parametrize("statement", WRONG)
def test_q57_a_role_with_other_rights_than_listed_is_told_so(filled: Database, statement: str) -> None:
    """Tried on the role itself, by a superuser who plays it and then takes everything back."""
    engine = create_engine(filled.admin_url, poolclass=NullPool)
    with engine.connect() as conn:
        conn.execute(text(statement.format(role=APP, owner=OWNER)))
        conn.execute(text(f"SET LOCAL ROLE {APP}"))
        told = list(grants.faults(conn))
        conn.rollback()
        conn.execute(text(f"SET LOCAL ROLE {APP}"))
        assert list(grants.faults(conn)) == []
    engine.dispose()
    assert [one for one in told if WRONG[statement] in one], told


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        (f"GRANT UPDATE ON event TO {APP}", "the role that serves may UPDATE event, and must not"),
        (f"REVOKE ALL ON alembic_version FROM {APP}", "this role has no rights in it; run `vialtrace db upgrade`"),
    ],
)
def test_q57_such_a_role_does_not_serve(database: Database, tmp_path: Path, statement: str, says: str) -> None:
    database.administer(statement)
    with pytest.raises(CannotOpen, match=re.escape(says)):
        open_store(load_settings(data_dir=tmp_path, database_url=database.url))


def test_q57_the_owner_does_not_serve(filled: Database, tmp_path: Path) -> None:
    with pytest.raises(CannotOpen, match="owner's role migrates and never serves"):
        open_store(load_settings(data_dir=tmp_path, database_url=filled.owner_url))


def test_q57_a_superuser_does_not_serve(filled: Database, tmp_path: Path) -> None:
    with pytest.raises(CannotOpen, match="is a superuser; serve with a role that owns nothing"):
        open_store(load_settings(data_dir=tmp_path, database_url=filled.admin_url))
