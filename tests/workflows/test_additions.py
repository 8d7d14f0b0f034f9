"""What a policy adds, moves and has put on, step by step: at its point, by whom it names, and never out of a safe order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.cast import ANN, BO
from tests.workflows.answers import done, rejected, tries
from tests.workflows.example import POLICY, Bench, photo, weigh
from workflows import commands as asked
from workflows.added import AddedConfirmation
from workflows.clearances import Requirement
from workflows.evidence import Confirmation
from workflows.library import IV_BAG, LIBRARY, sterile
from workflows.library.added import CHECKING, MIXING
from workflows.recipe import Worn
from workflows.site_policy import given_up, less_than_proposed, values, wrong_in
from workflows.status import next_slots
from workflows.steps import Moved, Workflow

ALOUD = AddedConfirmation("the order was read aloud", "before mixing")
TWO = AddedConfirmation("drug and volume were seen by two", "before mixing", by="second person")
WORN = Worn(("gloves",), ("gloves",), ("gloves",), ("clean gloves", "apron"))


def open_now(bench: Bench) -> list[str]:
    assert bench.p is not None
    return [slot.name for slot in next_slots(IV_BAG, bench.p)]


def test_r29_each_sentence_is_confirmed_by_whom_it_names_before_the_bag_is_weighed() -> None:
    bench = Bench(policy=replace(POLICY, adds=(ALOUD, TWO)))
    bench.until_drawn()
    assert open_now(bench) == ["added-mixing:1"]
    assert rejected(tries(bench, Confirmation(TWO.says))) == ("OTHER_ITEM",)
    bench.do(Confirmation(ALOUD.says))
    assert rejected(tries(bench, Confirmation(TWO.says))) == ("SECOND_PERSON",)
    bench.do(Confirmation(TWO.says), ANN, second=BO)
    assert open_now(bench) == ["bag-before"]
    bench.do(weigh("287.60", bench.at))


def test_r29_a_syringe_drawn_anew_asks_again_what_was_confirmed_of_it() -> None:
    bench = Bench(policy=replace(POLICY, adds=(ALOUD,)))
    bench.until_drawn()
    bench.do(Confirmation(ALOUD.says))
    done(bench.ask(asked.Redo("syringe", 1, "dropped")))
    assert bench.p is not None
    assert "added-mixing:1" not in bench.p.entries


def test_r35_whoever_takes_over_what_is_to_be_discarded_puts_on_what_is_worn_for_it() -> None:
    bench = Bench(policy=replace(POLICY, worn=WORN))
    bench.until_staged()
    done(bench.ask(asked.Abort("other", "dropped")))
    assert open_now(bench) == ["waste-on:clean gloves"]
    for item in WORN.waste:
        bench.do(Confirmation(item))
    assert open_now(bench) == ["waste"]
    done(bench.ask(asked.HandOver(), ANN, BO))
    assert open_now(bench) == ["waste-on:clean gloves"]
    for item in (*WORN.waste, "leftovers discarded"):
        bench.do(Confirmation(item), BO)
    assert bench.p is not None
    assert bench.p.closed


def test_r21_the_emptied_vials_are_pictured_where_the_policy_says() -> None:
    bench = Bench(policy=replace(POLICY, moves=("empty vials after labelling",)))
    bench.until_drawn()
    for grams in ("287.60", "336.30"):
        bench.do(weigh(grams, bench.at))
    assert open_now(bench) == ["label-print"]
    order = [slot.name for slot in IV_BAG.slots(bench.p)] if bench.p else []
    assert order.index("photo-final") < order.index("photo-empty") < order.index("approve")
    assert len(order) == len(set(order))
    assert rejected_by_kind(bench)


def rejected_by_kind(bench: Bench) -> bool:
    """Say that a picture is not taken while its turn has not come."""
    return getattr(tries(bench, photo("empty")), "code", "") == "OTHER_EVIDENCE"


@pytest.mark.parametrize(
    ("step", "at", "says"),
    [
        (sterile.PHOTO_SYRINGES, sterile.APPROVE.name, "is moved past premix"),
        (sterile.LABEL_PRINT, CHECKING.name, "is no picture"),
        (sterile.PPE, MIXING.name, "is no picture"),
    ],
)
def test_no_workflow_is_built_that_moves_anything_but_a_picture_or_moves_it_past_a_signature(
    step: object, at: str, says: str
) -> None:
    moved = Moved("somewhere", step)  # type: ignore[arg-type]  # each is a step
    index = next(n for n, part in enumerate(IV_BAG.parts) if getattr(part, "name", "") == at)
    parts = (*IV_BAG.parts[:index], moved, *IV_BAG.parts[index:])
    with pytest.raises(ValueError, match=says):
        Workflow("unsafe", 1, "moves what it must not", IV_BAG.makes, parts)


@pytest.mark.parametrize("name", LIBRARY)
def test_every_workflow_has_the_points_that_a_policy_for_all_of_them_counts_on(name: str) -> None:
    steps = {step.name for step in LIBRARY[name].steps()}
    assert {"added-staging", "added-drawing", "added-label", "added-check", "waste-on"} <= steps


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"adds": (ALOUD, ALOUD)}, "stands once"),
        ({"adds": (AddedConfirmation("ok", "before mixing"),)}, "letters"),
        ({"adds": (replace(ALOUD, workflows=("oral-count",)),)}, "has no point before mixing"),
        ({"adds": (replace(ALOUD, workflows=("nothing",)),)}, "No workflow is called nothing"),
        ({"adds": tuple(replace(ALOUD, says=f"sentence {n}") for n in range(21))}, "at most 20 sentences"),
        (
            {
                "requires": tuple(
                    Requirement(f"thing {n}", "OK to treat", entered_by=("pharmacist",)) for n in range(21)
                )
            },
            "at most 20 things",
        ),
        ({"moves": ("label last",)}, "No picture may be taken elsewhere"),
        ({"adds": (replace(ALOUD, says="read\naloud"),)}, "one line"),
        ({"adds": (replace(ALOUD, says="read\x07 aloud"),)}, "one line"),
        (
            {"adds": (replace(ALOUD, group="intrathecal doses"),)},
            "No workflow with a point before mixing makes intrathecal doses",
        ),
        (
            {
                "adds": (
                    replace(ALOUD, at="before drawing", group="intrathecal doses", workflows=("iv-bag-gravimetric",)),
                )
            },
            "makes no intrathecal doses",
        ),
        (
            {
                "adds": (
                    replace(ALOUD, at="before drawing", group="vinca drugs", workflows=("iv-syringe-gravimetric",)),
                )
            },
            "makes no vinca drugs",
        ),
        (
            {"adds": (replace(ALOUD, at="before drawing", group="vinca drugs", workflows=("oral-count",)),)},
            "makes no vinca drugs",
        ),
        ({"adds": (replace(ALOUD, group="vinca drugs", drugs=("paclitaxel",)),)}, "is no vinca drug"),
        (
            {"adds": (replace(ALOUD, at="before drawing", group="intrathecal doses", drugs=("vincristine",)),)},
            "never given intrathecally",
        ),
        ({"adds": (replace(ALOUD, drugs=("paclitaxel", " ")),)}, "is empty"),
        ({"adds": (replace(ALOUD, drugs=("paclitaxel", "Paclitaxel")),)}, "stands once"),
        ({"moves": ("empty vials after labelling",), "photos": ("syringes", "final")}, "does not ask for: empty vials"),
        ({"worn": replace(WORN, clean=("gown",))}, "gloves to clean a cabinet"),
        ({"worn": replace(WORN, clean=("gloves", "Disinfected"))}, "is done to a cabinet, not put on"),
        ({"worn": replace(WORN, clean=("gloves", ""))}, "one line of 1 to 60"),
        ({"worn": replace(WORN, clean=("gloves", "g" * 61))}, "one line of 1 to 60"),
        ({"worn": replace(WORN, spill=("gloves", "no respirator"))}, "says what is not put on"),
        ({"worn": replace(WORN, receive=("glove box scan",))}, "gloves to receive drugs"),
        ({"ppe": ("mittens", "gown")}, "no gloves among the protective equipment"),
        ({"ppe": ("gloves", "gown")}, "two pairs of gloves"),
        ({"ppe": ("gloves", "Gloves", "gown")}, "stands once each"),
        ({"ppe": ("inner gloves", "outer gloves")}, "in a gown"),
        ({"ppe": ("two pairs of gloves", "gown", "no mask")}, "says what is not put on"),
        ({"ppe": ("inner gloves", "outer gloves", "gown", "cleaned")}, "is done to a cabinet"),
    ],
)
def test_r35_what_cannot_be_right_in_it_is_not_signed(changes: dict[str, object], says: str) -> None:
    assert wrong_in(POLICY) == ()
    (only,) = wrong_in(replace(POLICY, **changes))  # type: ignore[arg-type]  # what a test sets
    assert says in only


def test_r35_what_is_put_on_less_than_is_proposed_is_told_to_whoever_signs_it() -> None:
    whole = ("two pairs of gloves", "gown", "goggles", "respirator", "shoe covers")
    assert less_than_proposed(replace(POLICY, worn=Worn(("gloves",), whole, whole, whole))) == ()
    (only,) = less_than_proposed(replace(POLICY, worn=Worn(("gloves",), whole, ("gloves",), whole)))
    assert only.startswith("To clean up a spill, less is put on")
    assert all(what in only for what in ("two pairs", "gown", "eyes", "respirator", "shoe"))


def test_r35_what_is_worn_is_not_left_out_again_once_it_was_signed() -> None:
    assert given_up(replace(POLICY, worn=WORN), replace(POLICY, worn=None))
    assert given_up(POLICY, replace(POLICY, worn=None)) == ()
    assert given_up(replace(POLICY, worn=WORN), replace(POLICY, worn=replace(WORN, spill=("gloves",)))) == ()


def test_r29_whoever_signs_a_policy_reads_in_which_workflows_each_sentence_is_asked() -> None:
    asked = replace(ALOUD, at="before drawing", group="intrathecal doses")
    said = dict(values(replace(POLICY, adds=(asked,))))["adds"]
    assert "iv-syringe-gravimetric" in said
    assert "iv-bag" not in said


def test_r22_what_a_policy_adds_to_intrathecal_doses_is_laid_out_for_each_order_by_its_own_route() -> None:
    bench = Bench(policy=replace(POLICY, adds=(replace(ALOUD, at="before drawing", group="intrathecal doses"),)))
    bench.until_claimed()
    assert bench.p is not None
    assert "added-drawing:1" not in [slot.name for slot in IV_BAG.slots(bench.p)]
    other = replace(bench.p, order=replace(bench.p.order, route="IT"))
    assert "added-drawing:1" in [slot.name for slot in IV_BAG.slots(other)]
