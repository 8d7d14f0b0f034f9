"""A recipe written in the application: a draft, two pharmacists, a day; open preparations keep theirs (R49)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.catalogue import drafts, recipes
from app.clock import now
from app.record import log
from app.record.place import place_of
from app.record.verify import verify
from app.web import recipe_form
from tests.people.cast import ANN, PAM, QUIN, UNA, Member, seat
from tests.web.bench import Seeded
from tests.web.conftest import Pharmacy
from tests.web.desk import at_desk, over, post
from tests.workflows.example import RECIPE
from workflows.recipe import Recipe

NAME = RECIPE.name


def today(pharmacy: Pharmacy, days: int = 0) -> str:
    return (now().astimezone(pharmacy.house.settings.zone).date() + timedelta(days=days)).isoformat()


def draft(
    pharmacy: Pharmacy, client: FlaskClient, recipe: Recipe = RECIPE, *, days: int = 0, **changes: str
) -> TestResponse:
    form = {
        **recipe_form.written(recipe),
        "of": recipe.name,
        "effective_on": today(pharmacy, days),
        "why": "label of 2026",
    }
    return post(client, "/recipes/draft", **{**form, **changes})


def kept(pharmacy: Pharmacy, name: str = NAME) -> drafts.Draft:
    with pharmacy.house.store.reading() as conn:
        found = drafts.open_draft(conn, name)
    assert found is not None
    return found


def sign(pharmacy: Pharmacy, member: Member, name: str = NAME, **changes: str) -> TestResponse:
    fields = {
        "over": kept(pharmacy, name).digest,
        "against": "label of 2026",
        "user": member.user,
        "password": member.password,
    }
    return post(at_desk(pharmacy, member), f"/recipes/{name}/sign", **{**fields, **changes})


def counting(pharmacy: Pharmacy, days: int = 0) -> Recipe:
    with pharmacy.house.store.reading() as conn:
        (found,) = recipes.recipes_of(conn, RECIPE.drug, now() + timedelta(days=days))
    return found


def test_r49_a_tab_that_was_left_open_takes_back_no_limit_of_a_version_signed_since(
    pharmacy: Pharmacy, seeded: Seeded
) -> None:
    assert seeded.recipe == RECIPE
    pam = at_desk(pharmacy)
    before = over(pam.get(f"/recipes/{NAME}").text, "/recipes/draft")
    draft(pharmacy, pam, replace(RECIPE, final_max_mg_ml=D(4), final_min_mg_ml=D(3)), over=before)
    for member in (PAM, QUIN):
        assert sign(pharmacy, member).status_code == 303
    answer = draft(pharmacy, pam, replace(RECIPE, light_protect=True), over=before)
    assert (answer.status_code, "was changed since this page was drawn" in answer.text) == (422, True)
    answer = draft(pharmacy, pam, replace(RECIPE, light_protect=True), over="0", of="")
    assert (answer.status_code, "write its next version on its own page" in answer.text) == (422, True)
    there = over(pam.get(f"/recipes/{NAME}").text, "/recipes/draft")
    assert draft(pharmacy, pam, replace(RECIPE, light_protect=True), over=there).status_code == 303


@pytest.mark.parametrize(
    "recipe", [RECIPE, replace(RECIPE, reconstitution=None), replace(RECIPE, single_dose=None, hold=True)]
)
def test_r49_the_form_gives_back_the_recipe_that_was_written_into_it(recipe: Recipe) -> None:
    back = recipe_form.read(recipe_form.written(recipe))
    plain = replace(recipe, version=1, signed_by=(), density=replace(recipe.density, confirmed=False))
    if recipe.reconstitution is not None:
        loose = replace(recipe.reconstitution.diluent_density, confirmed=False)
        plain = replace(plain, reconstitution=replace(recipe.reconstitution, diluent_density=loose))
    assert back == plain


def test_r49_every_field_of_a_recipe_stands_on_the_form_with_its_sentence() -> None:
    assert {one.name for one in recipe_form.inputs()} >= {
        "ndcs",
        "density.basis",
        "reconstitution.diluent_density.g_per_ml",
    }
    assert [one.name for one in recipe_form.inputs() if not one.says or "`" in one.says or "None" in one.says] == []


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("stability_h", "stability, hours"),
        ("final_min_mg_ml", "final min, mg/mL"),
        ("vial_mg", "vial, mg"),
        ("density.g_per_ml", "density: g/mL"),
        ("density.uncertainty_g_per_ml", "density: uncertainty, g/mL"),
        ("hold", "hold"),
    ],
)
def test_r49_a_value_is_named_with_its_unit(name: str, label: str) -> None:
    assert recipe_form.label_of(name) == label


def test_r49_a_draft_changes_nothing_until_two_pharmacists_have_signed_it(pharmacy: Pharmacy, seeded: Seeded) -> None:
    made = seeded.begin()
    pam = at_desk(pharmacy)
    assert draft(pharmacy, pam, replace(RECIPE, stability_h=D(36))).status_code == 303
    page = pam.get(f"/recipes/{NAME}").text
    assert "Draft of version 8" in page
    assert '<th scope="row">stability, hours</th><td>24</td><td><b>36</b></td>' in page
    assert counting(pharmacy).version == 7
    assert sign(pharmacy, PAM).status_code == 303
    assert "You have signed this draft" in sign(pharmacy, PAM).text
    assert counting(pharmacy).version == 7
    assert sign(pharmacy, QUIN).status_code == 303
    new = counting(pharmacy)
    assert (new.version, new.stability_h, new.signed_by) == (8, D(36), (PAM.name, QUIN.name))
    assert (new.density.confirmed, new.unconfirmed) == (True, ())
    assert (made.p.recipe.version, made.p.recipe.stability_h) == (7, D(24))
    later = replace(seeded, started=now(), furnished=True)
    assert later.begin("DEMO1099").p.recipe.version == 8
    kinds = [one.kind for one in events(pharmacy)]
    assert kinds[-4:] == ["recipe_drafted", "recipe_signed", "recipe_signed", "recipe_effective"]
    settings = pharmacy.house.settings
    assert verify(place_of(settings), settings.photos).faults == ()


def events(pharmacy: Pharmacy) -> list[log.StoredEvent]:
    with pharmacy.house.store.reading() as conn:
        return [one for one in log.load(conn, f"site/{pharmacy.house.settings.site}") if one.kind.startswith("recipe")]


def test_r49_a_version_counts_from_its_day_and_never_before_it_was_signed(pharmacy: Pharmacy, seeded: Seeded) -> None:
    assert seeded.recipe == RECIPE
    draft(pharmacy, at_desk(pharmacy), replace(RECIPE, stability_h=D(36)), days=3)
    for member in (PAM, QUIN):
        sign(pharmacy, member)
    assert [counting(pharmacy, days).version for days in (0, 2, 4)] == [7, 7, 8]
    assert "version 8 from" in at_desk(pharmacy, UNA).get("/recipes").text
    early = draft(pharmacy, at_desk(pharmacy), replace(RECIPE, stability_h=D(36), hold=True))
    assert (early.status_code, f"begins on {today(pharmacy, 3)}" in early.text) == (422, True)
    draft(pharmacy, at_desk(pharmacy), replace(RECIPE, stability_h=D(36), hold=True), days=3)
    for member in (PAM, QUIN):
        sign(pharmacy, member)
    assert [(counting(pharmacy, days).version, counting(pharmacy, days).hold) for days in (2, 4)] == [
        (7, False),
        (9, True),
    ]


def test_r49_a_version_for_a_day_that_is_past_counts_from_its_second_signature(
    pharmacy: Pharmacy, seeded: Seeded
) -> None:
    assert seeded.recipe == RECIPE
    draft(pharmacy, at_desk(pharmacy), replace(RECIPE, stability_h=D(48)), days=-30)
    for member in (PAM, QUIN):
        sign(pharmacy, member)
    with pharmacy.house.store.reading() as conn:
        newest = drafts.versions(conn, NAME)[0]
    assert newest.recipe.version == 8
    assert abs(newest.effective_from - now()) < timedelta(hours=1)


def test_r49_a_change_of_the_draft_takes_the_signature_off_it(pharmacy: Pharmacy, seeded: Seeded) -> None:
    assert seeded.recipe == RECIPE
    pam = at_desk(pharmacy)
    draft(pharmacy, pam, replace(RECIPE, stability_h=D(36)))
    old = kept(pharmacy).digest
    sign(pharmacy, PAM)
    draft(pharmacy, pam, replace(RECIPE, stability_h=D(30)))
    assert kept(pharmacy).signed == ()
    late = sign(pharmacy, QUIN, over=old)
    assert (late.status_code, "changed since this page was drawn" in late.text) == (409, True)
    assert counting(pharmacy).version == 7


CANNOT_BE = (
    ({"vial_mg": "5000"}, "Has a digit slipped"),
    ({"vial_mg": "lots"}, "The product, vial, mg: write a number"),
    ({"storage": "warm"}, "nothing that a recipe can hold"),
    ({"effective_on": "soon"}, "2027-06-30"),
    ({"why": ""}, "Say why"),
    ({"drug": "ifosfamide", "printed_drug": "ifosfamide"}, "is a recipe for cyclophosphamide"),
    ({"stability_h": "24"}, "Nothing of it is different"),
)


def test_r49_what_cannot_be_kept_brings_the_form_back_filled_in(pharmacy: Pharmacy, seeded: Seeded) -> None:
    assert seeded.recipe == RECIPE
    pam = at_desk(pharmacy)
    for changes, says in CANNOT_BE:
        answer = draft(pharmacy, pam, **{"stability_h": "36", **changes})
        assert (answer.status_code, says in answer.text, "10019-955-50</textarea>" in answer.text) == (
            422,
            True,
            True,
        ), changes
    with pharmacy.house.store.reading() as conn:
        assert drafts.open_draft(conn, NAME) is None


def test_r49_two_of_one_printed_name_are_not_told_apart_on_paper_and_so_are_not_two(
    pharmacy: Pharmacy, seeded: Seeded
) -> None:
    assert seeded.policy is not None
    twin = Member(
        "PAM00014", "pam2", PAM.name.upper(), ("pharmacist",), password="another pam of the house", licence="RPH-1014"
    )
    seat(pharmacy.house.door, now(), (twin,))
    assert draft(pharmacy, at_desk(pharmacy), stability_h="12").status_code == 303
    assert sign(pharmacy, PAM).status_code == 303
    refused = sign(pharmacy, twin)
    assert (refused.status_code, "same printed name" in refused.text) == (409, True)
    assert sign(pharmacy, QUIN).status_code == 303


def test_r49_a_new_recipe_makes_nothing_before_it_is_signed(pharmacy: Pharmacy) -> None:
    pam, name = at_desk(pharmacy), "ifosfamide-20-bag"
    new = replace(RECIPE, name=name, drug="ifosfamide", printed_drug="ifosfamide")
    assert draft(pharmacy, pam, new, of="").status_code == 303
    with pharmacy.house.store.reading() as conn:
        assert recipes.recipes_of(conn, "ifosfamide", now()) == ()
    assert "none yet" in pam.get("/recipes").text
    for member in (PAM, QUIN):
        assert sign(pharmacy, member, name).status_code == 303
    with pharmacy.house.store.reading() as conn:
        assert [one.version for one in recipes.recipes_of(conn, "ifosfamide", now())] == [1]


def test_r49_quality_assurance_reads_and_only_pharmacists_write_and_sign(pharmacy: Pharmacy, seeded: Seeded) -> None:
    assert seeded.recipe == RECIPE
    draft(pharmacy, at_desk(pharmacy), replace(RECIPE, stability_h=D(36)))
    una = at_desk(pharmacy, UNA)
    page = una.get(f"/recipes/{NAME}").text
    assert "Draft of version 8" in page
    assert "Keep the draft" not in page
    assert sign(pharmacy, UNA).status_code == 403
    assert at_desk(pharmacy, ANN).get("/recipes").status_code == 403


def test_r22_a_recipe_signed_for_the_intrathecal_route_among_others_says_that_nothing_is_made_by_it(
    pharmacy: Pharmacy, seeded: Seeded
) -> None:
    assert "Nothing is made by this version" not in at_desk(pharmacy).get(f"/recipes/{NAME}").text
    old = replace(RECIPE, routes=("IV", "IT"), version=8, signed_by=(PAM.name, QUIN.name))
    pharmacy.house.store.write(lambda conn: recipes.add_recipe(conn, old, effective_from=now()))
    page = at_desk(pharmacy).get(f"/recipes/{NAME}").text
    assert "Nothing is made by this version, by any of its routes" in page
    assert "for that route and for a syringe alone" in page
    assert seeded.recipe == RECIPE
