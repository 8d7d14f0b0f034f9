"""The exhaustive walk of one workflow, as many small worlds at once as there are processors."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from workflows.library import LIBRARY
from workflows.steps import Workflow
from workflows.walk import Report, Tally, report_of, walk_one
from workflows.worlds import WORLDS

ALL = tuple(range(len(WORLDS)))
"""The numbers of all worlds."""


def walked(found: Workflow, worlds: Sequence[int] = ALL) -> Report:
    """Walk a workflow of the library through these worlds, and return what was found."""
    begun, most = time.monotonic(), min(os.cpu_count() or 1, len(worlds))
    with ProcessPoolExecutor(most, mp_context=get_context("spawn")) as pool:
        tallies = list(pool.map(_walk_number, [found.name] * len(worlds), worlds))
    return report_of(found, tallies, time.monotonic() - begun)


def _walk_number(name: str, number: int) -> Tally:
    return walk_one(LIBRARY[name], WORLDS[number])
