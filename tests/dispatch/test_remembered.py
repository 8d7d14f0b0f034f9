"""What the dispatcher remembers of a preparation never changes an answer; and a command asks the record few questions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from app import preparations
from app.dispatch import Ask, Dispatcher, Outcome
from app.record import log
from tests.cast import ANN, BO, PAM
from tests.dispatch.counter import Counter, equip, open_counter
from workflows import commands as asked
from workflows.circumstances import Actor
from workflows.evidence import Confirmation

QUESTIONS = 19
"""Statements of an accepted command, savepoint and commit apart; a scan that uses something up and a print need most."""


@pytest.fixture(scope="module")
def log_of_a_day(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The worked example half made, by one dispatcher that remembers and is then asked beside others."""
    store, dispatcher, clock = open_counter(tmp_path_factory.mktemp("remembered") / "data")
    equip(store)
    counter = Counter(dispatcher, clock=clock)
    counter.make(until=14)
    yield counter
    store.close()


def test_the_state_that_is_remembered_is_the_one_that_the_log_adds_up_to_after_every_step(counter: Counter) -> None:
    counter.open()
    for command, who in counter.steps():
        counter.ask(command, who)
        with counter.dispatcher.store.reading() as conn:
            remembered = counter.dispatcher.current(conn, counter.id)
            assert remembered is counter.dispatcher._known[counter.id], "it was read from the log though nothing moved"
            assert remembered == preparations.load(conn, counter.id)


ACTS = st.sampled_from(
    [asked.Pause("other", "the phone rang"), asked.Resume(), asked.Claim(), asked.Submit("", Confirmation("gown"))]
)
WHO = st.sampled_from([ANN, BO, PAM])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(ACTS, WHO, st.booleans(), st.booleans()), max_size=5))
def test_one_who_remembers_and_one_who_does_not_answer_alike(
    log_of_a_day: Counter, acts: list[tuple[asked.Command, Actor, bool, bool]]
) -> None:
    """Ann, Bo and Pam press in any order; a second process with nothing in memory would have said the same."""
    counter = log_of_a_day
    store, site = counter.dispatcher.store, counter.dispatcher.settings
    for command, who, stale, elsewhere in acts:
        counter.count += 1
        counter.clock.on(seconds=5)
        ask = Ask(
            f"{counter.id}-{counter.count}", counter.id, command, who, counter.station, None, counter.p.version - stale
        )
        other = Dispatcher(store, site, counter.clock)
        said = _tried(other, ask)
        assert _tried(counter.dispatcher, ask) == said
        assert (other if elsewhere else counter.dispatcher).do(ask) == said
        with store.reading() as conn:
            assert counter.dispatcher.current(conn, counter.id) == preparations.load(conn, counter.id)


class _Undone(Exception):  # it carries the answer out of a transaction that is not to stand
    pass


def _tried(dispatcher: Dispatcher, ask: Ask) -> Outcome:
    """What a command would be answered; nothing of it stays."""

    def work(conn: Any) -> None:
        raise _Undone(dispatcher.within(conn, ask, dispatcher._now()))

    with pytest.raises(_Undone) as undone:
        dispatcher.store.write(work)
    return undone.value.args[0]  # type: ignore[no-any-return]


def test_a_state_whose_event_was_rolled_back_is_not_remembered(counter: Counter) -> None:
    """Ann's step failed with the disk: what she is shown afterwards is what is on it."""
    counter.make(until=6)
    before = counter.p
    ask = Ask("LOST", counter.id, asked.Pause("other", "the phone rang"), ANN, counter.station, None, before.version)
    assert _tried(counter.dispatcher, ask).kind == "accepted"
    assert counter.p == before
    with counter.dispatcher.store.reading() as conn:
        assert log.version_of(conn, counter.id) == before.version


def test_a_command_asks_the_record_a_bounded_number_of_questions(tmp_path: Path) -> None:
    store, dispatcher, clock = open_counter(tmp_path / "data")
    equip(store)
    counter, asked_for, each = Counter(dispatcher, clock=clock), list[str](), list[int]()
    event.listen(store.engines[1], "before_cursor_execute", lambda _conn, _cursor, sql, *_: asked_for.append(sql))
    counter.open()
    for command, who in counter.steps():
        asked_for.clear()
        assert counter.ask(command, who).kind == "accepted"
        each.append(len(asked_for))
    store.close()
    assert max(each) <= QUESTIONS, each
    assert max(each[-5:]) - min(each[3:8]) <= 6, f"a long history asks more than a short one: {each}"
