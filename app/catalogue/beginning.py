"""From when a signed version counts: from its day at the site, and never before the version that it was written over.

Each version is the whole of its subject. Were a newer one to begin before an older one that still waits for its day, what
two people signed for later would count at once, and no page would name it as a change.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, tzinfo
from typing import Protocol, TypeVar


class Beginning(Protocol):
    """A signed version."""

    @property
    def effective_from(self) -> datetime:
        """From when it counts, UTC."""


AnyVersion = TypeVar("AnyVersion", bound=Beginning)


def begins(day: date, at: datetime, zone: tzinfo) -> datetime:
    """Return when what is signed at `at` counts for a day at the site: its midnight there, or at once where that is past."""
    return max(at, datetime.combine(day, time.min, zone).astimezone(at.tzinfo))


def first_day(known: Sequence[Beginning], at: datetime, zone: tzinfo) -> date:
    """Return the first day from which a next version may count; `known` is newest first."""
    return max((at, *(one.effective_from for one in known[:1]))).astimezone(zone).date()


def counting_on(known: Sequence[AnyVersion], day: date, at: datetime, zone: tzinfo) -> AnyVersion | None:
    """Return the version that a draft for this day takes the place of; None where none counts by then."""
    moment = begins(day, at, zone)
    return next((one for one in known if one.effective_from <= moment), None)


def too_early(known: Sequence[Beginning], day: date, at: datetime, zone: tzinfo) -> str:
    """Say why a version for this day would begin before the newest does, and what to do; empty where it would not."""
    if not known or begins(day, at, zone) >= known[0].effective_from:
        return ""
    return (
        f"The newest version begins on {first_day(known, at, zone)}, and what is written over it holds its changes too. "
        "Let this one count from that day or later."
    )
