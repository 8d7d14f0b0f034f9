"""What a rule is: a sentence, a check over one case, and who may accept what it finds. `waived_by` belongs to the rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from workflows.circumstances import Circumstances
from workflows.findings import Finding
from workflows.preparation import Preparation

E = TypeVar("E")


@dataclass(frozen=True)
class Case(Generic[E]):
    """One piece of evidence, tried for one slot."""

    preparation: Preparation
    """As it stands before."""
    slot: str
    """Full name of the slot, e.g. syringe-full:2."""
    evidence: E
    """What was handed in."""
    now: Circumstances
    """Time, person, second person, balance."""

    @property
    def unit(self) -> int:
        """Number behind the slot's colon; 0 where the step is done once or its units are named."""
        _, _, tail = self.slot.partition(":")
        return int(tail) if tail.isdigit() else 0

    @property
    def item(self) -> str:
        """Text behind the slot's first colon, without a trailing piece number: a named unit."""
        _, _, tail = self.slot.partition(":")
        name, _, number = tail.rpartition(":")
        return name if number.isdigit() and name else tail


@dataclass(frozen=True)
class Rule(Generic[E]):
    """One thing that must hold of a piece of evidence."""

    says: str
    """The sentence in the signed procedure."""
    check: Callable[[Case[E]], Finding | None]
    """Returns None where it holds."""
    waives: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Finding codes of this rule that may be accepted, with the roles that may."""
    edges: tuple[str, ...] = ()
    """Names of the values on either side of its limit, which the walk tries."""

    def waived_by(self, code: str) -> tuple[str, ...]:
        """Return the roles that may accept the finding `code`; empty for nobody."""
        return next((roles for held, roles in self.waives if held == code), ())
