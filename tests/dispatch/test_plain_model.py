"""Two technicians, a pharmacist and a printer ask at random, late, twice and with used ids; a dictionary knows each answer.

The model below knows no rule of the pharmacy's but these: what is claimed is its claimer's, a cabinet has one preparation,
a screen that has seen less than the record is stale (a step's only where more than a label came meanwhile), and what was
answered is answered so again.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.dispatch import Ask, Dispatcher, Outcome
from app.record import log, views
from tests.cast import ANN, BO, PAM, PRINTER
from tests.dispatch.counter import Counter, equip, open_counter, sound
from tests.postgres.fixtures import BOTH
from tests.workflows import example
from workflows import commands as asked
from workflows.circumstances import Actor
from workflows.evidence import Confirmation, Printed

TECHNICIANS = st.sampled_from((ANN, BO))
WHICH = st.sampled_from((0, 1))
LAG = st.sampled_from((0, 0, 0, 0, 1, 2, -1))
"""How many events a screen has not seen; -1 is one that knows of an event that never was."""


class Said(NamedTuple):
    """What the model expects to hear."""

    kind: str
    code: str
    version: int
    replayed: bool = False


@dataclass
class Bag:
    """What the model knows of one preparation that was ordered and verified."""

    id: str
    stations: tuple[str, str]
    events: list[str] = field(default_factory=lambda: ["opened", "verified"])
    owner: str = ""
    station: str = ""
    cabinet: bool = False
    gowned: int = 0
    called: bool = False
    labels: int = 0

    @property
    def version(self) -> int:
        return len(self.events)


@dataclass
class Book:
    """What the model knows of answers given: to a press that was done, and to one that was turned away on its screen."""

    done: dict[str, tuple[str, object, Said]] = field(default_factory=dict)
    turned_away: dict[tuple[str, str, object, int | None], Said] = field(default_factory=dict)

    def heard(self, ask: Ask) -> Said | None:
        content = (ask.preparation, ask.command, ask.station)
        if ask.command_id in self.done:
            who, before, said = self.done[ask.command_id]
            same = (who, before) == (ask.who.id, content)
            return said._replace(replayed=True) if same else Said("refused", "COMMAND_ID_USED", 0)
        said_no = self.turned_away.get((ask.command_id, ask.who.id, content, ask.expected_version))
        return said_no._replace(replayed=True) if said_no else None

    def keep(self, ask: Ask, said: Said) -> None:
        content = (ask.preparation, ask.command, ask.station)
        if said.kind in {"accepted", "rejected"}:
            self.done[ask.command_id] = (ask.who.id, content, said)
        elif ask.who is not PRINTER:
            self.turned_away[ask.command_id, ask.who.id, content, ask.expected_version] = said


class Pharmacy(RuleBasedStateMachine):
    """Two preparations, two cabinets, and everything that is asked of them."""

    def __init__(self, dispatcher: Dispatcher, numbers: Iterator[int]) -> None:
        super().__init__()
        self.dispatcher, self.number, self.ids = dispatcher, next(numbers), itertools.count()
        self.book, self.asked, self.bags = Book(), list[Ask](), list[Bag]()

    @initialize()
    def two_orders(self) -> None:
        stations = (f"H{2 * self.number + 1}", f"H{2 * self.number + 2}")
        equip(self.dispatcher.store, stations, first=2 * self.number + 1)
        for letter in "AB":
            counter = Counter(self.dispatcher, f"P{self.number:06}{letter}")
            assert counter.open().kind == "accepted"
            assert counter.ask(asked.Submit("", counter.sign("order verified")), PAM).kind == "accepted"
            self.bags.append(Bag(counter.id, stations))

    # --- what is asked ---

    def ask(self, bag: Bag, command: asked.Command, who: Actor, lag: int, station: str = "", id_: str = "") -> None:
        expected = None if who is PRINTER else max(bag.version - lag, 0)
        at = "" if who is PAM else station or bag.station or bag.stations[0]
        self.send(Ask(id_ or f"{self.number}-{next(self.ids)}", bag.id, command, who, at, expected_version=expected))

    def send(self, ask: Ask) -> None:
        bag = next(one for one in self.bags if one.id == ask.preparation)
        expected = self.book.heard(ask)
        if expected is None:
            expected = self.judged(bag, ask)
            self.book.keep(ask, expected)
        self.asked.append(ask)
        outcome = self.dispatcher.do(ask)
        assert said_of(outcome) == expected, (ask, outcome)

    @rule(which=WHICH, who=TECHNICIANS, lag=LAG, cabinet=WHICH)
    def claims(self, which: int, who: Actor, lag: int, cabinet: int) -> None:
        self.ask(self.bags[which], asked.Claim(), who, lag, self.bags[which].stations[cabinet])

    @rule(which=WHICH, who=TECHNICIANS, lag=LAG)
    def scans_the_cabinet(self, which: int, who: Actor, lag: int) -> None:
        bag = self.bags[which]
        cabinet = example.replace(example.CABINET, code=f"BSC-{(bag.station or bag.stations[0])[1:]}")
        self.ask(bag, asked.Submit("", example.scan(cabinet)), who, lag)

    @rule(which=WHICH, who=TECHNICIANS, lag=LAG, ahead=st.sampled_from((0, 0, 0, 1)))
    def puts_on(self, which: int, who: Actor, lag: int, ahead: int) -> None:
        items, bag = example.POLICY.ppe, self.bags[which]
        self.ask(bag, asked.Submit("", Confirmation(items[(bag.gowned + ahead) % len(items)])), who, lag)

    @rule(which=WHICH, who=TECHNICIANS, lag=LAG, about=st.sampled_from(("a", "b")))
    def calls(self, which: int, who: Actor, lag: int, about: str) -> None:
        self.ask(self.bags[which], asked.Call(f"question {about}"), who, lag)

    @rule(which=WHICH, lag=LAG)
    def answers(self, which: int, lag: int) -> None:
        self.ask(self.bags[which], asked.Answer("go on as planned"), PAM, lag)

    @rule(which=WHICH, again=st.booleans())
    def a_label_comes_out(self, which: int, again: bool) -> None:
        bag = self.bags[which]
        number = max(bag.labels - again, 0) + 1
        label = Printed("in_process", f"I{bag.id[1:]}{number:02}", 1, "aa" * 32, "spool")
        self.ask(bag, asked.RecordLabel(label, "lost" if number > 1 else ""), PRINTER, 0)

    @precondition(lambda self: self.asked)
    @rule(chance=st.randoms(use_true_random=False))
    def the_same_is_sent_again(self, chance: random.Random) -> None:
        self.send(chance.choice(self.asked))

    @precondition(lambda self: self.asked)
    @rule(chance=st.randoms(use_true_random=False), which=WHICH, who=TECHNICIANS)
    def an_id_is_used_for_something_else(self, chance: random.Random, which: int, who: Actor) -> None:
        self.ask(self.bags[which], asked.Call("something else"), who, 0, id_=chance.choice(self.asked).command_id)

    # --- what the model says to it ---

    def judged(self, bag: Bag, ask: Ask) -> Said:
        if ask.expected_version is not None and self.is_stale(bag, ask):
            return Said("conflict", "STALE", bag.version)
        kind, code = self.decided(bag, ask)
        return Said(kind, code, bag.version)

    @staticmethod
    def is_stale(bag: Bag, ask: Ask) -> bool:
        seen = ask.expected_version
        assert seen is not None
        if seen >= bag.version or not isinstance(ask.command, asked.Submit):
            return seen != bag.version
        return set(bag.events[seen:]) != {"label"}

    def decided(self, bag: Bag, ask: Ask) -> tuple[str, str]:
        match ask.command:
            case asked.Claim():
                return self.claimed(bag, ask)
            case asked.Submit(_, Confirmation(item)):
                return self.put_on(bag, ask, item)
            case asked.Submit():
                return self.scanned(bag, ask)
            case asked.Call():
                return self.of_owner(bag, ask) or happens(bag, "called", called=True)
            case asked.Answer():
                return happens(bag, "answered", called=False) if bag.called else ("refused", "NOT_CALLED")
            case asked.RecordLabel(label):
                return self.labelled(bag, int(label.label_id[-2:]))
        raise AssertionError(ask)

    def claimed(self, bag: Bag, ask: Ask) -> tuple[str, str]:
        if bag.owner:
            return "refused", "CLAIMED"
        if any(one.station == ask.station for one in self.bags if one is not bag):
            return "refused", "CABINET_OCCUPIED"
        return happens(bag, "claimed", owner=ask.who.id, station=ask.station)

    @staticmethod
    def of_owner(bag: Bag, ask: Ask) -> tuple[str, str] | None:
        if not bag.owner:
            return "refused", "NOT_CLAIMED"
        return None if bag.owner == ask.who.id else ("refused", "NOT_YOURS")

    def scanned(self, bag: Bag, ask: Ask) -> tuple[str, str]:
        if bag.cabinet:
            return "refused", "OTHER_EVIDENCE"
        return self.of_owner(bag, ask) or happens(bag, "scanned", cabinet=True)

    def put_on(self, bag: Bag, ask: Ask, item: str) -> tuple[str, str]:
        if not bag.cabinet or bag.gowned == len(example.POLICY.ppe):
            return "refused", "OTHER_EVIDENCE"
        if no := self.of_owner(bag, ask):
            return no
        if item != example.POLICY.ppe[bag.gowned]:
            bag.events.append("rejected")
            return "rejected", "OTHER_ITEM"
        return happens(bag, "put on", gowned=bag.gowned + 1)

    @staticmethod
    def labelled(bag: Bag, number: int) -> tuple[str, str]:
        if not bag.owner:
            return "refused", "NOT_CLAIMED"
        if number <= bag.labels:
            return "refused", "COPY_TWICE"
        return happens(bag, "label", labels=number)

    # --- what holds all the time ---

    @invariant()
    def the_record_has_what_happened_and_no_more(self) -> None:
        with self.dispatcher.store.reading() as conn:
            for bag in self.bags:
                row = views.get_preparation(conn, bag.id)
                assert row is not None
                assert (row.version, row.technician or "", row.station or "") == (bag.version, bag.owner, bag.station)
                assert log.version_of(conn, bag.id) == bag.version


def happens(bag: Bag, event: str, **now: object) -> tuple[str, str]:
    bag.events.append(event)
    for name, value in now.items():
        setattr(bag, name, value)
    return "accepted", ""


def said_of(outcome: Outcome) -> Said:
    return Said(outcome.kind, outcome.code, outcome.version, outcome.replayed)


@pytest.fixture
def unequipped(tmp_path: Path, kind: str, request: pytest.FixtureRequest) -> Iterator[Counter]:
    url = request.getfixturevalue("database").url if kind == "postgresql" else ""
    store, dispatcher, clock = open_counter(tmp_path / "data", database_url=url)
    yield Counter(dispatcher, clock=clock)
    store.close()


def play(counter: Counter, examples: int, steps: int) -> int:
    """Return how many steps were taken; afterwards the whole record is sound."""
    numbers, taken = itertools.count(), itertools.count()

    class Counted(Pharmacy):
        def send(self, ask: Ask) -> None:
            next(taken)
            super().send(ask)

    run_state_machine_as_test(
        lambda: Counted(counter.dispatcher, numbers),
        settings=settings(
            max_examples=examples, stateful_step_count=steps, derandomize=True, deadline=None, database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
    assert sound(counter)
    return next(taken)


@BOTH
def test_every_answer_is_the_one_that_a_dictionary_knows(unequipped: Counter) -> None:
    assert play(unequipped, examples=12, steps=30) > 200


@pytest.mark.soak
@BOTH
def test_ten_thousand_answers_are_those_that_a_dictionary_knows(
    unequipped: Counter, counted: Callable[..., None], kind: str
) -> None:
    steps = play(unequipped, examples=260, steps=50)
    assert steps >= 10_000
    counted(f"asked at random on {kind}, each answer the model's", steps=steps)
