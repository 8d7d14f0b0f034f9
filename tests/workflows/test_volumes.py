"""A dose by volume: what may be made so, who reads it, and what no volume lets pass (R13)."""

from dataclasses import replace
from decimal import Decimal as D

import pytest

from tests.cast import ANN, BO, CY, PAM, PRINTER, QA, QUIN
from tests.workflows.answers import rejected
from tests.workflows.example import BALANCE, CABINET, POLICY, Bench, order, photo, scan
from tests.workflows.test_iv_syringe import DRAWN, ONE, ORDER
from workflows import commands as asked
from workflows import events as happened
from workflows.by_volume import WHYS, ByVolume, Why, weighed_by
from workflows.circumstances import Actor, BalanceStatus
from workflows.decide import open_preparation
from workflows.evidence import Confirmation, LabelCode, Printed, VolumeRead
from workflows.findings import Refused
from workflows.gates import waiting
from workflows.instructions import instruction
from workflows.library import LIBRARY
from workflows.library.by_volume import BAG_BY_VOLUME, SYRINGE_BY_VOLUME
from workflows.plan import Plan, plan
from workflows.recipe import Policy, Recipe
from workflows.sheet import sheet
from workflows.site_policy import wrong_in
from workflows.worlds import LIQUID

SITE = replace(POLICY, by_volume=WHYS, cstd=False, photos=("syringes", "final"))
REASON = "the balance is being repaired"


def opened(
    why: Why = "balance away", dose: str = "1.5", recipe: Recipe = LIQUID, policy: Policy = SITE, reason: str = REASON
) -> str:
    """The words of the refusal, or the reason for which it is made by volume."""
    made_of = replace(order(), drug=recipe.drug, dose=D(dose), container="minibag")
    made_of = replace(made_of, actives=(replace(made_of.actives[0], drug=recipe.drug, amount=D(dose)),))
    base = replace(made_of.base, fluid=recipe.bases[0], volume_ml=D(25))  # type: ignore[type-var]  # it has one
    command = asked.Open(replace(made_of, base=base), recipe, policy, by_volume=ByVolume(why, reason))
    answer = open_preparation(BAG_BY_VOLUME, command)
    if isinstance(answer, Refused):
        return answer.says
    (begun,) = answer
    assert isinstance(begun, happened.Opened)
    assert begun.plan.by_volume is not None
    return begun.plan.by_volume.reason


GUESSED = replace(LIQUID, density=replace(LIQUID.density, basis="assumed 1.0"))
UNKNOWN = replace(LIQUID, density=replace(LIQUID.density, g_per_ml=None))


@pytest.mark.parametrize(
    ("why", "dose", "recipe"),
    [
        ("draw too small to weigh", "0.4", LIQUID),
        ("draw too small to weigh", "2.5", LIQUID),
        ("density not known well enough", "1.5", GUESSED),
        ("density not known well enough", "1.5", UNKNOWN),
        ("balance away", "1.5", LIQUID),
    ],
)
def test_r13_where_a_balance_cannot_decide_it_is_opened_by_volume_with_its_reason(
    why: Why, dose: str, recipe: Recipe
) -> None:
    assert opened(why, dose, recipe) == REASON


@pytest.mark.parametrize(
    ("says", "how"),
    [
        ("lets nothing be made by volume for this: balance away", {"policy": replace(SITE, by_volume=WHYS[:2])}),
        ("lets nothing be made by volume", {"policy": POLICY}),
        ("a reason of at least 10 letters", {"reason": "broken"}),
        ("2.6 mL is not too small to be weighed", {"why": "draw too small to weigh", "dose": "2.6"}),
        ("known well enough to be weighed", {"why": "density not known well enough"}),
        ("No pharmacist", {"recipe": replace(LIQUID, unconfirmed=("density",))}),
    ],
)
def test_r13_it_is_never_made_by_volume_because_it_is_easier(says: str, how: dict[str, object]) -> None:
    answer = opened(**how)  # type: ignore[arg-type]  # as the cases name them
    assert says.casefold() in answer.casefold() or "no pharmacist of this site has signed" in answer


def test_r13_without_a_reason_it_is_weighed_and_a_workflow_by_volume_takes_nothing_else() -> None:
    by_weight = asked.Open(order(), LIQUID, SITE)
    answer = open_preparation(BAG_BY_VOLUME, replace(by_weight, order=replace(order(), container="bag")))
    assert isinstance(answer, Refused)
    assert "is not for what is made by weight" in answer.says
    again = replace(by_weight, by_volume=ByVolume("balance away", REASON))
    weighed = open_preparation(LIBRARY["iv-bag-gravimetric"], again)
    assert isinstance(weighed, Refused)
    assert "is not for what is made by volume" in weighed.says


NEW = "new 35 mL syringe, empty"


def until_photographed(one: Bench) -> Bench:
    """40 mg in a syringe by volume: 20 mL of 2 mg/mL drawn, photographed, and not read yet."""
    begun = asked.Open(one.order, one.recipe, one.policy, by_volume=ByVolume("balance away", REASON))
    assert not isinstance(one.ask(begun, PAM), Refused)
    one.do(one.sign("order verified, making by volume authorised"), PAM)
    assert not isinstance(one.ask(asked.Claim()), Refused), "no balance is asked for"
    one.ask(asked.RecordLabel(Printed("in_process", "INPROC01", 1, "aa", "spool")), PRINTER)
    for found in (CABINET, ONE):
        one.do(scan(found))
        for item in one.policy.ppe if found is CABINET else ():
            one.do(Confirmation(item))
    one.do(Confirmation(NEW))
    one.do(photo("syringe at its mark"))
    return one


@pytest.fixture
def drawn() -> Bench:
    """Ann has drawn it; there is no balance at her station."""
    return until_photographed(Bench(recipe=DRAWN, order=ORDER, policy=SITE, workflow=SYRINGE_BY_VOLUME, balance=None))


def read(one: Bench, ml: str, second: Actor | None) -> str:
    """What came of a volume read by `second` while Ann hands it in: nothing, or the code of what is wrong."""
    answer = one.ask(asked.Submit("", VolumeRead(D(ml))), ANN, second)
    if isinstance(answer, Refused):
        return answer.code
    first = answer[0]
    return first.findings[0].code if isinstance(first, happened.Rejected) else ""


def test_r13_r29_only_somebody_who_did_not_draw_it_and_may_reads_it(drawn: Bench) -> None:
    for second in (None, ANN, CY, QA, PAM):
        assert read(drawn, "20", second) == "SECOND_PERSON"
    assert read(drawn, "20", BO) == ""
    assert drawn.p is not None
    assert drawn.p.entries["syringe-read:1"].second == BO.id
    assert [slot.name for slot in waiting(SYRINGE_BY_VOLUME, drawn.p)] == ["premix"], "a pharmacist looks, always"


def test_r13_r29_whoever_drew_it_does_not_read_it_after_a_hand_over_either(drawn: Bench) -> None:
    assert read(drawn, "18", QUIN) == "VOLUME_OFF"
    drawn.ask(asked.HandOver(), ANN, BO)
    for item in drawn.policy.ppe:
        drawn.ask(asked.Submit("", Confirmation(item)), BO)
    drawn.ask(asked.Submit("", photo("again")), BO)
    assert "SECOND_PERSON" in rejected(drawn.ask(asked.Submit("", VolumeRead(D("20"))), BO, ANN))


@pytest.mark.parametrize(
    ("ml", "right"), [("19", True), ("21", True), ("18.99", False), ("21.01", False), ("2", False)]
)
def test_r13_a_volume_is_read_within_five_percent_or_the_draw_is_photographed_and_read_anew(
    drawn: Bench, ml: str, right: bool
) -> None:
    assert read(drawn, ml, BO) == ("" if right else "VOLUME_OFF")
    assert drawn.p is not None
    if right:
        return
    (miss,) = (one for one in drawn.p.near_misses if "VOLUME_OFF" in one.codes)
    assert not any(wanted in miss.says for wanted in ("20", "2 mg")), "nobody who reads it again is told the volume"
    assert [slot.name for slot in waiting(SYRINGE_BY_VOLUME, drawn.p)] == ["syringe-photo:1"]
    drawn.do(photo("syringe, put right"))
    assert read(drawn, "20", BO) == ""


@pytest.mark.parametrize("ml", ["18", "22", "2"])
def test_r29_nobody_is_told_on_which_side_of_the_plan_a_volume_was_read(drawn: Bench, ml: str) -> None:
    assert read(drawn, ml, BO) == "VOLUME_OFF"
    assert drawn.p is not None
    told = {miss.says for miss in drawn.p.near_misses}
    assert told == {"SYRINGE 1 was not read as planned."}, "the same words, more or less"


def test_r14_a_syringe_is_read_three_times_at_most_and_then_a_new_one_is_taken(drawn: Bench) -> None:
    for tries in range(3):
        if tries:
            drawn.do(photo(f"put right {tries}"))
        assert read(drawn, "18", BO) == "VOLUME_OFF"
    (said,) = drawn.log[-2].event.findings  # type: ignore[union-attr]  # the reading that was not accepted
    assert said.do.startswith("No attempt is left"), "nobody is sent to put right what may not be read again"
    drawn.do(photo("put right at last"))
    assert read(drawn, "20", BO) == "NO_MORE_ATTEMPTS"
    drawn.ask(asked.Redo("syringe", "1", "no attempt is left"), ANN)
    drawn.do(Confirmation(NEW))
    drawn.do(photo("a new syringe"))
    assert read(drawn, "18", BO) == "VOLUME_OFF", "a new syringe has its attempts anew"
    drawn.do(photo("the new one, put right"))
    assert read(drawn, "20", BO) == ""


@pytest.mark.parametrize("recipe", [UNKNOWN, GUESSED, LIQUID])
def test_r12_a_plan_by_volume_holds_no_gram(recipe: Recipe) -> None:
    base = replace(order().base, fluid=LIQUID.bases[0], volume_ml=D(25))  # type: ignore[type-var]  # it has one
    made_of = replace(order(), drug=LIQUID.drug, dose=D("0.4"), container="minibag", base=base)
    made_of = replace(made_of, actives=(replace(made_of.actives[0], drug=LIQUID.drug, amount=D("0.4")),))
    made = plan(made_of, recipe, SITE, ByVolume("draw too small to weigh", REASON))
    if recipe is not LIQUID:
        made = plan(made_of, recipe, SITE, ByVolume("density not known well enough", REASON))
    assert isinstance(made, Plan)
    assert made.gain is not None
    grams = {one for aim in (made.draw, made.gain) for one in (aim.low_g, aim.expected_g, aim.high_g)}
    assert (grams, made.draw.volume_ml, made.draw.tolerance) == ({D(0)}, D("0.4"), D("0.05"))


FINE = replace(BALANCE, name="BAL-F", division_g=D("0.001"), repeatability_g=D("0.0005"))
"""It judges 0.24 g and more."""


@pytest.mark.parametrize(
    ("ml", "balances", "says"),
    [
        ("1.5", (BALANCE,), ""),
        ("1.5", (BALANCE, FINE), "BAL-F can judge a draw of 1.5 mL"),
        ("0.4", (FINE,), ""),
        ("1.5", (replace(FINE, repeatability_g=D(0)),), ""),
        ("1.5", (), ""),
    ],
)
def test_r13_what_a_finer_balance_of_the_site_can_judge_is_weighed(
    ml: str, balances: tuple[BalanceStatus, ...], says: str
) -> None:
    small = ByVolume("draw too small to weigh", REASON)
    assert weighed_by(small, D(ml), LIQUID, SITE, balances).startswith(says)
    assert bool(weighed_by(small, D(ml), LIQUID, SITE, balances)) is bool(says)
    assert weighed_by(replace(small, why="balance away"), D(ml), LIQUID, SITE, balances) == "", "that is its own reason"


def test_r13_the_screen_tells_the_reader_no_volume_and_the_record_says_by_volume(drawn: Bench) -> None:
    p = drawn.p
    assert p is not None
    asks = {slot.step.name: instruction(p, slot) for slot in SYRINGE_BY_VOLUME.slots(p)}
    assert "Draw 20 mL" in asks["syringe-photo"].task
    assert not any(
        "20" in words for words in (asks["syringe-read"].task, asks["syringe-read"].name, asks["syringe-read"].detail)
    )
    assert read(drawn, "19.5", BO) == ""
    lines = {one.what: one for one in sheet(drawn.p)}  # type: ignore[arg-type]  # it is open
    assert (lines["MADE BY VOLUME"].wanted, lines["MADE BY VOLUME"].found) == ("balance away", REASON)
    assert (lines["syringe 1, read"].found, lines["syringe 1, read"].difference) == ("19.50 mL", "−2.5 %")
    assert (lines["DOSE"].found, lines["DOSE"].expanded) == ("39.0 mg", "read off a scale, not weighed")


def test_r13_what_was_read_is_what_is_released_and_nothing_of_its_vial_is_kept(drawn: Bench) -> None:
    assert read(drawn, "19.5", QUIN) == ""
    own = drawn.ask(asked.Submit("", drawn.sign("pre-mix approved", QUIN)), QUIN)
    assert isinstance(own, Refused), "who read it does not approve it"
    drawn.do(drawn.sign("pre-mix approved", PAM), PAM)
    drawn.do(Printed("final", "FINAL001", 1, "bb", "spool"), PRINTER)
    drawn.do(scan(LabelCode("final", "FINAL001", 1, "P1", False)))
    drawn.do(photo("final"))
    drawn.do(drawn.sign("approved for release", PAM), PAM)
    drawn.do(scan(LabelCode("in_process", "INPROC01", 1, "P1", False)))
    released = next(one.event for one in drawn.log if isinstance(one.event, happened.Released))
    assert released.dose_mg == D("39.0")
    drawn.do(Confirmation("leftovers discarded"))
    closed = drawn.log[-1].event
    assert isinstance(closed, happened.Closed)
    assert (closed.wasted_mg, drawn.p.closed) == (D(10), True)  # type: ignore[union-attr]  # it is open


def test_r14_no_other_recipe_is_exchanged_for_what_is_made_by_volume(drawn: Bench) -> None:
    other = replace(DRAWN, name="another", version=9)
    answer = drawn.ask(asked.Amend(other, "a reason of enough letters", drawn.sign("recipe amended", QUIN)), QUIN)
    assert isinstance(answer, Refused)
    assert answer.code == "BY_VOLUME"


def test_r13_a_site_signs_only_what_the_engine_knows_and_within_a_tenth() -> None:
    assert wrong_in(replace(SITE, signed_by=())) == ()
    (says,) = wrong_in(replace(SITE, by_volume=("it is quicker",)))
    assert "it is quicker" in says
    assert any("more than 10" in one for one in wrong_in(replace(SITE, volume_tolerance=D("0.11"))))
