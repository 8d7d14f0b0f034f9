"""Which tests one process runs together, and which are begun first, when several processes share the work.

Known by the test's name alone: who hands out the work sees nothing else.
"""

from __future__ import annotations

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
    "tests/record/test_many_tamperings.py",
    "tests/web/test_whole_example.py",
    "tests/serving/test_demo.py",
    "tests/export/",
    "tests/serving/test_kill",
    "tests/serving/test_bad_input.py",
    "tests/record/test_power.py",
    "tests/web/test_terminal_sizes.py",
    "tests/record/test_shelves.py",
    "tests/record/test_checkpoints.py",
    "tests/serving/",
    "tests/web/test_terminal",
    "tests/web/test_review_browser.py",
    "tests/stations/",
)
"""The longest begin first, so that nobody waits for one of them at the end."""


def together(test: str) -> str:
    """Return what is handed to one process as a whole: a test, or those that share a world."""
    return next((part for part in TOGETHER if test.startswith(part)), test)


def turn(test: str) -> int:
    """Return when a test is begun; equal turns keep their order."""
    return next((number for number, part in enumerate(FIRST) if test.startswith(part)), len(FIRST))


class Turns(LoadScopeScheduling):
    """Hands out test by test, in their order, but never parts what belongs together."""

    def __init__(self, config: pytest.Config, log: object = None) -> None:
        super().__init__(config, log)  # type: ignore[arg-type]  # what xdist hands in
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        return together(nodeid)
