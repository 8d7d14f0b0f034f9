"""A tablet's glass is measured with a bank card, and buttons have their millimetres on it from then on."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from app.stations import history
from app.web.glass import NotAGlassError, measured
from tests.people.cast import ANN
from tests.web.conftest import Pharmacy, Running, sign_in_station, token_of
from tests.web.test_shell_browser import MEASURE, axe

GLASS = "/terminal/HOOD-1/glass"
TEN_INCH = {"mm": "5.55", "width": "1920", "height": "1080", "ratio": "1"}


@pytest.mark.parametrize(
    ("mm", "width", "height", "why"),
    [
        ("2.99", "1280", "800", "not as long as a bank card"),
        ("8.01", "2560", "1600", "not as long as a bank card"),
        ("nonsense", "1280", "800", "did not say"),
        ("NaN", "1280", "800", "not as long as a bank card"),
        ("5.90", "", "800", "did not say"),
        ("5.90", "1090", "800", "smaller than 185 by 130 mm"),
        ("5.90", "1280", "766", "smaller than 185 by 130 mm"),
    ],
)
def test_what_can_be_no_glass_is_refused_in_words(mm: str, width: str, height: str, why: str) -> None:
    with pytest.raises(NotAGlassError, match=why):
        measured(mm, width, height, "1")


def test_the_glass_is_kept_by_its_browser_alone_and_styles_its_pages(pharmacy: Pharmacy) -> None:
    tablet, other = pharmacy.client(), pharmacy.client()
    for client in (tablet, other):
        sign_in_station(client, ANN)
    page = tablet.get(GLASS)
    assert "never measured" in page.text
    form = {**TEN_INCH, "csrf_token": token_of(page)}
    assert tablet.post(GLASS, data={**form, "mm": "9"}).status_code == 422
    answer = tablet.post(GLASS, data=form)
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert (answer.status_code, answer.location) == (303, "/terminal/HOOD-1/worklist")
    with pharmacy.house.store.reading() as conn:
        (line,) = history.lines(conn, "HOOD-1")[:1]
    assert (line.balance, line.what, line.who) == ("screen HOOD-1", "size measured with a bank card", ANN.id)
    assert dict(line.detail) == {"pixels a mm": "5.55", "screen": "1920x1080-1"}
    link = '<link rel="stylesheet" id="measured" data-of="1920x1080-1" href="/tablet/glass/5.55.css">'
    assert link in tablet.get("/terminal/HOOD-1/worklist").text
    assert "measured" not in other.get("/terminal/HOOD-1/worklist").text
    sheet = other.get("/tablet/glass/5.55.css")
    assert (sheet.text, sheet.mimetype) == (":root { --mm: 5.55px; }\n", "text/css")
    for wrong in ("2", "9", "5.9;}", "5.9e3", "x"):
        assert other.get(f"/tablet/glass/{wrong}.css").status_code == 404


def test_a_cookie_that_holds_no_glass_is_none(pharmacy: Pharmacy) -> None:
    client = pharmacy.client()
    for kept in ("1.00-1280x800-1", "5.90-800x600-1", "5.90;}-1280x800-1", "", "x"):
        client.set_cookie("vialtrace-glass", kept)
        assert 'id="measured"' not in client.get("/terminal/HOOD-1").text, kept


@pytest.mark.browser
def test_a_bar_as_long_as_a_bank_card_sets_the_size_of_every_button(
    live_server: Running, pharmacy: Pharmacy, page: Page
) -> None:
    client = pharmacy.client()
    sign_in_station(client, ANN)
    for one in client._cookies.values():
        page.context.add_cookies([{"name": one.key, "value": one.value, "url": live_server.url}])
    page.goto(live_server.url + GLASS)
    assert page.evaluate(MEASURE)["faults"] == []
    assert axe(page) == []
    for name, times in (("MUCH SHORTER", 4), ("LONGER", 5)):
        for _ in range(times):
            page.get_by_role("button", name=name, exact=True).click()
    box = page.locator("#bar").bounding_box()
    assert box is not None
    assert box["width"] == pytest.approx(85.6 * 5.55, abs=1)
    page.get_by_role("button", name="SAVE FOR THIS TABLET").click()
    page.wait_for_url("**/worklist")
    button = page.get_by_role("link", name="SCALE CHECK").bounding_box()
    assert button is not None
    assert button["height"] == pytest.approx(15 * 5.55, abs=0.6)
    expect(page.get_by_role("link", name="MEASURE GLASS")).to_be_hidden()
    cookie = next(one for one in page.context.cookies() if one["name"] == "vialtrace-glass")
    page.context.add_cookies([{**cookie, "value": "5.55-1280x800-2"}])  # as if its screen were another one now
    page.reload()
    expect(page.get_by_role("link", name="MEASURE GLASS")).to_be_visible()
    button = page.get_by_role("link", name="SCALE CHECK").bounding_box()
    assert button is not None
    assert button["height"] == pytest.approx(15 * 5.9, abs=0.6)
