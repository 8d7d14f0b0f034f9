"""Every page of an office is complete by keyboard, in the order in which it is read, and a review fits a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from tests.people.cast import ADA, PAM, Member
from tests.web.bench import Making
from tests.web.conftest import Running

pytestmark = pytest.mark.browser

REACHED = """() => {
  const all = [...document.querySelectorAll("*")];
  const radio = (e) => e.matches("input[type=radio]");
  return all.map((e, at) => [e, at])
    .filter(([e]) => e.matches("a[href], button, input:not([type=hidden]), select, textarea, summary"))
    .filter(([e]) => e.checkVisibility() && !e.disabled && e.tabIndex >= 0 && !radio(e)).map(([, at]) => at);
}"""
FOCUSED = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const seen = [e, e.closest("label"), e.parentElement].filter(Boolean).map((one) => getComputedStyle(one));
  const ring = seen.some((s) => (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2) || s.boxShadow !== "none");
  return [[...document.querySelectorAll("*")].indexOf(e), ring ? "" : `no ring: ${e.outerHTML.slice(0, 90)}`];
}"""
TOO_WIDE = "document.scrollingElement.scrollWidth - innerWidth"


def tabbed(page: Page) -> list[str]:
    """Go through a page by Tab alone; return what is never reached, comes out of order, or shows no ring."""
    wanted = set(page.evaluate(REACHED))
    page.evaluate("document.activeElement.blur()")
    met, faults = list[int](), list[str]()
    for _ in range(len(wanted) + 10):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUSED)
        if found is None or found[0] in met:
            break
        met.append(found[0])
        faults += [found[1]] if found[1] else []
    else:
        faults.append("Tab leads nowhere at the end")
    faults += [f"{len(wanted - set(met))} of {len(wanted)} never reached"] if wanted - set(met) else []
    return faults + (["out of order"] if met != sorted(met) else [])


def entered(page: Page, url: str, member: Member) -> list[str]:
    """Sign in by keys; return the places of the navigation."""
    page.goto(f"{url}/sign-in")
    for text, key in ((member.user, "Tab"), (member.password, "Enter")):
        page.keyboard.type(text)
        page.keyboard.press(key)
    page.locator("nav.places").wait_for()
    links: list[str] = page.evaluate("[...document.querySelectorAll('nav.places a')].map((one) => one.pathname)")
    return links


def test_each_page_is_gone_through_by_tab_alone(live_server: Running, checked: Making, browser: Browser) -> None:
    faults = dict[str, list[str]]()
    for member, more in ((PAM, (f"/review/{checked.id}", f"/record/{checked.id}", "/me")), (ADA, ())):
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        for path in [*entered(page, live_server.url, member), *more]:
            if path not in faults:
                page.goto(live_server.url + path)
                faults[path] = tabbed(page)
        context.close()
    assert {path: found for path, found in faults.items() if found} == {}
    assert len(faults) >= 20


def test_a_trap_a_jump_and_a_missing_ring_are_found(page: Page) -> None:
    page.set_content(
        "<style>a:focus { outline: 3px solid } button:focus { outline: none }</style><a href='#'>1</a><b></b><button>2</button>"
    )
    assert [one.split(":")[0] for one in tabbed(page)] == ["no ring"]
    page.set_content("<style>:focus { outline: 3px solid }</style><a href='#'>1</a><button tabindex='1'>2</button>")
    assert tabbed(page) == ["out of order"]
    page.set_content(
        "<style>:focus { outline: 3px solid }</style>"
        "<button onkeydown=\"if (event.key === 'Tab') event.preventDefault()\">1</button><button>2</button><button>3</button>"
    )
    assert tabbed(page) == ["2 of 3 never reached"]


def test_queue_review_and_record_are_no_wider_than_a_phone(
    live_server: Running, checked: Making, browser: Browser
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    entered(page, live_server.url, PAM)
    wide = dict[str, int]()
    for path in ("/review", f"/review/{checked.id}", f"/record/{checked.id}", "/orders", "/board"):
        page.goto(live_server.url + path)
        wide[path] = page.evaluate(TOO_WIDE)
    context.close()
    assert {path: pixels for path, pixels in wide.items() if pixels > 0} == {}
