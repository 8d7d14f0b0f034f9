"""What takes a second person at the station, what is picked from a list, and who may look at what."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from sqlalchemy import Connection, select, update

from app.clock import now
from app.desk import opened
from app.desk.patients import NOBODY
from app.desk.queue import Lines
from app.interfaces.demo import demo_orders
from app.interfaces.hl7 import read
from app.interfaces.intake import Intake
from app.people import competencies
from app.record import log, views
from app.record.tables import order_text
from app.stations.benches import NO_AIM
from hardware_mocks.camera import jpeg, photograph
from labels import codes
from tests import pharmacy
from tests.interfaces.cases import PROFILE
from tests.people.cast import ANN, BO, LEE, PAM
from tests.pharmacy import STATION, UNITS
from tests.web.at_station import JSON, SCENES, Hood, token_in
from workflows.evidence import Container, Scan


@pytest.fixture
def at_staging(hood: Hood) -> Hood:
    hood.advance("vial:1")
    return hood


def picture(variant: str = "sharp", scene: str = "vials") -> tuple[io.BytesIO, str]:
    return io.BytesIO(jpeg(photograph(SCENES[scene], variant))), "still.jpg"


def typed(**given: object) -> dict[str, object]:
    """What Ann types from the label of vial A, with Bo as witness."""
    label, _, lot = UNITS["vial A"]
    fields: dict[str, object] = {
        "number": "10019-955-50", "lot": lot, "expiry": "2028-06-30", "serial": label, "badge": BO.badge, "pin": BO.pin,
        "still": picture(),
    }  # fmt: skip
    return fields | given


def test_q14_a_code_that_will_not_scan_is_typed_with_photo_and_witness(at_staging: Hood) -> None:
    client = at_staging.client()
    answer = at_staging.post(client, "typed", **typed())
    assert (answer.status_code, answer.get_json()["go"]) == (200, at_staging.path)
    p = at_staging.p()
    entry = p.entries["vial:1"]
    assert isinstance(entry.evidence, Scan)
    assert isinstance(entry.evidence.found, Container)
    assert (entry.who, entry.second, entry.evidence.how, entry.evidence.found.lot) == (ANN.id, BO.id, "typed", "AB123")
    assert isinstance(at_staging.rooms.blobs.get(entry.evidence.photo), bytes)
    assert [one.slot for one in p.typed()] == ["vial:1"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"badge": ANN.badge, "pin": ANN.pin}, "somebody else"),
        ({"pin": "000000"}, "do not belong together"),
        ({"badge": ""}, "scans their badge"),
        ({"still": picture("blurred")}, "blurred"),
        ({"still": (io.BytesIO(b"no picture"), "x.jpg")}, "Take a photo of the label first"),
        ({"number": "10019-955-5"}, "not in the formulary"),
        ({"lot": ""}, "Type the lot"),
        ({"expiry": "31/03/2028"}, "2027-03-31"),
    ],
)
def test_a_typed_code_without_all_of_it_records_nothing(at_staging: Hood, given: dict[str, object], says: str) -> None:
    client, version = at_staging.client(), at_staging.p().version
    answer = at_staging.post(client, "typed", **typed(**given))
    assert (answer.status_code, answer.get_json()["verdict"]["kind"]) == (422, "check")
    assert says in answer.get_json()["verdict"]["says"]
    assert at_staging.p().version == version


def test_a_typed_wrong_strength_is_still_a_wrong_strength(at_staging: Hood) -> None:
    answer = at_staging.post(
        at_staging.client(), "typed", **typed(number="0781-3529-70", still=picture(scene="other vial"))
    )
    assert answer.get_json()["verdict"]["word"] == "WRONG STRENGTH"
    assert at_staging.p().near_misses[-1].codes[0] == "WRONG_STRENGTH"


def test_ann_hands_over_to_bo_who_dresses_anew(at_staging: Hood) -> None:
    client = at_staging.client()
    answer = at_staging.post(client, "hand-over", badge=BO.badge, pin=BO.pin)
    assert (answer.status_code, answer.location) == (302, f"/terminal/{STATION}/worklist")
    p = at_staging.p()
    assert (p.claimed_by, p.gloves_at, {ANN.id, BO.id} <= p.hands) == (BO.id, None, True)
    shown = at_staging.screen(client)
    assert (shown["kind"], shown["task"], shown["actions"]) == ("other", "Bo K. has this preparation.", [])
    assert at_staging.screen(at_staging.client(BO))["slot"].startswith("ppe:")


def test_q18_the_second_person_s_signature_stands_whole_in_the_event_and_in_the_story(at_staging: Hood) -> None:
    over = at_staging.p().digest
    at_staging.post(at_staging.client(), "hand-over", badge=BO.badge, pin=BO.pin)
    with at_staging.rooms.store.reading() as conn:
        told = log.load(conn, at_staging.preparation)[-1]
        found = opened.load(conn, told.site, at_staging.preparation, lambda _: NOBODY)
    signed = told.data["cosigned"]
    assert (told.kind, told.shape, told.second_person) == ("handed_over", 3, BO.id)
    assert {name: signed[name] for name in ("person", "name", "licence", "meaning", "method", "components", "over")} == {
        "person": BO.id, "name": BO.name, "licence": "", "meaning": "takes the preparation over",
        "method": "badge and PIN", "components": 2, "over": over,
    }  # fmt: skip
    assert found is not None
    assert f"second signature: {BO.name}: takes the preparation over; badge and PIN, two components" in str(
        found.lines[-1].details
    )


def test_nobody_hands_over_to_themselves_or_to_a_pharmacist(at_staging: Hood) -> None:
    client = at_staging.client()
    for member in (ANN, PAM):
        answer = at_staging.post(client, "hand-over", badge=member.badge, pin=member.pin)
        assert answer.status_code == 422
    assert at_staging.p().claimed_by == ANN.id


def test_bo_takes_over_only_with_lee(at_staging: Hood) -> None:
    client = at_staging.client(BO)
    assert at_staging.post(client, "take-over", badge=ANN.badge, pin=ANN.pin).status_code == 422
    answer = at_staging.post(client, "take-over", badge=LEE.badge, pin=LEE.pin)
    assert (answer.status_code, answer.location) == (302, at_staging.path)
    assert at_staging.p().claimed_by == BO.id


def test_a_spill_stops_work_until_a_pharmacist_decides(at_staging: Hood) -> None:
    client = at_staging.client()
    assert at_staging.post(client, "pause", reason="boredom").status_code == 422
    assert at_staging.post(client, "pause", reason="spill").status_code == 302
    assert at_staging.screen(client)["says"] == ["A pharmacist decides whether it goes on. Touch nothing."]
    answer = at_staging.post(client, "do", word="PAUSE")
    assert (answer.status_code, at_staging.p().paused) == (422, "spill")


def test_a_vial_that_is_not_clear_is_set_aside_and_waits_for_a_pharmacist(hood: Hood) -> None:
    hood.advance("recon-mixed:1")
    client = hood.client()
    assert [one["label"] for one in hood.screen(client)["actions"]][:2] == ["DONE", "NOT CLEAR"]
    vial = hood.p().evidence("vial:1").found  # type: ignore[union-attr]  # scanned
    answer = hood.post(client, "do", word="NOT CLEAR")
    said = answer.get_json()["verdict"]
    assert (answer.status_code, said["kind"], said["word"]) == (200, "check", "STOPPED")
    assert said["says"] == "Vial A is not dissolved and clear; it was set aside."
    p = hood.p()
    assert (p.paused, p.set_aside[0], "vial:1" in p.entries) == ("integrity or particulates", vial, False)
    assert hood.post(client, "do", word="PAUSE").status_code == 422  # a pharmacist decides whether it goes on
    with hood.rooms.store.reading() as conn:
        row = views.get_preparation(conn, hood.preparation)
        waits = Lines().of(conn, row) if row else None
    assert waits is not None
    assert (waits.reason, waits.about) == ("held", "vial A is not dissolved and clear; it was set aside")


def test_discarding_takes_a_reason_from_the_list_and_leaves_the_leftovers_to_account_for(at_staging: Hood) -> None:
    at_staging.advance("diluent")
    client = at_staging.client()
    assert at_staging.post(client, "discard", reason="").status_code == 422
    assert at_staging.p().outcome == ""
    assert at_staging.post(client, "discard", reason="integrity or particulates").status_code == 302
    assert (at_staging.p().outcome, at_staging.screen(client)["slot"]) == ("aborted", "waste")
    at_staging.post(client, "do", word="NEXT")
    assert at_staging.p().closed


def test_another_technician_may_look_but_every_act_is_refused(at_staging: Hood) -> None:
    client, version = at_staging.client(BO), at_staging.p().version
    assert at_staging.screen(client)["kind"] == "other"
    answer = at_staging.post(client, "scan", raw=pharmacy.code_of("vial A"))
    assert (answer.status_code, answer.get_json()["verdict"]["kind"]) == (422, "check")
    assert "Another technician has this preparation" in answer.get_json()["verdict"]["says"]
    assert at_staging.p().version == version


def test_nobody_sees_a_preparation_before_signing_in(hood: Hood) -> None:
    client = hood.app.test_client()
    answer = client.get(hood.path, headers=JSON)
    assert (answer.status_code, answer.headers["X-Sign-In"]) == (401, f"/terminal/{STATION}")


def test_a_form_without_its_command_id_or_version_is_not_understood(at_staging: Hood) -> None:
    client = at_staging.client()
    for missing in ("command_id", "expected_version"):
        form = {"raw": pharmacy.code_of("vial A"), missing: ""}
        assert at_staging.post(client, "scan", **form).status_code == 400
    assert at_staging.p().evidence("vial:1") is None


def test_the_live_answer_is_304_while_nothing_changes(at_staging: Hood) -> None:
    client = at_staging.client()
    first = client.get(f"{at_staging.path}/live", headers=JSON)
    again = client.get(f"{at_staging.path}/live", headers={**JSON, "If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code, again.data) == (200, 304, b"")


def test_a_reading_of_an_earlier_run_of_the_program_is_never_taken_for_one_of_this(at_staging: Hood) -> None:
    client, version = at_staging.client(), at_staging.p().version
    answer = at_staging.post(client, "scan", heard="OLDRUN00-1")
    assert (answer.status_code, answer.get_json()["verdict"]["says"]) == (
        422,
        "This reading is no longer there. Scan it again.",
    )
    assert at_staging.p().version == version


def test_a_badge_held_to_the_stations_scanner_reaches_a_page_that_asks_for_one_and_nothing_else_does(
    hood: Hood,
) -> None:
    stand = hood.house.benches.at(STATION)
    assert stand is not None
    client = hood.app.test_client()
    after = client.get(f"/terminal/{STATION}/badges").get_json()["after"]
    stand.scans.add(pharmacy.code_of("vial A"), now())
    stand.scans.add(f"]d1{ANN.badge}", now())
    stand.scans.add(ANN.badge, now(), NO_AIM)
    heard = client.get(f"/terminal/{STATION}/badges?after={after}").get_json()
    assert heard["badges"] == [ANN.badge]
    assert heard["others"] == ["This is not a badge. Scan your own badge.", NO_AIM]
    assert client.get(f"/terminal/{STATION}/badges").get_json()["badges"] == []


def test_a_competency_that_lapsed_is_named_when_it_is_claimed(hood: Hood) -> None:
    at = now()
    lapsed = {"GRAV": at - timedelta(days=1)}
    hood.rooms.door.write(lambda act: competencies.certify(act, ANN.id, lapsed, assessor="setup"), by="setup", at=at)
    client = hood.client()
    token = token_in(client.get(f"/terminal/{STATION}/worklist").text)
    form = {"preparation": hood.preparation, "csrf_token": token}
    answer = client.post(f"/terminal/{STATION}/worklist/open", data=form, headers=JSON)
    assert "GRAV" in answer.get_json()["verdict"]["says"]
    assert hood.p().claimed_by == ""


def test_g26_whoever_comes_to_the_station_reads_in_one_line_what_of_theirs_ends(hood: Hood) -> None:
    at, line = now(), "Your competency ends: GRAV in 5 days. Ask who assesses it here."
    assert "Your competency" not in hood.client().get(f"/terminal/{STATION}/worklist").text
    near = {"GRAV": at + timedelta(days=5, hours=1)}
    hood.rooms.door.write(lambda act: competencies.certify(act, ANN.id, near, assessor="setup"), by="setup", at=at)
    assert line in hood.client().get(f"/terminal/{STATION}/worklist").text


def test_a_patients_text_changed_in_the_database_is_not_shown_at_the_station(at_staging: Hood) -> None:
    text = at_staging.p().patient

    def swap(conn: Connection) -> None:
        fields = conn.execute(select(order_text.c.fields).where(order_text.c.id == text)).scalar_one()
        conn.execute(update(order_text).where(order_text.c.id == text).values(fields=fields.replace("Marta", "Dora")))

    at_staging.house.store.write(swap)
    assert at_staging.screen(at_staging.client())["patient"] == (
        "PATIENT'S TEXT WAS CHANGED: stop and tell quality assurance"
    )


def test_an_order_that_waits_is_marked_hazardous_while_nobody_has_judged_it(hood: Hood) -> None:
    raw = demo_orders(now(), pharmacy.ZONE)[2][1]  # gemcitabine: no recipe here
    reading = read(raw, [PROFILE])
    intake = Intake(hood.rooms.dispatcher, hood.rooms.blobs)
    intake.receive(reading, at=now(), own_id="A0000001")
    rows = hood.client().get(f"/terminal/{STATION}/worklist", headers=JSON).get_json()["screen"]["rows"]
    waiting = next(row for row in rows if row["drug"] == "gemcitabine")
    assert (waiting["preparation"], waiting["hazardous"]) == ("", True)
    assert waiting["state"].startswith("waits: ")


def test_the_letters_beside_a_symbol_open_its_preparation_and_are_no_evidence_of_a_label(at_staging: Hood) -> None:
    p = at_staging.p()
    assert p.in_process is not None
    code = pharmacy.own("I", p.in_process.label_id, 1).removeprefix("]d1")
    letters = codes.spoken(code)
    client = at_staging.client()
    token = token_in(client.get(f"/terminal/{STATION}/worklist").text)
    for given in (letters, letters.partition(",")[0], letters.replace("-", "").lower()):
        form = {"raw": given, "csrf_token": token}
        answer = client.post(f"/terminal/{STATION}/worklist/scan", data=form, headers=JSON)
        assert answer.get_json().get("go") == at_staging.path, given
    answer = at_staging.post(client, "scan", raw=letters)
    assert (answer.status_code, answer.get_json()["verdict"]["kind"]) == (422, "check")
    assert "Hold the symbol itself to the scanner" in answer.get_json()["verdict"]["says"]
    assert at_staging.p().near_misses == ()
