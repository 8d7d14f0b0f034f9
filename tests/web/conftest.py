"""A running pharmacy for the web's tests: the application over a temporary folder, a server on a free port, a browser."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, BrowserContext, Page, Playwright
from werkzeug.test import TestResponse

from app import create_app
from app.clock import now
from app.people.secrets import CHEAP
from app.settings import Settings
from app.station_settings import StationSettings
from app.web.house import House, house_of
from hardware_mocks.station import Station
from tests import browser as browsers
from tests.laid import lay, scratch
from tests.people.cast import Member, seat
from tests.web.at_station import Hood, Technician, open_hood
from tests.web.bench import Making, Seeded
from tests.web.serving import serving

STATIONS = {"HOOD-1": StationSettings(cabinets=("BSC-1",)), "HOOD-2": StationSettings(cabinets=("BSC-2",))}


@dataclass(frozen=True)
class Pharmacy:
    """A whole application with the cast on its books."""

    app: Flask
    house: House

    def client(self) -> FlaskClient:
        return self.app.test_client()


@dataclass(frozen=True)
class Running:
    """A pharmacy that serves."""

    url: str
    pharmacy: Pharmacy


@cache
def seated() -> Path:
    """A pharmacy, closed, with the whole cast on its books; made once a process."""
    folder = lay(scratch() / "data")
    house = house_of(create_app(Settings(data_dir=folder, stations=STATIONS, demo=True), cost=CHEAP))  # type: ignore[call-arg]  # the rest has defaults
    seat(house.door, now())
    house.store.close()
    return folder


@pytest.fixture
def make_pharmacy(tmp_path: Path) -> Iterator[Callable[..., Pharmacy]]:
    """Make pharmacies with settings of the test's choice; all are closed at the end."""
    made: list[House] = []

    def make(**given: object) -> Pharmacy:
        settings = Settings(**{"data_dir": tmp_path / f"data{len(made)}", "stations": STATIONS, "demo": True, **given})  # type: ignore[arg-type]  # what a test sets
        furnished = settings.data_dir.exists()
        if not furnished:
            shutil.copytree(seated(), settings.data_dir)
        app = create_app(settings, cost=CHEAP)
        house = house_of(app)
        made.append(house)
        return Pharmacy(app, house)

    yield make
    for house in made:
        house.store.close()


@pytest.fixture(scope="session")
def kept_bag(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Making]:
    """A pharmacy, closed, in whose folder one bag waits for its final check; tests copy it."""
    return waiting(tmp_path_factory.mktemp("kept"), near_miss=True)


@pytest.fixture(scope="session")
def kept_clean_bag(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Making]:
    """The same for a bag at which nothing went wrong."""
    return waiting(tmp_path_factory.mktemp("kept"), near_miss=False)


def waiting(place: Path, *, near_miss: bool) -> tuple[Path, Making]:
    folder = lay(place / "data")
    house = house_of(create_app(Settings(data_dir=folder, stations=STATIONS, demo=True), cost=CHEAP))  # type: ignore[call-arg]  # the rest has defaults
    seat(house.door, now())
    made = Seeded(house).begin().until_check(near_miss=near_miss)
    house.store.close()
    return folder, made


@pytest.fixture
def pharmacy(make_pharmacy: Callable[..., Pharmacy], tmp_path: Path, request: pytest.FixtureRequest) -> Pharmacy:
    if kept := kept_for(request):
        shutil.copytree(kept[0], tmp_path / "data0")
    return make_pharmacy()


@pytest.fixture
def live_server(pharmacy: Pharmacy) -> Iterator[Running]:
    for url in serving(pharmacy.app):
        yield Running(url, pharmacy)


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    started = browsers.launched(playwright)
    yield started
    started.close()


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the browser's camera shows; a test films something else into it."""
    return tmp_path_factory.mktemp("camera") / "clip.mjpeg"


@pytest.fixture(scope="session")
def filming(playwright: Playwright, clip: Path) -> Iterator[Browser]:
    """A browser whose camera plays the clip."""
    started = browsers.filming(playwright, clip)
    yield started
    started.close()


@pytest.fixture
def hood(tmp_path: Path, clip: Path, request: pytest.FixtureRequest) -> Iterator[Hood]:
    """A station with instruments and one verified order; furnished otherwise by an indirect parameter."""
    with Station(speed=6.0) as station:
        for made in open_hood(tmp_path / "data", station, clip, **getattr(request, "param", {})):
            if "filming" in request.fixturenames:
                made.film("vials")
            yield made


@pytest.fixture
def ann(hood: Hood, filming: Browser) -> Iterator[Technician]:
    """Ann before the tablet of the station; nobody is signed in yet."""
    made = filming.new_context(viewport={"width": 1280, "height": 800}, permissions=["camera"], service_workers="block")
    yield Technician(made.new_page(), hood)
    made.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1280, "height": 800}, service_workers="block")
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def token_of(answer: TestResponse) -> str:
    """The CSRF token of the page's first form."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', answer.text)
    if found is None:
        pytest.fail("the page has no form with a token")
    return found[1]


def sign_in_desk(client: FlaskClient, member: Member, **kwargs: object) -> TestResponse:
    """Sign in by name and password; returns the answer to the form."""
    token = token_of(client.get("/sign-in", **kwargs))  # type: ignore[arg-type]  # what the test client takes
    return client.post(
        "/sign-in", data={"user": member.user, "password": member.password, "csrf_token": token}, **kwargs
    )  # type: ignore[arg-type]  # as above


def sign_in_station(client: FlaskClient, member: Member, station: str = "HOOD-1") -> TestResponse:
    """Sign in by badge and PIN; returns the answer to the form."""
    token = token_of(client.get(f"/terminal/{station}"))
    form = {"badge": member.badge, "pin": member.pin, "csrf_token": token}
    return client.post(f"/terminal/{station}/sign-in", data=form)


@pytest.fixture
def seeded(pharmacy: Pharmacy, request: pytest.FixtureRequest) -> Seeded:
    if kept := kept_for(request):
        return replace(kept[1].seeded, house=pharmacy.house, furnished=True)
    return Seeded(pharmacy.house)


def kept_for(request: pytest.FixtureRequest) -> tuple[Path, Making] | None:
    """The pharmacy that this test begins with, where a bag waits in it."""
    named = {"checked": "kept_bag", "clean": "kept_clean_bag"}
    found = next((named[one] for one in request.fixturenames if one in named), None)
    return request.getfixturevalue(found) if found else None


@pytest.fixture
def checked(seeded: Seeded, kept_bag: tuple[Path, Making]) -> Making:
    """One bag that waits for its final check, a wrong vial having been refused."""
    made = kept_bag[1]
    return replace(made, seeded=seeded, shots=dict(made.shots))


@pytest.fixture
def clean(seeded: Seeded, kept_clean_bag: tuple[Path, Making]) -> Making:
    """One bag that waits for its final check, with nothing out of the ordinary."""
    made = kept_clean_bag[1]
    return replace(made, seeded=seeded, shots=dict(made.shots))


def add(app: Flask, path: str, view: Callable[..., object], name: str) -> None:
    app.add_url_rule(path, name, view, methods=["GET", "POST"])
