"""A station's printer at a desk: Lee sets it up, prints a test label, scans it back, and sees each kind as it comes out."""

from __future__ import annotations

import io
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from flask.testing import FlaskClient
from PIL import Image
from playwright.sync_api import Page, expect
from sqlalchemy import Connection

from app import station_printers
from app.clock import new_command_id, now
from app.labelling import usual_stock
from app.record import outbox
from app.station_printers import ROLLS, printing
from app.station_settings import PrinterSettings
from labels import KINDS, printer_test, render
from labels.specimens import TITLES, specimen
from labels.stock import STOCKS
from tests.people.cast import LEE, PAM
from tests.web.conftest import Pharmacy, Running
from tests.web.desk import at_desk, post
from tests.web.test_shell_browser import axe

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
FORM["password"] = LEE.password


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


def test_labels_in_another_language_are_chosen_with_their_standing_and_their_larger_stock(
    pharmacy: Pharmacy, lee: FlaskClient
) -> None:
    assert "<dd>English</dd>" in lee.get(PAGE).text
    small = post(lee, PAGE, **FORM | {"language": "de"})
    assert (small.status_code, "smaller than 101.6x76.2 mm" in small.text) == (422, True)
    large = dict.fromkeys(("syringe", "pump", "oral_bottle"), "101.6x76.2")
    assert post(lee, PAGE, **FORM | large | {"language": "de"}).status_code == 303
    page = lee.get(PAGE).text
    assert "<dt>Language</dt><dd>German <span" in page
    assert "every label says so until two people of the site have signed its texts" in page
    picture = lee.get(f"{PAGE}/in_process.png")
    assert {lee.get(f"{PAGE}/{kind}.png").status_code for kind in TITLES} == {200}
    assert post(lee, PAGE, **FORM).status_code == 303
    assert picture.data != lee.get(f"{PAGE}/in_process.png").data
    assert "<dd>English</dd>" in lee.get(PAGE).text


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"language": "xx"}, "No label is written in xx"),
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


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"url": "socket://203.0.113.9:4444"}, "in no private network"),
        ({"url": "socket://[2001:db8::9]:9100"}, "in no private network"),
        ({"url": "socket://[::ffff:203.0.113.9]:9100"}, "in no private network"),
        ({"url": "socket://printer.elsewhere.example:9100"}, "no address by number"),
        ({"url": "socket://10..20.0.31:9100"}, "no address by number"),
        ({"password": ""}, "The printer stays as it was."),
        ({"password": "somebody else's"}, "The printer stays as it was."),
    ],
)
def test_an_open_screen_sends_no_label_out_of_the_house(
    pharmacy: Pharmacy, lee: FlaskClient, changed: dict[str, str], says: str
) -> None:
    answer = post(lee, PAGE, **(FORM | {"kind": "raw9100", "url": "socket://10.20.0.31:9100"} | changed))
    assert (answer.status_code, says in answer.text) == (422, True), answer.text
    with pharmacy.house.store.reading() as conn:
        assert printing(conn, "HOOD-1", pharmacy.house.settings).at is None


def test_the_settings_permit_a_printer_elsewhere_by_name(pharmacy: Pharmacy) -> None:
    url = "socket://printer.elsewhere.example:9100"
    elsewhere = PrinterSettings(kind="raw9100", url=url)
    own = pharmacy.house.settings.model_copy(update={"label_printers": ("printer.elsewhere.example",)})
    assert station_printers.unfit(elsewhere, pharmacy.house.settings) != ""
    assert station_printers.unfit(elsewhere, own) == ""
    stands = {code: one.model_copy(update={"printer": elsewhere}) for code, one in own.stations.items()}
    in_file = pharmacy.house.settings.model_copy(update={"stations": stands})
    assert station_printers.unfit(elsewhere, in_file) == "", "whoever writes the file may name any host"


def test_after_a_change_no_patients_label_leaves_before_the_test_label_was_scanned(
    pharmacy: Pharmacy, lee: FlaskClient
) -> None:
    def may_leave(kind: str) -> bool:
        with pharmacy.house.store.reading() as conn:
            return station_printers.withheld(conn, "HOOD-1", pharmacy.house.settings, kind) == ""

    assert may_leave("final"), "nobody changed what the settings file says"
    before = tried(pharmacy, lee)
    assert post(lee, PAGE, **FORM).status_code == 303
    assert (may_leave("final"), may_leave("in_process"), may_leave("test")) == (False, False, True)
    assert post(lee, f"{PAGE}/scanned", code=before).status_code == 422
    symbol = tried(pharmacy, lee)
    assert not may_leave("final"), "printed, and read by nobody"
    assert post(lee, f"{PAGE}/scanned", code=symbol).status_code == 303
    assert may_leave("final")
    tried(pharmacy, lee)
    assert may_leave("final"), "one more test label takes nothing back"
    post(lee, PAGE, **FORM)
    assert not may_leave("final")


def test_the_code_is_taken_as_the_stations_own_scanner_sends_it(pharmacy: Pharmacy, lee: FlaskClient) -> None:
    symbol = tried(pharmacy, lee)
    assert post(lee, f"{PAGE}/scanned", code=f"]D1{symbol}").status_code == 422
    assert post(lee, f"{PAGE}/scanned", code=f"]d1{symbol}").status_code == 303
    assert "what it prints can be read" in lee.get(PAGE).text


def put_labels(pharmacy: Pharmacy, how_many: int) -> None:
    """Labels of patients wait at HOOD-1."""

    def put(conn: Connection) -> None:
        for number in range(how_many):
            payload = {"preparation": "X", "kind": "final", "label": "4M8D0ZRW", "copy": number}
            lane = outbox.printer_lane("HOOD-1")
            outbox.put(conn, kind="print_label", lane=lane, payload=payload, at=now(), command_id=new_command_id())

    pharmacy.house.store.write(put)


def test_two_hundred_labels_later_the_test_label_is_remembered(pharmacy: Pharmacy, lee: FlaskClient) -> None:
    assert post(lee, f"{PAGE}/scanned", code=tried(pharmacy, lee)).status_code == 303
    put_labels(pharmacy, 200)
    assert "what it prints can be read" in lee.get(PAGE).text


def test_a_test_label_that_raises_is_given_up_and_a_patients_label_goes_on(
    pharmacy: Pharmacy, lee: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raises(*_: object) -> bytes:
        raise UnicodeError("label empty or too long")

    post(lee, f"{PAGE}/trial", command_id="C" * 26)
    with monkeypatch.context() as broken:
        broken.setattr(printer_test, "draw", raises)
        with pytest.raises(UnicodeError):
            pharmacy.house.printer.step()
    with pharmacy.house.store.reading() as conn:
        newest = station_printers.tested(conn, "HOOD-1", pharmacy.house.settings)
    assert newest is not None
    assert newest.entry.status == "dismissed"
    put_labels(pharmacy, 1)
    post(lee, f"{PAGE}/trial", command_id="D" * 26)
    assert pharmacy.house.printer.step(), "the patient's label"
    assert pharmacy.house.printer.step(), "the test label, which waits for no other"
    assert len(papers(pharmacy)) == 1


@pytest.mark.browser
@pytest.mark.soak
def test_lee_sets_the_printer_up_tries_it_and_scans_its_test_label_in_a_browser(
    live_server: Running, pharmacy: Pharmacy, page: Page
) -> None:
    page.goto(f"{live_server.url}/sign-in")
    page.fill("#user", LEE.user)
    page.fill("#password", LEE.password)
    page.get_by_role("button", name="Sign in").click()
    page.goto(live_server.url + PAGE)
    assert axe(page) == []
    page.get_by_text("Change the printer, its head, its roll or a stock").click()
    page.get_by_label("Language of its labels").select_option("de")
    for kind in ("syringe", "pump", "oral_bottle"):
        page.locator(f"#printer-{kind}").select_option("101.6x76.2")
    page.get_by_label("Why", exact=True).fill("a German ward")
    page.get_by_label("Your password").fill(LEE.password)
    page.get_by_role("button", name="Print so from now on").click()
    expect(page.get_by_text("every label says so until a pharmacist of the site has signed its texts")).to_be_visible()
    page.wait_for_function("() => [...document.images].every((one) => one.loading === 'lazy' || one.naturalWidth > 0)")
    before = set(papers(pharmacy))
    page.get_by_role("button", name="Print a test label").click()
    expect(page.get_by_text("WAITING for the printer")).to_be_visible()
    while pharmacy.house.printer.step():
        pass
    page.get_by_role("link", name="Look again").click()
    (paper,) = set(papers(pharmacy)) - before
    page.get_by_label("Its square symbol, by a scanner that types here").fill(symbol_on(paper))
    page.get_by_role("button", name="Check it").click()
    expect(page.get_by_text("what it prints can be read")).to_be_visible()
    assert axe(page) == []
