"""Training: entered by one, signed by who took it, whole only with all its parts; sterile work rests on practicum (G2-G9)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from app.people import history, trainings
from app.people.accounts import NotDoneError
from app.people.door import Door
from app.people.trainings import Taken
from tests.people.cast import ADA, ANN, BO, START, UNA

DAY = timedelta(days=1)
COURSE = Taken(
    plan="Sterile hazardous drugs, version 3, Lee M.",
    item="Theory of hazardous drugs",
    part="classroom",
    oncology=False,
    route="online",
    accredited=True,
    on=START - 20 * DAY,
    trainer="ASHP course",
    passed=True,
    result="92 %",
    evidence="folder 12",
)
FINGERTIP = replace(COURSE, part="gloved fingertip", result="0 CFU on both hands", route="on the job")
MEDIA_FILL = replace(FINGERTIP, part="media fill", result="no growth after 14 days")


def enter(door: Door, taken: Taken, by: str = UNA.id) -> str:
    return door.write(lambda act: trainings.enter(act, ANN.id, taken), by=by, at=START)


def sign(door: Door, id: str, by: str = ANN.id) -> None:
    door.write(lambda act: trainings.sign(act, id), by=by, at=START)


def lacks(door: Door, at: datetime = START) -> tuple[str, ...]:
    with door.store.reading() as conn:
        return trainings.without_practicum(trainings.of(conn, ANN.id), at)


def missing(door: Door) -> tuple[str, ...]:
    with door.store.reading() as conn:
        return trainings.missing_parts(trainings.of(conn, ANN.id))


def test_g2_the_route_and_whether_it_is_accredited_are_kept_apart(door: Door) -> None:
    enter(door, COURSE)
    enter(door, replace(COURSE, route="on the job", accredited=False, on=START - 30 * DAY))
    with door.store.reading() as conn:
        kept = [(one.taken.route, one.taken.accredited) for one in trainings.of(conn, ANN.id)]
    assert kept == [("online", True), ("on the job", False)]


def test_g6_g7_a_training_is_whole_with_a_classroom_a_hands_on_and_an_oncology_part_each_signed(door: Door) -> None:
    assert missing(door) == ("classroom", "hands-on", "oncology")
    course = enter(door, COURSE)
    assert "classroom" in missing(door)
    sign(door, course)
    assert missing(door) == ("hands-on", "oncology")
    sign(door, enter(door, replace(COURSE, part="hands-on", passed=False, oncology=True)))
    assert missing(door) == ("hands-on", "oncology")
    sign(door, enter(door, replace(COURSE, part="hands-on", oncology=True)))
    assert missing(door) == ()


def test_g5_only_who_took_it_signs_it_once(door: Door) -> None:
    id = enter(door, COURSE)
    for by in (BO.id, UNA.id):
        with pytest.raises(NotDoneError, match="no such training"):
            sign(door, id, by)
    sign(door, id)
    with pytest.raises(NotDoneError, match="signed it already"):
        sign(door, id)
    with door.store.reading() as conn:
        told = [(line.what, line.by) for line in history.of(conn, ANN.id)][:2]
    assert told == [("training_signed", ANN.id), ("training_entered", UNA.id)]


def test_g5_nobody_enters_their_own(door: Door) -> None:
    with pytest.raises(NotDoneError, match="Nobody changes their own"):
        enter(door, COURSE, by=ANN.id)


def test_g9_sterile_work_rests_on_both_practicum_records_of_six_months(door: Door) -> None:
    assert lacks(door) == ("gloved fingertip", "media fill")
    enter(door, FINGERTIP)
    assert lacks(door) == ("media fill",)
    enter(door, MEDIA_FILL)
    assert lacks(door) == ()
    assert lacks(door, START + 164 * DAY) == ()
    assert lacks(door, START + 165 * DAY) == ("gloved fingertip", "media fill")


def test_g9_a_practicum_failed_later_takes_the_one_passed_before_away(door: Door) -> None:
    enter(door, FINGERTIP)
    enter(door, MEDIA_FILL)
    enter(door, replace(MEDIA_FILL, passed=False, result="growth on day 9", on=START - 5 * DAY))
    assert lacks(door) == ("media fill",)
    enter(door, replace(MEDIA_FILL, on=START - DAY))
    assert lacks(door) == ()


@pytest.mark.parametrize("order", [(True, False), (False, True)])
def test_g9_one_failed_on_the_same_day_counts_against_one_passed(door: Door, order: tuple[bool, bool]) -> None:
    enter(door, FINGERTIP)
    for passed in order:
        enter(door, replace(MEDIA_FILL, passed=passed))
    assert lacks(door) == ("media fill",)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"part": "lecture"}, "which part"),
        ({"route": "hearsay"}, "which route"),
        ({"plan": " "}, "Write the plan"),
        ({"on": START + DAY}, "future"),
        ({"part": "media fill", "result": " "}, "what the practicum found"),
    ],
)
def test_g5_what_cannot_be_is_refused(door: Door, wrong: dict[str, object], says: str) -> None:
    with pytest.raises(NotDoneError, match=says):
        enter(door, replace(COURSE, **wrong), by=ADA.id)
