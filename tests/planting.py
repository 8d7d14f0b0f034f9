"""Faults put into the program, one at a time, each with the test that must fail for it: a test that cannot fail shows nothing."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

CAUGHT = (AssertionError, pytest.fail.Exception, IndexError)
"""How a test fails that has found something; the last where it asks for the first of faults of which there are none."""


@dataclass(frozen=True)
class Fault:
    """One fault; the test passes without it, in its own place."""

    what: str
    """What the program does wrong with it."""
    room: object
    """The module or class in which it is put."""
    name: str
    """What is replaced there."""
    instead: Any
    """By what."""
    caught_by: Callable[..., object]
    """The test that must fail."""
    given: Mapping[str, Any] = field(default_factory=dict)
    """What the test is given beside its fixtures."""


def each(*faults: Fault) -> pytest.MarkDecorator:
    """Run a test once for each."""
    return pytest.mark.parametrize("fault", faults, ids=[f"{one.what}: {one.caught_by.__name__}" for one in faults])


def is_caught(fault: Fault, request: pytest.FixtureRequest) -> None:
    """Plant it once the test's fixtures stand, and have the test fail."""
    wanted = [name for name in inspect.signature(fault.caught_by).parameters if name not in fault.given]
    values = {name: request.getfixturevalue(name) for name in wanted}
    with pytest.MonkeyPatch.context() as planted:
        planted.setattr(fault.room, fault.name, fault.instead)
        with pytest.raises(CAUGHT):
            fault.caught_by(**values, **fault.given)


def always(answer: Any) -> Callable[..., Any]:
    """Answer the same whatever is asked."""
    return lambda *_given, **_named: answer
