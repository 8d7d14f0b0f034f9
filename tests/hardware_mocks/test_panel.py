"""The panel: every POST does what it says, refuses in words, and the page does it by hand in a browser."""

import json
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from hardware_mocks.panel import presets
from hardware_mocks.panel.offer import Offer
from hardware_mocks.panel.server import Panel
from hardware_mocks.station import Station
from tests.browser import launched
from tests.hardware_mocks.hosts import host_of

SHOTS = {
    "title": "one",
    "weights": [{"name": "full", "g": "42.97", "shot": "drawn"}],
    "codes": [{"name": "A", "data": "]d1A", "shot": "staged"}],
    "pictures": [{"name": "vial", "kind": "vial"}, {"name": "syringe", "kind": "syringe"}],
    "shots": [{"name": "staged", "shows": ["vial", "vial"]}, {"name": "drawn", "shows": ["vial", "syringe"]}],
}


@pytest.fixture
def station():
    with Station("hood7", seed=4, speed=20) as running:
        yield running


@pytest.fixture
def panel(station):
    with Panel(station, presets.load()) as running:
        yield running


def get(panel, path):
    with urllib.request.urlopen(panel.url + path, timeout=5) as answer:
        return answer.read()


def post(panel, path, body, **headers):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(panel.url + path, data=data, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.loads(refused.read())


def state(panel):
    return json.loads(get(panel, "/state"))


def wait_for(comes_true, seconds=3.0):
    deadline = time.monotonic() + seconds
    while not comes_true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def shows(panel, value):
    display = state(panel)["display"]
    return display["value"] == value and display["stable"]


def test_loads_are_put_added_taken_and_cleared(panel, station):
    assert post(panel, "/load", {"g": "24.55"})[0] == 200
    wait_for(lambda: shows(panel, "24.55"))
    post(panel, "/load", {"g": "20", "name": "weight", "how": "add"})
    wait_for(lambda: shows(panel, "44.55"))
    post(panel, "/load", {"name": "load", "how": "remove"})
    wait_for(lambda: shows(panel, "20.00"))
    post(panel, "/load", {"how": "clear"})
    wait_for(lambda: shows(panel, "0.00"))
    assert station.bench.items == ()


def test_a_code_is_held_to_the_scanner(panel, station):
    assert post(panel, "/scan", {"data": "]d1A"})[1]["heard"] is False
    with host_of(station.scanner_url) as host:
        wait_for(lambda: state(panel)["plugs"]["scanner"]["host"])
        assert post(panel, "/scan", {"data": "]d2010031\x1d21A"})[1]["heard"] is True
        assert host.hear_until(b"\r") == b"]d2010031\x1d21A\r"
    assert state(panel)["scans"] == ["]d1A", "]d2010031\x1d21A"]


def test_plugs_keys_serial_airflow_pan_and_speed(panel, station):
    post(panel, "/plug", {"device": "balance", "in": False})
    assert state(panel)["plugs"]["balance"]["in"] is False
    post(panel, "/plug", {"device": "balance", "in": True})
    assert station.plugged("balance")
    post(panel, "/load", {"g": "18.42"})
    wait_for(lambda: shows(panel, "18.42"))
    post(panel, "/key", {"key": "tare"})
    wait_for(lambda: shows(panel, "0.00"))
    assert state(panel)["display"]["tare"] == "18.42"
    assert post(panel, "/serial", {"serial": "X1"})[1]["serial"] == "X1"
    assert post(panel, "/airflow", {"on": True})[1]["airflow"] is True
    assert post(panel, "/speed", {"factor": 5})[1]["speed"] == 5
    post(panel, "/pan", {"lifted": True})
    wait_for(lambda: state(panel)["display"]["state"] == "under")
    post(panel, "/key", {"key": "power"})
    wait_for(lambda: state(panel)["display"]["state"] == "off")


def test_a_fault_is_caused_and_cleared(panel, station):
    assert post(panel, "/fault", {"code": "F8", "command": "SI", "times": 1})[1]["faults"] == ["F8"]
    with host_of(station.balance_url) as host:
        assert host.ask("SI", 0.2) == ""
        assert host.ask("SI").startswith("S ")
    post(panel, "/fault", {"code": "F23"})
    wait_for(lambda: state(panel)["display"]["state"] == "over")
    assert post(panel, "/fault", {"clear": True})[1]["faults"] == []
    wait_for(lambda: shows(panel, "0.00"))


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("/load", {"g": "heavy"}, "not a mass"),
        ("/load", {"g": 24.55}, "g is text"),
        ("/load", {}, "g is missing"),
        ("/load", {"how": "remove", "name": "ghost"}, "no 'ghost' on the pan"),
        ("/load", {"how": "throw", "g": "1"}, "how is only"),
        ("/load", b"not json", "Expecting value"),
        ("/load", [1], "a JSON object is needed"),
        ("/scan", {"data": ""}, "nothing in this code"),
        ("/plug", {"device": "kettle", "in": True}, "no 'kettle'"),
        ("/plug", {"device": "balance", "in": "no"}, "in is true or false"),
        ("/key", {"key": "escape"}, "no key"),
        ("/fault", {"code": "F0"}, "cannot be caused here"),
        ("/fault", {"code": "F8", "colour": "red"}, "F8 takes times"),
        ("/serial", {"serial": ""}, "cannot be a serial number"),
        ("/speed", {"factor": 0}, "out of reach"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words_and_changes_nothing(panel, path, body, words):
    before = state(panel)
    status, answer = post(panel, path, body)
    assert (status, words in answer["error"]) == (400, True), answer
    after = state(panel)
    for key in ("load", "items", "plugs", "serial", "faults", "speed", "airflow"):
        assert after[key] == before[key]


def test_another_site_cannot_work_the_panel(panel, station):
    assert post(panel, "/load", {"g": "1"}, Origin="http://evil.example")[0] == 403
    assert post(panel, "/load", {"g": "1"}, Host="evil.example")[0] == 403
    assert post(panel, "/load", {"g": "1"}, Origin=panel.url)[0] == 200
    assert post(panel, "/nowhere", {})[0] == 404


def test_pictures_are_served(panel):
    assert get(panel, "/picture?n=0&variant=blurred").startswith(b"\xff\xd8")
    with pytest.raises(urllib.error.HTTPError) as refused:
        get(panel, "/picture?n=99")
    refused.value.close()


def test_the_camera_sees_what_was_last_handled_and_can_be_spoiled_and_unplugged(tmp_path, station):
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(SHOTS))
    with Panel(station, Offer(file)) as panel:
        assert state(panel)["camera"] == {"shows": "staged", "variant": "sharp"}
        first, second = get(panel, "/still.jpg"), get(panel, "/still.jpg")
        assert first.startswith(b"\xff\xd8")
        assert first != second
        post(panel, "/load", {"g": "42.97", "name": "full"})
        assert state(panel)["camera"]["shows"] == "drawn"
        post(panel, "/scan", {"data": "]d1A"})
        assert state(panel)["camera"]["shows"] == "staged"
        post(panel, "/camera", {"variant": "frozen"})
        assert get(panel, "/still.jpg") == get(panel, "/still.jpg")
        assert post(panel, "/camera", {"shot": "ghost"})[0] == 400
        assert post(panel, "/camera", {"variant": "upside down"})[0] == 400
        post(panel, "/plug", {"device": "camera", "in": False})
        with pytest.raises(urllib.error.HTTPError, match="503") as refused:
            get(panel, "/still.jpg")
        refused.value.close()


def test_a_file_of_presets_that_was_written_anew_is_offered_at_once(tmp_path, station):
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(SHOTS))
    with Panel(station, Offer(file)) as panel:
        before = state(panel)["presets"]
        file.write_text("{ half")
        assert json.loads(get(panel, "/presets"))["title"] == "one"
        file.write_text(json.dumps({**SHOTS, "title": "two"}))
        assert json.loads(get(panel, "/presets"))["title"] == "two"
        assert state(panel)["presets"] > before


def test_the_default_presets_are_the_worked_example():
    offered = presets.load()
    masses = {weight.name: weight.g for weight in offered.weights}
    assert str(masses["Syringe 1, filled"] - masses["Syringe 1, empty"]) == "24.55"
    assert str(masses["Syringe 1, overdrawn"] - masses["Syringe 1, empty"]) == "26.90"
    assert str(masses["Syringe 2, filled"] - masses["Syringe 2, empty"]) == "24.31"
    assert str(masses["Vial A + 25 mL"] - masses["Vial A, powder"]) == "25.06"
    assert str(masses["Vial B + 25 mL"] - masses["Vial B, powder"]) == "25.20"
    assert str(masses["Bag, both syringes in"] - masses["Bag, before"]) == "48.70"
    codes = {code.name: code.data for code in offered.codes}
    assert codes["Vial A"] == "]d201003100199555061727033110AB123\x1d21A7K2M9"
    assert codes["Vial B"] != codes["Vial A"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "cannot read presets"),
        ("[]", "one JSON object"),
        ('{"weights": [{"g": "1"}]}', "needs a name"),
        ('{"weights": [{"name": "a", "g": 1.5}]}', "g is text"),
        ('{"weights": [{"name": "a", "g": "-1"}]}', "cannot lie on the pan"),
        ('{"codes": [{"name": "a"}]}', "needs a name and data"),
        ('{"pictures": [{"name": "a", "kind": "cat"}]}', "vial, syringe, bag, cassette, elastomeric, bottle"),
        ('{"shots": [{"name": "a", "shows": ["ghost"]}]}', "ghost, of which there is no picture"),
    ],
)
def test_a_bad_file_of_presets_names_itself_and_the_entry(tmp_path, text, words):
    file = tmp_path / "mine.json"
    file.write_text(text)
    with pytest.raises(ValueError, match=words) as refused:
        presets.load(file)
    assert "mine.json" in str(refused.value)


def test_no_file_of_presets_is_said():
    with pytest.raises(ValueError, match="cannot read presets"):
        presets.load(Path("nowhere.json"))


def test_the_panel_leaves_no_thread(station):
    before = set(threading.enumerate())
    with Panel(station, presets.load()) as panel:
        get(panel, "/state")
    wait_for(lambda: set(threading.enumerate()) <= before)


@pytest.mark.browser
def test_a_person_works_the_bench_by_hand(panel, station, playwright):
    from playwright.sync_api import expect

    with host_of(station.scanner_url) as host:
        browser = launched(playwright)
        page = browser.new_page()
        problems = []
        page.on("console", lambda message: problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(panel.url)
        page.get_by_role("button", name="Syringe 1, empty 18.42 g").click()
        expect(page.locator("#value")).to_have_text("18.42")
        page.get_by_role("button", name="TARE", exact=True).click()
        expect(page.locator("#under")).to_have_text("Net · tare 18.42 g")
        page.get_by_role("button", name="Syringe 1, filled 42.97 g").click()
        expect(page.locator("#value")).to_have_text("24.55")
        expect(page.locator("#flag")).to_have_text("● stable")
        page.get_by_label("code, with AIM identifier").fill(r"]d2010031\x1d21A")
        page.get_by_role("button", name="Scan", exact=True).click()
        expect(page.locator("#scans li")).to_have_text(r"]d2010031\x1d21A")
        assert host.hear_until(b"\r") == b"]d2010031\x1d21A\r"
        page.locator(".plug[data-device=balance]").click()
        expect(page.locator(".plug[data-device=balance]")).to_contain_text("UNPLUGGED")
        assert not station.plugged("balance")
        page.locator(".fault[data-code=F23]").click()
        expect(page.locator("#flag")).to_have_text("▲ overload")
        page.get_by_role("button", name="End all faults").click()
        expect(page.locator("#going")).to_have_text("Everything works.")
        page.get_by_role("button", name="Clear the pan").click()
        expect(page.locator("#lying")).to_have_text("The pan is empty.")
        browser.close()
    assert problems == []
