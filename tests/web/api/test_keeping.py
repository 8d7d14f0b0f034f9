"""Staff, equipment, papers and upkeep by the API: the acts of the pages, by who may do them there, and no more."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

from app.clock import now
from app.people import accounts
from app.record import log
from tests import pharmacy as small
from tests.people.cast import ADA, ANN, BO, LEE, PAM, QUIN, UNA
from tests.pharmacy import STATION
from tests.web.api.program import BASE, Program
from tests.web.api.test_catalogue import program
from tests.web.bench import Making
from tests.web.conftest import Pharmacy

NEXT_YEAR = (now() + timedelta(days=300)).date().isoformat()


def by_token(pharmacy: Pharmacy, one: Program, kind: str) -> int:
    """How many acts of a kind the record has by a program's token."""
    with pharmacy.house.store.reading() as conn:
        said = [each.command_id for each in log.load(conn, pharmacy.house.settings.site_stream) if each.kind == kind]
    return sum(command.startswith(f"api.{one.made.token.id}.") for command in said)


def test_g9_a_program_too_assesses_sterile_work_on_both_practicum_records_alone(pharmacy: Pharmacy) -> None:
    una, path = program(pharmacy, UNA), f"/people/{ANN.id}"
    certified = {"code": "HD-STERILE", "until": NEXT_YEAR, "assessor": "lee"}
    assert "Missing: gloved fingertip, media fill" in una.post(f"{path}/competencies", certified).get_json()["detail"]
    day = (now() - timedelta(days=2)).date().isoformat()
    taken = {"plan": "Sterile, version 3, Lee", "item": "Aseptic work", "route": "on the job", "on": day}
    taken |= {"trainer": "Lee M.", "passed": True, "result": "0 CFU", "evidence": "folder 12"}
    for part in ("gloved fingertip", "media fill"):
        assert una.post(f"{path}/trainings", {**taken, "part": part}).status_code == 200
    assert una.post(f"{path}/competencies", certified).status_code == 200
    shown = una.get(f"{path}/trainings").get_json()
    assert [one["part"] for one in shown["items"]] == ["media fill", "gloved fingertip"]
    assert shown["missing"] == ["classroom", "hands-on", "oncology"]


def test_g17_a_registration_is_entered_by_one_program_and_verified_by_the_program_of_another(
    pharmacy: Pharmacy,
) -> None:
    ada, una, path = program(pharmacy, ADA), program(pharmacy, UNA), f"/people/{ANN.id}/credentials"
    paper = {"code": "CRED-REGISTRATION", "number": "049-1", "issuer": "Illinois", "issued": "2025-01-02"}
    paper |= {"evidence": "folder 12", "evidence_sha256": "ab" * 32, "until": NEXT_YEAR}
    without = ada.post(path, paper).get_json()
    assert "Write the states" in without["detail"]
    assert ada.post(path, {**paper, "states": ["IL"]}).status_code == 200
    (entered,) = ada.get(path).get_json()["items"]
    assert (entered["verified_by"], entered["entered_by"], entered["states"]) == ("", ADA.id, ["IL"])
    seen = {"evidence_sha256": "ab" * 32}
    itself = ada.post(f"{path}/{entered['id']}/verify", seen).get_json()
    assert "Whoever entered it does not verify it" in itself["detail"]
    assert una.post(f"{path}/{entered['id']}/verify", seen).status_code == 200
    assert ada.get(path).get_json()["items"][0]["verified_by"] == UNA.id
    assert ada.post(f"{path}/{entered['id']}/take-back", {"why": "struck off"}).status_code == 200
    assert ada.get(path).get_json()["items"][0]["taken_back"]


def test_somebody_is_taken_on_certified_changed_and_leaves(pharmacy: Pharmacy) -> None:
    ada, una = program(pharmacy, ADA), program(pharmacy, UNA)
    new = {"user": "eve", "name": "Eve R.", "roles": ["pharmacist"], "licence": "RPH-7", "licence_states": ["IL"]}
    unchecked = ada.post("/people", new).get_json()
    assert (unchecked["code"], "Say who checked" in unchecked["detail"]) == ("NOT_DONE", True)
    eve = ada.post("/people", {**new, "identity_checked_by": "Human resources"}).get_json()["id"]
    assert una.post("/people", new).status_code == 403
    certified = {"code": "HD-ORAL", "until": NEXT_YEAR, "assessor": "lee"}
    assert una.post(f"/people/{eve}/competencies", certified).status_code == 200
    itself = una.post(f"/people/{eve}/competencies", {**certified, "assessor": "eve"}).get_json()
    assert "Nobody assesses their own" in itself["detail"]
    other = {
        "kind": "licence",
        "licence": "RPH-8",
        "licence_states": ["WI"],
        "licence_until": NEXT_YEAR,
        "why": "renewed",
    }
    assert ada.post(f"/people/{eve}/change", {"change": other}).status_code == 200
    shown = ada.get(f"/people/{eve}").get_json()
    assert (shown["licence"], shown["licence_until"]) == ("RPH-8", NEXT_YEAR)
    assert [one["code"] for one in shown["competencies"]] == ["HD-ORAL"]
    own = {"kind": "roles", "roles": ["admin", "qa"], "identity_checked_by": "herself", "why": "it is handy"}
    assert ada.post(f"/people/{ADA.id}/change", {"change": own}).get_json()["code"] == "NOT_DONE"
    assert ada.post(f"/people/{eve}/change", {"change": {"kind": "leaves", "why": "moved away"}}).status_code == 200
    with pharmacy.house.store.reading() as conn:
        assert accounts.by_id(conn, eve).active is False
    assert ada.post("/people/NOBODY00/change", {"change": {"kind": "leaves", "why": "moved away"}}).status_code == 404
    assert una.get("/people/NOBODY00").status_code == 404


def test_certificates_of_equipment_are_kept_by_who_keeps_them(pharmacy: Pharmacy) -> None:
    lee, pam = program(pharmacy, LEE), program(pharmacy, PAM)
    cabinet = {
        "name": "BSC-1", "category": "2", "certificate": "C-77", "certified_until": NEXT_YEAR, "why": "yearly certificate"
    }  # fmt: skip
    assert pam.post(f"/stations/{STATION}/cabinets", cabinet).status_code == 403
    assert lee.post(f"/stations/{STATION}/cabinets", cabinet).status_code == 200
    (shown,) = lee.get(f"/stations/{STATION}/equipment").get_json()["cabinets"]
    assert (shown["code"], shown["certificate"]) == ("BSC-1", "C-77")
    out = {"cabinet": "BSC-1", "why": "its fan rattles"}
    assert lee.post(f"/stations/{STATION}/cabinets/out", out).status_code == 200
    over = lee.post(f"/stations/{STATION}/cabinets", {**cabinet, "certified_until": "2020-01-01"}).get_json()
    assert over["code"] == "NOT_DONE"
    weight = {"code": "W200", "name": "200 g, E2", "certificate_g": "200.0001", "certified_until": NEXT_YEAR}
    first = lee.post(f"/stations/{STATION}/weights", weight).get_json()
    assert (first["code"], first["detail"]) == ("NOT_DONE", "Register the station's balance first.")
    assert lee.post("/stations/NOWHERE/weights", weight).status_code == 404
    assert lee.post(f"/stations/{STATION}/trays", {"name": "TRAY-9"}).status_code == 200
    assert lee.get(f"/stations/{STATION}/equipment").get_json()["trays"] == ["TRAY-9"]
    assert by_token(pharmacy, lee, "register_written") == 3, "cabinet, out, tray"


def test_what_ends_is_answered_and_stays_ended(pharmacy: Pharmacy) -> None:
    lee = program(pharmacy, LEE)
    soon = (PAM.licence, PAM.states, now() + timedelta(days=20))
    pharmacy.house.door.write(
        lambda act: accounts.change_licence(act, PAM.id, *soon, why="renewed"), by=ADA.id, at=now()
    )

    def licence() -> Any:
        return next(one for one in lee.get("/expiring").get_json()["items"] if one["what"] == "licence")

    assert (licence()["person"], licence()["answer"]) == (PAM.id, "")
    assert lee.post(f"/expiring/{licence()['key']}", {"words": "renewal sent in on 12 May"}).status_code == 200
    assert licence()["answer"] == "renewal sent in on 12 May"
    assert lee.post("/expiring/none", {"words": "renewal sent in"}).status_code == 404
    assert by_token(pharmacy, lee, "register_written") == 1


def test_papers_and_exports_are_taken_away_by_who_may_and_stand_in_the_record(
    pharmacy: Pharmacy, clean: Making
) -> None:
    pam, una = program(pharmacy, PAM), program(pharmacy, UNA)
    pdf = pam.get(f"/preparations/{clean.id}/paper", kind="pdf")
    assert (pdf.status_code, pdf.data[:5]) == (200, b"%PDF-")
    events = una.get(f"/preparations/{clean.id}/paper", kind="csv").data.decode("utf-8-sig")
    assert len(list(csv.reader(io.StringIO(events)))) > clean.p.version
    assert pam.get("/preparations/NONESUCH/paper", kind="pdf").status_code == 404

    def take(one: Program, **wanted: str) -> Any:
        return one.client.post(f"{BASE}/exports", json={"format": "csv", **wanted}, headers=one.headers)

    made = take(una)
    assert (made.status_code, "Marta" in made.data.decode("utf-8-sig")) == (200, False)
    assert take(una, patients="named").get_json()["status"] == 422
    assert take(pam, patients="named").status_code == 200
    assert take(una, status="cooked").get_json()["status"] == 422
    assert [by_token(pharmacy, one, "record_exported") for one in (pam, una)] == [2, 2]


def test_a_note_is_corrected_by_who_took_part_and_the_old_one_stays(pharmacy: Pharmacy, clean: Making) -> None:
    small.certify(pharmacy.house.door, now())
    pam = program(pharmacy, PAM)
    call = {"kind": "call", "note": "the bag looks cludy"}
    ann = Program(pharmacy.client(), pam.made)
    assert ann.sign_in(ANN, STATION).status_code == 201
    version = pam.get(f"/preparations/{clean.id}").get_json()["version"]
    path = f"/stations/{STATION}/preparations/{clean.id}/commands"
    answer = ann.post(path, {"expected_version": version, "command": call}).get_json()
    assert answer.get("outcome") == "accepted", answer
    called = answer["version"]
    wrong = {
        "expected_version": called, "of_version": called, "old": "the bag looks cludy", "new": "the bag looks cloudy",
        "reason": "a slip of the keyboard",
    }  # fmt: skip
    assert ann.post(f"/preparations/{clean.id}/correct", {**wrong, "old": "never said"}).status_code == 409
    done = ann.post(f"/preparations/{clean.id}/correct", wrong).get_json()
    assert done.get("outcome") == "accepted", done
    with pharmacy.house.store.reading() as conn:
        kept = log.load(conn, clean.id)[-1]
    assert (kept.data["old"], kept.data["new"], kept.who) == ("the bag looks cludy", "the bag looks cloudy", ANN.id)
    bo = Program(pharmacy.client(), pam.made)
    bo.sign_in(BO, STATION)
    again = {**wrong, "expected_version": called + 1}
    stranger = bo.post(f"/preparations/{clean.id}/correct", again, key="bo-corrects-it")
    assert (stranger.status_code, stranger.get_json()["code"]) == (409, "NOT_ENTITLED")


def test_a_copy_of_a_label_and_another_recipe_are_judged_as_on_their_pages(pharmacy: Pharmacy, clean: Making) -> None:
    quin = program(pharmacy, QUIN)
    copy = {"reason": "DAMAGED", "station": STATION}
    refused = quin.post(f"/preparations/{clean.id}/label", copy).get_json()
    assert (refused["status"], refused["code"]) == (409, "NOT_DONE")
    assert quin.post(f"/preparations/{clean.id}/label", {**copy, "station": "NOWHERE"}).status_code == 409
    offered = quin.get(f"/preparations/{clean.id}/recipes").get_json()["items"]
    p = quin.get(f"/preparations/{clean.id}").get_json()
    signature = {"over": p["head"], "user": QUIN.user, "password": QUIN.password, "photos_seen": [], "accepts": []}
    amend = {"expected_version": p["version"], "recipe": "none", "reason": "the other strength", "signature": signature}
    assert offered == []
    assert quin.post(f"/preparations/{clean.id}/amend", amend).get_json()["code"] == "NOT_OFFERED"
