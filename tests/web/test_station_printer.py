"""A station's printer at a desk: Lee sets it up, prints a test label, scans it back, and sees each kind as it comes out."""

from __future__ import annotations

import io
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from flask.testing import FlaskClient
from PIL import Image

from app import station_printers
from app.clock import now
from app.labelling import usual_stock
from app.station_printers import ROLLS, printing
from labels import KINDS, render
from labels.specimens import TITLES, specimen
from labels.stock import STOCKS
from tests.people.cast import LEE, PAM
from tests.web.conftest import Pharmacy
from tests.web.desk import at_desk, post

PAGE = "/stations/HOOD-1/printer"
SMALLEST = {
    "in_process": "101.6x50.8",
    "iv_bag": "101.6x76.2",
    "syringe": "101.6x50.8",
    "pump": "101.6x50.8",
    "oral_bottle": "101.6x76.2",
    "unit": "101.6x50.8",
}
"""The usual stock of each kind in a demo, whose mark takes room."""
FORM = {"kind": "pdf", "url": "", "queue": "", "dpi": "300", "roll_mm": "76.2", "why": "a new roll"} | SMALLEST


@pytest.fixture
def lee(pharmacy: Pharmacy) -> FlaskClient:
    return at_desk(pharmacy, LEE)


def papers(pharmacy: Pharmacy) -> list[Path]:
    return sorted((pharmacy.house.settings.data_dir / "labels").glob("test-*.pdf"))


def symbol_on(paper: Path) -> str:
    """What a scanner reads from the square symbol of a test label."""
    document = pypdfium2.PdfDocument(paper)
    page = document[0]
    picture: Image.Image = page.render(scale=300 / 72).to_pil()
    page.close()
    document.close()
    return next(one.text for one in zxingcpp.read_barcodes(picture) if one.format == zxingcpp.BarcodeFormat.DataMatrix)


def tried(pharmacy: Pharmacy, lee: FlaskClient) -> str:
    """Ask for a test label, let it print, and read its symbol."""
    before = set(papers(pharmacy))
    assert post(lee, f"{PAGE}/trial", command_id=f"{len(before):026d}").status_code == 303
    while pharmacy.house.printer.step():
        pass
    (paper,) = set(papers(pharmacy)) - before
    return symbol_on(paper)


def test_lee_changes_the_printer_with_a_reason_and_the_station_prints_so_from_then_on(
    pharmacy: Pharmacy, lee: FlaskClient
) -> None:
    chosen = FORM | {"kind": "raw9100", "url": "socket://10.20.0.31:9100", "syringe": "101.6x76.2"}
    assert post(lee, PAGE, **chosen).status_code == 303
    with pharmacy.house.store.reading() as conn:
        how = printing(conn, "HOOD-1", pharmacy.house.settings)
    assert (how.printer.kind, how.printer.url, how.printer.dpi, how.printer.roll_mm) == (
        "raw9100",
        "socket://10.20.0.31:9100",
        300,
        76.2,
    )
    assert how.stocks == SMALLEST | {"syringe": "101.6x76.2"}
    history = lee.get("/stations/HOOD-1").text
    assert "printer set up" in history
    assert "a new roll" in history
    page = lee.get(PAGE).text
    assert "a ZPL printer on its network port" in page
    assert "this page," in page


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"why": ""}, "reason"),
        ({"kind": "raw9100", "url": "10.20.0.31"}, "socket://"),
        ({"kind": "lp"}, "needs queue"),
        ({"kind": "fax"}, "kind"),
        ({"dpi": "600"}, "dpi"),
        ({"roll_mm": "long"}, "number of mm"),
        ({"roll_mm": "nan"}, "roll mm"),
        ({"roll_mm": "50.8"}, "longer than one on the roll"),
        ({"iv_bag": "101.6x50.8"}, "is smaller than 101.6x76.2 mm"),
        ({"iv_bag": "a4"}, "is smaller than"),
    ],
)
def test_what_cannot_print_every_label_is_refused_in_words_and_nothing_changes(
    pharmacy: Pharmacy, lee: FlaskClient, changed: dict[str, str], says: str
) -> None:
    answer = post(lee, PAGE, **(FORM | changed))
    assert answer.status_code == 422
    assert says in answer.text
    with pharmacy.house.store.reading() as conn:
        assert printing(conn, "HOOD-1", pharmacy.house.settings).at is None


def test_a_pharmacist_sees_how_a_station_prints_and_changes_nothing(pharmacy: Pharmacy) -> None:
    pam = at_desk(pharmacy, PAM)
    page = pam.get(PAGE).text
    assert "Print a test label" not in page
    assert post(pam, PAGE, **FORM).status_code == 403
    assert post(pam, f"{PAGE}/trial").status_code == 403


def test_a_test_label_is_printed_and_only_its_own_symbol_scanned_back_proves_the_printer(
    pharmacy: Pharmacy, lee: FlaskClient
) -> None:
    assert "Never printed here" in lee.get(PAGE).text
    old = tried(pharmacy, lee)
    symbol = tried(pharmacy, lee)
    page = lee.get(PAGE).text
    assert "not scanned back yet" in page
    assert symbol[6:14] not in page, "whoever reads the page cannot type it"
    for wrong in ("", "%VT-S-00000000%", old, symbol[:-3]):
        answer = post(lee, f"{PAGE}/scanned", code=wrong)
        assert (answer.status_code, "not the code of the newest test label" in answer.text) == (422, True)
    assert "printer: not tested" in lee.get("/stations").text
    assert post(lee, f"{PAGE}/scanned", code=symbol).status_code == 303
    assert "what it prints can be read" in lee.get(PAGE).text
    assert "printer: tested" in lee.get("/stations").text
    post(lee, PAGE, **FORM)
    assert "The printer was changed since" in lee.get(PAGE).text
    assert post(lee, f"{PAGE}/scanned", code=symbol).status_code == 422


def test_one_page_asks_for_one_test_label_however_often_it_is_sent(pharmacy: Pharmacy, lee: FlaskClient) -> None:
    for _ in range(2):
        post(lee, f"{PAGE}/trial", command_id="A" * 26)
    while pharmacy.house.printer.step():
        pass
    assert len(papers(pharmacy)) == 1


def test_a_test_label_that_cannot_leave_is_given_up_and_holds_no_label_of_a_patient(
    pharmacy: Pharmacy, lee: FlaskClient
) -> None:
    post(lee, PAGE, **(FORM | {"kind": "lp", "queue": "no-such-queue"}))
    post(lee, f"{PAGE}/trial", command_id="B" * 26)
    while pharmacy.house.printer.step():
        pass
    assert "Mend it, then print another." in lee.get(PAGE).text
    with pharmacy.house.store.reading() as conn:
        newest = station_printers.tested(conn, "HOOD-1", pharmacy.house.settings)
    assert newest is not None
    assert newest.entry.status == "dismissed"


def test_each_kind_is_shown_as_it_comes_out_of_this_printer_dot_for_dot(pharmacy: Pharmacy, lee: FlaskClient) -> None:
    post(lee, PAGE, **(FORM | {"syringe": "101.6x76.2"}))
    for kind in TITLES:
        picture = Image.open(io.BytesIO(lee.get(f"{PAGE}/{kind}.png").data))
        stock = STOCKS[SMALLEST[kind] if kind != "syringe" else "101.6x76.2"]
        assert abs(picture.width - stock.width * 300 / 25.4) < 2
        assert abs(picture.height - stock.height * 300 / 25.4) < 2
    assert lee.get(f"{PAGE}/poster.png").status_code == 404
    assert lee.get("/stations/NOWHERE/printer").status_code == 404


@pytest.mark.parametrize("kind", TITLES)
def test_whatever_fits_the_usual_stock_of_a_kind_fits_every_stock_that_is_offered(
    pharmacy: Pharmacy, kind: str
) -> None:
    settings = pharmacy.house.settings.model_copy(update={"demo": False})
    label = specimen(kind, None, settings.site_zone, now())
    usual = usual_stock(label, settings)
    assert usual in (KINDS[kind].stock, settings.syringe_stock)
    offered = station_printers.larger(usual)
    assert usual in offered
    assert set(offered) <= set(ROLLS)
    for stock in offered:
        render(label, stock, 203)
