"""Nothing in the record is changed, deleted or written over, by any way that SQL offers."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.exc import DBAPIError

from app.record import log, sqlite, views
from app.record.engine import Store
from app.record.schema import append_only_tables, unique_keys, whole_metadata
from app.settings import Settings
from tests.record.conftest import NOON, a_day, row_of, write_event

TABLES = sorted(append_only_tables())
OURS = ("event", "checkpoint", "receipt", "refusal", "blob", "purge")
NOTE = (
    "INSERT INTO checkpoint (site, epoch, site_seq, site_digest, at, note) "
    "VALUES ('MAIN', 0, 1, x'" + "00" * 32 + "', '2026-03-02T18:00:00.000250Z', 'a note')"
)


def fill(store: Store, photos: Path) -> None:
    """A day, a checkpoint and a purge, so that every table of ours has a row."""
    from app.record import ordertext

    def more(conn: Connection) -> None:
        conn.exec_driver_sql(NOTE)
        ordertext.forget(conn, id="OT1", who="pam", at=NOON, command_id="CX")

    a_day(store, photos)
    store.write(more)


def key_cases() -> list[tuple[str, tuple[str, ...]]]:
    return [(name, key) for name in OURS for key in unique_keys(whole_metadata().tables[name])]


def clash(name: str, key: tuple[str, ...]) -> str:
    """Select the first row as a new one that clashes on this key alone."""
    table = whole_metadata().tables[name]
    others = {column for other in unique_keys(table) if other != key for column in other} - set(key)
    parts = []
    for column in table.columns:
        if column.name not in others:
            parts.append(column.name)
        elif column.name in {"preparation", "command_id", "site", "sha256", "what", "ref"}:
            parts.append(f"{column.name} || 'X'")
        else:
            parts.append(f"{column.name} + 100000")
    return f"({', '.join(column.name for column in table.columns)}) SELECT {', '.join(parts)} FROM {name} ORDER BY seq LIMIT 1"


def content(store: Store, name: str) -> list[Any]:
    with store.reading() as conn:
        return list(conn.exec_driver_sql(f"SELECT * FROM {name} ORDER BY 1").all())


def refused(store: Store, sql: str) -> str:
    with pytest.raises(DBAPIError) as caught:
        store.write(lambda conn: conn.exec_driver_sql(sql))
    return str(caught.value.orig)


def test_the_record_has_its_six_append_only_tables() -> None:
    assert set(OURS) <= set(TABLES)


@pytest.mark.parametrize("name", OURS)
def test_q56_update_and_delete_fail_on_the_applications_connection(store: Store, settings: Settings, name: str) -> None:
    fill(store, settings.photos)
    before = content(store, name)
    for sql in (f"UPDATE {name} SET seq = seq", f"DELETE FROM {name}", f"DELETE FROM {name} WHERE seq = 1"):
        assert "not authorized" in refused(store, sql) or "only grows" in refused(store, sql)
    assert content(store, name) == before != []


@pytest.mark.parametrize(
    ("name", "key"), key_cases(), ids=lambda value: value if isinstance(value, str) else "+".join(value)
)
def test_q56_a_taken_key_is_never_written_over(
    store: Store, settings: Settings, name: str, key: tuple[str, ...]
) -> None:
    fill(store, settings.photos)
    before = content(store, name)
    new = clash(name, key)
    for verb in ("INSERT OR REPLACE", "REPLACE", "INSERT"):
        assert "this key is taken" in refused(store, f"{verb} INTO {name} {new}")
    upsert = new.replace(" ORDER BY", " WHERE true ORDER BY")
    assert "not authorized" in refused(store, f"INSERT INTO {name} {upsert} ON CONFLICT DO UPDATE SET seq = 7")
    assert content(store, name) == before != []


@pytest.mark.parametrize(
    ("name", "key"), key_cases(), ids=lambda value: value if isinstance(value, str) else "+".join(value)
)
def test_q56_the_guards_hold_without_authorizer_and_without_recursive_triggers(
    store: Store, settings: Settings, name: str, key: tuple[str, ...]
) -> None:
    fill(store, settings.photos)
    before = content(store, name)
    new = clash(name, key)
    upsert = new.replace(" ORDER BY", " WHERE true ORDER BY") + " ON CONFLICT DO UPDATE SET seq = 7"
    with closing(sqlite.raw_connection(store.path)) as raw:
        raw.execute("PRAGMA recursive_triggers=OFF")
        for sql in (f"INSERT OR REPLACE INTO {name} {new}", f"INSERT INTO {name} {upsert}", f"UPDATE {name} SET seq = seq",
                    f"UPDATE OR REPLACE {name} SET seq = 1", f"DELETE FROM {name}"):  # fmt: skip
            with pytest.raises(raw.IntegrityError, match="only grows"):
                raw.execute(sql)
    assert content(store, name) == before


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TRIGGER event_no_update",
        "DROP TABLE event",
        "DROP INDEX ix_refusal_stream",
        "ALTER TABLE event RENAME TO old",
        "ALTER TABLE event ADD COLUMN more TEXT",
        "CREATE TRIGGER quiet BEFORE INSERT ON event BEGIN SELECT RAISE(IGNORE); END",
        "CREATE TEMP TRIGGER quiet BEFORE INSERT ON main.event BEGIN SELECT RAISE(IGNORE); END",
        "CREATE VIEW other AS SELECT 1",
        "ATTACH ':memory:' AS other",
        "PRAGMA writable_schema=ON",
        "PRAGMA recursive_triggers=OFF",
        "PRAGMA synchronous=OFF",
        "PRAGMA ignore_check_constraints=ON",
        "PRAGMA foreign_keys=OFF",
        "UPDATE sqlite_master SET sql = '' WHERE name = 'event_no_update'",
        "DELETE FROM sqlite_master WHERE type = 'trigger'",
    ],
)
def test_q56_no_statement_of_the_application_loosens_the_guard(store: Store, sql: str) -> None:
    assert re.search("not authorized|prohibited|may not be modified", refused(store, sql))


def test_q55_a_reader_cannot_write_anything_at_all(store: Store, settings: Settings) -> None:
    a_day(store, settings.photos)
    with store.reading() as conn, pytest.raises(DBAPIError, match=r"readonly|not authorized"):
        views.put_preparation(conn, row_of("P9", 1, 1))


def test_q55_a_whole_day_sends_no_update_or_delete_of_an_append_only_table(store: Store, settings: Settings) -> None:
    seen: list[str] = []
    for engine in store.engines:
        event.listen(engine, "before_cursor_execute", lambda conn, cursor, sql, *rest: seen.append(sql))
    fill(store, settings.photos)
    assert any(sql.startswith("INSERT INTO event") for sql in seen)
    pattern = re.compile(
        rf"^\s*(UPDATE|DELETE FROM|REPLACE INTO|INSERT OR \w+ INTO) \"?({'|'.join(TABLES)})\b", re.IGNORECASE
    )
    assert [sql for sql in seen if pattern.search(sql)] == []


def test_q1_an_event_and_what_follows_from_it_stand_or_fall_together(store: Store) -> None:
    store.write(lambda conn: write_event(conn, "P1", "C1"))

    def broken(conn: Connection) -> None:
        write_event(conn, "P1", "C2")
        raise OSError("the disk went away between the two writes")

    with pytest.raises(OSError, match="between"):
        store.write(broken)
    with store.reading() as conn:
        assert [stored.command_id for stored in log.load(conn, "P1")] == ["C1"]
        assert log.head_of(conn, "MAIN")[0] == 1


def test_q1_a_view_that_fails_takes_its_event_with_it(store: Store) -> None:
    def project(conn: Connection) -> None:
        last = write_event(conn, "P1", "C1")[-1]
        views.put_preparation(
            conn, row_of("P1", last.version, last.site_seq)
        )  # names a patient's text that is not there

    with pytest.raises(DBAPIError, match="FOREIGN KEY"):
        store.write(project)
    with store.reading() as conn:
        assert log.load(conn, "P1") == ()
