"""Downtime at the desk: the sheet is printed beforehand; what was made on it is entered with pictures and two signatures."""

from __future__ import annotations

import io
import re
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from PIL import Image
from werkzeug.test import TestResponse

from app.desk import access
from app.export.recorded import exports
from app.record.verify import verify
from labels import codes
from tests.people.cast import ANN, BO, LEE, PAM, UNA
from tests.web.bench import Making, Seeded
from tests.web.conftest import Pharmacy
from tests.web.desk import at_desk, form_of, loaded, state
from tests.web.reading import bare
from workflows import events as happened

FILLED = {
    "outage": "network or server", "note": "no network from 08:00 to 10:30", "made_by": "Ann T.", "checked_by": "Bo T.",
    "dose_mg": "968.5", "made_at": "2026-11-20 08:30", "beyond_use": "2026-11-20 14:30",
    "user": PAM.user, "password": PAM.password, "badge": ANN.badge, "pin": ANN.pin,
    "what": ["cycloPHOSPHamide 500 mg vial", "D5W 250 mL"], "lot": ["CY7781", "unknown"],
}  # fmt: skip


@pytest.fixture
def ready(seeded: Seeded) -> Making:
    made = seeded.begin()
    made.do(made.sign("order verified"), PAM)
    return made


def page_of_paper(words: str = "page 1") -> bytes:
    out = io.BytesIO()
    Image.effect_noise((640, 900), len(words) * 5).save(out, "JPEG")
    return out.getvalue()


def enter(pharmacy: Pharmacy, made: Making, pages: tuple[bytes, ...] = (), **changes: Any) -> TestResponse:
    client = at_desk(pharmacy)
    form = form_of(client.get(f"/record/{made.id}/paper").text, "enctype")
    files = [(io.BytesIO(content), f"page{number}.jpg") for number, content in enumerate(pages or (page_of_paper(),))]
    return client.post(f"/record/{made.id}/paper", data={**form, **FILLED, "pages": files, **changes})


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


def test_q14_the_sheet_has_every_step_with_its_numbers_and_room_to_write_and_sign(
    pharmacy: Pharmacy, ready: Making
) -> None:
    answer = at_desk(pharmacy).get(f"/record/{ready.id}/downtime-sheet")
    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    text = text_of(answer.data)
    for words in (
        "Downtime sheet",
        ready.id,
        "Draw 24.25 mL",
        "24.47 g (23.24 to 25.69 g)",
        "PHARMACIST",
        "checked by",
        "DEMO",
    ):
        assert words in text, words
    assert "Scan" not in text, "nothing scans on paper"
    picture = pypdfium2.PdfDocument(answer.data)[0].render(scale=4).to_pil()
    assert codes.make("P", ready.id) in [one.text for one in zxingcpp.read_barcodes(picture)]


def test_q14_handing_the_sheet_out_is_recorded(pharmacy: Pharmacy, ready: Making) -> None:
    at_desk(pharmacy).get(f"/record/{ready.id}/downtime-sheet")
    with pharmacy.house.store.reading() as conn:
        newest = exports(conn, "MAIN")[0][1]
    assert (newest.export.format, newest.export.preparation, newest.who) == ("downtime sheet", ready.id, PAM.id)


def test_q14_there_is_no_sheet_for_what_is_not_verified_or_has_begun(pharmacy: Pharmacy, seeded: Seeded) -> None:
    made = seeded.begin()
    refused = at_desk(pharmacy).get(f"/record/{made.id}/downtime-sheet")
    assert refused.status_code == 409
    assert "verified" in refused.text


def test_q14_a_network_outage_ends_as_downtime_with_its_pictures_in_the_record(
    pharmacy: Pharmacy, ready: Making
) -> None:
    answer = enter(pharmacy, ready, (page_of_paper("a"), page_of_paper("ab")))
    assert answer.status_code == 303, re.findall(r'role="alert">.*?</div>', answer.text)
    assert state(pharmacy, ready.id) == "downtime"
    p = loaded(pharmacy, ready.id)
    event = next(one.event for one in p.notes if isinstance(one.event, happened.MadeOnPaper))
    assert event.cosigned is not None
    assert (event.signature.name, event.cosigned.name, len(event.sheet.pages)) == (PAM.name, ANN.name, 2)
    client = at_desk(pharmacy)
    record = client.get(f"/record/{ready.id}").text
    for words in (
        "Made on paper in a downtime",
        "968.5 mg as written",
        "lot CY7781",
        "made by Ann T., checked by Bo T.",
        "downtime",
    ):
        assert words in bare(record), words
    for page in event.sheet.pages:
        assert client.get(f"/record/{ready.id}/photo/{page}/original").status_code == 200
    assert "Made on paper in a downtime" in text_of(client.get(f"/record/{ready.id}/pdf").data)
    settings = pharmacy.house.settings
    assert verify(settings.data_dir / "vialtrace.db", settings.photos).faults == ()


def test_q14_the_pages_show_a_name_and_are_held_back_from_quality_assurance(pharmacy: Pharmacy, ready: Making) -> None:
    enter(pharmacy, ready)
    p = loaded(pharmacy, ready.id)
    page = next(one.event for one in p.notes if isinstance(one.event, happened.MadeOnPaper)).sheet.pages[0]
    assert at_desk(pharmacy, UNA).get(f"/record/{ready.id}/photo/{page}/original").status_code in (403, 404)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"outage": "weather"}, "Choose what was away"),
        ({"made_at": "yesterday"}, "2026-11-24 08:30"),
        ({"dose_mg": "about 970"}, "plain number"),
        ({"checked_by": "ann t."}, "two people"),
        ({"lot": ["", ""]}, "with its lot"),
        ({"password": "wrong"}, "do not belong together"),
        ({"pin": "000000"}, "do not belong together"),
        ({"badge": ""}, "second person"),
    ],
)
def test_q14_what_is_wrong_is_said_and_nothing_that_was_filled_in_is_lost(
    pharmacy: Pharmacy, ready: Making, changes: dict[str, Any], says: str
) -> None:
    answer = enter(pharmacy, ready, **changes)
    assert answer.status_code == 422
    assert says in answer.text, re.findall(r'role="alert">.*?</div>', answer.text)
    assert "no network from 08:00 to 10:30" in answer.text
    assert PAM.password not in answer.text
    assert ANN.pin not in answer.text
    assert state(pharmacy, ready.id) == "ready"


def test_q14_pictures_of_a_refused_form_are_kept_and_need_not_be_attached_again(
    pharmacy: Pharmacy, ready: Making
) -> None:
    refused = enter(pharmacy, ready, note="")
    kept = re.findall(r'name="kept" value="([0-9a-f]{64})"', refused.text)
    assert len(kept) == 1
    client = at_desk(pharmacy)
    form = form_of(client.get(f"/record/{ready.id}/paper").text, "enctype")
    assert client.post(f"/record/{ready.id}/paper", data={**form, **FILLED, "kept": kept}).status_code == 303


def test_q14_a_picture_of_another_record_cannot_be_named_as_a_page(
    pharmacy: Pharmacy, ready: Making, seeded: Seeded
) -> None:
    other = seeded.begin("DEMO1077").until_check()
    client = at_desk(pharmacy)
    form = form_of(client.get(f"/record/{ready.id}/paper").text, "enctype")
    answer = client.post(f"/record/{ready.id}/paper", data={**form, **FILLED, "kept": [other.shots["staged"]]})
    assert answer.status_code == 422
    assert "picture of every page" in answer.text


def test_q14_no_picture_is_no_page(pharmacy: Pharmacy, ready: Making) -> None:
    answer = enter(pharmacy, ready, (b"%PDF-1.7 a scan",))
    assert answer.status_code == 422
    assert "is no picture" in answer.text


@pytest.mark.parametrize("who", [ANN, BO, LEE, UNA])
def test_q14_only_a_pharmacist_enters_it(pharmacy: Pharmacy, ready: Making, who: Any) -> None:
    if who.password:
        assert at_desk(pharmacy, who).get(f"/record/{ready.id}/paper").status_code == 403


def test_q32_the_form_notes_whose_record_was_opened(pharmacy: Pharmacy, ready: Making) -> None:
    at_desk(pharmacy).get(f"/record/{ready.id}/paper")
    with pharmacy.house.store.reading() as conn:
        noted = access.of_preparation(conn, ready.id)[-1]
    assert (noted.who, noted.what) == (PAM.id, "enter from paper")
