"""A bag, a syringe and an elastomeric pump from sign-in to their check without a touch, and three keys for their review.

At each step gloved fingers hit everything, nothing scrolls, and axe finds nothing in either theme.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import Browser

from app.demo import panel, stock
from app.demo.recipes import DOXORUBICIN, IN_A_CASSETTE
from tests import pharmacy
from tests.web.at_station import Technician
from tests.web.test_every_page import fits
from tests.web.test_pump_untouched import SHELF, WEIGHED, Keyed, furnished
from tests.web.test_shell_browser import axe
from tests.web.test_syringe import SEVENTH

pytestmark = [pytest.mark.browser, pytest.mark.soak]
Note = Callable[..., None]


class Looked:
    """What is wrong with the screens of a preparation, looked at one by one."""

    def __init__(self, ann: Technician) -> None:
        self.ann, self.faults = ann, list[str]()
        self.steps = 0

    def at(self, slot: str) -> None:
        """Come to a step and look at its screen."""
        self.ann.slot(slot)
        self.ann.page.wait_for_timeout(300)
        self.steps += 1
        self.faults += [f"{slot}: {one}" for one in (*fits(self.ann.page), *axe(self.ann.page))]


def begun(ann: Technician) -> tuple[list[str], Looked]:
    """Sign in, count every touch from then on, and dress."""
    looked = Looked(ann)
    ann.sign_in()
    pressed = ann.count_touches()
    ann.page.reload()
    ann.page.wait_for_url("**/worklist")
    ann.claim()
    looked.at("cabinet")
    ann.scan(pharmacy.cabinet_code())
    for item in ann.hood.p().policy.ppe:
        looked.at(f"ppe:{item}")
        ann.card("NEXT")
    return pressed, looked


def stage(ann: Technician, looked: Looked, shelf: tuple[stock.DemoUnit, ...]) -> None:
    looked.at("vial:1")
    for one in shelf:
        before = ann.page.evaluate("document.body.dataset.version")
        ann.scan(pharmacy.own("U", one.label))
        ann.page.wait_for_function("was => document.body.dataset.version !== was", arg=before)


def labelled(ann: Technician, looked: Looked) -> None:
    """The final label comes out, is put on and scanned, and the finished thing is photographed."""
    looked.at("label-scan")
    label = ann.hood.p().final_label()
    assert label is not None
    ann.hood.film("bag")
    ann.scan(pharmacy.own("F", label.label_id, label.copy))
    looked.at("photo-final")
    ann.photograph("wait")
    looked.at("wait")


def reviewed(ann: Technician, browser: Browser) -> tuple[str, ...]:
    """The keys of a review beside its signature."""
    desk = browser.new_context(viewport={"width": 2200, "height": 1300})
    pam = Keyed(desk.new_page(), ann.hood)
    pam.sign_in()
    pam.look_and_approve()
    desk.close()
    assert "approve" in ann.hood.p().entries
    return pam.keys


def told(counted: Note, what: str, pressed: list[str], looked: Looked, keys: tuple[str, ...]) -> None:
    faults = len(looked.faults)
    counted(f"{what} untouched", touches=len(pressed), steps_looked_at=looked.steps, faults=faults, keys=len(keys))
    assert (pressed, looked.faults, keys) == ([], [], ("n", "p", "a"))


def test_a_bag_is_made_without_a_touch_and_reviewed_with_three_keys(
    ann: Technician, browser: Browser, counted: Note
) -> None:
    pressed, looked = begun(ann)
    ann.slot("vial:1")
    ann.stage()
    looked.at("photo-staged")
    ann.photograph("recon-before:1")
    ann.reconstitute()
    ann.draw_up()
    looked.at("photo-syringes")
    ann.hood.film("bag")
    ann.photograph("bag-before")
    looked.at("bag-before")
    ann.weigh("287.60", "bag-after")
    ann.weigh("336.30", "photo-empty")
    ann.photograph("label-scan")
    labelled(ann, looked)
    told(counted, "bag", pressed, looked, reviewed(ann, browser))


def test_a_syringe_is_made_without_a_touch_and_reviewed_with_three_keys(
    ann: Technician, browser: Browser, counted: Note
) -> None:
    furnished(ann.hood, SEVENTH, DOXORUBICIN)
    ann.hood.film("bag")
    pressed, looked = begun(ann)
    stage(ann, looked, tuple(one for one in stock.UNITS if one.group == panel.DOXO))
    looked.at("syringe-empty:1")
    ann.weigh("18.60", "syringe-full:1")
    looked.at("syringe-full:1")
    ann.weigh("38.67", "photo-syringes")
    ann.photograph("label-scan")
    labelled(ann, looked)
    told(counted, "syringe", pressed, looked, reviewed(ann, browser))


def test_r55_an_elastomeric_pump_is_made_without_a_touch_and_reviewed_with_three_keys(
    ann: Technician, browser: Browser, counted: Note
) -> None:
    recipe = replace(IN_A_CASSETTE, containers=("elastomeric",))
    order = {"CAS^Pump_cassette^L": "ELA^Elastomeric pump^L"}
    furnished(ann.hood, recipe=recipe, reservoir="elastomeric 2 mL/h", **order)
    assert ann.hood.p().plan.container == "elastomeric"
    ann.hood.film("bag")
    pressed, looked = begun(ann)
    stage(ann, looked, SHELF)
    looked.at("syringe-empty:1")
    for grams, then in WEIGHED:
        ann.weigh(grams, then)
    looked.at("photo-syringes")
    ann.photograph("reservoir-empty")
    looked.at("reservoir-empty")
    ann.weigh("61.20", "reservoir-full")
    looked.at("reservoir-full")
    ann.weigh("156.70", "reservoir-closed")
    looked.at("reservoir-closed")
    ann.card("NEXT")
    labelled(ann, looked)
    told(counted, "elastomeric pump", pressed, looked, reviewed(ann, browser))
