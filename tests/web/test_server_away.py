"""The server is away: a tablet says so, keeps nothing that a server said, and goes on by itself when it is back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.station_settings import StationSettings
from app.web import away
from tests.people.cast import ANN
from tests.web.between import standing_before
from tests.web.conftest import Pharmacy, Running, sign_in_station
from tests.web.test_shell_browser import axe, give_pin, scan

KEPT = """async () => {
  const found = {};
  for (const name of await caches.keys())
    for (const one of await (await caches.open(name)).keys()) (found[name] ??= []).push(new URL(one.url).pathname);
  return found;
}"""
DROPPED = """() => { document.body.dataset.worker = ""; return import("/static/js/shell.js?again"); }"""
"""What the page does where the station's settings say that nothing is kept."""
KEEP = """async () => (await import("/static/js/kept.js")).keep({
  id: "x1", url: "/terminal/HOOD-1/p/X/scan", person: "x", fields: {}})"""
BREAKS = "() => { const one = document.createElement('form'); one.method = 'post'; document.body.append(one); one.submit(); }"
"""A form goes out while nobody answers."""
LOOK = "() => getComputedStyle(document.querySelector('.away h1')).fontFamily"
IMPATIENT = "() => { const real = AbortSignal.timeout.bind(AbortSignal); AbortSignal.timeout = (ms) => real(ms / 10); }"
"""The page waits a tenth as long for an answer."""
READY = "async () => Boolean((await navigator.serviceWorker.ready).active)"


def pieces(pharmacy: Pharmacy) -> tuple[str, list[str]]:
    """The build that the worker names, and what it keeps."""
    told = pharmacy.client().get("/tablet/worker.js").text
    build, kept = re.search(r'const BUILD = "(\w+)"', told), re.search(r"const FILES = (\[.*\]);", told)
    assert build is not None
    assert kept is not None
    return build[1], json.loads(kept[1])


def test_the_kept_page_is_the_same_for_everybody_and_names_nobody(pharmacy: Pharmacy) -> None:
    client = pharmacy.client()
    before = client.get("/tablet/away")
    sign_in_station(client, ANN)
    after = client.get("/tablet/away")
    assert before.text == after.text
    assert "csrf" not in after.text
    assert ANN.name not in after.text
    assert "script-src" not in after.headers["Content-Security-Policy"]
    assert after.headers["Content-Security-Policy"].startswith("default-src 'self'; ")


def test_the_worker_keeps_its_page_and_static_files_alone(pharmacy: Pharmacy) -> None:
    client = pharmacy.client()
    answer = client.get("/tablet/worker.js")
    assert answer.mimetype == "text/javascript"
    assert (answer.headers["Service-Worker-Allowed"], answer.headers["Cache-Control"]) == ("/terminal/", "no-store")
    _, kept = pieces(pharmacy)
    assert kept[0] == "/tablet/away"
    assert all(one.startswith("/static/") for one in kept[1:])
    page = client.get("/tablet/away").text
    asked = set(re.findall(r'(?:href|src)="([^"]+)"', page))
    assert asked <= set(kept), "the page asks for something that it would not have"
    for one in kept:
        with client.get(one) as found:
            assert found.status_code == 200, one


def test_every_module_of_the_kept_page_is_kept(pharmacy: Pharmacy) -> None:
    static = Path(str(pharmacy.app.static_folder))
    scripts = [name for name in away.FILES if name.endswith(".js")]
    for name in scripts:
        for other in re.findall(r'from "\./([^"]+)"', (static / name).read_text()):
            assert f"js/{other}" in scripts, (name, other)


def test_another_state_of_a_file_is_another_build(tmp_path: Path) -> None:
    for name in away.FILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    first, page = away._build(tmp_path, "page"), away._build(tmp_path, "other page")
    (tmp_path / away.FILES[0]).write_text("changed")
    away._build.cache_clear()
    assert len({first, page, away._build(tmp_path, "page")}) == 3


def test_a_station_that_keeps_no_page_says_so_to_its_tablet(make_pharmacy: object) -> None:
    stands = {"HOOD-1": StationSettings(offline_page=False), "HOOD-2": StationSettings()}
    client = make_pharmacy(stations=stands).client()  # type: ignore[operator]  # the fixture's function
    assert 'data-worker=""' in client.get("/terminal/HOOD-1").text
    assert 'data-worker="/tablet/worker.js"' in client.get("/terminal/HOOD-2").text


def test_no_script_sends_a_form_past_the_look_whether_the_server_answers(pharmacy: Pharmacy) -> None:
    scripts = list((Path(str(pharmacy.app.static_folder)) / "js").glob("*.js"))
    assert [one.name for one in scripts if ".requestSubmit(" in one.read_text()], "it looks at the right files"
    assert [one.name for one in scripts if ".submit(" in one.read_text()] == []


def test_no_script_waits_for_an_answer_for_ever(pharmacy: Pharmacy) -> None:
    """But the worker, which counts the time of a page by itself, and waits for what a form is answered."""
    scripts = (Path(str(pharmacy.app.static_folder)) / "js").glob("*.js")
    asked = {one.name: one.read_text() for one in scripts if re.search(r"\bfetch\(", one.read_text())}
    wait = {
        name for name, text in asked.items() if len(re.findall(r"\bfetch\(", text)) > text.count("AbortSignal.timeout(")
    }
    assert (len(asked) > 6, wait) == (True, {"worker.js"})


@pytest.fixture
def tablet(browser: Browser) -> Iterator[Page]:
    """A tablet that may have a worker."""
    made = browser.new_context(viewport={"width": 1280, "height": 800})
    yield made.new_page()
    made.close()


@pytest.mark.browser
def test_q14_a_tablet_says_that_the_server_is_away_and_goes_on_by_itself(live_server: Running, tablet: Page) -> None:
    page, url = tablet, f"{live_server.url}/terminal/HOOD-1"
    page.goto(live_server.url + "/healthz")
    page.evaluate("() => caches.open('vialtrace-shell-of-an-older-build')")
    page.goto(url)
    assert page.evaluate(READY)
    page.goto(url)  # from now on by the worker
    scan(page, ANN.badge)
    give_pin(page, ANN.pin)
    expect(page.get_by_text("Scan an order to begin")).to_be_visible()
    build, kept = pieces(live_server.pharmacy)
    assert page.evaluate(KEPT) == {f"vialtrace-shell-{build}": kept}

    page.evaluate(KEEP)
    page.context.set_offline(True)
    page.reload()
    expect(page.get_by_text("WAITING for the server")).to_be_visible()
    expect(page.locator("#network")).to_contain_text("OFFLINE 1 WAITING")
    expect(page.locator("#station")).to_have_text("station HOOD-1")
    assert "Scan an order" not in page.content()
    assert ANN.name not in page.content()
    assert axe(page) == []
    page.context.set_offline(False)
    expect(page.get_by_text("Scan an order to begin")).to_be_visible(timeout=60000)
    assert page.url == f"{url}/worklist"
    page.evaluate(DROPPED)
    page.wait_for_function("async () => !(await caches.keys()).length")
    page.wait_for_function("async () => !(await navigator.serviceWorker.getRegistrations()).length")


@pytest.mark.browser
def test_q14_a_proxy_that_says_502_or_swallows_leaves_the_tablet_its_page_and_it_goes_on(
    live_server: Running, tablet: Page
) -> None:
    with standing_before(live_server.url) as way:
        url = f"{way.url}/terminal/HOOD-1"
        tablet.goto(url)
        assert tablet.evaluate(READY)
        way.refuses = True
        tablet.goto(url)
        expect(tablet.locator("#station")).to_have_text("station HOOD-1")
        assert "Atkinson" in tablet.evaluate(LOOK)
        expect(tablet.get_by_text("look whether it was done")).to_be_hidden()
        tablet.evaluate(BREAKS)
        expect(tablet.get_by_text("look whether it was done")).to_be_visible()
        way.refuses = False
        expect(tablet.get_by_text("Scan your badge").first).to_be_visible(timeout=60000)
        way.passes.clear()
        assert "#" not in tablet.url
        tablet.goto(f"{way.url}/terminal/%FF", timeout=60000)
        expect(tablet.get_by_text("WAITING for the server")).to_be_visible()
        way.passes.set()
        expect(tablet.get_by_text("WAITING for the server")).to_be_hidden(timeout=60000)


@pytest.mark.browser
def test_q14_what_breaks_on_its_way_while_the_server_is_there_is_said_to_be_perhaps_done(
    live_server: Running, tablet: Page
) -> None:
    client = live_server.pharmacy.client()
    sign_in_station(client, ANN)
    with standing_before(live_server.url) as way:
        for one in client._cookies.values():
            tablet.context.add_cookies([{"name": one.key, "value": one.value, "url": way.url}])
        tablet.goto(f"{way.url}/terminal/HOOD-1/worklist")
        assert tablet.evaluate(READY)
        tablet.reload()  # from now on by the worker
        way.breaks = True
        tablet.evaluate(BREAKS)
        expect(tablet.get_by_text("PERHAPS DONE")).to_be_visible()
        assert tablet.url == f"{way.url}/terminal/HOOD-1/worklist"
        tablet.get_by_role("button", name="BACK TO THE PAGE").click()
        scan(tablet, "ORD7700123")
        expect(tablet.get_by_text("may have been done")).to_be_visible()
        expect(tablet.locator("#network")).to_contain_text("network ok", timeout=20000)


@pytest.mark.browser
def test_q14_a_form_that_the_network_swallowed_is_sent_when_it_is_pressed_again_and_never_by_itself(
    live_server: Running, page: Page
) -> None:
    client = live_server.pharmacy.client()
    sign_in_station(client, ANN)
    with standing_before(live_server.url) as way:
        for one in client._cookies.values():
            page.context.add_cookies([{"name": one.key, "value": one.value, "url": way.url}])
        page.goto(f"{way.url}/terminal/HOOD-1/worklist")
        page.evaluate(IMPATIENT)
        way.passes.clear()
        scan(page, "ORD7700123")
        expect(page.get_by_text("may have been done")).to_be_visible()
        expect(page.locator("#network")).to_contain_text("OFFLINE")
        page.get_by_role("button", name="BACK TO THE LIST").click()
        page.get_by_role("button", name="LOCK", exact=True).click()
        expect(page.get_by_text("WAITING for the network")).to_be_visible(timeout=60000)
        way.passes.set()
        page.get_by_role("button", name="BACK TO THE PAGE").click()
        page.evaluate("() => fetch('/healthz')")
        assert [one for one in way.posts if one.endswith("/lock")] == []
        page.get_by_role("button", name="LOCK", exact=True).click()
        page.wait_for_url(f"{way.url}/terminal/HOOD-1")
        assert [one for one in way.posts if one.endswith("/lock")] == ["/terminal/HOOD-1/lock"]
