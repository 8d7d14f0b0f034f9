"""The worked example made through faults: whoever asks insists until there is an answer; no answer may ever be untrue."""

from __future__ import annotations

import time
from collections import Counter as Tally
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import Connection

from app.dispatch import Ask, Dispatcher, Outcome
from app.record import log
from app.record.engine import Busy, NotSaved, PerhapsSaved, Store
from tests.dispatch.counter import Counter, sound
from workflows.preparation import Preparation

T = TypeVar("T")
TRIES = 400


@dataclass
class Toll:
    """What was met, over all preparations."""

    faults: Tally[str] = field(default_factory=Tally)
    told: Tally[str] = field(default_factory=Tally)
    """Answers other than the command's own: not saved, perhaps saved, busy, heard again."""
    commands: int = 0
    preparations: int = 0

    @property
    def numbers(self) -> dict[str, int]:
        """For `counted`: how many of each fault, and what was told."""
        met = {"faults": self.faults.total(), **self.faults, "commands": self.commands, "bags": self.preparations}
        return {
            name.replace(" ", "_"): count
            for name, count in (met | {f"told {one}": n for one, n in self.told.items()}).items()
        }


class Insistent(Dispatcher):
    """Asks again, with the same command id, until it hears what became of it; and sees whether "not saved" was true."""

    toll: Toll
    there: Callable[[str], bool]
    meanwhile: Callable[[], object]

    def do(self, ask: Ask) -> Outcome:
        perhaps = False
        for _ in range(TRIES):
            try:
                outcome = super().do(ask)
            except Busy:
                self.toll.told["busy"] += 1
            except PerhapsSaved:
                self.toll.told["perhaps saved"] += 1
                perhaps = True
            except NotSaved:
                self.toll.told["not saved"] += 1
                assert perhaps or not self.there(ask.command_id), (
                    f"{ask.command_id} was said not to be saved, and is there"
                )
            else:
                self.toll.told["heard again"] += outcome.replayed
                self.toll.commands += 1
                return outcome
            self.meanwhile()
        raise AssertionError(f"{ask.command_id} was never answered")


@dataclass
class Through(Counter):
    """Asks through the faults, and sees the preparation past them: as a page does that is loaded until it comes."""

    beside: Dispatcher | None = None

    @property
    def p(self) -> Preparation:
        assert self.beside is not None
        with suppress(NotSaved, Busy), self.dispatcher.store.reading() as conn:
            self.dispatcher.current(conn, self.id)  # whatever goes wrong on the way is told in these words
        found = patiently(self.beside.store, lambda conn: self.beside.current(conn, self.id))  # type: ignore[union-attr]
        assert found is not None
        return found


def a_moment() -> None:
    time.sleep(0.02)


def through(store: Store, beside: Counter, toll: Toll, meanwhile: Callable[[], object] = a_moment) -> Through:
    """Return the same counter, asked through `store` by somebody who insists; `meanwhile` between a trouble and the next try."""
    dispatcher = Insistent(store, beside.dispatcher.settings, beside.clock)
    dispatcher.toll, dispatcher.meanwhile = toll, meanwhile

    def there(command_id: str) -> bool:
        return command_id in patiently(beside.dispatcher.store, lambda conn: ids_of(conn, beside.id))

    dispatcher.there = there
    return Through(dispatcher, clock=beside.clock, beside=beside.dispatcher)


def patiently(store: Store, read: Callable[[Connection], T]) -> T:
    """Read as soon as that can be done."""
    until = time.monotonic() + 60
    while True:
        try:
            with store.reading() as conn:
                return read(conn)
        except NotSaved:
            assert time.monotonic() < until, "the server never came back"
            time.sleep(0.02)


def ids_of(conn: Connection, preparation: str) -> set[str]:
    return {one.command_id for one in log.load(conn, preparation)}


def kinds_of(counter: Counter) -> list[str]:
    with counter.dispatcher.store.reading() as conn:
        return [one.kind for one in log.load(conn, counter.id)]


def holds(counter: Counter, kinds: list[str], commands: int) -> None:
    """Each command is there once, nothing half, the same as in a record made in peace."""
    assert kinds_of(counter) == kinds, "something is lost, doubled or half done"
    assert counter.p.closed
    with counter.dispatcher.store.reading() as conn:
        assert len(ids_of(conn, counter.id)) == commands
    assert sound(counter)
