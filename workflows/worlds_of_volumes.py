"""The small pharmacies in which a balance cannot decide, and a pharmacist has it made by volume. All fictitious."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from workflows.by_volume import WHYS, ByVolume, Why
from workflows.commands import Open
from workflows.recipe import DEFAULT_POLICY, Recipe
from workflows.worlds import (
    AGAIN,
    CALL,
    CLOCK,
    ENTRY,
    FINE,
    KEPT_FROM,
    LIQUID,
    OUTSIDE,
    PERSON,
    POLICY,
    POWDER,
    STOP,
    World,
    bag_of,
    order_of,
    vial_of,
)
from workflows.worlds_of_syringes import DRAWN, SPINAL

REASON = "a reason of enough letters"
SITE = replace(POLICY, by_volume=WHYS, photos=("syringes", "final"))
GUESSED = replace(LIQUID.density, basis="assumed 1.0")


def _opening(recipe: Recipe, dose: str, why: Why, *, in_a_bag: bool = True) -> Open:
    order = order_of(recipe.drug, dose, recipe.bases[0] if in_a_bag else "", "25")
    if not in_a_bag:
        order = replace(order, container="syringe", base=None, rate_ml_h=None)
    return Open(order, recipe, SITE, by_volume=ByVolume(why, REASON))


def _world(name: str, opening: Open, departures: int) -> World:
    recipe = opening.recipe
    if not isinstance(recipe, Recipe):
        raise ValueError("what is counted is not made by volume")
    goods = (vial_of(recipe), *(bag_of(base, "25", recipe.bag) for base in recipe.bases))
    return World(name, opening, goods, FINE, departures, in_order=True)


SMALL_BAG = replace(
    _world(
        "0.4 mL of a liquid into a bag, by volume, near the limit of its final concentration",
        _opening(replace(LIQUID, final_max_mg_ml=Decimal("0.016")), "0.4", "draw too small to weigh"),
        1,
    ),
    only=frozenset({AGAIN, ENTRY, OUTSIDE}),
)
UNKNOWN_BAG = _world(
    "a liquid whose density is assumed, two syringes, closed-system devices and all pictures, by volume",
    replace(
        _opening(replace(LIQUID, density=GUESSED, keeps_from=KEPT_FROM), "1.3", "density not known well enough"),
        policy=replace(SITE, cstd=True, photos=DEFAULT_POLICY.photos, syringes_ml=(SITE.syringes_ml[0],)),
    ),
    0,
)
AWAY_BAG = replace(
    _world("a liquid into a bag while the balance is away", _opening(LIQUID, "1.5", "balance away"), 1),
    only=frozenset({PERSON, STOP, CLOCK, CALL}),
)
BY_WEIGHT_AFTER_ALL = replace(
    _world("a density that is known well enough", _opening(LIQUID, "1.5", "density not known well enough"), 0),
    never_opened="CAN_BE_WEIGHED",
)
POWDER_BAG = replace(
    _world("a powder by volume", _opening(replace(POWDER, bag=""), "400", "balance away"), 0),
    never_opened="POWDER_NOT_BY_VOLUME",
)
SMALL_SYRINGE = replace(
    _world(
        "0.4 mL of a liquid in its syringe, by volume",
        _opening(DRAWN, "0.4", "draw too small to weigh", in_a_bag=False),
        1,
    ),
    only=frozenset({ENTRY, STOP, CALL}),
)
AWAY_SYRINGE = _world(
    "a liquid in its syringe while the balance is away, closed-system devices and all pictures",
    replace(
        _opening(replace(DRAWN, keeps_from=KEPT_FROM), "1.5", "balance away", in_a_bag=False),
        policy=replace(SITE, cstd=True, photos=DEFAULT_POLICY.photos),
    ),
    0,
)
SPINAL_SYRINGE = _world(
    "an intrathecal dose too small to be weighed", _opening(SPINAL, "0.4", "draw too small to weigh", in_a_bag=False), 0
)
SPINAL_SYRINGE = replace(
    SPINAL_SYRINGE,
    opening=replace(SPINAL_SYRINGE.opening, order=replace(SPINAL_SYRINGE.opening.order, route="IT")),
)
NOT_ALLOWED = replace(
    _world("a site that makes nothing by volume", _opening(DRAWN, "0.4", "draw too small to weigh", in_a_bag=False), 0),
    never_opened="NOT_BY_VOLUME",
)
NOT_ALLOWED = replace(NOT_ALLOWED, opening=replace(NOT_ALLOWED.opening, policy=replace(SITE, by_volume=())))
BAG_WORLDS = (SMALL_BAG, UNKNOWN_BAG, AWAY_BAG, BY_WEIGHT_AFTER_ALL, POWDER_BAG)
"""What is walked of a bag by volume; the last two are never opened."""
SYRINGE_WORLDS = (SMALL_SYRINGE, AWAY_SYRINGE, SPINAL_SYRINGE, NOT_ALLOWED)
"""What is walked of a syringe by volume; the last one is never opened."""
