"""Signing in as people do it, and the verdicts as they see and hear them."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, Playwright, expect

from tests.browser import launched
from tests.people.cast import ANN, BO, PAM
from tests.web.conftest import Running
from tests.web.test_shell_static import AXE

pytestmark = pytest.mark.browser

MEASURE = """() => {
  const style = getComputedStyle(document.documentElement);
  const probe = document.createElement("div"); document.body.append(probe);
  const length = (name) => { probe.style.width = `var(${name})`; return probe.getBoundingClientRect().width; };
  const [least, gap] = [length("--tap-min"), length("--gap")];
  probe.remove();
  const boxes = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, summary, [role=button]")]
    .filter((e) => e.checkVisibility()).map((e) => [e.textContent.trim() || e.id, e.getBoundingClientRect()]);
  const faults = [];
  for (const [name, box] of boxes)
    if (box.width < least - 0.5 || box.height < least - 0.5) faults.push(`${name}: ${box.width} x ${box.height}`);
  for (const [i, [name, a]] of boxes.entries()) for (const [other, b] of boxes.slice(i + 1)) {
    const dx = Math.max(a.left, b.left) - Math.min(a.right, b.right);
    const dy = Math.max(a.top, b.top) - Math.min(a.bottom, b.bottom);
    if (Math.max(dx, dy) < gap - 0.5) faults.push(`${name} and ${other}: ${Math.max(dx, dy)} apart`);
  }
  const root = document.scrollingElement;
  if (root.scrollHeight > innerHeight || root.scrollWidth > innerWidth)
    faults.push(`scrolls: ${root.scrollWidth} x ${root.scrollHeight}`);
  for (const [name, box] of boxes)
    if (box.bottom > innerHeight + 0.5 || box.right > innerWidth + 0.5) faults.push(`${name} is cut off`);
  for (const part of document.querySelectorAll("main *")) {
    const box = part.getBoundingClientRect();
    const [seen, outer] = [part.checkVisibility() && !part.closest("svg, .out-of-sight"), part.parentElement];
    if (seen && box.bottom > innerHeight + 0.5) faults.push(`${part.className} is cut off`);
    if (part.closest(".invite, .keys, .actions") && outer.scrollHeight > outer.clientHeight + 1)
      faults.push(`${outer.className} overflows`);
  }
  return {count: boxes.length, faults};
}"""


VIOLATIONS = """async () => {
  const rules = {"target-size": {enabled: true}, "color-contrast-enhanced": {enabled: true}};
  const told = (found, how) => found.violations.flatMap((one) => one.nodes.map((node) => `${how}${one.id}: ${node.html}`));
  const found = await axe.run(document, {rules, resultTypes: ["violations"]});
  const root = document.documentElement;
  const other = root.dataset.bsTheme === "dark" ? "light" : "dark";
  if (other === "dark") root.dataset.bsTheme = "dark"; else delete root.dataset.bsTheme;
  const contrasts = ["color-contrast", "color-contrast-enhanced"];
  const turned = await axe.run(document, {runOnly: contrasts, rules, resultTypes: ["violations"]});
  if (other === "dark") delete root.dataset.bsTheme; else root.dataset.bsTheme = "dark";
  return {passed: found.passes.length, wrong: [...told(found, ""), ...told(turned, `${other}: `)]};
}"""
"""Only what is wrong comes over: the list of all that is right takes seconds for each page. Contrasts: in both themes."""


def axe(page: Page) -> list[str]:
    page.evaluate(f"{AXE.read_text(encoding='utf-8')}\n;null")
    found: dict[str, Any] = page.evaluate(VIOLATIONS)
    assert found["passed"] > 5, "hardly a rule was tried"
    return list(found["wrong"])


def scan(page: Page, text: str) -> None:
    page.locator("html[data-scanner=heard]").wait_for()
    page.keyboard.type(text, delay=2)
    page.keyboard.press("Enter")


def give_pin(page: Page, pin: str) -> None:
    expect(page.locator("#pin")).to_be_focused()
    page.wait_for_timeout(450)
    page.keyboard.type(pin, delay=60)
    with page.expect_navigation():  # what is measured next is on the page that comes
        page.keyboard.press("Enter")


def test_ann_signs_in_by_badge_and_pin_without_touching_the_glass(live_server: Running, page: Page) -> None:
    page.goto(f"{live_server.url}/terminal/HOOD-1")
    scan(page, ANN.badge)
    give_pin(page, ANN.pin)
    expect(page.get_by_text("Scan an order to begin")).to_be_visible()
    expect(page.locator(".status")).to_contain_text("Ann T.")


def test_ann_signs_in_on_the_keys(live_server: Running, page: Page) -> None:
    page.goto(f"{live_server.url}/terminal/HOOD-1")
    scan(page, ANN.badge)
    expect(page.locator("#pin")).to_be_visible()
    for digit in ANN.pin:
        page.get_by_role("button", name=digit, exact=True).click()
    page.get_by_role("button", name="ENTER").click()
    expect(page.get_by_text("Scan an order to begin")).to_be_visible()


def test_a_badge_that_will_not_scan_is_typed_from_the_number_below_it(live_server: Running, page: Page) -> None:
    page.goto(f"{live_server.url}/terminal/HOOD-1")
    page.get_by_role("button", name="BADGE WILL NOT SCAN").click()
    page.locator("#typed-badge").fill(BO.badge)  # as the symbol holds it, and as the demo prints it
    page.get_by_role("button", name="DONE").click()
    expect(page.locator("#badge")).to_have_value(BO.badge)
    page.get_by_role("button", name="ANOTHER BADGE").click()
    page.get_by_role("button", name="BADGE WILL NOT SCAN").click()
    page.locator("#typed-badge").fill(f"b-{ANN.id[:4]}-{ANN.id[4:]}-{ANN.badge[-2]}".lower())
    page.get_by_role("button", name="DONE").click()
    give_pin(page, ANN.pin)
    expect(page.get_by_text("Scan an order to begin")).to_be_visible()


def test_another_badge_scanned_into_the_pin_field_is_a_badge(live_server: Running, page: Page) -> None:
    page.goto(f"{live_server.url}/terminal/HOOD-1")
    scan(page, ANN.badge)
    expect(page.locator("#pin")).to_be_focused()
    page.wait_for_timeout(450)
    scan(page, BO.badge)
    expect(page.locator("#badge")).to_have_value(BO.badge)
    expect(page.locator("#pin")).to_have_value("")
    give_pin(page, BO.pin)
    expect(page.locator(".status")).to_contain_text("Bo K.")


def test_a_vial_is_no_badge_and_that_is_seen_and_heard(live_server: Running, page: Page) -> None:
    page.goto(f"{live_server.url}/terminal/HOOD-1")
    scan(page, "0110019955500124")
    expect(page.locator("#verdict[data-verdict=check] .word")).to_have_text("CHECK")
    assert [tone["kind"] for tone in page.evaluate("window.__tones")] == ["check"]
    scan(page, ANN.badge)
    expect(page.locator("#verdict[data-verdict]")).to_have_count(0)
    expect(page.locator("#pin")).to_be_focused()


def test_a_wrong_pin_is_said_and_the_badge_stays(live_server: Running, page: Page) -> None:
    page.goto(f"{live_server.url}/terminal/HOOD-1")
    scan(page, ANN.badge)
    give_pin(page, "000000")
    expect(page.locator(".trouble")).to_contain_text("do not belong together")
    give_pin(page, ANN.pin)
    expect(page.get_by_text("Scan an order to begin")).to_be_visible()


def test_lock_and_back_by_badge_and_pin(live_server: Running, page: Page) -> None:
    page.goto(f"{live_server.url}/terminal/HOOD-1")
    scan(page, ANN.badge)
    give_pin(page, ANN.pin)
    page.get_by_role("button", name="LOCK").click()
    expect(page.get_by_role("heading", name="Ann T.: locked")).to_be_visible()
    scan(page, ANN.badge)
    give_pin(page, ANN.pin)
    expect(page.get_by_text("Scan an order to begin")).to_be_visible()


def test_pam_signs_in_at_her_desk_by_keyboard(live_server: Running, page: Page) -> None:
    page.goto(f"{live_server.url}/")
    page.keyboard.type("pam")
    page.keyboard.press("Tab")
    page.keyboard.type(PAM.password)
    page.keyboard.press("Enter")
    expect(page.locator(".bar .who")).to_contain_text("Pam Q.")


@pytest.mark.parametrize("size", [(1280, 800), (1024, 768)], ids=["1280x800", "1024x768"])
@pytest.mark.parametrize("state", ["idle", "badge", "wrong pin", "typing", "ready", "locked"])
def test_gloved_fingers_hit_everything_and_nothing_scrolls(
    live_server: Running, page: Page, size: tuple[int, int], state: str
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"{live_server.url}/terminal/HOOD-1")
    _bring_to(page, state)
    measured = page.evaluate(MEASURE)
    assert measured["faults"] == []
    assert measured["count"] >= (2 if state == "ready" else 13)


def _bring_to(page: Page, state: str) -> None:
    if state == "typing":
        page.get_by_role("button", name="BADGE WILL NOT SCAN").click()
    if state in {"badge", "wrong pin", "ready", "locked"}:
        scan(page, ANN.badge)
        expect(page.locator("#pin")).to_be_focused()
    if state in {"wrong pin", "ready", "locked"}:
        give_pin(page, "000000" if state == "wrong pin" else ANN.pin)
        expect(page.locator(".trouble" if state == "wrong pin" else ".instruction")).to_be_visible()
    if state == "locked":
        page.wait_for_load_state()
        page.get_by_role("button", name="LOCK", exact=True).click()
        expect(page.get_by_role("heading", name=f"{ANN.name}: locked")).to_be_visible()


@pytest.mark.parametrize(
    "path", ["/sign-in", "/terminal/HOOD-1", "/nowhere", "/hazardous-drugs", "/welcome", "/me", "/spills"]
)
def test_axe_finds_nothing(live_server: Running, page: Page, path: str) -> None:
    if path in {"/welcome", "/me", "/spills"}:
        page.goto(f"{live_server.url}/sign-in")
        page.fill("#user", PAM.user)
        page.fill("#password", PAM.password)
        page.get_by_role("button", name="Sign in").click()
        expect(page.locator(".bar .who")).to_be_visible()
    page.goto(live_server.url + path)
    assert axe(page) == []


def test_the_demos_tour_goes_on_by_keyboard_and_once_ended_never_comes_back(live_server: Running, page: Page) -> None:
    page.goto(f"{live_server.url}/sign-in")
    tour = page.get_by_role("complementary", name="Tour of the demo")
    expect(tour.locator("li:visible")).to_contain_text("Sign in.")
    tour.get_by_role("button", name="Next").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.reload()
    expect(tour.locator("li:visible")).to_contain_text("The technician's tablet.")
    tour.get_by_role("button", name="End the tour").focus()
    page.keyboard.press("Enter")
    expect(tour).to_be_hidden()
    page.reload()
    page.wait_for_load_state("networkidle")
    expect(tour).to_be_hidden()


VERDICTS = {
    "right": {"kind": "right", "word": "RIGHT", "says": "dextrose 5 % 250 mL bag, lot D2207"},
    "wrong": {
        "kind": "wrong",
        "word": "WRONG STRENGTH",
        "says": "Scanned 100 mg/mL. Needed 20 mg/mL.",
        "act": "Set this vial aside.",
        "answers": [],
    },
    "check": {"kind": "check", "word": "CHECK", "says": "Half a scan. Scan it again."},
    "waiting": {"kind": "waiting", "word": "WAITING for the balance"},
}


def shown(live_server: Running, page: Page, kind: str) -> None:
    """Show it to a page whose clock stands still, so that it stays for as long as the test looks at it."""
    page.clock.install(time=0)
    page.goto(f"{live_server.url}/terminal/HOOD-1")
    page.clock.pause_at(3600)
    page.evaluate("verdict => import('/static/js/verdict.js').then((m) => m.show(verdict))", VERDICTS[kind])
    expect(page.locator(f"#verdict[data-verdict={kind}] .word")).to_contain_text(str(VERDICTS[kind]["word"]))


@pytest.mark.parametrize("kind", list(VERDICTS))
def test_a_verdict_is_word_shape_colour_and_tone(live_server: Running, page: Page, kind: str) -> None:
    shown(live_server, page, kind)
    look = page.evaluate(
        """() => { const box = document.querySelector("#verdict .banner");
          return {ground: getComputedStyle(box).backgroundColor, shape: box.querySelector("svg").innerHTML,
                  share: box.getBoundingClientRect().height / innerHeight,
                  role: document.getElementById("verdict").getAttribute("role")}; }"""
    )
    grounds = {
        "right": "rgb(0, 96, 74)",
        "wrong": "rgb(163, 0, 0)",
        "check": "rgb(255, 196, 0)",
        "waiting": "rgb(27, 79, 143)",
    }
    shapes = {"right": "circle", "wrong": "M16 3h16", "check": "M24 5L45", "waiting": "M11 4h26"}
    assert (look["ground"], look["role"]) == (grounds[kind], "alert")
    assert shapes[kind] in look["shape"]
    assert look["share"] == pytest.approx(1.0, abs=0.01) if kind == "wrong" else 0.3 <= look["share"] <= 0.45
    assert [tone["kind"] for tone in page.evaluate("window.__tones")] == ([] if kind == "waiting" else [kind])
    page.clock.resume()
    assert axe(page) == []


def test_right_goes_after_a_second_and_wrong_stays(live_server: Running, page: Page) -> None:
    shown(live_server, page, "right")
    page.clock.run_for(2000)
    expect(page.locator("#verdict[data-verdict]")).to_have_count(0)
    page.evaluate("verdict => import('/static/js/verdict.js').then((m) => m.show(verdict))", VERDICTS["wrong"])
    page.clock.run_for(60_000)
    expect(page.locator("#verdict[data-verdict=wrong]")).to_be_visible()


def test_waiting_counts_from_the_third_second(live_server: Running, page: Page) -> None:
    shown(live_server, page, "waiting")
    page.clock.run_for(2500)
    expect(page.locator("#verdict .word")).to_have_text("WAITING for the balance")
    page.clock.run_for(1000)
    expect(page.locator("#verdict .word")).to_have_text("WAITING for the balance 3 s")


def test_the_demo_strip_stands_above_a_wrong_screen(live_server: Running, page: Page) -> None:
    shown(live_server, page, "wrong")
    top = page.evaluate("document.elementFromPoint(640, 10).closest('.demo-strip') !== null")
    assert top


def test_plain_http_from_elsewhere_shows_the_red_banner(live_server: Running, playwright: Playwright) -> None:
    other = launched(playwright, "--host-resolver-rules=MAP vialtrace.test 127.0.0.1")
    try:
        page = other.new_page()
        page.goto(live_server.url.replace("127.0.0.1", "vialtrace.test") + "/sign-in")
        assert page.evaluate("window.isSecureContext") is False
        expect(page.locator(".insecure:not([id])")).to_contain_text("NOT A SECURE CONTEXT")
    finally:
        other.close()


def test_a_live_page_polls_with_etag_backs_off_and_says_since_when(live_server: Running, page: Page) -> None:
    page.goto(f"{live_server.url}/terminal/HOOD-1")
    asked: list[str | None] = []
    answers = iter(
        [(200, '{"n": 1}', {"ETag": '"1"'}), (304, "", {}), (200, '{"n": 2}', {"ETag": '"2"'}), (503, "", {})]
    )

    def answer(route: Any) -> None:
        asked.append(route.request.headers.get("if-none-match"))
        status, body, headers = next(answers, (503, "", {}))
        route.fulfill(status=status, body=body, headers={"Content-Type": "application/json", **headers})

    page.route("**/live", answer)
    page.evaluate(
        """() => import('/static/js/poll.js').then((m) => {
          window.got = [];
          m.poll('/live', {every: 50, onChange: (b) => window.got.push(b.n)});
        })"""
    )
    expect(page.locator("#network")).to_contain_text("not live since")
    assert page.evaluate("window.got") == [1, 2]
    assert asked[:4] == [None, '"1"', '"1"', '"2"']
    before = len(asked)
    page.wait_for_timeout(800)
    assert len(asked) == before
    expect(page.locator("#network")).to_have_attribute("data-state", "not answering")


def test_a_live_page_whose_session_locked_goes_to_the_door(live_server: Running, page: Page) -> None:
    page.goto(f"{live_server.url}/terminal/HOOD-1")
    page.evaluate("import('/static/js/poll.js').then((m) => { m.poll('/me', {every: 50, onChange: () => {}}); })")
    page.wait_for_url("**/sign-in?next=/me")
