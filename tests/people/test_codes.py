"""One-time codes beside the password at a desk: asked where the site asks, good once, never readable without the key file."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from sqlalchemy import select, update

from app.people import accounts, codes, entry, history, sessions
from app.people.accounts import NotDoneError
from app.people.door import Door, Refused
from app.people.entry import Entered
from app.people.policy import Policy
from app.people.secrets import CodeKey
from app.people.tables import one_time_code, recovery_code
from tests.people.cast import ADA, ANN, PAM, QUIN, START

HOME, OFFICE = "203.0.113.7", "10.20.3.4"
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.fixture
def far(door: Door) -> Door:
    """The site asks whoever comes from outside 10.20.0.0/16 for a code."""
    return replace(door, policy=Policy(second_factor="remote", networks=("10.20.0.0/16",)))


def enrol(door: Door, who=PAM, at: datetime = START) -> tuple[pyotp.TOTP, tuple[str, ...]]:  # type: ignore[no-untyped-def]  # a member
    """Set up a generator; returns it, and the recovery codes. Its first code is that of `at`."""
    drawn = codes.draw(door, who.id, who.user, at=at)
    app = pyotp.TOTP(drawn.secret)
    made = codes.confirm(door, who.id, app.at(at), session="", station="desk/x", at=at)
    assert not isinstance(made, Refused)
    return app, made


def sign_in(door: Door, code: str = "", at: datetime = START, address: str = HOME, who=PAM) -> Entered | Refused:  # type: ignore[no-untyped-def]  # a member
    return entry.with_password(door, who.user, who.password, address=address, at=at, code=code)


def test_the_code_is_that_of_rfc_6238() -> None:
    secret = base64.b32encode(b"12345678901234567890").decode()
    for seconds, code in ((59, "287082"), (1111111109, "081804"), (20000000000, "353130")):
        at = datetime.fromtimestamp(seconds, UTC)
        assert codes._step(secret, code, at) == seconds // 30
        assert codes._step(secret, f"{code[:3]} {code[3:]}", at) == seconds // 30


@pytest.mark.parametrize("given", ["", "28708", "2870820", "28708a", "２８７０８２", "-87082"])
def test_what_is_no_code_is_wrong_and_breaks_nothing(given: str) -> None:
    assert (
        codes._step(base64.b32encode(b"12345678901234567890").decode(), given, datetime.fromtimestamp(59, UTC)) is None
    )


@pytest.mark.parametrize(
    ("policy", "address", "asked"),
    [
        ("none", HOME, False),
        ("remote", HOME, True),
        ("remote", OFFICE, False),
        ("remote", f"::ffff:{OFFICE}", False),
        ("remote", "127.0.0.1", False),
        ("remote", "::1", False),
        ("remote", "", True),
        ("remote", "no address", True),
        ("all", OFFICE, True),
        ("all", "127.0.0.1", True),
    ],
)
def test_who_is_asked_for_a_code(policy: str, address: str, asked: bool) -> None:
    site = Policy(second_factor=policy, networks=("10.20.0.0/16", "2001:db8::/32"))  # type: ignore[arg-type]  # its words
    assert site.wants_code(address) == asked


def test_from_home_the_password_alone_lets_nobody_in_who_has_a_generator(far: Door) -> None:
    app, _ = enrol(far)
    for code in ("", "000000", app.at(START - 5 * MINUTE)):
        assert isinstance(sign_in(far, code, START + MINUTE), Refused)
    entered = sign_in(far, app.at(START + MINUTE), START + MINUTE)
    assert isinstance(entered, Entered)
    assert entered.session.duty == ""
    assert isinstance(sign_in(far, at=START + MINUTE, address=OFFICE), Entered)


def test_a_code_is_used_once_and_no_older_one_after_it(far: Door) -> None:
    app, _ = enrol(far)
    at = START + 2 * MINUTE
    assert isinstance(sign_in(far, app.at(at), at), Entered)
    for used in (app.at(at), app.at(at - 30 * SECOND)):
        assert isinstance(sign_in(far, used, at + SECOND), Refused)
    assert isinstance(sign_in(far, app.at(at + 30 * SECOND), at + 30 * SECOND), Entered)


def test_the_code_that_enrolled_does_not_sign_in_again(far: Door) -> None:
    app, _ = enrol(far)
    assert isinstance(sign_in(far, app.at(START), START + SECOND), Refused)


def test_a_clock_may_be_one_step_off_and_no_more(far: Door) -> None:
    app, _ = enrol(far, at=START - 10 * MINUTE)
    assert isinstance(sign_in(far, app.at(START - 60 * SECOND)), Refused)
    assert isinstance(sign_in(far, app.at(START + 60 * SECOND)), Refused)
    assert isinstance(sign_in(far, app.at(START - 30 * SECOND)), Entered)
    assert isinstance(sign_in(far, app.at(START + 30 * SECOND)), Entered)


def test_two_who_send_the_same_code_at_once_are_not_both_let_in(far: Door) -> None:
    app, _ = enrol(far)
    at = START + MINUTE
    spends = [codes.match(far, PAM.id, app.at(at), at=at) for _ in range(2)]
    assert None not in spends
    won = [far.write(lambda act, spend=spend: spend(act), by=PAM.id, at=at) for spend in spends]
    assert won == [True, False]


def test_q39_wrong_codes_lock_like_wrong_passwords(far: Door) -> None:
    app, _ = enrol(far)
    at = START + MINUTE
    outcomes = [sign_in(far, "000000", at) for _ in range(5)]
    assert [isinstance(o, Refused) and o.locked_until for o in outcomes] == [None] * 4 + [at + 15 * MINUTE]
    assert isinstance(sign_in(far, app.at(at), at), Refused)
    assert isinstance(sign_in(far, app.at(at + 15 * MINUTE), at + 15 * MINUTE), Entered)


def test_the_words_do_not_say_which_of_the_three_was_wrong(far: Door) -> None:
    enrol(far)
    wrong_code = sign_in(far, "000000", START + MINUTE)
    wrong_word = entry.with_password(far, "pam", "wrong password", address=HOME, at=START + MINUTE, code="000000")
    nobody = entry.with_password(far, "nobody", "wrong password", address=HOME, at=START + MINUTE)
    assert isinstance(wrong_code, Refused)
    assert wrong_code == wrong_word == nobody


def test_whoever_has_no_generator_yet_comes_in_to_enrol_and_for_nothing_else(far: Door) -> None:
    entered = sign_in(far)
    assert isinstance(entered, Entered)
    assert entered.session.duty == "enrol code"


def test_q40_a_stolen_database_tells_no_code_without_the_key_file(far: Door) -> None:
    app, recovery = enrol(far)
    with far.store.reading() as conn:
        row = conn.execute(select(one_time_code)).one()
        kept = repr(conn.execute(select(one_time_code)).all()) + repr(conn.execute(select(recovery_code)).all())
    assert app.secret not in kept
    assert not [one for one in recovery if one in kept]
    with pytest.raises(LookupError, match="enrol anew"):
        codes._open(CodeKey(row.key, b"x" * 32), row.key, PAM.id, row.box)
    with pytest.raises(LookupError, match="restore that file"):
        codes._open(CodeKey("other", b"x" * 32), row.key, PAM.id, row.box)


def test_a_box_moved_to_another_person_does_not_open(far: Door) -> None:
    app, _ = enrol(far)
    far.store.write(lambda conn: conn.execute(update(one_time_code).values(person=QUIN.id)))
    with pytest.raises(LookupError, match="enrol anew"):
        codes.match(far, QUIN.id, app.at(START + MINUTE), at=START + MINUTE)


def test_a_recovery_code_lets_in_once(far: Door) -> None:
    _, recovery = enrol(far)
    assert len(set(recovery)) == 10
    entered = sign_in(far, recovery[6].lower(), START + MINUTE)
    assert isinstance(entered, Entered)
    assert isinstance(sign_in(far, recovery[6], START + MINUTE), Refused)
    assert isinstance(sign_in(far, recovery[9], START + MINUTE), Entered)
    with far.store.reading() as conn:
        assert codes.standing(conn, PAM.id) == codes.Standing(START, 8)
        told = [(line.what, line.data) for line in history.of(conn, PAM.id)[:2]]
    assert told == [("recovery_code_used", {"number": 10}), ("recovery_code_used", {"number": 7})]


def test_another_ones_recovery_code_is_wrong(far: Door) -> None:
    _, hers = enrol(far)
    _, his = enrol(far, QUIN)
    assert isinstance(sign_in(far, his[0], START + MINUTE), Refused)
    assert isinstance(sign_in(far, hers[0], START + MINUTE), Entered)


def test_a_qr_code_waits_ten_minutes_for_its_first_code(door: Door) -> None:
    drawn = codes.draw(door, PAM.id, "pam", at=START)
    late = START + 10 * MINUTE
    made = codes.confirm(door, PAM.id, pyotp.TOTP(drawn.secret).at(late), session="", station="desk/x", at=late)
    assert isinstance(made, Refused)
    assert "too old" in made.says


def test_q39_a_wrong_first_code_counts_and_the_old_generator_stays(far: Door) -> None:
    app, _ = enrol(far)
    codes.draw(far, PAM.id, "pam", at=START + MINUTE)
    for _ in range(5):
        made = codes.confirm(far, PAM.id, "000000", session="", station="desk/x", at=START + MINUTE)
    assert isinstance(made, Refused)
    assert made.locked_until == START + 16 * MINUTE
    later = START + 16 * MINUTE
    assert isinstance(sign_in(far, app.at(later), later), Entered)


def test_moving_to_another_telephone_takes_the_password_and_a_present_code(door: Door) -> None:
    app, recovery = enrol(door)
    with door.store.reading() as conn:
        pam = accounts.by_id(conn, PAM.id)
    at = START + MINUTE

    def begin(password: str, code: str) -> codes.Drawn | Refused:
        return codes.begin(door, pam, password, code, station="desk/x", at=at)

    assert isinstance(begin(PAM.password, ""), Refused)
    assert isinstance(begin("wrong password", app.at(at)), Refused)
    assert isinstance(begin(PAM.password, app.at(at)), codes.Drawn)
    assert isinstance(begin(PAM.password, app.at(at)), Refused), "used up"
    assert isinstance(begin(PAM.password, recovery[0]), codes.Drawn)


def test_a_new_generator_voids_the_old_one_its_recovery_codes_and_every_other_session(far: Door) -> None:
    app, old = enrol(far)
    entered = sign_in(far, app.at(START + MINUTE), START + MINUTE)
    assert isinstance(entered, Entered)
    fresh, new = enrol(far, at=START + 3 * MINUTE)
    later = START + 5 * MINUTE
    assert isinstance(sign_in(far, app.at(later), later), Refused)
    assert isinstance(sign_in(far, old[1], later), Refused)
    assert isinstance(sign_in(far, fresh.at(later), later), Entered)
    assert isinstance(sign_in(far, new[1], later), Entered)
    with far.store.reading() as conn:
        ended = sessions.find(conn, entered.token)
    assert ended is not None
    assert ended.ended_why == "one-time codes enrolled"


def test_q23_an_administrator_has_them_drawn_anew_and_sees_nothing(far: Door) -> None:
    _, recovery = enrol(far)
    ada = {"by": ADA.id, "at": START + MINUTE}
    assert far.write(lambda act: codes.must_enrol_anew(act, PAM.id, why="lost her telephone"), **ada) is None
    with far.store.reading() as conn:
        assert codes.standing(conn, PAM.id) == codes.Standing(None, 0)
        line = history.of(conn, PAM.id)[0]
    assert (line.by, line.what, line.data) == (ADA.id, "one_time_codes_reset", {"why": "lost her telephone"})
    entered = sign_in(far, recovery[0], START + 2 * MINUTE)
    assert isinstance(entered, Entered)
    assert entered.session.duty == "enrol code"
    with pytest.raises(NotDoneError, match="nothing to throw away"):
        far.write(lambda act: codes.must_enrol_anew(act, PAM.id, why="once more"), **ada)


def test_nobody_resets_their_own(far: Door) -> None:
    enrol(far, ADA)
    with pytest.raises(NotDoneError, match="their own"):
        far.write(lambda act: codes.must_enrol_anew(act, ADA.id, why="lost it again"), by=ADA.id, at=START)


def test_at_a_station_no_code_is_asked_for(far: Door) -> None:
    enrol(far, PAM)
    everywhere = replace(far, policy=Policy(second_factor="all"))
    assert isinstance(entry.with_badge(everywhere, ANN.badge, ANN.pin, station="HOOD-1", at=START), Entered)
    assert isinstance(entry.with_badge(everywhere, PAM.badge, PAM.pin, station="HOOD-1", at=START), Entered)


def test_nothing_shows_a_drawn_secret_by_accident(door: Door) -> None:
    drawn = codes.draw(door, PAM.id, "pam", at=START)
    assert drawn.secret not in repr(drawn)
    assert f"secret={drawn.secret}" in drawn.address
