"""Which tests one process runs together, and which are begun first, when several processes share the work.

Known by the test's name alone: who hands out the work sees nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from xdist.scheduler import LoadScopeScheduling

if TYPE_CHECKING:
    import pytest

TOGETHER = (
    "tests/export/",
    "tests/record/test_checkpoints.py",
    "tests/record/test_many_tamperings.py::test_q60_q61_ten_thousand_tamperings_of_a_hundred_thousand_events_are_found",
    "tests/record/test_shelves.py",
    "tests/serving/test_bad_input.py",
    "tests/serving/test_demo.py",
    "tests/serving/test_tampering.py",
    "tests/workflows/test_walk.py",
)
"""Their tests share a world that takes seconds to make: each other process would make it again."""

FIRST = (
    "tests/house/test_tools.py",
    "tests/workflows/test_walk",
    "tests/web/test_whole_example.py",
    "tests/serving/test_demo.py",
    "tests/record/test_many_tamperings.py",
    "tests/serving/test_kill",
    "tests/export/",
    "tests/serving/test_bad_input.py",
    "tests/record/test_power.py",
    "tests/record/test_shelves.py",
    "tests/record/test_checkpoints.py",
)
"""The longest begin first, so that nobody waits for one of them at the end."""
SPREAD = ("tests/devices/test_faults", "tests/hardware_mocks/", "tests/serving/", "tests/stations/", "tests/web/")
"""They drive a browser or wait for real time: of five that run at once, one to three are to be of these, not all or none."""
WHOLE = ("tests/stations/test_pictures.py",)
"""Of those, what shares something that takes a while to make: these follow each other."""
SPREAD_OVER = 0.9
"""Part of the run over which they are spread; at its end stand short ones, so that all processes finish together."""


def together(test: str) -> str:
    """Return what is handed to one process as a whole: a test, or those that share a world."""
    return next((part for part in TOGETHER if test.startswith(part)), test)


def turn(test: str) -> int:
    """Return when a test of FIRST is begun; equal turns keep their order."""
    return next((number for number, part in enumerate(FIRST) if test.startswith(part)), len(FIRST))


def arranged(tests: Sequence[str]) -> list[int]:
    """Return the places of `tests` in the order in which they are begun."""
    first = sorted((n for n, test in enumerate(tests) if turn(test) < len(FIRST)), key=lambda n: turn(tests[n]))
    later = [n for n, test in enumerate(tests) if turn(test) == len(FIRST)]
    spread = [n for n in later if tests[n].startswith(SPREAD) and not tests[n].startswith(WHOLE)]
    other = sorted(set(later) - set(spread))
    of_file = Counter(tests[n].partition("::")[0] for n in spread)
    seen: Counter[str] = Counter()
    when = {n: place / len(other) for place, n in enumerate(other)}
    for n in spread:
        file = tests[n].partition("::")[0]
        when[n] = SPREAD_OVER * (seen[file] + 0.5) / of_file[file]
        seen[file] += 1
    return first + sorted(later, key=when.__getitem__)


class Turns(LoadScopeScheduling):
    """Hands out test by test, in their order, but never parts what belongs together."""

    def __init__(self, config: pytest.Config, log: object = None) -> None:
        super().__init__(config, log)  # type: ignore[arg-type]  # what xdist hands in
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        return together(nodeid)
