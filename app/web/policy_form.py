"""The form of a site's policy, made from the policy's own fields: each with its sentence, what is proposed, and its input."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Literal

from app.record import codec
from app.web.recipe_form import Kind, is_optional, kind_of, label_of, plain, sentences
from workflows.added import AddedConfirmation
from workflows.clearances import Requirement
from workflows.recipe import DEFAULT_POLICY, Policy, ToleranceBand
from workflows.site_policy import ASIDE, FRACTIONS, PICTURES, PICTURES_OF_COUNTS, values, words

ELSEWHERE = ("zone", "pump_library")
"""Fields that are not written here: the zone is the site's setting, the pumps' register is signed by a pharmacist and a nurse."""
LABELS = {
    "bands": "draw tolerance by volume",
    "ppe": "protective equipment",
    "cstd": "closed-system devices",
    "photos": "pictures",
    "syringes_ml": "syringes in stock, mL",
    "max_attempts": "weighings of one draw",
    "weigh_gate": "weighing gate",
    "filled_tolerance": "tolerance of a filled reservoir",
    "by_volume": "may be made by volume for",
    "volume_tolerance": "tolerance of a volume read",
    "pair_minutes": "minutes of a before-weight",
    "share_vials": "opened vials are kept for other doses",
    "dead_ml": "what no syringe reaches in an opened vial, mL",
    "label_g": "weight of a unit label, g",
    "label_within_g": "a unit label may be off by, g",
    "glove_minutes": "minutes of gloves",
    "gown_minutes": "minutes of a gown",
    "requires": "confirmed of an order before work begins",
    "adds": "confirmed besides, at a point of the procedure",
    "moves": "pictures taken at another place",
    "receive": "to receive drugs",
    "clean": "to clean a cabinet",
    "spill": "to clean up a spill",
    "waste": "to discard leftovers",
    "pump_library": "register of the pumps' library",
    "zone": "time zone",
}
"""Fields whose names need other words."""
BAND = re.compile(r"(?:over )?(\d{1,4}(?:\.\d{1,3})?) mL: (?:(\d{1,3}(?:\.\d{1,3})?) %|no weight alone)")
"""A line of the draw tolerances: over 2 mL: 5 %."""
NUMBER = re.compile(r"\d{1,9}(\.\d{1,9})?")
YES = {"yes": True, "no": False}
LISTED: dict[str, tuple[type, str, str]] = {
    "requires": (Requirement, "name", "One more thing to be confirmed of an order"),
    "adds": (AddedConfirmation, "says", "One more confirmation in the procedure"),
}
"""Fields that hold several things: what each is, the value it cannot be without, and words for a new one."""


Holds = Literal["text", "yes or no", "whole number", "number", "texts", "numbers", "bands"]


class NoPolicyError(ValueError):
    """A field says nothing that a policy can hold; the text says which."""


@dataclass(frozen=True)
class Field:
    """One field of the form."""

    name: str
    """Its name, those of a part after their part's: counting.ppe."""
    label: str
    """The same in words, with its unit."""
    says: str
    """The field's own sentence, with where it comes from."""
    kind: Kind
    """A line, several lines, or a choice."""
    options: tuple[tuple[str, str], ...]
    """Values and words of a choice."""
    proposed: str
    """What the project proposes, as the form says it."""
    holds: Holds
    """What is read out of it."""


@cache
def written_fields() -> tuple[Field, ...]:
    """Return every field of a policy that stands on the form, in the policy's own order."""
    return tuple(_fields(Policy, "", DEFAULT_POLICY))


def _fields(cls: type, under: str, proposed: Any) -> Iterator[Field]:
    says = _sentences(cls)
    for name, hint in typing.get_type_hints(cls).items():
        if name in ASIDE or name in ELSEWHERE:
            continue
        inner, told = _inner(hint), getattr(proposed, name, None)
        if is_dataclass(inner):
            yield from _fields(inner, f"{under}{name}.", told)  # type: ignore[arg-type]  # a class, not a value of one
        elif not is_dataclass(_many(inner)) or _many(inner) is ToleranceBand:
            kind, options = kind_of(hint)
            yield Field(
                f"{under}{name}", name_in_words(f"{under}{name}"), says[name], kind, options,
                words(name, told), _holds(inner),
            )  # fmt: skip


def name_in_words(name: str) -> str:
    """Return what a field is called on the page: dose tolerance, %."""
    part, _, last = name.rpartition(".")
    called = LABELS.get(last) or label_of(last)
    unit = ", %" if last.endswith(FRACTIONS) else ""
    return f"{part}: {called}{unit}" if part else f"{called}{unit}"


def _inner(hint: Any) -> Any:
    """Return what an optional field holds where it holds anything."""
    if isinstance(hint, types.UnionType) or is_optional(hint):
        return next(one for one in typing.get_args(hint) if one is not type(None))
    return hint


def _holds(inner: Any) -> Holds:
    many: dict[Any, Holds] = {ToleranceBand: "bands", Decimal: "numbers", str: "texts"}
    one: dict[Any, Holds] = {bool: "yes or no", int: "whole number", Decimal: "number"}
    return many[_many(inner)] if _many(inner) else one.get(inner, "text")


def _many(hint: Any) -> Any:
    """Return what a tuple holds several of; None for what is no tuple."""
    return typing.get_args(hint)[0] if typing.get_origin(hint) is tuple else None


@cache
def fields_of(listed: str) -> tuple[Field, ...]:
    """Return the fields of one thing of a list of `LISTED`: what is confirmed of an order (R57), or in the procedure."""
    kind_of_one = LISTED[listed][0]
    says, made = sentences(kind_of_one), []
    proposed = {field.name for field in fields(kind_of_one) if field.default is not MISSING}
    for name, hint in typing.get_type_hints(kind_of_one).items():
        kind, options = kind_of(hint)
        options = options if kind != "choice" or name in proposed else (("", "choose"), *options)
        made.append(Field(name, label_of(name), plain(says[name]), kind, options, "", _holds(_inner(hint))))
    return tuple(made)


def said(policy: Policy) -> dict[str, str]:
    """Return what the form says of a policy."""
    known = {one.name: one for one in written_fields()}
    found = {name: text.removesuffix(" %") for name, text in values(policy) if name in known}
    found["bands"] = words("bands", policy.bands)
    for listed, (kind, _, _) in LISTED.items():
        for nth, one in enumerate(getattr(policy, listed)):
            for field in fields(kind):
                value = getattr(one, field.name)
                found[f"{listed}.{nth}.{field.name}"] = (
                    ", ".join(value) if isinstance(value, tuple) else words("", value)
                )
    return found


def rows(form: Mapping[str, str], listed: str) -> tuple[str, ...]:
    """Return what stands before the fields of each row of a list: those that are filled in, and an empty one."""
    numbers = {int(name.split(".")[1]) for name in form if re.fullmatch(rf"{listed}\.\d{{1,3}}\.\w+", name)}
    taken = sorted(number for number in numbers if form.get(f"{listed}.{number}.{LISTED[listed][1]}", "").strip())
    return tuple(f"{listed}.{number}." for number in (*taken, max(numbers, default=-1) + 1))


def read(form: Mapping[str, str], base: Policy) -> Policy:
    """Return the policy that a form says; what is not on it is as in `base`. Raises NoPolicyError."""
    data = codec.encode(base)
    for part in {one.name.partition(".")[0] for one in written_fields() if "." in one.name}:
        mine = [one for one in written_fields() if one.name.startswith(f"{part}.")]
        filled = any(form.get(one.name, "").strip() for one in mine if one.kind != "choice")
        data[part] = {**(data[part] or {}), **_values(mine, form, f"{part}.")} if filled else None
    data |= _values([one for one in written_fields() if "." not in one.name], form, "")
    for listed, (_, must, _) in LISTED.items():
        filled_in = (row for row in rows(form, listed) if form.get(f"{row}{must}", "").strip())
        data[listed] = [_listed(form, listed, row) for row in filled_in]
    try:
        return codec.decode(Policy, data)
    except codec.CodecError as trouble:
        raise NoPolicyError(f"A field says nothing that a policy can hold: {trouble}") from None


def _values(listed: list[Field], form: Mapping[str, str], under: str) -> dict[str, Any]:
    return {one.name.removeprefix(under): _value(one, form.get(one.name, "").strip()) for one in listed}


def _listed(form: Mapping[str, str], listed: str, row: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in fields_of(listed):
        text = form.get(f"{row}{one.name}", "").strip()
        if one.kind == "lines":
            found[one.name] = [part.strip() for part in text.split(",") if part.strip()]
        elif one.holds == "whole number" and not text:
            found[one.name] = None
        else:
            found[one.name] = _value(one, text)
    return found


def _value(one: Field, text: str) -> Any:
    """Return what a field says, as the codec writes it."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    match one.holds:
        case "bands":
            return [_band(line) for line in lines]
        case "numbers":
            return [_number(one, line) for line in lines]
        case "texts":
            return lines
        case "yes or no":
            return YES.get(text, False)
        case "whole number":
            if not text.isascii() or not text.isdecimal() or len(text) > 6:
                raise NoPolicyError(f"{one.label}: write a whole number.")
            return int(text)
        case "number":
            number = _number(one, text.removesuffix("%").strip())
            return f"{Decimal(number) / 100:f}" if one.name.endswith(FRACTIONS) else number
    return text


def _number(one: Field, text: str) -> str:
    if NUMBER.fullmatch(text) is None:
        raise NoPolicyError(f"{one.label}: write a number, as 5 or 0.5.")
    return text


def _band(line: str) -> dict[str, str | None]:
    found = BAND.fullmatch(line)
    if found is None:
        raise NoPolicyError(
            "Draw tolerance by volume: write each line as over 2 mL: 5 %, or over 0 mL: no weight alone."
        )
    return {"above_ml": found[1], "tolerance": f"{Decimal(found[2]) / 100:f}" if found[2] else None}


def pictures_of(name: str) -> tuple[str, ...]:
    """Return the pictures that a field of pictures may name; nothing for any other field."""
    return {"photos": PICTURES, "counting.photos": PICTURES_OF_COUNTS}.get(name, ())


def sources() -> dict[str, str]:
    """Return the sentence of each value of a policy, those of its parts under their part's name."""
    return dict(_sources(Policy, ""))


def _sources(cls: type, under: str) -> Iterator[tuple[str, str]]:
    says = _sentences(cls)
    for name, hint in typing.get_type_hints(cls).items():
        inner = _inner(hint)
        if is_dataclass(inner):
            yield from _sources(inner, f"{under}{name}.")  # type: ignore[arg-type]  # a class, not a value of one
        else:
            yield f"{under}{name}", says[name]


def _sentences(cls: type) -> Mapping[str, str]:
    """Return the sentence of each field as a page says it: without the places of the design that stand in it."""
    said = {name: re.sub(r" \(DESIGN \d+\)", "", plain(text)) for name, text in sentences(cls).items()}
    return {name: said.get(name, "") for name in typing.get_type_hints(cls)}
