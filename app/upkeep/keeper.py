"""Does the tasks of the house when their time has come: one thread a task, one process in all that has it in hand."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from pydantic import SecretStr
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from app import clock, logs
from app.record import acts
from app.record.engine import Busy, Closed, NotSaved, PerhapsSaved, Store
from app.settings import Settings
from app.upkeep import tasks

log = logs.of("upkeep")

HOLD = timedelta(hours=6)
"""How long a task may be in hand before another process may take it over."""
AWAY = (Busy, Closed, NotSaved, PerhapsSaved, SQLAlchemyError)
"""The record takes nothing at the moment; the next turn tries again."""
LONGEST_WORDS = 400
"""Characters of a failure that are kept."""


class Failed(Exception):  # noqa: N818  # named as the answer the caller hears
    """A task was not done; the sentence says why and what to do."""


@dataclass(frozen=True)
class Chore:
    """A task with its rhythm, kept in the record."""

    task: str  # its name in the book
    every: timedelta  # from one good end to the next beginning
    do: Callable[
        [threading.Event], Mapping[str, Any]
    ]  # returns what it found; raises Failed; ends early when the event is set
    good: str  # kind of the event on the site's stream after a good end
    bad: str  # kind after a bad one


@dataclass(frozen=True)
class Round:
    """Something small that is done again and again and leaves no event."""

    name: str  # of the thread
    seconds: float  # between two times
    do: Callable[[], object]  # may raise what is in AWAY, or OSError


class Keeper:
    """`start` begins, `close` ends every thread. `turn` does one chore if it is due, without a thread."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        chores: Sequence[Chore],
        rounds: Sequence[Round],
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        """Keep this house; nothing is done before `start` or `turn`."""
        self._store, self._settings, self._now = store, settings, now
        self._chores, self._rounds = tuple(chores), tuple(rounds)
        self._worker = f"keeper-{clock.new_id(6)}"
        self._ends = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin; returns at once."""
        if self._threads:
            return
        for chore in self._chores:
            self._run(f"chore {chore.task}", 20.0, partial(self.turn, chore))
        for each in self._rounds:
            self._run(each.name, each.seconds, each.do)

    def close(self) -> None:
        """End every thread; a task in hand is broken off and taken up again later. A second call does nothing."""
        self._ends.set()
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def _run(self, name: str, seconds: float, do: Callable[[], object]) -> None:
        def work() -> None:
            while not self._ends.is_set():
                try:
                    do()
                except (*AWAY, OSError):
                    log.warning("upkeep put off", task=name, exc_info=True)
                self._ends.wait(seconds)

        thread = threading.Thread(target=work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def turn(self, chore: Chore) -> bool:
        """Do a chore if it is due and nobody else has it; False when there was nothing to do."""
        at = self._now()
        taken = self._store.write(
            lambda conn: tasks.take(conn, chore.task, worker=self._worker, every=chore.every, hold=HOLD, at=at)
        )
        if not taken:
            return False
        try:
            facts = chore.do(self._ends)
        except Failed as trouble:
            self._settle_bad(chore, str(trouble)[:LONGEST_WORDS])
        else:
            self._settle_good(chore, facts)
        return True

    def _settle_good(self, chore: Chore, facts: Mapping[str, Any]) -> None:
        at = self._now()

        def work(conn: Connection) -> None:
            if tasks.done(conn, chore.task, worker=self._worker, facts=facts, at=at):
                acts.append(conn, self._settings, self._settings.site, chore.good, facts, who="system", at=at)

        self._store.write(work)
        log.info("upkeep", task=chore.task, outcome="good")

    def _settle_bad(self, chore: Chore, says: str) -> None:
        """Keep why; one event for each new reason, not for each try."""
        at = self._now()

        def work(conn: Connection) -> None:
            before = tasks.find(conn, chore.task).says
            mine = tasks.failed(conn, chore.task, worker=self._worker, says=says, at=at)
            if mine and before != says:
                acts.append(conn, self._settings, self._settings.site, chore.bad, {"says": says}, who="system", at=at)

        self._store.write(work)
        log.warning("upkeep", task=chore.task, outcome="failed", says=says)


def in_a_process(settings: Settings, task: str) -> Callable[[threading.Event], dict[str, Any]]:
    """Return what runs a task of `app.upkeep.job` in a fresh process, and ends it when the event is set."""

    def do(ends: threading.Event) -> dict[str, Any]:
        words = [sys.executable, "-m", "app.upkeep.job", task]
        child = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        given: str | None = handed(settings)
        while True:
            try:
                out, _ = child.communicate(given, timeout=1.0)
                break
            except subprocess.TimeoutExpired:
                given = None
                if ends.is_set():
                    child.terminate()
        return _heard(out, child.returncode, task)

    return do


def _heard(out: str, code: int, task: str) -> dict[str, Any]:
    try:
        said: dict[str, Any] = json.loads(out)
    except ValueError as error:
        raise Failed(f"the {task} was broken off ({code}); it is tried again") from error
    if code != 0:
        raise Failed(str(said.get("says", code)))
    return _countable(said)


def _countable(said: dict[str, Any]) -> dict[str, Any]:
    """The record knows no fractions: seconds become text."""
    return {name: f"{value:.1f}" if isinstance(value, float) else value for name, value in said.items()}


def handed(settings: Settings) -> str:
    """Return the settings for another process of ours, secrets left out."""
    hidden = {name for name, field in Settings.model_fields.items() if field.annotation is SecretStr}
    return settings.model_dump_json(exclude=hidden)
