"""Each fault planted in secrets, sessions, locks and signatures is caught by the test that is named beside it."""

from __future__ import annotations

import pytest

from app.people import lockouts, secrets, sessions, signing
from app.people.secrets import Secrets, Verified
from tests.people import test_locks, test_secrets, test_sessions, test_signing
from tests.people.cast import PAM, QUIN
from tests.people.test_signing import desk  # noqa: F401  # a fixture of the tests that are named
from tests.planting import Fault, always, each, is_caught


@each(
    Fault("a session's key is kept as it is", sessions, "token_hash", lambda token: token,
          test_sessions.test_q36_the_key_is_256_bits_new_each_time_and_only_its_hash_is_kept),
    Fault("any PIN is right", Secrets, "verify", always(Verified(True)),
          test_sessions.test_another_ones_pin_does_not_open_my_badge),
    Fault("a badge alone is enough", Secrets, "verify", always(Verified(True)),
          test_sessions.test_q41_a_badge_alone_signs_nobody_in),
    Fault("nothing locks", lockouts, "locked_until", always(None),
          test_locks.test_q39_five_wrong_pins_lock_the_person_everywhere_for_a_quarter_of_an_hour),
    Fault("wrong tries are not counted", lockouts, "count_wrong", always(None),
          test_locks.test_q39_five_wrong_pins_in_a_row_lock_the_station_whoever_gave_them),
    Fault("a hash needs no pepper", secrets, "_peppered", lambda _pepper, kind, secret: f"{kind}{secret}".encode(),
          test_secrets.test_q40_a_stolen_hash_cannot_be_tried_without_the_pepper),
    Fault("a PIN is a password", secrets, "_peppered", lambda pepper, _kind, secret: pepper.id.encode() + secret.encode(),
          test_secrets.test_a_pin_is_no_password_even_with_the_same_digits),
    Fault("an unknown name is answered at once", Secrets, "waste_time", always(None),
          test_locks.test_an_unknown_name_or_badge_costs_the_same_comparison_as_a_wrong_secret),
    Fault("one component signs", signing, "needs_both", always(False),
          test_signing.test_q20_both_components_first_then_the_private_one_alone),
    Fault("another's name signs", signing, "_is_theirs", always(True), test_signing.test_q23_nobody_signs_for_another,
          {"given": signing.Given(private=PAM.password, public="quin")}),
    Fault("another's password signs", Secrets, "verify", always(Verified(True)),
          test_signing.test_q23_nobody_signs_for_another, {"given": signing.Given(private=QUIN.password, public="pam")}),
    Fault("a locked session signs", signing, "session_trouble", always(None),
          test_signing.test_q21_a_broken_session_signs_nothing, {"break_": "lock"}),
)  # fmt: skip
def test_a_fault_of_the_door_is_caught(fault: Fault, request: pytest.FixtureRequest) -> None:
    is_caught(fault, request)
