"""The readings behind a line of the pharmacist's table: as the balance sent them, with balance and time (R2, R21)."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from workflows.lines import Line
from workflows.preparation import Preparation
from workflows.wording import reading


def readings_of(p: Preparation, line: Line) -> tuple[str, ...]:
    """Return before and after of a weighed line in words; empty for a line that was not weighed, or not yet."""
    zone, said = ZoneInfo(p.policy.zone), []
    for word, slot in zip(("before", "after"), line.readings, strict=False):
        first = p.weighing(slot)
        load = p.load(slot) or ((first,) if first else ())
        for taken in load:
            how = "" if taken.mode == "stable" else f", {taken.mode.upper()}"
            said.append(
                f"{word} {taken.g:,f} g at {taken.taken_at.astimezone(zone):%H:%M:%S}, balance {taken.balance}{how}"
            )
        if first is not None and len(load) > 1:
            said.append(f"the mean of the {len(load)} readings after counts: {reading(first.g, 3)} g")
    return tuple(said)
