"""What the drug is kept from never touches it, and the recipe says how it is mixed and what it looks like (R46, R49)."""

from dataclasses import replace

import pytest

from tests.cast import ANN, LEE, PAM
from tests.workflows.answers import refused, rejected, tries, would
from tests.workflows.example import BAG, CABINET, POLICY, RECIPE, Bench, device, scan
from workflows import commands as asked
from workflows.authoring import wrong_in
from workflows.evidence import Confirmation, Container
from workflows.instructions import instruction
from workflows.library import IV_BAG
from workflows.procedure import procedure

KEPT = replace(
    RECIPE, keeps_from=("polycarbonate", "ABS"), mixing="Invert gently, never shake.", looks="clear, colourless"
)


@pytest.fixture
def staging() -> Bench:
    bench = Bench(recipe=KEPT)
    bench.until_claimed()
    bench.do(scan(CABINET))
    for item in bench.policy.ppe:
        bench.do(Confirmation(item))
    return bench


@pytest.mark.parametrize(
    ("thing", "slot"), [(device("bag adaptor"), "device:bag adaptor:1"), (BAG, "base")], ids=["adaptor", "bag"]
)
def test_r46_only_what_is_known_to_be_free_of_it_touches_the_drug(staging: Bench, thing: Container, slot: str) -> None:
    for materials, code in (
        ((), "MATERIAL_NOT_KNOWN"),
        (("polypropylene", "polycarbonate"), "WRONG_MATERIAL"),
        (("ABS",), "WRONG_MATERIAL"),
        (("polypropylene", "Makrolon"), "MATERIAL_NOT_KNOWN"),
        (("abs",), "MATERIAL_NOT_KNOWN"),
        (("polycarbonate (Makrolon)",), "MATERIAL_NOT_KNOWN"),
    ):
        answer = tries(staging, scan(replace(thing, materials=materials)), slot=slot)
        assert rejected(answer) == (code,)
        assert "polycarbonate, ABS" in answer[0].findings[0].says
        for who in (ANN, LEE, PAM):
            waived = asked.Waive(slot, code, "there is no other one in the house")
            assert refused(would(staging, waived, who)) == "NOBODY_MAY_WAIVE"
    staging.do(scan(replace(thing, materials=("polypropylene", "silicone"))), slot=slot)
    assert staging.p is not None
    assert slot in staging.p.entries


def test_r46_a_recipe_that_keeps_the_drug_from_nothing_asks_no_formulary_what_things_are_made_of() -> None:
    bench = Bench()
    bench.until_claimed()
    bench.do(scan(CABINET))
    for item in bench.policy.ppe:
        bench.do(Confirmation(item))
    bench.do(scan(BAG), slot="base")
    assert bench.p is not None
    assert "base" in bench.p.entries


def test_r49_the_signed_page_says_what_it_is_kept_from_how_it_is_mixed_and_what_it_looks_like() -> None:
    page = "\n".join(procedure(IV_BAG, KEPT, POLICY))
    for words in (
        "Kept from: polycarbonate, ABS",
        "Mixing: Invert gently, never shake.",
        "it looks: clear, colourless",
    ):
        assert words in page


def test_r49_the_tablet_says_how_it_is_mixed_and_what_it_has_to_look_like() -> None:
    bench = Bench(recipe=replace(KEPT, keeps_from=()))
    bench.until_drawn()
    assert bench.p is not None
    said = {slot.step.name: instruction(bench.p, slot) for slot in IV_BAG.slots(bench.p)}
    assert "Invert gently, never shake." in said["bag-after"].task
    assert said["photo-final"].detail == "both labels readable; clear, colourless"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"mixing": "Invert gently"}, "full stop"),
        ({"mixing": f"{'Turn. ' * 11}."}, "at most 60 letters"),
        ({"looks": "x" * 61}, "at most 60 letters"),
        ({"keeps_from": ("PVC, ABS",)}, "as it is listed"),
        ({"keeps_from": (" ABS",)}, "as it is listed"),
        ({"keeps_from": ("aluminum",)}, "aluminium"),
    ],
)
def test_r49_what_would_not_fit_the_screen_is_not_signed(changes: dict[str, object], says: str) -> None:
    assert wrong_in(KEPT) == ()
    assert any(says in one for one in wrong_in(replace(KEPT, **changes)))
