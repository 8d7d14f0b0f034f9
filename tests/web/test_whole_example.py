"""The worked example from the HL7 message to the released, verifiable record, in two browsers."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pypdfium2
import pytest
from playwright.sync_api import Browser

from app import preparations
from app.record.engine import database_file
from app.record.verify import verify
from tests import pharmacy
from tests.web import play
from tests.web.at_station import Technician
from workflows import measured
from workflows.events import Rejected, Released
from workflows.status import status

pytestmark = pytest.mark.browser


def text_of(pdf: bytes) -> str:
    """Every page's text, in one line."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        pages = [page.get_textpage().get_text_bounded() for page in document]
    finally:
        document.close()
    return " ".join(" ".join(pages).split())


def test_an_hl7_order_becomes_a_released_bag_whose_record_verifies(ann: Technician, browser: Browser) -> None:
    hood = ann.hood
    preparation = play.receive(hood)
    desk = browser.new_context(viewport={"width": 1440, "height": 900})
    pam = play.Pharmacist(desk.new_page(), hood)
    pam.sign_in()
    pam.verify("cyclophosphamide")
    ann.sign_in()
    pressed = ann.count_touches()
    ann.page.reload()  # counted from here
    play.make(ann)
    assert pressed == []
    pam.approve()
    play.release(ann)
    assert status(preparations.workflow_of(hood.p()), hood.p()) == "closed"
    folder = hood.house.settings.data_dir / "labels"
    assert [one.suffix for one in folder.iterdir()] == [".pdf", ".pdf"]
    for photo in hood.p().photos():
        assert isinstance(hood.rooms.blobs.get(photo.sha256), bytes)

    with hood.rooms.store.reading() as conn:
        history = preparations.history(conn, preparation)
    p = hood.p()
    dose, account = measured.dose(p), measured.account(p)
    assert dose is not None
    assert account is not None
    assert (round(dose.dose.mg, 1), round(account.compounding * 100, 2)) == (Decimal("968.5"), Decimal("-0.16"))
    released = next(one.event for one in history if isinstance(one.event, Released))
    assert p.started_at is not None
    assert released.beyond_use == p.started_at + timedelta(hours=24)
    near_miss = next(one.event for one in history if isinstance(one.event, Rejected))
    assert (near_miss.slot, near_miss.findings[0].code) == ("syringe-full:1", "TOO_MUCH")
    assert "+9.9 %" in near_miss.findings[0].says

    label = p.final_label()
    assert label is not None
    pdf = hood.rooms.blobs.get(label.sha256)
    assert isinstance(pdf, bytes)
    printed = text_of(pdf)
    assert f"{released.beyond_use.astimezone(pharmacy.ZONE):%Y-%m-%d %H:%M}" in printed
    assert "970 mg" in printed

    record = desk.request.get(f"{hood.url}/record/{preparation}/pdf")
    assert record.ok
    told = text_of(record.body())
    assert "968.5 mg" in told
    assert "−0.16 %" in told
    verdict = verify(database_file(hood.house.settings), hood.house.settings.photos)
    assert verdict.faults == ()
    desk.close()


def test_a_press_is_kept_over_every_page_that_comes_after(ann: Technician) -> None:
    """What the empty list of the test above is worth: a tap on one page is still known on the next."""
    ann.sign_in()
    pressed = ann.count_touches()
    ann.claim()
    ann.page.locator(".identity").click()
    ann.page.goto(f"{ann.hood.url}/terminal/{pharmacy.STATION}/worklist")
    ann.page.wait_for_timeout(100)
    assert pressed == ["pointerdown", "click"]
