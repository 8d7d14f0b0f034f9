"""The exhaustive walk of one workflow, as many small worlds at once as there are processors."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from workflows.library import LIBRARY
from workflows.small_pharmacies import WALKED
from workflows.steps import Workflow
from workflows.walk import Report, Tally, report_of, walk_one


def walked(found: Workflow, chosen: Sequence[int] | None = None) -> Report:
    """Walk a workflow of the library through its worlds, or those of these numbers, and return what was found."""
    worlds = range(len(WALKED[found.name])) if chosen is None else chosen
    begun, most = time.monotonic(), min(os.cpu_count() or 1, len(worlds))
    with ProcessPoolExecutor(most, mp_context=get_context("spawn")) as pool:
        tallies = list(pool.map(_walk_number, [found.name] * len(worlds), worlds))
    return report_of(found, tallies, time.monotonic() - begun)


def _walk_number(name: str, number: int) -> Tally:
    return walk_one(LIBRARY[name], WALKED[name][number])
