"""Who opened whose record, when and where: found by person, preparation, station and day, and exported."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.clock import now
from tests.export.asking import csv_rows
from tests.export.test_recorded import recorded
from tests.people.cast import ADA, ANN, PAM, UNA
from tests.web.bench import Making
from tests.web.conftest import Pharmacy, sign_in_station, token_of
from tests.web.desk import at_desk


@pytest.fixture
def looked(pharmacy: Pharmacy, closed: Making, waiting: Making) -> Pharmacy:
    """Pam looked at both records and at the list, Ann at the one she made, from her station."""
    pam, tablet = at_desk(pharmacy), pharmacy.client()
    sign_in_station(tablet, ANN)
    pam.get(f"/record/{closed.id}")
    pam.get(f"/record/{waiting.id}/pdf")
    pam.get("/records")
    tablet.get(f"/record/{closed.id}")
    return pharmacy


def shown(pharmacy: Pharmacy, query: str = "") -> list[tuple[str, str, str, str]]:
    answer = at_desk(pharmacy, UNA).get(f"/access?{query}", headers={"Accept": "application/json"})
    return [
        (line["who"], line["opening"]["what"], line["opening"]["preparation"], line["opening"]["station"])
        for line in answer.json["lines"]
    ]


def test_q32_the_page_shows_who_what_when_and_where(looked: Pharmacy, closed: Making, waiting: Making) -> None:
    assert shown(looked) == [
        ("Ann T.", "record", closed.id, "HOOD-1"),
        ("Pam Q.", "records", "", ""),
        ("Pam Q.", "record pdf", waiting.id, ""),
        ("Pam Q.", "record", closed.id, ""),
    ]
    page = at_desk(looked, UNA).get("/access").text
    assert "3 patients in a list" in page
    assert ("Marta" in page, "90000101" in page) == (False, False)


def test_it_is_found_by_person_station_day_and_by_whose_record_it_was(looked: Pharmacy, closed: Making) -> None:
    assert [one[0] for one in shown(looked, f"who={ANN.id}")] == ["Ann T."]
    assert [one[0] for one in shown(looked, "station=HOOD-1")] == ["Ann T."]
    assert [one[1] for one in shown(looked, f"preparation={closed.id}")] == ["record", "records", "record"]
    today = now().astimezone(looked.house.settings.zone).date()
    assert len(shown(looked, f"first={today}&last={today}")) == 4
    assert shown(looked, f"first={today + timedelta(days=1)}") == []
    assert shown(looked, f"last={today - timedelta(days=1)}") == []
    assert "24.11. is none" in at_desk(looked, UNA).get("/access?first=24.11.").text


def test_its_own_export_is_recorded_and_holds_no_patient_text(looked: Pharmacy, closed: Making) -> None:
    client = at_desk(looked, ADA)
    token = token_of(client.get("/access"))
    answer = client.post("/access", data={"csrf_token": token, "preparation": closed.id})
    rows = csv_rows(answer.data)
    assert [(row["printed_name"], row["opened"], row["patients_shown"]) for row in rows] == [
        ("Ann T.", "record", "1"),
        ("Pam Q.", "records", "3"),
        ("Pam Q.", "record", "1"),
    ]
    assert closed.p.patient in rows[1]["order_texts"]
    assert b"Marta" not in answer.data
    said = recorded(looked)[0].export
    assert (said.filter, said.rows, said.patients) == (f"access log, preparation {closed.id}", 3, "none")


def test_only_quality_assurance_and_administrators_read_it(looked: Pharmacy) -> None:
    assert at_desk(looked, PAM).get("/access").status_code == 403
    assert at_desk(looked, ADA).get("/access").status_code == 200
    assert at_desk(looked, UNA).post("/access", data={}).status_code == 400


def test_an_export_longer_than_a_page_goes_on(looked: Pharmacy, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.desk import access
    from app.export import openings

    monkeypatch.setattr(access, "PAGE", 2)
    monkeypatch.setattr(openings, "PAGE", 2)
    client = at_desk(looked, UNA)
    token = token_of(client.get("/access"))
    rows = csv_rows(client.post("/access", data={"csrf_token": token}).data)
    assert [row["number"] for row in rows] == ["4", "3", "2", "1"]
