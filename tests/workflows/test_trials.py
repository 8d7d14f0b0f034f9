"""A dose of a clinical trial: of its own stock, of its assigned kit, for a subject that two people have seen (R56)."""

from dataclasses import replace
from decimal import Decimal as D

import pytest

from tests.workflows.answers import rejected
from tests.workflows.example import POLICY, RECIPE, Bench, order, scan, vial
from workflows import authoring
from workflows import commands as asked
from workflows.assigned import Assigned
from workflows.authoring import wrong_in
from workflows.decide import open_preparation
from workflows.findings import Refused
from workflows.library import IV_BAG
from workflows.recipe import Recipe
from workflows.rounding import NoRounding, proposals
from workflows.sharing import why_not
from workflows.trials import is_trial, names

TRIAL = replace(RECIPE, protocol="S-2301", sponsor="Cooperative Group", assigned_kits=True)
FOR = Assigned("2301-0042", ("K-17", "K-18"), "pam", "bo")
ORDER = replace(order(), protocol="S-2301 arm B")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("S-2301", True),
        ("s-2301 arm B", True),
        ("arm B of S-2301, cycle 2", True),
        ("S-23010", False),
        ("XS-2301", False),
        ("S-2301-EXT", False),
        ("S-2301.1", False),
        ("S-2301:B", False),
        ("S-2301/EXT", False),
        ("arm B;S-2301,cycle 2", True),
        ("", False),
    ],
)
def test_r56_an_order_names_a_protocol_by_its_whole_number(text: str, named: bool) -> None:
    assert names(replace(order(), protocol=text), "S-2301") is named
    assert not names(replace(order(), protocol=text), ""), "no number is no protocol"
    assert not names(replace(order(), protocol="B of 12"), "B"), "a letter is no number"


def opened(recipe: Recipe = TRIAL, trial: Assigned | None = FOR, protocol: str = "S-2301") -> str:
    """The codes of what stands in the way; empty where it is opened."""
    command = asked.Open(replace(order(), protocol=protocol), recipe, POLICY, trial=trial)
    answer = open_preparation(IV_BAG, command)
    return answer.says if isinstance(answer, Refused) else ""


def test_r56_r29_a_trials_dose_is_opened_for_a_subject_that_two_people_have_seen() -> None:
    assert opened() == ""
    assert "no subject number is entered" in opened(trial=None)
    assert "no subject number is entered" in opened(trial=replace(FOR, subject=" "))
    assert "No second person" in opened(trial=replace(FOR, second="pam"))
    assert "no kit number is entered" in opened(trial=replace(FOR, kits=()))
    assert opened(recipe=replace(TRIAL, assigned_kits=False), trial=replace(FOR, kits=())) == ""
    assert "which the order does not name" in opened(protocol="S-2302")
    assert "is of no trial" in opened(recipe=RECIPE)


@pytest.fixture
def staging() -> Bench:
    """Ann is to scan the vials of a trial's dose."""
    one = Bench(recipe=TRIAL, order=ORDER, trial=FOR)
    one.until_dressed()
    return one


@pytest.mark.parametrize(
    ("protocol", "kit", "code", "says"),
    [
        ("", "", "OTHER_STOCK", "This belongs to no trial. Needed stock of the trial S-2301."),
        ("S-2302", "K-17", "OTHER_STOCK", "This belongs to the trial S-2302."),
        ("S-2301", "K-19", "OTHER_KIT", "Scanned kit K-19. Assigned: K-17, K-18."),
        ("S-2301", "", "OTHER_KIT", "Scanned kit without a number."),
    ],
)
def test_r56_only_its_own_stock_and_its_assigned_kit_go_in(
    staging: Bench, protocol: str, kit: str, code: str, says: str
) -> None:
    answer = staging.ask(asked.Submit("", scan(vial("A", protocol=protocol, kit=kit))))
    assert code in rejected(answer)
    assert staging.p is not None
    assert says in staging.p.near_misses[-1].says
    staging.do(scan(vial("A", protocol="S-2301", kit="K-17")))


def test_r56_a_normal_dose_takes_nothing_of_a_trial() -> None:
    one = Bench()
    one.until_dressed()
    answer = one.ask(asked.Submit("", scan(vial("A", protocol="S-2301", kit="K-17"))))
    assert "TRIAL_STOCK" in rejected(answer)
    one.do(scan(vial("A")))


def test_r56_where_the_trial_takes_normal_stock_its_own_is_wrong_there_too() -> None:
    normal = replace(TRIAL, protocol_stock=False, assigned_kits=False)
    one = Bench(recipe=normal, order=ORDER, trial=replace(FOR, kits=()))
    one.until_dressed()
    answer = one.ask(asked.Submit("", scan(vial("A", protocol="S-2301", kit="K-17"))))
    assert "TRIAL_STOCK" in rejected(answer)
    one.do(scan(vial("A")))


def test_r56_r59_a_recipe_of_a_trial_is_neither_rounded_nor_shared_whatever_the_order_says() -> None:
    silent = order()
    assert not is_trial(silent)
    assert is_trial(silent, TRIAL)
    site = replace(POLICY, share_vials=True)
    shared = replace(TRIAL, may_be_shared=True, single_dose=True, opened_h=D(6))
    assert "nothing of a clinical trial is shared" in why_not(silent, replace(shared, reconstitution=None), site)
    assert isinstance(proposals(D(970), (D(500),), calculated_mg=None, trial=is_trial(silent, TRIAL)), NoRounding)


def test_r56_a_recipe_says_whole_what_it_is_of_a_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not [one for one in wrong_in(replace(TRIAL, signed_by=())) if "trial" in one]
    for recipe in (
        replace(TRIAL, sponsor=""),
        replace(TRIAL, may_be_shared=True),
        replace(TRIAL, name=f"s2301-{TRIAL.drug}", blinded="study drug or placebo"),
        replace(TRIAL, name="s2301", blinded=f"{TRIAL.drug.upper()} or placebo"),
        replace(RECIPE, blinded="study drug"),
        replace(RECIPE, assigned_kits=True),
        replace(TRIAL, protocol_stock=False),
    ):
        assert any("trial" in one or "study" in one for one in wrong_in(recipe)), recipe
    blinded = replace(TRIAL, name="s2301", blinded="study drug or placebo")
    assert wrong_in(blinded) == (authoring.BLINDED_NOT_YET,)
    monkeypatch.setattr(authoring, "BLINDED_OFFERED", True)
    assert wrong_in(blinded) == ()
