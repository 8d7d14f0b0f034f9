"""Canonical JSON and the digests over it: one value has one text, and one text one digest, for ever."""

from __future__ import annotations

from hashlib import sha256
from typing import TypeAlias

import orjson

JsonValue: TypeAlias = "dict[str, JsonValue] | list[JsonValue] | str | int | bool | None"

LARGEST = 2**53 - 1
"""The largest whole number that every JSON reader keeps exactly."""

DEEPEST = 64
"""Levels of nesting allowed; no event comes near it."""

NOTHING_BEFORE = bytes(32)
"""What stands before the first link of every chain."""

EVENT_TAG = b"vialtrace/event/1\x00"
SITE_TAG = b"vialtrace/site/1\x00"
ROW_TAG = b"vialtrace/row/1\x00"


class CanonicalError(ValueError):
    """The value has no canonical form; the sentence says which part and why."""


def dump(value: object) -> bytes:
    """Write a value as UTF-8 JSON, ASCII keys sorted, no white space; refuse what writers write differently."""
    if not _stands(value, 0):
        _check(value, "$", 0)
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except (TypeError, ValueError) as error:
        raise CanonicalError(f"text with half a surrogate pair cannot be recorded ({error})") from error


def parse(body: bytes | str) -> JsonValue:
    """Read JSON; raise CanonicalError where the bytes are not exactly what `dump` would write."""
    raw = _utf8(body) if isinstance(body, str) else body
    try:
        value: JsonValue = orjson.loads(raw)
    except ValueError as error:
        raise CanonicalError(f"not JSON: {error}") from error
    if dump(value) != raw:
        raise CanonicalError("JSON, but not in canonical form")
    return value


def rewrite(value: object) -> bytes:
    """Write a value that `parse` has read, or that is to be compared with one, without asking whether it may stand."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise CanonicalError(f"text with half a surrogate pair cannot be recorded ({error})") from error


_PLAIN = frozenset({str, bool, type(None)})


def _stands(value: object, depth: int) -> bool:
    """Say quickly whether `_check` would find nothing; it walks the same ground without naming the places."""
    kind = type(value)
    if kind in _PLAIN:
        return True
    if kind is int:
        return -LARGEST <= value <= LARGEST  # type: ignore[operator]  # kind is int: narrowed by identity for speed
    if depth >= DEEPEST:
        return False
    if kind is dict:
        for key, inner in value.items():  # type: ignore[attr-defined]  # kind is dict, as above
            if type(key) is not str or not key.isascii():
                return False
            if type(inner) not in _PLAIN and not _stands(inner, depth + 1):
                return False
        return True
    if kind is list or kind is tuple:
        for inner in value:  # type: ignore[attr-defined]  # noqa: SIM110  # a generator costs a third more, and every row is asked
            if type(inner) not in _PLAIN and not _stands(inner, depth + 1):
                return False
        return True
    return False


def _check(value: object, place: str, depth: int) -> None:
    """Walk the value and refuse floats, large numbers, non-ASCII keys and everything that is not JSON."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return
    if kind is int:
        if not -LARGEST <= value <= LARGEST:  # type: ignore[operator]  # kind is int: narrowed by identity for speed
            raise CanonicalError(f"{place}: whole numbers stop at 2**53 - 1; write a larger one as text")
        return
    if depth >= DEEPEST:
        raise CanonicalError(f"{place}: nested deeper than {DEEPEST} levels")
    if kind is dict:
        for key, inner in value.items():  # type: ignore[attr-defined]  # kind is dict, as above
            if type(key) is not str or not key.isascii():
                raise CanonicalError(f"{place}: the key {key!r} is not ASCII text")
            _check(inner, f"{place}.{key}", depth + 1)
    elif kind is list or kind is tuple:
        for number, inner in enumerate(value):  # type: ignore[arg-type]  # kind is list or tuple, as above
            _check(inner, f"{place}[{number}]", depth + 1)
    elif kind is float:
        raise CanonicalError(f"{place}: no floats; write the decimal as text")
    else:
        raise CanonicalError(f"{place}: {kind.__name__} is not JSON; encode it first")


def event_digest(previous: bytes, body: bytes) -> bytes:
    """Return the link of an event in the chain of its stream: previous digest (32 bytes) and the body as stored."""
    return sha256(EVENT_TAG + previous + body).digest()


def site_digest(previous: bytes, digest: bytes) -> bytes:
    """Return the link of an event in the chain of its site: previous site digest and the event's own digest."""
    return sha256(SITE_TAG + previous + digest).digest()


def row_digest(previous: bytes, row: bytes) -> bytes:
    """Return the running digest of an append-only table without events: previous digest and the row's form."""
    return sha256(ROW_TAG + previous + row).digest()
