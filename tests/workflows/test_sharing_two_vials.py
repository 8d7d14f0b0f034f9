"""A dose of several vials: which of them gave how much is known from each one's own weight alone (R4, R32)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D
from typing import Any

import pytest

from tests.workflows.answers import done, refused
from tests.workflows.example import BAG, DILUENT, Bench, scan, vial, weigh
from tests.workflows.shared_bench import SHARES, bench, finished, staged
from workflows import commands as asked
from workflows.evidence import Confirmation
from workflows.recipe import Policy


def of_two(policy: Policy = SHARES, *after: str) -> Bench:
    """590 mg = 29.5 mL = 29.77 g in one syringe, out of two vials that hold 25.56 g each."""
    one = bench("590", policy=policy)
    staged(one, vial("A"), vial("B"), replace(DILUENT, volume_ml=D(50)), BAG)
    for _ in "AB":
        for grams in ("30.11", "55.17"):
            one.do(weigh(grams, one.at))
        one.do(Confirmation("dissolved and clear"))
    finished(one, "48.19", "317.37", *after)
    return one


def keep_b(one: Bench, grams: str) -> asked.Keep:
    return asked.Keep(scan(vial("B")), weigh(grams, one.at), "ABCD1234")


@pytest.mark.parametrize("grams", ["55.17", "54.50", "50.87", "29.60"])
def test_r32_no_vial_of_two_is_kept_that_was_not_weighed_after_the_draws(grams: str) -> None:
    """The syringe may have taken it all of the other one, and this one have been topped up: one weight alone says nothing."""
    one = of_two(replace(SHARES, weigh_vials=False))
    assert refused(one.ask(keep_b(one, grams))) == "NOT_WEIGHED"


@pytest.mark.parametrize(("grams", "kept"), [("50.87", True), ("50.89", False), ("55.17", False)])
def test_r4_a_vial_of_two_is_kept_as_it_weighed_after_the_draws(grams: str, kept: bool) -> None:
    """A gave 25.47 g and B 4.30 g: together what the syringe holds."""
    one = of_two(SHARES, "29.70", "50.87")
    answer: Any = one.ask(keep_b(one, grams))
    assert done(answer).container.opened.left_g == D("21.26") if kept else refused(answer) == "VIALS_DISAGREE"
