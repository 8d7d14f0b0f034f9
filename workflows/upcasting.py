"""Yesterday's event shapes, read as today's: a chain of small steps, so that the oldest record opens for ever."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Data = dict[str, Any]


def _without_passkey(data: Data) -> Data:
    """Shape 1 of whatever carries a signature knew no passkeys (Q28)."""
    return {name: _no_assertion(name, part) for name, part in data.items()}


def _no_assertion(name: str, part: Any) -> Any:
    signature = name == "signature" or (name == "evidence" and part.get("kind") == "signature")
    return {**part, "assertion": None} if signature else part


def _not_cosigned(data: Data) -> Data:
    """Before a second person's signature was kept whole, the record named them and said no more (Q18)."""
    return {**data, "cosigned": None}


def _figures_not_stated(data: Data) -> Data:
    """Before a reading kept what its balance could do, nobody can say how uncertain it was (R13)."""
    evidence = data.get("evidence")
    if not evidence or evidence.get("kind") != "weighing":
        return data
    return {**data, "evidence": {**evidence, "division_g": None, "repeatability_g": None, "qualified_at": None}}


def _codes_not_stated(data: Data) -> Data:
    """Before a photo kept the codes that stand in it, nobody can say which did (R24)."""
    evidence = data.get("evidence")
    if not evidence or evidence.get("kind") != "photo":
        return data
    return {**data, "evidence": {**evidence, "codes": None}}


def _language_not_stated(data: Data) -> Data:
    """Before a printed label kept its language and the sum of its texts, only its document says them (LABELS 8)."""
    evidence = data.get("evidence")
    name = "printed" if "printed" in data else "evidence" if evidence and evidence["kind"] == "printed" else ""
    return {**data, name: {**data[name], "language": "", "texts": ""}} if name else data


def _made_in_a_bag(data: Data) -> Data:
    """Before there was another final container, every preparation was made in a bag, and every recipe was for one."""
    plan, recipe = data["plan"], data["recipe"]
    container = data["order"]["container"]
    return {
        **data,
        "plan": {**plan, "container": container},
        "recipe": {**recipe, "containers": ["bag", "minibag"]},
    }


NEWEST: Mapping[str, int] = {
    "opened": 2,
    "accepted": 6,
    "rejected": 5,
    "label_recorded": 2,
    "handed_over": 3,
    "reworked": 2,
    "remade": 2,
}
"""Kinds whose shape has changed, with their newest shape; every other kind has shape 1."""
STEPS: Mapping[tuple[str, int], Callable[[Data], Data]] = {
    ("opened", 1): _made_in_a_bag,
    ("accepted", 1): _without_passkey,
    ("accepted", 2): _not_cosigned,
    ("accepted", 3): _figures_not_stated,
    ("accepted", 4): _codes_not_stated,
    ("accepted", 5): _language_not_stated,
    ("rejected", 1): _not_cosigned,
    ("rejected", 2): _figures_not_stated,
    ("rejected", 3): _codes_not_stated,
    ("rejected", 4): _language_not_stated,
    ("label_recorded", 1): _language_not_stated,
    ("handed_over", 1): lambda data: {**data, "emergency": ""},
    ("handed_over", 2): _not_cosigned,
    ("reworked", 1): _without_passkey,
    ("remade", 1): _without_passkey,
}
"""For a kind and an old shape: what makes the next shape of it."""


class UnknownShapeError(ValueError):
    """A record was written by a newer release than this one."""


def newest(kind: str) -> int:
    """Return the shape number that `kind` is written in today."""
    return NEWEST.get(kind, 1)


def upcast(kind: str, shape: int, data: Data) -> Data:
    """Return `data` of an event of `kind` in today's shape. Raises UnknownShapeError for one from the future."""
    if shape > newest(kind):
        raise UnknownShapeError(
            f"event {kind} has shape {shape}; this release knows {newest(kind)}: update the software"
        )
    for old in range(shape, newest(kind)):
        data = STEPS[kind, old](data)
    return data
