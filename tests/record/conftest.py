"""A record in a folder of its own, a hand that writes to it, and an administrator who can do anything."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from app.record import blobs, log, ordertext, receipts, refusals, sqlite, upgrade, views
from app.record.blobs import Blobs
from app.record.engine import Store, open_store
from app.record.place import Place
from app.settings import Settings, load_settings
from tests.postgres import databases
from tests.postgres.databases import Database

NOON = datetime(2026, 3, 2, 18, 0, 0, 250, tzinfo=UTC)
SALT = "s" * 43


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database at the newest migration, made once and copied for each test."""
    path = tmp_path_factory.mktemp("migrated") / "vialtrace.db"
    upgrade.upgrade(path)
    return path


@pytest.fixture
def settings(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Settings:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    if kind == "postgresql":
        made: Database = request.getfixturevalue("database")
        return load_settings(data_dir=tmp_path / "data", database_url=made.url)
    shutil.copy(request.getfixturevalue("migrated"), tmp_path / "data" / "vialtrace.db")
    return load_settings(data_dir=tmp_path / "data")


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    opened = open_store(settings)
    yield opened
    opened.close()


def drawn(stream: str, amount: str = "968.5", data: dict[str, Any] | None = None) -> log.NewEvent:
    usual = {"mass_mg": amount, "vials": ["V1", "V2"], "note": "größer"}
    return log.NewEvent(stream, "dose_drawn", 1, usual if data is None else data)


def write_event(
    conn: Connection,
    stream: str,
    command_id: str,
    *,
    expected: int | None = None,
    events: int = 1,
    data: dict[str, Any] | None = None,
    **more: Any,
) -> tuple[log.StoredEvent, ...]:
    """Append, as the dispatcher would, on the version that is there unless another is expected."""
    facts = {
        "who": "ann",
        "second_person": None,
        "at": NOON,
        "station": "IV-1",
        "site": "MAIN",
        "software": "vialtrace 0",
    }
    return log.append(
        conn,
        stream=stream,
        expected_version=log.version_of(conn, stream) if expected is None else expected,
        events=[drawn(stream, f"{number}.50", data) for number in range(events)],
        command_id=command_id,
        **{**facts, **more},
    )


def row_of(stream: str, version: int, site_seq: int) -> views.PreparationRow:
    return views.PreparationRow(
        id=stream, version=version, site="MAIN", workflow="iv-bag-gravimetric/1", step="draw", status="open",
        due=NOON + timedelta(hours=1), priority="routine", station="IV-1", cabinet="PEC-1", technician="ann",
        drug="cyclophosphamide", dose="968.5 mg", patient="OT1", flags=("hazardous",), updated_site_seq=site_seq,
    )  # fmt: skip


def a_day(store: Store, photos: Path) -> None:
    """Three preparations and the site's own stream, receipts, refusals, two photos, a patient's text, a list row."""
    kept = [Blobs(photos).put(content, "image/jpeg") for content in (b"first photo", b"second photo")]

    def start(conn: Connection) -> None:
        ordertext.put(conn, id="OT1", fields={"family": "Doe"}, salt=SALT)
        for photo in kept:
            blobs.enter(conn, photo, at=NOON, identifying=False)

    store.write(start)
    for number in range(12):
        stream = ("P1", "P2", "site/MAIN", "P3")[number % 4]
        command = f"C{number:02d}"

        def act(conn: Connection, stream: str = stream, command: str = command, number: int = number) -> None:
            last = write_event(conn, stream, command, events=1 + number % 2, at=NOON + timedelta(seconds=number))[-1]
            digest = receipts.request_digest({"n": number})
            receipts.keep(
                conn, command_id=command, person="ann", digest=digest, status=200, answer={"ok": True}, at=NOON
            )
            if stream == "P1":
                views.put_preparation(conn, row_of(stream, last.version, last.site_seq))
            if number % 4 == 3:
                refuse(conn, f"R{number}")

        store.write(act)


def refuse(conn: Connection, command_id: str) -> int:
    return refusals.keep(
        conn, site="MAIN", at=NOON, who="bo", station="IV-1", stream="P1", command_id=command_id, command="submit",
        code="NOT_YOUR_STEP", says="Ann is making this one.", details={"step": "draw"},
    )  # fmt: skip


@contextmanager
def administrator(place: Place) -> Iterator[Any]:
    """A raw connection with every right: no authorizer, and the triggers gone for the time being."""
    with _of_file(place) if isinstance(place, Path) else databases.unguarded(place) as raw:
        yield raw


@contextmanager
def _of_file(path: Path) -> Iterator[Any]:
    with closing(sqlite.raw_connection(path)) as raw:
        triggers = raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            raw.execute(f"DROP TRIGGER {name}")
        yield raw
        for _, sql in triggers:
            raw.execute(sql)


@pytest.fixture
def a_record(settings: Settings) -> Callable[[], tuple[Path, Path]]:
    """Make a day's record, close it, and return the database and the folder of photos."""

    def make() -> tuple[Path, Path]:
        opened = open_store(settings)
        a_day(opened, settings.photos)
        opened.close()
        return opened.path, settings.photos

    return make


def settled(path: Path, to: Path) -> Path:
    """Copy a closed database with its log folded in, as a backup would."""
    with closing(sqlite.raw_connection(path)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(path, to)
    return to


def every_byte(value: Any) -> Iterator[Any]:
    """Yield the value with each of its bytes flipped in turn; numbers by one and far."""
    if value is None:
        yield "someone"
    elif isinstance(value, int):
        yield from (value + 1, value + 1000)
    else:
        raw = value if isinstance(value, bytes) else value.encode()
        for place in range(len(raw)):
            flipped = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
            yield flipped
