"""Two states that the walk counts as one answer everything alike, however one came to them; and each of them was visited."""

from __future__ import annotations

import inspect
import random
import re
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import pytest

from workflows import alike
from workflows.alike import LEFT_OUT
from workflows.attempts import attempts, waits
from workflows.commands import Back
from workflows.decide import decide
from workflows.events import Event, Recorded
from workflows.findings import Refused
from workflows.gates import waiting
from workflows.library import IV_BAG, LIBRARY
from workflows.preparation import Preparation, evolve
from workflows.remembering import remember
from workflows.scene import Attempt, Scene
from workflows.small_pharmacies import WALKED
from workflows.steps import Workflow
from workflows.walk import TICK, Node, Tally, Walk, words_of
from workflows.worlds import TWO_CABINETS, WITH_DEVICES, World
from workflows.worlds_of_syringes import HELD_AND_AGAIN, SYRINGE_WITH_DEVICES

NOT_BACK = ("NOT_YOURS_TO_UNDO", "DONE_BEFORE", "CONTAINER_OPENED", "LIQUID_MOVED", "CANNOT_BE_UNDONE")
"""Why BACK is refused once it reaches no further."""
Answer = tuple[str, str]
"""What was tried, and what was answered."""


class Runs:
    """Random runs through one world, beside its walk."""

    def __init__(self, world: World, workflow: Workflow = IV_BAG) -> None:
        self.workflow = workflow
        self.walk = Walk(workflow, world, Tally())
        self.walk.run()
        self.known: dict[int, frozenset[Answer]] = {}

    def tried(self, node: Node) -> Iterator[tuple[Attempt, Any]]:
        scene = Scene(self.walk.world, node.facts, node.at, node.p.version, node.p.digest, node.p.labels)
        for attempt in attempts(self.workflow, node.p, scene, waiting(self.workflow, node.p)):
            yield attempt, decide(self.workflow, node.p, attempt.command, self.walk.circumstances(node, attempt))

    def answers(self, node: Node) -> frozenset[Answer]:
        return frozenset(
            (words_of(attempt), "refused" if _reaches_no_further(attempt, answer) else said(answer))
            for attempt, answer in self.tried(node)
        )

    def counted_as(self, node: Node) -> int | None:
        """The number of the walk's state that this one is, or None if the walk's cut leaves it out."""
        key = self.walk.alike.key(node.p, node.facts, node.at)
        if not self.walk.goes_on(node.p, node.facts, node.at):
            return None
        assert key in self.walk.index, f"a state that can be reached was not visited: {key}"
        return self.walk.index[key]

    def compare(self, node: Node) -> None:
        number = self.counted_as(node)
        if number is None or node.p.closed:
            return
        if number not in self.known:
            self.known[number] = self.answers(self.walk.nodes[number])
        here, there = self.answers(node), self.known[number]
        then = self.walk.nodes[number].p
        if (node.p.claimed_by, node.p.held_by) != (then.claimed_by, then.held_by):
            here, there = nameless(here), nameless(there)
        assert here == there, (sorted(here ^ there), node.says, self.walk.way(number))

    def run(self, chance: random.Random, steps: int) -> int:
        """Do what is allowed at random, inside the cut, and compare each state; return how many there were."""
        node, compared = self.walk.nodes[0], 0
        for _ in range(steps):
            after = self._onwards(node, chance)
            if after is None:
                break
            node = after
            self.compare(node)
            compared += 1
        return compared

    def _onwards(self, node: Node, chance: random.Random) -> Node | None:
        choices = [one for one in self.tried(node) if not isinstance(one[1], Refused)]
        chance.shuffle(choices)
        scene = Scene(self.walk.world, node.facts, node.at, node.p.version, node.p.digest, node.p.labels)
        moments = [moment for moment in waits(node.p, scene) if chance.random() < 0.05]
        if moments:
            later = Node(node.p, node.facts, moments[0], 0, f"{node.says}; {moments[0]:%H:%M}")
            return later if self.walk.goes_on(later.p, later.facts, later.at) else node
        wanted = "Accepted" if chance.random() < 0.5 else ""
        choices.sort(key=lambda one: wanted not in type(one[1][0]).__name__)
        for attempt, decision in choices:
            after = self._after(node, attempt, decision)
            if not after.p.closed and not after.p.outcome and self.walk.goes_on(after.p, after.facts, after.at):
                return after
        return None

    def _after(self, node: Node, attempt: Attempt, decision: tuple[Event, ...]) -> Node:
        p, facts, now = node.p, node.facts, self.walk.circumstances(node, attempt)
        for event in decision:
            second = now.second.id if now.second else ""
            version = p.version + 1
            recorded = Recorded(version, event, now.who.id, second, now.at, now.station, str(version))
            p, facts = evolve(p, recorded), remember(facts, recorded)
        return Node(p, facts, now.at + TICK, 0, f"{node.says}; {words_of(attempt)} {said(decision)}")


def nameless(answers: frozenset[Answer]) -> frozenset[Answer]:
    """What is answered to technicians, whoever of them has it: they are alike, but not their names."""
    return frozenset((words.partition(": ")[2], answer) for words, answer in answers)


def _reaches_no_further(attempt: Attempt, answer: Any) -> bool:
    """BACK is refused: which of its reasons is said may depend on what is long past, and changes nothing."""
    return isinstance(attempt.command, Back) and isinstance(answer, Refused) and answer.code in NOT_BACK


def said(answer: Any) -> str:
    if isinstance(answer, Refused):
        return answer.code
    return " ".join(f"{type(event).__name__} {getattr(event, 'slot', '')}".strip() for event in answer)


def of_each(*chosen: World) -> list[Any]:
    """The worlds that are walked (or, if some are given, these) with the name of their workflow."""
    worlds = [(name, world) for name, every in WALKED.items() for world in every if not world.never_opened]
    return [
        pytest.param(*one, id=one[1].name) for one in worlds if not chosen or one[1].name in {w.name for w in chosen}
    ]


@pytest.mark.parametrize(("name", "world"), of_each(TWO_CABINETS, WITH_DEVICES, SYRINGE_WITH_DEVICES, HELD_AND_AGAIN))
def test_states_counted_once_answer_alike_on_a_seeded_sample_of_runs(name: str, world: World) -> None:
    runs = Runs(replace(world, departures=min(world.departures, 1)), LIBRARY[name])
    chance = random.Random(f"alike {world.name}")
    assert sum(runs.run(chance, 40) for _ in range(4)) > 60


@pytest.mark.soak
@pytest.mark.parametrize(("name", "world"), of_each())
def test_states_counted_once_answer_alike_on_thousands_of_runs(name: str, world: World) -> None:
    runs, chance = Runs(world, LIBRARY[name]), random.Random(f"alike {world.name}")
    assert sum(runs.run(chance, 60) for _ in range(40)) > 1500


def test_what_a_policy_adds_is_confirmed_in_the_walk_by_a_third_technician_after_it_was_handed_on() -> None:
    """Who had it before may not: where nobody else is there, all that follows such a confirmation goes unvisited."""
    name = "iv-syringe-by-volume"
    (world,) = (one for one in WALKED[name] if one.opening.policy.adds)
    walk = Walk(LIBRARY[name], world, Tally())
    walk.run()
    given = {
        one.second
        for node in walk.nodes
        if len(node.p.held_by) > 1
        for slot, one in node.p.entries.items()
        if slot.startswith("added-")
    }
    assert given - alike.CHECKERS - {""}


def test_every_field_of_a_preparation_is_told_apart_or_left_out_with_a_reason() -> None:
    """A field that a rule begins to read, and that nobody put into the key, would hide states from the walk."""
    source = inspect.getsource(alike)
    for one in fields(Preparation):
        read_there = re.search(rf"\bp\.{one.name}\b", source) is not None
        assert read_there or one.name in LEFT_OUT, f"{one.name}: put it into the key, or say why not in LEFT_OUT"


def test_nothing_is_left_out_without_its_reason() -> None:
    names = {one.name for one in fields(Preparation)}
    assert set(LEFT_OUT) <= names
    assert all(LEFT_OUT.values())
