"""The parts of a preparation's screen that only a pump has: what it is set to, and drawings of its reservoir (R55)."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from app.web.station.screen import Item, Picture
from workflows.containers import called
from workflows.preparation import Preparation
from workflows.pumping import PumpPlan
from workflows.steps import Slot
from workflows.target_words import drawn_as
from workflows.wording import amount, reading


def items(p: Preparation, slot: Slot) -> tuple[Item, ...]:
    """Return what the pump is set to, for whoever sets it; whoever checks it reads the pump, and is told nothing."""
    pump = p.pump
    if pump is None:
        return ()
    rows = (
        ("library entry", f"{pump.entry}, version {pump.entry_version}"),
        ("reservoir volume", f"{amount(pump.reservoir_ml)} mL"),
        ("rate", f"{amount(pump.rate_ml_h)} mL/h"),
        ("time", f"{amount(pump.hours)} h"),
        ("lock", "on"),
    )
    sets = slot.step.name == "programme"
    return tuple(Item(what, is_set if sets else "read it from the screen") for what, is_set in rows)


def picture(p: Preparation, pump: PumpPlan, step: str, unit: int) -> Picture:
    """Return the drawing of what is wanted at one of a pump's own steps."""
    if step == "fluid":
        return Picture("vial", pump.fluid, ("diluent", f"at least {reading(pump.fluid_ml, 1)} mL"), 80)
    if step.startswith("fluid-"):
        return _syringe(pump, step, unit)
    if step.startswith("programme"):
        return Picture("device", "pump", ("read its screen",))
    full = step in ("reservoir-full", "reservoir-closed")
    lines = (pump.part, f"{amount(pump.capacity_ml)} mL")
    done = (f"{amount(pump.filled_ml)} mL in it, no air",) if full else ("empty",)
    shape: Literal["cassette", "elastomeric"] = "elastomeric" if p.plan.container == "elastomeric" else "cassette"
    return Picture(shape, called(p.plan), (*lines, *done), 70 if full else 0)


def _syringe(pump: PumpPlan, step: str, unit: int) -> Picture:
    size, aim = pump.fluid_syringes_ml[unit - 1], pump.fluid_draw
    title = f"{amount(size)} mL syringe"
    if step == "fluid-empty" or aim is None:
        return Picture("syringe", title, (f"diluent syringe {unit}, empty",), 0)
    fill = int(aim.volume_ml / size * Decimal(100))
    return Picture("syringe", title, (f"diluent syringe {unit}", "plunger at the mark"), fill, f"{drawn_as(aim)} mL")
