"""The reviewer's table: what is found is worked out from what was weighed, never copied from the plan."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D
from typing import Any

import pytest

from tests.workflows.example import RECIPE, Bench, weigh
from workflows import sheet


def concentration(bench: Bench) -> Any:
    return next(line for line in sheet.sheet(bench.p) if line.what == "final concentration")


def drawn(empty_full: tuple[tuple[str, str], ...], **recipe: Any) -> Bench:
    bench = Bench(recipe=replace(RECIPE, **recipe))
    bench.until_reconstituted()
    for before, after in empty_full:
        bench.do(weigh(before, bench.at))
        bench.do(weigh(after, bench.at))
    return bench


WORKED = (("18.42", "42.97"), ("18.40", "42.71"))
HIGH = (("18.42", "44.05"), ("18.40", "44.03"))


def test_the_final_concentration_is_that_of_the_weighed_dose() -> None:
    line = concentration(drawn(HIGH))
    assert (line.wanted, line.found, line.limit, line.right) == (
        "3.25 mg/mL",
        "3.38 mg/mL",
        "at least 2 mg/mL",
        True,
    )
    assert line.difference == "+3.9 %"


def test_before_anything_is_drawn_no_concentration_is_found_and_nothing_is_ticked() -> None:
    line = concentration(drawn(()))
    assert (line.found, line.difference, line.right) == ("", "", None)


@pytest.mark.parametrize(
    ("low", "high", "limit", "inside"),
    [
        (D(2), D("3.3"), "2 to 3.3 mg/mL", False),
        (None, D("3.3"), "at most 3.3 mg/mL", False),
        (None, D("3.5"), "at most 3.5 mg/mL", True),
        (None, None, "no limit", True),
    ],
)
def test_a_dose_whose_concentration_left_its_limits_is_not_ticked(
    low: D | None, high: D | None, limit: str, inside: bool
) -> None:
    line = concentration(drawn(HIGH, final_min_mg_ml=low, final_max_mg_ml=high))
    assert (line.limit, line.right) == (limit, inside)
