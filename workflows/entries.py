"""What a preparation keeps of each thing that was tried: accepted, waived, or a near miss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from workflows.copying import with_key
from workflows.evidence import Container, Evidence, Scan
from workflows.standing import TOO_CLOSE


@dataclass(frozen=True, slots=True)
class Entry:
    """One accepted piece of evidence, or a waiver in its place."""

    slot: str
    """E.g. vial:1, syringe-full:2."""
    evidence: Evidence | None
    """None where it was waived."""
    who: str
    """Person id."""
    second: str
    """Second person's id; empty for none."""
    at: datetime
    """UTC."""
    version: int
    """The event's number."""
    waived: str = ""
    """Code of the finding that was accepted."""
    station: str = ""
    """Where."""


@dataclass(frozen=True, slots=True)
class NearMiss:
    """Evidence that was tried and was wrong."""

    slot: str
    """Where it was tried."""
    codes: tuple[str, ...]
    """Finding codes."""
    says: str
    """The findings in words."""
    who: str
    """Person id."""
    at: datetime
    """UTC."""
    version: int
    """The event's number."""
    evidence: Evidence
    """As tried."""

    @property
    def in_doubt(self) -> bool:
        """Whether nothing was wrong but that it was too close to call: to be weighed again, and no near miss."""
        return set(self.codes) == {TOO_CLOSE}


def scanned_first(known: Mapping[str, datetime], evidence: Evidence, at: datetime) -> Mapping[str, datetime]:
    """Return when each container was scanned first, by its unit, after one more accepted piece of evidence at `at` (R31)."""
    found = evidence.found if isinstance(evidence, Scan) else None
    if not isinstance(found, Container) or not found.unit:
        return known
    return with_key(known, found.unit, min(at, known.get(found.unit, at)))
