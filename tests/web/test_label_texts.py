"""The label texts of a language are read beside the English and signed by two people; no other signature confirms them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from app import label_texts
from app.catalogue import recipes
from app.clock import now
from app.record.place import place_of
from app.record.verify import verify
from labels import language
from labels.language import Catalogue, catalogue
from tests.people.cast import ADA, ANN, PAM, QUIN, UNA, Member
from tests.web.bench import Seeded
from tests.web.conftest import Pharmacy
from tests.web.desk import at_desk, form_of, post
from tests.workflows.example import RECIPE

PAGE = "/label-texts/de"


def sign(pharmacy: Pharmacy, member: Member, *, days: int = 0, **changes: str) -> TestResponse:
    day = now().astimezone(pharmacy.house.settings.zone).date() + timedelta(days=days)
    form = {"texts": catalogue("de").digest, "against": "the English texts", "effective_on": day.isoformat()}
    named = {"user": member.user, "password": member.password}
    return post(at_desk(pharmacy, member), f"{PAGE}/sign", **{**form, **named, **changes})


def confirmed(pharmacy: Pharmacy, days: int = 0) -> str:
    settings = pharmacy.house.settings
    with pharmacy.house.store.reading() as conn:
        return label_texts.confirmed(conn, settings.site, "de", now() + timedelta(days=days), settings.zone)


def test_u1_every_text_stands_beside_the_english_with_its_places_and_numbers_marked(pharmacy: Pharmacy) -> None:
    page = at_desk(pharmacy, ADA).get(PAGE).text
    texts = catalogue("de")
    bare = re.sub(r"<[^>]+>", "", page)
    for text in (
        *texts.fixed.values(),
        *texts.words.values(),
        *texts.cards.values(),
        *texts.phrases,
        *texts.phrases.values(),
    ):
        assert text.replace("~", " ") in bare, text
    assert 'Total volume <mark class="held">{volume}</mark>' in page
    assert 'Zyklus <mark class="held">$1</mark>' in page
    assert "FOR INTRATHECAL USE ONLY" in page
    assert at_desk(pharmacy, ADA).get("/label-texts/en").status_code == 404
    assert at_desk(pharmacy, ANN).get(PAGE).status_code == 403


def test_u2_two_people_sign_one_of_them_a_pharmacist_and_the_texts_count_from_their_day(pharmacy: Pharmacy) -> None:
    assert form_of(at_desk(pharmacy, PAM).get(PAGE).text, "/label-texts/")["texts"] == catalogue("de").digest
    assert sign(pharmacy, ADA).status_code == 403
    assert "password" in sign(pharmacy, PAM, password="wrong").text
    assert sign(pharmacy, PAM, days=2).status_code == 303
    assert "You have signed this draft" in sign(pharmacy, PAM, days=2).text
    assert "changed since this page was drawn" in sign(pharmacy, UNA, days=1).text, "the second signs for the same day"
    assert confirmed(pharmacy, 9) == ""
    assert sign(pharmacy, UNA, days=2).status_code == 303
    assert [confirmed(pharmacy), confirmed(pharmacy, 3)] == ["", catalogue("de").digest]
    assert "Two people have signed" in sign(pharmacy, QUIN, days=2).text
    assert f"Signed: <b>{PAM.name}</b>" in at_desk(pharmacy, ADA).get(PAGE).text
    assert verify(place_of(pharmacy.house.settings), pharmacy.house.settings.photos).faults == ()


def test_u2_a_signature_is_for_the_texts_that_stood_on_the_page(
    pharmacy: Pharmacy, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sign(pharmacy, PAM, texts="0" * 64).status_code == 409
    assert (sign(pharmacy, PAM).status_code, sign(pharmacy, UNA).status_code) == (303, 303)
    assert confirmed(pharmacy) == catalogue("de").digest
    edited = replace(catalogue("de"), digest="1" * 64)

    def changed(tongue: str) -> Catalogue:
        return edited if tongue == "de" else catalogue(tongue)

    for module in (label_texts, language):
        monkeypatch.setattr(module, "catalogue", changed)
    assert confirmed(pharmacy) == ""


def test_warnings_of_the_site_that_have_no_words_in_a_language_are_named(pharmacy: Pharmacy, seeded: Seeded) -> None:
    own = replace(RECIPE, name="own-20-bag", warnings=("vesicant", "give by a port"))
    pharmacy.house.store.write(lambda conn: recipes.add_recipe(conn, own, effective_from=seeded.started))
    page = at_desk(pharmacy, PAM).get(PAGE).text
    assert "<li>give by a port</li>" in page
    assert "<li>vesicant</li>" not in page
