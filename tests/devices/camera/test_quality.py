"""Sharp, rightly exposed, large enough: and what the technician is told when not."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from devices.camera.quality import BAND_SHARE, WORDS, judge
from tests.devices.camera.pictures import FORMATS, encoded, laid, symbol, worn

LABEL = laid(
    symbol("(01)00363323123451(17)271231(10)LOT7A", FORMATS.DataMatrix, 6), symbol("363323123451", FORMATS.UPCA, 4)
)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_sharp_label_in_good_light_is_good(kind: str):
    quality = judge(encoded(LABEL, kind))
    assert (quality.verdict, quality.why, quality.words) == ("good", (), "")
    assert quality.sharpness > 100
    assert 0 <= quality.p1 < quality.p99 <= 255
    assert 0 <= quality.clipped <= 0.5


@pytest.mark.parametrize(
    ("picture", "why"),
    [
        (worn(LABEL, blur=14), {"blurred"}),
        (worn(LABEL, light=0.3), {"dark"}),
        (worn(LABEL, blur=40), {"blurred"}),
        (Image.new("L", (1600, 1200), 0), {"blurred", "dark", "flat"}),
        (Image.new("L", (1600, 1200), 128), {"blurred", "flat"}),
        (Image.new("L", (1600, 1200), 255), {"blurred", "flat", "overexposed"}),
        (worn(LABEL, light=3.5), {"overexposed"}),
        (LABEL.resize((1599, 1199)), {"too small"}),
    ],
    ids=["soft", "dark", "very soft", "black", "covered lens", "white", "clipped", "small"],
)
def test_a_poor_photo_says_why_and_what_to_do(picture: Image.Image, why: set[str]):
    quality = judge(encoded(picture))
    assert quality.verdict == "bad"
    assert set(quality.why) == why
    assert all(WORDS[reason] in quality.words for reason in quality.why)
    assert "take it again" in quality.words


def banded(width: int, angle: float = 0.0) -> Image.Image:
    """The label with a lamp mirrored across it, so many pixels wide."""
    light = Image.new("L", LABEL.size, 0)
    middle = LABEL.width // 2
    ImageDraw.Draw(light).rectangle(
        (middle - width // 2, -LABEL.height, middle + width // 2, 2 * LABEL.height), fill=255
    )
    soft = light.rotate(angle).filter(ImageFilter.GaussianBlur(6))
    return ImageChops.add(worn(LABEL, noise=3), soft)


@pytest.mark.parametrize("angle", [0, 30, 90])
@pytest.mark.parametrize("width", [120, 240])
def test_a_band_of_glare_is_found_at_any_angle(width: int, angle: float):
    quality = judge(encoded(banded(width, angle)))
    assert quality.glare >= BAND_SHARE
    assert quality.why == (), "the rest of the picture is good: the band alone says why"


@pytest.mark.parametrize("light", [1.0, 1.2, 1.4])
def test_a_white_label_in_much_light_is_no_band_of_glare(light: float):
    assert judge(encoded(worn(LABEL, light=light, noise=3))).glare < BAND_SHARE


def test_an_edge_that_shines_is_no_band_of_glare():
    assert judge(encoded(banded(8))).glare < BAND_SHARE


def test_noise_does_not_hide_a_blur():
    assert "blurred" in judge(encoded(worn(LABEL, blur=14, noise=4), "PNG")).why


def test_a_station_with_a_sharper_reference_asks_for_more():
    soft = encoded(worn(LABEL, blur=4))
    sharpness = judge(soft).sharpness
    assert judge(soft).verdict == "good"
    assert judge(soft, reference=sharpness * 3.9).verdict == "good"
    assert judge(soft, reference=sharpness * 4.1).why == ("blurred",)


def test_more_blur_is_never_sharper():
    figures = [judge(encoded(worn(LABEL, blur=blur), "PNG")).sharpness for blur in (0, 1, 2, 4, 8, 16)]
    assert figures == sorted(figures, reverse=True)


def test_the_long_side_counts_either_way():
    assert judge(encoded(LABEL.rotate(90, expand=True))).verdict == "good"
    assert judge(encoded(LABEL.resize((800, 600))), least_long_side=800).verdict == "good"


def test_figures_are_those_of_the_picture_at_640_pixels():
    half = np.zeros((1200, 1600), np.uint8)
    half[:, 800:] = 250
    quality = judge(encoded(Image.fromarray(half), "PNG"))
    assert (quality.p1, quality.p99, quality.clipped) == (0, 250, 0.5)


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (3, 2)])
def test_odd_shapes_are_judged_and_not_raised(size: tuple[int, int]):
    assert judge(encoded(Image.new("L", size, 100), "PNG")).verdict == "bad"


def test_the_answer_as_json():
    answer = judge(encoded(Image.new("L", (1600, 1200), 0))).to_json()
    assert answer == {
        "sharpness": 0.0,
        "p1": 0.0,
        "p99": 0.0,
        "clipped": 0.0,
        "verdict": "bad",
        "why": ["blurred", "dark", "flat"],
    }
