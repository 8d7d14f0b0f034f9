"""JSON as we write it: amounts as text, times in UTC by ISO 8601."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask.json.provider import DefaultJSONProvider

from app.record.columns import moment_text


class PlainJson(DefaultJSONProvider):
    """Flask would write a time as an HTTP date."""

    sort_keys = False

    @staticmethod
    def default(value: Any) -> Any:
        if isinstance(value, datetime):
            return moment_text(value)
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, Decimal):
            return str(value)
        if isinstance(value, frozenset):
            return sorted(value)
        return DefaultJSONProvider.default(value)
