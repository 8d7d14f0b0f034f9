"""Killed at any moment, the record keeps every event it acknowledged and opens again whole."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.record.engine import open_store
from app.record.verify import verify
from app.settings import Settings
from tests.record import second_verifier
from tests.record.test_verify import settled

ROOT = Path(__file__).parents[2]


def killed_while_writing(settings: Settings, prefix: str, after: int) -> set[str]:
    """Start a writer, kill it without warning after some acknowledgements, and return all that it acknowledged."""
    words = [sys.executable, "-m", "tests.record.appender", str(settings.data_dir), prefix]
    child = subprocess.Popen(
        words, stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert child.stdout is not None
    told: list[str] = []
    try:
        while len(told) < after:
            line = child.stdout.readline()
            assert line, "the writer ended by itself"
            told.append(line)
    finally:
        child.send_signal(signal.SIGKILL)
        rest = child.stdout.read()
        child.stdout.close()
        child.wait(30)
    told += rest.splitlines(keepends=True)
    return {line.strip() for line in told if line.endswith("\n")}


def kill_often(settings: Settings, times: int, seed: int) -> int:
    """Kill so many writers, one after the other; return how many commands were acknowledged, none of which is lost."""
    chance = random.Random(seed)
    promised: set[str] = set()
    for turn in range(times):
        promised |= killed_while_writing(settings, f"K{turn}", chance.randrange(1, 120))
        store = open_store(settings)
        with store.reading() as conn:
            rows = conn.exec_driver_sql("SELECT command_id, count(*) FROM event GROUP BY 1").all()
            stored = {row[0]: row[1] for row in rows}
        store.close()
        assert promised <= stored.keys(), f"acknowledged and lost: {sorted(promised - stored.keys())}"
        for command, events in stored.items():
            assert events == 1 + int(command.split("-")[2]) % 3, f"{command} is half there"
    verdict = verify(settings.data_dir / "vialtrace.db", settings.photos)
    assert verdict.faults == ()
    assert verdict.events >= len(promised) > times
    assert (
        second_verifier.first_fault(settled(settings.data_dir / "vialtrace.db", settings.data_dir / "copy.db")) is None
    )
    return len(promised)


def test_q63_ten_kills_lose_nothing_acknowledged(settings: Settings) -> None:
    kill_often(settings, 10, seed=1)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(6))
def test_q63_three_hundred_kills_lose_nothing_acknowledged(
    settings: Settings, part: int, counted: Callable[..., None]
) -> None:
    """Six parts of fifty kills each."""
    promised = kill_often(settings, 50, seed=2 + part)
    counted("killed while appending, nothing lost", kills=50, commands_acknowledged=promised)
