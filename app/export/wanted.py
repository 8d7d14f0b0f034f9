"""What may be asked of an export, by whom: format, rows, filter, and how much of the patient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from app.desk.records import Filter

Format = Literal["csv", "xlsx", "parquet", "fhir"]
Rows = Literal["preparations", "events", "ingredients", "weighings", "billing"]
Patients = Literal["named", "pseudonym", "research"]
FORMATS: Mapping[Format, str] = MappingProxyType(
    {"csv": "CSV", "xlsx": "Excel (XLSX)", "parquet": "Parquet", "fhir": "FHIR R4, NDJSON"}
)
"""Formats in words. FHIR has resources for rows: what the rows are is not asked."""
ROWS: Mapping[Rows, str] = MappingProxyType(
    {
        "preparations": "one row a preparation",
        "events": "one row an event",
        "ingredients": "one row an ingredient",
        "weighings": "one row a weighing",
        "billing": "one row a line of a claim, for what was released",
    }
)
PATIENTS: Mapping[Patients, str] = MappingProxyType(
    {
        "pseudonym": "a pseudonym for each patient",
        "research": "pseudonyms for patients and staff, no free text",
        "named": "names and record numbers",
    }
)
"""The most careful first."""
EXPORTERS = ("pharmacist", "qa", "admin")
"""Roles that export many preparations at once."""
ENDING: Mapping[Format, tuple[str, str]] = MappingProxyType(
    {
        "csv": ("csv", "text/csv; charset=utf-8"),
        "xlsx": ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        "parquet": ("parquet", "application/vnd.apache.parquet"),
        "fhir": ("ndjson", "application/fhir+ndjson"),
    }
)
"""File ending and media type."""


@dataclass(frozen=True)
class Wanted:
    """One export as it is asked for."""

    format: Format
    """What kind of file."""
    rows: Rows = "preparations"
    """What a row is; FHIR does not look at it."""
    filter: Filter = field(default_factory=Filter)
    """Which preparations."""
    patients: Patients = "pseudonym"
    """How much of the patient."""

    @property
    def name(self) -> str:
        """Return the file's name."""
        what = "record" if self.format == "fhir" else self.rows
        return f"vialtrace-{what}-{self.patients}.{ENDING[self.format][0]}"


def may_have(roles: frozenset[str]) -> tuple[Patients, ...]:
    """Return how much of a patient these roles may take away: names only where the right to them exists (Q32)."""
    if "pharmacist" in roles:
        return ("pseudonym", "research", "named")
    return ("pseudonym", "research") if roles & set(EXPORTERS) else ()
