"""The bench runs, prints its fields, and compares two ways by what they did; no test asserts a speed."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app import preparations
from app.bench import alone, day, instruments, rounds, rules, servers, shop, weights
from app.bench.rounds import ROUNDS, beside, compare
from app.bench.rounds import alone as by_itself
from app.bench.servers import Server
from app.bench.shop import names, open_shop
from app.bench.tablets import Tablet
from app.cli import main
from app.cli.bench import in_words
from app.demo.sow import sow_folder
from app.record.place import place_of
from app.record.verify import verify
from tests.interfaces.senders import listening, recording
from tests.postgres.databases import Database
from workflows.library import LIBRARY

FIELDS = [
    "name", "unit", "ours", "raw", "ratio", "p50_ms", "p99_ms", "cpu_us", "raw_cpu_us", "rounds", "noisy", "goal", "met",
]  # fmt: skip
SMALL = [
    "--writes",
    "50",
    "--events",
    "60",
    "--preparations",
    "12",
    "--stations",
    "2",
    "--scans",
    "2",
    "--rounds",
    "1",
    "--pharmacists",
    "3",
    "--seconds",
    "0.5",
    "--messages",
    "20",
    "--json",
]


@pytest.fixture(scope="module")
def sown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's pharmacy, made once: nearly all that opening a shop costs."""
    folder = tmp_path_factory.mktemp("sown") / "data"
    sow_folder(folder)
    return folder


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch, sown: Path) -> None:
    """Shops open on a copy, and nobody waits to learn how busy disk and processor are: no figure is looked at here."""
    monkeypatch.setattr(shop, "sow_folder", lambda folder: folder.exists() or shutil.copytree(sown, folder))
    monkeypatch.setattr(rounds, "BUSY_S", 0.001)
    monkeypatch.setattr(rounds, "PROBES", 2)


def measured(tmp_path: Path, *words: str) -> list[dict[str, Any]]:
    """What a run prints: one object a figure with the fields of the interface, and nothing left behind."""
    done = CliRunner().invoke(main, ["bench", *SMALL, "--folder", str(tmp_path), *words])
    assert done.exit_code == 0, done.output
    figures: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(list(one) == FIELDS and one["ours"] > 0 and (one["raw"] or 1) > 0 for one in figures)
    assert all((one["goal"] is None) == (one["met"] is None) for one in figures)
    assert list(tmp_path.iterdir()) == []
    return figures


def test_it_measures_the_record_in_a_folder_of_its_own_and_says_that_no_postgresql_was_given(tmp_path: Path) -> None:
    said = [one["name"] for one in measured(tmp_path, "--only", "record")]
    assert said == [
        "durable append in process", "append, 50 callers waiting", "a photo filed and entered",
        "backup while others write", "longest wait of a writer meanwhile",
    ]  # fmt: skip
    done = CliRunner().invoke(main, ["bench", "--only", "postgres", "--folder", str(tmp_path)])
    assert (done.stdout, done.stderr) == ("", "PostgreSQL was not measured: no --postgres URL was given.\n")


def test_a_person_reads_the_ratio_the_goal_and_whether_the_disk_was_busy() -> None:
    rate = beside("writing", "events/s", [50.0], [100.0], noisy=True, goal=0.6)
    assert in_words(rate) == "writing: 50 events/s, 0.50 of bare 100 (goal 0.6: NOT MET) - noisy"
    assert in_words(by_itself("memory", "MiB", [200.5], noisy=False, goal=250.0)) == "memory: 200.5 MiB (goal 250: met)"


def test_it_measures_a_large_record_with_the_memory_that_it_took(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The work is done in this process; the day's backup below is one in its own."""

    def here(what: str, folder: Path) -> alone.Spent:
        return alone.Spent(0.1, 0.1, alone.memory_mb(), 0, alone.WHAT[what](folder)())

    monkeypatch.setattr(alone, "run", here)
    figures = measured(tmp_path, "--only", "large")
    assert [one["unit"] for one in figures] == ["events/s", "s", "MiB", "s", "MiB", "s"]
    assert figures[0]["name"].startswith("verify 1")
    assert figures[0]["raw"] is not None


def test_it_measures_the_lists_of_a_grown_record(tmp_path: Path) -> None:
    figures = measured(tmp_path, "--only", "pages")
    assert len(figures) == 6
    assert all(one["name"].endswith(", 12 preparations") and one["p99_ms"] > 0 for one in figures)


def test_it_weighs_each_page_with_all_that_it_links_beside_its_budget(tmp_path: Path) -> None:
    figures = measured(tmp_path, "--only", "weights")
    weighed = {one["name"]: one for one in figures if one["unit"] == "KB"}
    assert [one["goal"] for one in weighed.values()] == [60, None, 8, 110, 350, 150, 110]
    assert all(one["met"] for one in weighed.values() if one["goal"]), weighed
    assert [one["goal"] for one in figures if one["unit"] == "s"] == [1, 1, 0.15, 1, 1, 2, 1]
    heaviest = max(weighed, key=lambda name: float(weighed[name]["ours"]))
    assert heaviest == "review with six thumbnails, on the wire"


def test_a_page_is_weighed_with_what_its_links_link_each_once_and_packed_as_it_came(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    site = {
        "/page": '<link href="/s/a.css"><script type="module" src="/s/a.js"></script><img alt="" src="/p?size=a&amp;b=1">',
        "/s/a.css": '@font-face { src: url("../f/x.woff2") } @font-face { src: url(../f/x.woff2) }',
        "/s/a.js": 'import { b } from "./b.js"; const c = () => import("./c.js");',
        "/s/b.js": 'import "./a.js";', "/s/c.js": "", "/f/x.woff2": "f" * 500, "/p?size=a&b=1": "p" * 100,
    }  # fmt: skip
    asked: list[str] = []

    def fetch(self: Tablet, path: str, kind: str = "*/*") -> bytes:
        asked.append(path)
        self.wire = len(site[path]) // 2
        return site[path].encode()

    monkeypatch.setattr(Tablet, "fetch", fetch)
    loaded = weights.load(Tablet(0, "", ""), "/page")
    assert sorted(asked) == sorted(site)
    assert loaded.came == sum(len(body) // 2 for body in site.values())
    assert weights.load(Tablet(0, "", ""), "/page", loaded.seen).came == len(site["/page"]) // 2


@pytest.mark.soak
def test_it_measures_the_real_server_with_tablets_that_sign_in_and_scan(tmp_path: Path) -> None:
    figures = measured(tmp_path, "--only", "web")
    assert [one["unit"] for one in figures] == ["s", "s", "scans/s", "ms", "reads/s", "ms", "MiB"]
    assert figures[2]["name"] == "scan to durable event over HTTP, 2 stations"


@pytest.mark.soak
def test_it_measures_ten_stations_at_the_pace_of_hands_and_the_pages_that_hear_of_a_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(day, "POLL_S", 0.2)
    monkeypatch.setattr(day, "STATIONS", 3)
    figures = measured(tmp_path, "--only", "day")
    assert [one["unit"] for one in figures] == ["s", "s", "s", "s", "cores", "s"]
    assert [one["goal"] for one in figures] == [0.005, 0.05, 0.3, 2.5, 0.1, None]
    assert figures[0]["ours"] <= figures[1]["ours"] <= figures[2]["ours"]


@contextmanager
def received_here(folder: Path, stations: object, more: dict[str, str]) -> Iterator[Server]:
    """A receiver of this process in place of the real server, which the long run has."""
    port = json.loads(more["VIALTRACE_MLLP"])["bench"]["port"]
    folder.mkdir()
    with recording(folder) as intake, listening(intake, port=port, profiles=("oncehr",)):
        yield Server(port, os.getpid(), 0.0)


def test_it_measures_orders_over_mllp_and_the_memory_that_many_of_them_leave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(servers, "real", received_here)
    rate, memory = measured(tmp_path, "--only", "messages")
    assert (rate["unit"], rate["goal"], memory["unit"]) == ("messages/s", 0.5, "MiB")


@pytest.mark.soak
def test_the_server_is_no_larger_after_fifty_thousand_orders(tmp_path: Path) -> None:
    _, memory = measured(tmp_path, "--only", "messages", "--messages", "50000")
    assert memory["met"], memory


def test_it_measures_a_step_of_the_engine_and_the_walk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "WORLDS", (2,))
    two = ("iv-bag-gravimetric", "oral-count")
    monkeypatch.setattr(rules, "LIBRARY", {name: LIBRARY[name] for name in two})
    figures = measured(tmp_path, "--only", "rules")
    assert [one["unit"] for one in figures] == ["steps/s", "s", "s"]
    assert [one["name"].split(",")[0] for one in figures[1:]] == [f"walk of {name}" for name in two]
    assert all("states of 1 worlds" in one["name"] for one in figures[1:])


@pytest.mark.soak
def test_it_measures_a_balance_from_its_driver_to_the_tablet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instruments, "MOVES", ("50", "180"))
    monkeypatch.setattr(instruments, "CYCLES", 40)
    figures = measured(tmp_path, "--only", "instruments")
    assert [(one["unit"], one["goal"]) for one in figures] == [
        ("ms", 1.0), ("s", 1.0), ("s", 6.0), ("s", 0.3), ("s", 0.4)
    ]  # fmt: skip


def test_it_measures_postgresql_where_one_is_given(tmp_path: Path, database: Database) -> None:
    (figure,) = measured(tmp_path, "--only", "postgres", "--postgres", database.url)
    assert (figure["name"], figure["goal"]) == ("PostgreSQL append to one site, 8 connections", 0.8)


def test_what_fills_a_record_up_is_true(tmp_path: Path) -> None:
    """Chains, lists and labels of every preparation that was filled in add up, as if each had been made by hand."""
    with open_shop(tmp_path / "data") as made:
        made.ended("BENCHEND", 2)
        made.waiting("BENCHWAI")
        written = made.fill("BENCHEND", names("E", 7)) + made.fill("BENCHWAI", names("W", 3))
        verdict = verify(place_of(made.settings), made.settings.photos, lists=preparations.view_faults)
        copied, pattern = made.current("E0000006"), made.current("BENCHEND")
    assert (verdict.faults, verdict.preparations) == ((), 7 + 2 + 11)
    assert written == 7 * pattern.version + 3 * 5
    assert (copied.outcome, len(copied.near_misses)) == ("aborted", 2)


def test_work_in_a_process_of_its_own_tells_its_time_and_memory_or_why_it_failed(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="verify failed"):
        alone.run("verify", tmp_path / "nowhere")
    assert 5 < alone.memory_mb() < 10_000


def test_the_two_are_run_in_turn_and_half_the_work_is_half_the_ratio(tmp_path: Path) -> None:
    ran: list[str] = []

    def way(name: str) -> list[float]:
        ran.append(name)
        time.sleep(0.01)
        return [0.01]

    figure = compare("a", "things", lambda: way("ours"), lambda: way("raw"), tmp_path, goal=0.9, share=(1, 1_000_000))
    assert ran == ["ours", "raw"] * ROUNDS
    assert (figure.ratio is not None and figure.ratio < 0.001, figure.met, figure.p50_ms) == (True, False, 10.0)


def test_more_of_a_rate_is_better_and_less_of_all_else() -> None:
    rate = beside("a", "things/s", [50.0], [100.0], noisy=False, goal=0.5)
    took = beside("b", "s", [4.0], [1.0], noisy=False, goal=0.5)
    size = by_itself("c", "MiB", [200.0], noisy=True, goal=250.0)
    assert [(one.ratio, one.met) for one in (rate, took, size)] == [(0.5, True), (0.25, False), (None, True)]
