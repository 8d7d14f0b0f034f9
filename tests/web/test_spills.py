"""A spill from the station's card to its closed record: steps, people, the report; who has to practise (R45, G27, G28, G30)."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.clock import now
from app.people import competencies
from app.record import log
from app.record.place import place_of
from app.record.verify import verify
from app.station_settings import StationSettings
from app.stations import incidents
from app.stations.incidents import Kept
from tests.export.conftest import pdf_text
from tests.people.cast import ANN, BO, LEE, PAM, Member
from tests.web.bench import Seeded
from tests.web.conftest import Pharmacy, sign_in_station, token_of
from tests.web.desk import at_desk, post
from workflows import commands as asked
from workflows.spills import STEPS, WORN

CARD = "/terminal/HOOD-1/spill"


def typed(pharmacy: Pharmacy, at: datetime) -> str:
    return at.astimezone(pharmacy.house.settings.zone).strftime("%Y-%m-%d %H:%M")


def kept(pharmacy: Pharmacy) -> Kept:
    with pharmacy.house.store.reading() as conn:
        (one,) = incidents.of_site(conn, pharmacy.house.settings.site)
    return one


def tablet(pharmacy: Pharmacy, member: Member = ANN) -> FlaskClient:
    client = pharmacy.client()
    assert sign_in_station(client, member).status_code == 302
    return client


def press(client: FlaskClient, path: str, **form: str) -> TestResponse:
    return client.post(path, data={"csrf_token": token_of(client.get(CARD)), **form})


def whole(pharmacy: Pharmacy, **changes: object) -> dict[str, object]:
    """The form filled in so that nothing stands in the way of closing."""
    one = kept(pharmacy)
    form: dict[str, object] = {
        "expected_version": one.version,
        "rows": "4",
        "happened_at": typed(pharmacy, one.spill.happened_at - timedelta(minutes=1)),
        "place": "HOOD-1",
        "drug": one.spill.drug,
        "preparation": one.spill.preparation,
        "volume_ml": "4.5",
        "surface": "floor",
        "kit": "kit 2, by the door",
        "kit_expiry": "2027-03-31",
        "worn": list(WORN),
        "waste": "drum 14, sealed by Ann",
        "cause": "a syringe slipped",
        "steps": [name for name, _ in STEPS],
        "nobody_exposed": "y",
    }
    return {**form, **changes}


def exposed(pharmacy: Pharmacy, **changes: str) -> dict[str, str]:
    said = {
        "person": "ann",
        "route": "skin",
        "part": "forearm",
        "first_aid": "rinsed 15 min",
        "service": "employee health",
        "contacted_at": typed(pharmacy, now()),
    }
    return {f"{name}-0": value for name, value in {**said, **changes}.items()}


@pytest.fixture
def spilled(pharmacy: Pharmacy) -> Pharmacy:
    """A spill recorded at a desk, with nothing of it said yet."""
    form = {"happened_at": typed(pharmacy, now()), "place": "HOOD-1", "drug": "cyclophosphamide"}
    assert post(at_desk(pharmacy, LEE), "/spills", **form).status_code == 303
    return pharmacy


def test_g27_the_card_is_at_every_station_for_everybody_with_steps_kit_and_whom_to_call(make_pharmacy: object) -> None:
    station = StationSettings(cabinets=("BSC-1",), spill_kit="by the east door", spill_call="employee health 5-1234")
    client = make_pharmacy(stations={"HOOD-1": station}).client()  # type: ignore[operator]  # the fixture makes pharmacies
    assert f'href="{CARD}"' in client.get("/terminal/HOOD-1").text
    page = client.get(CARD).text
    assert all(says in page for _, says in STEPS)
    assert "by the east door" in page
    assert "employee health 5-1234" in page
    assert "<button" not in page


def test_g27_a_station_that_says_neither_says_so(pharmacy: Pharmacy) -> None:
    page = pharmacy.client().get(CARD).text
    assert "NOT SAID: ask the lead technician" in page
    assert "NOT SAID: ask the pharmacist" in page


def test_r45_one_press_records_a_spill_with_the_preparation_in_hand_and_its_steps_are_ticked_one_by_one(
    pharmacy: Pharmacy, seeded: Seeded
) -> None:
    made = seeded.begin().until_claimed()
    ann = tablet(pharmacy)
    assert press(ann, CARD, surface="floor").status_code == 303
    one = kept(pharmacy)
    assert (one.spill.preparation, one.spill.drug, one.spill.surface, one.hands) == (
        made.id,
        "cyclophosphamide",
        "floor",
        frozenset({ANN.id}),
    )
    press(ann, CARD, surface="bench")  # pressed twice: it is one spill
    for number, (name, says) in enumerate(STEPS, start=1):
        page = ann.get(CARD).text
        assert f"Step {number} of {len(STEPS)}" in page
        assert says in page
        press(ann, f"{CARD}/{one.id}/step", step=name)
        press(ann, f"{CARD}/{one.id}/step", step=name)
    assert [done.step for done in kept(pharmacy).spill.done] == [name for name, _ in STEPS]
    assert f"spill {one.id}" in at_desk(pharmacy).get(f"/record/{made.id}").text


def test_r45_the_same_spill_sent_twice_is_one(spilled: Pharmacy) -> None:
    spill = kept(spilled).spill
    form = {"happened_at": typed(spilled, spill.happened_at), "place": "HOOD-1", "drug": "cyclophosphamide"}
    again = post(at_desk(spilled, LEE), "/spills", **form)
    assert again.location.endswith(f"/spills/{kept(spilled).id}")


def test_r45_it_stays_open_until_all_is_said_and_then_it_closes_for_good(spilled: Pharmacy) -> None:
    lee, id = at_desk(spilled, LEE), kept(spilled).id
    page = lee.get(f"/spills/{id}").text
    assert "Before it can be closed" in page
    refused = post(lee, f"/spills/{id}/close", expected_version=1)
    assert (refused.status_code, "It stays open. Say how much was spilled." in refused.text) == (422, True)
    assert post(lee, f"/spills/{id}", **whole(spilled)).status_code == 303
    assert "Before it can be closed" not in lee.get(f"/spills/{id}").text
    assert post(lee, f"/spills/{id}/close", expected_version=2).status_code == 303
    closed = kept(spilled).spill
    assert (closed.closed_by, closed.closed_at is not None) == (LEE.id, True)
    again = post(lee, f"/spills/{id}", **{**whole(spilled), "expected_version": 3, "waste": "elsewhere"})
    assert "It is closed" in again.text
    with spilled.house.store.reading() as conn:
        kinds = [one.kind for one in log.load(conn, f"site/{spilled.house.settings.site}") if "spill" in one.kind]
    assert kinds == ["spill_recorded", "spill_changed", "spill_closed"]
    settings = spilled.house.settings
    assert verify(place_of(settings), settings.photos).faults == ()


def test_g30_nothing_closes_before_the_emergency_service_was_contacted_and_when(spilled: Pharmacy) -> None:
    lee, id = at_desk(spilled, LEE), kept(spilled).id
    for version, missing in enumerate(("service", "contacted_at"), start=2):
        said = {**whole(spilled, nobody_exposed=""), **exposed(spilled, **{missing: ""})}
        assert post(lee, f"/spills/{id}", **said).status_code == 303
        refused = post(lee, f"/spills/{id}/close", expected_version=version)
        assert "Ann T.: the emergency service was not contacted" in refused.text, missing
    assert post(lee, f"/spills/{id}", **{**whole(spilled, nobody_exposed=""), **exposed(spilled)}).status_code == 303
    assert post(lee, f"/spills/{id}/close", expected_version=4).status_code == 303


def test_r45_an_exposed_person_and_whoever_wrote_reads_it_and_no_other_technician(spilled: Pharmacy) -> None:
    lee, id = at_desk(spilled, LEE), kept(spilled).id
    assert at_desk(spilled, ANN).get(f"/spills/{id}").status_code == 404
    post(lee, f"/spills/{id}", **{**whole(spilled, nobody_exposed=""), **exposed(spilled)})
    assert kept(spilled).spill.exposed[0].person == ANN.id
    assert lee.get(f"/people/{ANN.id}").text.count(f"spill {id}") == 1
    assert at_desk(spilled, ANN).get(f"/spills/{id}").status_code == 200
    for path in (f"/spills/{id}", f"/spills/{id}/pdf"):
        assert at_desk(spilled, BO).get(path).status_code == 404
    assert f"/spills/{id}" not in at_desk(spilled, BO).get("/spills").text
    assert f"/spills/{id}" in at_desk(spilled, ANN).get("/spills").text


SAYS_NOTHING = (
    ({"happened_at": "yesterday"}, "Write the time as"),
    ({"volume_ml": "a few drops"}, "about how many mL"),
    ({"kit_expiry": "March"}, "2027-06-30"),
    ({"preparation": "NOPE0000"}, "There is no preparation NOPE0000"),
    ({"person-0": "ann", "route-0": ""}, "how they were exposed"),
)


def test_r45_a_field_that_says_nothing_known_brings_the_whole_form_back(spilled: Pharmacy) -> None:
    lee = at_desk(spilled, LEE)
    for changes, says in SAYS_NOTHING:
        answer = post(lee, f"/spills/{kept(spilled).id}", **{**whole(spilled), **changes})
        assert (answer.status_code, says in answer.text) == (422, True), changes
        assert 'value="drum 14, sealed by Ann"' in answer.text
    assert kept(spilled).version == 1


def test_r45_two_who_write_at_once_do_not_overwrite_each_other(spilled: Pharmacy) -> None:
    form = whole(spilled)
    assert post(at_desk(spilled, LEE), f"/spills/{kept(spilled).id}", **form).status_code == 303
    late = post(at_desk(spilled), f"/spills/{kept(spilled).id}", **{**form, "waste": "drum 15"})
    assert (late.status_code, "Somebody else wrote on it" in late.text) == (409, True)


def test_r45_the_incident_report_says_who_was_exposed_which_service_and_what_is_missing(spilled: Pharmacy) -> None:
    lee, id = at_desk(spilled, LEE), kept(spilled).id
    said = {**whole(spilled, nobody_exposed="", waste=""), **exposed(spilled)}
    post(lee, f"/spills/{id}", **said)
    answer = lee.get(f"/spills/{id}/pdf")
    words = re.sub(r"\s+", " ", pdf_text(answer.data))
    for told in (
        f"Spill {id}: cyclophosphamide, HOOD-1",
        "Ann T.",
        "employee health",
        "OPEN. Still missing:",
        "the waste",
    ):
        assert told in words, told
    with spilled.house.store.reading() as conn:
        last = list(log.load(conn, f"site/{spilled.house.settings.site}"))[-1]
    assert f"incident-{id}.pdf" in json.dumps(last.data)


def test_g28_who_was_never_in_a_simulation_or_not_for_a_year_is_overdue(pharmacy: Pharmacy) -> None:
    lee = at_desk(pharmacy, LEE)
    assert lee.get("/spills").text.count("OVERDUE</span>") == 5
    today = now().astimezone(pharmacy.house.settings.zone).date()
    form = {"day": today.isoformat(), "place": "HOOD-1", "minutes": "12", "findings": "kit hard to find"}
    assert "Say who took part" in post(lee, "/spills/simulation", **form).text
    assert post(lee, "/spills/simulation", **form, persons=[ANN.id, PAM.id]).status_code == 303
    page = lee.get("/spills").text
    assert page.count("OVERDUE</span>") == 3
    assert "contained in 12 min" in page
    assert "recorded already" in post(lee, "/spills/simulation", **form, persons=[ANN.id, PAM.id]).text
    old = {**form, "day": (today - timedelta(days=400)).isoformat()}
    assert post(lee, "/spills/simulation", **old, persons=[BO.id]).status_code == 303
    assert lee.get("/spills").text.count("OVERDUE</span>") == 3


def test_r45_a_stop_for_a_spill_begins_its_record_and_the_card_goes_on_with_it(
    pharmacy: Pharmacy, seeded: Seeded
) -> None:
    made = seeded.begin("ORD1").until_claimed()
    assert made.ask(asked.Pause("spill", "a drop beside the mat")).kind == "accepted"
    spill = kept(pharmacy).spill
    assert (spill.preparation, spill.place, spill.drug) == (made.id, "HOOD-1", "cyclophosphamide")
    assert made.ask(asked.Abort("spill", "the vial broke")).kind == "accepted"
    press(tablet(pharmacy), CARD, surface="floor")
    assert kept(pharmacy).spill == spill
    with pharmacy.house.store.reading() as conn:
        assert [one.kind for one in log.load(conn, "site/MAIN")].count("spill_recorded") == 1


def test_r45_the_card_stops_what_is_in_hand_and_a_stop_takes_up_the_cards_record(
    pharmacy: Pharmacy, seeded: Seeded
) -> None:
    press(tablet(pharmacy), CARD, surface="floor")
    made = seeded.begin("ORD1").until_claimed()
    assert made.ask(asked.Pause("spill")).kind == "accepted"
    linked = kept(pharmacy).spill
    assert (linked.preparation, linked.surface, linked.drug) == (made.id, "floor", "cyclophosphamide")


def test_r45_a_spill_said_on_the_card_stops_the_preparation_of_whoever_says_it(
    pharmacy: Pharmacy, seeded: Seeded
) -> None:
    made = seeded.begin("ORD1").until_claimed()
    press(tablet(pharmacy, BO), CARD, surface="floor")
    assert made.p.paused == ""
    with pharmacy.house.store.reading() as conn:
        assert incidents.of_preparation(conn, "MAIN", made.id)
    incident, current = kept(pharmacy), dict.fromkeys(("HD-STERILE", "GRAV", "CSTD"), now() + timedelta(days=30))
    pharmacy.house.door.write(
        lambda act: competencies.certify(act, ANN.id, current, assessor=LEE.id), by=LEE.id, at=now()
    )
    for name, _ in STEPS:
        press(tablet(pharmacy, BO), f"{CARD}/{incident.id}/step", step=name)
    press(tablet(pharmacy), CARD, surface="bench")
    assert made.p.paused == "spill"
