from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from app.people import accounts, entry, sessions
from app.people.door import Door
from app.people.entry import Entered
from app.people.sessions import Session
from app.people.signing import Given, SignedAs, SignRefused, second_person, sign
from app.people.tables import attempt
from tests.people.cast import ADA, ANN, BO, PAM, QUIN, START

MINUTE = timedelta(minutes=1)
HEAD = "ab" * 32
BOTH = Given(private=PAM.password, public="pam")
ALONE = Given(private=PAM.password)


@pytest.fixture
def desk(door: Door) -> Session:
    entered = entry.with_password(door, "pam", PAM.password, address="10.0.0.7", at=START)
    assert isinstance(entered, Entered)
    return entered.session


def lock(door: Door, session: Session, at: datetime) -> None:
    door.write(lambda act: sessions.lock(act, session, why="stepped away"), by=session.person, at=at)


def fresh(door: Door, session: Session) -> Session:
    with door.store.reading() as conn:
        found = sessions.by_id(conn, session.id)
    assert found is not None
    return found


def pam_signs(
    door: Door, session: Session, given: Given = BOTH, at: datetime = START, who: str = PAM.id
) -> SignedAs | SignRefused:
    now = fresh(door, session)
    return sign(
        door, who, given, session=now, station=now.station, meaning="approved for release", over_digest=HEAD, at=at
    )


def test_q18_q19_a_signature_says_who_what_when_over_what(door: Door, desk: Session) -> None:
    assert pam_signs(door, desk, at=START + MINUTE) == SignedAs(
        person=PAM.id,
        name="Pam Q.",
        licence="RPH-1001",
        meaning="approved for release",
        over_digest=HEAD,
        method="password",
        components=("user name", "password"),
        at=START + MINUTE,
        session=desk.id,
    )


def test_q20_both_components_first_then_the_private_one_alone(door: Door, desk: Session) -> None:
    first_alone = pam_signs(door, desk, ALONE)
    assert isinstance(first_alone, SignRefused)
    assert first_alone.both_needed
    assert isinstance(pam_signs(door, desk), SignedAs)
    second = pam_signs(door, desk, ALONE, START + 14 * MINUTE)
    assert isinstance(second, SignedAs)
    assert second.components == ("password",)
    third = pam_signs(door, desk, ALONE, START + 28 * MINUTE)
    assert isinstance(third, SignedAs)


def test_q20_after_a_pause_both_again(door: Door, desk: Session) -> None:
    pam_signs(door, desk)
    door.store.write(lambda conn: sessions.seen(conn, desk.id, at=START + 10 * MINUTE))
    paused = pam_signs(door, desk, ALONE, START + 15 * MINUTE)
    assert isinstance(paused, SignRefused)
    assert paused.both_needed
    assert isinstance(pam_signs(door, desk, BOTH, START + 15 * MINUTE), SignedAs)


@pytest.mark.parametrize("break_", ["lock", "end", "idle", "longest", "other person", "other station"])
def test_q21_a_broken_session_signs_nothing(door: Door, desk: Session, break_: str) -> None:
    pam_signs(door, desk)
    at, session, who = START + MINUTE, desk, PAM.id
    if break_ == "lock":
        lock(door, desk, at)
    elif break_ == "end":
        door.store.write(lambda conn: sessions.end(conn, desk.id, at=at, why="signed out"))
    elif break_ == "idle":
        at = START + 16 * MINUTE
    elif break_ == "longest":
        at = START + 720 * MINUTE
        door.store.write(lambda conn: sessions.seen(conn, desk.id, at=START + 719 * MINUTE))
    elif break_ == "other person":
        who = QUIN.id
    now = fresh(door, session)
    station = "HOOD-1" if break_ == "other station" else now.station
    outcome = sign(
        door, who, BOTH, session=now, station=station, meaning="approved for release", over_digest=HEAD, at=at
    )
    assert isinstance(outcome, SignRefused)


def test_q21_after_a_lock_the_new_session_asks_for_both(door: Door, desk: Session) -> None:
    pam_signs(door, desk)
    lock(door, desk, START + MINUTE)
    again = entry.with_password(
        door, "pam", PAM.password, address="a", at=START + 2 * MINUTE, continues=fresh(door, desk)
    )
    assert isinstance(again, Entered)
    alone = pam_signs(door, again.session, ALONE, START + 2 * MINUTE)
    assert isinstance(alone, SignRefused)
    assert alone.both_needed


def test_the_session_lost_between_page_and_write_signs_nothing(door: Door, desk: Session) -> None:
    stale = fresh(door, desk)
    door.store.write(lambda conn: sessions.end(conn, desk.id, at=START, why="signed out"))
    outcome = sign(
        door, PAM.id, BOTH, session=stale, station="", meaning="approved for release", over_digest=HEAD, at=START
    )
    assert isinstance(outcome, SignRefused)


@pytest.mark.parametrize(
    "given",
    [
        Given(private=QUIN.password, public="pam"),
        Given(private=PAM.password, public="quin"),
        Given(private=QUIN.password, public="quin"),
        Given(private="", public="pam"),
        Given(private=PAM.pin, public="pam"),
    ],
)
def test_q23_nobody_signs_for_another(door: Door, desk: Session, given: Given) -> None:
    assert isinstance(pam_signs(door, desk, given), SignRefused)


def test_five_wrong_signatures_lock_the_person_and_the_session(door: Door, desk: Session) -> None:
    outcomes = [pam_signs(door, desk, replace(BOTH, private="wrong password")) for _ in range(5)]
    assert [isinstance(o, SignRefused) and o.locked_until for o in outcomes] == [None] * 4 + [START + 15 * MINUTE]
    assert fresh(door, desk).locked == START
    assert not isinstance(entry.with_password(door, "pam", PAM.password, address="b", at=START + MINUTE), Entered)
    with door.store.reading() as conn:
        kept = conn.execute(select(attempt.c.person, attempt.c.purpose, attempt.c.outcome)).all()
    assert [tuple(row) for row in kept[:5]] == [(PAM.id, "signature", "wrong")] * 5


def test_anothers_user_name_counts_against_the_signer(door: Door, desk: Session) -> None:
    for _ in range(5):
        last = pam_signs(door, desk, Given(private=PAM.password, public="quin"))
    assert isinstance(last, SignRefused)
    assert last.locked_until == START + 15 * MINUTE


def test_nothing_to_sign_is_refused(door: Door, desk: Session) -> None:
    for meaning, over in (("", HEAD), ("approved for release", "")):
        outcome = sign(
            door, PAM.id, BOTH, session=fresh(door, desk), station="", meaning=meaning, over_digest=over, at=START
        )
        assert isinstance(outcome, SignRefused)


def test_at_a_station_badge_and_pin_sign(door: Door) -> None:
    entered = entry.with_badge(door, ANN.badge, ANN.pin, station="HOOD-1", at=START)
    assert isinstance(entered, Entered)
    signed = sign(
        door,
        ANN.id,
        Given(ANN.pin, ANN.badge),
        session=entered.session,
        station="HOOD-1",
        meaning="prepared",
        over_digest=HEAD,
        at=START,
    )
    assert isinstance(signed, SignedAs)
    assert (signed.method, signed.components) == ("pin", ("badge", "pin"))


def witness(door: Door, badge: str, pin: str) -> SignedAs | SignRefused:
    return second_person(
        door, badge, pin, not_person=ANN.id, station="HOOD-1", meaning="witnessed", over_digest=HEAD, at=START
    )


def test_a_witness_signs_one_command_and_the_session_stays_whose_it_is(door: Door) -> None:
    entered = entry.with_badge(door, ANN.badge, ANN.pin, station="HOOD-1", at=START)
    assert isinstance(entered, Entered)
    signed = witness(door, BO.badge, BO.pin)
    assert isinstance(signed, SignedAs)
    assert (signed.person, signed.name, signed.meaning, signed.session) == (BO.id, "Bo K.", "witnessed", "")
    assert fresh(door, entered.session) == entered.session


def test_nobody_witnesses_their_own_work_and_the_try_is_kept(door: Door) -> None:
    refused = witness(door, ANN.badge, ANN.pin)
    assert isinstance(refused, SignRefused)
    assert "somebody else" in refused.says
    with door.store.reading() as conn:
        assert [tuple(r) for r in conn.execute(select(attempt.c.person, attempt.c.outcome))] == [
            (ANN.id, "same person")
        ]


def test_q41_a_badge_alone_witnesses_nothing(door: Door) -> None:
    for pin in ("", ANN.pin, BO.badge):
        assert isinstance(witness(door, BO.badge, pin), SignRefused)
    assert isinstance(witness(door, "bo", BO.pin), SignRefused)


def test_a_witness_who_left_is_none(door: Door) -> None:
    door.write(lambda act: accounts.leave(act, BO.id, why="moved away"), by=ADA.id, at=START)
    assert isinstance(witness(door, BO.badge, BO.pin), SignRefused)
