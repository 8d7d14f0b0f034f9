"""The hazardous-drug list: read by everybody without signing in; two people sign each entry (R38, G29, U1 to U4)."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.catalogue import hazards as book
from app.catalogue.hazards import Entry, key_of
from app.clock import now
from app.record import log
from app.record.place import place_of
from app.record.verify import verify
from tests.people.cast import ANN, PAM, QUIN, UNA, Member
from tests.web.bench import Seeded
from tests.web.conftest import Pharmacy
from tests.web.desk import at_desk, loaded, post

CYCLO, KEY = ("cyclophosphamide", "injection"), key_of("cyclophosphamide", "injection")
FIRST_SCREENS = ("/sign-in", "/terminal/HOOD-1")


def entry(pharmacy: Pharmacy, key: str = KEY) -> Entry:
    with pharmacy.house.store.reading() as conn:
        found = book.one(conn, pharmacy.house.settings.site, key)
    assert found is not None
    return found


def sign(pharmacy: Pharmacy, client: FlaskClient, member: Member, key: str = KEY, **changes: str) -> TestResponse:
    fields = {
        "over": entry(pharmacy, key).digest,
        "user": member.user,
        "password": member.password,
        "against": "NIOSH 2024, page 12",
    }
    return post(client, f"/hazardous-drugs/{key}/sign", **{**fields, **changes})


TABLET = {
    "drug": "Anastrozole",
    "form": "tablet",
    "niosh_table": "2",
    "antineoplastic": "y",
    "mshi": "",
    "manipulated": "n",
    "api": "n",
    "source": "NIOSH 2024",
    "why": "new on the formulary",
    "number": "AOR-7",
    "risk": "reproductive, coated tablets",
    "packaging": "unit dose",
    "manipulation": "none",
    "containment": "single gloves, own tray",
    "assessed_on": "2026-01-05",
}


def test_g29_everybody_reads_and_prints_the_list_without_signing_in(pharmacy: Pharmacy) -> None:
    client = pharmacy.client()
    for first in FIRST_SCREENS:
        assert 'href="/hazardous-drugs' in client.get(first).text, first
    page = client.get("/hazardous-drugs?from=HOOD-1")
    assert page.status_code == 200
    assert "cyclophosphamide" in page.text
    assert "data-print" in page.text
    assert "never reviewed" in page.text
    assert 'href="/terminal/HOOD-1"' in page.text
    assert client.get(f"/hazardous-drugs/{KEY}").status_code == 200
    assert "Sign what it says" not in client.get(f"/hazardous-drugs/{KEY}").text


def test_g29_it_is_reached_from_a_desk_s_pages_too(pharmacy: Pharmacy) -> None:
    assert 'href="/hazardous-drugs"' in at_desk(pharmacy).get("/me").text


def test_r38_what_ships_is_unconfirmed_and_says_so_beside_each_value(pharmacy: Pharmacy) -> None:
    page = pharmacy.client().get("/hazardous-drugs").text
    shipped = book.shipped()
    assert page.count("UNCONFIRMED</span>") == len(shipped) + 1
    assert f"{len(shipped)} OF {len(shipped)} ENTRIES ARE UNCONFIRMED" in page
    shown = json.loads(pharmacy.client().get("/hazardous-drugs", headers={"Accept": "application/json"}).text)
    assert {line["handling"]["level"] for line in shown["lines"]} == {"full containment"}


def test_r38_two_people_sign_an_entry_and_only_then_it_is_confirmed(pharmacy: Pharmacy) -> None:
    pam, una = at_desk(pharmacy), at_desk(pharmacy, UNA)
    assert sign(pharmacy, pam, PAM).status_code == 303
    assert entry(pharmacy).status == "unconfirmed"
    assert "You have signed" in sign(pharmacy, pam, PAM).text
    assert sign(pharmacy, una, UNA).status_code == 303
    confirmed = entry(pharmacy)
    assert (confirmed.status, [one.name for one in confirmed.signed]) == ("confirmed", [PAM.name, UNA.name])
    page = pharmacy.client().get(f"/hazardous-drugs/{KEY}").text
    assert "Pam Q., licence RPH-1001" in page
    assert "compared with: NIOSH 2024, page 12" in page
    assert "confirmed already" in sign(pharmacy, at_desk(pharmacy, QUIN), QUIN).text
    assert kinds(pharmacy)[-2:] == ["hazard_signed", "hazard_signed"]


def kinds(pharmacy: Pharmacy) -> list[str]:
    with pharmacy.house.store.reading() as conn:
        return [one.kind for one in log.load(conn, f"site/{pharmacy.house.settings.site}")]


@pytest.mark.parametrize(
    ("changes", "status", "says"),
    [
        ({"password": "no such thing"}, 422, ""),
        ({"against": ""}, 422, "what you compared it with"),
        ({"over": "0" * 64}, 409, "changed since this page was drawn"),
    ],
)
def test_r38_nothing_is_signed_by_a_wrong_password_without_a_source_or_over_another_text(
    pharmacy: Pharmacy, changes: dict[str, str], status: int, says: str
) -> None:
    answer = sign(pharmacy, at_desk(pharmacy), PAM, **changes)
    assert (answer.status_code, says in answer.text) == (status, True)
    assert entry(pharmacy).signed == ()


def test_r38_a_changed_value_is_unconfirmed_again_and_the_old_one_stays_readable(pharmacy: Pharmacy) -> None:
    pam = at_desk(pharmacy)
    assert post(pam, "/hazardous-drugs/enter", **TABLET).status_code == 303
    key = key_of("anastrozole", "tablet")
    for member in (PAM, QUIN):
        assert sign(pharmacy, at_desk(pharmacy, member), member, key).status_code == 303
    assert entry(pharmacy, key).handled(now().date()).level == "alternative containment"
    changed = {**TABLET, "drug": "anastrozole", "containment": "double gloves", "key": key}
    assert post(pam, "/hazardous-drugs/enter", **changed).status_code == 303
    assert entry(pharmacy, key).status == "unconfirmed"
    assert entry(pharmacy, key).handled(now().date()).level == "full containment"
    with pharmacy.house.store.reading() as conn:
        lines = book.history(conn, pharmacy.house.settings.site, entry(pharmacy, key).hazard)
    assert [len(kept.signed) for _, _, kept in lines] == [0, 2, 1, 0]
    assert "Nothing of it is different" in post(pam, "/hazardous-drugs/enter", **changed).text


TOO_LITTLE = (
    ({"drug": " "}, "generic name"),
    ({"form": "cream"}, "Choose the form"),
    ({"niosh_table": "3"}, "NIOSH table"),
    ({"assessed_on": "05/01/2026"}, "2027-06-30"),
    ({"assessed_on": "2999-01-05"}, "still to come"),
    ({"containment": ""}, "assessment of risk says"),
    ({"why": ""}, "what the entry was read in"),
)


def test_r38_an_entry_that_says_too_little_is_handed_back_filled_in(pharmacy: Pharmacy) -> None:
    pam = at_desk(pharmacy)
    for changes, says in TOO_LITTLE:
        answer = post(pam, "/hazardous-drugs/enter", **{**TABLET, **changes})
        assert (answer.status_code, says in answer.text, 'value="NIOSH 2024"' in answer.text) == (422, True, True), (
            changes
        )


def test_r38_the_review_of_the_list_is_kept_and_due_again_after_a_year(pharmacy: Pharmacy) -> None:
    pam = at_desk(pharmacy)
    assert "what you compared" in post(pam, "/hazardous-drugs/review", note=" ").text
    assert post(pam, "/hazardous-drugs/review", note="NIOSH 2024 and the formulary").status_code == 303
    page = pharmacy.client().get("/hazardous-drugs").text
    assert "by Pam Q., licence RPH-1001: NIOSH 2024 and the formulary" in page
    assert "REVIEW DUE" not in page
    assert "today already" in post(pam, "/hazardous-drugs/review", note="NIOSH 2024 again").text
    with pharmacy.house.store.reading() as conn:
        last = book.last_review(conn, pharmacy.house.settings.site)
    assert last is not None
    assert book.review_due(last, now() + timedelta(days=370), pharmacy.house.settings.zone)


def test_r38_another_site_s_signatures_confirm_nothing_here(pharmacy: Pharmacy) -> None:
    for member in (PAM, QUIN):
        sign(pharmacy, at_desk(pharmacy, member), member)
    with pharmacy.house.store.reading() as conn:
        (elsewhere,) = [one for one in book.listed(conn, "EAST") if one.key == KEY]
    assert elsewhere.status == "unconfirmed"


def test_r38_a_technician_enters_and_signs_nothing(pharmacy: Pharmacy) -> None:
    ann = at_desk(pharmacy, ANN)
    assert post(ann, "/hazardous-drugs/enter", **TABLET).status_code == 403
    assert sign(pharmacy, ann, ANN).status_code == 403


def test_r38_the_list_s_lines_are_chained_and_verify(pharmacy: Pharmacy) -> None:
    sign(pharmacy, at_desk(pharmacy), PAM)
    post(at_desk(pharmacy), "/hazardous-drugs/review", note="NIOSH 2024")
    settings = pharmacy.house.settings
    assert verify(place_of(settings), settings.photos).faults == ()


def test_r38_the_list_and_not_the_recipe_says_whether_a_preparation_is_hazardous(
    pharmacy: Pharmacy, seeded: Seeded
) -> None:
    assert loaded(pharmacy, seeded.order("ORD1")).recipe.hazardous
    plain = {**TABLET, "drug": "cyclophosphamide", "form": "injection", "niosh_table": "none", "antineoplastic": "n"}
    plain |= dict.fromkeys(("number", "risk", "packaging", "manipulation", "containment", "assessed_on"), "")
    assert post(at_desk(pharmacy), "/hazardous-drugs/enter", **plain).status_code == 303
    assert loaded(pharmacy, seeded.order("ORD2")).recipe.hazardous, "nobody has signed that it is none"
    for key in (key_of("cyclophosphamide", form) for form in ("injection", "capsule", "tablet", "powder")):
        with pharmacy.house.store.reading() as conn:
            there = book.one(conn, pharmacy.house.settings.site, key)
        if there is not None and there.hazard.form != "injection":
            form = {**plain, "form": there.hazard.form, "key": key}
            assert post(at_desk(pharmacy), "/hazardous-drugs/enter", **form).status_code == 303
        for member in (PAM, QUIN) if there is not None else ():
            assert sign(pharmacy, at_desk(pharmacy, member), member, key).status_code == 303
    made = loaded(pharmacy, seeded.order("ORD3"))
    assert (made.recipe.hazardous, made.recipe.name) == (False, "cyclophosphamide-20-bag")
