"""Faults to plant, one at a time: a rule left out, a step loosened, a gate left open, an event misread, a sum done wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from workflows.findings import Refused
from workflows.library import IV_BAG
from workflows.rules.rule import Rule
from workflows.steps import AnyOrder, ForEach, Moved, Step, Workflow
from workflows.worlds import ONE_OF_EACH, World

Plant = Callable[[pytest.MonkeyPatch], Workflow]


@dataclass(frozen=True)
class Fault:
    what: str
    plant: Plant
    breaks: int
    world: World = ONE_OF_EACH
    departures: int = 0


def rebuilt(change: Callable[[Any], Any], of: Workflow = IV_BAG) -> Workflow:
    """A workflow with every step changed by `change`; a step that becomes None is left out."""
    parts: list[Any] = []
    for part in of.parts:
        if isinstance(part, AnyOrder | ForEach):
            parts.append(replace(part, steps=tuple(one for one in map(change, part.steps) if one)))
        else:
            parts.append(part if isinstance(part, Moved) else change(part))
    left = {one.name for one in parts if isinstance(one, Step)}
    moved = (one for one in parts if one and (not isinstance(one, Moved) or one.step.name in left))
    return replace(of, parts=tuple(moved))


def without(*rules: Rule[Any], step: str = "", of: Workflow = IV_BAG) -> Plant:
    """Leave a rule out; several where each alone is held up by the others."""

    def change(one: Any) -> Any:
        if step and one.name != step:
            return one
        left = tuple(known for known in one.must if known not in rules)
        return replace(one, must=left or (Rule("nothing", lambda _: None),))

    return lambda _: rebuilt(change, of)


def swapped(rule: Rule[Any], other: Rule[Any]) -> Plant:
    """One rule stands in another's place."""

    def change(one: Any) -> Any:
        return replace(one, must=tuple(other if known is rule else known for known in one.must))

    return lambda _: rebuilt(change)


def loosened(step: str, of: Workflow = IV_BAG, **changes: Any) -> Plant:
    return lambda _: rebuilt(lambda one: replace(one, **changes) if one.name == step else one, of)


def left_out(step: str, of: Workflow = IV_BAG) -> Plant:
    return lambda _: rebuilt(lambda one: None if one.name == step else one, of)


def waivable(rule: Rule[Any], code: str, role: str) -> Plant:
    def change(one: Any) -> Any:
        loose = replace(rule, waives=((code, (role,)),))
        return replace(one, must=tuple(loose if known is rule else known for known in one.must))

    return lambda _: rebuilt(change)


def patched(module: Any, name: str, value: Any, of: Workflow = IV_BAG) -> Plant:
    def plant(monkeypatch: pytest.MonkeyPatch) -> Workflow:
        monkeypatch.setattr(module, name, value)
        return of

    return plant


def entry(table: dict[Any, Any], kind: type, wrap: Callable[[Any], Any]) -> Plant:
    def plant(monkeypatch: pytest.MonkeyPatch) -> Workflow:
        monkeypatch.setitem(table, kind, wrap(table[kind]))
        return IV_BAG

    return plant


def keep(_: Any) -> Any:
    """An event that leaves the state as it was."""
    return lambda p, _, __: p


def keeping(**fields: Callable[[Any, Any], Any]) -> Callable[[Any], Any]:
    """An event after which some fields are what the function makes of (before, after)."""

    def wrap(read: Any) -> Any:
        def after(p: Any, e: Any, r: Any) -> Any:
            new = read(p, e, r)
            return replace(new, **{name: make(p, new) for name, make in fields.items()})

        return after

    return wrap


def silent(judge: Any) -> Any:
    """A take-over whose event says nothing of emergency access."""

    def answer(*asked_for: Any) -> Any:
        made = judge(*asked_for)
        return made if isinstance(made, Refused) else tuple(replace(one, emergency="") for one in made)

    return answer


def moved(step: str, before: str) -> Plant:
    """The step stands in front of another one."""

    def plant(_: pytest.MonkeyPatch) -> Workflow:
        names = [getattr(part, "name", "") for part in IV_BAG.parts]
        parts = list(IV_BAG.parts)
        one = parts.pop(names.index(step))
        names.remove(step)
        parts.insert(names.index(before), one)
        return replace(IV_BAG, parts=tuple(parts))

    return plant


def weighed_first(_: pytest.MonkeyPatch) -> Workflow:
    parts = list(IV_BAG.parts)
    staging = next(index for index, part in enumerate(parts) if isinstance(part, AnyOrder))
    drawing = next(
        index for index, part in enumerate(parts) if isinstance(part, ForEach) and "syringe" in part.units.says
    )
    parts[staging], parts[drawing] = parts[drawing], parts[staging]
    return replace(IV_BAG, parts=tuple(parts))
