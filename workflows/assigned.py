"""For which subject of a clinical trial a dose is, and out of which kits (R56)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Assigned:
    """For which subject of a trial a dose is, and which kits the trial's system (IRT) assigned: checked by two people (R29)."""

    subject: str
    """The subject's number in the trial; never a name."""
    kits: tuple[str, ...]
    """Kit numbers; none where the trial assigns no kits."""
    by: str
    """Person id of the pharmacist who entered it."""
    second: str
    """Person id of whoever compared it with the trial's own paper."""
