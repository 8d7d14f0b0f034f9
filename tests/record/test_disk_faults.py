"""The disk fails, is full or turns read-only: nothing is half saved, reading goes on, and work resumes without a restart."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import apsw
import pytest
from sqlalchemy.exc import DBAPIError

from app.record import log
from app.record.engine import CannotOpen, NotSaved, Store, open_store
from app.record.verify import verify
from app.settings import Settings
from tests.record import disk
from tests.record.conftest import write_event
from tests.record.disk import FailOnce, Fails
from tests.small_disk import WAYS, small_disk

KINDS = ("read", "write", "truncate", "sync")
ROUNDS = 8
"""Commands while the disk may fail; then as many without."""


def act(store: Store, command: str, events: int = 2) -> None:
    store.write(lambda conn: write_event(conn, "P1", command, events=events, data={"text": "x" * 3000}))


def tried(store: Store, prefix: str) -> dict[str, str]:
    """Try some commands; what each heard: nothing when it was acknowledged, else the words."""
    heard = {}
    for turn in range(ROUNDS):
        try:
            act(store, f"{prefix}{turn}")
            heard[f"{prefix}{turn}"] = ""
        except (NotSaved, DBAPIError) as trouble:
            heard[f"{prefix}{turn}"] = str(trouble)
    return heard


def found(store: Store) -> dict[str, int]:
    with store.reading() as conn:
        return dict(conn.exec_driver_sql("SELECT command_id, count(*) FROM event GROUP BY 1").all())


def survives(settings: Settings, monkeypatch: pytest.MonkeyPatch, before: Callable[[str, str], None]) -> None:
    """Work while the disk misbehaves as `before` says, and afterwards; then look at everything."""
    with disk.made(monkeypatch) as faulty, closing(open_store(settings)) as store:
        faulty.before = before
        heard = tried(store, "A")
        faulty.before = lambda _kind, _file: None
        heard |= tried(store, "B")
        stored = found(store)
    assert all(heard[f"B{turn}"] == "" for turn in range(ROUNDS)), f"it did not recover: {heard}"
    told = {command for command, words in heard.items() if not words}
    assert told <= stored.keys(), f"acknowledged and lost: {told - stored.keys()}"
    assert stored.keys() <= told, f"told as not saved, and saved: {stored.keys() - told}"
    assert set(stored.values()) == {2}, "half a command"
    verdict = verify(settings.data_dir / "vialtrace.db", settings.photos)
    assert verdict.faults == ()


def operations(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, int]:
    """How many operations of each kind the same work takes on a sound disk."""
    counted = dict.fromkeys(KINDS, 0)

    def count(kind: str, _file: str) -> None:
        counted[kind] += 1

    copy = settings.model_copy(
        update={"data_dir": tmp_path / "copy", "database_url": f"sqlite:///{tmp_path}/copy/vialtrace.db"}
    )
    shutil.copytree(settings.data_dir, tmp_path / "copy")
    survives(copy, monkeypatch, count)
    return counted


ERRORS = {"io": apsw.IOError, "full": apsw.FullError}


def each_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: str, sample: int | None
) -> int:
    """Let one operation fail, each in turn or a sample of them; return how many were tried."""
    kinds = KINDS if error == "io" else ("write",)
    total = sum(count for kind, count in operations(settings, monkeypatch, tmp_path).items() if kind in kinds)
    numbers = range(total) if sample is None else sorted(random.Random(7).sample(range(total), min(sample, total)))
    fresh = (settings.data_dir / "vialtrace.db").read_bytes()
    for number in numbers:
        for left in settings.data_dir.glob("vialtrace.db*"):
            left.unlink()
        (settings.data_dir / "vialtrace.db").write_bytes(fresh)
        fails = FailOnce(number, kinds, ERRORS[error])
        survives(settings, monkeypatch, fails)
        assert fails.failed, f"operation {number} never came"
    return len(numbers)


@pytest.mark.parametrize("error", ERRORS)
def test_q65_an_operation_of_the_disk_that_fails_once_loses_nothing_and_halves_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: str
) -> None:
    assert each_once(settings, monkeypatch, tmp_path, error, 12) == 12


@pytest.mark.soak
@pytest.mark.parametrize("error", ERRORS)
def test_q65_every_operation_of_the_disk_fails_once_in_turn(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: str
) -> None:
    assert each_once(settings, monkeypatch, tmp_path, error, None) > 30


@pytest.mark.parametrize(
    ("error", "says"), [(apsw.FullError, "full"), (apsw.ReadOnlyError, "readonly"), (apsw.IOError, "disk I/O error")]
)
def test_q65_while_the_disk_takes_nothing_every_commit_fails_in_words_and_reading_goes_on(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, error: type[apsw.Error], says: str
) -> None:
    fails = Fails(("write", "sync", "truncate"), error)
    with disk.made(monkeypatch) as faulty, closing(open_store(settings)) as store:
        faulty.before = fails
        act(store, "before")
        fails.on = True
        heard = tried(store, "A")
        assert all("not saved; nothing changed" in words or says in words.lower() for words in heard.values()), heard
        assert all(heard.values())
        assert found(store) == {"before": 2}
        fails.on = False
        assert not any(tried(store, "B").values())
        with store.reading() as conn:
            assert log.version_of(conn, "P1") == 2 + 2 * ROUNDS


@pytest.mark.parametrize("way", WAYS)
def test_q65_on_a_disk_that_is_really_full_nothing_acknowledged_is_lost_and_work_resumes(
    settings: Settings, tmp_path: Path, way: str
) -> None:
    with small_disk(tmp_path / "small", way) as small:
        shutil.copytree(settings.data_dir, small.folder / "data")
        home = small.folder / "data"
        there = settings.model_copy(update={"data_dir": home, "database_url": f"sqlite:///{home / 'vialtrace.db'}"})
        with closing(open_store(there)) as store:
            assert not any(tried(store, "A").values())
            small.fill()
            heard = [words for _ in range(40) for words in tried(store, f"F{_}-").values()]
            assert any(heard), "it never was full"
            kept = found(store)
            assert sum(not words for words in heard) + ROUNDS == len(kept)
            small.make_room()
            assert not any(tried(store, "B").values())
            assert len(found(store)) == len(kept) + ROUNDS
        assert verify(home / "vialtrace.db", there.photos).faults == ()


def test_a_damaged_page_is_told_when_it_is_read_and_the_start_is_refused(settings: Settings, tmp_path: Path) -> None:
    path = settings.data_dir / "vialtrace.db"
    with closing(open_store(settings)) as store:
        for turn in range(30):
            act(store, f"C{turn}")
    raw = bytearray(path.read_bytes())
    for page in range(60, len(raw) // 4096):  # the log's own pages come last
        raw[page * 4096 : page * 4096 + 64] = bytes(64)
    path.write_bytes(bytes(raw))
    verdict = verify(path, settings.photos)
    assert not verdict.ok
    assert any("malformed" in fault.says or fault.kind == "file" for fault in verdict.faults)
    path.write_bytes(b"\x00" * 4096 + bytes(raw[4096:]))
    with pytest.raises(CannotOpen, match=r"cannot be read as a database.*Restore the last backup"):
        open_store(settings)
