"""Plays the worked example in two browsers and writes a picture of each screen, light and dark: `make screenshots`."""

from __future__ import annotations

import logging
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from hardware_mocks.station import Station
from tests import more_screenshots
from tests.browser import filming
from tests.people.cast import ADA
from tests.web import play
from tests.web.at_station import Technician, open_hood

DESK = {"width": 1440, "height": 900}
TABLET = {"width": 1280, "height": 800}
COLOURS = 160
"""So many colours draw a screen without a difference that an eye sees, in a third of the bytes."""
SUFFIX = {"light": "", "dark": "-dark"}
AT_THE_DESK = {
    "board": "board", "quality": "quality", "recipes": "recipes", "policy": "policy",
    "pump-library": "pump-library", "formulary": "formulary", "package": "formulary/new",
    "recipe": "recipes/cyclophosphamide-20-bag",
    "open-vials": "open-vials", "printer": "stations/HOOD-1/printer",
    "messages": "messages", "message-try": "messages/try",
    "sender-profiles": "sender-profiles", "sender-profile": "sender-profiles/oncehr",
    "webhooks": "webhooks", "tokens": "me/tokens",
    "near-misses": "quality/cases", "welcome": "welcome", "hazardous-drug": "hazardous-drugs/e05d6f8cdc316626",
    "ending-soon": "expiring",
    "hazardous-drugs": "hazardous-drugs",
    "spills": "spills", "stations": "stations", "balance": "stations/HOOD-1", "records": "records", "exports": "exports",
    "account": "me", "trials": "trials", "label-texts": "label-texts/de",
    "hazardous-drug-new": "hazardous-drugs/new", "recipe-new": "recipes/new",
}  # fmt: skip
"""Screens of the desk by the name of their picture: where they are."""
OF_AN_ADMINISTRATOR = {
    "people": "people",
    "person": "people/ANN00001",
    "access": "access",
    "locks": "locks",
    "all-tokens": "tokens",
    "health": "health",
}
AT_THE_STATION = ("scale-check", "scanner-check", "labels", "emergency", "spill")
"""Screens of a station, by their address and picture."""

DRAWN = "() => [...document.images].every((one) => one.complete || one.getBoundingClientRect().top > innerHeight)"
"""Every picture that can be seen has come."""


class Unhurried(Technician):
    """Ann at the pace of hands, so that no picture says TOO FAST of her."""

    def scan(self, data: str) -> None:
        self.page.wait_for_timeout(900)
        super().scan(data)


def main(folder: Path) -> int:
    """Write the pictures to `folder`; returns 0."""
    folder.mkdir(parents=True, exist_ok=True)

    def shoot(page: Page, name: str) -> None:
        page.wait_for_function(DRAWN)
        page.wait_for_function("() => !document.querySelector('#verdict[data-verdict=right]')")
        page.wait_for_timeout(400)
        for theme in ("light", "dark"):
            page.evaluate("(theme) => { document.documentElement.dataset.bsTheme = theme; }", theme)
            drawn = Image.open(BytesIO(page.screenshot())).convert("RGB")
            drawn.quantize(COLOURS, dither=Image.Dither.NONE).save(folder / f"{name}{SUFFIX[theme]}.png", optimize=True)
        page.evaluate("() => { delete document.documentElement.dataset.bsTheme; }")
        print(name)

    with ExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        clip = data / "clip.mjpeg"
        station = stack.enter_context(Station(speed=6.0))
        hood = stack.enter_context(contextmanager(open_hood)(data / "record", station, clip))
        logging.getLogger("werkzeug").setLevel(logging.ERROR)  # set after the application has set up its own log
        hood.film("vials")
        playwright = stack.enter_context(sync_playwright())
        browser = filming(playwright, clip)
        stack.callback(browser.close)
        preparation = play.receive(hood)
        pam = play.Pharmacist(browser.new_context(viewport=DESK).new_page(), hood, shoot)  # type: ignore[arg-type]
        tablet = browser.new_context(viewport=TABLET, permissions=["camera"])  # type: ignore[arg-type]
        ann = Unhurried(tablet.new_page(), hood)
        pam.page.add_init_script("localStorage.setItem('vialtrace-tour', 'ended')")
        pam.sign_in()
        pam.verify("cyclophosphamide")
        ann.page.goto(f"{hood.url}/terminal/HOOD-1")
        shoot(ann.page, "terminal")
        ann.sign_in()
        play.make(ann, shoot)
        pam.approve()
        play.release(ann, shoot)
        pam.page.goto(f"{hood.url}/record/{preparation}")
        shoot(pam.page, "record")
        for name, path in AT_THE_DESK.items():
            pam.page.goto(f"{hood.url}/{path}")
            shoot(pam.page, name)
        ada = play.Pharmacist(browser.new_context(viewport=DESK).new_page(), hood)  # type: ignore[arg-type]
        ada.page.add_init_script("localStorage.setItem('vialtrace-tour', 'ended')")
        ada.sign_in(ADA)
        for name, path in OF_AN_ADMINISTRATOR.items():
            ada.page.goto(f"{hood.url}/{path}")
            shoot(ada.page, name)
        for name in AT_THE_STATION:
            ann.page.goto(f"{hood.url}/terminal/HOOD-1/{name}")
            shoot(ann.page, name)
        for number, scene in enumerate((more_screenshots.swallowed, more_screenshots.told)):
            scene(browser, data / f"more{number}", shoot)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "screenshots")))
