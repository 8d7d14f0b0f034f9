"""A station in the browser: the pharmacy over pretend instruments, and the moves of a technician who touches nothing."""

from __future__ import annotations

import contextlib
import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect
from werkzeug.test import TestResponse

from app import create_app
from app.clock import now
from app.people.secrets import CHEAP
from app.settings import Settings
from app.web.house import House, house_of
from hardware_mocks.camera import Scene, write_clip
from hardware_mocks.station import Station
from tests import pharmacy
from tests.laid import lay, scratch
from tests.people.cast import ANN, Member
from tests.pharmacy import Set, card, code_of
from tests.web.serving import serving
from workflows.preparation import Preparation

SCENES = {
    "vials": Scene(
        "vial", ("Cyclophosphamide", "for injection", "500 mg / vial", "Lot AB123"), pharmacy.own("U", "CYA00001")[3:]
    ),
    "stock": Scene("bag", ("capecitabine 500 mg", "120 film-coated tablets", "Lot CT4471")),
    "tray": Scene("bag", ("tablets in rows", "of five")),
    "bottle": Scene("bag", ("capecitabine 500 mg", "112 tablets")),
    "bag": Scene("bag", ("Dextrose 5 % 250 mL", "Cyclophosphamide 970 mg")),
    "other vial": Scene("vial", ("Cyclophosphamide", "100 mg / mL", "Lot WR5510"), pharmacy.own("U", "CYW00011")[3:]),
}
JSON = {"Accept": "application/json"}


def token_in(text: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', text)
    assert found is not None, text[:200]
    return found[1]


@contextlib.contextmanager
def patience(seconds: float = 90.0) -> Iterator[Callable[[], bool]]:
    end = time.monotonic() + seconds
    yield lambda: time.monotonic() < end


@dataclass
class Hood:
    """One station with a preparation that is ready."""

    app: Flask
    house: House
    station: Station
    url: str
    clip: Path
    preparation: str = ""
    _filmed: tuple[str, str] = ("vials", "sharp")

    @property
    def rooms(self) -> Set:
        return Set(self.house.store, self.house.dispatcher, self.house.blobs, self.house.door)

    def p(self) -> Preparation:
        return pharmacy.current(self.rooms, self.preparation)

    def advance(self, until: str) -> None:
        """Do what comes before a step without the browser."""
        pharmacy.advance(self.rooms, self.preparation, until, epoch=self.epoch())
        with patience() as may_wait:
            while may_wait() and self.p().in_process is None:
                time.sleep(0.05)

    def epoch(self) -> str:
        """The weighing epoch that the balance is in, once it answers."""
        pan = self.house.benches.at(pharmacy.STATION).pan  # type: ignore[union-attr]  # the station is set
        with patience() as may_wait:
            while may_wait() and not (found := pan.glance().epoch):  # type: ignore[union-attr]  # started with the house
                time.sleep(0.1)
        return found

    def client(self, member: Member = ANN) -> FlaskClient:
        """Somebody signed in at the station, without a browser."""
        client = self.app.test_client()
        token = token_in(client.get(f"/terminal/{pharmacy.STATION}").text)
        form = {"badge": member.badge, "pin": member.pin, "csrf_token": token}
        assert client.post(f"/terminal/{pharmacy.STATION}/sign-in", data=form).status_code == 302
        return client

    @property
    def path(self) -> str:
        return f"/terminal/{pharmacy.STATION}/p/{self.preparation}"

    def screen(self, client: FlaskClient) -> dict[str, Any]:
        """The screen as JSON."""
        found: dict[str, Any] = client.get(self.path, headers=JSON).get_json()["screen"]
        return found

    def post(self, client: FlaskClient, what: str, **fields: Any) -> TestResponse:
        """A form of the screen as it stands, with its command id and version."""
        shown = self.screen(client)
        token = token_in(client.get(f"{self.path}/more").text)
        form = {"command_id": shown["command_id"], "expected_version": shown["version"], "csrf_token": token, **fields}
        return client.post(f"{self.path}/{what}", data=form, headers=JSON)

    def film(self, scene: str, variant: str = "sharp") -> None:
        """What stands before the camera when it is next opened."""
        self._filmed = (scene, variant)
        self.film_on()

    def film_on(self) -> None:
        """The same scene in new frames: a clip is a second long, and a frame handed in before is refused."""
        scene, variant = self._filmed
        label = self.p().final_label() if scene in ("bag", "bottle") else None
        seen = SCENES[scene]
        if label is not None:
            seen = replace(seen, code=pharmacy.own("F", label.label_id, label.copy)[3:])
        write_clip(self.clip, [seen], variant=variant)


class Technician:
    """Ann at her tablet: she scans, weighs and holds up cards. After signing in she touches nothing."""

    def __init__(self, page: Page, hood: Hood) -> None:
        self.page, self.hood = page, hood
        self._last = ("", 0.0)

    def sign_in(self, member: Member = ANN) -> None:
        """Badge by the station's scanner, PIN on the keyboard."""
        if "/terminal/" not in self.page.url:
            self.page.goto(f"{self.hood.url}/terminal/{pharmacy.STATION}")
        self.wait_for_scanner()
        self.hood.station.scan(f"]d1{member.badge}")
        self.page.locator("#pin").wait_for(state="visible")
        self.page.locator("#pin").fill(member.pin)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def count_touches(self) -> list[str]:
        """From the next page on every press of pointer or key is kept in the list, whatever pages come and go."""
        pressed: list[str] = []

        def keep(kind: str) -> None:
            pressed.append(kind)

        self.page.expose_function("pressed", keep)
        self.page.add_init_script(
            "for (const kind of ['pointerdown', 'click', 'keydown'])"
            " window.addEventListener(kind, (event) => { if (event.isTrusted) window.pressed(kind); }, true);"
        )
        return pressed

    def wait_for_scanner(self) -> None:
        with patience() as may_wait:
            while not self.hood.station.connected("scanner") and may_wait():
                time.sleep(0.05)
        self.page.wait_for_timeout(500)

    def scan(self, data: str) -> None:
        """Hold a code up; the same one again only after half a second, or it counts as the same scan (F37)."""
        same, at = self._last
        if data == same and time.monotonic() - at < 0.6:
            self.page.wait_for_timeout(600)
        assert self.hood.station.scan(data), "nobody listens to the scanner"
        self._last = (data, time.monotonic())

    def card(self, word: str) -> None:
        self.scan(card(word))

    def sees(self, text: str, *, timeout: float = 60000) -> None:
        expect(self.page.locator(".instruction")).to_contain_text(text, timeout=timeout)

    def hears(self, kind: str, text: str, *, timeout: float = 60000) -> None:
        """A verdict of this kind with these words stands or stood on the glass."""
        place = self.page.locator(f'#verdict[data-verdict="{kind}"]')
        expect(place).to_contain_text(text, timeout=timeout)

    def slot(self, name: str, *, timeout: float = 60000) -> None:
        """The page has come to this step."""
        self.page.wait_for_function("name => document.body.dataset.slot === name", arg=name, timeout=timeout)

    def claim(self) -> None:
        self.scan(pharmacy.own("P", self.hood.preparation))
        self.page.wait_for_url(f"**/p/{self.hood.preparation}")
        self.slot("cabinet")

    def dress(self) -> None:
        self.scan(pharmacy.cabinet_code())
        for item in self.hood.p().policy.ppe:
            self.slot(f"ppe:{item}")
            self.card("NEXT")
        self.slot("vial:1")

    def stage(self) -> None:
        for name in (*pharmacy.STAGED, *pharmacy.PARTS):
            before = self.page.evaluate("document.body.dataset.version")
            self.scan(code_of(name))
            self.page.wait_for_function("was => document.body.dataset.version !== was", arg=before)
        self.slot("photo-staged")

    def weigh(self, grams: str, then: str) -> None:
        """Put it on the empty pan, wait until it was taken and the next step is there, and take it off."""
        self.put(grams)
        self.slot(then)
        self.lift()

    def put(self, grams: str) -> None:
        """Put it on the pan once the screen asks for it: the empty pan was seen."""
        expect(self.page.locator('[data-live="prompt"]')).to_have_text("Put it on the pan.")
        self.hood.station.put(grams)

    def lift(self) -> None:
        self.hood.station.clear()

    def photograph(self, then: str) -> None:
        self.page.wait_for_function("() => document.getElementById('finder')?.videoWidth > 0")
        self.card("CAPTURE")
        self.slot(then)
        self.hood.film_on()

    def open(self) -> None:
        """Go on with the preparation from the worklist, by its in-process label or its own code."""
        self.scan(pharmacy.own("P", self.hood.preparation))
        self.page.wait_for_url(f"**/p/{self.hood.preparation}")

    def begin_at(self, slot: str) -> None:
        """Sign in with everything before `slot` done."""
        self.hood.advance(slot)
        self.sign_in()
        self.open()
        self.slot(slot)

    def draw_up(self) -> None:
        for syringe, (empty, full) in enumerate((("18.42", "42.97"), ("18.39", "42.70")), start=1):
            self.slot(f"syringe-empty:{syringe}")
            self.weigh(empty, f"syringe-full:{syringe}")
            self.weigh(full, "syringe-empty:2" if syringe == 1 else "photo-syringes")

    def reconstitute(self) -> None:
        for vial, (empty, full) in enumerate((("38.74", "63.80"), ("38.61", "63.81")), start=1):
            self.slot(f"recon-before:{vial}")
            self.weigh(empty, f"recon-after:{vial}")
            self.weigh(full, f"recon-mixed:{vial}")
            self.card("NEXT")
        self.slot("syringe-empty:1")


@cache
def _seated() -> Path:
    """A pharmacy, closed, with everybody on its books and nothing else; made once a process."""
    folder = lay(scratch() / "data")
    settings = Settings(data_dir=folder, stations={pharmacy.STATION: pharmacy.station()}, demo=True)  # type: ignore[call-arg]  # the rest has defaults
    house = house_of(create_app(settings, cost=CHEAP))
    pharmacy.seat(house.door, now())
    house.store.close()
    return folder


def _bear_a_slow_machine(house: House) -> None:
    """A pause in the readings while the machine does something else begins no window anew."""
    bench = house.benches.at(pharmacy.STATION)
    if bench is not None and bench.pan is not None:
        bench.pan.link.rule = replace(bench.pan.link.rule, longest_gap_s=5.0)


def open_hood(folder: Path, station: Station, clip: Path, camera_url: str = "", **given: object) -> Iterator[Hood]:
    """A furnished, serving pharmacy over a pretend station, for as long as the iterator lives."""
    stands = pharmacy.station(station.balance_url, station.scanner_url, camera_url=camera_url)
    settings = Settings(data_dir=folder, stations={pharmacy.STATION: stands}, demo=True, site_telephone="555 010 0199")  # type: ignore[call-arg]  # the rest has defaults
    shutil.copytree(_seated(), folder)
    app = create_app(settings, cost=CHEAP)
    house, at = house_of(app), now()
    try:
        rooms = Set(house.store, house.dispatcher, house.blobs, house.door)
        pharmacy.furnish(rooms, at, **given)  # type: ignore[arg-type]  # what a test asks for
        house.start()
        _bear_a_slow_machine(house)
        for url in serving(app):
            hood = Hood(app, house, station, url, clip)
            hood.preparation = pharmacy.verified_order(rooms, at)
            yield hood
    finally:
        house.close()
