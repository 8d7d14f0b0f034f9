"""Every screen of the terminal fits the glass: gloved fingers hit everything, nothing scrolls, every contrast holds."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from app import clock
from tests import pharmacy
from tests.people.cast import BO
from tests.web.at_station import Technician
from tests.web.reading import misread
from tests.web.test_shell_browser import MEASURE, axe
from workflows import commands as asked

pytestmark = pytest.mark.browser

SIZES = ((1280, 800), (1024, 768))
STEPS = (
    "cabinet", "ppe:mask", "vial:2", "photo-staged", "recon-before:1", "recon-after:1", "recon-mixed:1",
    "syringe-empty:1", "syringe-full:1", "bag-after", "label-scan", "wait",
)  # fmt: skip
CLIPPED = """() => [...document.querySelectorAll("main *")]
  .filter((e) => e.checkVisibility() && !e.closest("svg, .out-of-sight, video"))
  .filter((e) => e.children.length === 0 && e.textContent.trim())
  .filter((e) => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflow !== "visible"
    || (() => { for (let up = e.parentElement; up && up.id !== "glass"; up = up.parentElement) {
         if (getComputedStyle(up).overflow === "visible") continue;
         const [a, b] = [e.getBoundingClientRect(), up.getBoundingClientRect()];
         if (a.bottom > b.bottom + 1 || a.right > b.right + 1) return true; } return false; })())
  .map((e) => e.textContent.trim().slice(0, 60))"""


def fits(page: Page, name: str) -> list[str]:
    faults = []
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(150)
        found = [*page.evaluate(MEASURE)["faults"], *(f"clipped: {text}" for text in page.evaluate(CLIPPED))]
        faults += [f"{name} at {width}: {fault}" for fault in found]
    page.set_viewport_size({"width": 1280, "height": 800})
    return faults + [f"{name}: {fault}" for fault in misread(page.content())]


def test_every_step_fits_the_glass_and_passes_axe(ann: Technician) -> None:
    hood = ann.hood
    ann.sign_in()
    faults = fits(ann.page, "worklist") + axe(ann.page)
    for step in STEPS:
        hood.advance("approve" if step == "wait" else step)
        ann.page.goto(hood.url + hood.path)
        ann.slot(step)
        ann.page.wait_for_timeout(700 if step.startswith("photo") else 250)
        faults += fits(ann.page, step)
        faults += [f"{step}: {fault}" for fault in axe(ann.page)]
    assert faults == []


def test_every_other_page_fits_the_glass_and_passes_axe(ann: Technician) -> None:
    hood = ann.hood
    pharmacy.advance(hood.rooms, hood.preparation, "vial:1")
    ann.sign_in()
    faults = []
    pages = ("more", "discard", "hand-over", "take-over", "typed")
    for name in pages:
        ann.page.goto(f"{hood.url}{hood.path}/{name}")
        ann.page.wait_for_timeout(300)
        faults += fits(ann.page, name) + [f"{name}: {fault}" for fault in axe(ann.page)]
    for name in (
        "scale-check",
        "scanner-check",
        "labels",
        "emergency",
        "spill",
        "emergency?reason=something%20else",
        f"clean/{pharmacy.CABINET}",
    ):
        ann.page.goto(f"{hood.url}/terminal/{pharmacy.STATION}/{name}")
        ann.page.wait_for_timeout(800)
        faults += fits(ann.page, name) + [f"{name}: {fault}" for fault in axe(ann.page)]
    pharmacy._ask(hood.rooms, hood.preparation, asked.Pause("spill"), pharmacy.ANN)
    ann.page.goto(hood.url + hood.path)
    ann.slot("paused")
    faults += fits(ann.page, "paused")
    assert faults == []


def test_a_full_worklist_fits_the_glass(ann: Technician) -> None:
    at = clock.now()
    for number, priority, minutes in (("ORD1", "S", 30), ("ORD2", "R", 90), ("ORD3", "R", 1500)):
        pharmacy.verified_order(ann.hood.rooms, at, number=number, priority=priority, minutes=minutes)
    pharmacy.advance(ann.hood.rooms, ann.hood.preparation, "ppe:mask", member=BO)
    ann.sign_in()
    assert fits(ann.page, "worklist") == []
    first = ann.page.locator("tbody tr").first
    assert "STAT" in first.inner_text()
    assert "Bo K., HOOD-1" in ann.page.locator("tbody").inner_text()
    assert ann.page.locator("tbody tr").count() == 3
