from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from app.people import accounts, badges, entry, lockouts, sessions
from app.people.accounts import NotDoneError
from app.people.door import Door, Refused
from app.people.entry import Entered
from app.people.policy import Policy
from app.people.sessions import Session
from app.people.tables import sign_in
from app.record import log
from tests.people.cast import ADA, ANN, BO, LEE, PAM, START, UNA, Member

MINUTE = timedelta(minutes=1)


def enter(
    door: Door, who: Member, station: str = "HOOD-1", at: datetime = START, continues: Session | None = None
) -> Entered:
    entered = entry.with_badge(door, who.badge, who.pin, station=station, at=at, continues=continues)
    assert isinstance(entered, Entered)
    return entered


def lock(door: Door, session: Session, at: datetime = START + MINUTE) -> None:
    door.write(lambda act: sessions.lock(act, session, why="stepped away"), by=session.person, at=at)


def now_of(door: Door, session: Session) -> Session:
    with door.store.reading() as conn:
        found = sessions.by_id(conn, session.id)
    assert found is not None
    return found


def test_q36_the_key_is_256_bits_new_each_time_and_only_its_hash_is_kept(door: Door) -> None:
    first, second = enter(door, ANN), enter(door, ANN)
    assert first.token != second.token
    assert len(first.token) >= 43
    with door.store.reading() as conn:
        rows = repr(conn.execute(select(sign_in)).all())
    assert first.token not in rows
    assert sessions.token_hash(first.token) in rows
    assert first.token not in repr(first)


def test_a_made_up_key_finds_nothing(door: Door) -> None:
    enter(door, ANN)
    with door.store.reading() as conn:
        assert sessions.find(conn, "x" * 43) is None


def test_q41_a_badge_alone_signs_nobody_in(door: Door) -> None:
    for pin in ("", " ", ANN.badge, ANN.id):
        assert isinstance(entry.with_badge(door, ANN.badge, pin, station="HOOD-1", at=START), Refused)


def test_another_ones_pin_does_not_open_my_badge(door: Door) -> None:
    assert isinstance(entry.with_badge(door, ANN.badge, BO.pin, station="HOOD-1", at=START), Refused)


def test_quality_and_administration_do_not_sign_in_at_a_station(door: Door) -> None:
    door.write(lambda act: badges.give(act, UNA.id, UNA.id), by=ADA.id, at=START)
    entry.set_secret(door, UNA.id, "pin", "571938", by=UNA.id, at=START)
    refused = entry.with_badge(door, UNA.badge, "571938", station="HOOD-1", at=START)
    assert isinstance(refused, Refused)
    assert "desk" in refused.says


def test_q31_idle_for_a_quarter_of_an_hour_is_due_to_lock_and_a_touch_puts_it_off(door: Door) -> None:
    session = enter(door, ANN).session
    policy = Policy()
    assert not session.due_to_lock(START + 14.9 * MINUTE, policy)
    assert session.due_to_lock(START + 15 * MINUTE, policy)
    door.store.write(lambda conn: sessions.seen(conn, session.id, at=START + 10 * MINUTE, place="/terminal/HOOD-1/p/X"))
    touched = now_of(door, session)
    assert not touched.due_to_lock(START + 24.9 * MINUTE, policy)
    assert touched.due_to_lock(START + 25 * MINUTE, policy)


def test_q31_twelve_hours_end_a_session_however_busy(door: Door) -> None:
    session = enter(door, ANN).session
    door.store.write(lambda conn: sessions.seen(conn, session.id, at=START + 719 * MINUTE))
    busy = now_of(door, session)
    assert not busy.due_to_end(START + 719 * MINUTE, Policy())
    assert busy.due_to_end(START + 720 * MINUTE, Policy())


def test_q38_the_same_person_resumes_where_they_were(door: Door) -> None:
    first = enter(door, ANN)
    door.store.write(lambda conn: sessions.seen(conn, first.session.id, at=START, place="/terminal/HOOD-1/p/X"))
    lock(door, first.session)
    locked = now_of(door, first.session)
    again = enter(door, ANN, at=START + 2 * MINUTE, continues=locked)
    old = now_of(door, first.session)
    assert (old.locked, old.ended, old.ended_why) == (START + MINUTE, START + 2 * MINUTE, "resumed")
    assert again.session.place == "/terminal/HOOD-1/p/X"
    assert again.token != first.token


def test_q38_another_person_is_a_recorded_change_never_a_takeover(door: Door) -> None:
    first = enter(door, ANN)
    door.store.write(lambda conn: sessions.seen(conn, first.session.id, at=START, place="/terminal/HOOD-1/p/X"))
    lock(door, first.session)
    bo = enter(door, BO, at=START + 2 * MINUTE, continues=now_of(door, first.session))
    assert now_of(door, first.session).ended_why == f"changed to {BO.id}"
    assert (bo.session.person, bo.session.place) == (BO.id, "")
    with door.store.reading() as conn:
        assert (
            conn.execute(select(sign_in.c.continues).where(sign_in.c.id == bo.session.id)).scalar_one()
            == first.session.id
        )


def test_a_failed_resume_leaves_the_locked_session_as_it_is(door: Door) -> None:
    first = enter(door, ANN)
    lock(door, first.session)
    locked = now_of(door, first.session)
    entry.with_badge(door, ANN.badge, "000000", station="HOOD-1", at=START + 2 * MINUTE, continues=locked)
    assert now_of(door, first.session) == locked


def test_an_ended_session_is_not_revived_by_touch_or_lock(door: Door) -> None:
    session = enter(door, ANN).session
    door.store.write(lambda conn: sessions.end(conn, session.id, at=START + MINUTE, why="signed out"))
    ended = now_of(door, session)
    door.store.write(lambda conn: sessions.seen(conn, session.id, at=START + 2 * MINUTE, place="/x"))
    lock(door, session, START + 2 * MINUTE)
    door.store.write(lambda conn: sessions.end(conn, session.id, at=START + 3 * MINUTE, why="again"))
    assert now_of(door, session) == ended


def test_touches_are_not_written_for_every_request(door: Door) -> None:
    session = enter(door, ANN).session
    assert not sessions.worth_noting(session, at=START + timedelta(seconds=5), place="")
    assert sessions.worth_noting(session, at=START + timedelta(seconds=20), place="")
    assert sessions.worth_noting(session, at=START + timedelta(seconds=5), place="/new")


def test_a_desk_takes_the_user_name_in_any_case(door: Door) -> None:
    assert isinstance(entry.with_password(door, " PAM ", PAM.password, address="a", at=START), Entered)


def test_ones_own_secret_is_changed_by_the_old_one_alone(door: Door) -> None:
    with door.store.reading() as conn:
        ann = accounts.by_id(conn, ANN.id)
    wrong = entry.change_own(door, ann, "pin", "000000", "593028", station="HOOD-1", at=START)
    easy = entry.change_own(door, ann, "pin", ANN.pin, "123456", station="HOOD-1", at=START)
    assert isinstance(wrong, Refused)
    assert isinstance(easy, Refused)
    assert entry.change_own(door, ann, "pin", ANN.pin, "593028", station="HOOD-1", at=START) is None
    assert isinstance(entry.with_badge(door, ANN.badge, ANN.pin, station="HOOD-1", at=START), Refused)
    assert isinstance(entry.with_badge(door, ANN.badge, "593028", station="HOOD-1", at=START), Entered)


def told(door: Door) -> list[tuple[str, str, str | None, dict[str, object]]]:
    """What the site's stream says since the cast was seated: kind, who, station, data."""
    with door.store.reading() as conn:
        stored = log.since(conn, "MAIN", 0)
    return [(one.kind, one.who, one.station, one.data) for one in stored if one.who != "setup"]


def test_q8_a_lock_an_expiry_and_a_change_of_person_are_events(door: Door) -> None:
    first = enter(door, ANN)
    lock(door, first.session)
    lock(door, first.session)
    second = enter(door, BO, at=START + 2 * MINUTE, continues=now_of(door, first.session)).session
    expired = START + 722 * MINUTE
    door.write(lambda act: sessions.expire(act, second), by="system:sessions", at=expired, station="HOOD-1")
    door.write(lambda act: sessions.expire(act, second), by="system:sessions", at=expired, station="HOOD-1")
    assert told(door) == [
        ("session_locked", ANN.id, None, {"person": ANN.id, "session": first.session.id, "why": "stepped away"}),
        ("person_changed", BO.id, "HOOD-1", {"from": ANN.id, "to": BO.id, "session": first.session.id}),
        ("session_expired", "system:sessions", "HOOD-1", {"person": BO.id, "session": second.id}),
    ]


def test_q8_a_lock_that_fell_after_wrong_tries_and_its_opening_are_events(door: Door) -> None:
    for number in range(6):
        entry.with_badge(door, ANN.badge, "000000", station=f"HOOD-{number}", at=START)
    who = f"person:{ANN.id}"
    door.write(lambda act: lockouts.release(act, who, why="she mistyped"), by=LEE.id, at=START + MINUTE)
    until = (START + 15 * MINUTE).isoformat()
    assert told(door) == [
        ("sign_in_locked", ANN.id, "HOOD-4", {"subject": who, "wrong": 5, "until": until, "what": "sign-in"}),
        ("lock_opened", LEE.id, None, {"person": ANN.id, "why": "she mistyped"}),
    ]


def test_q8_signing_somebody_out_from_elsewhere_is_an_event_with_its_reason(door: Door) -> None:
    session = enter(door, ANN).session
    why = "she went home, the tablet is open"
    door.write(lambda act: sessions.sign_out(act, session, why=why), by=LEE.id, at=START + MINUTE)
    ended = now_of(door, session)
    assert (ended.ended, ended.ended_why) == (START + MINUTE, f"signed out by {LEE.id}: {why}")
    detail = {"person": ANN.id, "session": session.id, "at_station": "HOOD-1", "why": why}
    assert told(door) == [("signed_out_remotely", LEE.id, None, detail)]


def test_nobody_opens_their_own_lock(door: Door) -> None:
    for number in range(5):
        entry.with_badge(door, LEE.badge, "000000", station=f"HOOD-{number}", at=START)
    with pytest.raises(NotDoneError, match="their own lock"):
        door.write(lambda act: lockouts.release(act, f"person:{LEE.id}", why="it was me"), by=LEE.id, at=START)
