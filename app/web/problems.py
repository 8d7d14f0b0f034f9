"""Errors of the API as RFC 9457 has them: `application/problem+json`, with a stable code beside the words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

import orjson
from flask import Response, request

MEDIA = "application/problem+json"
BASE = "/api/"
CODES = {
    400: "NOT_READABLE",
    401: "NOT_SIGNED_IN",
    403: "NOT_ALLOWED",
    404: "NOT_FOUND",
    405: "NO_SUCH_METHOD",
    409: "CHANGED",
    413: "TOO_LARGE",
    415: "WRONG_MEDIA_TYPE",
    422: "NOT_VALID",
    428: "KEY_NEEDED",
    429: "LOCKED",
    500: "NOT_SAVED",
    503: "BUSY",
}
"""What is wrong where nothing more exact is known."""


def for_a_program() -> bool:
    """Say whether this request is one of the API, which is answered in JSON, errors too."""
    return request.path.startswith(BASE)


def body_of(
    status: int, code: str, detail: str, *, number: str = "", faults: Iterable[Mapping[str, str]] = (), version: int = 0
) -> dict[str, Any]:
    """Return a problem as JSON has it."""
    code = code or CODES.get(status, "NOT_READABLE" if status < 500 else "NOT_SAVED")
    return {
        "type": f"urn:vialtrace:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "instance": f"urn:vialtrace:request:{number}" if number else "",
        "version": version,
        "faults": [dict(one) for one in faults],
    }


def problem(body: Mapping[str, Any]) -> Response:
    """Answer with a problem."""
    status = int(body["status"])
    answer = Response(orjson.dumps(body), status, mimetype=MEDIA)
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer
