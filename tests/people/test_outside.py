"""An identity provider may open a desk for whom it is linked to; it opens no station, and it never signs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest

from app.people import accounts, codes, history, outside
from app.people.accounts import NotDoneError
from app.people.door import Door, Refused
from app.people.entry import Entered
from app.people.outside import Vouched
from app.people.policy import Policy
from app.people.signing import Given, SignedAs, SignRefused, sign
from tests.people.cast import ADA, PAM, QUIN, START

MINUTE = timedelta(minutes=1)
HOSPITAL, HER = "https://id.hospital.example", "pam-7781"


def link(door: Door, who: str = PAM.id, subject: str = HER, by: str = ADA.id) -> None:
    door.write(lambda act: outside.link(act, who, HOSPITAL, subject), by=by, at=START)


def comes_in(
    door: Door, subject: str = HER, issuer: str = HOSPITAL, ago: timedelta = MINUTE, code: str = ""
) -> Entered | Refused:
    return outside.sign_in(door, Vouched(issuer, subject, START - ago), address="10.0.0.8", at=START, code=code)


def test_whom_the_provider_is_linked_to_gets_a_desk_and_no_station(door: Door) -> None:
    link(door)
    entered = comes_in(door)
    assert isinstance(entered, Entered)
    assert (entered.person.id, entered.session.method, entered.session.station) == (PAM.id, "identity provider", "")


@pytest.mark.parametrize(
    "so",
    [
        {"subject": "somebody"},
        {"subject": HER.upper()},
        {"issuer": HOSPITAL + "/"},
        {"ago": 6 * MINUTE},
        {"ago": -MINUTE},
    ],
)
def test_what_it_vouches_for_otherwise_opens_nothing_and_counts(door: Door, so: dict[str, object]) -> None:
    link(door)
    strict = replace(door, policy=Policy(wrong_allowed=2, wrong_allowed_desk=2))
    assert isinstance(comes_in(strict, **so), Refused)  # type: ignore[arg-type]  # by name
    second = comes_in(strict, **so)  # type: ignore[arg-type]  # as above
    assert isinstance(second, Refused)
    assert second.locked_until is not None


def test_the_providers_word_signs_nothing(door: Door) -> None:
    link(door)
    entered = comes_in(door)
    assert isinstance(entered, Entered)

    def signs(given: Given) -> SignedAs | SignRefused:
        return sign(
            door,
            PAM.id,
            given,
            session=entered.session,
            station="",
            meaning="rejected",
            over_digest="ab" * 32,
            at=START,
        )

    assert isinstance(signs(Given("")), SignRefused)
    assert isinstance(signs(Given(HER, "pam")), SignRefused)
    signed = signs(Given(PAM.password, "pam"))
    assert isinstance(signed, SignedAs)
    assert signed.method == "password"


def test_where_the_site_asks_for_a_code_it_asks_beside_the_provider_too(door: Door) -> None:
    link(door)
    careful = replace(door, policy=Policy(second_factor="all"))
    first = comes_in(careful)
    assert isinstance(first, Entered)
    assert first.session.duty == "enrol code"
    drawn = codes.draw(door, PAM.id, "pam", at=START - 9 * MINUTE)
    app = pyotp.TOTP(drawn.secret)
    codes.confirm(door, PAM.id, app.at(START - 9 * MINUTE), session="", station="desk/x", at=START - 9 * MINUTE)
    assert isinstance(comes_in(careful), Refused)
    second = comes_in(careful, code=app.at(START))
    assert isinstance(second, Entered)
    assert second.session.duty == ""
    assert isinstance(comes_in(careful, code=app.at(START)), Refused), "used up"


def test_q22_a_subject_never_means_another_person(door: Door) -> None:
    link(door)
    with pytest.raises(NotDoneError, match="somebody else's"):
        link(door, QUIN.id)
    door.write(lambda act: outside.unlink(act, PAM.id, HOSPITAL, HER, why="left the hospital"), by=ADA.id, at=START)
    assert isinstance(comes_in(door), Refused)
    with pytest.raises(NotDoneError, match="somebody else's"):
        link(door, QUIN.id)
    link(door)
    assert isinstance(comes_in(door), Entered)


def test_q8_linking_is_an_event_and_nobody_links_themselves(door: Door) -> None:
    link(door)
    with door.store.reading() as conn:
        newest = history.of(conn, PAM.id)[0]
        assert [(one.issuer, one.subject) for one in outside.of(conn, PAM.id)] == [(HOSPITAL, HER)]
    assert (newest.what, newest.by, newest.data) == (
        "outside_identity_linked",
        ADA.id,
        {"issuer": HOSPITAL, "subject": HER},
    )
    with pytest.raises(NotDoneError, match="their own"):
        link(door, ADA.id, "ada-1")
    for issuer, subject in (("http://id.example", "x"), (HOSPITAL, " ")):
        with pytest.raises(NotDoneError, match="https address"):
            door.write(lambda act, i=issuer, s=subject: outside.link(act, QUIN.id, i, s), by=ADA.id, at=START)  # type: ignore[misc]  # bound now


def test_whoever_left_is_not_let_in(door: Door) -> None:
    link(door)
    door.write(lambda act: accounts.leave(act, PAM.id, why="retired today"), by=ADA.id, at=START)
    assert isinstance(comes_in(door), Refused)
