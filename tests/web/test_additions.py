"""What a site's policy adds to a procedure: asked at its point by a card or of a second person, kept, reviewed, shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from app import clock
from app.stations import gates, register
from tests.people.cast import ANN, BO, PAM, UNA
from tests.pharmacy import card
from tests.web.at_station import JSON, token_in
from tests.web.bench import PRINTER, Making, Seeded
from tests.web.conftest import Pharmacy, sign_in_station, token_of
from tests.web.desk import approve, at_desk
from tests.web.test_policy import counting, draft, sign
from tests.workflows.example import POLICY, scan, weigh
from workflows.added import AddedConfirmation
from workflows.evidence import Confirmation, LabelCode
from workflows.recipe import Worn

ALOUD = AddedConfirmation("the order was read aloud", "before mixing")
TWO = AddedConfirmation("drug and volume were seen by two", "before mixing", by="second person")
LABEL = AddedConfirmation("the label was compared with the order", "before the final check")
OTHER = AddedConfirmation("the line is primed", "before the label", drugs=("fluorouracil",))
WORN = Worn(
    ("gloves",), ("two pairs of gloves", "impermeable gown"), ("two pairs of gloves", "face shield"), ("clean gloves",)
)
SITE = replace(
    POLICY,
    adds=(ALOUD, TWO, LABEL, OTHER),
    moves=("empty vials after labelling",),
    worn=WORN,
    competencies=("HD-STERILE", "GRAV"),
)


def test_r29_a_card_and_a_second_person_answer_what_the_policy_added_and_the_review_says_so(pharmacy: Pharmacy) -> None:
    seeded = Seeded(pharmacy.house, policy=SITE)
    begun = seeded.begin().id
    made = Making(seeded, begun, clock.now() - timedelta(minutes=2), timedelta(seconds=1)).until_drawn()
    if made.p.recipe.hold:
        made.do(made.sign("pre-mix approved"), PAM)
    client, path = pharmacy.client(), f"/terminal/HOOD-1/p/{made.id}"
    sign_in_station(client, ANN)
    page = client.get(path).text

    def screen() -> dict[str, str]:
        found: dict[str, str] = client.get(path, headers=JSON).get_json()["screen"]
        return found

    def sends(what: str, **fields: str) -> int:
        form = {"command_id": screen()["command_id"], "expected_version": screen()["version"]}
        return client.post(
            f"{path}/{what}", data={**form, "csrf_token": token_in(page), **fields}, headers=JSON
        ).status_code

    assert (screen()["kind"], screen()["slot"]) == ("confirm", "added-mixing:1")
    assert ALOUD.says in screen()["task"]
    assert sends("scan", raw=card("NEXT"), slot=f"{made.id}.1") == 200
    assert (screen()["kind"], screen()["slot"]) == ("seconded", "added-mixing:2")
    assert TWO.says in client.get(f"{path}/confirmed").text
    assert sends("confirmed", badge=ANN.badge, pin=ANN.pin) == 422, "nobody is their own second person"
    assert sends("confirmed", badge=BO.badge, pin="9999") == 422
    assert made.p.evidence("added-mixing:2") is None
    assert sends("confirmed", badge=BO.badge, pin=BO.pin) == 302
    entry = made.p.entries["added-mixing:2"]
    assert (entry.evidence, entry.second) == (Confirmation(TWO.says), BO.id)
    for grams in ("287.60", "336.30"):
        made.do(weigh(grams, made.at))
    made.do(made.label("final"), PRINTER)
    made.do(scan(LabelCode("final", made.id, 1, made.id, False)))
    made.do(made.shoot("final"))
    assert screen()["slot"] == "photo-empty", "taken once the label is on, as the policy says"
    made.do(made.shoot("empty"))
    made.do(Confirmation(LABEL.says))
    review = " ".join(at_desk(pharmacy).get(f"/review/{made.id}").text.split())
    for words in (ALOUD.says, TWO.says, "confirmed, with a second person", LABEL.says):
        assert words in review, words
    assert OTHER.says not in review
    assert approve(at_desk(pharmacy), made).status_code in (200, 302, 303)
    record = at_desk(pharmacy).get(f"/record/{made.id}").text
    assert (TWO.says in record, f"confirmed: {TWO.says}" in record) == (True, True), "what the second person signed"
    assert made.p.entries["approve"].who == PAM.id
    made.release()
    assert (screen()["kind"], screen()["slot"], screen()["task"]) == (
        "confirm", "waste-on:clean gloves", "Put on clean gloves, to discard what is left."
    )  # fmt: skip
    assert sends("scan", raw=card("NEXT"), slot=f"{made.id}.2") == 200
    assert screen()["slot"] == "waste"
    assert sends("scan", raw=card("NEXT"), slot=f"{made.id}.3") == 200
    assert made.p.closed


def test_r35_what_is_worn_for_each_activity_is_signed_and_asked_and_everybody_reads_it(pharmacy: Pharmacy) -> None:
    seeded = Seeded(pharmacy.house, policy=SITE)
    seeded.house.store.write(lambda conn: register.note_drug(conn, "BSC-2", "vincristine", at=clock.now(), who=ANN.id))
    client = pharmacy.client()
    sign_in_station(client, ANN)
    page = client.get("/terminal/HOOD-1/clean/BSC-2")
    assert "Put on two pairs of gloves." in page.text
    tried = []
    for act in (gates.ACTS[0], *WORN.clean, gates.ACTS[0]):
        form = {
            "csrf_token": token_of(client.get("/me")),
            "word": "NEXT",
            "slot": act,
            "command_id": f"press {len(tried)}",
        }
        tried.append(client.post("/terminal/HOOD-1/clean/BSC-2/do", data=form, headers=JSON).status_code)
    assert tried == [409, 200, 200, 200], "what is worn comes first"
    assert "Put on two pairs of gloves, face shield." in client.get("/terminal/HOOD-1/spill").text
    read = " ".join(pharmacy.client().get("/hazardous-drugs").text.split())
    for words in ("What is worn at this site", "two pairs of gloves; impermeable gown", "clean gloves"):
        assert words in read, words


def test_r29_a_policy_with_additions_is_written_and_signed_and_an_open_preparation_keeps_its_own(
    pharmacy: Pharmacy, seeded: Seeded
) -> None:
    begun = seeded.begin()
    row = {
        "adds.0.says": ALOUD.says, "adds.0.at": ALOUD.at, "adds.0.by": "second person", "adds.0.group": "every drug",
        "adds.0.drugs": "", "adds.0.workflows": "",
    }  # fmt: skip
    refused = draft(pharmacy, at_desk(pharmacy), **{**row, "adds.0.workflows": "iv-syringe-gravimetric"})
    assert (refused.status_code, "iv-syringe-gravimetric has no point before mixing" in refused.text) == (422, True)
    refused = draft(pharmacy, at_desk(pharmacy), moves="label before the count")
    assert (refused.status_code, "No picture may be taken elsewhere" in refused.text) == (422, True)
    bare = {f"worn.{part}": "gloves" for part in ("receive", "clean", "spill", "waste")}
    assert draft(pharmacy, at_desk(pharmacy), **row, **bare, moves="empty vials after labelling").status_code == 303
    page = at_desk(pharmacy).get("/policy").text
    assert "before mixing, by the second person, for every drug, in iv-bag-gravimetric, " in page
    assert ALOUD.says in page
    assert "To clean up a spill, less is put on than is proposed: two pairs of gloves, a gown" in page
    assert sign(pharmacy, PAM).status_code == 303
    assert sign(pharmacy, UNA).status_code == 303
    policy = counting(pharmacy)
    assert policy is not None
    assert policy.adds == (replace(ALOUD, by="second person"),)
    later = replace(seeded, started=clock.now(), furnished=True).begin("DEMO1099")
    assert (begun.p.policy.adds, later.p.policy.adds) == ((), policy.adds)
