"""The worked example as it is played in two browsers: a pharmacist verifies, a technician makes, a pharmacist releases."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from app.clock import now
from app.interfaces.demo import demo_orders
from tests import pharmacy
from tests.people.cast import PAM, Member
from tests.web.at_station import Hood, Technician

Shoot = Callable[[Page, str], None]


def no_picture(_page: Page, _name: str) -> None:
    """Play without taking screenshots."""


class Pharmacist:
    """Pam at her desk, with the keyboard alone."""

    def __init__(self, page: Page, hood: Hood, shoot: Shoot = no_picture) -> None:
        self.page, self.hood, self.shoot = page, hood, shoot

    def sign_in(self, member: Member = PAM) -> None:
        self.member = member
        self.page.goto(f"{self.hood.url}/sign-in")
        self.shoot(self.page, "sign-in")
        self.page.locator("input[name=user]").fill(member.user)
        self.page.locator("input[name=password]").fill(member.password)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def _key(self, key: str) -> None:
        """Press one letter as a person does, not as a scanner: with a rest before and after (SCREENS 6)."""
        self.page.wait_for_load_state("networkidle")
        self.page.wait_for_timeout(150)
        self.page.keyboard.press(key)
        self.page.wait_for_timeout(150)

    def _give_secrets(self) -> None:
        dialog = self.page.locator("dialog[open]")
        user = dialog.locator("input[name=user]")
        if user.count():
            user.fill(self.member.user)
        dialog.locator("input[name=password]").fill(self.member.password)
        self.page.wait_for_timeout(450)

    def verify(self, drug: str) -> None:
        """Compare the order with its message and sign it."""
        self.page.goto(f"{self.hood.url}/orders")
        self.shoot(self.page, "orders")
        self.page.locator(".list a", has_text=drug).first.click()
        self.page.locator("#verify").wait_for()
        self.shoot(self.page, "order")
        self._key("a")
        self._give_secrets()
        self.shoot(self.page, "order-signature")
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def approve(self) -> None:
        """N opens the most urgent, a digit shows the photos until all were seen, A and the password sign."""
        self.page.goto(f"{self.hood.url}/review")
        expect(self.page.locator("[data-preparation]").first).to_be_visible()
        self.shoot(self.page, "review-queue")
        self._key("n")
        self.page.locator("#review").wait_for()
        expect(self.page.locator("#approve")).to_be_disabled()
        self.shoot(self.page, "review")
        for number in range(1, 5):
            self._key(str(number))
            self.page.wait_for_timeout(1200)
            if number == 1:
                self.shoot(self.page, "review-photos")
            if self.page.locator("#approve").is_enabled():
                break
        expect(self.page.locator("#approve")).to_be_enabled(timeout=60000)
        self._key("a")
        self._give_secrets()
        self.shoot(self.page, "review-signature")
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")


def receive(hood: Hood) -> str:
    """Take in the demo's cyclophosphamide order as HL7; return its preparation, which waits to be verified."""
    raw = demo_orders(now(), pharmacy.ZONE)[0][1]
    hood.preparation = pharmacy.order(hood.rooms, raw, now())
    return hood.preparation


def make(ann: Technician, shoot: Shoot = no_picture) -> None:
    """From the worklist to "wait for the final check": scans, weights and command cards only."""
    hood, page = ann.hood, ann.page
    page.wait_for_url("**/worklist")
    shoot(page, "worklist")
    ann.claim()
    shoot(page, "cabinet")
    ann.dress()
    shoot(page, "staging")
    ann.stage()
    shoot(page, "photo")
    ann.photograph("recon-before:1")
    ann.reconstitute()
    ann.slot("syringe-empty:1")
    ann.weigh("18.42", "syringe-full:1")
    ann.put("45.32")
    ann.hears("wrong", "TOO MUCH IN SYRINGE 1")
    shoot(page, "overdrawn")
    ann.lift()
    ann.card("BACK")  # takes the red screen away and nothing else
    ann.put("42.97")
    expect(page.locator('[data-live="formula"]')).to_contain_text("+0.3 %")
    shoot(page, "weighing")
    ann.slot("syringe-empty:2")
    ann.lift()
    ann.weigh("18.39", "syringe-full:2")
    ann.weigh("42.70", "vial-after:1")
    shoot(page, "vial-after")
    ann.weigh("38.92", "vial-after:2")
    ann.weigh("40.12", "photo-syringes")
    hood.film("bag")
    ann.photograph("bag-before")
    ann.weigh("287.60", "bag-after")
    ann.weigh("336.30", "photo-empty")
    ann.photograph("label-scan")
    label = hood.p().final_label()
    assert label is not None
    shoot(page, "label")
    ann.scan(pharmacy.own("F", label.label_id, label.copy))
    ann.slot("photo-final")
    ann.photograph("wait")
    ann.sees("Wait for the final check.")
    shoot(page, "waiting")


def release(ann: Technician, shoot: Shoot = no_picture) -> None:
    """Scan off the in-process label, account for the leftovers."""
    ann.slot("release")
    ann.hears("right", "APPROVED")
    shoot(ann.page, "approved")
    label = ann.hood.p().in_process
    assert label is not None
    ann.scan(pharmacy.own("I", label.label_id, label.copy))
    ann.slot("waste")
    ann.card("NEXT")
    ann.slot("ended")
    shoot(ann.page, "released")
