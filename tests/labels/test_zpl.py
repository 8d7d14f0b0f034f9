"""What a ZPL printer gets is the picture that the screen shows, dot for dot, whatever stands in a name."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from hardware_mocks.printer import Paper
from labels import LabelRefused, for_zpl, render
from labels.zpl import to_zpl
from tests.labels.examples import EXAMPLES


@pytest.mark.parametrize("dpi", [203, 300])
@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_a_printer_of_any_make_draws_from_the_zpl_what_the_preview_shows(name: str, dpi: int) -> None:
    label, stock = EXAMPLES[name]
    drawn = render(label, stock, dpi=dpi, out="zpl")
    paper = Paper(drawn.body).picture()
    assert paper is not None
    assert paper.tobytes() == Image.open(io.BytesIO(drawn.png)).tobytes()
    assert for_zpl(drawn.pdf, dpi) == drawn.zpl, "the kept document gives the same dots at any later time"
    assert (drawn.zpl.count(b"^XA"), drawn.zpl.count(b"^XZ"), drawn.zpl.count(b"~")) == (1, 1, 0)


@pytest.mark.parametrize("width", [8, 9, 15, 17])
def test_dots_beyond_the_edge_of_the_paper_are_white(width: int) -> None:
    black = Image.new("1", (width, 3), 0)
    paper = Paper(to_zpl(black)).picture()
    assert paper is not None
    assert paper.size == (width, 3)
    assert paper.getextrema() == (0, 0)
    assert f"^PW{width}^LL3".encode() in to_zpl(black)


def test_a_label_is_as_long_as_the_roll_says_and_one_that_is_longer_is_refused() -> None:
    label, stock = EXAMPLES["in_process"]
    document = render(label, stock).pdf
    own, roll = for_zpl(document, 203), for_zpl(document, 203, 76.2)
    assert (b"^LL406^" in own, b"^LL609^" in roll) == (True, True)
    assert own.replace(b"^LL406^", b"^LL609^") == roll, "nothing else of it changes"
    with pytest.raises(LabelRefused, match="this label is 51 mm long, and one of the roll 25 mm"):
        for_zpl(document, 203, 25.4)


def test_one_changed_character_of_the_picture_is_not_drawn() -> None:
    zpl = to_zpl(Image.new("1", (80, 40), 0))
    at = zpl.index(b":Z64:") + 9
    other = b"B" if zpl[at : at + 1] == b"A" else b"A"
    with pytest.raises(ValueError, match="check characters"):
        Paper(zpl[:at] + other + zpl[at + 1 :]).picture()
