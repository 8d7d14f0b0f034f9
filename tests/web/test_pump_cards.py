"""A pump without a touch: its screen is entered with typing cards, and the whole of it goes by scans, weights and cards (R55)."""

from __future__ import annotations

import string
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from labels import CommandCards, render
from labels.wording import card_words, typing_words
from tests.people.cast import ANN, BO
from tests.pharmacy import card
from tests.web.conftest import Pharmacy, Running, sign_in_station
from tests.web.test_pump import Making, filled, ordered

__all__ = ["ordered"]
pytestmark = pytest.mark.browser
SCREEN = (
    *("LF", "LU", "DASH", "LC", "LO", "LN", "LT"),
    "NEXT",
    "N7",
    "NEXT",
    "N9",
    "N2",
    "NEXT",
    "N2",
    "POINT",
    "N0",
    "NEXT",
    "N4",
    "N6",
    "NEXT",
    "N1",
    "NEXT",
)
"""FU-CONT, version 7, 92 mL, 2.0 mL/h, 46 h, locked."""


def reads(page: Page, *codes: str) -> None:
    """Hold cards and badges to the tablet's own scanner, which types."""
    last = ""
    for code in codes:
        page.wait_for_timeout(520 if code == last else 60)  # the same card within half a second is one scan
        page.keyboard.type(code.removeprefix("]d1"), delay=1)
        page.keyboard.press("Enter")
        last = code


def test_there_is_a_card_for_each_digit_and_letter_and_none_is_a_command() -> None:
    letters = (f"L{letter}" for letter in string.ascii_uppercase)
    assert typing_words() == (*(f"N{digit}" for digit in range(10)), "POINT", "DASH", *letters)
    assert set(typing_words()).isdisjoint(card_words())


def test_the_typing_cards_are_printed_on_three_sheets_and_read_back() -> None:
    words = typing_words()
    for first in range(0, len(words), 14):
        render(CommandCards(words=words[first : first + 14]), "a4")


def test_r55_a_pumps_screen_is_entered_with_typing_cards_by_both_who_read_it(
    live_server: Running, pharmacy: Pharmacy, ordered: Making, page: Page
) -> None:
    filled(ordered)
    client, where = pharmacy.client(), f"{live_server.url}/terminal/HOOD-1/p/{ordered.id}"
    sign_in_station(client, ANN)
    for one in client._cookies.values():
        page.context.add_cookies([{"name": one.key, "value": one.value, "url": live_server.url}])
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(where)
    page.wait_for_timeout(400)
    reads(page, card("NEXT"))
    page.wait_for_url("**/programme")
    reads(page, *map(card, ("LX", "LY", "BACK", "NEXT")))
    expect(page.locator("#verdict")).to_contain_text("Enter what the screen shows first.")
    reads(page, *map(card, ("CAPTURE",)))
    expect(page.locator("#verdict")).to_contain_text("Here count the typing cards, NEXT and BACK.")
    reads(page, *map(card, SCREEN))
    page.wait_for_url(where)
    expect(page.locator("body")).to_have_attribute("data-slot", "photo-pump")
    ordered.at += timedelta(hours=1)
    ordered.do(ordered.shoot("pump"))
    page.goto(f"{where}/programme")
    page.wait_for_timeout(400)
    reads(page, *map(card, SCREEN))
    expect(page.locator("#verdict")).to_contain_text("The second person scans their badge")
    reads(page, f"]d1{BO.badge}")
    page.locator("#pin").fill(BO.pin)
    page.wait_for_timeout(450)
    page.context.set_offline(True)
    page.keyboard.press("Enter")
    expect(page.locator('#verdict[data-verdict="waiting"]')).to_contain_text("What was entered stays here")
    expect(page.locator("#network")).to_contain_text("OFFLINE 0 WAITING")
    assert "programme-check" not in ordered.p.entries
    page.context.set_offline(False)
    page.wait_for_timeout(450)
    page.locator("#pin").press("Enter")
    page.wait_for_url(where)
    assert ordered.p.entries["programme-check"].second == BO.id
