"""Sequences that no hands can do: evidence that follows other evidence faster than its kind allows (Q15).

A flag for whoever reviews, never a gate: what was weighed was weighed. It shows a code that was held ready, a step confirmed
before it was done, or a form made by a program.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from workflows.events import Accepted, Recorded
from workflows.evidence import Confirmation, Photo, Printed, Scan, Signature, Weighing

LEAST: dict[type, timedelta] = {
    Weighing: timedelta(seconds=1.5),
    Photo: timedelta(seconds=1),
    Scan: timedelta(seconds=0.3),
    Confirmation: timedelta(seconds=0.3),
}
"""Shortest time from the step before, by kind of evidence: a load must settle, a hand must move. Our own defaults."""
BY_MACHINE = (Printed, Signature)
"""Evidence of a printer, or of a signature that was prepared on another page: its pace says nothing."""


@dataclass(frozen=True, slots=True)
class Hasty:
    """Steps in a row that came too fast."""

    slots: tuple[str, ...]
    """Which, in order; the first is the one that the others followed."""
    versions: tuple[int, ...]
    """Their events' numbers."""
    who: str
    """Person id."""
    station: str
    """Station code."""
    at: datetime
    """Time of the last of them, UTC."""
    seconds: float
    """From the first to the last."""


def hasty(log: Iterable[Recorded]) -> tuple[Hasty, ...]:
    """Return each run of steps of one person that came too fast, in order."""
    runs: list[list[Recorded]] = []
    before: Recorded | None = None
    for one in log:
        if not isinstance(one.event, Accepted) or isinstance(one.event.evidence, BY_MACHINE):
            continue
        if before is not None and _too_fast(before, one):
            if runs and runs[-1][-1] is before:
                runs[-1].append(one)
            else:
                runs.append([before, one])
        before = one
    return tuple(_told(run) for run in runs)


def _too_fast(before: Recorded, one: Recorded) -> bool:
    if not isinstance(one.event, Accepted) or before.who != one.who:
        return False
    least = LEAST.get(type(one.event.evidence), timedelta())
    return timedelta() <= one.at - before.at < least


def _told(run: list[Recorded]) -> Hasty:
    slots = tuple(one.event.slot for one in run if isinstance(one.event, Accepted))
    seconds = (run[-1].at - run[0].at).total_seconds()
    return Hasty(slots, tuple(one.version for one in run), run[0].who, run[-1].station, run[-1].at, seconds)
