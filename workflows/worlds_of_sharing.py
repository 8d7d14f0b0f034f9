"""The small pharmacies in which vials serve several doses: opened ones are brought in, and kept. All fictitious."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from workflows.commands import Open
from workflows.recipe import Recipe
from workflows.worlds import AGAIN, ONE_OF_EACH, PERSON, STOP, TWO_VIALS, WITH_DEVICES, World
from workflows.worlds_of_pumps import FILLED_WITH_MORE, OF_ITS_OWN
from workflows.worlds_of_syringes import ONE_SYRINGE


def shared(
    name: str,
    world: World,
    departures: int,
    *only: str,
    trial: bool = False,
    in_order: bool = True,
    weighed: bool = True,
) -> World:
    """Return a world whose site and recipe share vials, kept by closed-system devices, with nothing asked of the order.

    `weighed`: the site weighs its vials after the draws.
    """
    asked = world.opening
    if not isinstance(asked.recipe, Recipe):
        raise ValueError("what is counted shares no vials")
    making = replace(asked.recipe.reconstitution, mode="A") if asked.recipe.reconstitution else None
    recipe = replace(asked.recipe, may_be_shared=True, single_dose=True, reconstitution=making)
    recipe = replace(recipe, opened_h=Decimal(6), cstd_brand="Demosafe")
    policy = replace(asked.policy, share_vials=True, weigh_vials=weighed, cstd=True, requires=(), photos=("final",))
    if recipe.hold:
        policy = replace(policy, photos=("syringes", "final"))
    order = replace(asked.order, protocol="NCT01234567, a study") if trial else asked.order
    return replace(
        world,
        name=name,
        opening=Open(order, recipe, policy),
        departures=departures,
        only=frozenset(only),
        in_order=in_order,
        doubts=False,
        cleared=(),
    )


SHARED_LIQUID = shared("a liquid of which an opened vial is used, and kept", ONE_OF_EACH, 0, in_order=False)
SHARED_AGAIN = shared("a liquid of an opened vial, with something done again", ONE_OF_EACH, 1, AGAIN)
SHARED_POWDER = shared("two vials of a powder, one opened before", TWO_VIALS, 0)
SHARED_UNWEIGHED = shared("two vials of a powder that nobody weighs after the draws", TWO_VIALS, 0, weighed=False)
OF_A_TRIAL = shared("a liquid for a trial, where vials are shared", ONE_OF_EACH, 0, trial=True)
SHARED_SYRINGE = shared("a liquid in its syringe, of an opened vial", ONE_SYRINGE, 0, in_order=False)
SHARED_CASSETTE = shared("a cassette filled from an opened vial", FILLED_WITH_MORE, 0, in_order=False)
SHARED_DEVICE = shared("an elastomeric pump filled from an opened vial", OF_ITS_OWN, 0, in_order=False)
SHARED_HELD = shared("a powder with a hold, of an opened vial", WITH_DEVICES, 0)
SHARED_BAGS = (SHARED_LIQUID, SHARED_POWDER, SHARED_UNWEIGHED, OF_A_TRIAL, SHARED_HELD)
"""What is walked of bags besides."""
SHARED_STOPPED = shared("a liquid of an opened vial, with a stop", ONE_OF_EACH, 1, STOP)
SHARED_CARRIED = shared("a liquid of an opened vial, handed over", ONE_OF_EACH, 1, PERSON)
DEEPER_SHARED = (SHARED_AGAIN, SHARED_STOPPED, SHARED_CARRIED)
"""With a departure, which takes longer."""
