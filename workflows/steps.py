"""How a workflow is written down: steps, groups in any order, repetition a unit. A badly formed one cannot be built."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from workflows import by_weight, sharing
from workflows.evidence import Evidence, Photo, Signature
from workflows.order import Container
from workflows.preparation import Preparation
from workflows.rules.rule import Rule
from workflows.standing import AT_THE_CABINET

E = TypeVar("E", bound=Evidence)
By = Literal["technician", "pharmacist", "system"]


@dataclass(frozen=True, slots=True)
class Condition:
    """When a step belongs to a preparation."""

    says: str
    """In words, for the procedure."""
    holds: Callable[[Preparation], bool]
    """Decided on the preparation's own frozen copies, or on what a log says once for all (`Workflow._layout`)."""


ALWAYS = Condition("always", lambda _: True)


@dataclass(frozen=True, slots=True)
class Units:
    """What a step is repeated for: named units, worked out from the plan."""

    says: str
    """In words: "each vial"."""
    names: Callable[[Preparation], tuple[str, ...]]
    """The unit names, e.g. ("1", "2")."""


ONCE = Units("once", lambda _: ("",))


@dataclass(frozen=True)
class Step(Generic[E]):
    """One task: who does it, what it needs, what must hold."""

    name: str
    """Stable short name, part of every slot's name."""
    says: str
    """The instruction in the signed procedure."""
    by: By
    """Whose task it is."""
    needs: type[E]
    """The kind of evidence."""
    must: tuple[Rule[E], ...] = ()
    """Rules, judged in this order."""
    units: Units = ONCE
    """Done once for each of these."""
    when: Condition = ALWAYS
    """Whether this preparation has the step."""
    continues: bool = False
    """Finishes a physical act already begun: a clock that runs out does not interrupt it (R36)."""
    alters: bool = False
    """Liquid has moved: the reading is never simply taken back; the vial or syringe is done again (R14 b)."""
    final: bool = False
    """Cannot be taken back once accepted: liquids have met."""
    rework: bool = False
    """A pharmacist may send a preparation back to here (R27)."""
    readies: bool = False
    """Readies the person or the place: asked for only where a technician's work at the cabinet comes next."""
    stage: str = ""
    """The state the preparation is in while this step is the next one (DOMAIN 2.10)."""
    not_by_preparers: bool = False
    """Nobody who took part in preparing may do it (R25)."""

    @property
    def at_the_cabinet(self) -> bool:
        """Whether a technician does it in the cabinet (R20)."""
        return self.by == "technician" and self.stage in AT_THE_CABINET

    def slots(self, p: Preparation) -> tuple[Slot, ...]:
        """Return the slots of this step in this preparation; none if its condition does not hold."""
        if not self.when.holds(p):
            return ()
        return tuple(Slot(f"{self.name}:{unit}" if unit else self.name, self) for unit in self.units.names(p))


@dataclass(frozen=True, slots=True)
class Slot:
    """One piece of evidence that a preparation needs."""

    name: str
    """Step name and unit: vial:1, device:vial adaptor:2, approve."""
    step: Step[Any]
    """The step it belongs to."""

    @property
    def unit(self) -> str:
        """The unit's name; empty where the step is done once."""
        return self.name.partition(":")[2]


@dataclass(frozen=True, slots=True)
class AnyOrder:
    """Steps whose slots may be filled in any order."""

    says: str
    """What the group is, for the procedure."""
    steps: tuple[Step[Any], ...]
    """At least two."""


@dataclass(frozen=True, slots=True)
class ForEach:
    """Steps done one after the other for one unit, then for the next."""

    units: Units
    """The units, in order."""
    steps: tuple[Step[Any], ...]
    """All with the same units."""


@dataclass(frozen=True, slots=True)
class Moved:
    """Another place at which a picture may be taken, where a site's policy says so. Nothing but a picture is ever moved."""

    to: str
    """What a policy calls it: empty vials after labelling."""
    step: Step[Any]
    """The picture, as it is taken here."""

    @property
    def steps(self) -> tuple[Step[Any], ...]:
        """None of its own: it is counted where it usually stands."""
        return ()


Part = Step[Any] | AnyOrder | ForEach | Moved
LAYOUTS_KEPT = 500
"""How many preparations' slots are remembered."""
_LAID_OUT: dict[tuple[object, ...], Layout] = {}
"""Slots by the identity of what they rest on."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The slots of one preparation."""

    copies: object
    """What they rest on, held so that an identity cannot be used again."""
    groups: tuple[tuple[Slot, ...], ...]
    """In order; inside a group any order is right."""
    slots: tuple[Slot, ...]
    """All of them, in order."""


@dataclass(frozen=True, slots=True)
class Workflow:
    """A standard operating procedure, declared."""

    name: str
    """E.g. iv-bag-gravimetric."""
    version: int
    """From 1; a change of steps or rules is a new version."""
    says: str
    """What it makes, in one sentence."""
    makes: tuple[Container, ...]
    """The final containers it fills: an order for another one is not opened by it."""
    parts: tuple[Part, ...]
    """In order."""
    counts: bool = False
    """Whether units are counted (R54); else every amount is weighed, or read by volume."""
    by_volume: bool = False
    """Whether volumes are read off syringes instead of weighed (R13)."""

    def __post_init__(self) -> None:
        """Refuse a badly formed workflow. Raises ValueError with the reason."""
        names = [step.name for step in self.steps()]
        if len(set(names)) != len(names):
            raise ValueError(f"{self.name}: a step name occurs twice")
        if not any(step.not_by_preparers and step.by == "pharmacist" for step in self.steps()):
            raise ValueError(f"{self.name}: no pharmacist judges it independently")
        for part in self.parts:
            self._check(part)
            if isinstance(part, Moved):
                self._check_moved(part)

    def _check(self, part: Part) -> None:
        steps = (part,) if isinstance(part, Step) else part.steps
        for step in steps:
            if not step.says or ":" in step.name:
                raise ValueError(f"{self.name}: step {step.name!r} needs words and a name without a colon")
            if step.by == "technician" and not step.must:
                raise ValueError(f"{self.name}: step {step.name!r} judges nothing")
            if isinstance(part, ForEach) and step.units is not part.units:
                raise ValueError(f"{self.name}: step {step.name!r} is not repeated with its group")
        if isinstance(part, AnyOrder) and any(step.continues for step in steps):
            raise ValueError(f"{self.name}: a step that continues another has a fixed order")

    def _check_moved(self, moved: Moved) -> None:
        """Refuse a move of anything but a picture that a site may be without, or past a signature or a transfer."""
        usual = next((part for part in self.parts if isinstance(part, Step) and part.name == moved.step.name), None)
        if usual is None or usual.needs is not Photo or usual.when is ALWAYS:
            raise ValueError(f"{self.name}: {moved.step.name} is no picture that a site may be without")
        first, last = sorted((self.parts.index(usual), self.parts.index(moved)))
        for part in self.parts[first : last + 1]:
            for step in (part,) if isinstance(part, Step) else part.steps:
                if step.needs is Signature or step.final or step.alters:
                    raise ValueError(f"{self.name}: {moved.step.name} is moved past {step.name}")

    def moves(self) -> tuple[str, ...]:
        """Return what a policy may say of this workflow's pictures: where else each may be taken."""
        return tuple(part.to for part in self.parts if isinstance(part, Moved))

    def steps(self) -> Iterator[Step[Any]]:
        """Yield every step, in order; a picture that may be moved where it usually stands."""
        for part in self.parts:
            yield from (part,) if isinstance(part, Step) else part.steps

    def groups(self, p: Preparation) -> tuple[tuple[Slot, ...], ...]:
        """Return the groups of slots in order; inside a group any order is right.

        They rest on the preparation's frozen copies, on the order's route, on whether too much was drawn, on which vials had
        been opened before and on what was weighed of counted units, so they are laid out once for each.
        """
        return self._layout(p).groups

    def _layout(self, p: Preparation) -> Layout:
        own = by_weight.stages(p) if p.counts else sharing.opened_units(p)
        name = (id(self), id(p.planned), id(p.master), id(p.policy), p.overdrawn, p.order.route, own)
        known = _LAID_OUT.get(name)
        if known is None:
            if len(_LAID_OUT) >= LAYOUTS_KEPT:
                _LAID_OUT.clear()
            groups = tuple(self._lay_out(p))
            slots = tuple(slot for group in groups for slot in group)
            known = _LAID_OUT[name] = Layout((self, p.planned, p.master, p.policy), groups, slots)
        return known

    def _lay_out(self, p: Preparation) -> Iterator[tuple[Slot, ...]]:
        moved = [part for part in self.parts if isinstance(part, Moved) and part.to in p.policy.moves]
        away = {part.step.name for part in moved}
        for part in self.parts:
            if isinstance(part, AnyOrder):
                yield tuple(slot for step in part.steps for slot in step.slots(p))
            elif isinstance(part, ForEach):
                for unit in part.units.names(p):
                    for step in part.steps:
                        yield tuple(slot for slot in step.slots(p) if slot.unit == unit)
            elif part in moved or (isinstance(part, Step) and part.name not in away):
                for slot in (part.step if isinstance(part, Moved) else part).slots(p):
                    yield (slot,)

    def slots(self, p: Preparation) -> tuple[Slot, ...]:
        """Return all slots in order."""
        return self._layout(p).slots

    def open_slots(self, p: Preparation) -> tuple[Slot, ...]:
        """Return the slots that may be filled now: the unfilled ones of the first group that has any.

        Nobody scans a cabinet or puts on gloves for work that a pharmacist or a printer does next, or for none.
        """
        filled = p.entries
        readying: tuple[Slot, ...] = ()
        for group in self._layout(p).groups:
            for slot in group:
                if slot.name not in filled:
                    break
            else:
                continue
            if not slot.step.readies:
                ready_first = readying and slot.step.at_the_cabinet
                return readying if ready_first else tuple(one for one in group if one.name not in filled)
            readying = readying or tuple(one for one in group if one.name not in filled)
        return ()
