"""What the walk tries at the steps that only pumps have: wrong programmes, and second persons of every kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from workflows import facts as read
from workflows import facts_of_pumps as pumped
from workflows.circumstances import Actor
from workflows.commands import Submit
from workflows.copying import replace
from workflows.edge_names import FIRST, GOODS, MATERIALS, PAIR
from workflows.edges_in_doubt import MICROGRAM
from workflows.scene import Attempt, Scene
from workflows.worlds import ANN, BO, CY, DANA, LEE, PAM, RAE, VERA

Maker = Callable[[Scene, str, Any, Actor], Iterator[Attempt]]


def _another(who: Actor) -> Actor:
    """Return an entitled technician who does not have it."""
    return ANN if who.id == BO.id else BO


def _reservoir(_: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    yield Attempt(Submit(slot, replace(good, found=replace(good.found, part="a bottle"))), who)


def _faster(_: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    """Return a rate ten times as high, as one stroke too many makes it."""
    yield Attempt(Submit(slot, replace(good, rate_ml_h=good.rate_ml_h * 10)), who, _another(who))


def _set_to(**changes: object) -> Maker:
    """Return a maker that changes what a pump shows, read by an entitled second person."""

    def make(_: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
        yield Attempt(Submit(slot, replace(good, **changes)), who, _another(who))

    return make


def _near_the_dose(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    """Return readings of the last diluent with which what is infused is just inside, and just outside, its upper limit."""
    facts, made = scene.facts, scene.facts.opened.recipe.reservoir
    others = [
        f"fluid-full:{unit}"
        for unit in range(1, pumped.fluid_syringes(facts.opened) + 1)
        if not slot.endswith(str(unit))
    ]
    gains = [read.gained(facts, other) for other in others]
    before, drug = facts.weighing(read.first_of(slot)), read.drawn_ml(facts)
    if made is None or not made.fluid_density.g_per_ml or before is None or drug is None or None in gains:
        return
    limit = read.dose_mg(facts) * (1 + facts.opened.policy.dose_tolerance)
    fluid_ml = drug * read.strength(facts) * pumped.to_infuse_ml(facts.opened) / limit - drug
    gain = fluid_ml * made.fluid_density.g_per_ml - sum((one for one in gains if one is not None), Decimal(0))
    for off in (MICROGRAM, -MICROGRAM):
        yield Attempt(Submit(slot, replace(good, g=(before.g + gain).quantize(MICROGRAM) + off)), who)


def _alone(_: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    for second in (None, who):
        yield Attempt(Submit(slot, good), who, second)


def _read_by(*seconds: Actor) -> Maker:
    """Return a maker that keeps what a pump shows, and changes who read it."""

    def make(_: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
        for second in seconds:
            yield Attempt(Submit(slot, good), who, _another(who) if second is BO else second)

    return make


PUMP_EDGES: dict[str, Maker] = {
    "other reservoir": _reservoir,
    "other entry": _set_to(entry="OTHER"),
    "other version": _set_to(version="0"),
    "ten times the rate": _faster,
    "other hours": _set_to(hours=Decimal(1)),
    "other reservoir volume": _set_to(reservoir_ml=Decimal(777)),
    "not locked": _set_to(locked=False),
    "strength near its limit": _near_the_dose,
    "checked alone": _alone,
    "checked by whom it may not": _read_by(VERA, CY, LEE, RAE),
    "checked by another": _read_by(BO, PAM, DANA),
}
"""What each name in the edges of a pump's rules means."""
PROGRAMMED = (
    *("other entry", "other version", "ten times the rate", "other hours", "other reservoir volume", "not locked"),
)
"""What is tried wherever a programme is typed."""
TRIED_AT_PUMPS: dict[str, tuple[str, ...]] = {
    "fluid": ("other fluid", "too little of it", *GOODS),
    "reservoir": ("other reservoir", "other bag size", *MATERIALS, *GOODS),
    "fluid-empty": FIRST,
    "fluid-full": (*FIRST, *PAIR, "strength near its limit"),
    "reservoir-empty": FIRST,
    "reservoir-full": (*FIRST, *PAIR, "open too long"),
    "reservoir-closed": ("other item",),
    "programme": PROGRAMMED,
    "photo-pump": ("same picture",),
    "programme-check": (*PROGRAMMED, "checked alone", "checked by whom it may not", "checked by another"),
}
"""What is tried at the steps that only pumps have, whatever their rules."""
