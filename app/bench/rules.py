"""The clinical rules: one step of the engine beside a function that judges nothing, and the exhaustive walk."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from app import clock, preparations
from app.bench.rounds import Figure, Quiet, compare
from app.bench.rounds import alone as by_itself
from app.bench.shop import ANN, ELSEWHERE, WRONG, Shop, open_shop
from app.catalogue.walked import walked
from app.people import actors
from app.stations import register
from workflows import commands as asked
from workflows import events as happened
from workflows.circumstances import Circumstances
from workflows.decide import decide
from workflows.findings import Refused
from workflows.library import LIBRARY
from workflows.preparation import evolve
from workflows.steps import Workflow

STEPS = 500
"""Steps a round."""
WALK_S = 120.0
"""What the walk may take."""
WORLDS: Sequence[int] | None = None
"""The numbers of the worlds that are walked; None is every one."""
LIBRARY_OF_STATES = "transitions"
"""The package of state machines that a step is compared with, where somebody has installed it; vialtrace has no use for it."""


def figures(folder: Path) -> Iterator[Figure]:
    """Measure a step of the engine and the walk of every workflow."""
    with open_shop(folder / "rules") as shop:
        shop.claimed("BENCHSTP", ELSEWHERE)
        step = _step(shop)
    ours = partial(_timed, step)
    yield compare("engine step: judge a scan, and what follows", "steps", ours, partial(_timed, _bare()), folder,
                  goal=1 / 3.5, by_cpu=True)  # fmt: skip
    if importlib.util.find_spec(LIBRARY_OF_STATES) is not None:
        says = f"engine step beside the package {LIBRARY_OF_STATES}"
        yield compare(says, "steps", ours, partial(_timed, _machine()), folder, goal=2.5, by_cpu=True)
    for found in LIBRARY.values():
        quiet, report = Quiet(folder), walked(found, WORLDS)
        if not report.held:
            raise RuntimeError(f"a property of {found.name} does not hold; see `vialtrace workflow check`")
        says = f"walk of {found.name}, {report.states:,} states of {len(report.worlds)} worlds"
        yield by_itself(says, "s", [report.seconds], noisy=quiet.noisy, goal=WALK_S)


def _timed(step: Callable[[], object]) -> Sequence[float]:
    took = list[float]()
    for _ in range(STEPS):
        begun = perf_counter()
        step()
        took.append(perf_counter() - begun)
    return took


def _step(shop: Shop) -> Callable[[], object]:
    """Return a scan of the wrong thing at the first step: judged by every rule of the step, and kept as a near miss."""
    p, at = shop.current("BENCHSTP"), clock.now()
    workflow: Workflow = preparations.workflow_of(p)
    with shop.store.reading() as conn:
        who = actors.actor(conn, ANN, shop.settings, at, ELSEWHERE)
        balance = register.balance_status(conn, ELSEWHERE)
    circumstances = Circumstances(
        at=at, who=who, station=ELSEWHERE, balance=balance, head=p.digest, preparation="BENCHSTP"
    )
    command = asked.Submit("", WRONG)

    def step() -> object:
        decided = decide(workflow, p, command, circumstances)
        if isinstance(decided, Refused):
            raise TypeError(f"the bench's own scan is refused: {decided.says}")
        after = p
        for event in decided:
            after = evolve(after, happened.Recorded(after.version + 1, event, ANN, "", at, ELSEWHERE, after.digest))
        return after

    return step


@dataclass(frozen=True)
class _Bare:
    """A state with nothing in it."""

    version: int
    step: str
    last: str


def _bare() -> Callable[[], object]:
    """Return the least that can be called a step: look up what follows, and make the state after it."""
    state, follows = _Bare(3, "cabinet", ""), {("cabinet", "scan"): ("accepted", "ppe")}

    def step() -> object:
        event, then = follows[(state.step, "scan")]
        return replace(state, version=state.version + 1, step=then, last=event)

    return step


def _machine() -> Callable[[], object]:
    """Return a step of that package: there at one call, and back at the next."""
    package: Any = importlib.import_module(LIBRARY_OF_STATES)
    machine = package.Machine(states=["cabinet", "ppe"], initial="cabinet")
    machine.add_transition("scan", "cabinet", "ppe")
    machine.add_transition("scan", "ppe", "cabinet")
    scan: Callable[[], object] = machine.scan
    return scan
