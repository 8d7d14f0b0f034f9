"""The whole worked example at the station: after signing in nothing is clicked, touched or typed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app import preparations
from app.record import views
from tests import pharmacy
from tests.web.at_station import Technician
from workflows import measured
from workflows.evidence import Photo
from workflows.status import status

pytestmark = pytest.mark.browser


def test_a_press_is_kept_over_every_page_that_comes_after(ann: Technician) -> None:
    """What the next test's empty list is worth: a tap on one page is still known on the next."""
    ann.sign_in()
    pressed = ann.count_touches()
    ann.claim()
    ann.page.locator(".identity").click()
    ann.page.goto(f"{ann.hood.url}/terminal/{pharmacy.STATION}/worklist")
    ann.page.wait_for_timeout(100)
    assert pressed == ["pointerdown", "click"]


def test_a_preparation_from_claim_to_the_final_check_by_scanner_balance_and_cards(ann: Technician) -> None:
    hood = ann.hood
    ann.sign_in()
    pressed = ann.count_touches()
    ann.claim()
    ann.dress()
    ann.stage()
    ann.photograph("recon-before:1")
    ann.reconstitute()
    ann.draw_up()
    hood.film("bag")
    ann.photograph("bag-before")
    ann.weigh("287.60", "bag-after")
    ann.weigh("336.30", "photo-empty")
    ann.photograph("label-scan")
    label = hood.p().final_label()
    assert label is not None
    ann.scan(pharmacy.own("F", label.label_id, label.copy))
    ann.slot("photo-final")
    ann.photograph("wait")
    ann.sees("Wait for the final check.")
    assert pressed == []

    p = hood.p()
    dose = measured.dose(p)
    assert dose is not None
    assert (status(preparations.workflow_of(p), p), round(dose.dose.mg, 1)) == ("awaiting-check", Decimal("968.5"))
    assert p.near_misses == ()
    for photo in p.photos():
        assert isinstance(photo, Photo)
        assert isinstance(hood.rooms.blobs.get(photo.sha256), bytes)
    folder = hood.house.settings.data_dir / "labels"
    assert sorted(one.suffix for one in folder.iterdir()) == [".pdf", ".pdf"]

    pharmacy.sign(hood.rooms, hood.preparation, "approve", "approved for release")
    ann.slot("release", timeout=30000)
    ann.hears("right", "APPROVED")
    assert p.in_process is not None
    ann.scan(pharmacy.own("I", p.in_process.label_id, p.in_process.copy))
    ann.slot("waste")
    ann.card("NEXT")
    ann.slot("ended")
    with hood.rooms.store.reading() as conn:
        row = views.get_preparation(conn, hood.preparation)
    assert row is not None
    assert row.status == "closed"
    assert pressed == []
