"""Another signed recipe for one preparation: who may, until when, and that nothing made by the old one is judged by the new."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D
from typing import Any

import pytest

from tests.cast import ANN, DANA, PAM
from tests.workflows.answers import done, refused, rejected, would
from tests.workflows.example import BAG, RECIPE, Bench, scan, vial
from workflows import commands as asked
from workflows.events import RecipeAmended
from workflows.recipe import Recipe
from workflows.status import status

STRONG = replace(
    RECIPE,
    name="cyclophosphamide-100-bag",
    version=2,
    items=("cyclophosphamide-1000mg-liquid",),
    ndcs=("0781-3529-70",),
    concentration_mg_ml=D(100),
    vial_mg=D(1000),
    vial_ml=D(10),
    reconstitution=None,
    hold=True,
)
REASON = "the 500 mg vials are recalled"


def ask(bench: Bench, recipe: Recipe = STRONG, reason: str = REASON, **signature: Any) -> asked.Amend:
    return asked.Amend(recipe, reason, replace(bench.sign("recipe amended"), **signature))


def test_r17_what_was_drawn_by_the_old_recipe_is_open_again_and_its_vials_stay_in_the_account() -> None:
    bench = Bench()
    bench.until_drawn()
    before = bench.p
    assert before is not None
    amended = bench.ask(ask(bench), PAM)[0]  # type: ignore[index]  # a decision
    assert isinstance(amended, RecipeAmended)
    assert (amended.was, amended.reason) == ("cyclophosphamide-20-bag version 7", REASON)
    told = {one.name: (one.old, one.new) for one in amended.changes}
    assert told["concentration_mg_ml"] == ("20", "100")
    assert told["ndcs"] == ("10019-955-01; 10019-955-50", "0781-3529-70")
    p = bench.p
    assert p is not None
    assert (p.recipe, p.plan.volume_ml, p.plan.vials) == (STRONG, D("9.7"), 1)
    assert {slot.partition(":")[0] for slot in p.entries} <= {"verify", "cabinet", "ppe", "base", "bag-before"}
    assert sorted(one.unit for one in p.set_aside if one.role == "drug") == sorted(
        one.unit for one in before.containers() if one.role == "drug"
    )
    assert rejected(would(bench, asked.Submit("vial:1", scan(vial("NEW00001")))))[0] == "WRONG_STRENGTH"
    assert status(bench.workflow, p) == "garbed"


def test_r14_the_recipe_changes_and_never_the_reading() -> None:
    """Nothing that was weighed stands, so that no reading is ever let through by a wider recipe."""
    bench = Bench()
    bench.until_drawn()
    wide = replace(RECIPE, version=8, tolerance=None, stability_h=D(12))
    done(bench.ask(ask(bench, wide), PAM))
    assert bench.p is not None
    assert not [slot for slot in bench.p.entries if slot.startswith(("recon", "syringe", "vial"))]


@pytest.mark.parametrize(
    ("change", "who", "code"),
    [
        ({}, ANN, "NOT_A_PHARMACIST"),
        ({"reason": "short"}, PAM, "REASON_NEEDED"),
        ({"over": "0" * 64}, PAM, "CHANGED_SINCE_SHOWN"),
        ({"meaning": "rejected"}, PAM, "CHANGED_SINCE_SHOWN"),
        ({"name": "Quin Pharmacist"}, PAM, "CHANGED_SINCE_SHOWN"),
        ({"recipe": RECIPE}, PAM, "NOTHING_NEW"),
        ({"recipe": replace(STRONG, signed_by=("Pam Pharmacist",))}, PAM, "CANNOT_BE_MADE"),
        ({"recipe": replace(STRONG, drug="paclitaxel")}, PAM, "CANNOT_BE_MADE"),
        ({"recipe": replace(STRONG, unconfirmed=("density",))}, PAM, "CANNOT_BE_MADE"),
        ({"recipe": replace(STRONG, bases=("water",))}, PAM, "CANNOT_BE_MADE"),
        ({"recipe": replace(STRONG, final_max_mg_ml=D(1))}, PAM, "CANNOT_BE_MADE"),
    ],
)
def test_r17_it_is_a_signed_recipe_that_makes_this_order_and_a_pharmacists_signature(
    change: dict[str, Any], who: Any, code: str
) -> None:
    bench = Bench()
    bench.until_claimed()
    assert refused(would(bench, ask(bench, **change), who)) == code


def test_r17_whoever_prepared_does_not_choose_the_recipe_and_nobody_does_once_it_is_in_the_bag() -> None:
    bench = Bench()
    bench.open()
    bench.do(bench.sign("order verified"), PAM)
    done(bench.ask(asked.Claim(), DANA))
    own = asked.Amend(STRONG, REASON, bench.sign("recipe amended", DANA))
    assert refused(would(bench, own, DANA)) == "OWN_WORK"
    bench = Bench()
    bench.until_check()
    assert refused(would(bench, ask(bench), PAM)) == "CANNOT_BE_UNDONE"


def test_r46_a_bag_is_scanned_anew_where_the_new_recipe_keeps_the_drug_from_other_materials() -> None:
    pvc, apart = replace(BAG, materials=("PVC", "DEHP")), replace(RECIPE, version=8, keeps_from=("PVC", "DEHP"))
    bench = Bench()
    bench.until_dressed()
    for found in (vial("A"), vial("B"), bench.diluent, pvc):
        bench.do(scan(found))
    done(bench.ask(ask(bench, apart), PAM))
    assert bench.p is not None
    assert "base" not in bench.p.entries
    assert rejected(would(bench, asked.Submit("base", scan(pvc))))[0] == "WRONG_MATERIAL"
