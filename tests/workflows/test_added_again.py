"""What a site's policy has confirmed is said of what stands: over its latest picture, and by somebody who never had it (R29)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.cast import ANN, BO, LEE, PAM, QUIN
from tests.workflows.answers import done, refused, rejected, tries
from tests.workflows.example import POLICY, Bench, photo, weigh
from workflows import commands as asked
from workflows.added import AddedConfirmation
from workflows.evidence import Confirmation
from workflows.library import IV_BAG
from workflows.status import next_slots

MIXING = AddedConfirmation("a second person saw the syringes", "before mixing", by="second person")
CHECK = AddedConfirmation("a second person saw the final picture", "before the final check", by="second person")


@pytest.fixture
def mixing() -> Bench:
    """Ann has drawn, and Bo confirmed what is to be seen before it is mixed."""
    bench = Bench(policy=replace(POLICY, adds=(MIXING, CHECK)))
    bench.until_drawn()
    bench.do(Confirmation(MIXING.says), second=BO)
    return bench


def sent_back(bench: Bench, step: str) -> set[str]:
    command = asked.Rework(step, "image unusable", "again please", bench.sign("rejected"))
    return set(done(bench.ask(command, PAM)).slots)  # type: ignore[attr-defined]  # Reworked


def next_names(bench: Bench) -> list[str]:
    return [slot.name for slot in next_slots(IV_BAG, bench.p)]


def test_r27_what_was_confirmed_before_mixing_is_confirmed_again_over_a_new_picture(mixing: Bench) -> None:
    assert sent_back(mixing, "photo-syringes") >= {"photo-syringes", "added-mixing:1"}
    mixing.do(photo("syringes again"))
    assert next_names(mixing) == ["added-mixing:1"]


def test_r27_what_was_confirmed_before_the_final_check_is_confirmed_again_over_a_new_picture() -> None:
    bench = Bench(policy=replace(POLICY, adds=(CHECK,)))
    bench.until_check()
    bench.do(Confirmation(CHECK.says), second=BO)
    assert sent_back(bench, "photo-final") == {"photo-final", "added-check:1"}
    bench.do(photo("final again"))
    assert next_names(bench) == ["added-check:1"]


def hands_over(bench: Bench) -> None:
    done(bench.ask(asked.HandOver(), ANN, BO))
    for item in bench.policy.ppe:
        bench.do(Confirmation(item), BO)


def test_r29_whoever_vouched_for_it_as_second_person_does_not_take_it_over(mixing: Bench) -> None:
    assert refused(mixing.ask(asked.HandOver(), ANN, BO)) == "VOUCHED_FOR_IT"
    assert refused(mixing.ask(asked.TakeOver(), BO, LEE)) == "VOUCHED_FOR_IT"
    done(mixing.ask(asked.HandOver(), ANN, LEE))
    assert mixing.p.entries["added-mixing:1"].second == BO.id


def test_r29_whoever_had_it_before_is_no_second_person(mixing: Bench) -> None:
    done(mixing.ask(asked.HandOver(), ANN, LEE))
    for item in mixing.policy.ppe:
        mixing.do(Confirmation(item), LEE)
    assert sent_back(mixing, "photo-syringes") >= {"added-mixing:1"}
    mixing.do(photo("syringes again"), LEE)
    assert rejected(tries(mixing, Confirmation(MIXING.says), LEE, second=ANN)) == ("SECOND_PERSON",), "she drew it"
    mixing.do(Confirmation(MIXING.says), LEE, second=QUIN)
    assert mixing.p.entries["added-mixing:1"].second == QUIN.id


def test_r29_what_was_confirmed_of_another_stands_once_it_is_mixed(mixing: Bench) -> None:
    for grams in ("287.60", "336.30"):
        mixing.do(weigh(grams, mixing.at))
    hands_over(mixing)
    assert mixing.p.entries["added-mixing:1"].second == BO.id
