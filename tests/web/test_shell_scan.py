"""A scanner that types into the page: every case a real scanner has been seen to make."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Response
from playwright.sync_api import CDPSession, Page

from app.web.rights import open_to_all
from tests.web.conftest import Pharmacy, serving
from tests.web.layouts import FRENCH, GERMAN

pytestmark = pytest.mark.browser

PAGE = """<!doctype html><html lang="en"><title>wedge</title><body>
<button id="b" type="button">press</button><form id="f"><input id="typed" data-typing></form>
<script type="module" src="/wedge.js"></script></body></html>"""

SCRIPT = """
import { listen } from "/static/js/scan.js";
Object.assign(window, { heard: [], troubles: [], clicks: 0, sent: 0, shortcuts: [], hold: 0, reached: [] });
document.getElementById("b").addEventListener("click", () => { window.clicks += 1; });
document.getElementById("f").addEventListener("submit", (e) => { e.preventDefault(); window.sent += 1; });
window.start = (profile) => {
  listen({ profile,
    onScan: async ({ data, aim }) => {
      if (window.fail) throw new Error("no network");
      window.heard.push([aim, data]);
      if (window.hold) await new Promise((r) => setTimeout(r, window.hold));
    },
    onTrouble: ({ code }) => window.troubles.push(code),
    onShortcut: (key) => window.shortcuts.push(key) });
  window.addEventListener("keydown", (e) => window.reached.push(e.key));
};
window.ready = true;
"""

CODE = "0110019955500124"
GS = "\x1d"


@pytest.fixture
def address(pharmacy: Pharmacy) -> Iterator[str]:
    @open_to_all
    def wedge() -> str:
        return PAGE

    @open_to_all
    def script() -> Response:
        return Response(SCRIPT, mimetype="text/javascript")

    pharmacy.app.add_url_rule("/wedge", "wedge", wedge)
    pharmacy.app.add_url_rule("/wedge.js", "wedge_js", script)
    yield from serving(pharmacy.app)


Start = Callable[..., Page]


@pytest.fixture
def start(address: str, page: Page) -> Start:
    def begin(**profile: object) -> Page:
        page.goto(f"{address}/wedge")
        page.wait_for_function("window.ready === true")
        page.evaluate("profile => window.start(profile)", profile)
        return page

    return begin


def scan(page: Page, text: str, end: str | None = "Enter", delay: float = 2) -> None:
    for number, part in enumerate(text.split(GS)):
        if number:
            page.keyboard.press("Control+]")
        page.keyboard.type(part, delay=delay)
    if end:
        page.keyboard.press(end)


BURST = """async ([text, gap]) => {
  let at = performance.now();
  for (const key of [...text, "Enter"]) {
    const gs = key === "\u001d";
    const event = new KeyboardEvent("keydown", {key: gs ? "]" : key, ctrlKey: gs, bubbles: true, cancelable: true});
    Object.defineProperty(event, "timeStamp", {value: at});
    document.body.dispatchEvent(event);
    if (gap) await new Promise((done) => setTimeout(done, gap));
    at += gap + 1;
  }
}"""


def burst(page: Page, text: str, gap: int = 0) -> None:
    """A scan whose keys come `gap` ms apart however busy the test machine is."""
    page.evaluate(BURST, [text, gap])


def state(page: Page) -> dict[str, Any]:
    page.wait_for_timeout(30)
    got: dict[str, Any] = page.evaluate("({heard, troubles, clicks, sent, shortcuts, reached})")
    return got


def test_a_scan_is_heard_with_no_field_in_focus(start: Start) -> None:
    page = start()
    scan(page, CODE)
    got = state(page)
    assert (got["heard"], got["troubles"], got["reached"]) == ([["", CODE]], [], [])


@pytest.mark.parametrize("end", ["Enter", "Tab", "Control+m", "Control+j"])
def test_any_usual_suffix_ends_a_scan_and_moves_no_focus(start: Start, end: str) -> None:
    page = start()
    page.focus("#b")
    scan(page, CODE, end)
    got = state(page)
    assert (got["heard"], got["clicks"]) == ([["", CODE]], 0)
    assert page.evaluate("document.activeElement.id") == "b"


def test_the_suffix_presses_no_focused_button(start: Start) -> None:
    page = start()
    page.focus("#b")
    scan(page, CODE)
    scan(page, CODE + "9")
    assert state(page)["clicks"] == 0


@pytest.mark.parametrize("text", ["AB 12 34", " AB1234", "AB1234 ", "  AB  "])
def test_a_space_in_the_data_presses_no_button_and_is_kept(start: Start, text: str) -> None:
    page = start()
    page.focus("#b")
    scan(page, text)
    page.wait_for_timeout(150)
    got = state(page)
    assert (got["heard"], got["clicks"]) == ([["", text]], 0)


def test_gs_comes_as_ctrl_bracket_and_is_kept_between_the_fields(start: Start) -> None:
    page = start()
    scan(page, f"{CODE}10AB123{GS}21XY-9/a")
    assert state(page)["heard"] == [["", f"{CODE}10AB123{GS}21XY-9/a"]]


def test_a_station_may_name_another_key_for_gs(start: Start) -> None:
    page = start(gs=["F8"])
    page.keyboard.type("10AB123", delay=2)
    page.keyboard.press("F8")
    scan(page, "21XY")
    assert state(page)["heard"] == [["", f"10AB123{GS}21XY"]]


def test_f38_a_key_in_mid_code_that_means_nothing_here_is_said_and_never_dropped(start: Start) -> None:
    page = start()
    page.keyboard.type("10AB123", delay=2)
    page.keyboard.press("F8")
    scan(page, "21XY")
    got = state(page)
    assert (got["heard"], got["troubles"], "F8" in got["reached"]) == ([], ["lost_key"], False)


def test_a_persons_enter_and_space_still_press(start: Start) -> None:
    page = start()
    page.focus("#b")
    scan(page, CODE)
    page.wait_for_timeout(450)
    page.keyboard.press("Enter")
    assert state(page)["clicks"] == 1
    page.keyboard.press("Space")
    page.wait_for_timeout(500)
    assert state(page)["clicks"] == 2


def test_without_a_suffix_silence_ends_the_scan(start: Start) -> None:
    page = start(suffix="none")
    scan(page, CODE, end=None)
    page.wait_for_timeout(200)
    got = state(page)
    assert (got["heard"], got["troubles"]) == ([["", CODE]], [])


def test_elsewhere_silence_is_half_a_scan_and_half_a_scan_is_no_scan(start: Start) -> None:
    page = start()
    scan(page, CODE, end=None)
    page.wait_for_timeout(550)
    page.keyboard.press("Enter")
    got = state(page)
    assert (got["heard"], got["troubles"]) == ([], ["half"])


def test_the_rest_of_a_torn_scan_is_not_joined_to_its_beginning(start: Start) -> None:
    page = start()
    scan(page, "10AB123", end=None)
    page.wait_for_timeout(420)
    scan(page, "4567")
    got = state(page)
    assert (got["heard"], got["troubles"]) == ([["", "4567"]], ["half"])


def test_a_bumped_key_is_nothing(start: Start) -> None:
    page = start()
    scan(page, "abc")
    page.keyboard.press("x")
    page.wait_for_timeout(500)
    got = state(page)
    assert (got["heard"], got["troubles"]) == ([], [])


def test_typing_in_a_field_is_left_alone(start: Start) -> None:
    page = start()
    page.focus("#typed")
    page.keyboard.type("not dissolved", delay=90)
    page.keyboard.press("Enter")
    got = state(page)
    assert page.input_value("#typed") == "not dissolved"
    assert (got["heard"], got["troubles"], got["sent"]) == ([], [], 1)


def test_cr_lf_is_one_suffix(start: Start) -> None:
    page = start()
    page.focus("#b")
    scan(page, CODE)
    page.keyboard.press("Control+j")
    scan(page, CODE + "8")
    page.keyboard.press("Enter")
    got = state(page)
    assert (got["heard"], got["clicks"], got["troubles"]) == ([["", CODE], ["", CODE + "8"]], 0, [])


def test_the_second_key_of_cr_lf_is_swallowed_in_a_field_that_took_the_focus(start: Start) -> None:
    page = start()
    scan(page, CODE)
    page.focus("#typed")
    page.keyboard.press("Enter")
    assert state(page)["sent"] == 0


def test_lf_alone_never_reaches_the_browser(start: Start) -> None:
    page = start()
    page.evaluate("window.addEventListener('keydown', (e) => { window.stopped = e.defaultPrevented; }, true)")
    page.keyboard.press("Control+j")
    assert state(page)["reached"] in ([], ["Control"])


def test_a_page_blocked_for_a_second_and_a_half_loses_nothing(start: Start) -> None:
    page = start()
    page.evaluate(
        """async (code) => {
          const wait = (ms) => { const end = performance.now() + ms; while (performance.now() < end) { /* busy */ } };
          const press = (key) => new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true});
          const keys = [...code, "Enter"].map((key) => { wait(2); return press(key); });
          const send = (some) => some.forEach((key) => document.body.dispatchEvent(key));
          send(keys.slice(0, 5));
          wait(1500);
          await new Promise((done) => setTimeout(() => { send(keys.slice(5)); done(); }, 5));
        }""",
        CODE,
    )
    page.wait_for_timeout(500)
    got = state(page)
    assert (got["heard"], got["troubles"]) == ([["", CODE]], [])


def press(cdp: CDPSession, key: str, code: str, shift: bool = False, text: str | None = None) -> None:
    """One trusted key as a keyboard of another layout gives it."""
    shown = {"text": text if text is not None else key} if len(key) == 1 else {}
    event = {"key": key, "code": code, "modifiers": 8 if shift else 0}
    cdp.send("Input.dispatchKeyEvent", {"type": "keyDown", **event, **shown})
    cdp.send("Input.dispatchKeyEvent", {"type": "keyUp", **event})


@pytest.mark.parametrize("layout", [FRENCH, GERMAN], ids=["French", "German"])
def test_another_keyboard_layout_is_read_by_place_where_the_self_test_found_it(
    start: Start, layout: list[tuple[str, str, bool]]
) -> None:
    page = start(layout="us")
    cdp = page.context.new_cdp_session(page)
    for key, code, shift in layout:
        press(cdp, key, code, shift)
    page.keyboard.press("Enter")
    assert state(page)["heard"] == [["", "01aA-/w["]]


def test_gs_survives_a_german_layout(start: Start) -> None:
    page = start(layout="us")
    cdp = page.context.new_cdp_session(page)
    for digit in "1012":
        press(cdp, digit, f"Digit{digit}")
    for kind in ("keyDown", "keyUp"):
        cdp.send("Input.dispatchKeyEvent", {"type": kind, "key": "+", "code": "BracketRight", "modifiers": 2})
    press(cdp, "2", "Digit2")
    page.keyboard.press("Enter")
    assert state(page)["heard"] == [["", f"1012{GS}2"]]


@pytest.mark.parametrize("key", ["Unidentified", "Dead", "Process"])
def test_a_key_that_cannot_be_read_refuses_the_scan(start: Start, key: str) -> None:
    page = start()
    cdp = page.context.new_cdp_session(page)
    page.keyboard.type("10AB", delay=2)
    press(cdp, key, "KeyQ", text="")
    scan(page, "123")
    got = state(page)
    assert (got["heard"], got["troubles"]) == ([], ["layout"])


def test_alt_codes_are_refused(start: Start) -> None:
    page = start()
    page.keyboard.type("10AB", delay=2)
    page.keyboard.down("Alt")
    for digit in "0029":
        page.keyboard.press(f"Numpad{digit}")
    page.keyboard.up("Alt")
    scan(page, "21XY")
    got = state(page)
    assert (got["heard"], got["troubles"]) == ([], ["layout"])


def test_two_scans_600_ms_apart_are_two(start: Start) -> None:
    page = start()
    scan(page, CODE)
    page.wait_for_timeout(600)
    scan(page, CODE)
    assert state(page)["heard"] == [["", CODE], ["", CODE]]


def test_the_same_code_within_half_a_second_is_one_scan(start: Start) -> None:
    page = start()
    burst(page, CODE)
    burst(page, CODE)
    got = state(page)
    assert (got["heard"], got["troubles"]) == ([["", CODE]], [])


def test_the_aim_identifier_travels_apart_from_the_data(start: Start) -> None:
    page = start(aim=True)
    burst(page, f"]d2{CODE}10AB{GS}21C")
    assert state(page)["heard"] == [["]d2", f"{CODE}10AB{GS}21C"]]


def test_a_missing_aim_identifier_is_refused_where_it_is_expected(start: Start) -> None:
    page = start(aim=True)
    burst(page, CODE)
    got = state(page)
    assert (got["heard"], got["troubles"]) == ([], ["no_aim"])


def test_one_is_judged_one_waits_a_third_is_told_so(start: Start) -> None:
    page = start()
    page.evaluate("window.hold = 600")
    for end in "123":
        burst(page, CODE + end)
    page.wait_for_timeout(700)
    got = state(page)
    assert (got["heard"], got["troubles"]) == ([["", CODE + "1"], ["", CODE + "2"]], ["too_fast"])


def test_a_scan_that_failed_to_be_judged_does_not_block_the_next(start: Start) -> None:
    page = start()
    page.evaluate("window.fail = true")
    scan(page, CODE)
    page.wait_for_timeout(50)
    page.evaluate("window.fail = false")
    scan(page, CODE + "7")
    assert state(page)["heard"] == [["", CODE + "7"]]


def test_on_a_desk_a_scan_fires_no_shortcut_and_a_lone_letter_does(start: Start) -> None:
    page = start(desk=True)
    for delay in (0, 10, 20):
        burst(page, f"nanA{delay}", delay)
        page.wait_for_timeout(100)
    assert state(page)["shortcuts"] == []
    page.wait_for_timeout(450)
    page.keyboard.press("n")
    page.wait_for_timeout(150)
    page.keyboard.press("a")
    page.wait_for_timeout(150)
    assert state(page)["shortcuts"] == ["n", "a"]


def test_a_shortcut_typed_in_a_field_is_text(start: Start) -> None:
    page = start(desk=True)
    page.focus("#typed")
    page.keyboard.press("n")
    page.wait_for_timeout(150)
    assert state(page)["shortcuts"] == []
    assert page.input_value("#typed") == "n"


def test_a_key_held_down_is_one_key(start: Start) -> None:
    page = start()
    for _ in range(8):
        page.keyboard.down("a")
    page.keyboard.up("a")
    page.keyboard.press("Enter")
    assert state(page)["heard"] == []
