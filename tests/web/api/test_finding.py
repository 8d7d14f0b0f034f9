"""By the API: records found by lot, patient, person and day, and an order made by volume on a pharmacist's word."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from app.demo.recipes import DOXORUBICIN
from app.desk.orders import link_of
from app.interfaces import batches
from app.interfaces.tables import ordered
from app.record import log
from app.record.tables import preparation
from tests.people.cast import ANN, LEE, PAM, QUIN, UNA
from tests.web.api.program import Program
from tests.web.api.test_catalogue import program
from tests.web.bench import Making, Seeded
from tests.web.conftest import Pharmacy
from tests.web.test_by_volume import REASON, SITE
from tests.web.test_doses_together import DAILY, FOUR_DAYS
from tests.web.test_syringe import SEVENTH


def found(one: Program, **asked: Any) -> list[str]:
    answer = one.get("/records", **asked)
    assert answer.status_code == 200, answer.text
    return [line["id"] for line in answer.get_json()["items"]]


def test_records_are_found_by_lot_patient_person_and_day_without_a_name_in_the_answer(
    pharmacy: Pharmacy, clean: Making
) -> None:
    pam, una = program(pharmacy, PAM), program(pharmacy, UNA)
    lot = next(one.lot for one in clean.p.containers() if one.lot)
    with pharmacy.house.store.reading() as conn:
        mrn = conn.execute(select(ordered.c.mrn).where(ordered.c.preparation == clean.id)).scalar_one()
    for asked in (
        {"lot": lot.lower()},
        {"patient": mrn},
        {"person": ANN.id},
        {"drug": "CYCLO"},
        {"status": "awaiting-check"},
    ):
        assert found(una, **asked) == [clean.id], asked
    for asked in ({"lot": "NOSUCH"}, {"patient": "10000000"}, {"person": LEE.id}, {"first": "2099-01-01"}):
        assert found(una, **asked) == [], asked
    assert found(pam, patient="Exam") == [clean.id]
    assert found(una, patient="Exam") == [], "whoever sees no names finds nobody by one"
    assert "Example" not in pam.get("/records", patient="Exam").text
    assert una.get("/records", first="2026-13-45").get_json()["code"] == "NOT_VALID"
    page = una.get("/records", limit=1).get_json()
    assert una.get("/records", limit=1, cursor=page["next"]).get_json()["items"] == []


def test_r13_an_order_is_made_by_volume_by_a_pharmacist_on_what_was_read(pharmacy: Pharmacy) -> None:
    recipe = replace(DOXORUBICIN, signed_by=("Pam Pharmacist", "Quin Pharmacist"))
    seeded = Seeded(pharmacy.house, recipe=recipe, policy=SITE)
    weighed = seeded.receive(seeded.message(SEVENTH))
    with pharmacy.house.store.reading() as conn:
        link = link_of(conn.execute(select(ordered.c.key).where(ordered.c.preparation == weighed)).scalar_one())
    pam, ann = program(pharmacy, PAM), program(pharmacy, QUIN)
    over = pam.get(f"/orders/{link}").get_json()["over"]
    body = {"why": "balance away", "reason": REASON, "over": over}
    assert pam.post(f"/orders/{link}/by-volume", {**body, "over": "0" * 64}).get_json()["code"] == "NOT_DONE"
    assert pam.post(f"/orders/{link}/by-volume", {**body, "why": "it is quicker"}).status_code == 422
    assert pam.post(f"/orders/{link}/by-volume", body).status_code == 200
    again = {**body, "over": ann.get(f"/orders/{link}").get_json()["over"]}
    assert "not made by volume as things stand" in ann.post(f"/orders/{link}/by-volume", again).get_json()["detail"]
    with pharmacy.house.store.reading() as conn:
        made = conn.execute(select(ordered.c.preparation)).scalars().all()
        kinds = [one.kind for one in log.load(conn, weighed)]
    assert (weighed in made, "aborted" in kinds) == (False, True)


def test_r30_doses_are_made_together_by_a_pharmacist_on_what_was_read(
    pharmacy: Pharmacy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "OFFERED", True)
    five = Seeded(pharmacy.house, recipe=FOUR_DAYS).begin(**DAILY)
    with pharmacy.house.store.reading() as conn:
        link = link_of(conn.execute(select(ordered.c.key)).scalar_one())
    pam = program(pharmacy, PAM)
    over = pam.get(f"/orders/{link}").get_json()["over"]
    assert pam.post(f"/orders/{link}/together", {"count": 2, "over": "0" * 64}).get_json()["code"] == "NOT_DONE"
    assert "stable for 90 h" in pam.post(f"/orders/{link}/together", {"count": 5, "over": over}).get_json()["detail"]
    assert pam.post(f"/orders/{link}/together", {"count": 2, "over": over}).status_code == 200
    with pharmacy.house.store.reading() as conn:
        made = conn.execute(select(preparation.c.dose, preparation.c.status).order_by(preparation.c.due)).all()
    assert sorted(tuple(one) for one in made) == [
        ("970 mg", "aborted"), ("970 mg, dose 1 of 5", "ordered"), ("970 mg, dose 2 of 5", "ordered"),
    ]  # fmt: skip
    assert five.p.outcome == "aborted"
