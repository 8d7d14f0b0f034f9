"""Values on either side of what stands around a step: the order's standing, its recipe, recalls, what is used elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from workflows.circumstances import Actor
from workflows.commands import Submit
from workflows.copying import replace
from workflows.recipe import Recipe
from workflows.scene import Attempt, Scene
from workflows.worlds import vial_of


def withdrawn(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    """Return the right evidence where what must stand until release was taken back, and where the rest alone ran out."""
    for told in scene.world.cleared:
        over = replace(told, until=scene.at)
        yield Attempt(Submit(slot, good), who, clearances=(*scene.world.cleared, over))


def other_recipe(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    """Return vials of the other recipes there are, that of the one it was opened by among them."""
    for recipe in (scene.world.opening.recipe, *scene.world.others) if scene.world.others else ():
        if isinstance(recipe, Recipe) and recipe != scene.facts.begun.recipe:
            yield Attempt(Submit(slot, replace(good, found=replace(vial_of(recipe), unit=good.found.unit))), who)


def as_found(_: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    """Return the right signature: what it is over may be wrong of what was weighed before."""
    yield Attempt(Submit(slot, good), who)


def not_cleared(_: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    """Return the right evidence while something about the order is still to be cleared."""
    yield Attempt(Submit(slot, good), who, blocked="an allergy")


def used(_: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    """Return it where another preparation has it already."""
    yield Attempt(Submit(slot, good), who, used_by="P-2")


def recalled(_: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    """Return it where something that went in was recalled meanwhile."""
    yield Attempt(Submit(slot, good), who, recalled="the bag's lot")


def kept_from(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    """Return the right thing made of each material that the drug is kept from, beside what it is made of."""
    for one in scene.facts.opened.recipe.keeps_from:
        made = replace(good.found, materials=(*good.found.materials, one))
        yield Attempt(Submit(slot, replace(good, found=made)), who)


def of_unknown_make(scene: Scene, slot: str, good: Any, who: Actor) -> Iterator[Attempt]:
    """Return the right thing of which nobody knows what it is made of, also by a word nobody knows, where that matters."""
    for made in ((), (*good.found.materials, "Makrolon")) if scene.facts.opened.recipe.keeps_from else ():
        yield Attempt(Submit(slot, replace(good, found=replace(good.found, materials=made))), who)


AROUND_EDGES: dict[str, Callable[[Scene, str, Any, Actor], Iterator[Attempt]]] = {
    "of another recipe": other_recipe,
    "of a material it is kept from": kept_from,
    "materials not known": of_unknown_make,
    "used elsewhere": used,
    "recalled meanwhile": recalled,
    "order not cleared": not_cleared,
    "confirmation over": withdrawn,
    "as it was found": as_found,
}
"""What each of these names in a rule's `edges` means."""
