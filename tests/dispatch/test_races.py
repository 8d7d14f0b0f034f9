"""Many tablets at once: one wins, the others are told; nothing is doubled."""

from __future__ import annotations

import sys
import threading
from collections import Counter as Tally
from collections.abc import Callable

from app.dispatch import KEPT_IN_MEMORY, Ask, Outcome
from app.record import log
from tests.cast import ANN, BO, PAM, PRINTER
from tests.dispatch.counter import Counter, equip, sound
from tests.postgres.fixtures import BOTH
from tests.workflows import example
from workflows import commands as asked
from workflows.circumstances import Actor
from workflows.evidence import Confirmation, Printed

pytestmark = BOTH
"""All of it holds on both databases."""


def at_once(calls: list[Callable[[], Outcome]]) -> list[Outcome]:
    """Make all calls from threads that start together."""
    gate = threading.Barrier(len(calls))
    answers: list[Outcome | None] = [None] * len(calls)

    def run(number: int) -> None:
        gate.wait()
        answers[number] = calls[number]()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(answer is not None for answer in answers)
    return [answer for answer in answers if answer is not None]


def test_twenty_tablets_race_and_one_is_accepted(counter: Counter) -> None:
    counter.make(until=3)
    version = counter.p.version
    command, who = counter.submit(example.scan(example.CABINET))

    def tablet(number: int) -> Callable[[], Outcome]:
        ask = Ask(f"race-{number}", counter.id, command, who, "HOOD-1", expected_version=version)
        return lambda: counter.dispatcher.do(ask)

    answers = at_once([tablet(number) for number in range(20)])
    assert Tally(answer.kind for answer in answers) == {"accepted": 1, "conflict": 19}
    assert all(answer.version == version + 1 for answer in answers)
    assert counter.p.version == version + 1


def test_q68_two_pharmacists_approve_at_once_and_one_wins(counter: Counter) -> None:
    counter.make(until=37)
    version = counter.p.version
    assert "approve" not in counter.p.entries
    signature = counter.sign("approved for release")

    def desk(number: int) -> Callable[[], Outcome]:
        ask = Ask(f"sign-{number}", counter.id, asked.Submit("", signature), PAM, "", expected_version=version)
        return lambda: counter.dispatcher.do(ask)

    answers = at_once([desk(number) for number in range(8)])
    assert Tally(answer.kind for answer in answers) == {"accepted": 1, "conflict": 7}, answers


def test_twenty_preparations_at_once_are_all_accepted(counter: Counter) -> None:
    def opens(number: int) -> Callable[[], Outcome]:
        command = asked.Open(example.order(), example.RECIPE, example.POLICY)
        return lambda: counter.dispatcher.do(Ask(f"open-{number}", f"P1{number:06d}", command, PAM))

    answers = at_once([opens(number) for number in range(20)])
    assert Tally(answer.kind for answer in answers) == {"accepted": 20}
    assert sound(counter)


def test_twenty_repeats_of_one_command_make_one_event(counter: Counter) -> None:
    counter.make(until=3)
    command, _ = counter.submit(example.scan(example.CABINET))
    ask = Ask("repeat", counter.id, command, ANN, "HOOD-1", expected_version=counter.p.version)
    answers = at_once([lambda: counter.dispatcher.do(ask)] * 20)
    assert {(answer.kind, answer.version) for answer in answers} == {("accepted", answers[0].version)}
    assert sum(not answer.replayed for answer in answers) == 1
    with counter.dispatcher.store.reading() as conn:
        assert sum(event.command_id == "repeat" for event in log.load(conn, counter.id)) == 1


def test_many_tablets_may_remember_at_once_however_many_preparations_there_are(counter: Counter) -> None:
    """What raises here would be told as an error although the command is on disk."""
    counter.make(until=3)
    state, troubles, before = counter.p, [], sys.getswitchinterval()

    def tablet(number: int) -> None:
        try:
            for turn in range(3000):
                counter.dispatcher._remember(f"P{number}-{turn}", state)
        except RuntimeError as error:
            troubles.append(error)

    sys.setswitchinterval(1e-6)
    try:
        tablets = [threading.Thread(target=tablet, args=(number,)) for number in range(8)]
        for one in tablets:
            one.start()
        for one in tablets:
            one.join()
    finally:
        sys.setswitchinterval(before)
    assert troubles == []
    assert len(counter.dispatcher._known) == KEPT_IN_MEMORY


def dressed(counter: Counter, number: int, who: Actor) -> None:
    """Bring a preparation to its vials: claimed at its own station, in its own cabinet, gowned."""
    counter.id, counter.station = f"P000000{number}", f"HOOD-{number}"
    label = Printed("in_process", f"INPR000{number}", 1, "aa" * 32, "spool")
    cabinet = example.scan(example.replace(example.CABINET, code=f"BSC-{number}"))
    assert counter.open().kind == "accepted"
    asks: list[tuple[asked.Command, Actor]] = [
        (asked.Submit("", counter.sign("order verified")), PAM),
        (asked.Claim(), who),
        (asked.RecordLabel(label), PRINTER),
        (asked.Submit("", cabinet), who),
        *((asked.Submit("", Confirmation(item)), who) for item in example.POLICY.ppe),
    ]
    for command, by in asks:
        outcome = counter.ask(command, by)
        assert outcome.kind == "accepted", (command, outcome)


def test_q69_one_vial_is_scanned_for_two_preparations_at_once_and_counts_for_one(counter: Counter) -> None:
    equip(counter.dispatcher.store, ("HOOD-2",), first=2)
    both = (counter, Counter(counter.dispatcher, clock=counter.clock))
    for number, (one, who) in enumerate(zip(both, (ANN, BO), strict=True), 1):
        dressed(one, number, who)
    vial = asked.Submit("", example.scan(example.vial("A")))

    def scans(one: Counter, who: Actor) -> Callable[[], Outcome]:
        ask = Ask(f"{one.id}-vial", one.id, vial, who, one.station, expected_version=one.p.version)
        return lambda: one.dispatcher.do(ask)

    answers = at_once([scans(one, who) for one, who in zip(both, (ANN, BO), strict=True)])
    assert Tally(answer.kind for answer in answers) == {"accepted": 1, "rejected": 1}, answers
    assert "already used" in next(answer.says for answer in answers if answer.kind == "rejected")
    assert sum(len(one.p.containers()) for one in both) == 1
    assert sound(counter)


def test_q69_two_technicians_claim_two_preparations_for_one_cabinet_and_one_is_told_that_it_is_taken(
    counter: Counter,
) -> None:
    other = Counter(counter.dispatcher, "P0000002", clock=counter.clock)
    for one in (counter, other):
        assert one.open().kind == "accepted"
        assert one.ask(asked.Submit("", one.sign("order verified")), PAM).kind == "accepted"

    def claims(one: Counter, who: Actor) -> Callable[[], Outcome]:
        ask = Ask(f"{one.id}-claim", one.id, asked.Claim(), who, "HOOD-1", expected_version=one.p.version)
        return lambda: one.dispatcher.do(ask)

    answers = at_once([claims(counter, ANN), claims(other, BO)])
    assert sorted((answer.kind, answer.code) for answer in answers) == [
        ("accepted", ""), ("refused", "CABINET_OCCUPIED")
    ]  # fmt: skip
