"""Accuracy a person: each number with what it is a part of, ranked by nothing but names (G16)."""

from __future__ import annotations

from dataclasses import replace

from app.desk.accuracy import FEW, Accuracy, accuracy
from app.desk.names import names
from tests.people.cast import ANN, BO, LEE, PAM, UNA
from tests.web.bench import Seeded
from tests.web.conftest import Pharmacy
from tests.web.desk import at_desk
from tests.web.test_quality import JSON, around


def test_g16_a_near_miss_stands_beside_what_its_person_made_and_weighed(pharmacy: Pharmacy) -> None:
    Seeded(pharmacy.house).begin().until_closed(near_miss=True)
    with pharmacy.house.store.reading() as conn:
        (ann,) = [one for one in accuracy(conn, around(pharmacy), names(conn)) if one.begun]
    assert (ann.person, ann.name, ann.begun, ann.missed, ann.misses) == (ANN.id, ANN.name, 1, 1, 1)
    assert (ann.outside, ann.typed, ann.undone, ann.sent_back) == (0, 0, 0, 0)
    assert ann.weighings >= 2
    assert ann.scans >= 3
    una = at_desk(pharmacy, UNA)
    page = una.get("/quality/people", headers=JSON).json
    assert [(one["name"], one["misses"]) for one in page["people"] if one["begun"]] == [(ANN.name, 1)]
    assert "for coaching" in una.get("/quality/people").text
    assert una.get("/quality/people?first=2020-01-01&last=2020-01-02", headers=JSON).json == {"people": []}


def test_g16_nobody_but_quality_assurance_reads_it(pharmacy: Pharmacy) -> None:
    assert [at_desk(pharmacy, one).get("/quality/people").status_code for one in (PAM, LEE)] == [403, 403]


def test_g16_no_share_is_made_of_a_few() -> None:
    few = Accuracy(BO.id, BO.name, FEW - 1, 1, 1, 9, 0, 9, 0, 0, 0)
    assert (few.share(1), replace(few, begun=FEW).share(1)) == ("", "5.0")
