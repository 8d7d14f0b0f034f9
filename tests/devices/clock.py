"""A clock for tests: fixed, because nothing here may depend on the time of day."""

from datetime import UTC, datetime

MOMENT = datetime(2026, 3, 2, 9, 4, 11, tzinfo=UTC)


def CLOCK() -> datetime:
    return MOMENT
