"""The small pharmacies in which cassettes and elastomeric pumps are filled in the walk. All fictitious."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from workflows.commands import Open
from workflows.evidence import Container
from workflows.order import Container as Kind
from workflows.recipe import DEFAULT_POLICY, LibraryEntry, Policy, Recipe, Reservoir
from workflows.worlds import (
    CALL,
    DEPARTURES,
    DILUENT,
    ENTRY,
    FINE,
    HARMLESS,
    KEPT_FROM,
    LATER,
    LIMIT,
    LIQUID,
    MAKING,
    POLICY,
    POWDER,
    SALINE,
    STOP,
    World,
    order_of,
    vial_of,
)

FIVE = Decimal(5)
MADE = Reservoir(SALINE, MAKING.diluent_density, (FIVE,))
WITH_MORE = replace(MADE, volumes_ml=(Decimal(50),), prime_ml=Decimal(2), residual_ml=Decimal(1))
LINE = LibraryEntry(
    "DEMO-CONT", "7", "demomycin", Decimal("0.1"), Decimal(1), Decimal(2), "Pam Pharmacist", "Nora Nurse"
)
OF_POWDER = replace(LINE, entry="DEMO-2", drug="demophamide", most_mg_ml=Decimal(20), most_ml_h=Decimal(10))
KNOWN = replace(POLICY, pump_library=(LINE, OF_POWDER))
SHOWN_WITH = replace(KNOWN, cstd=True, photos=DEFAULT_POLICY.photos)
FILLED = replace(LIQUID, name="demomycin-1-cassette", containers=("cassette",), reservoir=MADE, stability_h=Decimal(11))
DEVICE = replace(FILLED, name="demomycin-1-elastomeric", containers=("elastomeric",))
DISSOLVED = replace(
    POWDER,
    name="demophamide-20-cassette",
    containers=("cassette",),
    bases=(SALINE,),
    bag="",
    reservoir=WITH_MORE,
    stability_h=Decimal(11),
)


def _reservoir(container: Kind, rate: str, size: Decimal) -> Container:
    part = "cassette" if container == "cassette" else f"elastomeric {rate} mL/h"
    return Container(
        "base", container, f"Demopump {part}", volume_ml=size, part=part, lot="R1", expiry=LATER, materials=HARMLESS
    )


def _world(name: str, recipe: Recipe, policy: Policy, dose: str, rate: str, departures: int = 0) -> World:
    container: Kind = recipe.containers[0]
    order = replace(order_of(recipe.drug, dose, "", "1"), container=container, base=None)
    order = replace(order, rate_ml_h=Decimal(rate), duration_min=Decimal(300))
    size = recipe.reservoir.volumes_ml[0] if recipe.reservoir else FIVE
    goods = (vial_of(recipe), _reservoir(container, rate, size), DILUENT)
    return World(name, Open(order, recipe, policy), goods, FINE, departures, in_order=True)


def _with(name: str, world: World, *kinds: str, doubts: bool = False) -> World:
    """Return the world with one departure of these kinds at a time."""
    return replace(world, name=name, departures=1, only=frozenset(kinds), doubts=doubts)


STRAIGHT = _world("a liquid, one vial, in a cassette", FILLED, KNOWN, "0.6", "0.5")
ONE_CASSETTE = _with(
    "a liquid in a cassette, with weights at their limits, near the limit of its final concentration",
    _world("", replace(FILLED, tolerance=Decimal("0.05"), final_max_mg_ml=Decimal("0.245")), KNOWN, "0.6", "0.5"),
    LIMIT,
    doubts=True,
)
STOPPED = _with(
    "a liquid in a cassette, with a hold, stopped, and with typed codes",
    _world("", replace(FILLED, hold=True), replace(KNOWN, photos=("syringes", "final")), "0.6", "0.5"),
    *(CALL, STOP, ENTRY),
)
FILLED_WITH_MORE = _world(
    "a powder in a cassette that takes more than is infused, with a hold, devices and all pictures",
    replace(DISSOLVED, keeps_from=KEPT_FROM),
    SHOWN_WITH,
    "400",
    "6",
)
OF_ITS_OWN = _world("a liquid in an elastomeric pump", DEVICE, KNOWN, "1.5", "0.9")
ONE_DEVICE = _with(
    "a liquid in an elastomeric pump, with weights at their limits, near the limit of its final concentration",
    _world("", replace(DEVICE, final_max_mg_ml=Decimal("0.34")), KNOWN, "1.5", "0.9"),
    LIMIT,
    doubts=True,
)
DEVICE_STOPPED = _with(
    "a liquid in an elastomeric pump, with a hold, stopped, and with typed codes",
    _world("", replace(DEVICE, hold=True), replace(KNOWN, photos=("syringes", "final")), "1.5", "0.9"),
    *(CALL, STOP, ENTRY),
)
DEVICE_WITH_MORE = _world(
    "a powder in an elastomeric pump, with a hold, devices and all pictures",
    replace(DISSOLVED, name="demophamide-20-elastomeric", containers=("elastomeric",), keeps_from=KEPT_FROM),
    SHOWN_WITH,
    "400",
    "8",
)
UNDILUTED = _world("a liquid that fills its elastomeric pump alone", DEVICE, KNOWN, "4.5", "0.9")
VINCA_IN_A_PUMP = replace(
    _world("a vinca drug ordered in a cassette", replace(FILLED, vinca=True, hold=True), SHOWN_WITH, "1.5", "0.5"),
    never_opened="VINCA_NOT_IN_A_BAG",
)
VINCA_IN_A_DEVICE = replace(
    _world("a vinca drug in an elastomeric pump", replace(DEVICE, vinca=True, hold=True), SHOWN_WITH, "1.5", "0.9"),
    never_opened="VINCA_NOT_IN_A_BAG",
)
OFF_THE_GRID = replace(
    _world("a rate that the pump cannot be set to", FILLED, KNOWN, "1.5", "0.55"), never_opened="RATE_OFF_THE_GRID"
)
_AT_HALF = _world("a volume that the pump cannot show", FILLED, KNOWN, "0.6", "0.5")
NOT_SHOWN = replace(
    _AT_HALF,
    opening=replace(_AT_HALF.opening, order=replace(_AT_HALF.opening.order, duration_min=Decimal(270))),
    never_opened="VOLUME_NOT_SHOWN",
)
KEPT_COLD = replace(
    _world(
        "a recipe that is kept cold, and says nothing of the run",
        replace(DEVICE, storage="2 to 8 °C"),
        KNOWN,
        "1.5",
        "0.9",
    ),
    never_opened="RUN_STABILITY_UNKNOWN",
)
NOT_SIGNED = replace(
    _world(
        "a library entry that no nurse signed",
        FILLED,
        replace(KNOWN, pump_library=(replace(LINE, nurse=""),)),
        "1.5",
        "0.5",
    ),
    never_opened="ENTRY_NOT_SIGNED",
)
WEIGHED_AGAIN = _world(
    "a liquid in a cassette, whose vial and used syringe are weighed again",
    FILLED,
    replace(KNOWN, weigh_vials=True, weigh_used_syringes=True),
    "0.6",
    "0.5",
)
DEVICE_WEIGHED_AGAIN = _world(
    "a liquid in an elastomeric pump, whose vial and used syringe are weighed again",
    DEVICE,
    replace(KNOWN, weigh_vials=True, weigh_used_syringes=True),
    "1.5",
    "0.9",
)
AMENDED_CASSETTE = replace(
    _world("a liquid in a cassette that a pharmacist has made by a newer version", FILLED, KNOWN, "1.5", "0.5"),
    others=(replace(FILLED, version=9, stability_h=Decimal(10)),),
)
AMENDED_DEVICE = replace(
    _world(
        "a liquid in an elastomeric pump that a pharmacist has made by a newer version", DEVICE, KNOWN, "1.5", "0.9"
    ),
    others=(replace(DEVICE, version=9, stability_h=Decimal(10)),),
)
CASSETTE_WORLDS = (
    ONE_CASSETTE,
    STOPPED,
    WEIGHED_AGAIN,
    AMENDED_CASSETTE,
    FILLED_WITH_MORE,
    VINCA_IN_A_PUMP,
    OFF_THE_GRID,
    NOT_SHOWN,
    NOT_SIGNED,
)
"""What is walked of a cassette: each world small, each for a question of its own; the last four are never opened."""
ELASTOMERIC_WORLDS = (
    ONE_DEVICE,
    DEVICE_STOPPED,
    DEVICE_WEIGHED_AGAIN,
    AMENDED_DEVICE,
    DEVICE_WITH_MORE,
    UNDILUTED,
    VINCA_IN_A_DEVICE,
    KEPT_COLD,
)
"""What is walked of an elastomeric pump; the last two are never opened."""
DEEPER_CASSETTES = tuple(_with(f"a liquid in a cassette: {kind}", STRAIGHT, kind) for kind in DEPARTURES)
"""One departure of every kind, which takes minutes."""
