"""Passkeys: registered by their owner, signing one meaning over one record, refused and recorded in every other case."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from app.people import accounts, entry, history, passkeys, sessions, signing_by_passkey
from app.people.accounts import NotDoneError, Person
from app.people.door import Door, Refused
from app.people.entry import Entered
from app.people.passkeys import Passkey, Site
from app.people.policy import Policy
from app.people.sessions import Session
from app.people.signing import SignedAs, SignRefused
from app.people.tables import attempt
from app.record import assertions
from tests.people.authenticator import Authenticator, changed
from tests.people.cast import ADA, PAM, QUIN, START, Member
from workflows import passkeys as bound
from workflows.evidence import Signature

MINUTE = timedelta(minutes=1)
HERE = Site("localhost", "http://localhost")
HEAD = "ab" * 32
FAR = "203.0.113.9"


def at_desk(door: Door, who: Member = PAM, at: datetime = START) -> Entered:
    entered = entry.with_password(door, who.user, who.password, address="10.0.0.7", at=at)
    assert isinstance(entered, Entered)
    return entered


def person(door: Door, who: Member = PAM) -> Person:
    with door.store.reading() as conn:
        return accounts.by_id(conn, who.id)


def fresh(door: Door, session: Session) -> Session:
    with door.store.reading() as conn:
        found = sessions.by_id(conn, session.id)
    assert found is not None
    return found


def register(
    door: Door, session: Session, device: Authenticator, who: Member = PAM, at: datetime = START
) -> Passkey | Refused:
    them, place = person(door, who), {"station": f"desk/{session.id}", "at": at}
    asked = passkeys.ask_to_register(door, them, who.password, session, HERE, **place)  # type: ignore[arg-type]  # by name
    assert isinstance(asked, str), asked
    return passkeys.register(door, them, device.create(asked), "my laptop", session, HERE, **place)  # type: ignore[arg-type]  # as above


@pytest.fixture
def desk(door: Door) -> Session:
    return at_desk(door).session


@pytest.fixture
def device(door: Door, desk: Session) -> Authenticator:
    """Pam's own device, registered."""
    made = Authenticator()
    assert isinstance(register(door, desk, made), Passkey)
    return made


def ask(door: Door, session: Session, *, over: str = HEAD, preparation: str = "P1", at: datetime = START) -> str:
    asked = signing_by_passkey.ask(
        door,
        session.person,
        session=fresh(door, session),
        station="",
        site=HERE,
        preparation=preparation,
        meaning="approved for release",
        over=over,
        at=at,
    )
    assert isinstance(asked, str), asked
    return asked


def sign(
    door: Door,
    session: Session,
    answer: str,
    *,
    over: str = HEAD,
    preparation: str = "P1",
    meaning: str = "approved for release",
    at: datetime = START,
    site: Site = HERE,
) -> SignedAs | SignRefused:
    return signing_by_passkey.sign(
        door,
        session.person,
        answer,
        session=fresh(door, session),
        station="",
        site=site,
        preparation=preparation,
        meaning=meaning,
        over_digest=over,
        at=at,
    )


def outcomes(door: Door) -> list[tuple[str, str]]:
    with door.store.reading() as conn:
        return [tuple(row) for row in conn.execute(select(attempt.c.person, attempt.c.outcome).order_by(attempt.c.seq))]


# the signature


def test_q28_a_passkey_signs_and_its_answer_is_kept_whole(door: Door, desk: Session, device: Authenticator) -> None:
    signed = sign(door, desk, device.get(ask(door, desk)), at=START + MINUTE)
    assert isinstance(signed, SignedAs)
    assert (signed.person, signed.name, signed.licence, signed.method) == (PAM.id, "Pam Q.", "RPH-1001", "passkey")
    assert signed.components == ("passkey", "user verification")
    evidence = Signature(
        "approved for release", signed.name, signed.licence, "passkey", 2, HEAD, assertion=signed.assertion
    )
    assert assertions.trouble(evidence, "P1", PAM.id) == ""
    assert (
        bound.unbound(evidence, "P2", PAM.id)
        == bound.unbound(evidence, "P1", QUIN.id)
        == "The passkey signed something else."
    )


def test_q28_anybody_can_check_it_later_and_one_changed_bit_shows(
    door: Door, desk: Session, device: Authenticator
) -> None:
    signed = sign(door, desk, device.get(ask(door, desk)))
    assert isinstance(signed, SignedAs)
    assert signed.assertion is not None
    assert assertions.key_signed(signed.assertion)
    other = Authenticator()
    with_other_key = replace(signed.assertion, public_key=bound.to_text(other._public()))
    assert not assertions.key_signed(with_other_key)
    for part in ("authenticator_data", "client_data", "signature", "public_key"):
        raw = bytearray(bound.from_text(getattr(signed.assertion, part)))
        for octet in (0, len(raw) // 2, len(raw) - 1):
            raw[octet] ^= 1
            assert not assertions.key_signed(replace(signed.assertion, **{part: bound.to_text(bytes(raw))})), (
                part,
                octet,
            )
            raw[octet] ^= 1
    for nonsense in ("", "AAAA", "%"):
        assert not assertions.key_signed(replace(signed.assertion, public_key=nonsense, signature=nonsense))


def test_q28_what_may_not_count_is_refused_by_name_and_recorded(
    door: Door, desk: Session, device: Authenticator
) -> None:
    """Wrong page, other record, preparation or meaning, nobody recognised, a stranger's key, a spoilt answer, nonsense."""
    strict = replace(door, policy=Policy(wrong_allowed=99))
    good = device.get(ask(door, desk))
    stranger, silent = Authenticator(), replace(device, verifies=False)
    cases = [
        ("wrong origin", device.get(ask(door, desk), origin="https://vialtrace.example.evil"), {}),
        ("other request", device.get(ask(door, desk, over="cd" * 32)), {}),
        ("other request", device.get(ask(door, desk, preparation="P2")), {}),
        ("other request", good, {"meaning": "pre-mix approved"}),
        ("other request", good, {"over": "cd" * 32}),
        ("not verified", silent.get(ask(door, desk)), {}),
        ("unknown challenge", device.get(json.dumps({"challenge": "AAAA", "rpId": "localhost"})), {}),
        ("unknown key", stranger.get(ask(door, desk)), {}),
        ("not signed", changed(device.get(ask(door, desk)), "signature"), {}),
        ("not signed", device.get(ask(door, desk).replace('"rpId": "localhost"', '"rpId": "elsewhere"')), {}),
        ("unknown challenge", "{}", {}),
        ("unknown challenge", "no JSON", {}),
    ]
    for wrong, answer, so in cases:
        outcome = sign(strict, desk, answer, **so)  # type: ignore[arg-type]  # by name
        assert isinstance(outcome, SignRefused), wrong
        assert outcome.says == passkeys.SAYS[wrong]
    assert outcomes(door) == [(PAM.id, wrong) for wrong, _, _ in cases]
    device.count = 40
    assert isinstance(sign(door, desk, device.get(ask(door, desk))), SignedAs)


def test_q43_an_answer_counts_once(door: Door, desk: Session, device: Authenticator) -> None:
    answer = device.get(ask(door, desk))
    assert isinstance(sign(door, desk, answer), SignedAs)
    again = sign(door, desk, answer)
    assert isinstance(again, SignRefused)
    assert (again.says, outcomes(door)) == (passkeys.SAYS["used before"], [(PAM.id, "used before")])


def test_q43_an_answer_is_good_for_ten_minutes(door: Door, desk: Session, device: Authenticator) -> None:
    late = sign(door, desk, device.get(ask(door, desk)), at=START + 10 * MINUTE)
    assert isinstance(late, SignRefused)
    assert late.says == passkeys.SAYS["too late"]
    assert isinstance(sign(door, desk, device.get(ask(door, desk)), at=START + 9.9 * MINUTE), SignedAs)


def test_q28_a_counter_that_went_back_is_refused_and_alarmed(door: Door, desk: Session, device: Authenticator) -> None:
    copy = replace(device)
    assert isinstance(sign(door, desk, device.get(ask(door, desk))), SignedAs)
    refused = sign(door, desk, copy.get(ask(door, desk)))
    assert isinstance(refused, SignRefused)
    assert refused.says == passkeys.SAYS["old counter"]
    with door.store.reading() as conn:
        newest = history.of(conn, PAM.id)[0]
    assert (newest.what, newest.data["what"]) == ("passkey_suspect", "old counter")


def test_a_key_without_a_counter_signs_every_time(door: Door, desk: Session) -> None:
    synced = Authenticator(counts=False)
    assert isinstance(register(door, desk, synced), Passkey)
    for _ in range(3):
        assert isinstance(sign(door, desk, synced.get(ask(door, desk))), SignedAs)


def test_two_sessions_do_not_share_what_was_asked(door: Door, desk: Session, device: Authenticator) -> None:
    other = at_desk(door).session
    outcome = sign(door, other, device.get(ask(door, desk)))
    assert isinstance(outcome, SignRefused)
    assert outcome.says == passkeys.SAYS["other request"]


def test_q23_anothers_passkey_signs_nothing(door: Door, desk: Session, device: Authenticator) -> None:
    his_desk, his = at_desk(door, QUIN).session, Authenticator()
    assert isinstance(register(door, his_desk, his, QUIN), Passkey)
    outcome = sign(door, desk, his.get(ask(door, desk)))
    assert isinstance(outcome, SignRefused)
    assert outcome.says == passkeys.SAYS["another's key"]


def test_q39_five_wrong_answers_lock_the_person_and_the_session(
    door: Door, desk: Session, device: Authenticator
) -> None:
    for _ in range(5):
        last = sign(door, desk, "{}")
    assert isinstance(last, SignRefused)
    assert last.locked_until == START + 15 * MINUTE
    assert fresh(door, desk).locked == START


def test_q21_a_locked_session_signs_nothing(door: Door, desk: Session, device: Authenticator) -> None:
    answer = device.get(ask(door, desk))
    door.write(lambda act: sessions.lock(act, desk, why="stepped away"), by=PAM.id, at=START)
    assert isinstance(sign(door, desk, answer), SignRefused)


def test_without_a_passkey_there_is_nothing_to_ask(door: Door, desk: Session) -> None:
    asked = signing_by_passkey.ask(
        door,
        PAM.id,
        session=desk,
        station="",
        site=HERE,
        preparation="P1",
        meaning="approved for release",
        over=HEAD,
        at=START,
    )
    assert isinstance(asked, SignRefused)
    assert "Register one" in asked.says


# registering and taking away


def test_q8_registering_a_key_is_an_event_with_its_public_half(
    door: Door, desk: Session, device: Authenticator
) -> None:
    with door.store.reading() as conn:
        newest, (key,) = history.of(conn, PAM.id)[0], passkeys.of(conn, PAM.id)
    assert (newest.what, newest.by) == ("passkey_registered", PAM.id)
    assert newest.data == {
        "credential": bound.to_text(device.id),
        "public_key": key.public_key,
        "name": "my laptop",
        "model": "00000000-0000-0000-0000-000000000000",
    }


def test_an_open_screen_alone_registers_no_key(door: Door, desk: Session) -> None:
    asked = passkeys.ask_to_register(door, person(door), "wrong password", desk, HERE, station="desk/x", at=START)
    assert isinstance(asked, Refused)
    assert outcomes(door) == [(PAM.id, "wrong")]


@pytest.mark.parametrize("wrong", ["origin", "nobody recognised", "twice", "late", "another session", "nonsense"])
def test_a_registration_that_is_none_keeps_nothing(door: Door, desk: Session, wrong: str) -> None:
    device, pam, at, session = Authenticator(), person(door), START, desk
    if wrong == "origin":
        device.origin = "https://vialtrace.example.evil"
    elif wrong == "nobody recognised":
        device.verifies = False
    asked = passkeys.ask_to_register(door, pam, PAM.password, desk, HERE, station="desk/x", at=START)
    assert isinstance(asked, str)
    answer = device.create(asked)
    if wrong == "late":
        at += 10 * MINUTE
    elif wrong == "another session":
        session = at_desk(door).session
    elif wrong == "nonsense":
        answer = "{}"
    elif wrong == "twice":
        assert isinstance(passkeys.register(door, pam, answer, "x", desk, HERE, station="desk/x", at=at), Passkey)
    outcome = passkeys.register(door, pam, answer, "x", session, HERE, station="desk/x", at=at)
    assert isinstance(outcome, Refused)
    with door.store.reading() as conn:
        assert len(passkeys.of(conn, PAM.id)) == (1 if wrong == "twice" else 0)


def test_q37_registering_ends_every_other_session(door: Door, desk: Session) -> None:
    other = at_desk(door).session
    register(door, desk, Authenticator())
    assert fresh(door, other).ended_why == "passkey registered"
    assert fresh(door, desk).is_open()


def test_q42_a_key_that_was_taken_away_is_dead_at_once(door: Door, desk: Session, device: Authenticator) -> None:
    entered = passkeys.sign_in(
        door, device.get(passkeys.ask_to_sign_in(door, HERE, at=START)), HERE, address=FAR, at=START
    )
    assert isinstance(entered, Entered)
    answer, id = device.get(ask(door, desk)), bound.to_text(device.id)
    door.write(lambda act: passkeys.end(act, id, why="lost on the train"), by=ADA.id, at=START + MINUTE)
    assert isinstance(sign(door, desk, answer), SignRefused)
    assert fresh(door, entered.session).ended_why == "passkey taken away"
    with pytest.raises(NotDoneError, match="no such passkey"):
        door.write(lambda act: passkeys.end(act, id, why="once more"), by=ADA.id, at=START)


# signing in


def signs_in(door: Door, device: Authenticator, at: datetime = START) -> Entered | Refused:
    return passkeys.sign_in(door, device.get(passkeys.ask_to_sign_in(door, HERE, at=at)), HERE, address=FAR, at=at)


def test_a_passkey_signs_in_at_a_desk_without_name_password_or_code(
    door: Door, desk: Session, device: Authenticator
) -> None:
    careful = replace(door, policy=Policy(second_factor="all"))
    entered = signs_in(careful, device)
    assert isinstance(entered, Entered)
    assert (entered.person.id, entered.session.method, entered.session.station, entered.session.duty) == (
        PAM.id,
        "passkey",
        "",
        "",
    )


def test_q36_an_answer_to_sign_in_counts_once_and_signs_nothing(
    door: Door, desk: Session, device: Authenticator
) -> None:
    answer = device.get(passkeys.ask_to_sign_in(door, HERE, at=START))
    assert isinstance(passkeys.sign_in(door, answer, HERE, address=FAR, at=START), Entered)
    assert isinstance(passkeys.sign_in(door, answer, HERE, address=FAR, at=START), Refused)
    outcome = sign(door, desk, device.get(passkeys.ask_to_sign_in(door, HERE, at=START)))
    assert isinstance(outcome, SignRefused)
    assert isinstance(passkeys.sign_in(door, device.get(ask(door, desk)), HERE, address=FAR, at=START), Refused), (
        "nor the other way round"
    )


def test_a_stranger_and_whoever_left_do_not_come_in_by_passkey(
    door: Door, desk: Session, device: Authenticator
) -> None:
    assert isinstance(signs_in(door, Authenticator()), Refused)
    door.write(lambda act: accounts.leave(act, PAM.id, why="retired today"), by=ADA.id, at=START)
    assert isinstance(signs_in(door, device), Refused)


def test_q43_a_flood_of_requests_to_sign_in_leaves_ten_minutes_worth(door: Door) -> None:
    from app.people.tables import challenge

    for number in range(20):
        passkeys.ask_to_sign_in(door, HERE, at=START + number * MINUTE)
    with door.store.reading() as conn:
        assert len(conn.execute(select(challenge)).all()) == 10
