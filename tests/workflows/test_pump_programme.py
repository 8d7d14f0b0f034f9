"""A pump is set, photographed, and read by a second person who never set it; one read otherwise is set anew (R29, R55)."""

from dataclasses import replace
from decimal import Decimal as D

from tests.cast import ANN, BO, PAM
from tests.workflows.example import photo
from tests.workflows.test_pumps import SCREEN, Bench, bench, until_labelled, until_set
from workflows import commands as asked
from workflows.circumstances import Actor
from workflows.events import Redone, Rejected, Reworked
from workflows.evidence import Confirmation
from workflows.findings import Refused
from workflows.library import CADD_CASSETTE

TEN_TIMES = replace(SCREEN, rate_ml_h=D(20))


def asks_for(one: Bench) -> list[str]:
    assert one.p is not None
    return [slot.name for slot in CADD_CASSETTE.open_slots(one.p)]


def taken_over(one: Bench, to: Actor) -> None:
    assert one.p is not None
    assert not isinstance(one.ask(asked.HandOver(), ANN, to), Refused)
    for item in one.policy.ppe:
        one.do(Confirmation(item), to)


def codes_of(answer: object) -> list[str]:
    assert isinstance(answer, tuple), answer
    assert isinstance(answer[0], Rejected), answer
    return [finding.code for finding in answer[0].findings]


def test_r55_a_pump_that_the_second_person_reads_otherwise_is_set_photographed_and_read_anew() -> None:
    for shown in (TEN_TIMES, replace(SCREEN, version="6")):
        one = bench()
        until_set(one)
        answer = one.ask(asked.Submit("", shown), ANN, BO)
        assert isinstance(answer, tuple)
        assert [type(event) for event in answer] == [Rejected, Redone]
        assert isinstance(answer[1], Redone)
        assert answer[1].slots == ("programme", "photo-pump")
        assert asks_for(one) == ["programme"]
        one.do(SCREEN)
        one.do(photo("screen, set anew"))
        one.do(SCREEN, second=BO)
        assert asks_for(one) == ["approve"]


def test_r29_a_second_person_who_may_not_read_it_opens_nothing_anew() -> None:
    one = bench()
    until_set(one)
    answer = one.ask(asked.Submit("", SCREEN), ANN, ANN)
    assert codes_of(answer) == ["SECOND_PERSON"]
    assert asks_for(one) == ["programme-check"]


def test_r29_whoever_set_the_pump_and_went_back_is_no_second_person() -> None:
    one = bench()
    until_labelled(one)
    one.do(SCREEN)
    assert not isinstance(one.ask(asked.Back("another entry was chosen"), ANN), Refused)
    taken_over(one, BO)
    one.do(SCREEN, BO)
    one.do(photo("screen"), BO)
    assert codes_of(one.ask(asked.Submit("", SCREEN), BO, ANN)) == ["SECOND_PERSON"]
    one.do(SCREEN, BO, second=PAM)


def test_r29_whoever_set_the_pump_wrong_is_no_second_person_for_the_next_who_sets_it() -> None:
    one = bench()
    until_labelled(one)
    assert codes_of(one.ask(asked.Submit("", TEN_TIMES), ANN)) == ["PROGRAMME_DIFFERS"]
    taken_over(one, BO)
    one.do(SCREEN, BO)
    one.do(photo("screen"), BO)
    assert codes_of(one.ask(asked.Submit("", SCREEN), BO, ANN)) == ["SECOND_PERSON"]


def test_r27_a_picture_of_the_screen_taken_again_is_read_again_by_the_second_person() -> None:
    one = bench()
    until_set(one)
    one.do(SCREEN, second=BO)
    again = asked.Rework("photo-pump", "image unusable", "the screen mirrors the lamp", one.sign("rejected"))
    answer = one.ask(again, PAM)
    assert isinstance(answer, tuple), answer
    assert isinstance(answer[0], Reworked)
    assert answer[0].slots == ("photo-pump", "programme-check")
    one.do(photo("screen, sharper"))
    assert asks_for(one) == ["programme-check"]


def test_r27_a_picture_of_the_label_taken_again_leaves_the_programme_as_it_was_read() -> None:
    one = bench()
    until_set(one)
    one.do(SCREEN, second=BO)
    answer = one.ask(asked.Rework("photo-final", "image unusable", "blurred", one.sign("rejected")), PAM)
    assert isinstance(answer, tuple), answer
    assert isinstance(answer[0], Reworked)
    assert answer[0].slots == ("photo-final",)
