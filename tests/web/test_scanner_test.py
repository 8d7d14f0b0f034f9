"""The scanner's self-test at the station, and the profile that its pages listen by."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.clock import now
from app.station_settings import StationSettings, WedgeSettings
from app.stations import scanner_gate
from app.stations.scanner_gate import PASSED, RIGHT, WRONG
from app.stations.tables import equipment_event
from devices.scanner.selftest import GS, PROBES
from tests.people.cast import ANN
from tests.pharmacy import code_of
from tests.web.at_station import JSON, Hood, token_in
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


def read(client: FlaskClient, raw: str) -> dict[str, dict[str, str]]:
    form = {"raw": raw, "csrf_token": token_in(client.get("/terminal/HOOD-1/worklist").text)}
    found: dict[str, dict[str, str]] = client.post(f"{PATH}/scan", data=form, headers=JSON).get_json()
    return found


def lines(pharmacy: Pharmacy) -> list[str]:
    with pharmacy.house.store.reading() as conn:
        mine = equipment_event.c.equipment == "HOOD-1 tablet scanner"
        return list(conn.execute(select(equipment_event.c.what).where(mine).order_by(equipment_event.c.seq)).scalars())


def test_f37_three_whole_symbols_make_a_scanner_ready_and_the_record_says_who_tested_it(pharmacy: Pharmacy) -> None:
    client = at_station(pharmacy)
    assert "The scanner that types into this tablet has not passed its test" in client.get(PATH).text
    for raw, word in ((VIAL, "RIGHT"), (CARD, "RIGHT"), (BARS, "SCANNER READY")):
        answer = read(client, raw)
        assert (answer["verdict"]["kind"], answer["verdict"]["word"]) == ("right", word)
    assert answer["screen"]["act"] == "1 2 3"
    assert f"by {ANN.name}. Scan the sheet again whenever its set-up was changed." in client.get(PATH).text
    assert lines(pharmacy) == [RIGHT, RIGHT, RIGHT, PASSED]


def test_f37_a_lost_separator_takes_every_tick_away_and_says_what_to_set(pharmacy: Pharmacy) -> None:
    client = at_station(pharmacy)
    for raw in (VIAL, BARS, CARD):
        read(client, raw)
    answer = read(client, VIAL.replace(GS, ""))
    assert answer["screen"]["act"] == ""
    assert answer["verdict"]["kind"] == "check"
    assert "The separator is lost" in answer["verdict"]["says"]
    assert 'gs = ["F8"]' in answer["verdict"]["act"]
    assert lines(pharmacy)[-1] == WRONG
    assert "failed its test: The separator is lost" in client.get(PATH).text


def test_f37_what_is_no_symbol_of_the_sheet_says_nothing_of_the_scanner(pharmacy: Pharmacy) -> None:
    client = at_station(pharmacy)
    for raw in (VIAL, BARS, CARD, "]C0another code altogether"):
        answer = read(client, raw)
    assert (answer["verdict"]["word"], answer["screen"]["act"]) == ("SET THE SCANNER", "1 2 3")


def test_f37_another_set_up_of_the_scanner_is_another_scanner(
    make_pharmacy: Callable[..., Pharmacy],
) -> None:
    first = make_pharmacy()
    client = at_station(first)
    for raw in (VIAL, BARS, CARD):
        read(client, raw)
    first.house.store.close()
    stations = {**STATIONS, "HOOD-1": StationSettings(cabinets=("BSC-1",), wedge=WedgeSettings(gs=("F8",)))}
    again = make_pharmacy(stations=stations, data_dir=first.house.settings.data_dir)
    assert "has not passed its test, as it is set up now" in at_station(again).get(PATH).text


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


def spoil(hood: Hood, raw: str = VIAL.replace(GS, "")) -> None:
    """Somebody tested this station's own scanner, and its separator was lost."""
    stands, at = hood.house.settings.stations["HOOD-1"], now()
    hood.house.store.write(lambda conn: scanner_gate.take(conn, "HOOD-1", "serial", stands, raw, at=at, who=ANN.id))


def test_f37_nothing_is_begun_with_a_scanner_that_failed_its_test(hood: Hood) -> None:
    spoil(hood)
    ann = hood.client()
    page = ann.get("/terminal/HOOD-1/worklist").text
    assert "SCANNER TEST</a>" in page
    form = {"preparation": hood.preparation, "csrf_token": token_in(page)}
    answer = ann.post("/terminal/HOOD-1/worklist/open", data=form, headers=JSON)
    said = answer.get_json()["verdict"]
    assert (answer.status_code, said["word"]) == (422, "SCANNER NOT TESTED")
    assert "This station's scanner failed its test: The separator is lost" in said["says"]
    assert said["act"] == scanner_gate.HOW_TO
    assert hood.p().claimed_by == ""
    for probe in PROBES:
        spoil(hood, probe.aim + probe.data)
    assert "SCANNER TEST</a>" not in ann.get("/terminal/HOOD-1/worklist").text
    assert ann.post("/terminal/HOOD-1/worklist/open", data=form, headers=JSON).status_code == 200
    assert hood.p().claimed_by == ANN.id


def test_f37_a_scanner_that_fails_in_mid_work_identifies_nothing_more_and_leaves_no_near_miss(hood: Hood) -> None:
    hood.advance("vial:1")
    spoil(hood)
    ann, scans = hood.client(), hood.house.benches.at("HOOD-1").scans  # type: ignore[union-attr]  # the station is set
    scans.add(code_of("vial A"), now())
    heard = f"{hood.house.benches.run}-{scans.count}"
    refused = hood.post(ann, "scan", heard=heard)
    assert (refused.status_code, refused.get_json()["verdict"]["word"]) == (422, "SCANNER NOT TESTED")
    assert (hood.p().near_misses, "vial:1" in hood.p().entries) == ((), False)
    by_tablet = hood.post(ann, "scan", raw=code_of("vial A"))
    assert (by_tablet.status_code, "vial:1" in hood.p().entries) == (200, True)


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
