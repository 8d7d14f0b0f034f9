"""The lines of the table that only a pump has: its diluent and reservoir, volume, rate and hours, its programme (R55)."""

from __future__ import annotations

from collections.abc import Iterator

from workflows import budgets, measured
from workflows.evidence import Container, Programme, Scan
from workflows.lines import Line, against, doubted
from workflows.preparation import Preparation
from workflows.pumping import PumpPlan
from workflows.quantities import Mass
from workflows.summary_of_pumps import FLOW
from workflows.wording import amount, percent, reading


def identity(p: Preparation, pump: PumpPlan) -> Iterator[Line]:
    """Yield the diluent and the reservoir: what was planned, and what was scanned."""
    if pump.fluid_ml:
        yield _scanned(p, "fluid", "diluent", pump.fluid, "same fluid")
    yield _scanned(p, "reservoir", "reservoir", f"{pump.part}, {amount(pump.capacity_ml)} mL", "same kind and size")


def _scanned(p: Preparation, slot: str, what: str, wanted: str, limit: str) -> Line:
    scan = p.evidence(slot)
    found = scan.found if isinstance(scan, Scan) else None
    if not isinstance(scan, Scan) or not isinstance(found, Container):
        return Line(what, wanted, "", "", limit, None)
    expiry = f"{found.expiry:%Y-%m-%d}" if found.expiry else "unknown"
    typed = " — TYPED with a witness" if scan.how == "typed" else ""
    return Line(what, wanted, f"{found.text}, lot {found.lot}, {expiry}{typed}", "", limit, True)


def infused_part(p: Preparation) -> str:
    """Return by what a pump's dose is less than all that was drawn, as part of its formula; nothing where it is not."""
    pump = p.pump
    if pump is None or pump.filled_ml == pump.infuse_ml:
        return ""
    return f" × {amount(pump.infuse_ml)} ÷ {amount(pump.filled_ml)} mL"


def lines(p: Preparation) -> Iterator[Line]:
    """Yield a pump's own lines; nothing for whatever is no pump."""
    pump = p.pump
    if pump is None:
        return
    yield from _fluid(p, pump)
    yield _filled(p, pump)
    yield _pace(p, pump)
    yield _given(p, pump)
    if pump.entry:
        yield _programme(p, pump, "programme", "pump, as set")
        yield _programme(p, pump, "programme-check", "pump, second person")


def _fluid(p: Preparation, pump: PumpPlan) -> Iterator[Line]:
    known = p.recipe.reservoir.fluid_density if p.recipe.reservoir else None
    if pump.fluid_draw is None or known is None:
        return
    aim = pump.fluid_draw
    for unit in range(1, len(pump.fluid_syringes_ml) + 1):
        pair = f"fluid-empty:{unit}", f"fluid-full:{unit}"
        formula = (
            f"{amount(pump.filled_ml)} mL − {reading(p.plan.volume_ml)} mL drug = {reading(pump.fluid_ml)} mL"
            f"; {reading(aim.volume_ml)} mL × {known.g_per_ml} g/mL ({known.basis}) = {reading(aim.expected_g, 3)} g"
        )
        line = against(f"diluent syringe {unit}", measured.fluid(p, unit), aim, formula, pair)
        yield doubted(line, budgets.of_difference(p, pair[1]), 2)


def _filled(p: Preparation, pump: PumpPlan) -> Line:
    aim, made = measured.gain_target(p), p.recipe.reservoir
    fluid = f" + {reading(pump.fluid_ml)} mL × {made.fluid_density.g_per_ml}" if made and pump.fluid_ml else ""
    formula = f"{reading(p.plan.volume_ml)} mL × {p.recipe.density.g_per_ml}{fluid} = {reading(aim.expected_g, 3)} g"
    pair = "reservoir-empty", "reservoir-full"
    line = against("reservoir, filled", measured.bag_gain(p), aim, formula, pair)
    return doubted(line, budgets.of_difference(p, pair[1]), 2)


def _pace(p: Preparation, pump: PumpPlan) -> Line:
    """Return volume to infuse, rate and hours: the one is the product of the others."""
    rate = f"{amount(pump.rate_ml_h)} mL/h for {amount(pump.hours)} h"
    formula = f"{amount(pump.rate_ml_h)} mL/h × {amount(pump.hours)} h = {amount(pump.infuse_ml)} mL"
    if pump.filled_ml != pump.infuse_ml:
        formula += (
            f"; {amount(pump.prime_ml)} mL for the line and {amount(pump.residual_ml)} mL that stay behind besides"
        )
    made = p.recipe.reservoir
    nominal = made is None or not pump.entry
    limit = FLOW if nominal or made is None else f"steps of {amount(made.rate_step_ml_h)} mL/h"
    return Line("volume to infuse", f"{amount(pump.infuse_ml)} mL", rate, "", limit, True, formula)


def _given(p: Preparation, pump: PumpPlan) -> Line:
    given: Mass | None = measured.infused(p)
    limit = percent(p.policy.dose_tolerance, 0).lstrip("+")
    wanted = f"{amount(p.plan.prescribed_mg)} mg"
    if given is None:
        return Line("dose in the volume to infuse", wanted, "", "", limit, None, "mg/mL by the draws × mL to infuse")
    strength = given.mg / pump.infuse_ml
    formula = f"{reading(strength, 3)} mg/mL by the weighed draws × {amount(pump.infuse_ml)} mL"
    off = given.mg / p.plan.prescribed_mg - 1
    inside = abs(off) <= p.policy.dose_tolerance
    found = f"{reading(given.mg, 1)} mg"
    line = Line("dose in the volume to infuse", wanted, found, percent(off, 2), limit, inside, formula)
    return doubted(line, budgets.of_infused(p), 1)


def _programme(p: Preparation, pump: PumpPlan, slot: str, what: str) -> Line:
    wanted = (
        f"{pump.entry} {pump.entry_version}, {amount(pump.reservoir_ml)} mL, {amount(pump.rate_ml_h)} mL/h, "
        f"{amount(pump.hours)} h, locked"
    )
    read = p.evidence(slot)
    if not isinstance(read, Programme):
        return Line(what, wanted, "", "", "every value the same", None)
    found = (
        f"{read.entry} {read.version}, {amount(read.reservoir_ml)} mL, {amount(read.rate_ml_h)} mL/h, "
        f"{amount(read.hours)} h, {'locked' if read.locked else 'NOT LOCKED'}"
    )
    return Line(what, wanted, found, "", "every value the same", found == wanted)
