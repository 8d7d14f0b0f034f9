"""The power is cut at any moment, unsynced writes are lost or torn: nothing acknowledged is gone, and the record opens whole."""

from __future__ import annotations

import shutil
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from app.record import sqlite
from app.record.engine import open_store
from app.record.verify import verify
from app.settings import Settings
from tests.record import disk
from tests.record.conftest import a_day, write_event
from tests.record.disk import Disk, Op

CALLERS = 3
COMMANDS = 40
"""Commands of each caller."""
SOON = 60
"""Pages of the log after which it is folded into the file: often, so that a short run sees many checkpoints."""

Run = tuple[list[Op], dict[str, bytes]]


def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The real store over the disk that notes: several callers write, and note what they were told."""
    monkeypatch.setitem(sqlite.PRAGMAS, "wal_autocheckpoint", SOON)
    first = {"vialtrace.db": (settings.data_dir / "vialtrace.db").read_bytes()}
    with disk.made(monkeypatch) as noted, closing(open_store(settings)) as store:
        a_day(store, settings.photos)
        people = [threading.Thread(target=_caller, args=(store, noted, number)) for number in range(CALLERS)]
        for person in people:
            person.start()
        for person in people:
            person.join()
        ops = list(noted.ops)
    return ops, first


def _caller(store: Any, noted: Disk, number: int) -> None:
    for turn in range(COMMANDS):
        command = f"K-{number}-{turn}"
        store.write(
            lambda conn, turn=turn, command=command: write_event(conn, f"PK{number}", command, events=1 + turn % 3)
        )
        noted.acknowledged(command)


def images(settings: Settings, tmp_path: Path, made: Run, times: int, seed: int) -> list[str]:
    """Build images, open each with the driver of the house, and say what is wrong with them."""
    wrong = []
    folder = tmp_path / "image"
    for number, (files, told) in enumerate(disk.cuts(*made, times, seed)):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_bytes(content)
        wrong += [
            f"image {number}: {says}" for says in _faults(folder / "vialtrace.db", settings, told, number % 20 == 0)
        ]
    return wrong


def _faults(path: Path, settings: Settings, told: frozenset[str], whole: bool) -> list[str]:
    driver = sqlite.driver()
    try:
        with closing(sqlite.raw_connection(path)) as raw:
            check = raw.execute("PRAGMA integrity_check").fetchone()[0]
            rows = raw.execute("SELECT command_id, count(*) FROM event GROUP BY 1").fetchall()
            numbers = [row[0] for row in raw.execute("SELECT site_seq FROM event ORDER BY 1")]
    except driver.DatabaseError as error:
        return [f"cannot be read: {error}"]
    stored = Counter(dict(rows))
    faults = [] if check == "ok" else [f"integrity: {check}"]
    faults += [f"{command} was acknowledged and is lost" for command in sorted(told) if command not in stored]
    half = [one for one, count in stored.items() if one.startswith("K-") and count != 1 + int(one.split("-")[2]) % 3]
    faults += [f"{command} is half there" for command in half]
    faults += [] if numbers == list(range(1, len(numbers) + 1)) else ["there is a gap in the site's numbers"]
    if whole and not faults:
        faults += [f"{one.where}: {one.says}" for one in verify(path, settings.photos).faults]
    return faults


def test_q64_no_image_that_a_power_cut_can_leave_loses_an_acknowledged_event(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = run(settings, monkeypatch)
    kinds = Counter(op.kind for op in made[0])
    assert kinds["ack"] == CALLERS * COMMANDS
    folded = sum(op.kind == "sync" and op.file == "vialtrace.db" for op in made[0])
    assert folded > 5, "hardly a checkpoint was among them"
    assert images(settings, tmp_path, made, 120, seed=1) == []


def test_q64_with_synchronous_normal_these_images_do_lose_acknowledged_events(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The method sees what it is meant to see."""
    monkeypatch.setitem(sqlite.PRAGMAS, "synchronous", 1)
    wrong = images(settings, tmp_path, run(settings, monkeypatch), 40, seed=2)
    assert [says for says in wrong if "was acknowledged and is lost" in says]


@pytest.mark.soak
@pytest.mark.parametrize("part", range(10))
def test_q64_ten_thousand_images_lose_nothing(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: int, counted: Callable[..., None]
) -> None:
    """Ten parts, each a run of its own and a thousand of its images."""
    made = run(settings, monkeypatch)
    assert images(settings, tmp_path, made, 1_000, seed=3 + part) == []
    counted("images that a power cut can leave, nothing lost", images=1_000, operations_of_the_disk=len(made[0]))
