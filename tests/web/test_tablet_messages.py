"""Pam writes to Ann's tablet: it stands there with a tone until she has read it, and no step and no dose moves by it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.clock import now
from app.stations.messages import SENTENCES, NotSentError, of_preparation, send
from tests import pharmacy as furnished
from tests.people.cast import ANN, BO, PAM
from tests.web.at_station import Hood, Technician
from tests.web.conftest import sign_in_desk, token_of
from tests.web.test_terminal_sizes import fits

BACK = "%VT-C-BACK%"
TEXT = "Please take the photo again, with the vial turned so that its lot is seen."
LONG = max(SENTENCES, key=len)


def write(pam: FlaskClient, hood: Hood, text: str = TEXT, id: str = "M" * 26) -> int:
    form = {"note": text, "telephone": "555 0199", "command_id": id, "csrf_token": token_of(pam.get("/me"))}
    return pam.post(f"/review/{hood.preparation}/message", data=form).status_code


def desk_of_pam(hood: Hood) -> FlaskClient:
    client = hood.app.test_client()
    assert sign_in_desk(client, PAM).status_code == 302
    return client


def test_a_message_stands_beside_the_step_until_it_is_read_and_the_preparation_is_what_it_was(hood: Hood) -> None:
    pam = desk_of_pam(hood)
    assert write(pam, hood) == 422, "nobody makes it yet: no tablet would show it"
    hood.advance("vial:2")
    ann, bo, before = hood.client(), hood.client(BO), hood.p()
    assert write(pam, hood, "Draw 970 mg") == 422
    assert write(pam, hood) == 303
    assert write(pam, hood) == 303, "sent twice, kept once"
    note = hood.screen(ann)["note"]
    assert (note["by"], note["text"], note["telephone"]) == (PAM.name, TEXT, "555 0199")
    assert ann.get(f"{hood.path}/live").get_json()["note"] == note["id"]
    assert hood.screen(bo)["note"] is None, "it is for whoever makes it"
    assert bo.get(f"{hood.path}/live").get_json()["note"] == ""
    assert "Not seen yet" in pam.get(f"/review/{hood.preparation}").text

    by_card = hood.post(ann, "scan", raw=BACK, note=note["id"]).get_json()
    assert (by_card["verdict"]["kind"], by_card["verdict"]["word"]) == ("right", "SEEN")
    assert by_card["screen"]["note"] is None
    assert hood.post(ann, "note", note=note["id"]).get_json()["verdict"] is None, "it is read once"
    assert write(pam, hood, "Thank you.", "N" * 26) == 303
    assert hood.post(ann, "note", note=hood.screen(ann)["note"]["id"]).get_json()["verdict"]["word"] == "SEEN"
    assert hood.p() == before, "no event of the preparation, no step taken back by the card"

    with hood.rooms.store.reading() as conn:
        first, second = of_preparation(conn, hood.preparation)
    assert (first.text, second.text) == (TEXT, "Thank you.")
    for kept in (first, second):
        assert (kept.sent_by, kept.seen_by, kept.station) == (PAM.id, ANN.id, furnished.STATION)
        assert kept.seen_at is not None
        assert kept.seen_at >= kept.sent_at
    for page in (f"/review/{hood.preparation}", f"/record/{hood.preparation}"):
        assert pam.get(page).text.count(f"een by {ANN.name} at HOOD-1") == 2
    token = {"note": TEXT, "command_id": "O" * 26, "csrf_token": token_of(ann.get(f"{hood.path}/more"))}
    assert ann.post(f"/review/{hood.preparation}/message", data=token).status_code == 403


@pytest.mark.parametrize("text", SENTENCES)
def test_no_sentence_that_can_be_sent_holds_a_number_and_each_is_read_at_a_glance(text: str) -> None:
    assert not any(one.isnumeric() for one in text)
    assert len(text) <= 120


@pytest.mark.parametrize(
    ("text", "telephone"),
    [
        ("Use 970 mg", ""),
        ("Draw a dozen", ""),
        ("use twentyfive", ""),
        ("a tenth of it", ""),
        ("all of both vials", ""),
        ("la moitié", ""),
        ("", ""),
        (f"{TEXT} Use both.", ""),
        (TEXT, "970 mg"),
        (TEXT, "12.5"),
        (TEXT, "1000.5"),
        (TEXT, "125"),
        (TEXT, "1 2 5"),
        (TEXT, "٥٥٥٥"),
        (TEXT, "-5550199"),
        (TEXT, "5" * 25),
    ],
)
def test_nothing_but_a_fixed_sentence_and_a_telephone_number_is_ever_sent(text: str, telephone: str) -> None:
    nothing_is_written: Any = None
    with pytest.raises(NotSentError):
        send(nothing_is_written, "7F3K2Q9X", text, telephone, id="M" * 26, site="MAIN", at=now(), who=PAM.id)


def test_only_whoever_makes_it_at_its_station_says_that_it_was_read(hood: Hood) -> None:
    pam = desk_of_pam(hood)
    hood.advance("vial:2")
    ann, bo = hood.client(), hood.client(BO)
    assert write(pam, hood) == 303
    note = hood.screen(ann)["note"]["id"]
    assert hood.post(bo, "note", note=note).get_json()["verdict"] is None
    assert hood.screen(ann)["note"]["id"] == note, "it still stands on the glass"
    assert hood.post(ann, "note", note=note).get_json()["verdict"]["word"] == "SEEN"


def test_a_page_that_was_used_sends_no_other_message(hood: Hood) -> None:
    pam = desk_of_pam(hood)
    hood.advance("vial:2")
    assert [write(pam, hood), write(pam, hood)] == [303, 303], "the same again is the same"
    assert write(pam, hood, "Thank you.") == 422
    assert [write(pam, hood, id="X" * 60), write(pam, hood, id="X" * 60)] == [303, 303]
    with hood.rooms.store.reading() as conn:
        kept = of_preparation(conn, hood.preparation)
    assert [one.text for one in kept] == [TEXT, TEXT]


def test_the_tablet_sounds_a_message_shows_it_beside_the_step_and_takes_it_away_by_a_card(ann: Technician) -> None:
    hood = ann.hood
    ann.begin_at("vial:2")
    site, at = hood.house.settings.site, now()
    hood.rooms.store.write(
        lambda conn: send(conn, hood.preparation, LONG, "+1 555 010 0199", id="M" * 26, site=site, at=at, who=PAM.id)
    )
    ann.page.wait_for_selector(f".note-on-glass:has-text({LONG!r})")
    assert re.fullmatch(r"gown 1[0-9]{2} min left", ann.page.locator("#gown").inner_text())
    assert ann.page.evaluate("() => window.__tones.map((one) => one.kind)").count("check") == 1
    box = ann.page.locator("[data-note]").bounding_box()
    assert box is not None
    assert box["height"] >= 117, "20 mm at the densest display"
    assert ann.page.locator(".seen").is_visible()
    assert fits(ann.page, "message") == []
    ann.card("BACK")
    ann.hears("right", "SEEN")
    ann.page.wait_for_selector(".note-on-glass", state="detached")
    ann.slot("vial:2")


def test_a_message_waits_on_every_screen_of_its_station_for_whoever_makes_it_and_for_nobody_else(hood: Hood) -> None:
    pam, where = desk_of_pam(hood), f"/terminal/{furnished.STATION}/message"
    hood.advance("vial:2")
    ann, bo = hood.client(), hood.client(BO)
    assert ann.get(where).get_json()["id"] == ""
    assert write(pam, hood) == 303
    now_here = ann.get(where).get_json()
    assert (now_here["by"], now_here["text"], now_here["telephone"]) == (PAM.name, TEXT, "555 0199")
    assert (now_here["about"], now_here["opens"]) == ("cyclophosphamide 970 mg", hood.path)
    assert bo.get(where).get_json()["id"] == ""
    assert f'data-news="{where}"' in ann.get(f"/terminal/{furnished.STATION}/worklist").text
    assert "data-news" not in ann.get(hood.path).text, "it stands beside the step there"
    assert "data-news" not in hood.app.test_client().get(f"/terminal/{furnished.STATION}").text
    assert hood.post(ann, "note", note=now_here["id"]).get_json()["verdict"]["word"] == "SEEN"
    assert ann.get(where).get_json()["id"] == ""


def test_the_worklist_sounds_a_message_and_takes_it_away_when_it_was_seen(ann: Technician) -> None:
    hood = ann.hood
    hood.advance("vial:2")
    ann.sign_in()
    site, at = hood.house.settings.site, now()
    hood.rooms.store.write(
        lambda conn: send(conn, hood.preparation, LONG, "+1 555 010 0199", id="M" * 26, site=site, at=at, who=PAM.id)
    )
    ann.page.wait_for_selector(f"#news:has-text({LONG!r})")
    assert ann.page.evaluate("() => window.__tones.map((one) => one.kind)").count("check") == 1
    assert fits(ann.page, "message on the worklist") == []
    ann.page.get_by_role("button", name="SEEN").click()
    ann.page.wait_for_selector("#news", state="detached")
    with hood.rooms.store.reading() as conn:
        assert of_preparation(conn, hood.preparation)[0].seen_by == ANN.id
