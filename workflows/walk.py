"""Visits every state a workflow can reach, tries everything in each, and has every event judged by the nine properties.

Endless runs are cut by `departures`: how many things out of the ordinary may stand at once (worlds.py).
"""

from __future__ import annotations

import hashlib
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from workflows import events as happened
from workflows import facts as read
from workflows.attempts import attempts, waits
from workflows.circumstances import BalanceStatus, Circumstances
from workflows.commands import Submit
from workflows.decide import decide, open_preparation
from workflows.edges import SAME, Attempt, Scene
from workflows.evidence import Printed, Scan, Weighing
from workflows.facts import Facts, beyond_use
from workflows.findings import Refused
from workflows.gates import waiting
from workflows.judging import judge
from workflows.preparation import Preparation, evolve
from workflows.properties import PROPERTIES, Breach
from workflows.rules.rule import Case
from workflows.steps import Workflow
from workflows.worlds import PAM, START, WORLDS, World

BROUGHT = frozenset({"vial", "diluent", "base", "device", "waste"})
"""Steps that bring a container in, or account for them all."""
TICK = timedelta(seconds=5)
"""Between two commands."""
CHECKERS = frozenset({"pam", "dana"})
"""Who may approve, unless they took part: the only people whose part in the preparing has to be told apart."""


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
    """All nine."""
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

    @property
    def held(self) -> bool:
        """Whether all nine held."""
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
    """What is counted over all worlds."""

    tried: int = 0
    released: int = 0
    states: int = 0
    events: set[str] = field(default_factory=set)
    commands: set[str] = field(default_factory=set)
    found: set[tuple[str, str]] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)
    breaches: dict[int, tuple[str, ...]] = field(default_factory=dict)
    behaviour: Any = field(default_factory=hashlib.sha256)


def walk(workflow: Workflow, worlds: Iterable[World] = WORLDS, *, to_first_breach: bool = False) -> Report:
    """Walk `workflow` through `worlds`; stop at the first breach if so asked. Takes seconds, not milliseconds."""
    begun, tally = time.monotonic(), Tally()
    for world in worlds:
        _Walk(workflow, world, tally, to_first_breach).run()
        if to_first_breach and tally.breaches:
            break
    properties = tuple(
        Property(number, says, number not in tally.breaches, tally.breaches.get(number, ()))
        for number, says in PROPERTIES.items()
    )
    return Report(
        workflow.name,
        workflow.version,
        tally.states,
        tally.tried,
        tally.released,
        properties,
        round(time.monotonic() - begun, 1),
        tally.behaviour.hexdigest(),
        frozenset(tally.events),
        frozenset(tally.commands),
        frozenset(tally.found),
        frozenset(tally.codes),
    )


class _Walk:
    """One breadth-first walk through one world."""

    def __init__(self, workflow: Workflow, world: World, tally: Tally, to_first_breach: bool) -> None:
        self.workflow, self.world, self.tally, self.hasty = workflow, world, tally, to_first_breach
        self.nodes: list[Node] = []
        self.index: dict[object, int] = {}
        self.queue: deque[int] = deque()

    def run(self) -> None:
        opened = open_preparation(self.workflow, self.world.opening)
        if isinstance(opened, Refused):
            raise ValueError(f"{self.world.name}: {opened.says}")
        recorded = happened.Recorded(1, opened[0], PAM.id, "", START, "", "1")
        self.tally.events.add("Opened")
        self.tally.commands.add("Open")
        self._arrive(evolve(None, recorded), read.remember(None, recorded), START, -1, "opened")
        while self.queue and not (self.hasty and self.tally.breaches):
            self._visit(self.queue.pop() if self.hasty else self.queue.popleft())
        self.tally.states += len(self.nodes)
        if not (self.hasty and self.tally.breaches):
            self._dead_ends()

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
        now = self._circumstances(node, attempt)
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
                self._breach(number, breach, f"{_words(attempt)} -> {type(event).__name__}")
            p, facts = evolve(p, recorded), read.remember(facts, recorded)
            names.append(self._count(node, event, attempt, now))
        self._arrive(p, facts, now.at + TICK, number, f"{_words(attempt)} -> {', '.join(names)}")
        return " ".join(names)

    def _circumstances(self, node: Node, attempt: Attempt) -> Circumstances:
        station = (node.p.station or "HOOD-1") if attempt.station is None else attempt.station
        balance = self.world.balance if attempt.balance is SAME else attempt.balance
        known = balance if isinstance(balance, BalanceStatus) else None
        at = attempt.at or node.at
        return Circumstances(
            at=at,
            who=attempt.who,
            station=station,
            second=attempt.second,
            balance=known,
            occupied_by=attempt.occupied,
            used_by=attempt.used_by,
            recalled=attempt.recalled,
            order_blocked=attempt.blocked,
            head=node.p.digest,
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
        for slot in waiting(self.workflow, node.p):
            if slot.name != command.slot or not isinstance(command.evidence, slot.step.needs):
                continue
            for rule in slot.step.must:
                known = (slot.step.name, rule.says)
                if known not in self.tally.found and rule.check(Case(node.p, slot.name, command.evidence, now)):
                    self.tally.found.add(known)

    def _breach(self, number: int, breach: Breach, last: str) -> None:
        if breach.property not in self.tally.breaches:
            self.tally.breaches[breach.property] = (self.world.name, *self._way(number), last, breach.says)

    def _way(self, number: int) -> tuple[str, ...]:
        says: list[str] = []
        while number >= 0:
            says.append(self.nodes[number].says)
            number = self.nodes[number].parent
        return tuple(reversed(says))

    def _arrive(self, p: Preparation, facts: Facts, at: datetime, parent: int, says: str) -> None:
        name = key(p, facts, at)
        number = self.index.get(name)
        if number is None:
            if not p.outcome and departures(self.workflow, p, facts, at) > self.world.departures:
                return
            number = self.index[name] = len(self.nodes)
            self.nodes.append(Node(p, facts, at, parent, says))
            if not p.closed or facts.outcome == "released":
                self.queue.append(number)
        if parent >= 0 and parent != number:
            self.nodes[number].before.append(parent)

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


def _words(attempt: Attempt) -> str:
    command = attempt.command
    what = f"{command.slot} {type(command.evidence).__name__}" if isinstance(command, Submit) else ""
    second = f" with {attempt.second.id}" if attempt.second else ""
    return f"{attempt.who.id}{second}: {type(command).__name__} {what}".strip()


def _tags(p: Preparation) -> frozenset[str]:
    """Return what sets the entries apart from plain right ones, as long as it can still matter."""
    tags: set[str] = set()
    mixed = "bag-after" in p.entries
    for slot, entry in p.entries.items():
        step, _, unit = slot.partition(":")
        evidence = entry.evidence
        if evidence is None:
            tags.add("waived")
        elif isinstance(evidence, Scan):
            tags.add(evidence.raw)
        elif isinstance(evidence, Weighing) and evidence.raw and not mixed:
            judged = step == "recon-after" and f"recon-mixed:{unit}" in p.entries
            tags.add("" if judged else f"{step} {evidence.raw[0]}")
        elif isinstance(evidence, Printed) and evidence.copy > 1:
            tags.add("copy")
    return frozenset(tags - {""})


def _clocks(p: Preparation, facts: Facts, at: datetime) -> tuple[bool, ...]:
    """Return which clocks have run out: gloves, gown, beyond use, the open pair's first reading."""
    gloves = p.gloves_at is not None and at - p.gloves_at >= timedelta(minutes=p.policy.glove_minutes)
    gown = p.gown_at is not None and at - p.gown_at >= timedelta(minutes=p.policy.gown_minutes)
    limit = beyond_use(facts)
    return gloves, gown, limit is not None and limit <= at, _pair_is_old(p, at)


def _pair_is_old(p: Preparation, at: datetime) -> bool:
    for after, before in read.PAIRS.items():
        for slot, entry in p.entries.items():
            step, colon, unit = slot.partition(":")
            if step == before and f"{after}{colon}{unit}" not in p.entries:
                return at - entry.at > timedelta(minutes=p.policy.pair_minutes)
    return False


def _done_again(workflow: Workflow, p: Preparation) -> bool:
    """Say whether an earlier step is open while a later one is done."""
    gap = False
    for group in workflow.groups(p):
        done = [slot.name in p.entries for slot in group]
        if gap and any(done):
            return True
        gap = gap or not all(done)
    return False


def departures(workflow: Workflow, p: Preparation, facts: Facts, at: datetime) -> int:
    """Return how many things stand apart from a straight run: stops, clocks, typed codes, people, attempts, redoing."""
    gloves, gown, late, old = _clocks(p, facts, at)
    tags = len(_tags(p) - {"copy"})
    unmarked = p.in_process is None and "cabinet" in p.entries
    again = _done_again(workflow, p) and not p.set_aside
    stopped = bool(p.paused) + (p.order_state != "current" and p.paused not in ("", "order change"))
    parts = (stopped, p.order_state != "current" and not p.paused, bool(p.called), gloves or gown, late, old > gloves)
    return tags + sum(parts) + len(p.hands & CHECKERS) + bool(_tries(p)) + bool(p.set_aside) + unmarked + again


def key(p: Preparation, facts: Facts, at: datetime) -> object:
    """Return what makes a state different from another: all that can matter, nothing that only counts up."""
    if p.closed or facts.closed:
        return "closed", p.outcome, p.closed, facts.closed
    if p.outcome:
        brought = frozenset(step for slot in p.entries if (step := slot.partition(":")[0]) in BROUGHT)
        return p.outcome, brought, bool(p.started_at), bool(p.set_aside), facts.outcome
    return (
        frozenset(p.entries),
        _tags(p),
        p.paused,
        p.order_state,
        bool(p.called),
        _clocks(p, facts, at),
        p.hands & CHECKERS,
        p.claimed_by if p.claimed_by in CHECKERS else bool(p.claimed_by),
        _tries(p),
        min(len(p.set_aside), 1),
        p.in_process is None,
        p.started_at is None,
        _apart(p, facts),
    )


def _tries(p: Preparation) -> frozenset[tuple[str, int]]:
    """Return the weighings that were outside, by slot, while their slot is open or was filled last."""
    most, last = p.policy.max_attempts, max((one.version for one in p.entries.values()), default=0)
    waits = (slot for slot in p.attempts if slot not in p.entries or p.entries[slot].version == last)
    return frozenset((slot, min(p.attempts[slot], most)) for slot in waits if slot.partition(":")[0] in read.PAIRS)


def _apart(p: Preparation, facts: Facts) -> tuple[object, ...]:
    """Return where the checker's memory differs from the preparation's own: nowhere, unless one of them is wrong."""
    apart = frozenset(facts.kept) ^ frozenset(p.entries)
    if "label-print" in p.entries:  # nobody dresses for what is left then
        apart = frozenset(slot for slot in apart if not slot.startswith("ppe:"))
    return (
        apart,
        facts.order,
        bool(facts.stops),
        facts.preparers & CHECKERS ^ p.hands & CHECKERS,
        facts.gloves_at == p.gloves_at,
        facts.gown_at == p.gown_at,
        facts.holder == p.claimed_by,
        facts.started_at == p.started_at,
        facts.outcome,
        facts.met,
        "approve" in facts.kept and facts.kept["approve"].version < facts.changed_at,
        len(facts.inside) - len(p.containers()),
        frozenset((slot, n) for slot, n in facts.outside.items() if n > p.attempts.get(slot, 0)),
    )
