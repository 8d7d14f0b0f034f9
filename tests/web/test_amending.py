"""Another recipe for one preparation, on its review page: offered with what changes, signed, in the record and on the tablet."""

from __future__ import annotations

from datetime import timedelta

from app.catalogue import recipes
from app.clock import now
from app.record import log
from tests.people.cast import PAM
from tests.web.bench import Seeded
from tests.web.conftest import Pharmacy
from tests.web.desk import at_desk, form_of, loaded
from tests.workflows.test_amending import REASON, STRONG
from workflows.recipe import Recipe


def also(pharmacy: Pharmacy, recipe: Recipe) -> None:
    early = now() - timedelta(days=1)
    pharmacy.house.store.write(lambda conn: recipes.add_recipe(conn, recipe, effective_from=early))


def test_r14_r17_a_pharmacist_has_one_preparation_made_by_another_signed_recipe(
    pharmacy: Pharmacy, seeded: Seeded
) -> None:
    also(pharmacy, STRONG)
    made, other = seeded.begin("ORD1").until_drawn(), seeded.begin("ORD2")
    client = at_desk(pharmacy)
    page = client.get(f"/review/{made.id}").text
    assert "cyclophosphamide-100-bag, version 2" in page
    assert "concentration mg ml: 20 → 100" in page
    given = {"note": REASON, "recipe": "cyclophosphamide-100-bag/2", "user": PAM.user, "password": PAM.password}
    form = form_of(page, "/amend") | given
    unsigned = client.post(f"/review/{made.id}/amend", data=form | {"password": "wrong"})
    assert (unsigned.status_code, loaded(pharmacy, made.id).recipe.version) == (422, 7)
    unknown = client.post(f"/review/{made.id}/amend", data=form | {"recipe": "cyclophosphamide-1-bag/1"})
    assert unknown.status_code == 422
    assert client.post(f"/review/{made.id}/amend", data=form).status_code == 303
    assert (loaded(pharmacy, made.id).recipe, loaded(pharmacy, other.id).recipe.version) == (STRONG, 7)
    record = client.get(f"/record/{made.id}").text
    assert "Made by another recipe: cyclophosphamide-100-bag version 2" in record
    assert REASON in record
    with pharmacy.house.store.reading() as conn:
        last = log.load(conn, made.id)[-1]
    assert (last.kind, last.who, last.data["signature"]["name"]) == ("recipe_amended", PAM.id, PAM.name)


def test_r17_where_no_other_recipe_makes_it_there_is_no_button(pharmacy: Pharmacy, seeded: Seeded) -> None:
    made = seeded.begin("ORD1").until_claimed()
    assert 'data-open="amend"' not in at_desk(pharmacy).get(f"/review/{made.id}").text
