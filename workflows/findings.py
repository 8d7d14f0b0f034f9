"""What is wrong, in words a technician reads, and who (if anyone) may accept it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a rule found wrong with a piece of evidence."""

    code: str
    """Stable name in capitals, e.g. WRONG_STRENGTH; counted in reports."""
    says: str
    """What was expected and what was found, in one or two sentences."""
    do: str
    """What to do now."""
    waived_by: tuple[str, ...] = ()
    """Roles that may accept it with a reason; empty: nobody may (R14, R19, DOMAIN 2.5)."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a command could not even be tried: wrong step, wrong person, stale screen. Nothing was recorded in the preparation."""

    code: str
    """Stable name in capitals, e.g. NOT_YOUR_STEP."""
    says: str
    """The reason, and what to do instead."""
