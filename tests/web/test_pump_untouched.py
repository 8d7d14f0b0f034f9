"""A cassette from sign-in to its check by scans, weights and cards alone, then its review by keys (R55)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal as D

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import Connection, insert

from app.catalogue import recipes
from app.catalogue.tables import package, unit
from app.clock import now
from app.demo import panel, stock
from app.demo.recipes import IN_A_CASSETTE
from app.interfaces.demo import demo_orders
from tests import pharmacy
from tests.people.cast import BO
from tests.web import play
from tests.web.at_station import Hood, Technician
from tests.web.bench import PROFILE as ONCEHR
from tests.web.test_pump import EIGHTH, SITE
from tests.web.test_pump_cards import SCREEN
from workflows.measured import drawn_in_all, infused
from workflows.recipe import Policy, Recipe

pytestmark = [pytest.mark.browser, pytest.mark.soak]
POLICY = replace(
    SITE,
    version=2,
    cstd=False,
    photos=("syringes", "final"),
    ppe=SITE.ppe[-2:],
    signed_by=("Pam Pharmacist", "Quin Pharmacist"),
)
SHELF = tuple(one for one in stock.UNITS if one.group == stock.IN_A_CASSETTE)
WEIGHED = (
    ("18.40", "syringe-full:1"), ("63.20", "syringe-empty:2"), ("18.41", "syringe-full:2"), ("63.51", "fluid-empty:1"),
    ("8.00", "fluid-full:1"), ("13.60", "photo-syringes"),
)  # fmt: skip


def furnished(
    hood: Hood, number: int = EIGHTH, recipe: Recipe = IN_A_CASSETTE, reservoir: str = "cassette", **changed: str
) -> str:
    """An order of the demo, verified, with its recipe, the site's policy, and what it is made of on the shelf."""
    raw = shelved(hood, recipe, reservoir, number)
    for was, becomes in changed.items():
        raw = raw.replace(was.replace("_", " "), becomes)
    hood.preparation = pharmacy.order(hood.rooms, raw.encode(), now(), ONCEHR)
    pharmacy.sign(hood.rooms, hood.preparation, "verify", "order verified")
    return hood.preparation


def shelved(hood: Hood, recipe: Recipe, reservoir: str, number: int, policy: Policy = POLICY) -> str:
    """Recipe, policy and stock of an order of the demo; its message, which nobody has received yet."""
    at = now()

    def rows(conn: Connection) -> None:
        signed = replace(recipe, signed_by=POLICY.signed_by)
        recipes.add_recipe(conn, signed, effective_from=at - timedelta(days=1))
        recipes.add_policy(conn, hood.house.settings.site, policy, effective_from=at - timedelta(minutes=5))
        empty = {"role": "base", "item": "demopump-100", "text": f"Demopump 100 mL {reservoir}", "volume_ml": "100"}
        conn.execute(insert(package), stock._device(reservoir, stock.CASSETTE) | empty)
        for one in stock.UNITS:
            if one.group in (stock.IN_A_CASSETTE, panel.DOXO):
                conn.execute(insert(unit), _received(one, at))

    hood.rooms.store.write(rows)
    return demo_orders(at, pharmacy.ZONE)[number][1].decode()


def _received(one: stock.DemoUnit, at: datetime) -> dict[str, object]:
    expiry = (at + timedelta(days=365)).date().isoformat()
    return {
        "label": one.label,
        "gtin14": one.gtin14,
        "lot": one.lot,
        "expiry": expiry,
        "received_at": at,
        "received_by": "x",
    }


def enters(ann: Technician) -> None:
    """Open the page with NEXT and spell what the pump's screen shows."""
    ann.card("NEXT")
    ann.page.wait_for_url("**/programme")
    ann.page.wait_for_timeout(500)
    for word in SCREEN:
        ann.card(word)
        ann.page.wait_for_timeout(150)


def test_r55_a_cassette_is_made_without_a_touch_and_reviewed_with_three_keys(ann: Technician, browser: Browser) -> None:
    hood, page = ann.hood, ann.page
    furnished(hood)
    hood.film("bag")
    ann.sign_in()
    pressed = ann.count_touches()
    page.reload()
    page.wait_for_url("**/worklist")
    ann.claim()
    ann.scan(pharmacy.cabinet_code())
    for item in POLICY.ppe:
        ann.slot(f"ppe:{item}")
        ann.card("NEXT")
    for one in SHELF:
        before = page.evaluate("document.body.dataset.version")
        ann.scan(pharmacy.own("U", one.label))
        page.wait_for_function("was => document.body.dataset.version !== was", arg=before)
    ann.slot("syringe-empty:1")
    for grams, then in WEIGHED:
        ann.weigh(grams, then)
    ann.photograph("reservoir-empty")
    ann.weigh("61.20", "reservoir-full")
    ann.weigh("156.70", "reservoir-closed")
    ann.card("NEXT")
    ann.slot("label-scan")
    label = hood.p().final_label()
    assert label is not None
    hood.film("bag")
    ann.scan(pharmacy.own("F", label.label_id, label.copy))
    ann.slot("photo-final")
    ann.photograph("programme")
    enters(ann)
    ann.slot("photo-pump")
    ann.photograph("programme-check")
    enters(ann)
    expect(page.locator("#verdict")).to_contain_text("The second person scans their badge")
    ann.scan(f"]d1{BO.badge}")
    expect(page.locator("#badge-state")).to_contain_text("Badge read")
    assert pressed == [], "from sign-in to the second person's PIN nothing was touched and no key pressed"
    page.locator("#pin").fill(BO.pin)
    page.wait_for_timeout(450)
    page.keyboard.press("Enter")
    ann.slot("wait")
    assert "pointerdown" not in pressed

    desk = browser.new_context(viewport={"width": 2200, "height": 1300})
    pam = Keyed(desk.new_page(), hood)
    pam.sign_in()
    pam.look_and_approve()
    desk.close()
    assert pam.keys == ("n", "p", "a")
    p = hood.p()
    assert "approve" in p.entries
    drawn, given = drawn_in_all(p), infused(p)
    assert drawn is not None
    assert given is not None
    assert (round(drawn.dose.mg), round(given.mg, 1)) == (4322, D("4321.3")), "44.80 g and 45.10 g; 92 mL are infused"


class Keyed(play.Pharmacist):
    """Pam, whose keys are counted beside those of her signature."""

    keys: tuple[str, ...] = ()

    def _key(self, key: str) -> None:
        self.keys = (*self.keys, key)
        super()._key(key)

    def look_and_approve(self) -> None:
        """Open the most urgent one, look at the sheet of its photos, and sign."""
        self.page.goto(f"{self.hood.url}/review")
        expect(self.page.locator("[data-preparation]").first).to_be_visible(timeout=60000)
        self._key("n")
        self.page.locator("#review").wait_for()
        self._key("p")
        expect(self.page.locator("#approve")).to_be_enabled(timeout=60000)
        self._key("a")
        self._give_secrets()
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
