"""The network is cut at every step of a bag, a syringe, a pump and a count of tablets: before a thing is sent, or after.

Nothing is lost, nothing counts twice, and nothing turns green that the server has not confirmed. One step of it is in
test_terminal_kept, for every run; the whole is long.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import pytest
from playwright.sync_api import Route, expect

from app import preparations
from app.demo import panel, stock
from app.demo.recipes import DOXORUBICIN, IN_A_CASSETTE
from tests import pharmacy
from tests.pharmacy import WEIGHED
from tests.web import test_oral_site as oral
from tests.web.at_station import Hood, Technician, card, patience
from tests.web.test_pump_untouched import furnished
from tests.web.test_syringe import SEVENTH

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


@dataclass(frozen=True)
class Work:
    """What is made while the network comes and goes."""

    furnish: Callable[[Hood], object]
    """Lays its order, recipe and stock in."""
    place: Callable[[Hood], str]
    """The code of where it is made."""
    staged: Callable[[Hood], list[str]]
    """What is scanned, in its order."""
    grams: Mapping[str, str]
    """What stands on the pan, by slot."""
    films: Mapping[str, str]
    """What comes before the camera, by the slot from which on."""
    met: frozenset[str]
    """Some of the steps that it must have come by."""
    counted: str = ""
    """How many units there are, where they are counted."""


def labels_of(group: str) -> list[str]:
    return [pharmacy.own("U", one.label) for one in stock.UNITS if one.group == group]


def elastomeric(hood: Hood) -> None:
    recipe = replace(IN_A_CASSETTE, containers=("elastomeric",))
    order = {"CAS^Pump_cassette^L": "ELA^Elastomeric pump^L"}
    furnished(hood, recipe=recipe, reservoir="elastomeric 2 mL/h", **order)


def tablets(hood: Hood) -> None:
    oral.counts_at(hood)
    oral.ordered(hood)


WORKS = {
    "bag": Work(
        lambda _: None,
        lambda _: pharmacy.cabinet_code(),
        lambda _: [pharmacy.code_of(name) for name in (*pharmacy.STAGED, *pharmacy.PARTS)],
        WEIGHED,
        {"bag-before": "bag"},
        frozenset({"vial:2", "photo-staged", "recon-mixed:1", "syringe-full:2", "bag-after"}),
    ),
    "syringe": Work(
        lambda hood: furnished(hood, SEVENTH, DOXORUBICIN),
        lambda _: pharmacy.cabinet_code(),
        lambda _: labels_of(panel.DOXO),
        {"syringe-empty:1": "18.60", "syringe-full:1": "38.67"},
        {"cabinet": "bag"},
        frozenset({"vial:1", "syringe-full:1", "photo-syringes"}),
    ),
    "pump": Work(
        elastomeric,
        lambda _: pharmacy.cabinet_code(),
        lambda _: labels_of(stock.IN_A_CASSETTE),
        {
            "syringe-empty:1": "18.40", "syringe-full:1": "63.20", "syringe-empty:2": "18.41", "syringe-full:2": "63.51",
            "fluid-empty:1": "8.00", "fluid-full:1": "13.60", "reservoir-empty": "61.20", "reservoir-full": "156.70",
        },
        {"cabinet": "bag"},
        frozenset({"vial:1", "fluid-full:1", "reservoir-full", "reservoir-closed"}),
    ),
    "tablets": Work(
        tablets,
        oral.tray_code,
        lambda _: [oral.stock_code()],
        {},
        {"stock:1": "stock", "count-2": "tray", "label-scan": "bottle"},
        frozenset({"stock:1", "count-1", "count-2", "photo-tray", "tray-clean"}),
        counted="112",
    ),
}  # fmt: skip
SCANNED = ("vial:", "diluent", "base", "device:", "fluid", "reservoir", "stock:")
"""How the steps begin that take a code, where nothing is weighed at them and no card is asked for."""


def given(ann: Technician, work: Work, slot: str, staged: list[str]) -> str:
    """What is scanned at a step: its code, or the card that a hand holds up."""
    label = ann.hood.p().final_label()
    if slot == "cabinet":
        return work.place(ann.hood)
    if staged and slot.startswith(SCANNED):
        return staged.pop(0)
    if slot == "label-scan" and label is not None:
        return pharmacy.own("F", label.label_id, label.copy)
    if slot.startswith("photo-"):
        return card("CAPTURE")
    return card("NEXT")


def typed(ann: Technician, code: str) -> None:
    """A code from a scanner that types into the page."""
    ann.page.locator("html[data-scanner=heard]").wait_for()
    ann.page.wait_for_timeout(600)  # the same card within half a second is one scan
    first, *others = code.split("\x1d")
    ann.page.keyboard.type(first, delay=2)
    for one in others:
        ann.page.keyboard.press("Control+]")  # how a scanner that types says GS
        ann.page.keyboard.type(one, delay=2)
    ann.page.keyboard.press("Enter")


def tones(ann: Technician) -> list[str]:
    found: list[str] = ann.page.evaluate("() => window.__tones.map((one) => one.kind ?? one)")
    return found


def times_filled(ann: Technician, slot: str) -> int:
    with ann.hood.rooms.store.reading() as conn:
        history = preparations.history(conn, ann.hood.preparation)
    return sum(getattr(one.event, "slot", "") == slot for one in history)


def act(ann: Technician, work: Work, slot: str, code: str) -> None:
    if slot in work.grams:
        ann.hood.station.put(work.grams[slot])
        ann.page.wait_for_timeout(3500)  # it has long settled, and nobody could be told
    else:
        done(ann, work, slot, code)
        ann.hears("waiting", "WAITING for the network", timeout=LONG)


def done(ann: Technician, work: Work, slot: str, code: str) -> None:
    """A number on the glass's own keys, or a code from the scanner that types."""
    if not slot.startswith("count-"):
        return typed(ann, code)
    for digit in work.counted:
        ann.page.locator(f'[data-digit="{digit}"]').click()
    return ann.page.locator("[data-counted]").click()


def ready(ann: Technician, work: Work, slot: str) -> None:
    """The step's own instrument is there."""
    if slot in work.grams:
        expect(ann.page.locator('[data-live="prompt"]')).to_have_text("Put it on the pan.", timeout=LONG)
    if slot.startswith("photo-"):
        ann.page.wait_for_function("() => document.getElementById('finder')?.videoWidth > 0", timeout=LONG)


def gone_on(ann: Technician, work: Work, slot: str) -> None:
    """The step is done once, and the tablet is at the next."""
    ann.page.wait_for_function("was => document.body.dataset.slot !== was", arg=slot, timeout=LONG)
    assert times_filled(ann, slot) == 1, slot
    if slot in work.grams:
        ann.lift()
    if slot.startswith("photo-"):
        ann.hood.film_on()


def cut_before(ann: Technician, work: Work, slot: str, code: str) -> None:
    """Offline, then the act: it waits in the tablet, and is judged when the network is back."""
    before, heard = ann.hood.p().version, tones(ann).count("right")
    ann.page.context.set_offline(True)
    act(ann, work, slot, code)
    assert ann.hood.p().version == before, f"{slot} counted although nobody was told"
    assert tones(ann).count("right") == heard, f"{slot} was called right although nobody had judged it"
    assert ann.page.locator('#verdict[data-verdict="right"]').count() == 0
    ann.page.context.set_offline(False)
    gone_on(ann, work, slot)


def cut_after(ann: Technician, work: Work, slot: str, code: str) -> None:
    """The server hears it and its answer is lost: sent again under the same id, it counts once."""
    lost: list[str] = []
    heard: list[str] = []

    def swallow(route: Route) -> None:
        if route.request.method != "POST" or lost:
            route.continue_()
            return
        lost.append(route.request.url)
        answer = route.fetch()
        heard.append("" if answer.ok else answer.text())
        route.abort()

    ann.page.route(f"**/p/{ann.hood.preparation}/*", swallow)
    done(ann, work, slot, code)
    with patience() as may_wait:
        while may_wait() and not heard:
            ann.page.wait_for_timeout(100)
    assert heard == [""], slot
    ann.page.evaluate("() => window.dispatchEvent(new Event('online'))")
    gone_on(ann, work, slot)
    ann.page.unroute(f"**/p/{ann.hood.preparation}/*")
    ann.page.evaluate("() => window.dispatchEvent(new Event('online'))")
    ann.page.wait_for_function(NOTHING_WAITS, timeout=LONG)
    assert times_filled(ann, slot) == 1, f"{slot} was sent twice, and counted twice"


@pytest.mark.parametrize("work", WORKS.values(), ids=WORKS)
@pytest.mark.parametrize("cut", [cut_before, cut_after])
def test_q14_each_kind_is_made_whole_though_the_network_is_cut_at_each_step(
    ann: Technician, work: Work, cut: Callable[[Technician, Work, str, str], None], counted: Callable[..., None]
) -> None:
    work.furnish(ann.hood)
    staged, steps = work.staged(ann.hood), list[str]()
    ann.sign_in()
    ann.claim()
    while (slot := ann.page.evaluate("() => document.body.dataset.slot")) != "wait":
        if slot == "label-print":  # the printer's own step: nothing is done at the tablet
            ann.slot("label-scan", timeout=LONG)
            continue
        if slot in ("label-scan", *work.films):
            ann.hood.film(
                work.films.get(slot, "bag")
            )  # the finished thing carries its label, and is filmed before that
        ready(ann, work, slot)
        if cut is cut_after and slot in work.grams:
            ann.hood.station.put(work.grams[slot])
            gone_on(ann, work, slot)
        else:
            cut(ann, work, slot, "" if slot in work.grams else given(ann, work, slot, staged))
        steps.append(slot)
        assert len(steps) < 60, steps
    p = ann.hood.p()
    counted(f"network cut, {cut.__name__}", steps=len(steps), near_misses=len(p.near_misses), left_over=len(staged))
    assert (p.near_misses, staged) == ((), [])
    assert len(steps) == len(set(steps))
    assert {"cabinet", "label-scan", "photo-final"} | work.met <= set(steps)
    assert len(p.photos()) == sum(slot.startswith("photo-") for slot in steps)
