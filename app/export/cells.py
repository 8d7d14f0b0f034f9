"""What stands in a table: typed cells under named columns, and what a file says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

Cell = str | int | Decimal | datetime | date | None
"""Text, whole number, decimal number, moment (UTC), day, or nothing."""
Kind = Literal["text", "whole", "number", "time", "day"]


@dataclass(frozen=True)
class Column:
    """One column."""

    name: str
    """As it stands in the first line."""
    kind: Kind
    """What its cells are."""


@dataclass(frozen=True)
class Row:
    """One row."""

    cells: tuple[Cell, ...]
    """In the order of the columns."""


@dataclass(frozen=True)
class About:
    """What every export carries beside its rows (SCREENS 12)."""

    schema: str
    """Name and version of the columns or resources."""
    filter: str
    """What was asked for, in words."""
    patients: str
    """named, pseudonym or research."""
    zone: ZoneInfo
    """Zone of the times that are not UTC."""
    site: str
    """Code of the site."""
    software: str
    """Name and version."""
    as_of: int
    """Number of the site's last event when the export began."""
    demo: bool
    """True: NOT FOR CLINICAL USE."""

    def said(self) -> tuple[tuple[str, str], ...]:
        """Return it as names and words; not `as_of`, for the same question is to give the same bytes."""
        words = (
            ("schema", self.schema),
            ("filter", self.filter),
            ("patients", self.patients),
            ("time zone", self.zone.key),
            ("site", self.site),
            ("software", self.software),
        )
        return (*words, ("demo", "NOT FOR CLINICAL USE")) if self.demo else words


def columns(*named: str) -> tuple[Column, ...]:
    """Return columns written as `name` for text or `name:kind`."""
    found = []
    for one in named:
        name, _, kind = one.partition(":")
        if kind not in ("", "text", "whole", "number", "time", "day"):
            raise ValueError(f"{one!r} names no kind of column")
        found.append(Column(name, kind or "text"))  # type: ignore[arg-type]  # checked above
    return tuple(found)
