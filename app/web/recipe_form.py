"""The form of a recipe, made from the recipe's own fields: each with its sentence and its kind of input (R49).

`kind` is which recipe it is for: one by weight, or one of what is counted.
"""

from __future__ import annotations

import ast
import inspect
import re
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, is_dataclass
from decimal import Decimal
from functools import cache
from itertools import groupby, pairwise
from typing import Any, Literal

from app.record import codec
from workflows import authoring
from workflows.made_by import Master
from workflows.recipe import DensityOf, Recipe, Reconstitution, Reservoir

Kind = Literal["text", "lines", "choice"]
NOT_SAID = ""
"""Stands for a value that is not known."""
YES_NO = (("no", "no"), ("yes", "yes"))


class NoRecipeError(ValueError):
    """A field says nothing that a recipe can hold; the text says which."""


@dataclass(frozen=True)
class Input:
    """One field of the form."""

    name: str
    """Its name, those of a part after their part's: density.basis."""
    label: str
    """The same in words."""
    says: str
    """The field's own sentence."""
    kind: Kind
    """A line, several lines, or a choice."""
    options: tuple[tuple[str, str], ...]
    """Values and words of a choice."""
    part: str
    """Heading it stands under."""


PARTS = {
    "": "The product",
    "density.": "Density of the liquid that is drawn",
    "reconstitution.": "Reconstitution of a powder",
    "reservoir.": "Reservoir of a pump",
    "reservoir.fluid_density.": "Reservoir of a pump: density of what fills it up",
}
HINTS = {
    "density": DensityOf,
    "reconstitution": Reconstitution,
    "diluent_density": DensityOf,
    "reservoir": Reservoir,
    "fluid_density": DensityOf,
}
"""Fields that are parts of their own."""
OPTIONAL = ("reconstitution", "reservoir")
"""Parts that a recipe may be without: nothing is written under them."""


@cache
def inputs(kind: type = Recipe) -> tuple[Input, ...]:
    """Return every field that a person writes of this kind of recipe, in the recipe's own order."""
    return tuple(_inputs(kind, "", PARTS[""]))


def parts(kind: type = Recipe) -> tuple[tuple[str, tuple[Input, ...]], ...]:
    """Return the fields under the headings they stand under, in order."""
    order = list(dict.fromkeys(one.part for one in inputs(kind)))
    found = sorted(inputs(kind), key=lambda one: order.index(one.part))
    return tuple((part, tuple(group)) for part, group in groupby(found, key=lambda one: one.part))


def _inputs(cls: type, under: str, part: str) -> Iterator[Input]:
    says = sentences(cls)
    for name, hint in typing.get_type_hints(cls).items():
        if name in authoring.ASIDE:
            continue
        if name in HINTS:
            heading = PARTS.get(f"{under}{name}.", f"{part}: density of the diluent")
            yield from _inputs(HINTS[name], f"{under}{name}.", heading)
            continue
        kind, options = kind_of(hint)
        yield Input(f"{under}{name}", label_of(name), plain(says.get(name, "")), kind, options, part)


UNITS = (("_mg_ml", "mg/mL"), ("_ml_h", "mL/h"), ("_g_per_ml", "g/mL"), ("_mg", "mg"), ("_ml", "mL"), ("_h", "hours"))
"""How the names of fields end, and the unit that this means."""
PLAIN = {"g_per_ml": "g/mL", "ndcs": "NDCs", "cstd_brand": "closed-system brand", "opened_h": "opened vial, hours"}
"""Names that need other words."""


def label_of(name: str) -> str:
    """Return a field's name in words, with its unit after a comma: final min, mg/mL."""
    part, _, last = name.rpartition(".")
    under = f"{label_of(part)}: " if part else ""
    if last in PLAIN:
        return f"{under}{PLAIN[last]}"
    for ending, unit in UNITS:
        if last.endswith(ending) and last != ending:
            return f"{under}{last.removesuffix(ending).replace('_', ' ')}, {unit}"
    return f"{under}{last.replace('_', ' ')}"


def plain(says: str) -> str:
    """Return a field's sentence as a form says it: an empty field is what the code calls None."""
    said = re.sub(r" See `\w+`\.", "", says).replace("`", "")
    said = re.sub(r"(^|[.] )None\b", r"\1Empty", said)
    return re.sub(r"\bNone\b", "empty", said)


def kind_of(hint: Any) -> tuple[Kind, tuple[tuple[str, str], ...]]:
    plain = [one for one in typing.get_args(hint) if one is not type(None)] if is_optional(hint) else [hint]
    (inner,) = plain
    if typing.get_origin(inner) is Literal:
        return "choice", tuple((str(one), str(one)) for one in typing.get_args(inner))
    if inner is bool:
        return "choice", ((NOT_SAID, "not recorded"), *YES_NO) if is_optional(hint) else YES_NO
    return ("lines" if typing.get_origin(inner) is tuple else "text"), ()


def is_optional(hint: Any) -> bool:
    return isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union


@cache
def sentences(cls: type) -> Mapping[str, str]:
    """Return the sentence that stands below each field where it is declared."""
    (made,) = ast.parse(inspect.getsource(cls)).body
    found: dict[str, str] = {}
    body = made.body if isinstance(made, ast.ClassDef) else []
    for one, after in pairwise(body):
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name) and isinstance(after, ast.Expr):
            found[one.target.id] = ast.literal_eval(after.value)
    return found


def written(recipe: Master) -> dict[str, str]:
    """Return what the form says of a recipe: lists one a line."""
    kind: type = type(recipe)
    known = {one.name: one.kind for one in inputs(kind)}
    said = ((name, words) for name, words in authoring.values(recipe) if name in known)
    return {name: words.replace("; ", "\n") if known[name] == "lines" else words for name, words in said}


def read(form: Mapping[str, str], kind: type = Recipe) -> Master:
    """Return the recipe that a form says. Raises NoRecipeError for a field that nothing can be made of."""
    said = {one.name: _value(one, form.get(one.name, "").strip(), kind) for one in inputs(kind)}
    data = _part(kind, "", said) | {"version": 1, "signed_by": [], "unconfirmed": []}
    for part in OPTIONAL if kind is Recipe else ():
        if not any(form.get(one.name, "").strip() for one in inputs() if _says(one, part)):
            data[part] = None
    try:
        made: Master = codec.decode(kind, data)
        return made
    except codec.CodecError as trouble:
        raise NoRecipeError(f"A field says nothing that a recipe can hold: {trouble}") from None


def _says(one: Input, part: str) -> bool:
    """Say whether what is written there says that a recipe has this part; a choice always says something."""
    return one.name.startswith(f"{part}.") and one.kind != "choice"


def _part(cls: type, under: str, said: Mapping[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for name in typing.get_type_hints(cls):
        if name == "confirmed":
            data[name] = False
        elif name in HINTS:
            data[name] = _part(HINTS[name], f"{under}{name}.", said)
        elif name not in authoring.ASIDE:
            data[name] = said[f"{under}{name}"]
    return data


def _value(one: Input, text: str, kind: type) -> Any:
    hint = _hint(one.name, kind)
    optional = is_optional(hint)
    inner = next(x for x in typing.get_args(hint) if x is not type(None)) if optional else hint
    if one.kind == "lines":
        return [line.strip() for line in text.splitlines() if line.strip()]
    if inner is bool:
        return {"yes": True, "no": False}.get(text, None if optional else False)
    if text == NOT_SAID and optional:
        return None
    if inner is Decimal:
        return _number(one, text)
    return _whole(one, text) if inner is int else text


def _whole(one: Input, text: str) -> int:
    if re.fullmatch(r"[0-9]{1,6}", text) is None:
        raise NoRecipeError(f"{one.part}, {one.label}: write a whole number, as 120.")
    return int(text)


def _number(one: Input, text: str) -> str:
    if text == NOT_SAID and (one.name.partition(".")[0] in OPTIONAL or one.name.endswith("uncertainty_g_per_ml")):
        return "0"
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text) is None:
        raise NoRecipeError(f"{one.part}, {one.label}: write a number, as 20 or 0.5.")
    return text


@cache
def _hint(name: str, kind: type) -> Any:
    cls: type = kind
    *parts, last = name.split(".")
    for part in parts:
        cls = HINTS[part]
    if not is_dataclass(cls):
        raise TypeError(f"{name} is no field of a recipe")
    return typing.get_type_hints(cls)[last]
