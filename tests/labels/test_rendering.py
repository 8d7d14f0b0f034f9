"""One label, several outputs, many threads."""

from __future__ import annotations

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor

import pypdfium2
import pytest
from PIL import Image

from labels import Label, LabelRefused, render
from labels.rendering import Out
from tests.labels.examples import EXAMPLES, bag


@pytest.mark.parametrize(
    ("stock", "dpi", "dots"),
    [
        ("101.6x76.2", 203, (812, 609)),
        ("101.6x76.2", 300, (1200, 900)),
        ("101.6x50.8", 203, (812, 406)),
        ("101.6x50.8", 300, (1200, 600)),
    ],
)
def test_l6_the_picture_has_exactly_the_printers_dots(stock: str, dpi: int, dots: tuple[int, int]) -> None:
    picture = Image.open(io.BytesIO(render(bag(), stock, dpi).png))

    assert picture.size == dots
    assert picture.mode == "1"


def test_the_pdf_is_one_page_of_the_stock_with_its_fonts_inside() -> None:
    document = pypdfium2.PdfDocument(render(bag()).pdf)
    page = document[0]
    size = page.get_size()
    fonts = {text.get_font().get_base_name() for text in page.get_objects(filter=[1])}
    embedded = {text.get_font().is_embedded for text in page.get_objects(filter=[1])}
    pages = len(document)
    page.close()
    document.close()

    assert pages == 1
    assert size == pytest.approx((288, 216), abs=0.01)
    assert embedded == {True}
    assert all("DejaVuSans" in name for name in fonts)


@pytest.mark.parametrize("out", ["pdf", "png"])
def test_the_body_is_the_output_asked_for(out: Out) -> None:
    drawn = render(bag(), out=out)

    assert drawn.body == getattr(drawn, out)
    assert drawn.sha256 == hashlib.sha256(drawn.pdf).hexdigest()


def test_threads_draw_the_same_labels_as_one() -> None:
    labels = list({type(label): (label, stock) for label, stock in EXAMPLES.values()}.values())
    alone = [render(label, stock).sha256 for label, stock in labels]

    with ThreadPoolExecutor(4) as many:
        together = list(many.map(lambda one: render(*one).sha256, labels))

    assert together == alone


def test_a_label_of_no_kind_is_refused() -> None:
    with pytest.raises(LabelRefused):
        render(Label())
