"""Certificates and training on a person's page: entered by one, verified or signed by another, handed to the inspector."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO

import pytest
from flask.testing import FlaskClient

from app.clock import now
from app.export import recorded
from app.people.standing import NEVER, standing
from tests.people.cast import ADA, ANN, UNA
from tests.web.conftest import Pharmacy, sign_in_station
from tests.web.desk import at_desk, post
from tests.web.test_people import refused


@pytest.fixture
def ada(pharmacy: Pharmacy) -> FlaskClient:
    return at_desk(pharmacy, ADA)


def test_g9_sterile_work_is_assessed_on_both_practicum_records_and_the_file_goes_to_the_inspector(
    pharmacy: Pharmacy, ada: FlaskClient
) -> None:
    until = (now() + timedelta(days=364)).date().isoformat()
    assess = {"code": "HD-STERILE", "until": until, "assessor": "lee"}
    path, taken = f"/people/{ANN.id}", (now() - timedelta(days=3)).date().isoformat()
    assert "Missing: gloved fingertip, media fill" in refused(post(ada, f"{path}/competency", **assess))
    practicum = {"plan": "Sterile, version 3, Lee", "item": "Aseptic work", "route": "on the job", "on": taken}
    practicum |= {"trainer": "Lee M.", "passed": "yes", "evidence": "folder 12"}
    assert "Write what the practicum found" in refused(post(ada, f"{path}/trainings", **practicum, part="media fill"))
    for part in ("gloved fingertip", "media fill"):
        assert post(ada, f"{path}/trainings", **practicum, part=part, result="=no growth").status_code == 303
    assert post(ada, f"{path}/competency", **assess).status_code == 303
    ann = pharmacy.client()
    sign_in_station(ann, ANN)
    mine = re.findall(r"/me/trainings/(\w+)/sign", ann.get("/me").text)
    assert post(ann, f"/me/trainings/{mine[0]}/sign").status_code == 303
    assert post(ann, f"/me/trainings/{mine[0]}/sign").status_code == 404
    table = ada.get(f"{path}/training-file.csv").text
    assert table.count("Sterile, version 3, Lee: Aseptic work") == 2
    assert "passed =no growth" in table
    paper = ada.get(f"{path}/training-file.pdf")
    assert (paper.status_code, paper.data[:5]) == (200, b"%PDF-")
    with pharmacy.house.store.reading() as conn:
        taken_away = [one.export.format for _, one in recorded.exports(conn, pharmacy.house.settings.site)]
    assert taken_away.count("training file") == 2
    assert ann.get(f"{path}/training-file.csv").status_code == 403


def test_g1_a_certificate_is_entered_by_one_verified_by_a_second_with_the_same_file_and_taken_back(
    pharmacy: Pharmacy, ada: FlaskClient
) -> None:
    path, una = f"/people/{ANN.id}/credentials", at_desk(pharmacy, UNA)
    paper = {
        "code": "cred-cpht",
        "number": "C-77",
        "issuer": "PTCB",
        "issued": "2025-03-14",
        "evidence": "folder 12",
        "document": (BytesIO(b"%PDF the certificate"), "cpht.pdf"),
    }
    assert "the day on which it was issued" in refused(post(ada, path, **{**paper, "issued": "March", "document": ""}))
    assert post(ada, path, **paper).status_code == 303
    page = una.get(f"/people/{ANN.id}").text
    assert "to be verified" in page
    assert "Verify CRED-CPHT" not in ada.get(f"/people/{ANN.id}").text
    id = str(re.findall(r'name="paper" value="(\w+)"', page)[0])
    other = {"paper": id, "document": (BytesIO(b"another"), "x.pdf")}
    assert "not the file" in refused(post(una, f"{path}/verify", **other))
    same = {"paper": id, "document": (BytesIO(b"%PDF the certificate"), "again.pdf")}
    assert post(una, f"{path}/verify", **same).status_code == 303
    assert "certified pharmacy technician" in una.get(f"/people/{ANN.id}").text
    with pharmacy.house.store.reading() as conn:
        assert dict(standing(conn, ANN.id, pharmacy.house.settings, now()).counts)["CRED-CPHT"] == NEVER
    assert "Give a reason" in refused(post(ada, f"{path}/take-back", paper=id, why=""))
    assert post(ada, f"{path}/take-back", paper=id, why="entered for the wrong Ann").status_code == 303
    shown = ada.get(f"/people/{ANN.id}").text
    assert "taken back" in shown
    assert "Credential CRED-CPHT C-77 verified against its paper" in shown
