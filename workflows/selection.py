"""Which vials waste least for a dose, seen with the doses that wait behind it: opened ones first, the oldest limit first (R32).

A proposal, never a rule: what the technician scans is judged by the rules alone. An opened vial stands in for one sealed vial of
a dose, so the fewest sealed vials are opened where the most doses get an opened one that is enough: a matching, and the waste
of the whole queue is what was opened less what is ordered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from workflows.wording import amount, rounded


@dataclass(frozen=True, slots=True)
class Wanted:
    """One dose of the queue."""

    name: str
    """What tells it from the others: its preparation."""
    volume_ml: Decimal
    """mL of drug solution that it needs, above 0."""
    sealed: int
    """Vials that it takes if all are sealed, 1 or more."""
    least_ml: Decimal
    """mL that an opened vial has to give in the place of one of them: the rest of the dose, or its own syringe's share."""
    at: datetime
    """When it is to be made, UTC: an opened vial whose limit is over by then is no use to it."""


@dataclass(frozen=True, slots=True)
class Open:
    """One opened vial that may be used."""

    name: str
    """Its unit label."""
    left_ml: Decimal
    """mL left in it."""
    sure_ml: Decimal
    """mL of that which surely come out."""
    until: datetime
    """End of its in-use limit, UTC."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What one dose takes."""

    dose: str
    """Which dose."""
    opened: str
    """The opened vial that it takes; empty for none."""
    sealed: int
    """How many sealed vials it opens."""
    left_ml: Decimal
    """mL that are then left of all of them, overfill not counted."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the first dose of a queue takes, and what that saves."""

    choice: Choice
    """What it takes."""
    others: tuple[Choice, ...]
    """What the doses behind it take then."""
    waste_ml: Decimal
    """mL left of everything, the whole queue and every opened vial counted."""
    next_best: Choice | None
    """What it takes if not that: an opened vial less, or another one; None where there is nothing to choose."""
    next_waste_ml: Decimal
    """mL left of everything then."""

    def says(self, vial_ml: Decimal, mg_ml: Decimal) -> str:
        """Return the proposal and its reason in words, with mg by the label's strength."""
        first = f"Take {_vials(self.choice, vial_ml)}: {_left(self.choice.left_ml, mg_ml)} left."
        if self.next_best is None:
            return f"{first} No opened vial is enough for it."
        other = f"{_vials(self.next_best, vial_ml)}: {_left(self.next_best.left_ml, mg_ml)} left"
        saved = self.next_waste_ml - self.waste_ml
        if saved > 0:
            return f"{first} Next best is {other}; over all that waits that wastes {_left(saved, mg_ml)} more."
        return f"{first} Next best is {other}, which wastes no more over all that waits; the older limit goes first."


def _left(ml: Decimal, mg_ml: Decimal) -> str:
    return f"{amount(rounded(ml, 2))} mL = {amount(rounded(ml * mg_ml, 1))} mg"


def _vials(choice: Choice, vial_ml: Decimal) -> str:
    sealed = f"{choice.sealed} sealed of {amount(vial_ml)} mL" if choice.sealed else ""
    opened = f"opened {choice.opened}" if choice.opened else ""
    return " and ".join(part for part in (opened, sealed) if part)


def proposal(queue: Sequence[Wanted], opened: Sequence[Open], vial_ml: Decimal) -> Proposal:
    """Return what the first dose of `queue` takes so that all of them together waste least. Raises ValueError for no queue.

    Among what wastes the same the first dose gets an opened vial before the others, and the one that runs out first.
    """
    if not queue:
        raise ValueError("there is no dose to choose vials for")
    first, rest = queue[0], queue[1:]
    stock = sorted(opened, key=lambda one: (one.until, one.left_ml, one.name))
    ways = [_way(first, rest, one, stock, vial_ml) for one in (*(one for one in stock if fits(one, first)), None)]
    best, *others = sorted(
        ways, key=lambda way: way.waste_ml
    )  # a stable sort: the oldest limit stays first, no vial last
    if not others:
        return best
    return Proposal(best.choice, best.others, best.waste_ml, others[0].choice, others[0].waste_ml)


def fits(one: Open, dose: Wanted) -> bool:
    """Say whether an opened vial can stand in for one of the sealed vials of a dose, and is still good when it is made."""
    return one.sure_ml >= dose.least_ml and one.until > dose.at


def _way(
    first: Wanted, rest: Sequence[Wanted], taken: Open | None, stock: Sequence[Open], vial_ml: Decimal
) -> Proposal:
    """Return what becomes of everything if the first dose takes this opened vial, or none, and the others do their best."""
    free = [one for one in stock if one is not taken]
    pairs = matched(rest, free)
    choices = tuple(_choice(dose, pairs.get(dose.name), vial_ml) for dose in rest)
    own = _choice(first, taken, vial_ml)
    used = {one.name for one in pairs.values()} | ({taken.name} if taken else set())
    unused = sum((one.left_ml for one in stock if one.name not in used), Decimal(0))
    waste = unused + sum((one.left_ml for one in (own, *choices)), Decimal(0))
    return Proposal(own, choices, waste, None, waste)


def _choice(dose: Wanted, taken: Open | None, vial_ml: Decimal) -> Choice:
    sealed = dose.sealed - (taken is not None)
    held = vial_ml * sealed + (taken.left_ml if taken else Decimal(0))
    return Choice(dose.name, taken.name if taken else "", sealed, held - dose.volume_ml)


def matched(queue: Sequence[Wanted], stock: Sequence[Open]) -> dict[str, Open]:
    """Return which doses take which opened vials, as many as can: by augmenting paths, each dose in its turn."""
    given: dict[str, Wanted] = {}
    by_name = {one.name: one for one in stock}

    def finds(dose: Wanted, seen: set[str]) -> bool:
        for one in stock:
            if one.name in seen or not fits(one, dose):
                continue
            seen.add(one.name)
            holder = given.get(one.name)
            if holder is None or finds(holder, seen):
                given[one.name] = dose
                return True
        return False

    for dose in queue:
        finds(dose, set())
    return {dose.name: by_name[name] for name, dose in given.items()}
