"""What the tests' turns name is there: a file that was renamed would be parted or begun late without a word."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.house.tree import ROOT
from tests.turns import FIRST, SPREAD, TOGETHER, WHOLE, arranged, together, turn


@pytest.mark.parametrize("part", sorted({*TOGETHER, *FIRST, *SPREAD, *WHOLE}))
def test_each_part_names_tests_that_are_there(part: str) -> None:
    file, _, function = part.partition("::")
    found = sorted(ROOT.glob(f"{file}*"))
    assert found
    assert not function or f"def {function}(" in found[0].read_text(encoding="utf-8")


def test_tests_that_share_a_world_are_handed_out_together_and_long_ones_first() -> None:
    walk = [f"tests/workflows/test_walk.py::test_{name}" for name in ("a", "b[1]")]
    assert len({together(one) for one in walk}) == 1
    other = "tests/people/test_locks.py::test_a"
    assert together(other) == other
    assert turn(walk[0]) < turn("tests/web/test_whole_example.py::test_a") < turn(other)


def test_browsers_and_waits_are_spread_among_the_others_and_nothing_is_left_out() -> None:
    tests = [f"tests/web/test_queue.py::test_{n}" for n in range(10)]
    tests += [f"tests/people/test_locks.py::test_{n}" for n in range(40)]
    tests += ["tests/workflows/test_walk.py::test_a"]
    order = [tests[place] for place in arranged(tests)]
    assert sorted(order) == sorted(tests)
    assert order[0] == "tests/workflows/test_walk.py::test_a"
    browsers = [place for place, test in enumerate(order) if "web" in test]
    assert {later - earlier for earlier, later in pairwise(browsers)} <= {4, 5}
    assert browsers[-1] < 47
