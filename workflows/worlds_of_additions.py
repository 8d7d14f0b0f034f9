"""The small pharmacies whose policy adds confirmations at every point, and has pictures taken elsewhere. All fictitious."""

from __future__ import annotations

from dataclasses import replace

from workflows.added import AT, AddedConfirmation
from workflows.recipe import Worn
from workflows.worlds import AGAIN, HELD, ONE_OF_EACH, WITH_DEVICES, World
from workflows.worlds_of_counts import ONE_BOTTLE
from workflows.worlds_of_oral import HELD_DOSE
from workflows.worlds_of_pumps import DEVICE_WITH_MORE, FILLED_WITH_MORE
from workflows.worlds_of_syringes import SYRINGE_WITH_DEVICES
from workflows.worlds_of_volumes import AWAY_SYRINGE, UNKNOWN_BAG

BY_ANOTHER = tuple(AddedConfirmation(f"a second person looked {at}", at, by="second person") for at in AT)
ALONE = AddedConfirmation("the tray holds this dose alone", "before mixing")
OF_OTHERS = (
    AddedConfirmation("of another drug", "before mixing", drugs=("otherine",)),
    AddedConfirmation("of another workflow", "before the label", workflows=("other",)),
    AddedConfirmation("of a vinca drug", "before staging", group="vinca drugs"),
)
"""What this policy adds to other doses than the one that is made."""
WORN = Worn(
    ("one pair of gloves",), ("two pairs of gloves",), ("two pairs of gloves",), ("two pairs of gloves", "gown")
)
"""What this site puts on besides."""
EVERY_POINT = (*OF_OTHERS, ALONE, *BY_ANOTHER)
"""A second person at each point, after the technician where something is mixed."""


def added(world: World, *moves: str, departures: int = 0) -> World:
    """Return a world whose policy adds something at every point and has pictures taken elsewhere."""
    asked = world.opening
    policy = replace(asked.policy, adds=EVERY_POINT, moves=moves, requires=(), worn=WORN)
    if moves:
        policy = replace(policy, photos=("syringes", "empty vials", "final"), weigh_vials=True, cstd=False)
    return replace(
        world,
        name="; ".join((world.name, "with what a policy adds at every point", *moves, *["done again"] * departures)),
        opening=replace(asked, policy=policy),
        departures=departures,
        only=frozenset({AGAIN}) if departures else frozenset(),
        in_order=True,
        doubts=False,
        cleared=(),
    )


FIRST, LATER = "syringes before the vials are weighed again", "empty vials after labelling"
ADDED_BAGS = (added(ONE_OF_EACH, FIRST), added(ONE_OF_EACH, LATER))
ADDED_SYRINGES = (added(SYRINGE_WITH_DEVICES, FIRST, LATER),)
ADDED_CASSETTES = (added(FILLED_WITH_MORE, LATER),)
ADDED_DEVICES = (added(DEVICE_WITH_MORE, LATER),)
TAKEN_OVER = added(ONE_BOTTLE, departures=1)
"""Short, and still handed over, and sent back to a picture."""
ADDED_COUNTS = (added(ONE_BOTTLE), TAKEN_OVER)
ADDED_ORAL = (added(HELD_DOSE, FIRST, LATER),)
ADDED_READ_BAGS = (added(UNKNOWN_BAG, LATER),)
ADDED_READ_SYRINGES = (added(AWAY_SYRINGE, LATER),)
DEEPER_ADDED = (added(ONE_OF_EACH, FIRST, LATER, departures=1), added(HELD, departures=1), added(WITH_DEVICES))
"""With something done again, which takes longer."""
