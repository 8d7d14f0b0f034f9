"""Screens that the worked example does not come by: a liquid by mouth, what a site adds, a message, a server that is away."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page

from app import clock, create_app
from app.people.secrets import CHEAP
from app.settings import Settings
from app.web.house import house_of
from tests.people.cast import ANN, PAM
from tests.web import test_additions as added
from tests.web import test_oral_liquid as oral
from tests.web.bench import PRINTER, Making, Seeded
from tests.web.conftest import STATIONS, Pharmacy, seated, sign_in_station
from tests.web.desk import at_desk, post
from tests.web.serving import serving
from tests.workflows.example import scan, weigh
from workflows.evidence import Confirmation, LabelCode
from workflows.rules.oral import SHAKEN

Shoot = Callable[[Page, str], None]
DESK = {"width": 1440, "height": 900}
TABLET = {"width": 1280, "height": 800}
TOLD = "Please take the photo again, with the vial turned so that its lot is seen."


@contextmanager
def opened(folder: Path) -> Iterator[tuple[Pharmacy, str]]:
    """A pharmacy with the cast on its books, and where it serves."""
    shutil.copytree(seated(), folder)
    settings = Settings(data_dir=folder, stations=STATIONS, demo=True, site_telephone="555 010 0199")  # type: ignore[call-arg]  # the rest has defaults
    app = create_app(settings, cost=CHEAP)
    house = house_of(app)
    try:
        for url in serving(app):
            yield Pharmacy(app, house), url
    finally:
        house.store.close()


def page_of(browser: Browser, client: FlaskClient, url: str, size: dict[str, int]) -> Page:
    """A page of whoever is signed in with the client."""
    made = browser.new_context(viewport=size, permissions=["camera"])  # type: ignore[arg-type]  # width and height
    made.add_cookies([{"name": one.key, "value": one.value, "url": url} for one in client._cookies.values()])
    made.add_init_script("localStorage.setItem('vialtrace-tour', 'ended')")
    return made.new_page()


def swallowed(browser: Browser, folder: Path, shoot: Shoot) -> None:
    """A liquid by mouth: oral syringe, shaking, draw, and its review."""
    with opened(folder) as (pharmacy, url):
        seeded = Seeded(pharmacy.house, recipe=oral.SUSPENSION)
        order = seeded.receive(seeded.message(oral.SEVENTH, **oral.INTO_THE_MOUTH))
        made = oral.Swallowed(seeded, order, clock.now() - timedelta(minutes=8)).until_staged()
        client = pharmacy.client()
        sign_in_station(client, ANN)
        ann = page_of(browser, client, url, TABLET)
        ann.route("**/live*", lambda _: None)  # no balance stands here, and the step is what is to be seen

        def see(name: str) -> None:
            ann.goto(f"{url}/terminal/HOOD-1/p/{made.id}")
            shoot(ann, name)

        see("oral-syringe")
        made.do(weigh("8.60", made.at))
        see("oral-shake")
        made.do(Confirmation(SHAKEN))
        see("oral-draw")
        made.do(weigh("11.72", made.at))
        for photo in ("syringes", "empty"):
            made.do(made.shoot(photo))
        made.do(made.label("final"), PRINTER)
        made.do(scan(LabelCode("final", made.id, 1, made.id, False)))
        made.do(made.shoot("final"))
        pam = page_of(browser, at_desk(pharmacy, PAM), url, DESK)
        pam.goto(f"{url}/review/{made.id}")
        shoot(pam, "oral-review")


def told(browser: Browser, folder: Path, shoot: Shoot) -> None:
    """What a site adds to a procedure, a pharmacist's message, the size of the glass, a server that is away."""
    with opened(folder) as (pharmacy, url):
        seeded = Seeded(pharmacy.house, policy=added.SITE)
        begun = seeded.begin().id
        made = Making(seeded, begun, clock.now() - timedelta(minutes=2), timedelta(seconds=1)).until_drawn()
        client = pharmacy.client()
        sign_in_station(client, ANN)
        ann, path = page_of(browser, client, url, TABLET), f"{url}/terminal/HOOD-1/p/{made.id}"
        ann.goto(path)
        shoot(ann, "addition")
        made.do(Confirmation(added.ALOUD.says))
        ann.goto(f"{path}/confirmed")
        shoot(ann, "addition-second")
        ann.goto(f"{url}/terminal/HOOD-1/glass")
        shoot(ann, "glass")
        note = {"note": TOLD, "telephone": "555 0199", "command_id": "M" * 26}
        post(at_desk(pharmacy, PAM), f"/review/{made.id}/message", **note)
        ann.goto(path)
        shoot(ann, "message")
        ann.goto(f"{url}/terminal/HOOD-1/worklist")
        ann.locator("#news").wait_for()
        shoot(ann, "message-elsewhere")
        ann.evaluate("async () => Boolean((await navigator.serviceWorker.ready).active)")
        ann.context.set_offline(True)
        ann.goto(path)
        ann.get_by_text("WAITING for the server").wait_for()
        shoot(ann, "away")
