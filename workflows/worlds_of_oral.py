"""The small pharmacies in which a liquid by mouth is walked. All fictitious."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from workflows.commands import Open
from workflows.evidence import Container
from workflows.order import Active, Order
from workflows.recipe import DEFAULT_POLICY, Policy, Recipe
from workflows.worlds import (
    AGAIN,
    CALL,
    CLOCK,
    ENTRY,
    FINE,
    HARMLESS,
    KEPT_FROM,
    LATER,
    LIQUID,
    POLICY,
    STOP,
    World,
    order_of,
    vial_of,
)
from workflows.worlds_of_counts import COUNTING

SWALLOWED = replace(
    LIQUID,
    name="demopurine-1-oral",
    bases=(),
    routes=("PO",),
    containers=("oral syringe",),
)
ORAL_3 = Container("device", "oral-3", "Demomouth oral syringe 3 mL", part="oral syringe 3 mL", lot="C1", expiry=LATER)
ORAL_3 = replace(ORAL_3, materials=HARMLESS)
SITE = replace(POLICY, counting=COUNTING)
LOOKED_AT = replace(SITE, photos=("syringes", "final"))


def _ordered(dose: str) -> Order:
    order = order_of(SWALLOWED.drug, dose, "", "1")
    return replace(order, container="oral syringe", route="PO", base=None, rate_ml_h=None, duration_min=None)


def _world(name: str, recipe: Recipe, policy: Policy, order: Order, departures: int) -> World:
    return World(name, Open(order, recipe, policy), (vial_of(recipe), ORAL_3), FINE, departures)


HELD = replace(SWALLOWED, hold=True, keeps_from=KEPT_FROM)
ONE_DOSE = replace(
    _world("one dose by mouth out of its bottle, with a hold", HELD, LOOKED_AT, _ordered("1.5"), 1),
    only=frozenset({ENTRY, CLOCK, STOP, CALL}),
    in_order=True,
)
DONE_AGAIN = replace(
    _world("one dose by mouth, done again", SWALLOWED, SITE, _ordered("1.5"), 1), only=frozenset({AGAIN}), in_order=True
)
HELD_DOSE = _world(
    "one dose by mouth, with a hold and all pictures",
    replace(SWALLOWED, hold=True),
    replace(LOOKED_AT, photos=DEFAULT_POLICY.photos),
    _ordered("1.5"),
    0,
)
AMENDED = replace(
    _world("a dose by mouth that a pharmacist has made by another recipe", SWALLOWED, SITE, _ordered("1.5"), 0),
    in_order=True,
    others=(replace(SWALLOWED, name="demopurine-1.5-oral", concentration_mg_ml=Decimal("1.5"), vial_mg=Decimal(3)),),
)
INTO_A_VEIN = replace(
    _world("an oral syringe ordered for the vein", SWALLOWED, SITE, replace(_ordered("1.5"), route="IV"), 0),
    never_opened="ROUTE_NOT_ALLOWED",
)
UNREADABLE = replace(
    _world("a dose between two marks of its oral syringe", SWALLOWED, SITE, _ordered("1.55"), 0),
    never_opened="BETWEEN_TWO_MARKS",
)
OTHER_VOLUME = replace(
    _world(
        "an order that names ten times the volume of its dose",
        SWALLOWED,
        SITE,
        replace(_ordered("1.5"), total_volume_ml=Decimal(15)),
        0,
    ),
    never_opened="VOLUME_DIFFERS",
)
REPEATED = replace(
    _world(
        "a repeated dose of which nobody says how many", SWALLOWED, SITE, replace(_ordered("1.5"), frequency="BID"), 0
    ),
    never_opened="SEVERAL_DOSES",
)
TEN_YEARS = replace(
    _world(
        "a recipe that dates a drawn dose ten years",
        replace(SWALLOWED, stability_h=Decimal(87600)),
        SITE,
        _ordered("1.5"),
        0,
    ),
    never_opened="ORAL_RECIPE",
)
METHOTREXATE = replace(SWALLOWED, name="methotrexate-1-oral", drug="methotrexate", printed_drug="methotrexate")
OFTEN_UNKNOWN = replace(
    _world(
        "methotrexate by mouth, as often as nobody can tell",
        METHOTREXATE,
        SITE,
        replace(
            _ordered("1.5"),
            drug="methotrexate",
            actives=(Active("methotrexate", Decimal("1.5"), "mg"),),
            frequency="QDAY",
            doses_total=1,
        ),
        0,
    ),
    never_opened="FREQUENCY_UNKNOWN",
)
ORAL_WORLDS = (
    *(ONE_DOSE, DONE_AGAIN, HELD_DOSE, AMENDED, INTO_A_VEIN, UNREADABLE),
    *(OFTEN_UNKNOWN, OTHER_VOLUME, REPEATED, TEN_YEARS),
)
"""What is walked of a liquid by mouth: each world small; the last six are never opened."""
