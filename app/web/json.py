"""JSON as we write it: dataclasses as they are, amounts as text, times in UTC by ISO 8601."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson
from flask import Response
from flask.json.provider import DefaultJSONProvider

from app.record.columns import moment_text

_HOW = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS


class PlainJson(DefaultJSONProvider):
    """Flask would write a time as an HTTP date, and take a page's value apart before it wrote it."""

    def dumps(self, obj: Any, *, sort_keys: bool = False, **_kwargs: Any) -> str:
        """Write it on one line, non-ASCII as itself."""
        return orjson.dumps(obj, _plain, _HOW | orjson.OPT_SORT_KEYS if sort_keys else _HOW).decode()

    def loads(self, s: str | bytes, **_kwargs: Any) -> Any:
        """Read it."""
        return orjson.loads(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Answer with it: one value, or the parts by their names."""
        body = orjson.dumps(self._prepare_response_obj(args, kwargs), _plain, _HOW)
        return Response(body, mimetype=self.mimetype)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, frozenset):
        return sorted(value)
    return DefaultJSONProvider.default(value)
