"""Short words for what a test expects of an answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.cast import ANN
from tests.workflows.example import Bench
from workflows import commands as asked
from workflows.circumstances import Actor
from workflows.decide import decide
from workflows.events import Event, Rejected
from workflows.findings import Refused
from workflows.library import LIBRARY


def refused(answer: object) -> str:
    """The refusal's code."""
    assert isinstance(answer, Refused), answer
    assert answer.says
    return answer.code


def rejected(answer: object) -> tuple[str, ...]:
    """The codes of what was found wrong."""
    assert isinstance(answer, tuple), answer
    event = answer[0]
    assert isinstance(event, Rejected), answer
    assert all(finding.says and finding.do for finding in event.findings)
    return tuple(finding.code for finding in event.findings)


def done(answer: object) -> Event:
    """The first event of something that was not refused and not rejected."""
    assert isinstance(answer, tuple), answer
    assert not isinstance(answer[0], Rejected), answer
    return answer[0]  # type: ignore[no-any-return]


def tries(bench: Bench, evidence: Any, who: Actor = ANN, slot: str = "", second: Actor | None = None) -> Any:
    """Hand in evidence and keep what follows."""
    return bench.ask(asked.Submit(slot, evidence), who, second)


def would(bench: Bench, command: asked.Command, who: Actor = ANN, second: Actor | None = None, **so: Any) -> Any:
    """What would be answered in other circumstances; nothing is kept."""
    assert bench.p is not None
    return decide(LIBRARY["iv-bag-gravimetric"], bench.p, command, replace(bench.now(who, second), **so))
