"""What a still picture settles: one sound identity, a confirmation, nothing, or that it must be taken again."""

from __future__ import annotations

import random
import time
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from devices.camera import passes
from devices.camera.decode import SYMBOLOGIES, Decoder, Still, deadline_for, decoder_versions, settle
from devices.camera.seen import Request, SeenCode
from tests.devices.camera.misbehaving import __name__ as misbehaving
from tests.devices.camera.pictures import FORMATS, encoded, laid, symbol, worn

VIAL = "00363323123451"
OTHER = "00361703309068"
PATIENCE = 60.0
"""Seconds a test's picture may take: whether the answer is right is the question here, not how busy the machine is."""

MATRIX = symbol(f"(01){VIAL}(21)SN1(17)271231(10)LOT7A", FORMATS.DataMatrix)
LINEAR = symbol(VIAL[2:], FORMATS.UPCA, 4)


def seen(decoder: Decoder, picture: Image.Image, kind: str = "PNG") -> Still:
    return decoder.decode(encoded(picture, kind), seconds=PATIENCE)


def test_b31_a_gs1_datamatrix_is_read_with_its_separator(decoder: Decoder):
    still = seen(decoder, laid(MATRIX))
    (code,) = still.codes
    assert (still.verdict, still.error, still.width, still.height) == ("read", None, 1600, 1200)
    assert (code.symbology, code.aim, code.sound, code.decoders) == ("DataMatrix", "]d2", True, ("zxing-cpp",))
    assert code.data == f"01{VIAL}21SN1\x1d1727123110LOT7A".encode()
    assert code.text.encode() == code.data


def test_corners_go_clockwise_round_the_symbol(decoder: Decoder):
    (code,) = seen(decoder, laid(MATRIX)).codes
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = code.corners
    assert 60 < ax < bx < 60 + MATRIX.width + 40
    assert bx - cx < 5 > dx - ax
    assert ay < dy
    assert by < cy
    (turned,) = seen(decoder, laid(MATRIX).rotate(180)).codes
    assert turned.corners[0][0] > turned.corners[2][0]
    assert turned.corners[0][1] > turned.corners[2][1]


def test_plain_code_128_and_our_own_codes_are_read_in_one_frame(decoder: Decoder):
    for text, format_, aim in (
        ("ORDER-1234", FORMATS.Code128, "]C0"),
        ("%VT-F-4M8D0ZRWP-1%", FORMATS.DataMatrix, "]d1"),
    ):
        still = seen(decoder, laid(symbol(text, format_)))
        assert (still.verdict, [(c.aim, c.text) for c in still.codes]) == ("read", [(aim, text)])


@pytest.mark.parametrize(
    ("text", "format_", "value"),
    [
        ("363323123451", FORMATS.UPCA, "0363323123451"),
        ("96385074", FORMATS.EAN8, "96385074"),
        ("04252614", FORMATS.UPCE, "0042100005264"),
    ],
)
def test_b7_b30_a_lone_retail_code_that_two_decoders_agree_on_may_confirm(
    decoder: Decoder, text: str, format_: object, value: str
):
    still = seen(decoder, laid(symbol(text, format_, 4)))
    (code,) = still.codes
    assert (still.verdict, code.text, code.sound, code.decoders) == ("confirm", value, False, ("zxing-cpp", "pyzbar"))


@pytest.mark.parametrize("format_", [FORMATS.DataBarOmni, FORMATS.DataBarLtd, FORMATS.DataBarStk])
def test_b7_a_lone_databar_settles_nothing_in_one_still(decoder: Decoder, format_: object):
    still = seen(decoder, laid(symbol(VIAL, format_)))
    assert (still.verdict, {c.text for c in still.codes}) == ("again", {"01" + VIAL})


def test_b8_a_matrix_code_and_the_linear_code_of_the_same_item_are_one_identity(decoder: Decoder):
    still = seen(decoder, laid(MATRIX, LINEAR))
    assert (still.verdict, {c.symbology for c in still.codes}) == ("read", {"DataMatrix", "EAN13"})


def test_b6_b8_two_identities_in_one_picture_are_none(decoder: Decoder):
    other = symbol(f"(01){OTHER}", FORMATS.DataMatrix)
    assert seen(decoder, laid(MATRIX, other)).verdict == "again"
    assert seen(decoder, laid(MATRIX, symbol(OTHER[2:], FORMATS.UPCA, 4))).verdict == "again"
    assert seen(decoder, laid(LINEAR, symbol(OTHER[2:], FORMATS.UPCA, 4))).verdict == "again"


def test_b6_two_vials_of_one_product_in_view_are_two_containers(decoder: Decoder):
    assert seen(decoder, laid(MATRIX, symbol(f"(01){VIAL}(21)SN2", FORMATS.DataMatrix))).verdict == "again"


def test_the_two_codes_of_an_iv_bag_go_together(decoder: Decoder):
    bag = laid(symbol(f"(01){VIAL}", FORMATS.Code128, 3), symbol("(17)271231(10)LOT7A", FORMATS.Code128, 3), width=2400)
    still = seen(decoder, bag)
    assert (still.verdict, len(still.codes)) == ("read", 2)


@pytest.mark.parametrize("degrees", [0, 15, 90, 180, 270])
def test_a_matrix_code_is_read_however_it_lies(decoder: Decoder, degrees: float):
    assert seen(decoder, laid(MATRIX, degrees=degrees)).verdict == "read"


def test_a_turned_linear_code_is_found_by_turning_the_frame_and_placed_where_it_stands(decoder: Decoder):
    still = seen(decoder, laid(symbol("ORDER-1234", FORMATS.Code128, 4), degrees=30))
    assert (still.verdict, still.pass_name.split()[0], [c.text for c in still.codes]) == (
        "read",
        "turned",
        ["ORDER-1234"],
    )
    assert all(60 <= x <= 900 and 150 <= y <= 1050 for x, y in still.codes[0].corners)


def test_b36_noise_in_low_light_is_smoothed_for_a_matrix_code(decoder: Decoder):
    pictures = [laid(MATRIX, width=640, height=480, seed=n) for n in range(6)]
    stills = [seen(decoder, worn(picture, light=0.15, noise=14, seed=n)) for n, picture in enumerate(pictures)]
    assert {still.verdict for still in stills} <= {"read", "none"}
    assert "median" in {still.pass_name for still in stills}
    assert {code.text for still in stills for code in still.codes} == {f"01{VIAL}21SN1\x1d1727123110LOT7A"}


@pytest.mark.parametrize(
    "picture",
    [worn(laid(MATRIX, LINEAR), blur=12), Image.new("L", (800, 600), 0), Image.new("L", (800, 600), 255), laid()],
    ids=["blurred", "black", "clipped", "bench"],
)
def test_nothing_is_seen_where_nothing_can_be_seen(decoder: Decoder, picture: Image.Image):
    still = seen(decoder, picture)
    assert (still.verdict, still.codes, still.error) == ("none", (), None)


def test_b34_what_is_no_picture_is_unreadable_and_says_why(decoder: Decoder):
    whole = encoded(laid(MATRIX))
    for data in (b"", b"not a picture", whole[:-20]):
        assert (decoder.decode(data).verdict, decoder.decode(data).error) == ("unreadable", "not an image")
    assert seen(decoder, Image.new("L", (1, 1))).verdict == "none"
    assert seen(decoder, laid(MATRIX)).verdict == "read"


def test_a_damaged_file_is_never_read_as_something_else(decoder: Decoder):
    whole = encoded(laid(MATRIX, width=640, height=480))
    rng = random.Random(34)
    for _ in range(20):
        damaged = bytearray(whole)
        damaged[rng.randrange(len(whole))] ^= rng.randrange(1, 256)
        still = decoder.decode(bytes(damaged), seconds=PATIENCE)
        assert {code.text for code in still.codes} <= {f"01{VIAL}21SN1\x1d1727123110LOT7A"}
        assert (still.verdict == "read") == bool(still.codes)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "1", "I;16", "LA"])
def test_pictures_of_every_depth_are_read(decoder: Decoder, mode: str):
    picture = laid(MATRIX)
    deep = Image.fromarray(np.asarray(picture, np.uint16) * 257)
    converted = deep if mode == "I;16" else picture.convert(mode)
    assert seen(decoder, converted).verdict == "read"


def test_a_step_that_expects_a_matrix_code_sees_nothing_else(decoder: Decoder):
    still = decoder.decode(encoded(laid(MATRIX, LINEAR)), symbologies=("DataMatrix",), seconds=PATIENCE)
    assert [code.symbology for code in still.codes] == ["DataMatrix"]


@pytest.mark.parametrize(("said", "vetoed"), [(b"0363323123451", False), (b"0361703309068", True)])
def test_b7_another_value_from_the_second_decoder_vetoes_the_picture(said: bytes, vetoed: bool):
    grey = np.asarray(laid(LINEAR, width=640, height=480))
    (found,) = passes.look(Request(encoded(laid(LINEAR, width=640, height=480), "PNG"), ("EAN13",), PATIENCE)).codes
    codes, veto = passes._second_look(grey, (replace(found, data=said, decoders=("zxing-cpp",)),))
    assert (veto, codes[0].decoders) == (vetoed, ("zxing-cpp",) if vetoed else ("zxing-cpp", "pyzbar"))


@pytest.mark.parametrize(("said", "vetoed"), [(b"0100363323123451", False), (b"0100361703309068", True)])
def test_b7_bars_that_read_otherwise_when_a_little_softer_veto_the_picture(said: bytes, vetoed: bool):
    """Of DataBar there is no second decoder to ask: the first one looks again."""
    picture = laid(symbol("00363323123451", FORMATS.DataBarLtd), width=640, height=480)
    (found,) = passes.look(Request(encoded(picture, "PNG"), ("DataBarLimited",), PATIENCE)).codes
    codes, veto = passes._second_look(np.asarray(picture), (replace(found, data=said),))
    assert (veto, codes[0].decoders) == (vetoed, ("zxing-cpp",))


@pytest.mark.parametrize("kind", [FORMATS.MicroQRCode, FORMATS.RMQRCode])
def test_a_small_qr_code_that_was_not_asked_for_is_not_seen_and_ends_no_process(decoder: Decoder, kind: object):
    """zxing-cpp counts them among the QR codes, and sees one in noise now and then."""
    before = decoder._worker.pid
    still = seen(decoder, laid(symbol("12345", kind, 8), width=640, height=480))  # type: ignore[arg-type]  # an enum of C++
    assert (still.error, still.verdict, still.codes) == (None, "none", ())
    assert decoder._worker.pid == before


def test_a_decoder_that_hangs_costs_one_picture_and_no_more():
    with Decoder(f"{misbehaving}:hangs_on_large_pictures") as decoder:
        small, large = encoded(MATRIX.resize((400, 400)).convert("1"), "PNG"), encoded(laid(MATRIX), "PNG")
        assert len(small) < 20_000 < len(large)
        assert decoder.decode(small, seconds=PATIENCE).verdict == "read"
        started = time.monotonic()
        still = decoder.decode(large, seconds=0.5)
        assert (still.verdict, still.error, still.codes) == ("unreadable", "decoder stopped at its deadline", ())
        assert time.monotonic() - started < 10
        assert decoder.decode(small, seconds=PATIENCE).verdict == "read"


@pytest.mark.parametrize(("size", "seconds"), [((640, 480), 0.5), ((1920, 1080), 0.5), ((4000, 3000), 2.0)])
def test_the_deadline_follows_the_size(size: tuple[int, int], seconds: float):
    assert deadline_for(*size) == seconds


def test_b45_the_log_can_name_decoders_and_versions():
    assert set(decoder_versions()) == {"zxing-cpp", "pyzbar"}
    assert all(version[0].isdigit() for version in decoder_versions().values())


def linear(data: bytes, *decoders: str) -> SeenCode:
    return SeenCode("EAN13", "]E0", data.decode(), data, ((0, 0), (9, 0), (9, 9), (0, 9)), decoders or ("zxing-cpp",))


def matrix(text: str, aim: str = "]d2") -> SeenCode:
    return SeenCode("DataMatrix", aim, text, text.encode(), ((0, 0), (9, 0), (9, 9), (0, 9)), sound=True)


BOTH = ("zxing-cpp", "pyzbar")


@pytest.mark.parametrize(
    ("codes", "vetoed", "verdict"),
    [
        ((), False, "none"),
        ((linear(b"0363323123451"),), False, "again"),
        ((linear(b"0363323123451", *BOTH),), False, "confirm"),
        ((linear(b"0363323123451", *BOTH),), True, "again"),
        ((linear(b"0363323123451", *BOTH), linear(b"0363323123451")), False, "confirm"),
        ((linear(b"0363323123451", *BOTH), linear(b"0361703309068", *BOTH)), False, "again"),
        ((matrix(f"01{VIAL}"), matrix(f"01{VIAL}")), False, "read"),
        ((matrix(f"01{VIAL}"), linear(b"0363323123451")), False, "read"),
        ((matrix(f"01{VIAL}"), linear(b"0363323123451")), True, "again"),
        ((matrix(f"01{VIAL}"), linear(b"0361703309068")), False, "again"),
        ((matrix(f"01{VIAL}"), matrix("17271231")), False, "read"),
        ((matrix(f"01{VIAL}"), matrix("HELLO", "]d1")), False, "again"),
        ((matrix("HELLO", "]d1"), matrix("WORLD", "]d1")), False, "again"),
        ((linear(b"0363323123451", *BOTH), matrix("HELLO", "]d1")), False, "again"),
        ((linear(b"0363323123451", *BOTH), matrix("17271231")), False, "confirm"),
        ((matrix("01" + VIAL[:-1] + "2"),), False, "read"),
        ((matrix("01" + VIAL[:-1] + "2"), linear(b"0363323123451", *BOTH)), False, "again"),
    ],
)
def test_what_several_codes_settle(codes: tuple[SeenCode, ...], vetoed: bool, verdict: str):
    assert settle(codes, vetoed) == verdict
    assert settle(codes[::-1], vetoed) == verdict


def test_every_symbology_has_a_name():
    assert len(set(SYMBOLOGIES)) == len(SYMBOLOGIES) == 14
