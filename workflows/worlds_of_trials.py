"""The small pharmacies that make doses of a clinical trial, out of its own stock. All fictitious."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from workflows.assigned import Assigned
from workflows.recipe import Recipe
from workflows.worlds import ONE_OF_EACH, World
from workflows.worlds_of_counts import COUNT_WORLDS
from workflows.worlds_of_oral import ORAL_WORLDS
from workflows.worlds_of_pumps import FILLED_WITH_MORE, OF_ITS_OWN
from workflows.worlds_of_syringes import ONE_SYRINGE
from workflows.worlds_of_volumes import SMALL_BAG, SMALL_SYRINGE

PROTOCOL = "DEMO-301"
FOR = Assigned("301-0042", ("K-17",), "pam", "bo")


def of_a_trial(name: str, world: World, number: str = PROTOCOL, assigned: Assigned | None = FOR) -> World:
    """Return a world whose order names the protocol `number`, by a recipe of the trial that assigns kits."""
    asked = world.opening
    if not isinstance(asked.recipe, Recipe):
        raise ValueError("what is counted is of no trial")
    recipe = replace(asked.recipe, protocol=PROTOCOL, sponsor="Demo Oncology", assigned_kits=True)
    order = replace(asked.order, protocol=f"{number}, arm B")
    goods = (replace(world.goods[0], protocol=PROTOCOL, kit="K-17"), *world.goods[1:])
    opening = replace(asked, order=order, recipe=recipe, trial=assigned, policy=replace(asked.policy, requires=()))
    return replace(world, name=name, opening=opening, goods=goods, departures=0, in_order=True, cleared=(), trials=True)


ITS_OWN = of_a_trial("a liquid of a trial, of the assigned kit", ONE_OF_EACH)
OTHER_PROTOCOL = replace(
    of_a_trial("an order of another trial", ONE_OF_EACH, "DEMO-3010"), never_opened="OTHER_PROTOCOL"
)
NOBODY = replace(of_a_trial("a trial's order without a subject", ONE_OF_EACH, assigned=None), never_opened="NO_SUBJECT")
ALONE = replace(
    of_a_trial("a trial's order that one person entered", ONE_OF_EACH, assigned=replace(FOR, second="pam")),
    never_opened="NOT_COMPARED",
)
WITHOUT_A_KIT = replace(
    of_a_trial("a trial's order without its kit", ONE_OF_EACH, assigned=replace(FOR, kits=())), never_opened="NO_KIT"
)
TRIAL_BAGS = (ITS_OWN, OTHER_PROTOCOL, NOBODY, ALONE, WITHOUT_A_KIT)
"""What is walked of bags besides; the last four are never opened."""


def beside_trials(world: World) -> World:
    """Return a world of a normal dose in a pharmacy that has stock of trials too, which never goes in."""
    name = f"{world.name}, beside stock of trials"
    return replace(world, name=name, departures=0, only=frozenset(), in_order=True, doubts=False, trials=True)


NORMAL: Mapping[str, World] = {
    "iv-bag-gravimetric": ONE_OF_EACH,
    "iv-syringe-gravimetric": ONE_SYRINGE,
    "cadd-cassette-gravimetric": FILLED_WITH_MORE,
    "elastomeric-pump-gravimetric": OF_ITS_OWN,
    "oral-count": COUNT_WORLDS[0],
    "oral-liquid-gravimetric": ORAL_WORLDS[0],
    "iv-bag-by-volume": SMALL_BAG,
    "iv-syringe-by-volume": SMALL_SYRINGE,
}
"""The plainest world of each workflow, by its name."""
BESIDE = {name: beside_trials(world) for name, world in NORMAL.items()}
"""What is walked of every other workflow besides: the stock of a trial is scanned for a normal dose."""
