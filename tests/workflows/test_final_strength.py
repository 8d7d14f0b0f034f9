"""The concentration that is found in the end is held against the recipe's limits, not only the one that was planned."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D

import pytest

from tests.cast import PAM, PRINTER
from tests.workflows.answers import refused, tries
from tests.workflows.example import RECIPE, Bench, LabelCode, Printed, photo, scan, weigh
from workflows.status import status


def labelled(most: str) -> Bench:
    """A bag that takes 3.35 mg/mL, inside 5 % of its dose, where its recipe allows `most` mg/mL; 3.25 were planned."""
    bench = Bench(recipe=replace(RECIPE, final_max_mg_ml=D(most)))
    bench.until_reconstituted()
    for before in ("18.42", "18.40"):
        bench.do(weigh(before, bench.at))
        bench.do(weigh(str(D(before) + D("25.40")), bench.at))
    bench.do(photo("syringes"))
    bench.do(weigh("287.60", bench.at))
    bench.do(weigh("338.40", bench.at))
    bench.do(photo("empty"))
    bench.do(Printed("final", "FINAL001", 1, "bb", "spool"), PRINTER)
    bench.do(scan(LabelCode("final", "FINAL001", 1, "P1", False)))
    bench.do(photo("final"))
    return bench


def test_a_bag_outside_its_final_limits_is_not_approved_though_its_dose_is_inside() -> None:
    bench = labelled("3.25")
    assert refused(tries(bench, bench.sign("approved for release"), PAM)) == "FINAL_OUTSIDE"
    assert bench.p is not None
    assert status(bench.workflow, bench.p) == "awaiting-check"


@pytest.mark.parametrize("most", ["3.36", "3.5"])
def test_a_bag_inside_them_is(most: str) -> None:
    bench = labelled(most)
    bench.do(bench.sign("approved for release"), PAM)
    assert bench.p is not None
    assert status(bench.workflow, bench.p) == "approved"
