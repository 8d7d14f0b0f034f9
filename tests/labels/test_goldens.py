"""Every golden label is drawn again to the same bytes, and decodes to exactly its codes however it lies."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from labels.check import symbols_on
from labels.codes import ExpectedCode
from labels.rendering import Rendered
from tests.labels.golden import NAMES, PLACE, drawn, sums

TURNS = [None, Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180]


def picture(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("L")


def meant(codes: tuple[ExpectedCode, ...]) -> dict[tuple[bytes, str], int]:
    return {(code.data, code.aim): 1 for code in codes}


@pytest.mark.parametrize("name", NAMES)
def test_a_label_is_drawn_to_the_same_bytes_as_its_golden(name: str) -> None:
    golden = (PLACE / f"{name}.png").read_bytes()

    different = ImageChops.difference(picture(golden), picture(drawn(name).png)).getbbox()

    assert different is None, f"{name}: dots differ inside {different}"
    assert drawn(name).png == golden
    assert drawn(name).sha256 == sums()[name]


def test_every_golden_file_belongs_to_an_example() -> None:
    assert {path.stem for path in Path(PLACE).glob("*.png")} == set(NAMES) == set(sums())


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("name", NAMES)
def test_a_golden_decodes_to_exactly_its_codes_turned_or_not(name: str, turn: Image.Transpose | None) -> None:
    label: Rendered = drawn(name)
    seen = picture((PLACE / f"{name}.png").read_bytes())

    assert label.codes
    assert symbols_on(seen if turn is None else seen.transpose(turn)) == meant(label.codes)


@pytest.mark.parametrize("gain", ["grown", "shrunk"])
@pytest.mark.parametrize("name", NAMES)
def test_a_golden_survives_one_dot_of_print_gain(name: str, gain: str) -> None:
    label: Rendered = drawn(name)
    seen = picture(label.png)
    mix = ImageChops.darker if gain == "grown" else ImageChops.lighter
    for step in ((1, 0), (0, 1)):
        moved = Image.new("L", seen.size, 255)
        moved.paste(seen, step)
        seen = mix(seen, moved)

    assert symbols_on(seen) == meant(label.codes)
