"""The network is cut at every step of a preparation, before what was done is sent or before its answer is heard.

Nothing is lost, nothing counts twice, and nothing turns green that the server has not confirmed. One step of it is in
test_terminal_kept, for every run; the whole is long.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Route, expect

from app import preparations
from tests import pharmacy
from tests.pharmacy import WEIGHED
from tests.web.at_station import Technician, card, patience

pytestmark = [pytest.mark.browser, pytest.mark.soak]

LONG = 60000
"""Milliseconds that a step may take on a slow machine."""

NOTHING_WAITS = """() => new Promise((done) => {
  const asked = indexedDB.open("vialtrace", 1);
  asked.onsuccess = () => {
    const count = asked.result.transaction("waiting").objectStore("waiting").count();
    count.onsuccess = () => { asked.result.close(); done(count.result === 0); };
  };
})"""
"""Whether everything that the tablet kept was sent and answered."""


def given(ann: Technician, slot: str) -> str:
    """What is scanned at a step: its code, or the card that a hand holds up."""
    label = ann.hood.p().final_label()
    if slot == "cabinet":
        return pharmacy.cabinet_code()
    if slot == "label-scan" and label is not None:
        return pharmacy.own("F", label.label_id, label.copy)
    if slot.startswith("photo-"):
        return card("CAPTURE")
    return card("NEXT")


def typed(ann: Technician, code: str) -> None:
    """A code from a scanner that types into the page."""
    ann.page.locator("html[data-scanner=heard]").wait_for()
    ann.page.wait_for_timeout(600)  # the same card within half a second is one scan
    ann.page.keyboard.type(code, delay=2)
    ann.page.keyboard.press("Enter")


def tones(ann: Technician) -> list[str]:
    found: list[str] = ann.page.evaluate("() => window.__tones.map((one) => one.kind ?? one)")
    return found


def times_filled(ann: Technician, slot: str) -> int:
    with ann.hood.rooms.store.reading() as conn:
        history = preparations.history(conn, ann.hood.preparation)
    return sum(getattr(one.event, "slot", "") == slot for one in history)


def act(ann: Technician, slot: str, code: str) -> None:
    if slot in WEIGHED:
        ann.hood.station.put(WEIGHED[slot])
        ann.page.wait_for_timeout(3500)  # it has long settled, and nobody could be told
    else:
        typed(ann, code)
        ann.hears("waiting", "WAITING for the network", timeout=LONG)


def ready(ann: Technician, slot: str) -> None:
    """The step's own instrument is there."""
    if slot in WEIGHED:
        expect(ann.page.locator('[data-live="prompt"]')).to_have_text("Put it on the pan.", timeout=LONG)
    if slot.startswith("photo-"):
        ann.page.wait_for_function("() => document.getElementById('finder')?.videoWidth > 0", timeout=LONG)


def gone_on(ann: Technician, slot: str) -> None:
    """The step is done once, and the tablet is at the next."""
    ann.page.wait_for_function("was => document.body.dataset.slot !== was", arg=slot, timeout=LONG)
    assert times_filled(ann, slot) == 1, slot
    if slot in WEIGHED:
        ann.lift()
    if slot.startswith("photo-"):
        ann.hood.film_on()


def cut_before(ann: Technician, slot: str, code: str) -> None:
    """Offline, then the act: it waits in the tablet, and is judged when the network is back."""
    before, heard = ann.hood.p().version, tones(ann).count("right")
    ann.page.context.set_offline(True)
    act(ann, slot, code)
    assert ann.hood.p().version == before, f"{slot} counted although nobody was told"
    assert tones(ann).count("right") == heard, f"{slot} was called right although nobody had judged it"
    assert ann.page.locator('#verdict[data-verdict="right"]').count() == 0
    ann.page.context.set_offline(False)
    gone_on(ann, slot)


def cut_after(ann: Technician, slot: str, code: str) -> None:
    """The server hears it and its answer is lost: sent again under the same id, it counts once."""
    lost: list[str] = []

    def swallow(route: Route) -> None:
        if route.request.method != "POST" or lost:
            route.continue_()
            return
        lost.append(route.request.url)
        route.fetch()
        route.abort()

    ann.page.route(f"**/p/{ann.hood.preparation}/*", swallow)
    typed(ann, code)
    with patience() as may_wait:
        while may_wait() and not lost:
            ann.page.wait_for_timeout(100)
    assert len(lost) == 1
    ann.page.evaluate("() => window.dispatchEvent(new Event('online'))")
    gone_on(ann, slot)
    ann.page.unroute(f"**/p/{ann.hood.preparation}/*")
    ann.page.evaluate("() => window.dispatchEvent(new Event('online'))")
    ann.page.wait_for_function(NOTHING_WAITS, timeout=LONG)
    assert times_filled(ann, slot) == 1, f"{slot} was sent twice, and counted twice"


@pytest.mark.parametrize("cut", [cut_before, cut_after])
def test_q14_a_bag_is_made_whole_though_the_network_is_cut_at_each_step(
    ann: Technician, cut: Callable[[Technician, str, str], None]
) -> None:
    to_scan = [pharmacy.code_of(name) for name in (*pharmacy.STAGED, *pharmacy.PARTS)]
    ann.hood.film("vials")
    ann.begin_at("cabinet")
    done: list[str] = []
    while (slot := ann.page.evaluate("() => document.body.dataset.slot")) != "wait":
        if slot == "label-print":  # the printer's own step: nothing is done at the tablet
            ann.slot("label-scan", timeout=LONG)
            continue
        if slot in (
            "bag-before",
            "label-scan",
        ):  # the finished bag carries its label, and is filmed before it is looked at
            ann.hood.film("bag")
        ready(ann, slot)
        staged = slot.startswith(("vial:", "diluent", "base", "device:"))
        if cut is cut_after and slot in WEIGHED:
            ann.hood.station.put(WEIGHED[slot])
            gone_on(ann, slot)
        else:
            cut(ann, slot, to_scan.pop(0) if staged else given(ann, slot))
        done.append(slot)
        assert len(done) < 60, done
    p = ann.hood.p()
    assert (p.near_misses, to_scan) == ((), [])
    assert len(done) == len(set(done))
    assert {
        "cabinet",
        "vial:2",
        "photo-staged",
        "recon-mixed:1",
        "syringe-full:2",
        "bag-after",
        "label-scan",
        "photo-final",
    } <= set(done)
    assert len(p.photos()) == sum(slot.startswith("photo-") for slot in done)
