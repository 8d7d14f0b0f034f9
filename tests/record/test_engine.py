"""The file is opened safely or not at all, and what is read of it is read at one moment."""

from __future__ import annotations

import logging
import multiprocessing
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from app.record import log, ordertext, sqlite
from app.record.engine import CannotOpen, Closed, Store, open_store
from app.settings import Settings, load_settings
from tests.postgres.fixtures import BOTH
from tests.record.conftest import write_event


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ("3.40.1", False), ("3.44.5", False), ("3.44.6", True), ("3.45.0", False), ("3.46.1", False), ("3.50.4", False),
        ("3.50.6", False), ("3.50.7", True), ("3.51.0", False), ("3.51.2", False), ("3.51.3", True), ("3.52.0", False),
        ("3.52.9", False), ("3.53.0", True), ("3.53.4", True), ("3.60.0", True), ("4.0.0", True),
    ],
)  # fmt: skip
def test_q67_only_sqlite_without_the_wal_fault_is_taken(version: str, safe: bool) -> None:
    assert sqlite.is_safe(tuple(map(int, version.split(".")))) is safe


def planted(version: str) -> SimpleNamespace:
    return SimpleNamespace(sqlite_version=version, sqlite_version_info=tuple(map(int, version.split("."))))


def test_q67_an_unsafe_sqlite_stops_the_start_with_a_sentence(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "importlib", SimpleNamespace(import_module=lambda name: planted("3.46.1")))
    with pytest.raises(
        CannotOpen, match=r"no safe SQLite .*pysqlite3.dbapi2 carries SQLite 3\.46\.1.*Install pysqlite3"
    ):
        open_store(settings)


def test_q67_the_first_safe_driver_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    versions = {"pysqlite3.dbapi2": "3.51.1", "sqlcipher3.dbapi2": "3.53.4", "sqlite3": "3.53.4"}
    monkeypatch.setattr(sqlite, "importlib", SimpleNamespace(import_module=lambda name: planted(versions[name])))
    assert sqlite.driver().sqlite_version == "3.53.4"


def test_q67_every_connection_has_the_settings(store: Store) -> None:
    def read(conn: Connection) -> dict[str, Any]:
        return {name: conn.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in sqlite.PRAGMAS}

    expected = {
        "journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1, "trusted_schema": 0,
        "secure_delete": 1, "temp_store": 2, "busy_timeout": 5000,
    }  # fmt: skip
    assert store.write(read) == expected
    with store.reading() as one, store.reading() as other:
        assert read(one) == read(other) == expected
        assert one.connection.driver_connection is not other.connection.driver_connection


def test_q67_a_setting_that_does_not_take_stops_the_start(store: Store) -> None:
    raw = sqlite.raw_connection(store.path)
    with pytest.raises(CannotOpen, match="synchronous=7"):
        sqlite.set_pragmas(raw, {"synchronous": 7})
    raw.close()


MOUNTS = """\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:40 / /mnt/share rw,relatime - nfs4 server:/export rw
31 22 0:41 / /mnt/my\\040share rw shared:9 master:2 - cifs //server/x rw
32 30 254:1 / /mnt/share/local rw - xfs /dev/vdb rw
33 22 0:42 / /mnt/s3 rw - fuse.s3fs s3fs rw
34 22 0:43 / /var/lib/box rw - fuse.fuse-overlayfs overlay rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/srv/data", None), ("/mnt/share", "nfs4"), ("/mnt/share/data", "nfs4"), ("/mnt/shared", None),
        ("/mnt/my share/data", "cifs"), ("/mnt/share/local/data", None), ("/mnt/s3/x", "fuse.s3fs"), ("/var/lib/box/data", None),
    ],
)  # fmt: skip
def test_q67_a_network_share_is_recognised(path: str, kind: str | None) -> None:
    assert sqlite.network_file_system(Path(path), MOUNTS) == kind


def test_q67_a_network_share_stops_the_start(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "network_file_system", lambda path, mounts: "nfs4")
    with pytest.raises(CannotOpen, match=r"network share \(nfs4\).*local disk"):
        open_store(settings)


def _try_to_open(folder: str, answers: Any) -> None:
    try:
        open_store(load_settings(data_dir=Path(folder))).close()
        answers.put("opened")
    except CannotOpen as error:
        answers.put(str(error))


def test_a_second_process_on_the_same_file_is_refused(store: Store, settings: Settings) -> None:
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    other = context.Process(target=_try_to_open, args=(str(settings.data_dir), answers))
    other.start()
    said = answers.get(timeout=60)
    other.join()
    answers.close()
    answers.join_thread()
    assert re.search(r"in use by another process \(number \d+\). Stop that one first", said)


@BOTH
def test_a_closed_record_can_be_opened_again_and_serves_no_one_meanwhile(settings: Settings) -> None:
    first = open_store(settings)
    first.write(lambda conn: write_event(conn, "P1", "C1"))
    first.close()
    first.close()
    with pytest.raises(Closed):
        first.write(lambda conn: None)
    second = open_store(settings)
    with second.reading() as conn:
        assert len(log.load(conn, "P1")) == 1
    second.close()


def test_another_kind_of_database_is_refused_in_words(settings: Settings) -> None:
    for url in ("mysql://ann:hush@host/db", "sqlite://", "hush"):
        with pytest.raises(CannotOpen, match=r"sqlite:///.*postgresql://role@host/database") as caught:
            open_store(load_settings(data_dir=settings.data_dir, database_url=url))
        assert "hush" not in str(caught.value)


@BOTH
def test_a_reader_sees_one_moment(store: Store) -> None:
    store.write(lambda conn: write_event(conn, "P1", "C1"))
    with store.reading() as conn:
        before = log.head_of(conn, "MAIN")
        store.write(lambda other: write_event(other, "P1", "C2"))
        assert log.head_of(conn, "MAIN") == before
    with store.reading() as conn:
        assert log.head_of(conn, "MAIN")[0] == 2


def test_q33_no_error_of_the_database_carries_a_patients_name(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """The same text twice is refused by the database; what it says goes into the log."""
    name = "Quixotevandenberghe"

    def twice(conn: Connection) -> None:
        for _ in range(2):
            ordertext.put(conn, id="OT1", fields={"family": name}, salt="s" * 43)

    with pytest.raises(DBAPIError) as caught:
        store.write(twice)
    logging.getLogger("vialtrace").error("not saved", exc_info=caught.value)
    assert "order_text" in caplog.text
    assert name not in caplog.text
    assert name not in str(caught.value)


@BOTH
def test_q33_the_engines_of_an_open_record_hide_the_values_of_a_statement(store: Store) -> None:
    assert [engine.hide_parameters for engine in store.engines] == [True, True]


@pytest.mark.parametrize("pooled", [True, False])
def test_q33_every_engine_hides_the_values_of_a_statement(store: Store, pooled: bool) -> None:
    engine = sqlite.make_engine(store.path, begin="BEGIN", pooled=pooled)
    assert engine.hide_parameters
    engine.dispose()
