"""The record as people read it: every event in words, corrections, PDF, CSV, who may see a name."""

from __future__ import annotations

import csv
import io
import typing
from datetime import timedelta

import pypdfium2
import pytest
from sqlalchemy import Connection, select, update

from app.clock import now
from app.desk import access, story
from app.desk.patients import PURGED, patient_of
from app.record import ordertext
from app.record.tables import order_text
from tests.people.cast import ANN, BO, LEE, PAM, UNA, Member
from tests.web.bench import Making, Seeded
from tests.web.conftest import Pharmacy, sign_in_desk, sign_in_station
from tests.web.desk import approve, at_desk
from workflows import commands as asked
from workflows import events as happened


@pytest.fixture
def closed(pharmacy: Pharmacy) -> Making:
    """One bag from order to closing, with a near miss, a refusal and a correction."""
    made = Seeded(pharmacy.house).begin().until_closed(near_miss=True)
    made.ask(asked.Correct(5, "BSC-2", "BSC-2, left side", "the side was left out"))
    made.ask(asked.Claim())
    return made


def reader(pharmacy: Pharmacy, member: Member) -> object:
    client = pharmacy.client()
    sign_in_desk(client, member)
    return client


def pdf_text(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def test_every_kind_of_event_is_told() -> None:
    assert set(story._TOLD) == set(typing.get_args(happened.Event))


def test_the_story_holds_near_misses_refusals_and_both_values_of_a_correction(
    pharmacy: Pharmacy, closed: Making
) -> None:
    lines = at_desk(pharmacy).get(f"/record/{closed.id}", headers={"Accept": "application/json"}).json["lines"]
    numbers = [line["version"] for line in lines if line["version"]]
    assert numbers == list(range(1, closed.p.version + 1))
    miss = next(line for line in lines if line["mark"] == "near miss")
    assert "WRONG STRENGTH" in miss["details"][0]
    refused = next(line for line in lines if line["mark"] == "refused")
    assert (refused["title"], refused["who"]) == ("Refused: claim", "Ann T.")
    corrected = next(line for line in lines if line["mark"] == "corrected")
    assert (corrected["old"], corrected["new"], corrected["of_version"]) == ("BSC-2", "BSC-2, left side", 5)
    assert lines[4]["corrected_by"] == [corrected["version"]]
    assert lines[-1]["mark"] == "refused"


def test_q2_q10_the_page_shows_old_and_new_and_marks_the_changed_event(pharmacy: Pharmacy, closed: Making) -> None:
    page = at_desk(pharmacy).get(f"/record/{closed.id}").text
    assert "<del>BSC-2</del>" in page
    assert "<ins>BSC-2, left side</ins>" in page
    assert "changed since first entry" in page
    assert "1 CHANGED since first entry" in page
    assert closed.p.digest in page


def test_q9_q18_the_compounding_record_on_paper(pharmacy: Pharmacy, closed: Making) -> None:
    answer = at_desk(pharmacy).get(f"/record/{closed.id}/pdf")
    assert answer.content_type == "application/pdf"
    text = pdf_text(answer.data)
    for words in (
        "cyclophosphamide 970 mg",
        "968.5 mg",
        "−0.16 %",
        "3.25 mg/mL",
        "Ann T.",
        "Pam Q.: approved for release",
        "Pam Q.: order verified",
        "RPH-1001",
        "10019-955-50",
        "AB123",
        "2027-03-31",
        "WRONG STRENGTH",
        "dissolved and clear",
        "24 h at 20 to 25 °C",
        "CHANGED SINCE FIRST ENTRY",
        "old “BSC-2”, new “BSC-2, left side”",
        f"Record digest {closed.p.digest}",
        "DEMO - NOT FOR CLINICAL USE",
        "America/Chicago",
        "page 1 of ",
    ):
        assert words in text, words
    assert all(sha[:30] in text.replace("\r\n", "").replace("\n", "") for sha in closed.shots.values())
    pages = text.count("Compounding record ")
    assert f"page {pages} of {pages}" in text
    assert text.count(f"Record digest {closed.p.digest}") == pages


def test_an_unchanged_record_says_that_nothing_was_changed(pharmacy: Pharmacy) -> None:
    made = Seeded(pharmacy.house).begin().until_check()
    text = pdf_text(at_desk(pharmacy).get(f"/record/{made.id}/pdf").data)
    assert "CHANGED SINCE FIRST ENTRY" not in text
    assert "values changed since first entry none" in text.replace("\r\n", " ")


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_the_csv_has_one_row_an_event_with_both_times(pharmacy: Pharmacy, closed: Making) -> None:
    answer = at_desk(pharmacy).get(f"/record/{closed.id}/csv")
    rows = rows_of(answer.data)
    assert [row["event"] for row in rows if row["event"]] == [str(n) for n in range(1, closed.p.version + 1)]
    assert {row["schema"] for row in rows} == {"vialtrace-events/2"}
    assert {row["preparation"] for row in rows} == {closed.id}
    assert rows[1]["at_utc"].endswith("Z")
    assert rows[1]["at_site"][-6:] in ("-05:00", "-06:00")
    assert rows[1]["time zone"] == "America/Chicago"
    assert rows[-2]["digest"] == closed.p.digest


def test_a_note_that_looks_like_a_formula_is_disarmed_in_the_export(pharmacy: Pharmacy) -> None:
    made = Seeded(pharmacy.house).begin().until_drawn()
    made.ask(asked.Call('=HYPERLINK("x")'))
    row = next(row for row in rows_of(at_desk(pharmacy).get(f"/record/{made.id}/csv").data) if row["mark"] == "called")
    assert row["details"] == '\'=HYPERLINK("x")'


def test_qa_sees_initials_and_four_digits_on_every_page_and_export(pharmacy: Pharmacy, closed: Making) -> None:
    client = reader(pharmacy, UNA)
    for path in ("/records", f"/record/{closed.id}", f"/record/{closed.id}/csv"):
        text = client.get(path).text  # type: ignore[attr-defined]  # a test client
        assert "Marta" not in text, path
        assert "90000101" not in text, path
        assert "M.E." in text, path
        assert "..0101" in text, path
    paper = pdf_text(client.get(f"/record/{closed.id}/pdf").data)  # type: ignore[attr-defined]  # a test client
    assert "Marta" not in paper
    assert "M.E., ..0101" in paper
    assert "968.5 mg" in paper


def test_a_photo_that_shows_a_name_is_held_back_from_qa(pharmacy: Pharmacy, closed: Making) -> None:
    client = reader(pharmacy, UNA)
    codes = {
        name: client.get(f"/record/{closed.id}/photo/{sha}/thumb").status_code  # type: ignore[attr-defined]  # a test client
        for name, sha in closed.shots.items()
    }
    assert codes == {"staged": 200, "syringes": 200, "empty": 200, "final": 403}
    assert "photo held back" in client.get(f"/record/{closed.id}").text  # type: ignore[attr-defined]  # a test client


def test_a_technician_reads_what_they_made_and_nothing_else(pharmacy: Pharmacy, closed: Making) -> None:
    ann, bo = reader(pharmacy, ANN), reader(pharmacy, BO)
    assert "Marta" in ann.get(f"/record/{closed.id}").text  # type: ignore[attr-defined]  # a test client
    for tail in ("", "/pdf", "/csv", f"/photo/{closed.shots['staged']}/thumb"):
        assert bo.get(f"/record/{closed.id}{tail}").status_code == 404  # type: ignore[attr-defined]  # a test client
    assert ann.get("/records").status_code == 403  # type: ignore[attr-defined]  # a test client
    tablet = pharmacy.client()
    sign_in_station(tablet, ANN)
    assert tablet.get(f"/record/{closed.id}").status_code == 200


def test_a_lead_technician_reads_every_record_with_names_masked(pharmacy: Pharmacy, closed: Making) -> None:
    text = reader(pharmacy, LEE).get(f"/record/{closed.id}").text  # type: ignore[attr-defined]  # a test client
    assert "Marta" not in text


@pytest.mark.parametrize("by", ["id", "order", "label code", "printed label"])
def test_a_record_is_found_by_what_is_printed(pharmacy: Pharmacy, closed: Making, by: str) -> None:
    from devices.scanner.own import check_character

    mark = check_character(closed.id)
    text = {
        "id": closed.id,
        "order": "DEMO1001",
        "label code": f"%VT-F-{closed.id}{mark}-1%",
        "printed label": f"P-{closed.id[:4]}-{closed.id[4:]}-{mark}",
    }[by]
    answer = at_desk(pharmacy).get("/records", query_string={"find": text})
    assert (answer.status_code, answer.location) == (302, f"/record/{closed.id}")


def test_the_list_filters_by_state_drug_and_day(pharmacy: Pharmacy, closed: Making) -> None:
    client = at_desk(pharmacy)
    today = now().astimezone(pharmacy.house.settings.zone).date()
    due = closed.p.order.due_at.astimezone(pharmacy.house.settings.zone).date()
    assert closed.id in client.get(f"/records?status=closed&drug=Cyclo&first={due}&last={due}").text
    for query in ("status=ready", "drug=paclitaxel", "first=2099-01-01", "last=2001-01-01", "status=nonsense"):
        assert closed.id not in client.get(f"/records?{query}").text, query
    assert closed.id in client.get("/records?first=not-a-day").text
    assert today <= due


def test_q32_records_are_found_by_patient_lot_person_and_station(pharmacy: Pharmacy, closed: Making) -> None:
    assert closed.p.order.dose > 0
    found = {
        "patient": ("90000101", "example, m", "MARTA JEAN EXAMPLE"),
        "lot": ("ab123",),
        "person": (ANN.id,),
        "station": ("HOOD-1",),
    }
    other = {"patient": ("example z", "0000101"), "lot": ("AB12", "B123"), "person": (BO.id,), "station": ("HOOD-2",)}
    client = at_desk(pharmacy)
    for queries, is_there in ((found, True), (other, False)):
        for name, texts in queries.items():
            for text in texts:
                page = client.get("/records", query_string={name: text}).text
                assert (f"/record/{closed.id}" in page) is is_there, (name, text)
    assert "Export these" not in client.get("/records?lot=AB123").text
    assert "Export these" in client.get("/records?drug=cyclo").text


def test_q32_whoever_sees_no_names_finds_nobody_by_one(pharmacy: Pharmacy, closed: Making) -> None:
    una = at_desk(pharmacy, UNA)
    there = [
        f"/record/{closed.id}" in una.get("/records", query_string={"patient": text}).text
        for text in ("example", "90000101")
    ]
    assert there == [False, True]


def test_the_replacement_of_a_remake_is_one_click_away_both_ways(pharmacy: Pharmacy) -> None:
    from tests.web.test_reject import reject

    made = Seeded(pharmacy.house).begin().until_check()
    reject(pharmacy, made, how="remake", to_step="", note="Fibre in the bag")
    old = at_desk(pharmacy).get(f"/record/{made.id}", headers={"Accept": "application/json"}).json
    new = at_desk(pharmacy).get(f"/record/{old['replaced_by']}", headers={"Accept": "application/json"}).json
    assert (new["replaces"], new["state"]) == (made.id, "ordered")


def test_q32_every_opening_of_a_patients_page_is_kept(pharmacy: Pharmacy, closed: Making) -> None:
    for member in (PAM, UNA):
        client = reader(pharmacy, member)
        for tail in ("", "/pdf", "/csv"):
            client.get(f"/record/{closed.id}{tail}")  # type: ignore[attr-defined]  # a test client
    with pharmacy.house.store.reading() as conn:
        seen = [(one.who, one.what) for one in access.of_preparation(conn, closed.id)]
    whats = ["record", "record pdf", "record csv"]
    assert seen == [(PAM.id, what) for what in whats] + [(UNA.id, what) for what in whats]


def test_a_purged_patient_is_shown_as_purged_and_the_record_stands(pharmacy: Pharmacy, closed: Making) -> None:
    text, at = closed.p.patient, now()
    pharmacy.house.store.write(lambda conn: ordertext.forget(conn, id=text, who="setup", at=at, command_id="PURGE1"))
    with pharmacy.house.store.reading() as conn:
        assert patient_of(conn, text, masked=False) == PURGED
    page = at_desk(pharmacy).get(f"/record/{closed.id}")
    assert (page.status_code, "patient text purged" in page.text, "968.5 mg" in page.text) == (200, True, True)


def test_a_patients_text_changed_in_the_database_is_shown_to_nobody(pharmacy: Pharmacy, closed: Making) -> None:
    """Text, salt and digest of the row were changed together; the event's digest tells."""

    def swap(conn: Connection) -> None:
        row = conn.execute(select(order_text).where(order_text.c.id == closed.p.patient)).one()
        fields, salt = row.fields.replace("Marta", "Dolores"), "another salt of at least 22"
        new = {"fields": fields, "salt": salt, "digest": ordertext.digest_of_text(salt, fields)}
        conn.execute(update(order_text).where(order_text.c.id == closed.p.patient).values(**new))

    pharmacy.house.store.write(swap)
    page = at_desk(pharmacy).get(f"/record/{closed.id}")
    assert "PATIENT TEXT WAS CHANGED: do not use, tell quality assurance" in page.text
    assert "Dolores" not in page.text


def test_a_record_still_being_made_prints_too(pharmacy: Pharmacy) -> None:
    made = Seeded(pharmacy.house).begin()
    client = at_desk(pharmacy)
    assert "nothing was brought in" in pdf_text(client.get(f"/record/{made.id}/pdf").data)
    made.at, made.step = now(), timedelta(milliseconds=1)  # after Pam signed in nothing is judged by an earlier time
    made.until_check()
    assert approve(client, made).status_code == 303
