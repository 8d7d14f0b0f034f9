"""The column types of the record: what SQLite (STRICT) and PostgreSQL both keep without loss."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator

COUNT = BigInteger().with_variant(Integer(), "sqlite")
"""A whole number up to 2**63 - 1; INTEGER on SQLite, because a STRICT table knows no BIGINT."""


def moment_text(at: datetime) -> str:
    """Write an aware time as ISO 8601 in UTC with six digits and Z, so that text order is time order."""
    if at.tzinfo is None:
        raise ValueError("a time without its zone cannot be recorded; hand in an aware datetime")
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def moment(text: str) -> datetime:
    """Read what `moment_text` wrote, and nothing else."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None or moment_text(at) != text:
        raise ValueError(f"{text!r} is not a UTC time with six digits and Z")
    return at.astimezone(UTC)


class Moment(TypeDecorator[datetime]):
    """An aware time, kept as the same text on every database and in every event body."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> str | None:
        return None if value is None else moment_text(value)

    def process_result_value(self, value: Any, _dialect: Dialect) -> datetime | None:
        return None if value is None else moment(value)
