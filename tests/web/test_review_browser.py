"""Pam at her desk in a real browser: keys alone, photos that must be seen, a queue that moves by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from app.preparations import load
from tests.people.cast import BO, PAM, QUIN, Member
from tests.web.bench import PRINTER, Making, Seeded
from tests.web.conftest import Running
from tests.web.test_shell_browser import axe, scan
from workflows import commands as asked

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(browser: Browser) -> Iterator[Page]:
    made = browser.new_context(viewport={"width": 1440, "height": 900})
    page = made.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on(
        "console",
        lambda said: (
            troubles.append(said.text)
            if said.type == "error" and "Content Security" in said.text and "Evaluating a string" not in said.text
            else None
        ),
    )
    yield page
    made.close()
    assert troubles == []


def enter(page: Page, url: str, member: Member = PAM) -> None:
    page.goto(f"{url}/sign-in")
    page.keyboard.type(member.user)
    page.keyboard.press("Tab")
    page.keyboard.type(member.password)
    page.keyboard.press("Enter")
    listening(page, "/review")


def listening(page: Page, path: str) -> None:
    """Wait until this page is there and hears keys."""
    expect(page).to_have_url(re.compile(f"{path}$"))
    expect(page.locator("html[data-keys=ready]")).to_have_count(1)


def look_at(page: Page, url: str, made: Making) -> None:
    page.goto(f"{url}/review/{made.id}")
    listening(page, f"/review/{made.id}")


def see(page: Page, number: int) -> None:
    page.keyboard.press(str(number))
    expect(page.locator(f'figure[data-number="{number}"][data-seen]')).to_be_visible(timeout=60000)


def test_a_clean_review_by_keys_alone(live_server: Running, clean: Making, desk: Page) -> None:
    enter(desk, live_server.url)
    expect(desk.locator("#rows tr")).to_have_count(1)
    desk.keyboard.press("n")
    listening(desk, f"/review/{clean.id}")
    expect(desk.locator("#approve")).to_be_disabled()
    expect(desk.locator("#why")).to_have_text("photos 1, 2, 3 and 4 not seen yet")
    for number in (1, 2, 3, 4):
        see(desk, number)
    expect(desk.locator("#viewer aside .of")).to_contain_text("DEMO · NOT FOR CLINICAL USE")
    expect(desk.locator("#viewer aside .of")).to_contain_text("cyclophosphamide 970 mg")
    desk.keyboard.press("a")
    dialog = desk.locator("#dialog-sign")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("Pam Q.")
    desk.wait_for_timeout(450)
    expect(dialog).to_contain_text("approved for release")
    expect(dialog).to_contain_text(clean.id)
    desk.keyboard.type("pam")
    desk.keyboard.press("Tab")
    desk.keyboard.type(PAM.password)
    desk.keyboard.press("Enter")
    expect(desk.locator(".whose")).to_contain_text("approved")
    expect(desk.locator("#no-approval")).to_contain_text("approved already")
    expect(desk.locator("[data-decided]")).to_contain_text("APPROVED FOR RELEASE signed by Pam Q.")
    desk.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    assert desk.evaluate("document.elementFromPoint(700, 12).closest('.demo-strip') !== null")
    assert desk.evaluate("document.elementFromPoint(200, 60).closest('.whose') !== null")
    with live_server.pharmacy.house.store.reading() as conn:
        p = load(conn, clean.id)
    assert p is not None
    signed = p.signature("approve")
    assert signed is not None
    assert sorted(signed.photos_seen) == sorted(photo.sha256 for photo in p.photos())
    listening(desk, f"/review/{clean.id}")
    desk.keyboard.press("n")
    expect(desk.get_by_text("Nothing waits for you.")).to_be_visible()


def test_a_glance_is_not_seeing_and_a_does_nothing_before(live_server: Running, clean: Making, desk: Page) -> None:
    enter(desk, live_server.url)
    look_at(desk, live_server.url, clean)
    for number in ("1", "2", "3", "4"):
        desk.keyboard.press(number)
        desk.wait_for_timeout(250)
    desk.keyboard.press("Escape")
    expect(desk.locator("#viewer")).to_be_hidden()
    desk.keyboard.press("a")
    desk.wait_for_timeout(300)
    expect(desk.locator("#dialog-sign")).to_be_hidden()
    expect(desk.locator("#why")).to_have_text("photos 1, 2, 3 and 4 not seen yet")
    see(desk, 3)
    expect(desk.locator("#why")).to_have_text("photos 1, 2 and 4 not seen yet")


def test_on_an_office_screen_one_sheet_shows_all_four(live_server: Running, clean: Making, desk: Page) -> None:
    assert desk.viewport_size == {"width": 1440, "height": 900}
    enter(desk, live_server.url)
    look_at(desk, live_server.url, clean)
    desk.keyboard.press("p")
    expect(desk.locator("figure[data-seen]")).to_have_count(4)
    expect(desk.locator("#viewer > .of")).to_contain_text("DEMO")
    widths = desk.locator("figure img").evaluate_all("all => all.map((one) => one.getBoundingClientRect().width)")
    assert min(widths) >= 700
    desk.keyboard.press("a")
    expect(desk.locator("#dialog-sign")).to_be_visible()


def test_a_damaged_photo_keeps_approve_shut_and_says_so(live_server: Running, clean: Making, desk: Page) -> None:
    path = live_server.pharmacy.house.blobs.shelf.place(clean.shots["syringes"])
    path.chmod(0o640)
    path.write_bytes(b"\xff\xd8\xff not what was filed")
    enter(desk, live_server.url)
    look_at(desk, live_server.url, clean)
    expect(desk.locator("#why")).to_have_text("photo 2 cannot be shown")
    desk.keyboard.press("2")
    expect(desk.locator(".broken")).to_contain_text("Photo 2 cannot be shown")


def test_zoom_shows_the_originals_pixels_and_nothing_else_is_touched(
    live_server: Running, clean: Making, desk: Page
) -> None:
    enter(desk, live_server.url)
    look_at(desk, live_server.url, clean)
    see(desk, 2)
    desk.keyboard.press("z")
    image = desk.locator('figure[data-number="2"] img')
    expect(image).to_have_attribute("src", re.compile("/original$"))
    desk.wait_for_function("() => document.querySelector('figure[data-number=\"2\"] img').naturalWidth === 1920")
    assert image.evaluate("one => one.getBoundingClientRect().width") == 1920
    desk.keyboard.press("z")
    expect(image).to_have_attribute("src", re.compile("/display$"))


def test_typed_codes_are_ticked_one_by_one(live_server: Running, seeded: Seeded, desk: Page) -> None:
    made = seeded.begin().until_check(typed=True, witness=BO)
    enter(desk, live_server.url)
    look_at(desk, live_server.url, made)
    for number in range(1, 6):
        see(desk, number)
    desk.keyboard.press("Escape")
    expect(desk.locator("#why")).to_have_text("1 typed code not ticked yet")
    box = desk.locator("[data-accepts]")
    expect(box).not_to_be_checked()
    box.focus()
    desk.keyboard.press("Space")
    expect(desk.locator("#approve")).to_be_enabled()


def test_reject_by_keys_comes_back_filled_in_after_a_wrong_password(
    live_server: Running, clean: Making, desk: Page
) -> None:
    enter(desk, live_server.url)
    look_at(desk, live_server.url, clean)
    desk.keyboard.press("r")
    dialog = desk.locator("#dialog-reject")
    expect(dialog).to_be_visible()
    desk.select_option("#reason", "image unusable")
    desk.select_option("#to_step", "photo-final")
    dialog.get_by_text("Rework: this one").click()
    desk.fill("#reject-note", "Take the picture again, the label is out of focus")
    desk.fill("#reject-user", "pam")
    desk.fill("#reject-password", "wrong")
    desk.wait_for_timeout(450)  # no person fills a form within the 400 ms in which a scan's Enter is swallowed
    desk.keyboard.press("Enter")
    expect(dialog.locator(".trouble")).to_be_visible()
    expect(desk.locator("#reject-note")).to_have_value("Take the picture again, the label is out of focus")
    expect(desk.locator("#reason")).to_have_value("image unusable")
    desk.fill("#reject-user", "pam")
    desk.fill("#reject-password", PAM.password)
    desk.keyboard.press("Enter")
    expect(desk.locator(".whose")).to_contain_text("labelled")
    expect(desk.locator(".first")).to_contain_text("Sent back to: ")


def test_the_queue_moves_by_itself_and_others_see_who_has_what(
    live_server: Running, seeded: Seeded, desk: Page, browser: Browser
) -> None:
    enter(desk, live_server.url)
    expect(desk.get_by_text("Nothing waits for you.")).to_be_visible()
    made = seeded.begin().until_check()
    expect(desk.locator("#rows tr")).to_have_count(1)
    other = browser.new_context(viewport={"width": 1440, "height": 900})
    quin = other.new_page()
    enter(quin, live_server.url, QUIN)
    quin.goto(f"{live_server.url}/review/{made.id}")
    expect(desk.locator("#rows tr")).to_contain_text("Quin S. has it")
    look_at(desk, live_server.url, made)
    expect(desk.locator(".doing")).to_contain_text("Quin S. has it")
    expect(desk.locator("#approve")).to_have_count(0)
    quin.goto(f"{live_server.url}/orders")
    expect(desk.locator("#news")).to_contain_text("free again")
    other.close()


def test_a_page_that_is_no_longer_so_says_it_and_shuts_approve(live_server: Running, clean: Making, desk: Page) -> None:
    enter(desk, live_server.url)
    look_at(desk, live_server.url, clean)
    reprint = Making.label(clean, "final")
    clean.ask(
        asked.RecordLabel(type(reprint)("final", reprint.label_id, 2, reprint.sha256, "spool"), "smeared"), PRINTER
    )
    expect(desk.locator("#news")).to_contain_text("CHANGED SINCE YOU LOOKED: Label printed again: smeared")
    expect(desk.locator("#why")).to_have_text("changed since you looked")
    expect(desk.locator("#approve")).to_be_disabled()


def test_answering_a_call_takes_no_picture_back_that_was_seen(live_server: Running, clean: Making, desk: Page) -> None:
    clean.ask(asked.Call("Is the label straight?"))
    enter(desk, live_server.url)
    look_at(desk, live_server.url, clean)
    see(desk, 2)
    desk.keyboard.press("Escape")
    desk.get_by_role("button", name="Answer").click()
    desk.fill("#answer-note", "Straight enough, go on.")
    with desk.expect_navigation():
        desk.locator("#dialog-answer button", has_text="Answer").click()
    listening(desk, f"/review/{clean.id}")
    expect(desk.locator("#seen-count")).to_have_text("seen 1 of 4")
    desk.reload()
    listening(desk, f"/review/{clean.id}")
    expect(desk.locator("#seen-count")).to_have_text("seen 0 of 4")


def test_a_label_scanned_at_the_desk_opens_its_preparation(live_server: Running, clean: Making, desk: Page) -> None:
    from devices.scanner.own import check_character

    enter(desk, live_server.url)
    scan(desk, f"%VT-F-{clean.id}{check_character(clean.id)}-1%")
    expect(desk).to_have_url(re.compile(f"/record/{clean.id}$"))


def test_q33_what_is_typed_beside_a_field_never_becomes_an_address(
    live_server: Running, clean: Making, desk: Page
) -> None:
    enter(desk, live_server.url)
    scan(desk, PAM.password)
    desk.wait_for_timeout(500)
    expect(desk).to_have_url(re.compile("/review$"))


def test_one_letter_keys_can_be_turned_off(live_server: Running, clean: Making, desk: Page) -> None:
    enter(desk, live_server.url)
    desk.keyboard.press("?")
    expect(desk.locator("#keys")).to_be_visible()
    desk.locator("#keys-on").uncheck()
    desk.keyboard.press("Escape")
    desk.keyboard.press("n")
    desk.wait_for_timeout(400)
    expect(desk).to_have_url(re.compile("/review$"))


def test_j_k_and_enter_move_and_open(live_server: Running, seeded: Seeded, desk: Page) -> None:
    seeded.begin("DEMO2001").until_check()
    seeded.begin("DEMO2002").until_check()
    enter(desk, live_server.url)
    rows = desk.locator("#rows tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_have_attribute("aria-selected", "true")
    desk.keyboard.press("j")
    expect(rows.nth(1)).to_have_attribute("aria-selected", "true")
    desk.keyboard.press("k")
    expect(rows.nth(0)).to_have_attribute("aria-selected", "true")
    desk.keyboard.press("j")
    wanted = rows.nth(1).get_attribute("data-preparation")
    desk.wait_for_timeout(450)
    desk.keyboard.press("Enter")
    expect(desk).to_have_url(re.compile(f"/review/{wanted}$"))


def test_axe_finds_nothing_on_the_desk(live_server: Running, seeded: Seeded, desk: Page) -> None:
    held = seeded.begin("DEMO2003").until_check()
    held.ask(asked.Pause("pharmacist hold", "Photograph the bag again"), PAM)
    closed = seeded.begin("DEMO2004").until_closed(near_miss=True)
    made = seeded.begin("DEMO2001", **{"R^Routine": "S^Stat"}).until_check(near_miss=True, typed=True, witness=BO)
    seeded.order("DEMO2005")
    seeded.order("DEMO2006", **{"58.0": "88.0"})
    seeded.receive(seeded.message(0, DEMO000001="BAD1", **{"|970||mg": "|970,5||mg"}))
    enter(desk, live_server.url)
    found = {"/review": axe(desk)}
    for path in (
        "/orders",
        "/orders/refused/1",
        "/records",
        "/board",
        "/quality",
        "/quality/cases",
        "/policy",
        "/formulary/new",
        "/expiring",
        f"/record/{closed.id}",
        f"/review/{held.id}",
        f"/review/{made.id}",
    ):
        desk.goto(live_server.url + path)
        found[path] = axe(desk)
    desk.keyboard.press("2")
    expect(desk.locator("#viewer")).to_be_visible()
    found["viewer"] = axe(desk)
    desk.keyboard.press("Escape")
    desk.keyboard.press("r")
    expect(desk.locator("#dialog-reject")).to_be_visible()
    found["reject"] = axe(desk)
    desk.goto(live_server.url + "/orders")
    for number in range(desk.locator("table.orders tbody tr").count()):
        desk.goto(live_server.url + "/orders")
        desk.locator("table.orders tbody tr").nth(number).locator("a").first.click()
        found[f"order {number}"] = axe(desk)
    assert {path: list(faults) for path, faults in found.items() if faults} == {}
