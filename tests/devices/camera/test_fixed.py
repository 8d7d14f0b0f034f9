"""A fixed camera as a scanner, through OpenCV: a film is its picture, and what counts is handed on once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from devices.camera import fixed
from devices.camera.decode import Decoder
from devices.camera.fixed import CameraScanner
from devices.readings import CodeRead
from devices.scanner.serial import Discarded
from tests.devices.camera.pictures import FORMATS, encoded, laid, symbol, worn

VIAL = "(01)00303381234560(17)271231(10)L7(21)S1"
READ = "]d2010030338123456017271231" + "10L7\x1d21S1"
BARS = "00303381234560"


def film(path: Path, *pictures: Image.Image) -> str:
    """A film of these pictures with the noise of a sensor; its address."""
    frames = (encoded(worn(one, noise=3, seed=number)) for number, one in enumerate(pictures))
    path.write_bytes(b"".join(frames))
    return f"camera:{path}"


def shown(data: str, kind: object = FORMATS.DataMatrix) -> Image.Image:
    return laid(symbol(data, kind), width=640, height=480)  # type: ignore[arg-type]  # an enum of C++


@pytest.fixture
def decoder() -> Iterator[Decoder]:
    with Decoder() as made:
        yield made


class Heard:
    """What a camera hands on."""

    def __init__(self, url: str, decoder: Decoder, known: bool = True) -> None:
        self.codes: list[CodeRead] = []
        self.missed: list[Discarded] = []
        self.camera = CameraScanner(
            url,
            decoder=lambda: decoder,
            known=lambda _: known,
            clock=lambda: datetime.now(UTC),
            heard=self.codes.append,
            missed=self.missed.append,
        )

    def until(self, true: Callable[[], object], seconds: float = 60) -> bool:
        self.camera.start()
        try:
            end = time.monotonic() + seconds
            while not true() and time.monotonic() < end:
                time.sleep(0.02)
            return bool(true())
        finally:
            self.camera.close()


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is: what is tried here is not the deadline."""
    monkeypatch.setattr(fixed, "LOOK_S", 30.0)
    monkeypatch.setattr(fixed, "EVERY_S", 0.0)


def test_a_vial_held_into_the_picture_is_one_reading_however_often_the_film_shows_it(
    tmp_path: Path, decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fixed, "AT_LEAST_S", 0.0)
    looked: list[int] = []
    heard = Heard(film(tmp_path / "vial.mjpeg", *[shown(VIAL)] * 4), decoder)
    monkeypatch.setattr(CameraScanner, "_worth_it", lambda *_: not looked.append(1))
    assert heard.until(lambda: heard.codes and len(looked) >= 9), heard.camera.state
    (code,) = heard.codes
    assert (code.text, code.raw) == (READ, READ.encode())
    assert heard.missed == []
    assert heard.camera.state.name == "closed"


def test_b4_b7_bars_that_no_formulary_knows_are_said_so_and_never_handed_on(tmp_path: Path, decoder: Decoder) -> None:
    heard = Heard(film(tmp_path / "bars.mjpeg", *[shown(BARS, FORMATS.DataBarLtd)] * 4), decoder, known=False)
    assert heard.until(lambda: heard.missed)
    assert heard.codes == []
    assert "The formulary does not know this code." in heard.missed[0].says


def test_a_camera_that_is_not_there_is_said_so_and_taken_up_when_it_comes(
    tmp_path: Path, decoder: Decoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fixed, "AGAIN_S", 0.05)
    later = tmp_path / "later.mjpeg"
    heard = Heard(f"camera:{later}", decoder)

    def came() -> bool:
        if heard.camera.state.name == "lost" and not later.exists():
            assert heard.camera.state.says == "No camera answers. Look at its cable."
            part = tmp_path / "part.mjpeg"
            film(part, *[shown(VIAL)] * 3)
            part.rename(later)
        return bool(heard.codes)

    assert heard.until(came)


def test_a_bench_at_rest_is_looked_at_now_and_then_only(tmp_path: Path, decoder: Decoder) -> None:
    heard = Heard("camera:0", decoder)
    at_rest = [encoded(worn(shown(VIAL), noise=3, seed=seed)) for seed in range(3)]
    frames = [_colour(one) for one in at_rest]
    assert [heard.camera._worth_it(frame, 10.0 + 0.1 * at) for at, frame in enumerate(frames)] == [True, False, False]
    assert heard.camera._worth_it(frames[0], 11.2)
    assert heard.camera._worth_it(_colour(encoded(shown(BARS, FORMATS.DataBarLtd))), 11.3)


def _colour(content: bytes) -> object:
    import cv2
    import numpy as np

    return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)


@pytest.mark.parametrize("url", ["/dev/video0", "camera:", "socket://127.0.0.1:1"])
def test_an_address_that_is_no_cameras_is_a_fault_of_the_settings(url: str, decoder: Decoder) -> None:
    with pytest.raises(ValueError, match="camera:/dev/video0"):
        Heard(url, decoder)
