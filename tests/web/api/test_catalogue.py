"""The catalogue by the API: who reads and who writes each part, drafts that change nothing, two signatures that do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.catalogue import recipes
from app.clock import now
from app.record.place import place_of
from app.record.verify import verify
from tests.interfaces.cases import S01
from tests.people.cast import ADA, ANN, LEE, NIA, PAM, QUIN, UNA, Member, seat
from tests.web.api.program import Program, token_of
from tests.web.bench import Seeded
from tests.web.conftest import Pharmacy
from tests.web.test_licence import lapse
from tests.workflows.example import RECIPE

TODAY = {"why": "committee of May"}


def day(pharmacy: Pharmacy) -> str:
    return now().astimezone(pharmacy.house.settings.zone).date().isoformat()


def program(pharmacy: Pharmacy, member: Member) -> Program:
    """A program of this member, with them signed in at a desk."""
    made = Program(pharmacy.client(), token_of(pharmacy.house, member))
    assert made.sign_in(member).status_code == 201
    return made


def signed(one: Program, path: str, over: str, member: Member, **changes: str) -> Any:
    given = {"over": over, "against": "minutes of May", "user": member.user, "password": member.password, **changes}
    return one.post(f"{path}/sign", given).get_json()


def test_a_policy_is_drafted_by_its_fields_and_counts_when_two_have_signed(pharmacy: Pharmacy, seeded: Seeded) -> None:
    assert seeded.policy is not None
    pam, una = program(pharmacy, PAM), program(pharmacy, UNA)
    values = {"glove_minutes": "25", "dose_tolerance": "4"}
    body = {"values": values, "effective_on": day(pharmacy), **TODAY}
    strange = pam.post("/policy/draft", {**body, "values": {"glove_seconds": "9"}}).get_json()
    assert (strange["status"], strange["faults"][0]["where"]) == (422, "body.values.glove_seconds")
    assert pam.post("/policy/draft", {**body, "values": {"glove_minutes": "45"}}).get_json()["code"] == "NOT_DONE"
    digest = pam.post("/policy/draft", body).get_json()["id"]
    shown = pam.get("/policy").get_json()
    changes = {one["name"]: (one["old"], one["new"]) for one in shown["draft"]["changes"]}
    assert (shown["counts"], shown["draft"]["digest"], changes["minutes of gloves"]) == (1, digest, ("30", "25"))
    assert len(changes) == 2, "what is left out stays as it is"
    assert signed(pam, "/policy", "0" * 64, PAM)["code"] == "NOT_DONE"
    assert signed(pam, "/policy", digest, PAM, password="not hers")["code"] == "NOT_SIGNED"
    assert signed(pam, "/policy", digest, PAM)["id"] == "signed"
    assert signed(pam, "/policy", digest, PAM)["code"] == "NOT_DONE"
    assert signed(una, "/policy", digest, UNA)["id"] == "effective"
    with pharmacy.house.store.reading() as conn:
        made = recipes.policy_of(conn, pharmacy.house.settings.site, now())
    assert made is not None
    assert (made.version, made.glove_minutes, made.signed_by) == (2, 25, (PAM.name, UNA.name))
    assert verify(place_of(pharmacy.house.settings), pharmacy.house.settings.photos).ok


def test_who_writes_and_signs_is_who_does_on_the_page(pharmacy: Pharmacy) -> None:
    body = {"values": {"glove_minutes": "25"}, "effective_on": day(pharmacy), **TODAY}
    ada, lee, una = program(pharmacy, ADA), program(pharmacy, LEE), program(pharmacy, UNA)
    digest = ada.post("/policy/draft", body).get_json()["id"]
    assert "it takes admin or pharmacist" in lee.post("/policy/draft", body).get_json()["detail"]
    assert "it takes pharmacist or qa" in signed(ada, "/policy", digest, ADA)["detail"]
    ann = Program(pharmacy.client(), token_of(pharmacy.house, ANN))
    assert [ann.get(path).status_code for path in ("/policy", "/recipes", "/pump-library")] == [403, 403, 200]
    pam = program(pharmacy, PAM)
    lapse(pharmacy, PAM)
    assert "lapsed on" in signed(pam, "/policy", digest, PAM)["detail"]
    assert signed(una, "/policy", digest, UNA)["id"] == "signed"
    nobody = Program(pharmacy.client(), token_of(pharmacy.house, PAM))
    assert nobody.post("/policy/draft", body).get_json()["code"] == "SESSION_NEEDED"


def test_a_line_of_the_pumps_stands_in_the_draft_of_the_policy(pharmacy: Pharmacy, seeded: Seeded) -> None:
    assert seeded.policy is not None
    seat(pharmacy.house.door, now(), (NIA,))
    pam = program(pharmacy, PAM)
    line = {
        "drug": "fluorouracil", "entry": "FU-46", "version": "3", "least_mg_ml": "30", "most_mg_ml": "50", "most_ml_h": "5",
        "nurse": {"badge": NIA.badge, "pin": NIA.pin}, "effective_on": day(pharmacy), **TODAY,
    }  # fmt: skip
    before = pam.get("/pump-library").get_json()
    alone = pam.post("/pump-library/enter", {**line, "nurse": {"badge": LEE.badge, "pin": LEE.pin}}).get_json()
    assert (alone["code"], "is no nurse" in alone["detail"]) == ("NOT_SIGNED", True)
    assert pam.post("/pump-library/enter", line).status_code == 200
    shown = pam.get("/pump-library").get_json()
    assert shown["items"] == before["items"], "nothing counts before two have signed"
    (mine,) = [one for one in shown["drafted"] if one["entry"] == "FU-46"]
    assert (mine["most_mg_ml"], mine["pharmacist"], mine["nurse"]) == ("50", "", NIA.name)
    gone = {"drug": "fluorouracil", "entry": "FU-46", "effective_on": day(pharmacy), "why": "read it wrong"}
    assert "Nothing of it is different" in pam.post("/pump-library/withdraw", gone).get_json()["detail"]


def test_a_recipe_s_next_version_is_drafted_and_signed_by_two_pharmacists(pharmacy: Pharmacy, seeded: Seeded) -> None:
    assert seeded.policy is not None
    pam, quin = program(pharmacy, PAM), program(pharmacy, QUIN)
    name = pam.get("/recipes").get_json()["items"][0]["name"]
    before = pam.get(f"/recipes/{name}").get_json()
    field = next(one for one in before["fields"] if one["name"] == "stability_h")
    body = {"kind": before["kind"], "values": {field["name"]: "5"}, "effective_on": day(pharmacy), **TODAY}
    other = "count" if before["kind"] == "weight" else "weight"
    assert pam.post(f"/recipes/{name}/draft", {**body, "kind": other}).get_json()["code"] == "NOT_DONE"
    digest = pam.post(f"/recipes/{name}/draft", body).get_json()["id"]
    assert [signed(who, f"/recipes/{name}", digest, member)["id"] for who, member in ((pam, PAM), (quin, QUIN))] == [
        "signed", "effective"
    ]  # fmt: skip
    after = pam.get(f"/recipes/{name}").get_json()
    assert (after["version"], after["versions"][0]["signed_by"]) == (before["version"] + 1, [PAM.name, QUIN.name])
    assert next(one["holds"] for one in after["fields"] if one["name"] == field["name"]) == "5"
    assert pam.get("/recipes/none-such").status_code == 404


PACKAGE = {
    "gtin14": "00361703999995", "ndc": "61703-999-99", "item": "cisplatin-50mg", "role": "drug", "text": "cisplatin 50 mg",
    "drug": "cisplatin", "amount_mg": "50", "volume_ml": "50", "concentration_mg_ml": "1", "single_dose": "yes",
}  # fmt: skip


def gtin(body: str) -> str:
    """Thirteen digits with their check digit."""
    total = sum(int(one) * (3 if n % 2 == 0 else 1) for n, one in enumerate(body))
    return f"{body}{-total % 10}"


def test_a_package_is_on_the_shelf_when_two_have_signed_and_a_recall_stops_its_lot(pharmacy: Pharmacy) -> None:
    pam, una, lee = program(pharmacy, PAM), program(pharmacy, UNA), program(pharmacy, LEE)
    code = gtin("0036170399999")
    package = {**PACKAGE, "gtin14": code}
    body = {"package": package, "why": "the package in hand"}
    slipped = {"package": {**package, "concentration_mg_ml": "10"}, "why": "the package in hand"}
    assert "Has a digit slipped" in lee.post(f"/formulary/{code}/draft", slipped).get_json()["detail"]
    digest = lee.post(f"/formulary/{code}/draft", body).get_json()["id"]
    assert pam.get(f"/formulary/{code}").get_json()["counts"] is None
    assert signed(una, f"/formulary/{code}", digest, UNA)["id"] == "signed"
    assert signed(pam, f"/formulary/{code}", digest, PAM)["id"] == "effective"
    assert pam.get(f"/formulary/{code}").get_json()["counts"]["confirmed_by"] == f"{UNA.name} and {PAM.name}"
    assert lee.post(f"/formulary/{code}/recall", {"lot": "L7", "reference": "FDA D-0001-2027"}).status_code == 200
    assert [one["lot"] for one in pam.get(f"/formulary/{code}").get_json()["recalls"]] == ["L7"]
    wrong = {"lot": "L7", "why": "another maker's lot, says the FDA's letter"}
    over = pam.get(f"/formulary/{code}").get_json()["recalls"][0]["digest"]
    hers = {"over": over, "against": "the letter", "user": PAM.user, "password": PAM.password}
    alone = {**wrong, "signature": hers, "second": {"badge": PAM.badge, "pin": PAM.pin}}
    assert pam.post(f"/formulary/{code}/recall/withdraw", alone).get_json()["code"] == "NOT_SIGNED"
    both = {**wrong, "signature": hers, "second": {"badge": LEE.badge, "pin": LEE.pin}}
    assert pam.post(f"/formulary/{code}/recall/withdraw", both).status_code == 200
    (gone,) = pam.get(f"/formulary/{code}").get_json()["recalls"]
    assert (gone["withdrawn_by"], gone["withdrawn_second"]) == (PAM.id, LEE.id)
    assert [one["gtin14"] for one in pam.get("/formulary", find="cisplatin 50").get_json()["items"]] == [code]


def test_an_entry_of_the_hazard_list_is_signed_by_two(pharmacy: Pharmacy) -> None:
    pam, una = program(pharmacy, PAM), program(pharmacy, UNA)
    own = {"drug": "examplumab", "form": "injection", "niosh_table": "none", "source": "label, section 16", **TODAY}
    key = pam.post("/hazardous-drugs", own).get_json()["id"]

    def entry() -> Any:
        return next(one for one in pam.get("/hazardous-drugs").get_json()["items"] if one["key"] == key)

    assert (entry()["status"], entry()["own"]) == ("unconfirmed", True)
    for one, member in ((pam, PAM), (una, UNA)):
        assert signed(one, f"/hazardous-drugs/{key}", entry()["digest"], member)["outcome"] == "done"
    assert entry()["status"] == "confirmed"
    assert pam.post("/hazardous-drugs/review", {"note": "NIOSH 2024, whole list"}).status_code == 200


def test_a_sender_profile_is_tried_before_it_is_signed(pharmacy: Pharmacy) -> None:
    pam, quin = program(pharmacy, PAM), program(pharmacy, QUIN)
    shown = pam.get("/sender-profiles/oncehr").get_json()
    document = json.loads(shown["document"])
    document["units"]["MILLIGRAM"] = document["units"]["mg"]
    body = {"document": json.dumps(document), "effective_on": day(pharmacy), "why": "they send MILLIGRAM now"}
    digest = pam.post("/sender-profiles/oncehr/draft", body).get_json()["id"]
    assert "Try the draft" in signed(pam, "/sender-profiles/oncehr", digest, PAM)["detail"]
    tried = pam.post("/sender-profiles/oncehr/try", {"over": digest, "message": S01.decode()}).get_json()
    assert (tried["pasted"], tried["otherwise"], tried["differing"]) == (1, 0, [])
    assert signed(pam, "/sender-profiles/oncehr", tried["digest"], PAM)["id"] == "signed"
    assert signed(quin, "/sender-profiles/oncehr", tried["digest"], QUIN)["id"] == "effective"
    after = pam.get("/sender-profiles/oncehr").get_json()
    assert (after["signed_by"], "MILLIGRAM" in after["document"]) == ([PAM.name, QUIN.name], True)


def test_whoever_signs_a_sender_profile_by_the_api_is_told_field_by_field_what_it_reads_otherwise(
    pharmacy: Pharmacy,
) -> None:
    pam = program(pharmacy, PAM)
    document = json.loads(pam.get("/sender-profiles/oncehr").get_json()["document"])
    document["forms"]["INF"] = "syringe"
    body = {"document": json.dumps(document), "effective_on": day(pharmacy), "why": "a slip of the pen"}
    digest = pam.post("/sender-profiles/oncehr/draft", body).get_json()["id"]
    tried = pam.post("/sender-profiles/oncehr/try", {"over": digest, "message": S01.decode()}).get_json()
    (message,) = tried["differing"]
    fields = {one["field"]: (one["counts"], one["draft"], one["hidden"]) for one in message["fields"]}
    assert fields["order 1 container"] == ("bag", "syringe", False)


def test_what_is_of_the_patient_is_held_back_of_a_trial(pharmacy: Pharmacy) -> None:
    pam = program(pharmacy, PAM)
    document = json.loads(pam.get("/sender-profiles/oncehr").get_json()["document"])
    document["patient_number"]["types"] = ["PI"]
    body = {"document": json.dumps(document), "effective_on": day(pharmacy), "why": "they send PI"}
    digest = pam.post("/sender-profiles/oncehr/draft", body).get_json()["id"]
    message = S01.decode().replace("10234567^^^MAINHOSP^MR", "10234567^^^MAINHOSP^MR~99887766^^^MAINHOSP^PI")
    answer = pam.post("/sender-profiles/oncehr/try", {"over": digest, "message": message})
    (one,) = answer.get_json()["differing"]
    number = {each["field"]: (each["counts"], each["draft"], each["hidden"]) for each in one["fields"]}["patient mrn"]
    assert (number, "10234567" in answer.text, "99887766" in answer.text) == (("", "", True), False, False)


def test_a_recipe_is_withdrawn_by_a_program_in_a_pharmacists_name_and_says_what_is_wrong(
    pharmacy: Pharmacy, seeded: Seeded
) -> None:
    made, pam = seeded.begin(), program(pharmacy, PAM)
    told = pam.get(f"/recipes/{RECIPE.name}").get_json()
    assert told["withdrawn"] == ""
    body = {
        "over": told["withdraw_over"], "version": RECIPE.version, "against": "its density is another's",
        "user": PAM.user, "password": PAM.password,
    }  # fmt: skip
    assert pam.post(f"/recipes/{RECIPE.name}/withdraw", {**body, "version": 6}).get_json()["code"] == "NOT_DONE"
    assert pam.post(f"/recipes/{RECIPE.name}/withdraw", body).get_json()["id"] == made.id
    assert made.p.paused == "pharmacist hold"
    after = pam.get(f"/recipes/{RECIPE.name}").get_json()
    assert (after["withdrawn"], after["version"]) == ("its density is another's", 0)


@pytest.mark.parametrize("path", ["/recipes/none/sign", "/formulary/00000000000000/sign", "/hazardous-drugs/none/sign"])
def test_what_is_not_there_is_not_signed(pharmacy: Pharmacy, path: str) -> None:
    said = signed(program(pharmacy, PAM), path.removesuffix("/sign"), "0" * 64, PAM)
    assert (said["status"], said["code"]) == (409, "NOT_DONE")
