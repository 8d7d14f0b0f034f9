"""Nothing is lost at the station: stale screens, a sign-in that ended, a network that went, a page that was loaded again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Route, expect

from app.clock import now
from app.people import sessions
from app.people.history import Act
from tests import pharmacy
from tests.people.cast import ANN
from tests.web.at_station import Technician

pytestmark = pytest.mark.browser


def wedge(ann: Technician, code: str) -> None:
    """A code from a scanner that types into the page."""
    ann.page.locator("html[data-scanner=heard]").wait_for()
    ann.page.keyboard.type(code, delay=2)
    ann.page.keyboard.press("Enter")


def deaf(ann: Technician) -> None:
    """The page hears nothing of what happens meanwhile."""
    ann.page.route("**/live*", lambda route: route.abort())
    ann.page.wait_for_timeout(400)


def lock(ann: Technician) -> None:
    def work(act: Act) -> None:
        for session in sessions.living(act.conn, since=act.at - timedelta(hours=1), person_id=ANN.id):
            sessions.lock(act, session, why="a test")

    ann.hood.rooms.door.write(work, by="test", at=now())


def test_a_stale_screen_changes_nothing_and_is_drawn_anew(ann: Technician) -> None:
    ann.begin_at("vial:1")
    deaf(ann)
    pharmacy.advance(ann.hood.rooms, ann.hood.preparation, "vial:2")
    version = ann.hood.p().version
    wedge(ann, pharmacy.code_of("vial B"))
    ann.hears("check", "Something changed since this screen was drawn")
    ann.slot("vial:2")
    assert ann.hood.p().version == version
    ann.page.wait_for_timeout(600)  # the same code within half a second is one scan that the scanner read twice
    wedge(ann, pharmacy.code_of("vial B"))
    ann.slot("diluent")


def test_a_scan_made_while_the_sign_in_had_locked_is_kept_and_counts_once(ann: Technician) -> None:
    ann.begin_at("vial:1")
    deaf(ann)
    lock(ann)
    wedge(ann, pharmacy.code_of("vial A"))
    ann.page.wait_for_url(f"**/terminal/{pharmacy.STATION}")
    assert ann.hood.p().evidence("vial:1") is None
    ann.page.unroute("**/live*")
    ann.sign_in()
    ann.page.wait_for_url(f"**/p/{ann.hood.preparation}")
    ann.slot("vial:2")
    ann.hears("right", "lot AB123")
    assert ann.hood.p().evidence("vial:1") is not None
    ann.page.reload()
    ann.slot("vial:2")
    ann.page.wait_for_timeout(600)
    assert (ann.hood.p().near_misses, ann.hood.p().evidence("vial:2")) == ((), None)


def test_a_photo_taken_while_the_sign_in_had_locked_is_kept_byte_for_byte(ann: Technician) -> None:
    ann.begin_at("photo-staged")
    ann.page.wait_for_function("() => document.getElementById('finder')?.videoWidth > 0")
    sent: list[int] = []

    def locked_first(route: Route) -> None:
        if not sent:
            lock(ann)
        sent.append(len(route.request.post_data_buffer or b""))
        route.continue_()

    ann.page.route("**/photo", locked_first)
    ann.card("CAPTURE")
    ann.page.wait_for_url(f"**/terminal/{pharmacy.STATION}")
    ann.sign_in()
    ann.page.wait_for_url(f"**/p/{ann.hood.preparation}")
    ann.slot("recon-before:1")
    assert len(sent) == 2
    assert abs(sent[0] - sent[1]) < 100
    assert len(ann.hood.p().photos()) == 1


def test_q14_the_network_goes_and_what_was_scanned_is_sent_once_when_it_is_back(ann: Technician) -> None:
    ann.begin_at("vial:1")
    ann.page.context.set_offline(True)
    wedge(ann, pharmacy.code_of("vial A"))
    ann.hears("waiting", "WAITING for the network")
    ann.hears("waiting", "Kept here")
    expect(ann.page.locator("#network")).to_contain_text("OFFLINE 1 WAITING, not live since ")
    wedge(ann, pharmacy.code_of("diluent"))
    ann.page.wait_for_timeout(500)
    assert ann.hood.p().evidence("vial:1") is None
    ann.page.context.set_offline(False)
    ann.slot("vial:2")
    assert ann.hood.p().evidence("diluent") is None
    expect(ann.page.locator("#network")).to_have_text("network ok")
    ann.scan(pharmacy.code_of("vial B"))
    ann.slot("diluent")


def test_the_same_form_sent_twice_is_done_once(ann: Technician) -> None:
    ann.begin_at("vial:1")
    answers = ann.page.evaluate(
        """async (raw) => {
          const screen = JSON.parse(document.getElementById("screen").textContent);
          const form = () => { const data = new FormData(); data.append("raw", raw);
            data.append("command_id", screen.command_id); data.append("expected_version", screen.version); return data; };
          const token = document.querySelector('meta[name="csrf-token"]').content;
          const headers = { Accept: "application/json", "X-CSRFToken": token };
          const post = () => fetch(`${location.pathname}/scan`, { method: "POST", body: form(), headers });
          const answers = [await post(), await post()];
          return Promise.all(answers.map(async (one) => [one.status, (await one.json()).verdict.kind]));
        }""",
        pharmacy.code_of("vial A"),
    )
    assert answers == [[200, "right"], [200, "right"]]
    p = ann.hood.p()
    assert (p.near_misses, p.evidence("vial:2")) == ((), None)


@pytest.mark.parametrize("slot", ["ppe:gown", "base", "recon-before:2", "photo-syringes"])
def test_loading_the_page_again_lands_on_the_same_step(ann: Technician, slot: str) -> None:
    ann.begin_at(slot)
    ann.page.reload()
    ann.slot(slot)
