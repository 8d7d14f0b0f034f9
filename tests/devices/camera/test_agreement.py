"""Frames of a camera that looks on: when what they show counts as one reading, and when it must not (B4-B8)."""

from __future__ import annotations

import random

import pytest

from devices.camera.agreement import TRY_AGAIN, WITHIN_S, Agreement
from devices.camera.decode import Still
from devices.camera.seen import SeenCode
from tests.devices.camera.pictures import gtin

AT = ((0, 0), (9, 0), (9, 9), (0, 9))
ONE, OTHER = "0303381234560", "0303385234568"
VIAL = SeenCode("DataMatrix", "]d2", "0100303381234560172712311" + "0L7", b"dm", AT, sound=True)
SECOND_VIAL = SeenCode("DataMatrix", "]d2", "0100363323123451172712311" + "0L8", b"dm2", AT, sound=True)


def linear(text: str = ONE, aim: str = "]E0", name: str = "EAN13") -> SeenCode:
    return SeenCode(name, aim, text, text.encode(), AT)


class Looking:
    """A camera before which things are held, a quarter of a second a frame; the formulary knows ONE."""

    def __init__(self) -> None:
        self.now, self.number = 100.0, 0
        self.agreement = Agreement(lambda raw: raw.endswith(ONE))

    def sees(self, *codes: SeenCode, vetoed: bool = False, same: bool = False, after: float = 0.25) -> str:
        self.now += after
        self.number += not same
        still = Still("again" if codes else "none", 1.0, codes=codes, vetoed=vetoed)
        self.last = self.agreement.take(still, str(self.number), self.now)
        return self.last.what


@pytest.fixture
def looking() -> Looking:
    return Looking()


def test_b7_a_square_code_counts_by_one_frame_and_once_while_it_is_held(looking: Looking) -> None:
    assert [looking.sees(VIAL) for _ in range(4)] == ["read", "held", "held", "held"]
    assert looking.sees() == "nothing"
    assert looking.sees(VIAL, after=WITHIN_S + 0.1) == "read", "taken away and held up again"


def test_b7_a_linear_code_counts_in_two_frames_and_the_reading_is_its_characters(looking: Looking) -> None:
    assert looking.sees(linear()) == "wait"
    assert looking.sees(linear()) == "read"
    assert (looking.last.raw, looking.last.frames) == (f"]E0{ONE}", 2)
    assert looking.sees(linear()) == "held"


def test_b7_the_same_picture_twice_is_one_frame(looking: Looking) -> None:
    looking.sees(linear())
    assert [looking.sees(linear(), same=True) for _ in range(5)] == ["wait"] * 5


def test_b7_two_frames_further_apart_than_two_seconds_do_not_agree(looking: Looking) -> None:
    looking.sees(linear())
    assert looking.sees(linear(), after=WITHIN_S + 0.01) == "wait"


def test_b7_another_value_in_between_is_try_again_and_the_count_begins_anew(looking: Looking) -> None:
    looking.sees(linear())
    assert looking.sees(linear(OTHER)) == "again"
    assert looking.last.says == TRY_AGAIN
    assert looking.sees(linear()) == "wait"
    assert looking.sees(linear()) == "read"


def test_b7_a_second_decoders_veto_is_try_again_and_takes_the_first_frame_away(looking: Looking) -> None:
    looking.sees(linear())
    assert looking.sees(linear(), vetoed=True) == "again"
    assert looking.sees(linear()) == "wait"


def test_b4_b5_what_two_frames_agree_on_and_no_formulary_knows_is_never_handed_on(looking: Looking) -> None:
    assert [looking.sees(linear(OTHER)) for _ in range(6)] == ["wait"] + ["unknown"] * 5
    assert looking.last.raw == ""


def test_b8_a_square_and_a_bar_code_of_one_product_are_one_reading_and_it_is_the_square_one(looking: Looking) -> None:
    looking.sees(linear())
    assert looking.sees(VIAL, linear()) == "read"
    assert looking.last.raw.startswith("]d2")


def test_b8_a_bar_code_of_another_product_beside_the_square_one_is_try_again(looking: Looking) -> None:
    assert looking.sees(VIAL, linear(OTHER)) == "again"
    assert looking.sees(linear(OTHER)) == "wait"
    assert looking.sees(VIAL) == "again", "the other one was seen a moment ago"


def test_b6_two_vials_one_after_the_other_need_the_first_to_leave_the_picture(looking: Looking) -> None:
    looking.sees(VIAL)
    assert [looking.sees(SECOND_VIAL) for _ in range(4)] == ["again"] * 4
    assert looking.sees(SECOND_VIAL, after=WITHIN_S) == "read"
    assert "363323123451" in looking.last.raw


def test_b6_two_vials_in_one_frame_are_none(looking: Looking) -> None:
    assert [looking.sees(VIAL, SECOND_VIAL) for _ in range(4)] == ["again"] * 4


@pytest.mark.parametrize(
    ("name", "aim"), [("EAN13", "]E0"), ("DataBarLimited", "]e0"), ("ITF", "]I1"), ("Code39", "]A0"), ("Code32", "]X0")]
)
def test_b7_no_linear_code_but_code_128_counts_by_one_frame(looking: Looking, name: str, aim: str) -> None:
    twice = SeenCode(name, aim, ONE, b"x", AT, decoders=("zxing-cpp", "pyzbar"))
    assert looking.sees(twice) == "wait", "a second decoder that agrees adds nothing"


def test_misread_frames_hand_on_no_wrong_product() -> None:
    """A tenth of all frames are misread, some of them as a product that the formulary has; none comes through alone."""
    rng = random.Random(20261130)
    formulary = [gtin(rng)[1:] for _ in range(40)]
    for _ in range(1_000):
        truth = rng.choice(formulary)
        agreement, now, wrong = Agreement(lambda raw: raw[3:] in formulary), 0.0, []
        for number in range(8):
            misread = rng.random() < 0.1
            shown = rng.choice(formulary) if misread else truth
            now += 0.25
            said = agreement.take(Still("again", 1.0, codes=(linear(shown),)), str(number), now)
            wrong += [said.raw] if said.what == "read" and said.raw[3:] != truth else []
        assert wrong == []
