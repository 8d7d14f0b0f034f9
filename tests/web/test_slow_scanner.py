"""A scanner that types slowly into the page: up to the silence that ends a scan, and beyond it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.web.test_shell_scan import CODE, Start, address, start, state  # noqa: F401  # fixtures

pytestmark = pytest.mark.browser

STAMPED = """([text, gap, until]) => {
  let at = performance.now();
  const press = (key, after) => {
    at += after;
    const gs = key === "\u001d";
    for (const kind of ["keydown", "keyup"]) {
      const event = new KeyboardEvent(kind, {key: gs ? "]" : key, ctrlKey: gs, bubbles: true, cancelable: true});
      Object.defineProperty(event, "timeStamp", {value: at});
      const passed = document.getElementById("b").dispatchEvent(event);
      if (kind === "keydown" && key === "Enter" && passed) document.getElementById("b").click();
    }
  };
  [...text].forEach((key) => press(key, gap));
  if (until !== null) press("Enter", until);
}"""
"""Keys by their stamps, whatever the clock of a busy machine says; an Enter that nobody stopped presses the button."""
LATE = """async ([text, gap]) => {
  for (const key of text) {
    document.getElementById("b").dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
    await new Promise((done) => setTimeout(done, gap));
  }
  document.getElementById("b").dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true, cancelable: true}));
}"""
"""Keys by the page's own clock."""


def typed(page: Page, text: str, gap: int, until: int | None) -> None:
    page.evaluate(STAMPED, [text, gap, until])


def test_a_code_is_heard_at_every_pace_that_the_silence_allows_and_beyond_it_said_never_pressed(start: Start) -> None:  # noqa: F811
    for gap, heard, troubles in (
        (0, [["", CODE]], []),
        (30, [["", CODE]], []),
        (150, [["", CODE]], []),
        (399, [["", CODE]], []),
        (401, [], ["half"]),
        (900, [], ["half"]),
        (1499, [], ["half"]),
    ):
        page = start()
        typed(page, CODE, gap, gap)
        got = state(page)
        assert (gap, got["heard"], got["troubles"], got["clicks"]) == (gap, heard, troubles, 0)


def test_a_code_that_stumbles_is_said_once_and_its_enter_presses_nothing(start: Start) -> None:  # noqa: F811
    page = start()
    for piece in ("001", "100", "199", "555"):
        typed(page, piece, 20, None)
        page.wait_for_timeout(450)
    typed(page, "0", 20, 20)
    got = state(page)
    assert (got["heard"], got["troubles"], got["clicks"]) == ([], ["half"], 0)
    typed(page, CODE, 20, 20)
    assert state(page)["heard"] == [["", CODE]], "the next scan is a scan"
    typed(page, "", 0, 700)
    assert state(page)["clicks"] == 1, "a person's Enter after it presses"


def test_where_silence_ends_a_scan_a_scanner_that_is_slower_is_not_lost_in_silence(start: Start) -> None:  # noqa: F811
    page = start(suffix="none")
    page.evaluate(LATE, [CODE, 130])
    got = state(page)
    assert (got["heard"], got["troubles"], got["clicks"]) == ([], ["half"], 0)


@pytest.mark.parametrize("text", ["AB 12 34", " AB 1234", "ABCD "])
def test_a_space_of_a_slow_scanner_presses_no_button(start: Start, text: str) -> None:  # noqa: F811
    page = start()
    page.evaluate(LATE, [text, 150])
    page.wait_for_timeout(500)
    got = state(page)
    assert (got["heard"], got["clicks"]) == ([["", text]], 0)


def test_on_a_desk_a_pharmacist_who_moves_and_opens_by_keys_is_no_slow_scanner(start: Start) -> None:  # noqa: F811
    page = start(desk=True)
    typed(page, "jjjkk", 450, 450)
    got = state(page)
    assert (got["heard"], got["troubles"], got["clicks"]) == ([], [], 1)
