"""Frozen values to JSON-able dicts and back, driven by their type hints alone. It knows shapes, not meanings.

What may stand in a hint: str, bool, int, Decimal (text), aware datetime (UTC text, six digits, Z), date, time without
zone, timedelta (whole microseconds), bytes (base64), text Enum, Literal, tuple, frozenset (sorted), Mapping[str, …],
X | None, a frozen dataclass, a union of frozen dataclasses, which is tagged by "kind": the class name in snake_case.
Anything else is refused with CodecError when it is first met. A float never passes.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import re
import types
import typing
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar, cast, overload

from app.record import canonical
from app.record.columns import moment, moment_text

T = TypeVar("T")

WIDEST = 60
"""Decimal digits before or after the point; a quantity with more is a mistake."""


class CodecError(ValueError):
    """The value does not have the shape its type hint names; the sentence says where."""


class Plan(NamedTuple):
    """How one type hint is written and read."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def kind_of(cls: type) -> str:
    """Return the tag of a class: its name in snake_case, so that DoseDrawn is dose_drawn."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", cls.__name__).lower()


def encode(value: object, hint: Any = None) -> dict[str, Any]:
    """Write a dataclass as a JSON-able dict: untagged by default, tagged where `hint` is a union of dataclasses."""
    written = plan_of(type(value) if hint is None else hint).write(value)
    if type(written) is not dict:
        raise CodecError(f"{type(value).__name__} is no dataclass: encode the value it stands in")
    return written


@overload
def decode(cls: type[T], data: object) -> T: ...
@overload
def decode(cls: Any, data: object) -> Any: ...
def decode(cls: Any, data: object) -> Any:
    """Read what `encode` wrote; `cls` is a dataclass or a union of them. Unknown or missing keys raise CodecError.

    A missing key is allowed where the field has a default: upcasting brings every older shape to today's names first.
    """
    return plan_of(cls).read(data)


def plan_of(hint: Any) -> Plan:
    """Return how this hint is written and read, made once."""
    try:
        return _plan(hint)
    except TypeError as error:  # an unhashable hint, such as Literal[[…]]
        raise CodecError(f"{hint!r} cannot stand in a type hint of the record") from error


@lru_cache(maxsize=4096)
def _plan(hint: Any) -> Plan:
    if hint in _PLAIN:
        return _PLAIN[hint]
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return plan_of(inner[0])
    if isinstance(hint, typing.NewType):
        return plan_of(hint.__supertype__)
    if origin in _MADE:
        return _MADE[origin](inner)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _enum(hint)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return _dataclass(hint)
    raise CodecError(f"{hint!r} cannot stand in a type hint of the record")


def _exactly(kind: type) -> Plan:
    def same(value: Any) -> Any:
        if type(value) is not kind:
            raise CodecError(f"expected {kind.__name__}, not {value!r}")
        return value

    return Plan(same, same)


def _as_text(kind: type, write: Callable[[Any], str], read: Callable[[str], Any]) -> Plan:
    """Plan a type that is kept as text; what is read must be exactly what would be written."""

    def write_text(value: Any) -> str:
        if type(value) is not kind:
            raise CodecError(f"expected {kind.__name__}, not {value!r}")
        try:
            return write(value)
        except ValueError as error:
            raise CodecError(str(error)) from error

    def read_text(data: Any) -> Any:
        if type(data) is not str:
            raise CodecError(f"expected the text of a {kind.__name__}, not {data!r}")
        try:
            value = read(data)
            fits = write(value) == data
        except (ValueError, InvalidOperation, binascii.Error) as error:
            raise CodecError(f"{data!r} is not the text of a {kind.__name__}") from error
        if not fits:
            raise CodecError(f"{data!r} is not how a {kind.__name__} is written here; that is {write(value)!r}")
        return value

    return Plan(write_text, read_text)


def _decimal_text(value: Decimal) -> str:
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int):
        raise ValueError(f"{value} is no number")
    if not -WIDEST <= exponent <= WIDEST or value.adjusted() > WIDEST:
        raise ValueError(f"{value} has more than {WIDEST} digits before or after the point")
    return format(value, "f") if exponent <= 0 else str(value)


def _local_time(value: time) -> str:
    if value.tzinfo is not None:
        raise ValueError("a time of day carries no zone")
    return value.isoformat(timespec="microseconds")


def _duration() -> Plan:
    microsecond = timedelta(microseconds=1)

    def write(value: Any) -> int:
        if type(value) is not timedelta:
            raise CodecError(f"expected timedelta, not {value!r}")
        return value // microsecond

    def read(data: Any) -> timedelta:
        if type(data) is not int:
            raise CodecError(f"expected whole microseconds, not {data!r}")
        return data * microsecond

    return Plan(write, read)


def _optional_or_tagged(inner: tuple[Any, ...]) -> Plan:
    """Plan X | None, and unions of dataclasses with or without None."""
    members = tuple(member for member in inner if member is not types.NoneType)
    plan = plan_of(members[0]) if len(members) == 1 else _tagged(members)
    if len(members) == len(inner):
        return plan
    write, read = plan
    return Plan(
        lambda value: None if value is None else write(value),
        lambda data: None if data is None else read(data),
    )


def _tagged(members: tuple[Any, ...]) -> Plan:
    by_kind: dict[str, Any] = {}
    for member in members:
        if not (isinstance(member, type) and dataclasses.is_dataclass(member)):
            raise CodecError(f"a union may hold dataclasses and None only, not {member!r}")
        if any(part.name == "kind" for part in dataclasses.fields(member)):
            raise CodecError(f"{member.__name__} has a field called kind, which is the tag's name")
        if by_kind.setdefault(kind_of(member), member) is not member:
            raise CodecError(f"two classes of the union are both called {kind_of(member)}")
    tags = {member: tag for tag, member in by_kind.items()}

    def write(value: Any) -> dict[str, Any]:
        tag = tags.get(type(value))
        if tag is None:
            raise CodecError(f"{type(value).__name__} is none of {', '.join(by_kind)}")
        return {**plan_of(type(value)).write(value), "kind": tag}

    def read(data: Any) -> Any:
        tag = data.get("kind") if type(data) is dict else None
        if type(tag) is not str or tag not in by_kind:
            raise CodecError(f"kind is {tag!r}, which is none of {', '.join(by_kind)}")
        return plan_of(by_kind[tag]).read({name: inner for name, inner in data.items() if name != "kind"})

    return Plan(write, read)


def _literal(inner: tuple[Any, ...]) -> Plan:
    if not all(type(choice) in {str, int, bool, types.NoneType} for choice in inner):
        raise CodecError(f"a Literal may hold text, whole numbers, booleans and None only, not {inner!r}")
    choices = {(type(choice), choice) for choice in inner}

    def same(value: Any) -> Any:
        if type(value) not in {str, int, bool, types.NoneType} or (type(value), value) not in choices:
            raise CodecError(f"{value!r} is none of {inner!r}")
        return value

    return Plan(same, same)


def _tuple(inner: tuple[Any, ...]) -> Plan:
    if len(inner) == 2 and inner[1] is Ellipsis:
        write, read = plan_of(inner[0])
        return Plan(
            lambda value: [write(part) for part in _a(tuple, value)],
            lambda data: tuple([read(part) for part in _a(list, data)]),
        )
    plans = tuple(plan_of(part) for part in inner if part != ())

    def each(kind: type, value: Any, way: int) -> list[Any]:
        if len(_a(kind, value)) != len(plans):
            raise CodecError(f"expected {len(plans)} parts, not {len(value)}")
        return [plan[way](part) for plan, part in zip(plans, value, strict=True)]

    return Plan(lambda value: each(tuple, value, 0), lambda data: tuple(each(list, data, 1)))


def _frozenset(inner: tuple[Any, ...]) -> Plan:
    write, read = plan_of(inner[0])

    def write_sorted(value: Any) -> list[Any]:
        return sorted((write(part) for part in _a(frozenset, value)), key=canonical.dump)

    def read_sorted(data: Any) -> frozenset[Any]:
        value = frozenset(read(part) for part in _a(list, data))
        if write_sorted(value) != data:
            raise CodecError("a set is written in order, each member once")
        return value

    return Plan(write_sorted, read_sorted)


def _mapping(inner: tuple[Any, ...]) -> Plan:
    if inner[0] is not str and not _is_text_enum(inner[0]):
        raise CodecError(f"the keys of a mapping are text, not {inner[0]!r}")
    write_key, read_key = plan_of(inner[0])
    write, read = plan_of(inner[1])

    def write_each(value: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise CodecError(f"expected a mapping, not {value!r}")
        return {write_key(key): write(part) for key, part in value.items()}

    return Plan(write_each, lambda data: {read_key(key): read(part) for key, part in _a(dict, data).items()})


def _is_text_enum(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, Enum) and all(type(member.value) is str for member in hint)


def _a(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise CodecError(f"expected a {kind.__name__}, not {value!r}")
    return value


def _enum(cls: type[Enum]) -> Plan:
    if not _is_text_enum(cls):
        raise CodecError(f"{cls.__name__} must have text for values")
    members = {cast(str, member.value): member for member in cls}

    def write(value: Any) -> str:
        if type(value) is not cls:
            raise CodecError(f"expected {cls.__name__}, not {value!r}")
        return cast(str, value.value)

    def read(data: Any) -> Enum:
        member = members.get(data) if type(data) is str else None
        if member is None:
            raise CodecError(f"{data!r} is no {cls.__name__}")
        return member

    return Plan(write, read)


class _Field(NamedTuple):
    name: str
    plan: Plan
    needed: bool


def _dataclass(cls: type) -> Plan:
    """Plan a dataclass; its fields are looked at when it is first used, so that it may stand inside itself."""
    if not cls.__dataclass_params__.frozen:  # type: ignore[attr-defined]  # every dataclass has it
        raise CodecError(f"{cls.__name__} is not frozen: what is recorded does not change")
    made: list[tuple[_Field, ...]] = []
    writers: list[tuple[str, Callable[[Any], Any]]] = []

    def fields() -> tuple[_Field, ...]:
        if not made:
            made.append(_fields(cls))
            writers.extend((part.name, part.plan.write) for part in made[0])
        return made[0]

    def write(value: Any) -> dict[str, Any]:
        if type(value) is not cls:
            raise CodecError(f"expected {cls.__name__}, not {value!r}")
        if not writers:
            fields()
        written, name = {}, ""
        try:
            for name, put in writers:
                written[name] = put(getattr(value, name))
        except CodecError as error:
            raise CodecError(f"{cls.__name__}.{name}: {error}") from error
        return written

    def read(data: Any) -> Any:
        if type(data) is not dict:
            raise CodecError(f"expected the fields of {cls.__name__}, not {data!r}")
        return _read_fields(cls, fields(), data)

    return Plan(write, read)


def _read_fields(cls: type, fields: tuple[_Field, ...], data: dict[str, Any]) -> Any:
    given = {}
    for part in fields:
        if part.name not in data:
            if part.needed:
                raise CodecError(f"{cls.__name__} has no {part.name}")
            continue
        try:
            given[part.name] = part.plan.read(data[part.name])
        except CodecError as error:
            raise CodecError(f"{cls.__name__}.{part.name}: {error}") from error
    strange = data.keys() - {part.name for part in fields}
    if strange:
        raise CodecError(f"{cls.__name__} knows no {', '.join(sorted(strange))}")
    try:
        return cls(**given)
    except (ValueError, TypeError, ArithmeticError) as error:
        raise CodecError(f"{cls.__name__} cannot be: {error}") from error


def _fields(cls: type) -> tuple[_Field, ...]:
    try:
        hints = typing.get_type_hints(cls, include_extras=True)
    except NameError as error:
        raise CodecError(f"a type hint of {cls.__name__} cannot be found at run time: {error}") from error
    nothing = dataclasses.MISSING
    return tuple(
        _Field(part.name, plan_of(hints[part.name]), part.default is nothing and part.default_factory is nothing)
        for part in dataclasses.fields(cls)
        if part.init
    )


_PLAIN: dict[Any, Plan] = {
    str: _exactly(str),
    bool: _exactly(bool),
    int: _exactly(int),
    types.NoneType: _exactly(types.NoneType),
    None: _exactly(types.NoneType),
    Decimal: _as_text(Decimal, _decimal_text, Decimal),
    datetime: _as_text(datetime, moment_text, moment),
    date: _as_text(date, date.isoformat, date.fromisoformat),
    time: _as_text(time, _local_time, time.fromisoformat),
    timedelta: _duration(),
    bytes: _as_text(
        bytes, lambda raw: base64.b64encode(raw).decode("ascii"), lambda text: base64.b64decode(text, validate=True)
    ),
}

_MADE: dict[Any, Callable[[tuple[Any, ...]], Plan]] = {
    typing.Union: _optional_or_tagged,
    types.UnionType: _optional_or_tagged,
    typing.Literal: _literal,
    tuple: _tuple,
    frozenset: _frozenset,
    dict: _mapping,
    Mapping: _mapping,
}
