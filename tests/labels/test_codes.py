"""Our own codes, their check character, and the symbols that carry them."""

from __future__ import annotations

import dataclasses
from itertools import pairwise

import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from labels import LabelRefused, codes, typefaces
from labels.check import decode_back
from labels.drawing import Drawing, Fill, Mark, Run
from labels.kinds import KINDS
from labels.pdf import to_pdf
from labels.png import to_picture
from labels.stock import PROFILES, STOCKS
from tests.labels.examples import EXAMPLES, bag, vincristine

IDS = st.text(codes.ID_LETTERS, min_size=8, max_size=8)


def drawing_of(label, stock: str, dpi: int) -> Drawing:
    kind = next(kind for kind in KINDS.values() if kind.label is type(label))
    return kind.draw(label, STOCKS[stock], PROFILES[dpi], typefaces.width)


def dots_of(drawing: Drawing, dpi: int):
    return to_picture(to_pdf(drawing), drawing.width, drawing.height, PROFILES[dpi])


def test_codes_are_written_as_known_elsewhere() -> None:
    assert codes.make("F", "4M8D0ZRW", 1) == "%VT-F-4M8D0ZRWP-1%"
    assert codes.make("U", "9T4W1XKD") == "%VT-U-9T4W1XKDT%"
    assert codes.command("NEXT") == "%VT-C-NEXT%"
    assert codes.spoken("%VT-F-4M8D0ZRWP-1%") == "F-4M8D-0ZRW-P, copy 1"
    assert codes.spoken("%VT-U-9T4W1XKDT%") == "U-9T4W-1XKD-T"


@settings(deadline=None, derandomize=True)
@given(IDS, st.integers(0, 7), st.sampled_from(codes.ID_LETTERS))
def test_one_wrong_character_is_always_found(code_id: str, at: int, letter: str) -> None:
    wrong = code_id[:at] + letter + code_id[at + 1 :]

    assert (codes.check_character(wrong) == codes.check_character(code_id)) == (wrong == code_id)


@settings(deadline=None, derandomize=True)
@given(IDS)
def test_two_neighbours_swapped_are_nearly_always_found(code_id: str) -> None:
    swapped = [code_id[:n] + b + a + code_id[n + 2 :] for n, (a, b) in enumerate(pairwise(code_id)) if a != b]
    missed = [one for one in swapped if codes.check_character(one) == codes.check_character(code_id)]

    assert len(missed) <= 1


@pytest.mark.parametrize(
    ("kind", "code_id", "copy"),
    [
        ("X", "4M8D0ZRW", 1), ("C", "4M8D0ZRW", None), ("F", "4M8D0ZRW", None), ("F", "4M8D0ZRW", 0), ("F", "4M8D0ZRW", 100),
        ("I", "4M8D0ZRW", None), ("B", "4M8D0ZRW", 1), ("F", "4m8d0zrw", 1), ("F", "4M8D0ZRI", 1), ("F", "4M8D0ZR%", 1),
        ("F", "", 1), ("F", "4M8D0ZRW1", 1),
    ],
)  # fmt: skip
def test_what_is_no_code_of_ours_is_refused(kind: str, code_id: str, copy: int | None) -> None:
    with pytest.raises(LabelRefused):
        codes.make(kind, code_id, copy)


@pytest.mark.parametrize("word", ["", "next", "NEXT%", "N", "NEXT PAGE"])
def test_what_is_no_command_word_is_refused(word: str) -> None:
    with pytest.raises(LabelRefused):
        codes.command(word)


@pytest.mark.parametrize("data", ["", "über", "a\tb", "a\x1d", "x" * 49])
def test_a_bedside_code_takes_printable_ascii_only(data: str) -> None:
    with pytest.raises(LabelRefused) as refused:
        codes.code_128("admin_code", data)

    assert refused.value.field == "admin_code"


def test_l7_our_codes_are_square_and_small_enough() -> None:
    for code in ("%VT-F-4M8D0ZRWP-1%", "%VT-U-9T4W1XKDT%", "%VT-F-4M8D0ZRWP-99%"):
        rows = codes.data_matrix("code", code).rows
        assert (len(rows), len(rows[0])) == (18, 18)
    rows = codes.data_matrix("code", "%VT-C-CAPTURE%").rows
    assert (len(rows), len(rows[0])) == (16, 16)


@pytest.mark.parametrize("dpi", PROFILES)
@pytest.mark.parametrize("name", EXAMPLES)
def test_l7_modules_and_bars_are_whole_dots_on_whole_dots(name: str, dpi: int) -> None:
    label, stock = EXAMPLES[name]
    drawing = drawing_of(label, stock, dpi)
    dots = np.array(dots_of(drawing, dpi).convert("L")) < 128
    per_mm = PROFILES[dpi].dots_per_mm

    for mark in (box for box in drawing.boxes if isinstance(box, Mark)):
        side, tall = round(mark.module * per_mm), round(mark.tall * per_mm)
        quiet = mark.grid.quiet * side
        left, top = round(mark.x * per_mm), round(mark.y * per_mm)
        modules = np.kron(np.array(mark.grid.rows), np.ones((tall, side), dtype=bool))
        above = quiet if len(mark.grid.rows) > 1 else 0
        meant = np.pad(modules, ((above, above), (quiet, quiet)))
        assert (dots[top : top + meant.shape[0], left : left + meant.shape[1]] == meant).all()
        assert side >= (3 if len(mark.grid.rows) == 1 else 4)


@pytest.mark.parametrize("over", ["ink", "words"])
@pytest.mark.parametrize("number", [0, 1])
def test_what_is_drawn_over_a_symbol_is_found(over: str, number: int) -> None:
    drawing = drawing_of(vincristine(), "101.6x76.2", 203)
    decode_back(dots_of(drawing, 203), drawing.expected)
    mark = [box for box in drawing.boxes if isinstance(box, Mark)][number]
    text = Run("planted", mark.x - 2, mark.y + 1.5, mark.w, 6.0, "DO NOT USE ME AT ALL", "bold", 16.0)
    ink = Fill("planted", mark.x, mark.y + mark.h / 3, mark.w, mark.h / 3)
    # Bars forgive a blot that leaves part of their height free: the words must cover it all.
    rows = [dataclasses.replace(text, y=mark.y - 2 + n * 2.0) for n in range(5)] if number else [text]
    planted = dataclasses.replace(
        drawing, boxes=(*drawing.boxes, *([ink] * 1 if over == "ink" and not number else rows))
    )

    with pytest.raises(LabelRefused) as refused:
        decode_back(dots_of(planted, 203), planted.expected)

    assert refused.value.field == mark.field


def test_a_symbol_that_stands_twice_or_unasked_is_found() -> None:
    drawing = drawing_of(bag(), "101.6x76.2", 203)
    mark = next(box for box in drawing.boxes if isinstance(box, Mark))
    twice = dataclasses.replace(drawing, boxes=(mark, dataclasses.replace(mark, x=mark.x - 30)))

    with pytest.raises(LabelRefused, match="2 times"):
        decode_back(dots_of(twice, 203), drawing.expected)
    with pytest.raises(LabelRefused, match="unasked"):
        decode_back(dots_of(drawing, 203), ())


def test_another_symbol_than_meant_is_found() -> None:
    drawing = drawing_of(bag(), "101.6x76.2", 203)
    other = codes.ExpectedCode("code", b"%VT-F-4M8D0ZRWP-2%", "]d1")
    wrong_identifier = codes.ExpectedCode("code", b"%VT-F-4M8D0ZRWP-1%", "]d2")

    for meant in (other, wrong_identifier):
        with pytest.raises(LabelRefused):
            decode_back(dots_of(drawing, 203), (meant,))


@settings(deadline=None, derandomize=True)
@given(IDS, st.integers(1, 99))
def test_every_id_reads_back(code_id: str, copy: int) -> None:
    code = codes.make("F", code_id, copy)
    grid = np.array(codes.data_matrix("code", code).rows)
    picture = np.kron(np.where(np.pad(grid, 2), 0, 255), np.ones((4, 4))).astype(np.uint8)

    (found,) = zxingcpp.read_barcodes(picture)
    assert (bytes(found.bytes), found.symbology_identifier) == (code.encode(), "]d1")
