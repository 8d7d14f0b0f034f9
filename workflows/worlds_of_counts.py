"""The small pharmacies in which a count of tablets is walked. All fictitious."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from workflows.commands import Open
from workflows.evidence import CabinetCode, Container
from workflows.order import Order
from workflows.recipe import Counting, CountRecipe, Policy
from workflows.worlds import (
    AGAIN,
    CLOCK,
    CODES,
    ENTRY,
    FINE,
    LATER,
    OUTSIDE,
    PERSON,
    POLICY,
    SIGNED,
    World,
    order_of,
)

COUNTING = Counting(ppe=("two pairs of gloves",), competencies=CODES[:1], photos=("tray", "final"))
"""Asks for a competency that the walk's cast has, by the name that the cast has it under."""
COUNTS = replace(POLICY, counting=COUNTING)
TABLETS = CountRecipe(
    name="demotabine-500-tablets",
    version=2,
    signed_by=SIGNED,
    drug="demotabine",
    printed_drug="demotabine",
    form="film-coated tablets",
    items=("demotabine-500mg",),
    ndcs=("99999-004-12",),
    strength_mg=Decimal(500),
    bottle_holds=20,
    storage="20 to 25 °C",
)
TRAY = CabinetCode("TRAY-1", None, 0)
OTHER_TRAY = CabinetCode("TRAY-2", None, 0)


def ordered(doses: int = 4, number: int = 8) -> Order:
    """Return an order for 1,000 mg twice a day, so many doses, so many tablets of 500 mg."""
    order = order_of("demotabine", "1000", "", "1")
    return replace(
        order,
        base=None,
        container="tablets",
        route="PO",
        rate_ml_h=None,
        duration_min=None,
        frequency="BID",
        doses_total=doses,
        dispense_quantity=Decimal(number),
        dispense_unit="TAB",
        strength="500 mg",
    )


def bottle(left: int = 20) -> Container:
    """Return a stock bottle with so many in it, without a unit number."""
    return Container(
        "drug",
        "demotabine-500mg",
        "demotabine 500 mg tablets, bottle of 20",
        "demotabine",
        "99999-004-12",
        amount_mg=Decimal(500),
        lot="T1",
        expiry=LATER,
        left=left,
    )


def _world(name: str, order: Order, policy: Policy, departures: int) -> World:
    return World(
        name,
        Open(order, TABLETS, policy),
        (bottle(),),
        FINE,
        departures,
        cabinets=(TRAY, OTHER_TRAY),
    )


ONE_BOTTLE = _world("eight tablets from one bottle", ordered(), COUNTS, 1)
TWO_BOTTLES = replace(
    _world(
        "twenty-four tablets from two bottles, with every picture",
        ordered(12, 24),
        replace(COUNTS, counting=replace(COUNTING, photos=("stock", "tray", "final"))),
        1,
    ),
    only=frozenset({AGAIN, ENTRY, OUTSIDE, CLOCK, PERSON}),
    in_order=True,
)
NUMBER_OFF = replace(
    _world("a number that the doses do not take", ordered(4, 9), COUNTS, 0), never_opened="NUMBER_DIFFERS"
)
TO_BE_SPLIT = replace(
    _world("a dose of one and a half tablets", replace(ordered(4, 6), dose=Decimal(750)), COUNTS, 0),
    never_opened="SPLIT_NEEDED",
)
TOO_LONG = World(
    "more days than are given out at once",
    Open(ordered(), replace(TABLETS, most_days=1), COUNTS),
    (bottle(),),
    FINE,
    0,
    cabinets=(TRAY, OTHER_TRAY),
    never_opened="TOO_MANY_DAYS",
)
OVER_MIDNIGHT = replace(
    _world("stock that lasts from today, counted after midnight", ordered(), replace(COUNTS, glove_minutes=24 * 60), 1),
    only=frozenset({ENTRY}),
    in_order=True,
)


def _by_weight(name: str, doses: int, spread: str, *only: str, holds: int = 40) -> World:
    """Return a world in which twice so many tablets are weighed after the counts, that vary by `spread`."""
    recipe = replace(TABLETS, bottle_holds=holds, unit_spread=Decimal(spread))
    policy = replace(COUNTS, glove_minutes=24 * 60)  # so that a bottle may grow too old before the gloves do
    opening, stock = Open(ordered(doses, 2 * doses), recipe, policy), bottle(holds)
    return World(name, opening, (stock,), FINE, bool(only), frozenset(only), in_order=True, cabinets=(TRAY, OTHER_TRAY))


BY_TEN = _by_weight("twenty-four tablets that ten of them tell by weight", 12, "0.005", AGAIN, ENTRY)
BY_TWENTY = _by_weight("forty tablets that twenty of them tell by weight", 20, "0.015")
SLIPPED = _by_weight("eighty tablets whose spread was stated too small by a digit", 40, "0.0005", holds=80)
UNTOLD = _by_weight("twenty-four tablets that no weight tells", 12, "0.05")
_SPREAD = replace(TABLETS, unit_spread=Decimal("0.005"))
WITH_EVERY_STEP = replace(TWO_BOTTLES, opening=replace(TWO_BOTTLES.opening, recipe=_SPREAD))
"""Not walked: what the procedure is printed with."""
COUNT_WORLDS = (
    ONE_BOTTLE,
    TWO_BOTTLES,
    OVER_MIDNIGHT,
    BY_TEN,
    BY_TWENTY,
    SLIPPED,
    UNTOLD,
    NUMBER_OFF,
    TO_BE_SPLIT,
    TOO_LONG,
)
"""What is walked of a count: each world small, each for a question of its own; the last three are never opened."""
