"""Visits every state a workflow can reach, tries everything in each, and has every event judged by the nine properties.

The worlds are small (worlds.py), and endless runs are cut by how many things out of the ordinary may stand at once.
"""

from __future__ import annotations

import hashlib
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from workflows import events as happened
from workflows.alike import Alike
from workflows.attempts import attempts, waits
from workflows.circumstances import BalanceStatus, Circumstances
from workflows.commands import Submit
from workflows.decide import decide, open_preparation
from workflows.facts import Facts
from workflows.findings import Refused
from workflows.gates import waiting
from workflows.judging import judge
from workflows.opening import opened_by
from workflows.preparation import Preparation, evolve
from workflows.remembering import remember
from workflows.rules.rule import Case
from workflows.scene import SAME, Attempt, Scene
from workflows.sentences import Breach, sentences
from workflows.steps import Workflow
from workflows.uncertainty import stated
from workflows.worlds import PAM, START, World

TICK = timedelta(seconds=5)
"""Between two commands."""


@dataclass(frozen=True, slots=True)
class Property:
    """One safety sentence, and what the walk found."""

    id: int
    """Its number."""
    says: str
    """The sentence."""
    held: bool
    """Whether no event broke it."""
    counterexample: tuple[str, ...] = ()
    """The events that lead to the first breach, then the breach, in words."""


@dataclass(frozen=True, slots=True)
class Visited:
    """One world, and how much of it was seen."""

    world: str
    """What is made there, in words."""
    cut: str
    """How its endless runs are cut, in words."""
    states: int
    """How many different states were visited: every one that can be reached within the cut."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a walk found."""

    workflow: str
    """Name."""
    version: int
    """Its version."""
    states: int
    """How many different states were visited."""
    attempts: int
    """How many commands were tried."""
    released: int
    """How many attempts released a dose."""
    properties: tuple[Property, ...]
    """All of them: the nine, and the container's own."""
    seconds: float
    """How long it took."""
    behaviour: str
    """Fingerprint, hex, over every state, attempt and answer."""
    events: frozenset[str] = frozenset()
    """Kinds of event that occurred."""
    commands: frozenset[str] = frozenset()
    """Kinds of command that led to an event."""
    found: frozenset[tuple[str, str]] = frozenset()
    """Step and rule (its sentence) that found something wrong at least once."""
    codes: frozenset[str] = frozenset()
    """Codes of findings and refusals that occurred."""
    worlds: tuple[Visited, ...] = ()
    """Where it walked."""

    @property
    def held(self) -> bool:
        """Whether every one held."""
        return all(one.held for one in self.properties)


@dataclass(slots=True)
class Node:
    """One state, by its first representative."""

    p: Preparation
    facts: Facts
    at: datetime
    parent: int
    says: str
    before: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Tally:
    """What is counted in one world; `behaviour` becomes a hex digest when the walk is over, so that it can travel."""

    visited: Visited | None = None
    tried: int = 0
    released: int = 0
    events: set[str] = field(default_factory=set)
    commands: set[str] = field(default_factory=set)
    found: set[tuple[str, str]] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)
    breaches: dict[int, tuple[str, ...]] = field(default_factory=dict)
    behaviour: Any = field(default_factory=hashlib.sha256)


def walk(workflow: Workflow, worlds: Iterable[World], *, to_first_breach: bool = False) -> Report:
    """Walk `workflow` through `worlds`, its own of `small_pharmacies` as a rule; stop at the first breach if so asked.

    Takes seconds, not milliseconds.
    """
    begun, tallies = time.monotonic(), []
    for world in worlds:
        tallies.append(walk_one(workflow, world, to_first_breach=to_first_breach))
        if to_first_breach and tallies[-1].breaches:
            break
    return report_of(workflow, tallies, time.monotonic() - begun)


def walk_one(workflow: Workflow, world: World, *, to_first_breach: bool = False) -> Tally:
    """Walk through one world alone: worlds know nothing of each other, so a caller may walk several at once."""
    tally = Tally()
    Walk(workflow, world, tally, to_first_breach).run()
    tally.behaviour = tally.behaviour.hexdigest()
    return tally


def report_of(workflow: Workflow, tallies: Sequence[Tally], seconds: float) -> Report:
    """Put together what was found in each world, in the order of the worlds."""
    breaches: dict[int, tuple[str, ...]] = {}
    for tally in tallies:
        breaches = tally.breaches | breaches
    worlds = tuple(tally.visited for tally in tallies if tally.visited is not None)
    return Report(
        workflow.name,
        workflow.version,
        sum(visited.states for visited in worlds),
        sum(tally.tried for tally in tallies),
        sum(tally.released for tally in tallies),
        tuple(
            Property(number, says, number not in breaches, breaches.get(number, ()))
            for number, says in sentences(workflow.makes[0]).items()
        ),
        round(seconds, 1),
        hashlib.sha256("".join(tally.behaviour for tally in tallies).encode()).hexdigest(),
        frozenset[str]().union(*(tally.events for tally in tallies)),
        frozenset[str]().union(*(tally.commands for tally in tallies)),
        frozenset[tuple[str, str]]().union(*(tally.found for tally in tallies)),
        frozenset[str]().union(*(tally.codes for tally in tallies)),
        worlds,
    )


class Walk:
    """One breadth-first walk through one world."""

    def __init__(self, workflow: Workflow, world: World, tally: Tally, to_first_breach: bool = False) -> None:
        self.workflow, self.world, self.tally, self.hasty = workflow, world, tally, to_first_breach
        self.alike = Alike(workflow)
        self.nodes: list[Node] = []
        self.index: dict[object, int] = {}
        self.beyond: set[object] = set()
        self.queue: deque[int] = deque()

    def run(self) -> None:
        """Visit every state that can be reached within the world's cut, or stop at the first breach if so asked."""
        opened = open_preparation(self.workflow, self.world.opening)
        if isinstance(opened, Refused):
            self._never_opened(opened)
            return
        recorded = happened.Recorded(1, opened[0], PAM.id, "", START, "", "1")
        self.tally.events.add(type(opened[0]).__name__)
        self.tally.commands.add("Open")
        self._arrive(evolve(None, recorded), remember(None, recorded), START, -1, "opened")
        while self.queue and not (self.hasty and self.tally.breaches):
            self._visit(self.queue.pop() if self.hasty else self.queue.popleft())
        self.tally.visited = Visited(self.world.name, self.world.cut, len(self.nodes))
        if not (self.hasty and self.tally.breaches):
            self._dead_ends()

    def _never_opened(self, refused: Refused) -> None:
        """Note an order that was refused. Raises ValueError unless that was for the one reason for which it has to be."""
        asked = self.world.opening
        found = opened_by(self.workflow, asked)
        codes = tuple(one.code for one in found) if isinstance(found, tuple) else ()
        if not self.world.never_opened or codes != (self.world.never_opened,):
            raise ValueError(f"{self.world.name}: {refused.says}")
        self.tally.codes.update(codes)
        self.tally.visited = Visited(self.world.name, self.world.cut, 0)
        self.tally.behaviour.update(codes[0].encode())

    def _visit(self, number: int) -> None:
        node = self.nodes[number]
        slots = waiting(self.workflow, node.p)
        scene = Scene(self.world, node.facts, node.at, node.p.version, node.p.digest, node.p.labels)
        answers: list[str] = []
        for attempt in attempts(self.workflow, node.p, scene, slots):
            answers.append(self._try(number, node, attempt))
        for moment in waits(node.p, scene):
            self._arrive(node.p, node.facts, moment, number, f"time passes until {moment:%H:%M:%S}")
        self.tally.behaviour.update("\n".join(answers).encode())

    def _try(self, number: int, node: Node, attempt: Attempt) -> str:
        self.tally.tried += 1
        now = self.circumstances(node, attempt)
        decision = decide(self.workflow, node.p, attempt.command, now)
        if isinstance(decision, Refused):
            self.tally.codes.add(decision.code)
            if isinstance(attempt.command, Submit):
                self._note(node, attempt.command, now)
            return decision.code
        self.tally.commands.add(type(attempt.command).__name__)
        p, facts, names = node.p, node.facts, []
        for event in decision:
            recorded = happened.Recorded(
                p.version + 1,
                event,
                now.who.id,
                now.second.id if now.second else "",
                now.at,
                now.station,
                str(p.version + 1),
            )
            for breach in judge(facts, recorded, now):
                self._breach(number, breach, f"{words_of(attempt)} -> {type(event).__name__}")
            p, facts = evolve(p, recorded), remember(facts, recorded)
            names.append(self._count(node, event, attempt, now))
        self._arrive(p, facts, now.at + TICK, number, f"{words_of(attempt)} -> {', '.join(names)}")
        return " ".join(names)

    def circumstances(self, node: Node, attempt: Attempt) -> Circumstances:
        """Return what is so while an attempt is judged."""
        balance = self.world.balance if attempt.balance is SAME else attempt.balance
        return Circumstances(
            at=attempt.at or node.at,
            who=attempt.who,
            station=(node.p.station or "HOOD-1") if attempt.station is None else attempt.station,
            second=attempt.second,
            balance=balance if isinstance(balance, BalanceStatus) else None,
            occupied_by=attempt.occupied,
            used_by=attempt.used_by,
            no_stock=attempt.no_stock,
            standing=attempt.standing,
            recalled=attempt.recalled,
            order_blocked=attempt.blocked,
            clearances=self.world.cleared if attempt.clearances is None else attempt.clearances,
            head=node.p.digest,
            release_signature=attempt.signing,
            cosigned=attempt.cosigned,
        )

    def _count(self, node: Node, event: happened.Event, attempt: Attempt, now: Circumstances) -> str:
        name = type(event).__name__
        self.tally.events.add(name)
        self.tally.released += name == "Released"
        if isinstance(event, happened.Rejected):
            codes = [finding.code for finding in event.findings]
            self.tally.codes.update(codes)
            if isinstance(attempt.command, Submit):
                self._note(node, attempt.command, now)
            return f"{name} {event.slot} {' '.join(codes)}"
        return f"{name} {getattr(event, 'slot', '')}".strip()

    def _note(self, node: Node, command: Submit, now: Circumstances) -> None:
        """Note which rules find something wrong with this evidence: every rule should, somewhere."""
        evidence = stated(command.evidence, now.balance)
        for slot in waiting(self.workflow, node.p):
            if slot.name != command.slot or not isinstance(evidence, slot.step.needs):
                continue
            for rule in slot.step.must:
                known = (slot.step.name, rule.says)
                if known not in self.tally.found and rule.check(Case(node.p, slot.name, evidence, now)):
                    self.tally.found.add(known)

    def _breach(self, number: int, breach: Breach, last: str) -> None:
        if breach.property not in self.tally.breaches:
            self.tally.breaches[breach.property] = (self.world.name, *self.way(number), last, breach.says)

    def way(self, number: int) -> tuple[str, ...]:
        """Return how a state was reached first, event by event."""
        says: list[str] = []
        while number >= 0:
            says.append(self.nodes[number].says)
            number = self.nodes[number].parent
        return tuple(reversed(says))

    def _arrive(self, p: Preparation, facts: Facts, at: datetime, parent: int, says: str) -> None:
        name = self.alike.key(p, facts, at)
        number = self.index.get(name)
        if number is None:
            if name in self.beyond or not self.goes_on(p, facts, at):
                self.beyond.add(name)
                return
            number = self.index[name] = len(self.nodes)
            self.nodes.append(Node(p, facts, at, parent, says))
            if not p.closed or facts.outcome == "released":
                self.queue.append(number)
        if parent >= 0 and parent != number:
            self.nodes[number].before.append(parent)

    def goes_on(self, p: Preparation, facts: Facts, at: datetime) -> bool:
        """Say whether a state is inside the world's cut; what has ended always is."""
        if p.outcome:
            return True
        apart, only = self.alike.departures(p, facts, at), self.world.only
        return len(apart) <= self.world.departures and (not only or only.issuperset(apart))

    def _dead_ends(self) -> None:
        """Property 9, backwards from the closed states: what cannot reach one is a dead end."""
        ways_out = {number for number, node in enumerate(self.nodes) if node.p.closed and node.facts.closed}
        queue = deque(ways_out)
        while queue:
            for earlier in self.nodes[queue.popleft()].before:
                if earlier not in ways_out:
                    ways_out.add(earlier)
                    queue.append(earlier)
        stuck = next((number for number in range(len(self.nodes)) if number not in ways_out), None)
        if stuck is not None:
            self._breach(stuck, Breach(9, "from here there is no way to finish or to discard"), "dead end")


def words_of(attempt: Attempt) -> str:
    """Return who tries what, in words."""
    command = attempt.command
    what = f"{command.slot} {type(command.evidence).__name__}" if isinstance(command, Submit) else ""
    second = f" with {attempt.second.id}" if attempt.second else ""
    return f"{attempt.who.id}{second}: {type(command).__name__} {what}".strip()
