"""The bench runs, prints its fields, and compares two ways by what they did; no test asserts a speed."""

from __future__ import annotations

import json
import time
from pathlib import Path

from click.testing import CliRunner

from app.bench.rounds import ROUNDS, compare
from app.cli import main

FIELDS = [
    "name", "unit", "ours", "raw", "ratio", "p50_ms", "p99_ms", "raw_p99_ms", "cpu_us", "raw_cpu_us", "rounds", "noisy",
    "goal", "met",
]  # fmt: skip


def test_it_measures_in_a_folder_of_its_own_and_prints_one_object_a_figure(tmp_path: Path) -> None:
    words = ["bench", "--writes", "50", "--events", "400", "--folder", str(tmp_path), "--json"]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    figures = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["name"] for one in figures] == [
        "durable append in process", "append, 50 callers waiting", "verify the whole record",
    ]  # fmt: skip
    assert all(list(one) == FIELDS and one["ours"] > 0 and one["raw"] > 0 for one in figures)
    assert list(tmp_path.iterdir()) == []
    said = CliRunner().invoke(main, ["bench", "--writes", "50", "--events", "200", "--folder", str(tmp_path)])
    assert said.stdout.count(" of bare ") == 3


def test_the_two_are_run_in_turn_and_half_the_work_is_half_the_ratio(tmp_path: Path) -> None:
    ran: list[str] = []

    def way(name: str) -> list[float]:
        ran.append(name)
        time.sleep(0.01)
        return [0.01]

    figure = compare("a", "things", lambda: way("ours"), lambda: way("raw"), tmp_path, goal=0.9, share=(1, 1_000_000))
    assert ran == ["ours", "raw"] * ROUNDS
    assert (figure.ratio < 0.001, figure.met, figure.p50_ms) == (True, False, 10.0)
