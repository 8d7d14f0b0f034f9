from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from argon2 import low_level
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import select

from app.people import badges, entry, lockouts
from app.people.door import Door, Refused, check, settle
from app.people.entry import Entered
from app.people.policy import Policy
from app.people.secrets import CHEAP, Secrets
from app.people.tables import attempt
from app.record.engine import open_store
from app.settings import Settings
from tests.laid import lay
from tests.people.cast import ANN, BO, LEE, PAM, QUIN, START, UNA, Member, seat
from tests.people.conftest import PEPPER

MINUTE = timedelta(minutes=1)
WRONG = "000000"


def at_station(door: Door, who: Member, pin: str, station: str = "HOOD-1", at=START) -> Entered | Refused:  # type: ignore[no-untyped-def]  # a time
    return entry.with_badge(door, who.badge, pin, station=station, at=at)


def test_q39_five_wrong_pins_lock_the_person_everywhere_for_a_quarter_of_an_hour(door: Door) -> None:
    outcomes = [at_station(door, ANN, WRONG, f"HOOD-{n}") for n in range(5)]
    assert [isinstance(o, Refused) and o.locked_until for o in outcomes] == [None] * 4 + [START + 15 * MINUTE]
    assert isinstance(at_station(door, ANN, ANN.pin, "HOOD-9", START + 14.9 * MINUTE), Refused)
    assert isinstance(at_station(door, ANN, ANN.pin, "HOOD-9", START + 15 * MINUTE), Entered)


def test_q39_five_wrong_pins_in_a_row_lock_the_station_whoever_gave_them(door: Door) -> None:
    for who in (ANN, BO, LEE, PAM, QUIN):
        at_station(door, who, WRONG)
    assert isinstance(at_station(door, BO, BO.pin), Refused)
    assert isinstance(at_station(door, BO, BO.pin, "HOOD-2"), Entered)


def test_an_unknown_badge_counts_against_the_station(door: Door) -> None:
    from app.people.badges import badge_text

    for _ in range(5):
        entry.with_badge(door, badge_text("99999999"), WRONG, station="HOOD-1", at=START)
    assert isinstance(at_station(door, ANN, ANN.pin), Refused)


def test_a_right_pin_ends_the_row_of_wrong_ones(door: Door) -> None:
    for _ in range(3):
        for _ in range(4):
            at_station(door, ANN, WRONG)
        assert isinstance(at_station(door, ANN, ANN.pin), Entered)


def test_q39_tries_while_locked_do_not_lengthen_the_lock_nor_are_compared(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        at_station(door, ANN, WRONG)
    monkeypatch.setattr(Secrets, "verify", lambda *_: pytest.fail("compared while locked"))
    for n in range(14):
        assert isinstance(at_station(door, ANN, WRONG, "HOOD-2", START + n * MINUTE), Refused)
    monkeypatch.undo()
    assert isinstance(at_station(door, ANN, ANN.pin, "HOOD-2", START + 15 * MINUTE), Entered)


def test_q39_a_lead_opens_a_lock_so_nobody_can_be_kept_out_for_ever(door: Door) -> None:
    for n in range(5):
        at_station(door, ANN, WRONG, f"HOOD-{n}")
    with door.store.reading() as conn:
        assert lockouts.standing(conn, START) == ((f"person:{ANN.id}", START + 15 * MINUTE),)
    door.write(lambda act: lockouts.release(act, f"person:{ANN.id}", why="she was guessed at"), by=LEE.id, at=START)
    assert isinstance(at_station(door, ANN, ANN.pin), Entered)


def test_q39_the_count_survives_a_restart(tmp_path: Path) -> None:
    settings, secrets = Settings(data_dir=lay(tmp_path)), Secrets((PEPPER,), CHEAP, CHEAP)
    for part in range(2):
        store = open_store(settings)
        door = Door(store, secrets, settings)
        if part == 0:
            seat(door)
        outcomes = [at_station(door, ANN, WRONG, f"HOOD-{part}{n}") for n in range((3, 2)[part])]
        store.close()
    last = outcomes[-1]
    assert isinstance(last, Refused)
    assert last.locked_until == START + 15 * MINUTE


def test_guessing_in_parallel_wins_nothing(door: Door) -> None:
    def find(conn):  # type: ignore[no-untyped-def]  # a connection
        return badges.holder(conn, ANN.id)

    tries = [
        check(door, find, "pin", pin, station=f"HOOD-{n}", purpose="sign-in", at=START)
        for n, pin in enumerate([WRONG] * 5 + [ANN.pin])
    ]
    assert tries[-1].right
    settled = [door.store.write(lambda conn, one=one: settle(conn, door, one, START)) for one in tries]
    assert isinstance(settled[-1], Refused)


def test_a_desk_bears_twenty_wrong_tries_of_different_people(door: Door) -> None:
    outcomes = [entry.with_password(door, f"nobody{n}", "x", address="10.0.0.7", at=START) for n in range(20)]
    assert [isinstance(o, Refused) and o.locked_until is None for o in outcomes] == [True] * 19 + [False]
    assert isinstance(entry.with_password(door, "pam", PAM.password, address="10.0.0.7", at=START), Refused)
    assert isinstance(entry.with_password(door, "pam", PAM.password, address="10.0.0.8", at=START), Entered)


def test_a_refusal_never_says_which_component_was_wrong(door: Door) -> None:
    unknown = entry.with_password(door, "nobody", PAM.password, address="a", at=START)
    wrong = entry.with_password(door, "pam", "wrong password", address="a", at=START)
    no_pin = entry.with_password(door, "", "", address="a", at=START)
    assert unknown == wrong == no_pin


def test_an_unknown_name_or_badge_costs_the_same_comparison_as_a_wrong_secret(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or the time of an answer would tell who works here. Counted, not timed: one run of argon2id each."""
    runs: list[bytes] = []
    raw = low_level.hash_secret

    def counted(*given: object, **named: object) -> bytes:
        runs.append(b"")
        return raw(*given, **named)  # type: ignore[arg-type]  # handed on

    def compared(*given: object) -> bool:
        runs.append(b"")
        raise VerifyMismatchError

    monkeypatch.setattr("argon2._password_hasher.hash_secret", counted)
    monkeypatch.setattr("argon2._password_hasher.verify_secret", compared)
    counts = []
    for ask in (
        lambda: entry.with_password(door, "nobody", "x" * 20, address="a", at=START),
        lambda: entry.with_password(door, "pam", "x" * 20, address="b", at=START),
        lambda: entry.with_badge(door, badges.badge_text("AAAAAAAA"), WRONG, station="HOOD-1", at=START),
        lambda: entry.with_badge(door, ANN.badge, WRONG, station="HOOD-2", at=START),
        lambda: entry.with_badge(door, UNA.badge, WRONG, station="HOOD-3", at=START),
    ):
        runs.clear()
        assert isinstance(ask(), Refused)
        counts.append(len(runs))
    assert counts == [1] * 5


def test_q7_every_wrong_and_denied_try_is_kept_without_what_was_typed(door: Door) -> None:
    at_station(door, ANN, "135790")
    for _ in range(5):
        at_station(door, BO, WRONG, "HOOD-2")
    at_station(door, BO, BO.pin, "HOOD-3")
    with door.store.reading() as conn:
        rows = [tuple(row)[:-1] for row in conn.execute(select(attempt).order_by(attempt.c.seq))]
    assert rows[0] == (1, START, ANN.id, "HOOD-1", "sign-in", "wrong")
    assert [row[2:] for row in rows[1:]] == [(BO.id, "HOOD-2", "sign-in", "wrong")] * 5 + [
        (BO.id, "HOOD-3", "sign-in", "locked")
    ]
    assert "135790" not in repr(rows)


def test_a_site_may_allow_fewer(door: Door) -> None:
    strict = Door(door.store, door.secrets, door.settings, Policy(wrong_allowed=2, locked_for=60 * MINUTE))
    at_station(strict, ANN, WRONG)
    second = at_station(strict, ANN, WRONG)
    assert isinstance(second, Refused)
    assert second.locked_until == START + 60 * MINUTE
