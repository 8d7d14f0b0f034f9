"""Every page that anybody can open, in both themes: nothing on it shuts anybody out, and nothing on it can be misread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, WebError, expect

from app.catalogue.hazards import key_of
from tests.people.cast import ADA, ANN, LEE, PAM, UNA, Member
from tests.web.bench import Making, Seeded
from tests.web.conftest import Pharmacy, Running, sign_in_station
from tests.web.rights import EVERYBODY, TOKEN, table
from tests.web.test_pump import SCREEN, filled, ordered
from tests.web.test_shell_browser import MEASURE, axe, give_pin, scan

__all__ = ["ordered"]
pytestmark = [pytest.mark.browser, pytest.mark.soak]
WHO = {"pharmacist": PAM, "admin": ADA, "qa": UNA, "lead_technician": LEE, "technician": ANN, EVERYBODY: PAM}
SIZES = ((1280, 800), (1024, 768))
NO_PAGE = ("/static", "/api/v1", "/fhir", "/metrics", "/healthz", "/readyz")
"""Beginnings of what answers programs."""
LEAST = 60
"""So many pages there were when this was written."""


def said(told: WebError) -> str:
    """Which page, and what its script said."""
    return f"{told.page.url if told.page else 'a page that is gone'}: {told.error}"


def opened(route: str, values: dict[str, str]) -> str:
    """A route with its places filled in."""
    for name, value in values.items():
        for form in (f"<{name}>", f"<int:{name}>", f"<path:{name}>"):
            route = route.replace(form, value)
    return route


def routes() -> Iterator[tuple[str, Member]]:
    """Every route that is read, and somebody who may."""
    for route, method, who in table():
        if method == "GET" and not route.startswith(NO_PAGE) and not who.startswith(TOKEN):
            yield route, next(WHO[role] for role in WHO if role in who.split())


@pytest.fixture
def values(seeded: Seeded) -> dict[str, str]:
    """What stands in the places of addresses: things that are there."""
    seeded.begin("DEMO2003").until_closed(near_miss=True)
    making: Making = seeded.begin("DEMO2001").until_check(near_miss=True)
    seeded.order("DEMO2005")
    seeded.receive(seeded.message(0, DEMO000001="BAD1", **{"|970||mg": "|970,5||mg"}))
    return {
        "preparation": making.id, "link": making.id, "station": "HOOD-1", "code": "HOOD-1", "seq": "1", "version": "2",
        "person": ANN.id, "name": "cyclophosphamide-20-bag", "key": key_of("carboplatin", "injection"),
        "gtin": "00310019955506", "cabinet": "BSC-1",
    }  # fmt: skip


def entered(page: Page, url: str, member: Member) -> None:
    """Sign in at the desk, or at the tablet who has no other way."""
    if not member.password or member is ANN:
        page.goto(f"{url}/terminal/HOOD-1")
        scan(page, member.badge)
        give_pin(page, member.pin)
        expect(page.get_by_text("Scan an order to begin")).to_be_visible()
        return
    page.goto(f"{url}/sign-in")
    page.fill("#user", member.user)
    page.fill("#password", member.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".bar .who")).to_be_visible()


def fits(page: Page) -> list[str]:
    """What gloved fingers miss, and what is cut off."""
    faults: list[str] = []
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(150)
        faults += [f"at {width}: {one}" for one in page.evaluate(MEASURE)["faults"]]
    page.set_viewport_size({"width": 1280, "height": 800})
    return faults


def test_axe_finds_nothing_on_any_page_and_gloves_miss_nothing_at_the_tablet(
    browser: Browser, live_server: Running, values: dict[str, str], counted: Callable[..., None]
) -> None:
    pages: dict[tuple[str, bool], Page] = {}
    found, read, stopped = dict[str, list[str]](), set[str](), list[str]()
    for route, member in routes():
        at_tablet = route.startswith("/terminal/")
        who = ANN if at_tablet else member
        if (who.id, at_tablet) not in pages:
            pages[who.id, at_tablet] = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
            pages[who.id, at_tablet].context.on("weberror", lambda told: stopped.append(said(told)))
            entered(pages[who.id, at_tablet], live_server.url, who)
        page, path = pages[who.id, at_tablet], opened(route, values)
        answer = page.request.get(live_server.url + path)
        if "<" in path or not answer.ok or not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        page.goto(live_server.url + path)
        page.wait_for_timeout(300)
        read.add(route)
        faults = axe(page) + (fits(page) if at_tablet and page.locator("main.glass").count() else [])
        if faults:
            found[path] = faults
    counted("pages of people, each in both themes", pages=len(read), faults=sum(map(len, found.values())))
    assert stopped == [], "a script of a page stopped"
    assert found == {}
    assert len(read) >= LEAST, sorted({route for route, _ in routes()} - read)


def test_r55_both_pages_for_a_pumps_screen_fit_gloves(
    live_server: Running, pharmacy: Pharmacy, ordered: Making, page: Page
) -> None:
    filled(ordered)
    client, where = pharmacy.client(), f"{live_server.url}/terminal/HOOD-1/p/{ordered.id}/programme"
    sign_in_station(client, ANN)
    for one in client._cookies.values():
        page.context.add_cookies([{"name": one.key, "value": one.value, "url": live_server.url}])
    page.goto(where)
    faults = fits(page) + axe(page)
    ordered.do(SCREEN)
    ordered.at += timedelta(hours=1)
    ordered.do(ordered.shoot("pump"))
    page.goto(where)
    expect(page.locator("#second")).to_be_visible()
    faults += fits(page) + axe(page)
    page.locator("#second").evaluate("(form) => form.submit()")
    expect(page.locator(".trouble")).to_be_visible()
    assert faults + fits(page) + axe(page) == []
