"""What a picture is, told from its bytes without unpacking it."""

from __future__ import annotations

import struct
import zlib

import pytest
from PIL import Image

from devices.camera import picture
from devices.camera.picture import JPEG, NOT_AN_IMAGE, PNG, TOO_MANY_PIXELS, WEBP, Outside, look
from devices.camera.quality import judge
from tests.devices.camera.pictures import encoded, ground

EVERY_TYPE = frozenset({JPEG, PNG, WEBP})


def png_of_size(width: int, height: int) -> bytes:
    """Return a whole PNG that claims a size; its pixels are never needed."""
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"")),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def jpeg_of_size(width: int, height: int) -> bytes:
    small = encoded(ground(64, 48))
    frame = small.index(b"\xff\xc0")
    return small[: frame + 5] + struct.pack(">HH", height, width) + small[frame + 9 :]


@pytest.mark.parametrize(("kind", "media_type"), [("JPEG", JPEG), ("PNG", PNG), ("WEBP", WEBP)])
def test_type_and_size_are_read_from_the_content(kind: str, media_type: str):
    assert look(encoded(ground(321, 123), kind), EVERY_TYPE) == Outside(media_type, 321, 123)


@pytest.mark.parametrize(
    "options", [{"progressive": True}, {"exif": b"Exif\x00\x00" + b"\xff\xd9" * 40}, {"optimize": True}]
)
def test_other_kinds_of_jpeg_are_jpegs(options: dict[str, object], tmp_path):
    ground(200, 100).convert("RGB").save(tmp_path / "x.jpg", **options)
    assert look((tmp_path / "x.jpg").read_bytes()) == Outside(JPEG, 200, 100)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a" + b"\0" * 60,
        b"%PDF-1.7",
        b"hello",
        b"\0" * 1000,
        b"RIFF",
    ],
)
def test_anything_else_is_not_an_image(data: bytes):
    assert look(data, EVERY_TYPE) == NOT_AN_IMAGE


def test_a_webp_is_no_evidence_photo():
    assert look(encoded(ground(64, 64), "WEBP")) == NOT_AN_IMAGE
    assert judge(encoded(ground(64, 64), "WEBP")).why == (NOT_AN_IMAGE,)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_that_was_cut_off_is_not_an_image(kind: str):
    whole = encoded(ground(400, 300), kind)
    for part in (1, 10, 50, 90, 99):
        assert look(whole[: len(whole) * part // 100], EVERY_TYPE) == NOT_AN_IMAGE


def test_q54_what_is_a_picture_and_something_else_too_is_the_picture_or_nothing():
    """With a page or an archive behind it, it is served as the picture it begins as, never as the other; before it, refused."""
    whole = encoded(ground(64, 48))
    for other in (b"<html><script>alert(1)</script>", b"PK\x03\x04" + bytes(40) + b"PK\x05\x06" + bytes(18)):
        found = look(whole + other)
        assert isinstance(found, Outside)
        assert found.media_type == "image/jpeg"
        assert look(other + whole) == NOT_AN_IMAGE
    assert look(b"GIF89a" + whole) == NOT_AN_IMAGE


@pytest.mark.parametrize("made", [png_of_size, jpeg_of_size])
def test_q54_b33_more_than_25_megapixels_is_refused_by_its_header(made, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("devices.camera.quality.decoded", lambda _: pytest.fail("it was unpacked"))
    assert look(made(5000, 5000)) == Outside(PNG if made is png_of_size else JPEG, 5000, 5000)
    for width, height in ((5001, 5000), (60000, 60000)):
        assert look(made(width, height)) == TOO_MANY_PIXELS
        assert judge(made(width, height)).why == (TOO_MANY_PIXELS,)


def test_a_picture_without_pixels_is_not_an_image():
    assert look(png_of_size(0, 100)) == NOT_AN_IMAGE
    assert look(jpeg_of_size(100, 0)) == NOT_AN_IMAGE


def test_a_header_without_a_picture_behind_it_is_bad_and_not_an_exception():
    assert judge(png_of_size(300, 300)).why == (NOT_AN_IMAGE,)


def test_the_limit_is_25_million():
    assert picture.MOST_PIXELS == 25_000_000
    assert Image.MAX_IMAGE_PIXELS is None or Image.MAX_IMAGE_PIXELS > picture.MOST_PIXELS
