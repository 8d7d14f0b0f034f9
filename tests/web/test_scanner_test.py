"""The scanner's self-test at the station, and the profile that its pages listen by."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect

from app.settings import StationSettings, WedgeSettings
from devices.scanner.selftest import GS, PROBES
from tests.people.cast import ANN
from tests.web.at_station import JSON, token_in
from tests.web.conftest import STATIONS, Pharmacy, Running
from tests.web.test_shell_browser import give_pin
from tests.web.test_shell_scan import scan

VIAL, BARS, CARD = (probe.aim + probe.data for probe in PROBES)
PATH = "/terminal/HOOD-1/scanner-check"


def at_station(pharmacy: Pharmacy) -> FlaskClient:
    client = pharmacy.client()
    token = token_in(client.get("/terminal/HOOD-1").text)
    form = {"badge": ANN.badge, "pin": ANN.pin, "csrf_token": token}
    assert client.post("/terminal/HOOD-1/sign-in", data=form).status_code == 302
    return client


def read(client: FlaskClient, raw: str, passed: str = "") -> dict[str, dict[str, str]]:
    form = {"raw": raw, "slot": passed, "csrf_token": token_in(client.get("/terminal/HOOD-1/worklist").text)}
    found: dict[str, dict[str, str]] = client.post(f"{PATH}/scan", data=form, headers=JSON).get_json()
    return found


def test_three_whole_symbols_make_a_scanner_ready(pharmacy: Pharmacy) -> None:
    client, passed = at_station(pharmacy), ""
    for raw, word in ((VIAL, "RIGHT"), (CARD, "RIGHT"), (BARS, "SCANNER READY")):
        answer = read(client, raw, passed)
        assert (answer["verdict"]["kind"], answer["verdict"]["word"]) == ("right", word)
        passed = answer["screen"]["act"]
    assert passed == "1 2 3"


def test_a_lost_separator_takes_its_tick_away_and_says_what_to_set(pharmacy: Pharmacy) -> None:
    client = at_station(pharmacy)
    answer = read(client, VIAL.replace(GS, ""), "1 2 3")
    assert answer["screen"]["act"] == "2 3"
    assert answer["verdict"]["kind"] == "check"
    assert "The separator is lost" in answer["verdict"]["says"]
    assert 'gs = ["F8"]' in answer["verdict"]["act"]


def test_a_station_hands_its_scanners_profile_to_each_of_its_pages(
    make_pharmacy: Callable[..., Pharmacy],
) -> None:
    wedge = WedgeSettings(suffix="none", aim=True, layout="us", gs=("F8",))
    stations = {**STATIONS, "HOOD-1": StationSettings(cabinets=("BSC-1",), wedge=wedge)}
    client = make_pharmacy(stations=stations).client()
    found = re.search(r'data-wedge="([^"]+)"', client.get("/terminal/HOOD-1").text)
    assert found is not None
    given = json.loads(html.unescape(found[1]))
    assert given == {"suffix": "none", "aim": True, "layout": "us", "gs": ["F8"]}
    assert "data-wedge" not in client.get("/sign-in").text


@pytest.mark.browser
def test_a_scanner_that_types_is_tested_on_the_glass(live_server: Running, page: Page) -> None:
    page.goto(f"{live_server.url}/terminal/HOOD-1")
    page.locator("html[data-scanner=heard]").wait_for()
    scan(page, ANN.badge)
    give_pin(page, ANN.pin)
    expect(page.get_by_text("Scan an order to begin")).to_be_visible()
    page.goto(f"{live_server.url}{PATH}")
    page.locator("html[data-scanner=heard]").wait_for()
    scan(page, VIAL)
    expect(page.locator('#verdict[data-verdict="right"]')).to_contain_text("came through whole")
    page.wait_for_timeout(600)
    page.keyboard.type(VIAL.split(GS)[0], delay=2)
    page.keyboard.press("F8")
    scan(page, VIAL.split(GS)[1])
    expect(page.locator('#verdict[data-verdict="check"]')).to_contain_text("part of the code is lost")
    page.wait_for_timeout(600)
    scan(page, BARS[3:])
    expect(page.locator("#verdict")).to_contain_text("without its AIM identifier")
