"""A recipe that is wrong is withdrawn by one, and what was opened by an older version begins nothing (R49)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D

from werkzeug.test import TestResponse

from app.catalogue import recipes, withdrawals
from app.clock import now
from app.record.place import place_of
from app.record.verify import verify
from tests.people.cast import ADA, PAM, QUIN, Member
from tests.web.bench import Seeded
from tests.web.conftest import Pharmacy
from tests.web.desk import at_desk, form_of, post
from tests.web.test_recipes import NAME, counting, draft, sign
from tests.workflows.example import CABINET, RECIPE, scan
from workflows import commands as asked
from workflows.evidence import Confirmation

WRONG = "its density is that of another strength"


def withdraw(pharmacy: Pharmacy, member: Member = PAM, **changes: str) -> TestResponse:
    form = {
        "withdraw_over": withdrawals.digest_of(NAME, RECIPE.version), "version": str(RECIPE.version), "wrong": WRONG,
        "user": member.user, "password": member.password,
    }  # fmt: skip
    return post(at_desk(pharmacy, member), f"/recipes/{NAME}/withdraw", **{**form, **changes})


def corrected(pharmacy: Pharmacy) -> None:
    """Have the next version signed by two: the same, but for its stability."""
    pam = at_desk(pharmacy)
    assert draft(pharmacy, pam, replace(RECIPE, stability_h=D(6)), why="version 7 was wrong").status_code == 303
    for member in (PAM, QUIN):
        assert sign(pharmacy, member).status_code == 303


def test_r49_what_was_opened_by_an_older_version_is_neither_verified_nor_begun(
    pharmacy: Pharmacy, seeded: Seeded
) -> None:
    """It was opened before version 8 counted, and nothing was brought in: version 7 may be the very mistake."""
    waits, verified, begun = seeded.begin(), seeded.begin("DEMO1002"), seeded.begin("DEMO1003").until_claimed()
    verified.do(verified.sign("order verified"), PAM)
    begun.do(scan(replace(CABINET, certified_until=begun.at + timedelta(days=90), decontaminated=True)))
    corrected(pharmacy)
    for one in (waits, verified, begun):
        one.at = now()
    outcome = waits.ask(asked.Submit("", waits.sign("order verified")), PAM)
    assert (outcome.code, "version 8 counts" in outcome.says) == ("ORDER_BLOCKED", True)
    away = replace(verified, station="HOOD-2")
    assert away.ask(asked.Claim()).code == "ORDER_BLOCKED"
    begun.do(Confirmation(begun.p.policy.ppe[0]))
    assert "this one goes on by version 7" in at_desk(pharmacy).get(f"/review/{begun.id}").text
    client = at_desk(pharmacy)
    page = client.get(f"/review/{waits.id}").text
    assert "version 8 counts" in page
    given = {"note": "version 7 was wrong", "recipe": f"{NAME}/8"}
    form = form_of(page, "/amend") | given | {"user": PAM.user, "password": PAM.password}
    assert client.post(f"/review/{waits.id}/amend", data=form).status_code == 303
    waits.at = now()
    waits.do(waits.sign("order verified", QUIN), QUIN)
    assert waits.p.recipe.version == 8


def test_r49_a_withdrawn_recipe_makes_nothing_and_holds_what_is_under_way(pharmacy: Pharmacy, seeded: Seeded) -> None:
    made, ended = seeded.begin().until_check(), seeded.begin("DEMO1002")
    ended.ask(asked.Abort("other", "no longer wanted"), PAM)
    assert withdraw(pharmacy, ADA).status_code == 403
    assert "in at least 10 letters" in withdraw(pharmacy, wrong="oops").text
    assert "newer version was signed" in withdraw(pharmacy, version="6").text
    assert made.p.paused == ""
    assert withdraw(pharmacy).status_code == 303
    assert made.p.paused == "pharmacist hold"
    assert ended.p.paused == ""
    with pharmacy.house.store.reading() as conn:
        assert recipes.recipes_of(conn, RECIPE.drug, now()) == ()
    assert "withdrawn already" in withdraw(pharmacy, QUIN).text
    made.at = now()
    resumed = made.ask(asked.Resume("it was another batch"), QUIN)
    assert (resumed.code, f"was withdrawn by {PAM.name}: {WRONG}" in resumed.says) == ("ORDER_BLOCKED", True)
    later = replace(seeded, started=now(), furnished=True, numbers=40)
    assert later.order("DEMO1099") == ""
    page = at_desk(pharmacy).get(f"/recipes/{NAME}").text
    assert "nothing is made by it" in page
    assert WRONG in page
    assert "WITHDRAWN" in at_desk(pharmacy).get("/recipes").text
    assert verify(place_of(pharmacy.house.settings), pharmacy.house.settings.photos).faults == ()


def test_r49_a_correction_counts_at_once_where_a_later_version_was_withdrawn_with_it(
    pharmacy: Pharmacy, seeded: Seeded
) -> None:
    """A version that waits for its day stands in a correction's way until it is withdrawn."""
    assert seeded.recipe == RECIPE
    pam = at_desk(pharmacy)
    assert draft(pharmacy, pam, replace(RECIPE, stability_h=D(48)), days=30).status_code == 303
    for member in (PAM, QUIN):
        assert sign(pharmacy, member).status_code == 303
    assert "Let this one count from that day or later" in draft(pharmacy, pam, replace(RECIPE, stability_h=D(6))).text
    gone = {"version": "8", "withdraw_over": withdrawals.digest_of(NAME, 8)}
    assert withdraw(pharmacy, **gone).status_code == 303
    corrected(pharmacy)
    assert (counting(pharmacy).version, counting(pharmacy, 60).version) == (9, 9)


def test_r49_a_recipe_that_was_withdrawn_by_mistake_is_signed_again_as_it_was(
    pharmacy: Pharmacy, seeded: Seeded
) -> None:
    assert seeded.recipe == RECIPE
    assert "Nothing of it is different" in draft(pharmacy, at_desk(pharmacy)).text
    assert withdraw(pharmacy).status_code == 303
    assert draft(pharmacy, at_desk(pharmacy), why="it was right after all").status_code == 303
    for member in (PAM, QUIN):
        assert sign(pharmacy, member).status_code == 303
    assert counting(pharmacy).version == RECIPE.version + 1
