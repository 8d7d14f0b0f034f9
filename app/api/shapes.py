"""What every shape of the API is made of: frozen, closed, with its fields' sentences in the document."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints


class Shape(BaseModel):
    """One object of the API. What is not named in it is refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", json_schema_serialization_defaults_required=True, use_attribute_docstrings=True
    )


ID = r"^[0-9A-Za-z][0-9A-Za-z._:-]{0,79}$"
"""What names a thing in an address."""
Id = Annotated[str, StringConstraints(pattern=ID)]
Words = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\u0000-\u001f\u007f-\u009f]*$")]
"""Words of a person, on one line."""
Reason = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\u0000-\u001f\u007f-\u009f]*$")]
"""The same, not empty."""
Hidden = Annotated[
    str, StringConstraints(min_length=1, max_length=256), Field(json_schema_extra={"format": "password"})
]
"""A PIN or a password: in no log, no answer and no digest."""
Amount = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,7}(\.[0-9]{1,6})?$")]
"""A number as text, as it was read: never a float."""
SECRETS = frozenset({"pin", "password", "one_time_code"})
"""Names of fields that hold one."""
DIGITS = re.compile(r"[0-9]{1,9}")


def _digits(given: Any) -> Any:
    """Take the digits of an address, and nothing that merely looks like a number."""
    if isinstance(given, str) and DIGITS.fullmatch(given) is None:
        raise ValueError("digits only")
    return int(given) if isinstance(given, str) else given


def _whole(given: Any) -> Any:
    """Take 12.0 for 12: JSON knows no difference, and some programs write every number so."""
    return int(given) if isinstance(given, float) and given.is_integer() else given


WHOLE = BeforeValidator(_whole)
Version = Annotated[int, Field(ge=0, le=999_999_999), WHOLE]
"""Of a preparation: counts its events."""
VersionAsked = Annotated[int, Field(ge=0, le=999_999_999), BeforeValidator(_digits)]
"""The same in an address."""


class PageQuery(Shape):
    """Which part of a list."""

    cursor: Annotated[str, StringConstraints(max_length=400, pattern=r"^[0-9A-Za-z_-]*$")] = ""
    """From the page before: its `next`. Empty for the first page."""
    limit: Annotated[int, Field(ge=1, le=200), BeforeValidator(_digits)] = 50
    """At most so many."""


class Problem(Shape):
    """What is wrong, as RFC 9457 has it."""

    type: str
    """urn:vialtrace:problem: and the code."""
    title: str
    """The HTTP status in words."""
    status: int
    detail: str
    """What is wrong and what to do, for a person."""
    code: str
    """Stable name in capitals: of a refusal, or of what the request lacks."""
    instance: str
    """The request's number in the server's log; empty where there is none."""
    version: int
    """The preparation's version now, where one was acted on; else 0."""
    faults: list[Fault]
    """Each field that does not fit."""


class Fault(Shape):
    """One field that does not fit."""

    where: str
    """Its place: body.command.slot."""
    says: str
    """Why."""


Problem.model_rebuild()


def cursor_of(*key: str | int) -> str:
    """Return the opaque cursor after the line with this key."""
    return base64.urlsafe_b64encode(orjson.dumps(key)).decode().rstrip("=")


def key_of(cursor: str, *kinds: type) -> tuple[Any, ...] | None:
    """Return the key in a cursor of ours, None for one that is not ours."""
    try:
        found = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        return None
    fits = isinstance(found, list) and len(found) == len(kinds)
    fits = fits and all(type(one) is kind for one, kind in zip(found, kinds, strict=True))
    return tuple(found) if fits else None
