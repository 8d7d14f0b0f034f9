from __future__ import annotations

import threading
import time

import pytest
from argon2 import extract_parameters

from app.people import secrets
from app.people.secrets import CHEAP, Pepper, Secrets, TooManyAtOnceError, password_trouble, pin_trouble

OLD = Pepper("old", b"o" * 32)
NEW = Pepper("new", b"n" * 32)


def test_q40_pins_and_passwords_cost_what_the_record_says() -> None:
    kept = Secrets((OLD,))
    pin = extract_parameters(kept.hash("pin", "482915"))
    password = extract_parameters(kept.hash("password", "correct horse battery"))
    assert (pin.type.name, pin.memory_cost, pin.time_cost, pin.parallelism) == ("ID", 19 * 1024, 2, 1)
    assert (password.type.name, password.memory_cost, password.time_cost, password.parallelism) == (
        "ID",
        64 * 1024,
        3,
        4,
    )


def test_q40_a_stolen_hash_cannot_be_tried_without_the_pepper() -> None:
    hashed = Secrets((OLD,), CHEAP, CHEAP).hash("pin", "482915")
    other = Secrets((Pepper("old", b"x" * 32),), CHEAP, CHEAP)
    assert not other.verify("pin", "482915", hashed, "old").right
    assert Secrets((OLD,), CHEAP, CHEAP).verify("pin", "482915", hashed, "old").right


def test_a_pin_is_no_password_even_with_the_same_digits() -> None:
    kept = Secrets((OLD,), CHEAP, CHEAP)
    assert not kept.verify("password", "482915", kept.hash("pin", "482915"), "old").right


def test_a_hash_of_an_older_pepper_is_made_anew_at_the_next_right_try() -> None:
    hashed = Secrets((OLD,), CHEAP, CHEAP).hash("pin", "482915")
    both = Secrets((OLD, NEW), CHEAP, CHEAP)
    right = both.verify("pin", "482915", hashed, "old")
    assert right.right
    assert right.rehash is not None
    assert both.verify("pin", "482915", right.rehash, "new") == secrets.Verified(right=True, rehash=None)
    assert both.verify("pin", "482916", hashed, "old") == secrets.Verified(right=False)


def test_a_hash_of_lower_cost_is_made_anew() -> None:
    cheap = Secrets((OLD,), CHEAP, CHEAP).hash("pin", "482915")
    dear = Secrets((OLD,), secrets.Cost(128, 1, 1), CHEAP)
    assert dear.verify("pin", "482915", cheap, "old").rehash is not None


def test_a_missing_pepper_is_named_not_taken_for_a_wrong_pin() -> None:
    with pytest.raises(LookupError, match="pepper gone is missing"):
        Secrets((OLD,), CHEAP, CHEAP).verify("pin", "482915", "x", "gone")


def test_at_most_two_hashes_run_at_once_and_at_most_five_are_admitted(monkeypatch: pytest.MonkeyPatch) -> None:
    running, most, refused = 0, 0, 0
    guard, go = threading.Lock(), threading.Event()

    class Slow:
        def hash(self, _secret: bytes) -> str:
            nonlocal running, most
            with guard:
                running += 1
                most = max(most, running)
            go.wait(60)
            with guard:
                running -= 1
            return "hash"

    monkeypatch.setattr(secrets.Cost, "hasher", lambda _self: Slow())
    kept = Secrets((OLD,))

    def one() -> None:
        nonlocal refused
        try:
            kept.hash("pin", "482915")
        except TooManyAtOnceError:
            with guard:
                refused += 1

    threads = [threading.Thread(target=one) for _ in range(9)]
    for thread in threads:
        thread.start()
    for _ in range(6000):
        if refused == 4 and running == 2:
            break
        time.sleep(0.01)
    go.set()
    for thread in threads:
        thread.join()
    assert (most, refused) == (2, 4)


@pytest.mark.parametrize(
    "pin",
    [
        "",
        "12345",
        "1234567890123",
        "48291a",
        "٤٨٢٩١٥",
        "123456",
        "987654",
        "111111",
        "121212",
        "147147",
        "890123",
        "147258",
    ],
)
def test_easy_pins_are_refused_with_a_sentence(pin: str) -> None:
    assert (pin_trouble(pin) or "").endswith(".")


@pytest.mark.parametrize("pin", ["482915", "739164", "905271638204"])
def test_other_pins_will_do(pin: str) -> None:
    assert pin_trouble(pin) is None


@pytest.mark.parametrize(
    "password", ["short", "password1234", "aaaaaaaaaaaaaa", "Jennifer-and-her-dog", "jenny.example.2026", "x" * 257]
)
def test_easy_passwords_are_refused_with_a_sentence(password: str) -> None:
    assert (password_trouble(password, "jenny", "Jennifer E.") or "").endswith(".")


def test_a_sentence_is_a_good_password() -> None:
    assert password_trouble("tea before bags at nine", "ann", "Ann T.") is None


def test_nothing_shows_a_secret_by_accident() -> None:
    kept = Secrets((OLD,))
    assert "6f6f6f" not in repr(kept)
    assert b"oooo".decode() not in repr(kept) + repr(OLD)
