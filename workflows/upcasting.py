"""Yesterday's event shapes, read as today's: a chain of small steps, so that the oldest record opens for ever."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Data = dict[str, Any]

NEWEST: Mapping[str, int] = {}
"""Kinds whose shape has changed, with their newest shape; every other kind has shape 1."""
STEPS: Mapping[tuple[str, int], Callable[[Data], Data]] = {}
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
