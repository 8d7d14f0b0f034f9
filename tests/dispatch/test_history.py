"""Three processes ask at random over one PostgreSQL; afterwards one person alone, asking in the log's order, hears the same."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.dispatch import Dispatcher
from app.record import log
from app.record.engine import Store
from app.record.log import StoredEvent
from tests.cast import PAM, QUIN
from tests.dispatch import player
from tests.dispatch.counter import Clock, Counter, equip, open_counter, settings_in, sound
from tests.house.tree import ROOT
from tests.postgres.databases import Database
from tests.serving.running import plain_environment


@dataclass(frozen=True)
class Answer:
    """What one of the players heard, and between which moments."""

    ask: dict[str, Any]
    began: int
    ended: int
    kind: str
    code: str
    version: int
    status: int
    replayed: bool

    @property
    def id(self) -> str:
        return str(self.ask["command_id"])

    @property
    def preparation(self) -> str:
        return str(self.ask["preparation"])

    @property
    def wrote(self) -> bool:
        return self.kind in {"accepted", "rejected"} and not self.replayed


def lay(folder: Path, url: str = "") -> Counter:
    """Stations, and one bag that lacks only its release."""
    folder.mkdir(parents=True, exist_ok=True)
    store, dispatcher, clock = open_counter(folder, database_url=url)
    equip(store, player.STATIONS)
    counter = Counter(dispatcher, player.READY, clock=clock)
    counter.make(until=37)
    assert "approve" not in counter.p.entries
    return counter


def play(folder: Path, url: str, threads: int, commands: int) -> list[Answer]:
    """Let three processes ask beside each other."""
    words = [sys.executable, "-m", "tests.dispatch.player", str(folder), url]
    at_work = [
        subprocess.Popen([*words, f"{seed}", str(threads), str(commands)], cwd=ROOT, env=plain_environment())
        for seed in (1, 2, 3)
    ]
    assert [one.wait(600) for one in at_work] == [0, 0, 0]
    lines = [line for path in sorted(folder.glob("*.jsonl")) for line in path.read_text().splitlines()]
    return [Answer(**json.loads(line)) for line in lines]


def events_of(store: Store) -> tuple[StoredEvent, ...]:
    with store.reading() as conn:
        return log.since(conn, "MAIN", 0)


def no_gap_and_no_doubling(events: tuple[StoredEvent, ...], answers: list[Answer]) -> None:
    assert [one.site_seq for one in events] == list(range(1, len(events) + 1))
    written = {one.command_id for one in events if one.command_id[:2] in {"1-", "2-", "3-"}}
    first = Tally(one.id for one in answers if one.wrote)
    assert set(first) == written, "what was answered is what is there"
    assert set(first.values()) <= {1}, "done once"


def one_winner(events: tuple[StoredEvent, ...], answers: list[Answer]) -> int:
    """Each approval has one event, of one signer; the others were turned away. Return how many tried beside the winners."""
    beside = 0
    for preparation in (player.READY, *player.OTHERS):
        slots = Tally(one.data["slot"] for one in events if one.stream == preparation and one.kind == "accepted")
        assert {slots["approve"], slots["verify"]} <= {0, 1}, (preparation, slots)
        signed = [one for one in answers if one.preparation == preparation and one.ask["who"] in {PAM.id, QUIN.id}]
        beside += sum(one.kind in {"conflict", "refused"} for one in signed)
    released = sum(one.stream == player.READY and one.data.get("slot") == "approve" for one in events)
    assert released == 1, "somebody of so many released the bag"
    return beside


def in_the_order_of_time(events: tuple[StoredEvent, ...], answers: list[Answer]) -> None:
    """What was answered before something was asked stands before it, and was seen by it."""
    number = {one.command_id: one.site_seq for one in events}
    by_end = sorted((one for one in answers if one.wrote), key=lambda one: one.ended)
    newest, seen, place = 0, defaultdict[str, int](int), 0
    for one in sorted(answers, key=lambda one: one.began):
        while place < len(by_end) and by_end[place].ended < one.began:
            done = by_end[place]
            newest, place = max(newest, number[done.id]), place + 1
            seen[done.preparation] = max(seen[done.preparation], done.version)
        if one.wrote:
            assert number[one.id] > newest
        if not one.replayed and one.code != "COMMAND_ID_USED":
            assert one.version >= seen[one.preparation], "nobody is answered from the past"


def explained(folder: Path, events: tuple[StoredEvent, ...], answers: list[Answer]) -> int:
    """Ask the same of a record of one's own, one after the other in the log's order: every answer and event is the same."""
    counter = lay(folder)
    store, alone = (
        counter.dispatcher.store,
        Dispatcher(counter.dispatcher.store, settings_in(folder), Clock(player.WHEN)),
    )
    turned_away, wrote = defaultdict[tuple[str, int], list[Answer]](list), {one.id: one for one in answers if one.wrote}
    for one in answers:
        if not one.wrote and not one.replayed and one.code != "COMMAND_ID_USED":
            turned_away[one.preparation, one.version].append(one)
    count = 0

    def ask(one: Answer) -> None:
        nonlocal count
        outcome = alone.do(player.heard(one.ask))
        said = (outcome.kind, outcome.code, outcome.version, outcome.status)
        assert said == (one.kind, one.code, one.version, one.status), (one, outcome)
        count += 1

    for preparation in (player.READY, *player.OTHERS):
        versions = [0] if preparation != player.READY else [counter.p.version]
        for one in turned_away.pop((preparation, versions[0]), ()):
            ask(one)
    for event in events:
        answer = wrote.pop(event.command_id, None)
        if answer is not None:
            ask(answer)
            for one in turned_away.pop((answer.preparation, answer.version), ()):
                ask(one)
    assert (wrote, dict(turned_away)) == ({}, {}), "answers that no state of the log explains"
    assert [(one.stream, one.version, one.kind, one.data, one.who) for one in events_of(store)] == [
        (one.stream, one.version, one.kind, one.data, one.who) for one in events
    ]
    store.close()
    return count


def repeated(answers: list[Answer]) -> None:
    """Who asks again hears the first answer; who uses an id for something else is told so."""
    first = {one.id: one for one in answers if one.wrote}
    fresh = {(one.id, one.kind, one.code, one.version) for one in answers if not one.replayed}
    for one in answers:
        if one.replayed:
            assert (one.id, one.kind, one.code, one.version) in fresh
        if one.code == "COMMAND_ID_USED":
            assert first[one.id].began < one.ended


def history(tmp_path: Path, url: str, threads: int, commands: int) -> tuple[int, int]:
    counter = lay(tmp_path / "data", url)
    with closing(counter.dispatcher.store) as store:
        answers = play(tmp_path / "data", url, threads, commands)
        events = events_of(store)
        assert len(answers) == 3 * threads * commands
        no_gap_and_no_doubling(events, answers)
        assert one_winner(events, answers) > 0
        in_the_order_of_time(events, answers)
        repeated(answers)
        explained(tmp_path / "alone", events, answers)
        assert sound(counter)
    return len(answers), sum(one.wrote for one in answers)


def test_q72_three_processes_on_one_postgresql_write_one_history_that_explains_every_answer(
    tmp_path: Path, database: Database
) -> None:
    asked, wrote = history(tmp_path, database.url, threads=2, commands=18)
    assert (asked, wrote >= 8) == (108, True)


@pytest.mark.soak
def test_q72_three_processes_ask_nine_thousand_times(
    tmp_path: Path, database: Database, counted: Callable[..., None]
) -> None:
    asked, wrote = history(tmp_path, database.url, threads=3, commands=1000)
    counted("three processes, every answer explained by the log", commands=asked, written=wrote)
