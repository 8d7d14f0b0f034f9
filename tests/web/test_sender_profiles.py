"""A sender profile changed at a desk: each table a field, tried on what came and on what is pasted in, signed by two."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.clock import now
from app.interfaces.hl7 import read
from app.interfaces.intake import Intake
from app.interfaces.kept_profiles import Draft, open_draft
from app.interfaces.profile import profile_text, read_profile
from app.interfaces.tables import sender_profile
from app.record import canonical
from app.record.running import append_row
from app.web import profile_form
from tests.interfaces.cases import S01
from tests.people.cast import LEE, PAM, QUIN, UNA, Member, seat
from tests.web.bench import PROFILE
from tests.web.conftest import Pharmacy, sign_in_desk
from tests.web.desk import at_desk, post

NAME = PROFILE.name
HERE = f"/sender-profiles/{NAME}"
TEXT = profile_text(NAME)
INA = Member("1NA00010", "ina", "Ina F.", ("informatics",), password="wires under the floor")
BY_IVPB = S01.replace(b"47625008^Intravenous route^SCT^IV^", b"IVPB^Intravenous route^L^IVPB^").replace(
    b"M000001", b"M000777"
)
ROUTES = profile_form.written({**json.loads(TEXT)["routes"], "IVPB": "IV"})


@pytest.fixture
def ina(pharmacy: Pharmacy) -> FlaskClient:
    seat(pharmacy.house.door, now(), (INA,))
    client = pharmacy.client()
    assert sign_in_desk(client, INA).status_code == 302
    return client


def today(pharmacy: Pharmacy) -> str:
    return now().astimezone(pharmacy.house.settings.zone).date().isoformat()


def drafted(pharmacy: Pharmacy, client: FlaskClient, **changes: str) -> TestResponse:
    form = {"effective_on": today(pharmacy), "why": "piggyback route", "routes": ROUTES}
    return post(client, f"{HERE}/draft", **{**form, **changes})


def kept(pharmacy: Pharmacy) -> Draft:
    with pharmacy.house.store.reading() as conn:
        found = open_draft(conn, NAME)
    assert found is not None
    return found


def tried(pharmacy: Pharmacy, client: FlaskClient, message: bytes = b"", newest: int = 100) -> TestResponse:
    fields = {"over": kept(pharmacy).digest, "message": message.decode(), "newest": str(newest)}
    return post(client, f"{HERE}/try", **fields)


def sign(pharmacy: Pharmacy, client: FlaskClient, member: Member) -> TestResponse:
    fields = {"against": "interface book, page 4", "user": member.user, "password": member.password}
    return post(client, f"{HERE}/sign", over=kept(pharmacy).digest, **fields)


def receive(pharmacy: Pharmacy, *messages: bytes) -> None:
    intake = Intake(pharmacy.house.dispatcher, pharmacy.house.blobs)
    for raw in messages:
        intake.receive(read(raw, pharmacy.house.profiles(now())), at=now(), own_id="A1")


def test_the_form_gives_back_the_document_that_was_written_into_it() -> None:
    form = {one.name: one.text for one in profile_form.fields(TEXT, {})}
    assert json.loads(profile_form.read(form, TEXT)) == json.loads(TEXT)
    assert "other" not in form, "every key of the shipped profile has a field of its own"


def test_a_draft_is_tried_on_what_came_and_on_a_pasted_message_then_signed_by_two(
    pharmacy: Pharmacy, ina: FlaskClient
) -> None:
    receive(pharmacy, S01, BY_IVPB)
    assert drafted(pharmacy, ina).status_code == 303
    page = ina.get(HERE).text
    assert ("Routes: IVPB" in page, "cannot be signed before" in page, "Signing as" in page) == (True, True, False)
    refused = sign(pharmacy, ina, INA)
    assert (refused.status_code, "Try the draft on messages first" in refused.text) == (409, True)
    nothing = tried(pharmacy, ina, b"nonsense", newest=0)
    assert (nothing.status_code, "that is no trial" in nothing.text) == (422, True)
    assert sign(pharmacy, ina, INA).status_code == 409
    done = tried(pharmacy, ina, BY_IVPB)
    text = unescape(re.sub(r"<[^>]+>|\s+", " ", done.text))
    assert "3 read by both, 2 otherwise" in re.sub(" +", " ", text)
    assert (done.text.count("cyclophosphamide 970 mg"), "M000777" in done.text, "M000001" in done.text) == (
        2,
        True,
        False,
    )
    assert "Marta" not in re.sub(r"(?s)<textarea.*?</textarea>", "", done.text)
    assert sign(pharmacy, ina, INA).status_code == 303
    receive(pharmacy, BY_IVPB.replace(b"M000777", b"M000778"))
    assert sign(pharmacy, at_desk(pharmacy, PAM), PAM).status_code == 303
    receive(pharmacy, BY_IVPB.replace(b"M000777", b"M000779"))
    found = at_desk(pharmacy).get("/messages", headers={"Accept": "application/json"}).json["received"]
    told = {one["control_id"]: (one["outcome"], one["read_by"]) for one in found}
    first = f"{NAME} version 1"
    assert told == {
        "M000001": ("accepted", first), "M000777": ("refused", first), "M000778": ("refused", first),
        "M000779": ("accepted", f"{NAME} version 2"),
    }  # fmt: skip
    listed = ina.get("/sender-profiles", headers={"Accept": "application/json"}).json["profiles"]
    assert [(one["name"], one["counts"]["version"], one["counts"]["signed_by"]) for one in listed] == [
        (NAME, 2, ["Ina F.", "Pam Q."])
    ]


def test_what_is_read_otherwise_of_a_patient_is_a_pharmacists_to_see(pharmacy: Pharmacy, ina: FlaskClient) -> None:
    receive(pharmacy, S01)
    number = profile_form.written({**json.loads(TEXT)["patient_number"], "types": ["SS"]})
    drafted(pharmacy, ina, routes=profile_form.written(json.loads(TEXT)["routes"]), patient_number=number)
    mine, theirs = tried(pharmacy, ina).text, tried(pharmacy, at_desk(pharmacy)).text
    assert ("Marta" in mine, "only pharmacists see it" in mine) == (False, True)
    assert "only pharmacists see it" not in theirs


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"routes": "{not json"}, "Routes is not written as JSON"),
        ({"units": '{"mcg": {"ucum": "mg", "dimension": "mass", "factor": "1"}}'}, "mcg is read as ug everywhere"),
        ({"effective_on": "tomorrow"}, "Write the day"),
        ({"why": ""}, "Say why"),
    ],
)
def test_a_draft_that_cannot_be_right_is_refused_with_what_was_written(
    pharmacy: Pharmacy, ina: FlaskClient, changes: dict[str, str], says: str
) -> None:
    refused = drafted(pharmacy, ina, **changes)
    assert (refused.status_code, says in refused.text) == (422, True)
    (name, written), *_ = changes.items()
    assert written in unescape(refused.text), name


def test_a_trial_repeats_nothing_of_a_patient_in_its_reasons(pharmacy: Pharmacy, ina: FlaskClient) -> None:
    drafted(pharmacy, ina)
    wrong = S01.replace(b"|19680214|F", b"|14.02.1968|F")
    assert wrong != S01
    page = tried(pharmacy, ina, wrong).text
    assert "14.02.1968" not in re.sub(r"(?s)<textarea.*?</textarea>", "", page)


def test_a_new_sender_is_begun_from_a_whole_document(pharmacy: Pharmacy, ina: FlaskClient) -> None:
    document = json.dumps({**json.loads(TEXT), "name": "newehr", "match": {"msh3": "NEW", "msh4": "HOSP"}})
    fields = {"effective_on": today(pharmacy), "why": "a new hospital"}
    made = post(ina, "/sender-profiles/new", document=document, **fields)
    assert (made.status_code, made.headers["Location"]) == (303, "/sender-profiles/newehr")
    assert "no port names it yet" in ina.get("/sender-profiles").text
    for wrong, says in (
        (document, "There is a profile newehr"),
        (TEXT, f"There is a profile {NAME}"),
        ("{}", "KeyError"),
    ):
        refused = post(ina, "/sender-profiles/new", document=wrong, **fields)
        assert (refused.status_code, says in refused.text) == (422, True)


def test_quality_reads_and_writes_nothing_and_a_lead_technician_neither(pharmacy: Pharmacy) -> None:
    una, lee = at_desk(pharmacy, UNA), at_desk(pharmacy, LEE)
    page = una.get(HERE)
    assert (page.status_code, "Keep the draft" in page.text) == (200, False)
    assert drafted(pharmacy, una).status_code == 403
    assert lee.get(HERE).status_code == 403


def test_a_draft_changed_meanwhile_is_neither_tried_nor_signed(pharmacy: Pharmacy) -> None:
    pam, quin = at_desk(pharmacy, PAM), at_desk(pharmacy, QUIN)
    drafted(pharmacy, pam)
    old = kept(pharmacy).digest
    drafted(pharmacy, quin, why="another reason")
    stale = post(pam, f"{HERE}/try", over=old, message=S01.decode(), newest="0")
    assert (stale.status_code, "changed since this page was drawn" in stale.text) == (409, True)
    assert read_profile(kept(pharmacy).document).routes["IVPB"] == "IV"


def test_a_draft_is_compared_with_what_counts_on_its_own_day_not_on_the_day_of_the_trial(
    pharmacy: Pharmacy, ina: FlaskClient
) -> None:
    first, second = (date.fromisoformat(today(pharmacy)) + timedelta(days=days) for days in (3, 5))
    assert drafted(pharmacy, ina, effective_on=first.isoformat()).status_code == 303
    assert tried(pharmacy, ina, BY_IVPB, newest=0).status_code == 200
    for client, member in ((ina, INA), (at_desk(pharmacy, PAM), PAM)):
        assert sign(pharmacy, client, member).status_code == 303
    more = profile_form.written({**json.loads(ROUTES), "IVP": "IV"})
    assert drafted(pharmacy, ina, effective_on=second.isoformat(), routes=more).status_code == 303
    assert "1 read by both, 0 otherwise" in tried(pharmacy, ina, BY_IVPB, newest=0).text


def test_every_page_and_health_say_that_a_sender_s_signed_profile_reads_no_more(pharmacy: Pharmacy) -> None:
    client, house = at_desk(pharmacy), pharmacy.house
    house.watch.look(0)
    assert "DO NOT COME IN" not in client.get("/orders").text
    document = {**json.loads(TEXT), "version": PROFILE.version + 1, "routes": {"R17": "IV"}}
    said = {"name": NAME, "version": PROFILE.version + 1, "document": json.dumps(document), "signed_by": ["A", "B"]}
    row = {"name": NAME, "version": PROFILE.version + 1, "body": canonical.dump(said).decode(), "effective_from": now()}
    house.store.write(lambda conn: append_row(conn, sender_profile, row))
    (check,) = (one for one in house.watch.look(0).checks if one.name == "senders")
    assert (check.state, f"Every message of {NAME} is refused" in check.says) == ("look", True)
    page = client.get("/orders").text
    assert ("DO NOT COME IN" in page, f"Every message of {NAME} is refused" in page) == (True, True)
