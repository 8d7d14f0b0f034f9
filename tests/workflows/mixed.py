"""Preparations of every kind made by a clumsy crew: mostly the right thing, now and then whatever anybody could try."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from workflows import commands as asked
from workflows import events as happened
from workflows.attempts import attempts, holder, waits
from workflows.circumstances import Actor
from workflows.commands import Command
from workflows.decide import decide, open_preparation
from workflows.evidence import Printed
from workflows.facts import Facts
from workflows.findings import Refused
from workflows.gates import waiting
from workflows.judging import judge
from workflows.library import LIBRARY
from workflows.preparation import Preparation, evolve
from workflows.recipe import DEFAULT_POLICY
from workflows.remembering import remember
from workflows.scene import Attempt, Scene, right
from workflows.sentences import Breach
from workflows.small_pharmacies import WALKED
from workflows.walk import TICK, Node, Tally, Walk
from workflows.worlds import ANN, BO, DANA, MACHINE, PAM, START, World

KINDS = [(name, world) for name, worlds in WALKED.items() for world in worlds if not world.never_opened]
"""Every small pharmacy of every workflow; here with the whole policy, and without any cut."""
MOST = 220
"""Things done to one preparation before its crew gives up and discards it."""
CLUMSY, IDLE, DROPPED = 0.14, 0.02, 0.1
"""How often anything at all is tried instead of the right thing, how often time passes until a clock has run out, and
how often what is tried is a new syringe or vial."""


@dataclass
class Made:
    """One preparation and all that was done to it."""

    workflow: str
    world: World
    p: Preparation
    facts: Facts
    at: datetime = START
    log: list[happened.Recorded] = field(default_factory=list)
    breaches: list[Breach] = field(default_factory=list)
    tried: Counter[str] = field(default_factory=Counter)
    refused: str = ""
    """Why the last attempt could not be tried."""

    @property
    def node(self) -> Node:
        return Node(self.p, self.facts, self.at, 0, "")

    @property
    def scene(self) -> Scene:
        return Scene(self.world, self.facts, self.at, self.p.version, self.p.digest, self.p.labels)


class Crew:
    """Ann, Bo, Pam and the others, at one preparation after the other."""

    def __init__(self, seed: str) -> None:
        self.chance = random.Random(seed)

    def make(self) -> Made:
        """Open one of the small pharmacies' orders and work on it until it has ended and everything is accounted for."""
        name, world = self.chance.choice(KINDS)
        opening = world.opening
        policy = replace(opening.policy, photos=DEFAULT_POLICY.photos, ppe=("inner gloves", "gown", "outer gloves"))
        world = replace(world, opening=replace(opening, policy=policy))
        opened = open_preparation(LIBRARY[name], world.opening)
        assert not isinstance(opened, Refused), opened
        first = happened.Recorded(1, opened[0], PAM.id, "", START, "", "1")
        made = Made(name, world, evolve(None, first), remember(None, first), log=[first])
        walk = Walk(LIBRARY[name], world, Tally())
        for turn in range(MOST):
            if made.p.closed:
                break
            self._turn(made, walk, giving_up=turn > MOST - 12)
        return made

    def _turn(self, made: Made, walk: Walk, *, giving_up: bool) -> None:
        if giving_up and not made.p.outcome:
            self._do(made, walk, Attempt(asked.Abort("other"), PAM))
            return
        moments = waits(made.p, made.scene)
        if moments and self.chance.random() < IDLE:
            made.at = self.chance.choice(moments)
            made.tried["a clock ran out"] += 1
        if self.chance.random() < CLUMSY:
            slots = waiting(LIBRARY[made.workflow], made.p)
            tried = list(attempts(LIBRARY[made.workflow], made.p, made.scene, slots))
            again = [one for one in tried if isinstance(one.command, asked.Redo)]
            tried = again if again and self.chance.random() < DROPPED else tried
            self._do(made, walk, self.chance.choice(tried))
            return
        for command, who, second in self._rightly(made):
            if self._do(made, walk, Attempt(command, who, second)) == "":
                return

    def _rightly(self, made: Made) -> Iterator[tuple[Command, Actor, Actor | None]]:
        """Yield what a careful person does now; what comes after it is for where it was refused, and why."""
        p, slots = made.p, waiting(LIBRARY[made.workflow], made.p)
        if p.paused:
            yield asked.Resume("looked at, it goes on"), PAM, None
        if p.called:
            yield asked.Answer("go on"), PAM, None
        if p.in_process is None and p.claimed_by:
            yield asked.RecordLabel(Printed("in_process", "INPROC01", 1, "", "spool"), "first"), MACHINE, None
        if slots:
            step, worker = slots[0].step, holder(p)
            who = {"technician": worker, "pharmacist": PAM, "system": MACHINE}[step.by]
            yield (
                asked.Submit(slots[0].name, right(made.scene, slots[0].name, step.needs, who)),
                who,
                _reads(step.name, p),
            )
            if made.refused == "CLOCK":
                yield asked.ChangeGloves(gown=True), worker, None
            if made.refused in ("NO_MORE_ATTEMPTS", "TOO_MUCH_WENT_IN"):
                kind = step.name.partition("-")[0]
                group: Literal["syringe", "vial", "fluid"] = "syringe" if kind == "syringe" else "vial"
                group = "fluid" if kind == "fluid" else group
                yield asked.Redo(group, int(slots[0].unit or 1), "once more"), worker, None
        yield asked.Claim(), ANN, None
        yield asked.TakeOver(), ANN, None
        yield asked.Abort("other"), PAM, None

    def _do(self, made: Made, walk: Walk, attempt: Attempt) -> str:
        """Carry one attempt out, and have each of its events judged; return the code of its refusal, or nothing."""
        now = walk.circumstances(made.node, attempt)
        decision = decide(LIBRARY[made.workflow], made.p, attempt.command, now)
        if isinstance(decision, Refused):
            made.tried[decision.code] += 1
            assert decision.says, "every refusal says why"
            made.refused = decision.code
            return decision.code
        for event in decision:
            second = now.second.id if now.second else ""
            version = made.p.version + 1
            one = happened.Recorded(version, event, now.who.id, second, now.at, now.station, str(version))
            made.breaches += judge(made.facts, one, now)
            made.p, made.facts = evolve(made.p, one), remember(made.facts, one)
            made.log.append(one)
            made.tried[type(event).__name__] += 1
        made.at = max(made.at, now.at) + TICK
        made.refused = ""
        return ""


def _reads(step: str, p: Preparation) -> Actor | None:
    """Who reads a syringe, or a pump's screen a second time: a technician who neither has it nor set the pump; else Dana."""
    if step == "syringe-read":
        return BO if p.claimed_by == ANN.id else ANN
    set_by = p.entries.get("programme")
    if step != "programme-check" or set_by is None:
        return None
    return next((one for one in (ANN, BO) if one.id not in (p.claimed_by, set_by.who)), DANA)
