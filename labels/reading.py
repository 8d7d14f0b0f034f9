"""Makes a label from JSON: the fields by name, amounts as text or plain numbers, times in ISO with their zone."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, get_args, get_type_hints

from labels.kinds import KINDS
from labels.label import Label
from labels.trouble import LabelIncomplete, LabelRefused

NUMBER: Final = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?")
"""A plain decimal number; `Decimal` alone also takes 1_000, full-width digits, blanks and exponents (I32)."""


class _Written(str):
    """A number of the file, kept as it was written."""

    __slots__ = ()


def _text(given: Any) -> str:
    if not isinstance(given, str) or isinstance(given, _Written):
        raise ValueError("must be text")
    return given


def _whole(given: Any) -> int:
    if isinstance(given, bool) or not isinstance(given, int):
        raise ValueError("must be a whole number")
    return given


def _number(given: Any) -> Decimal:
    if isinstance(given, bool) or not isinstance(given, str | int):
        raise ValueError("must be a number, best written as text")
    if not NUMBER.fullmatch(str(given)):
        raise ValueError(f"{given!r} must be a plain decimal number in the digits 0 to 9, such as 970.5")
    return Decimal(given)


def _yes_or_no(given: Any) -> bool:
    if not isinstance(given, bool):
        raise ValueError("must be true or false")
    return given


def _moment(given: Any) -> datetime:
    moment = datetime.fromisoformat(_text(given))
    if moment.tzinfo is None:
        raise ValueError("must carry its zone, as in 2026-11-23T09:05:00-05:00")
    return moment


def _texts(given: Any) -> tuple[str, ...]:
    if not isinstance(given, list):
        raise ValueError("must be a list of texts")
    return tuple(_text(one) for one in given)


_READERS: dict[Any, Callable[[Any], Any]] = {
    str: _text,
    int: _whole,
    Decimal: _number,
    bool: _yes_or_no,
    datetime: _moment,
    date: lambda given: date.fromisoformat(_text(given)),
    tuple[str, ...]: _texts,
}


def from_json(kind: str, text: str) -> Label:
    """Return the label of a kind. Raises LabelIncomplete or LabelRefused naming the field and what it must be."""
    if kind not in KINDS:
        raise LabelRefused("kind", f"{kind!r} is not a kind of label: use one of {', '.join(KINDS)}")
    try:
        given = json.loads(text, parse_float=_Written)
    except (ValueError, RecursionError) as broken:
        raise LabelRefused("json", f"is not JSON: {broken}") from broken
    if not isinstance(given, dict):
        raise LabelRefused("json", "must be one object of fields")
    made = KINDS[kind].label
    known = {one.name: one for one in dataclasses.fields(made)}
    for name in given:
        if name not in known:
            raise LabelRefused(name, f"is not a field of {kind}: its fields are {', '.join(known)}")
    for name, one in known.items():
        if name not in given and one.default is dataclasses.MISSING:
            raise LabelIncomplete(name, "is missing")
    hints = get_type_hints(made)
    return made(**{name: _read(name, value, hints[name]) for name, value in given.items()})


def _read(name: str, value: Any, hint: Any) -> Any:
    choices = get_args(hint)
    if value is None:
        if type(None) in choices:
            return None
        raise LabelIncomplete(name, "is empty")
    wanted = hint if hint in _READERS else next((choice for choice in choices if choice in _READERS), str)
    try:
        return _READERS[wanted](value)
    except ValueError as wrong:
        raise LabelRefused(name, str(wrong)) from wrong
