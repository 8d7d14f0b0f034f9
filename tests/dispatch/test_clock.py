"""The clock is set back: it is noted and said, nothing is stamped otherwise than it was, and no deadline moves (Q66)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.dispatch import Ask
from app.record import clockmark, log
from tests.cast import ANN, BO, PAM
from tests.dispatch.counter import Counter, equip, open_counter, sound
from tests.workflows import example
from workflows import commands as asked

SITE = "site/MAIN"


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    """Two stations, since Bo works beside Ann."""
    store, dispatcher, clock = open_counter(tmp_path / "data")
    equip(store, ("HOOD-1", "HOOD-2"))
    yield Counter(dispatcher, clock=clock)
    store.close()


def anomalies(counter: Counter) -> list[dict[str, object]]:
    with counter.dispatcher.store.reading() as conn:
        return [dict(one.data) for one in log.load(conn, SITE) if one.kind == "clock_anomaly"]


@pytest.mark.parametrize(
    ("by", "noted"),
    [
        (timedelta(seconds=2), []),
        (timedelta(seconds=2, microseconds=1), ["2.000001"]),
        (timedelta(hours=1), ["3600.000000"]),
        (-timedelta(hours=1), []),
    ],
)
def test_q66_a_clock_more_than_two_seconds_back_is_noted_once(
    counter: Counter, by: timedelta, noted: list[str]
) -> None:
    counter.make(until=8)
    counter.clock.at -= by + timedelta(seconds=20)  # the counter moves it on by 20 s with each command
    counter.ask(asked.Call("a question"))
    counter.ask(asked.Call("another"))
    assert [one["behind_s"] for one in anomalies(counter)] == noted
    assert sound(counter)


def test_q66_a_command_that_waited_long_for_its_turn_is_no_clock_that_went_back(counter: Counter) -> None:
    """The database was away for five seconds; those who waited are written after one that came later than they."""
    counter.make(until=8)
    waited_since, version = counter.clock.at + timedelta(seconds=10), counter.p.version
    counter.ask(asked.Call("a question"))
    late = Ask("late", counter.id, asked.Call("another"), ANN, counter.station, expected_version=version + 1)
    outcome = counter.dispatcher.store.write(lambda conn: counter.dispatcher.within(conn, late, waited_since))
    assert (outcome.kind, anomalies(counter)) == ("accepted", [])
    assert sound(counter)


def test_q66_events_are_in_order_by_number_and_carry_the_time_the_clock_showed(counter: Counter) -> None:
    counter.make(until=8)
    before = counter.clock.at
    counter.clock.at -= timedelta(hours=1)
    counter.ask(asked.Call("a question"))
    with counter.dispatcher.store.reading() as conn:
        events = log.since(conn, "MAIN", 0)
    assert [one.site_seq for one in events] == list(range(1, len(events) + 1))
    anomaly, call = events[-2:]
    assert (anomaly.kind, anomaly.stream, anomaly.who) == ("clock_anomaly", SITE, "system")
    assert anomaly.data["last_event_at"] == f"{before:%Y-%m-%dT%H:%M:%S.%f}Z"
    assert anomaly.at == call.at == before - timedelta(hours=1) + timedelta(seconds=20)
    assert sound(counter)


def test_q66_gloves_that_had_expired_stay_expired_whoever_acts_in_between(counter: Counter) -> None:
    """Ann's gloves are 31 min old when Bo works on another bag. The clock goes back by 30 min; Bo goes on; Ann tries."""
    counter.make(until=10)
    other = Counter(counter.dispatcher, "P0000002", station="HOOD-2", clock=counter.clock)
    other.open()
    counter.clock.on(minutes=31)
    assert other.ask(asked.Submit("", other.sign("order verified")), PAM).kind == "accepted"
    counter.clock.at -= timedelta(minutes=30)
    claimed = other.ask(asked.Claim(), BO)
    assert claimed.kind == "accepted", claimed
    assert other.ask(asked.Call("a question"), BO).kind == "accepted"
    outcome = counter.ask(*counter.submit(example.scan(example.vial("A"))))
    assert (outcome.kind, outcome.code) == ("refused", "CLOCK")
    assert len(anomalies(counter)) == 1


def test_q66_a_clock_that_was_ahead_for_a_moment_is_judged_by_until_a_person_says_it_is_right(counter: Counter) -> None:
    counter.make(until=10)
    right = counter.clock.at
    other = Counter(counter.dispatcher, "P0000002", station="HOOD-2", clock=counter.clock)
    other.open()
    counter.clock.on(days=1000)
    assert other.ask(asked.Submit("", other.sign("order verified")), PAM).kind == "accepted"
    counter.clock.at = right
    step = counter.submit(example.scan(example.vial("A")))
    assert counter.ask(*step).kind == "refused"
    store, settings = counter.dispatcher.store, counter.dispatcher.settings
    confirmed = store.write(
        lambda conn: clockmark.confirm(conn, settings, who="ada", why="time server was wrong", at=counter.clock())
    )
    assert confirmed
    assert counter.ask(*step).kind == "accepted"
    with store.reading() as conn:
        said = [one for one in log.load(conn, SITE) if one.kind == "clock_confirmed"]
    assert [(one.who, one.data["why"]) for one in said] == [("ada", "time server was wrong")]
    assert not store.write(
        lambda conn: clockmark.confirm(conn, settings, who="ada", why="again", at=counter.clock())
    ), "there is nothing left to confirm"
