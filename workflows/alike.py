"""When two states are one to the walk: all that can still matter of a preparation, of the checker's memory, of the time.

Two states with one key answer everything alike; a test holds the walk to it on random runs that nothing cuts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from workflows import by_weight, sharing
from workflows import facts as read
from workflows.alike_opened import of_opened
from workflows.closing import poured
from workflows.entries import Entry
from workflows.evidence import Container, Count, Scan, VolumeRead, Weighing
from workflows.facts import Facts, beyond_use
from workflows.loads import together
from workflows.preparation import Preparation
from workflows.properties import OWN_STOPS
from workflows.properties_of_containers import in_turn
from workflows.standing import WASTE_WORN
from workflows.steps import Workflow
from workflows.worlds import AGAIN, CALL, CLOCK, ENTRY, LATER, LIMIT, ORDER, OUTSIDE, PERSON, STOP, UNMARKED

CHECKERS = frozenset({"pam", "dana", "eve"})
"""Who may approve, unless they took part: the only people whose part in the preparing has to be told apart."""
BROUGHT = frozenset({"vial", "stock", "diluent", "base", "fluid", "reservoir", "device", "dispenser", "waste"})
"""Steps that bring a container in, or account for them all."""
OPENED = "opened "
"""How the tag of a vial begins that was opened before: what is left in it follows. It is nothing out of the way."""
COUNTS_ITS_TRIES = (*read.PAIRS, "vial-after", "syringe-read")
"""Steps that may be tried a few times only (R14)."""
AT_A_LIMIT = ("low", "high", "mean")
"""What the walk notes of a reading at its limit."""
LEFT_OUT = {
    "version": "only ever compared: a new event is later than all before it",
    "digest": "a new one with each event; a signature is over the last",
    "workflow": "one in a walk",
    "workflow_version": "one in a walk",
    "order": "one in a world",
    "policy": "one in a world",
    "planned": "it follows from the master, which is in the key",
    "patient": "read by no rule",
    "patient_digest": "read by no rule",
    "replaces": "read by no rule",
    "near_misses": "a rule reads what they come to: attempts, moved, spent",
    "station": "stations are alike but for their cabinet: whether the cabinet scanned is this one's is in the key",
    "cabinet": "read by people; its category, and whether it is this station's, are in the key",
    "latest_at": "the walk's time never goes back",
    "first_scans": "it moves a limit by moments, which the walk tries at the limit itself",
    "pictures": "every picture of the walk is new, but for those handed in twice on purpose",
    "reworks": "counted for the record",
    "labels": "copies are alike; whether a final one was printed before is in the key while one is to be printed",
    "waivers": "counted for the record",
    "notes": "read by people",
}
"""Fields of a preparation that make no state different from another, with the reason. Every other one is in the key."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What the filled slots say, worked out once for a set of entries."""

    slots: frozenset[str]
    """Their names."""
    tags: frozenset[tuple[str, str, str]]
    """Step, unit and what sets their evidence apart from plain right evidence."""
    begun: tuple[datetime, ...]
    """When each first reading was accepted that still waits for its second one."""
    weighed_at: datetime
    """When the latest reading was taken that still stands."""
    newest: tuple[Entry, ...]
    """What was filled, the last first."""
    inside: int
    """How many containers they brought in."""


class Alike:
    """Tells the states of one workflow apart."""

    def __init__(self, workflow: Workflow) -> None:
        """Tell apart the states of `workflow`."""
        self._workflow = workflow
        self._steps = {step.name: step for step in workflow.steps()}
        self._of: object = None
        self._filled = _filled(None)
        self._rests_on: tuple[object, ...] = (None, None, None)
        self._limit: datetime | None = None

    def key(self, p: Preparation, facts: Facts, at: datetime) -> object:
        """Return what makes a state different from another: all that can matter, nothing that only counts up."""
        if p.closed or facts.closed:
            return "closed", p.outcome, p.closed, facts.closed
        if p.outcome:
            return self._ended(p, facts, at)
        filled = self.filled(p)
        return (
            (p.master.name, p.master.version),
            filled.slots,
            filled.tags,
            tuple(self._undoable(p, filled)),
            p.paused,
            p.order_state,
            bool(p.called),
            self._clocks(p, facts, at, filled),
            p.hands & CHECKERS,
            p.claimed_by if p.claimed_by in CHECKERS else bool(p.claimed_by),
            (_tries(p, filled), *of_opened(p, filled.slots)),
            _on_the_pan(p, filled),
            frozenset((one.role, one.amount_mg, one.opened is None) for one in p.set_aside),
            _happened(p, facts),
            p.in_process is None,
            (p.started_at is None, p.touched),
            (p.gloves_at is None, p.gown_at is None),
            p.category,
            (p.diluted, p.overdrawn),
            (p.moved - filled.slots, p.spent - filled.slots),
            "label-print" not in filled.slots and any(one.label_kind == "final" for one in p.labels),
            p.last_weighed_at is not None and p.last_weighed_at > filled.weighed_at,
            (_setters(p), _drew(p, filled), _vouching(p)),
            _apart(p, facts, filled),
        )

    def departures(self, p: Preparation, facts: Facts, at: datetime) -> tuple[str, ...]:
        """Return what stands apart from a straight run, a word of `worlds.DEPARTURES` for each thing."""
        filled = self.filled(p)
        gloves, gown, late, old, stale = self._clocks(p, facts, at, filled)
        changed = p.order_state != "current"
        counted = {
            STOP: bool(p.paused) and not (changed and p.paused == "order change"),
            ORDER: changed,
            CALL: bool(p.called),
            CLOCK: (gloves or gown) + late + (old > gloves) + (stale > (late or gloves or gown)),
            OUTSIDE: bool(p.overdrawn or _tries(p, filled) or p.moved - filled.slots - _injecting(filled)),
            PERSON: len(p.hands & CHECKERS),
            AGAIN: self._again(p, filled),
            UNMARKED: p.in_process is None and "cabinet" in p.entries,
        }
        tags = {(step, what) for step, _, what in filled.tags if not what.startswith(OPENED)}
        kinds = [LIMIT if what in AT_A_LIMIT else ENTRY for _, what in tags]
        return (*(kind for kind, times in counted.items() for _ in range(times)), *kinds)

    def filled(self, p: Preparation) -> Filled:
        """Return what the filled slots say; the last answer is remembered, for most attempts leave them as they are."""
        if p.entries is not self._of:
            self._filled, self._of = _filled(p), p.entries
        return self._filled

    def _clocks(self, p: Preparation, facts: Facts, at: datetime, filled: Filled) -> tuple[bool, ...]:
        """Return which clocks have run out: gloves, gown, beyond use, a first reading that still waits, opened vials."""
        gloves = p.gloves_at is not None and at - p.gloves_at >= timedelta(minutes=p.policy.glove_minutes)
        gown = p.gown_at is not None and at - p.gown_at >= timedelta(minutes=p.policy.gown_minutes)
        limit, good = self._limit_of(facts), timedelta(minutes=p.policy.pair_minutes)
        until = read.opened_until(facts) if read.last_transfer(facts) not in filled.slots else None
        late, stale = (moment is not None and moment <= at for moment in (limit, until))
        return gloves, gown, late, any(at - one > good for one in filled.begun), stale

    def _limit_of(self, facts: Facts) -> datetime | None:
        rests_on = (facts.inside, facts.started_at, facts.category)
        if not all(one is other for one, other in zip(rests_on, self._rests_on, strict=True)):
            self._limit, self._rests_on = beyond_use(facts), rests_on
        return self._limit

    def _ended(self, p: Preparation, facts: Facts, at: datetime) -> object:
        brought = frozenset(step for slot in p.entries if (step := slot.partition(":")[0]) in BROUGHT)
        return (
            sum(slot.startswith(f"{WASTE_WORN}:") for slot in p.entries),
            p.outcome,
            p.master.name,
            brought,
            (bool(p.started_at), p.touched, poured(p)),
            frozenset((one.role, one.amount_mg, one.opened is None) for one in p.set_aside),
            () if p.started_at else _happened(p, facts),
            facts.outcome,
            self._left(p, facts, at),
        )

    def _left(self, p: Preparation, facts: Facts, at: datetime) -> object:
        """Return what tells one released dose from another as long as its opened vials may still be kept."""
        if p.outcome != "released" or not sharing.shares(p):
            return ()
        until, tags = read.opened_until(facts), self.filled(p).tags
        return (
            frozenset(one.slot for one in sharing.kept(p)),
            (
                len(facts.stored),
                facts.waits.slot if facts.waits else "",
                out.slot if (out := sharing.set_apart(p)) else "",
            ),
            frozenset(tag for tag in tags if tag[2] == "waived" or tag[2].startswith(OPENED)),
            until is not None and until <= at,
            _happened(p, facts),
            p.claimed_by in CHECKERS,
        )

    def _again(self, p: Preparation, filled: Filled) -> bool:
        """Say whether something is done again or out of its turn, or BACK can still tell that somebody took over."""
        if p.set_aside:
            return True
        gap = False
        for group in self._workflow.groups(p):
            done = sum(slot.name in filled.slots for slot in group)
            if gap and done:
                return True
            gap = gap or done < len(group)
        return {*self._undoable(p, filled)} != {*self._undoable_in_turn(p, filled)}

    def _undoable(self, p: Preparation, filled: Filled) -> Iterator[str]:
        """Yield the slots that BACK would open one after the other, as far as it can reach."""
        for one in filled.newest:
            if one.version < p.turned_at or one.evidence is None or self._stays(p, one.slot.partition(":")[0]):
                return
            yield one.slot

    def _undoable_in_turn(self, p: Preparation, filled: Filled) -> Iterator[str]:
        """Yield what BACK would open had everything been done once, in turn, by one technician."""
        for slot in reversed(self._workflow.slots(p)):
            if slot.name in filled.slots:
                if self._stays(p, slot.step.name):
                    return
                yield slot.name

    def _stays(self, p: Preparation, name: str) -> bool:
        """Say whether nothing of this step is ever taken back as the preparation stands."""
        step = self._steps[name]
        return step.by != "technician" or step.alters or step.final or (p.started_at is not None and name in BROUGHT)


def _happened(p: Preparation, facts: Facts) -> tuple[object, ...]:
    """Return what speaks against keeping a vial of it, or against putting an opened one back, as both memories have it."""
    if p.counts or not sharing.shares(p):
        return ()
    unlike = p.started_at is None and any("NOT_AS_KEPT" in one.codes for one in p.near_misses)
    carried = tuple(sharing.carried(p, str(unit)) for unit in range(1, p.plan.vials + 1))
    return (
        facts.harmed,
        sharing.harmed(p),
        facts.unlike and p.started_at is None,
        unlike,
        bool(facts.carried_at),
        carried,
    )


def _setters(p: Preparation) -> tuple[bool, bool, frozenset[str]]:
    """Return whether whoever has it ever set its pump, whether another technician did, and who of the checkers: none reads it."""
    others = p.set_by - CHECKERS - {p.claimed_by}
    return p.claimed_by in p.set_by, bool(others), p.set_by & CHECKERS


def _filled(p: Preparation | None) -> Filled:
    entries, loads = (p.entries, p.loads) if p is not None else ({}, {})
    usual = (p.counts.count, p.counted_by.bottle_holds) if p and p.counts and p.counted_by else (0, 0)
    aim = None if p is None or p.counts else p.plan.draw.volume_ml
    weighed = [one.evidence.taken_at for one in entries.values() if isinstance(one.evidence, Weighing)]
    return Filled(
        frozenset(entries),
        frozenset(
            tag
            for slot, one in entries.items()
            for tag in (*_tags(slot, one, loads.get(slot, ()), usual), _misread(slot, one.evidence, aim))
            if tag
        ),
        tuple(_begun(entries)),
        max(weighed, default=read.NEVER),
        tuple(sorted(entries.values(), key=lambda one: -one.version)),
        sum(isinstance(one.evidence, Scan) and isinstance(one.evidence.found, Container) for one in entries.values()),
    )


def _tags(
    slot: str, entry: Entry, load: tuple[Weighing, ...], usual: tuple[int, int]
) -> Iterator[tuple[str, str, str]]:
    """Yield what is out of the ordinary about an entry; of an opened vial also how its label was read, and its expiry."""
    if tag := _tag(slot, entry, load, usual):
        yield tag
        step, unit, what = tag
        if what.startswith(OPENED) and isinstance(entry.evidence, Scan):
            said = {"typed": entry.evidence.how == "typed", "short-dated": _is_short_dated(entry.evidence)}
            yield from ((step, unit, word) for word, so in said.items() if so)


def _tag(slot: str, entry: Entry, load: tuple[Weighing, ...], usual: tuple[int, int]) -> tuple[str, str, str] | None:
    """Return step, unit and what is out of the ordinary about an entry; None for plain right evidence.

    `usual` is how many are to be counted, and how many are in a full stock bottle.
    """
    step, _, unit = slot.partition(":")
    evidence, what = entry.evidence, ""
    if evidence is None:
        what = "waived"
    elif isinstance(evidence, Count) and evidence.number != usual[0]:
        what = f"counted {evidence.number}"
    elif isinstance(evidence, Scan) and isinstance(evidence.found, Container) and evidence.found.opened:
        what = f"{OPENED}{evidence.found.opened.left_ml}"
    elif isinstance(evidence, Scan) and evidence.how == "typed":
        what = "typed"
    elif isinstance(evidence, Scan) and _is_short_dated(evidence):
        what = "short-dated"
    elif isinstance(evidence, Scan) and _left(evidence) not in (None, usual[1]):
        what = f"{_left(evidence)} left"
    elif isinstance(evidence, Weighing) and len(load) > 1:
        return step, f"{unit} {together(evidence, load).g}", "mean"
    elif isinstance(evidence, Weighing) and evidence.raw:
        what = evidence.raw[0]
    return (step, unit, what) if what else None


def _misread(slot: str, evidence: object, aim: Decimal | None) -> tuple[str, str, str] | None:
    """Return step, unit and the volume where another one was read than was planned."""
    if not isinstance(evidence, VolumeRead) or evidence.volume_ml == aim:
        return None
    step, _, unit = slot.partition(":")
    return step, unit, f"read {evidence.volume_ml}"


def _drew(p: Preparation, filled: Filled) -> frozenset[tuple[str, str | bool]]:
    """Return who drew each syringe that is still to be read: whoever has it, one of the checkers, or another: none reads it."""
    shown = ((slot, one.who) for slot, one in p.entries.items() if slot.startswith("syringe-photo"))
    waits = ((slot, who) for slot, who in shown if slot.replace("photo", "read") not in filled.slots)
    return frozenset((slot, who if who in CHECKERS else who == p.claimed_by) for slot, who in waits)


def _vouching(p: Preparation) -> tuple[object, ...]:
    """Return who ever had it, and who confirmed what a policy adds as second person: nobody vouches for their own work."""
    if not any(one.by == "second person" for one in p.policy.adds):
        return ()
    held = len(p.held_by) > 1, p.held_by & CHECKERS
    given = ((slot, one.second) for slot, one in p.entries.items() if slot.startswith("added-") and one.second)
    return held, frozenset((slot, who if who in CHECKERS else who in p.held_by) for slot, who in given)


def _left(scan: Scan) -> int | None:
    return scan.found.left if isinstance(scan.found, Container) else None


def _is_short_dated(scan: Scan) -> bool:
    found = scan.found
    return isinstance(found, Container) and found.expiry is not None and found.expiry < LATER and found.role != "device"


def _begun(entries: Mapping[str, Entry]) -> Iterator[datetime]:
    for after, before in read.PAIRS.items():
        for slot, entry in entries.items():
            step, colon, unit = slot.partition(":")
            if step == before and f"{after}{colon}{unit}" not in entries:
                yield entry.at
    if by_weight.EMPTY in entries and by_weight.ALL not in entries:
        yield entries[by_weight.EMPTY].at


def _injecting(filled: Filled) -> frozenset[str]:
    """Return the bag's second reading where used syringes were weighed: that liquids have met is nothing out of the way."""
    used = any(slot.startswith("syringe-used") for slot in filled.slots)
    return frozenset(read.MIXED) if used else frozenset()


def _tries(p: Preparation, filled: Filled) -> frozenset[tuple[str, int]]:
    """Return the weighings that were outside, by slot, while their slot is open: once filled, only a new object opens it."""
    most = p.policy.max_attempts
    waits = ((slot, min(tries, most)) for slot, tries in p.attempts.items() if slot not in filled.slots)
    return frozenset((slot, tries) for slot, tries in waits if slot.partition(":")[0] in COUNTS_ITS_TRIES)


def _on_the_pan(p: Preparation, filled: Filled) -> frozenset[tuple[str, int, Decimal]]:
    """Return how many readings each load has that may be weighed again, and their sum: the next one is judged with them."""
    again = (slot for slot in p.loads if slot not in filled.slots and p.attempts.get(slot, 0) < p.policy.max_attempts)
    return frozenset((slot, len(p.loads[slot]), sum((one.g for one in p.loads[slot]), Decimal(0))) for slot in again)


def _apart(p: Preparation, facts: Facts, filled: Filled) -> tuple[object, ...]:
    """Return where the checker's memory differs from the preparation's own: nowhere, unless one of them is wrong."""
    cabinet, approval = facts.kept.get("cabinet"), facts.kept.get("approve")
    return (
        frozenset(facts.kept.keys() ^ filled.slots),
        facts.order,
        bool(facts.stops),
        bool(facts.stops - OWN_STOPS),
        (facts.preparers & CHECKERS ^ p.hands & CHECKERS, facts.set_by ^ p.set_by, facts.held_by ^ p.held_by),
        (facts.gloves_at == p.gloves_at, facts.gown_at == p.gown_at, facts.started_at == p.started_at),
        (facts.holder == p.claimed_by, facts.station == p.station, facts.category == (p.category or 0)),
        (p.final_label() in (None, facts.final), facts.in_process == p.in_process),
        (facts.diluted == p.diluted, facts.called == bool(p.called), in_turn(facts)),
        (facts.weighed_at == (p.last_weighed_at or read.NEVER), facts.beyond == p.overdrawn),
        cabinet is None or cabinet.station == facts.station,
        (facts.outcome, facts.apart),
        (facts.moved ^ p.moved, facts.over ^ p.spent),
        frozenset(facts.loads.keys() ^ p.loads.keys()),
        frozenset(slot for slot in p.loads if len(p.loads[slot]) != len(facts.loads.get(slot, ()))),
        approval is not None and approval.version < facts.changed_at,
        len(facts.inside) - filled.inside,
        facts.begun.recipe == p.master,
        len(facts.aside) - len(p.set_aside),
        frozenset((slot, n) for slot, n in facts.outside.items() if n > p.attempts.get(slot, 0)),
    )
