"""The small pharmacies in which a syringe as the final container is walked. All fictitious."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from workflows.commands import Open
from workflows.recipe import DEFAULT_POLICY, Policy, Recipe
from workflows.worlds import (
    AGAIN,
    CLOCK,
    DEPARTURES,
    DILUENT,
    FINE,
    KEPT_FROM,
    LIMIT,
    LIQUID,
    MAKING,
    OUTSIDE,
    POLICY,
    POWDER,
    World,
    order_of,
    vial_of,
)

DRAWN = replace(LIQUID, name="demorubicin-1-syringe", bases=(), containers=("syringe",))
LOOKED_AT = replace(POLICY, photos=("syringes", "final"))
DISSOLVED = replace(POWDER, name="demophamide-20-syringe", bases=(), containers=("syringe",), bag="")


def _world(name: str, recipe: Recipe, policy: Policy, dose: str, departures: int) -> World:
    order = replace(order_of(recipe.drug, dose, "", "1"), container="syringe", base=None, rate_ml_h=None)
    return World(name, Open(order, recipe, policy), (vial_of(recipe), DILUENT), FINE, departures)


ONE_SYRINGE = _world("a liquid, one vial, drawn into its syringe", DRAWN, POLICY, "1.5", 1)
HELD_SYRINGE = replace(
    _world("a powder in its syringe, with a hold", DISSOLVED, LOOKED_AT, "400", 1),
    only=frozenset(DEPARTURES) - {AGAIN},
    in_order=True,
)
SYRINGE_WITH_DEVICES = _world(
    "a powder in its syringe, with a hold, closed-system devices and all pictures",
    replace(DISSOLVED, keeps_from=KEPT_FROM),
    replace(POLICY, cstd=True, photos=DEFAULT_POLICY.photos),
    "400",
    0,
)
TWO_VIALS_ONE_SYRINGE = replace(
    _world(
        "two vials of a powder in one syringe, drawn by their actual strength, vials weighed again",
        replace(DISSOLVED, hold=False, reconstitution=replace(MAKING, mode="B")),
        replace(POLICY, weigh_vials=True, syringes_ml=(Decimal(35), Decimal(60), Decimal(100))),
        "900",
        1,
    ),
    only=frozenset({AGAIN, OUTSIDE, LIMIT}),
    in_order=True,
    doubts=True,
)
AT_ITS_STRENGTH = replace(
    _world(
        "a powder in its syringe, drawn by its actual strength, near the limit of its final concentration",
        replace(DISSOLVED, hold=False, final_max_mg_ml=Decimal("20.3"), reconstitution=replace(MAKING, mode="B")),
        POLICY,
        "400",
        1,
    ),
    only=frozenset({LIMIT}),
    in_order=True,
)
WEIGHED_AFTER = replace(
    _world("a liquid in its syringe, whose vial is weighed again", DRAWN, replace(POLICY, weigh_vials=True), "1.5", 1),
    only=frozenset({OUTSIDE, LIMIT}),
    in_order=True,
)
HELD_AND_AGAIN = replace(
    _world(
        "a liquid in its syringe, with a hold, done again",
        replace(DRAWN, hold=True),
        LOOKED_AT,
        "1.5",
        1,
    ),
    only=frozenset({AGAIN, CLOCK}),
)
AMENDED_SYRINGE = replace(
    _world("a liquid in its syringe that a pharmacist has made by another recipe", DRAWN, POLICY, "1.5", 0),
    in_order=True,
    others=(replace(DRAWN, name="demomycin-1.5-syringe", concentration_mg_ml=Decimal("1.5"), vial_mg=Decimal(3)),),
)
SPINAL = replace(
    DRAWN,
    name="methotrexate-1-intrathecal",
    drug="methotrexate",
    printed_drug="methotrexate",
    routes=("IT",),
    hold=True,
    preservative_free=True,
    warnings=(),
)
INTRATHECAL = _world("an intrathecal dose, its cabinet apart", SPINAL, LOOKED_AT, "1.5", 1)
INTRATHECAL = replace(
    INTRATHECAL,
    only=frozenset({CLOCK}),
    in_order=True,
    opening=replace(INTRATHECAL.opening, order=replace(INTRATHECAL.opening.order, route="IT")),
)
WITH_PRESERVATIVE = replace(
    INTRATHECAL,
    name="an intrathecal dose of a drug that may hold a preservative",
    opening=replace(INTRATHECAL.opening, recipe=replace(SPINAL, preservative_free=False)),
    departures=0,
    never_opened="INTRATHECAL_RECIPE",
)
VINCA = replace(
    _world("a vinca drug ordered in a syringe", replace(DRAWN, vinca=True, hold=True), LOOKED_AT, "1.5", 0),
    never_opened="VINCA_NOT_IN_A_BAG",
)
VINCA_BY_NAME = replace(
    _world(
        "vincristine ordered in a syringe, by a recipe that does not say what it is",
        replace(DRAWN, drug="vincristine", hold=True),
        LOOKED_AT,
        "1.5",
        0,
    ),
    never_opened="VINCA_NOT_IN_A_BAG",
)
TOO_MUCH_FOR_ONE = replace(
    _world(
        "a dose that fills more than one syringe to three quarters",
        DRAWN,
        replace(POLICY, syringes_ml=(Decimal(1),)),
        "1.3",
        0,
    ),
    never_opened="SEVERAL_SYRINGES",
)
SYRINGE_WORLDS = (
    ONE_SYRINGE,
    HELD_SYRINGE,
    SYRINGE_WITH_DEVICES,
    TWO_VIALS_ONE_SYRINGE,
    AT_ITS_STRENGTH,
    WEIGHED_AFTER,
    HELD_AND_AGAIN,
    AMENDED_SYRINGE,
    INTRATHECAL,
    WITH_PRESERVATIVE,
    VINCA,
    VINCA_BY_NAME,
    TOO_MUCH_FOR_ONE,
)
"""What is walked of a syringe: each world small, each for a question of its own; the last four are never opened."""
