"""The pharmacist's table: everything ordered or expected beside everything found, each number with its formula (SCREENS 11)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from zoneinfo import ZoneInfo

from workflows import (
    budgets,
    count_sheet,
    holding,
    measured,
    sheet_of_added,
    sheet_of_oral,
    sheet_of_pumps,
    sheet_of_volumes,
)
from workflows.copying import replace
from workflows.evidence import Container, Scan
from workflows.lines import Line, against, doubted
from workflows.oral import is_oral
from workflows.preparation import Preparation
from workflows.rules.dating import beyond_use
from workflows.trials import shown_drug
from workflows.wording import amount, between, letter, percent, reading, rounded


def sheet(p: Preparation) -> tuple[Line, ...]:
    """Return the table of a preparation as far as it has come."""
    if p.counted_by and p.counts:
        return tuple(count_sheet.lines(p, p.counted_by, p.counts))
    return (
        *(*_identity(p), *sheet_of_oral.lines(p), *_vials(p), *_draws(p), *_left_the_vials(p), *_dose(p)),
        *(*_used(p), *_bag(p), *sheet_of_pumps.lines(p), *sheet_of_added.lines(p)),
        *(*_dating(p), *_label(p)),
    )


def _containers(p: Preparation, step: str) -> Iterator[tuple[str, Scan, Container]]:
    for slot, entry in p.entries.items():
        scan = entry.evidence
        if slot.partition(":")[0] == step and isinstance(scan, Scan) and isinstance(scan.found, Container):
            yield slot, scan, scan.found


def _typed(scan: Scan) -> str:
    return " — TYPED with a witness" if scan.how == "typed" else ""


def _identity(p: Preparation) -> Iterator[Line]:
    recipe = p.recipe
    found = tuple(_containers(p, "vial"))
    names = sorted({f"{container.text}, {container.ndc}" for _, _, container in found})
    counted = f"{'; '.join(names)} × {len(found)}" if found else ""
    wanted = f"{shown_drug(recipe)} {amount(recipe.concentration_mg_ml)} mg/mL"
    yield Line("drug", wanted, counted, "", "named package", _all_in(p, "vial", p.plan.vials))
    for slot, scan, container in found:
        expiry = f"{container.expiry:%Y-%m-%d}" if container.expiry else "unknown"
        name = f"{'bottle' if is_oral(p.plan.container) else 'vial'} {letter(int(slot.partition(':')[2]))}"
        yield Line(name, "not expired", f"lot {container.lot}, {expiry}{_typed(scan)}", "", "in date", True)
    if recipe.reconstitution:
        yield from _one(p, "diluent", recipe.reconstitution.diluent)
    if p.pump is not None:
        yield from sheet_of_pumps.identity(p, p.pump)
    elif p.plan.gain is not None:
        material = f", {recipe.bag}" if recipe.bag else ""
        yield from _one(p, "base", f"{p.plan.base}, {amount(p.plan.base_ml)} mL{material}")
    if p.plan.devices:
        yield _devices(p)


def _all_in(p: Preparation, step: str, count: int) -> bool | None:
    done = sum(slot.partition(":")[0] == step for slot in p.entries)
    return True if done == count else None


def _one(p: Preparation, step: str, wanted: str) -> Iterator[Line]:
    scanned = next(_containers(p, step), None)
    if scanned is None:
        yield Line("bag" if step == "base" else step, wanted, "", "", "same fluid", None)
        return
    _, scan, container = scanned
    expiry = f"{container.expiry:%Y-%m-%d}" if container.expiry else "unknown"
    material = f", {container.part}" if container.part else ""
    found = f"{container.text}{material}, lot {container.lot}, {expiry}{_typed(scan)}"
    yield Line("bag" if step == "base" else step, wanted, found, "", "same fluid", True)


def _devices(p: Preparation) -> Line:
    lots = sorted({f"{one.text} lot {one.lot}" for _, _, one in _containers(p, "device")})
    waived = [entry for slot, entry in p.entries.items() if slot.startswith("device:") and entry.waived]
    found = "; ".join(lots) + (f"; {len(waived)} WAIVED by a pharmacist" if waived else "")
    done = _all_in(p, "device", len(p.plan.devices))
    return Line("closed-system devices", f"{len(p.plan.devices)} pieces", found, "", "each scanned", done)


def _vials(p: Preparation) -> Iterator[Line]:
    making, aim = p.recipe.reconstitution, p.plan.diluent
    if making is None or aim is None:
        return
    for unit, made in enumerate(measured.vial_gains(p), start=1):
        name = letter(unit)
        pair = f"recon-before:{unit}", f"recon-after:{unit}"
        both = measured.pair(p, *pair)
        density = measured.diluent_density(p).g_per_ml
        formula = f"{amount(making.volume_ml)} mL × {density} g/mL = {reading(aim.expected_g, 3)} g"
        line = against(f"diluent into {name}", both.gain if both else None, aim, formula, pair)
        yield doubted(line, budgets.of_difference(p, pair[1]), 2)
        label = p.recipe.concentration_mg_ml
        word = "nominal" if made is None or made.nominal else "actual"
        if made is None:
            yield Line(f"{word} {name}", f"{amount(label)} mg/mL", "", "", "5 %", None)
            continue
        inputs = f"{amount(p.recipe.vial_mg)} mg ÷ ({reading(made.diluent.ml)} mL diluent"
        inputs += " + displacement not known)" if made.nominal else f" + {making.displacement_ml} mL displacement)"
        found = f"{reading(made.concentration.mg_per_ml)} mg/mL"
        inside = None if made.nominal else made.keeps_label
        off = percent(made.off_label)
        line = Line(f"{word} {name}", f"{amount(label)} mg/mL", found, off, "5 %", inside, inputs)
        yield line if made.nominal else doubted(line, budgets.of_strength(p, unit), 2)


def _draws(p: Preparation) -> Iterator[Line]:
    if p.plan.by_volume is not None:
        yield from sheet_of_volumes.lines(p)
        return
    aim, density = measured.draw_target(p), measured.density(p).g_per_ml
    basis = p.recipe.density.basis
    for unit, one in enumerate(measured.draws(p), start=1):
        formula = f"{amount(rounded(aim.volume_ml, 2))} mL × {density} g/mL ({basis}) = {reading(aim.expected_g, 3)} g"
        if one is not None:
            formula += f"; found {reading(one.mass.g)} g ÷ {density} = {reading(one.volume.ml)} mL = {reading(one.dose.mg, 1)} mg"
        pair = f"syringe-empty:{unit}", f"syringe-full:{unit}"
        line = against(f"syringe {unit}", one.mass if one else None, aim, formula, pair)
        yield doubted(line, budgets.of_difference(p, pair[1]), 2)


def _left_the_vials(p: Preparation) -> Iterator[Line]:
    """Compare what the vials lost with what the syringes hold, where the vials are weighed after the draws (R4)."""
    if not (p.policy.weigh_vials or p.overdrawn) or p.plan.by_volume is not None:
        return
    left, drawn = holding.lost_in_all(p), holding.drawn_in_all(p)
    wanted = "" if drawn is None else f"{reading(drawn)} g"
    each = [(letter(k), holding.lost(p, str(k))) for k in range(1, p.plan.vials + 1)]
    formula = " + ".join(f"vial {name} {reading(loss)} g" for name, loss in each if loss is not None)
    limit = "2 %, or the balance's noise"
    if left is None or drawn is None:
        yield Line("left the vials", wanted or "what the syringes hold", "", "", limit, None, formula)
        return
    yield Line("left the vials", wanted, f"{reading(left)} g", percent(left / drawn - 1), limit, True, formula)


def _used(p: Preparation) -> Iterator[Line]:
    """Say what stays in each used syringe, where they are weighed (R3)."""
    injected = p.policy.weigh_used_syringes and p.plan.gain is not None and p.plan.by_volume is None
    for unit in range(1, len(p.plan.syringes_ml) + 1) if injected else ():
        pair = f"syringe-empty:{unit}", f"syringe-used:{unit}"
        both = measured.pair(p, *pair)
        found, right = (f"{reading(both.gain.g)} g", True) if both else ("", None)
        yield Line(f"syringe {unit} emptied", "0.00 g", found, "", "0.5 % or 0.15 g", right, readings=pair)


def _dose(p: Preparation) -> Iterator[Line]:
    found = measured.dose(p)
    account = measured.account_of(p, found.dose) if found else None
    limit = percent(p.policy.dose_tolerance, 0).lstrip("+")
    ordered = f"{amount(p.planned.ordered_mg)} mg"
    if found is None or account is None:
        yield Line("DOSE", ordered, "", "", limit, None, _summed(p), strong=True)
        return
    inside = abs(account.compounding) <= p.policy.dose_tolerance
    concentration = amount(measured.concentration(p).mg_per_ml)
    drawn = f"{reading(found.volume.ml)} mL × {concentration} mg/mL{sheet_of_pumps.infused_part(p)}"
    apart = f"rounding {percent(account.rounding, 2)}, compounding {percent(account.compounding, 2)}"
    formula = f"{drawn}; {apart}"
    off = percent(account.compounding, 2)
    line = Line("DOSE", ordered, f"{reading(found.dose.mg, 1)} mg", off, limit, inside, formula, strong=True)
    yield (
        replace(line, expanded=sheet_of_volumes.NOT_WEIGHED)
        if p.plan.by_volume
        else doubted(line, budgets.of_dose(p), 1)
    )


def _summed(p: Preparation) -> str:
    return "sum of the volumes read × concentration" if p.plan.by_volume else "sum of the weighed draws"


def _bag(p: Preparation) -> Iterator[Line]:
    if p.plan.gain is None or p.pump is not None or p.plan.by_volume is not None:
        yield _final(p)
        return
    aim, formula = measured.gain_target(p), "sum of the draws' expected masses"
    line = against("bag gain", measured.bag_gain(p), aim, formula, ("bag-before", "bag-after"))
    yield doubted(line, budgets.of_difference(p, "bag-after"), 2)
    yield _final(p)


def _final(p: Preparation) -> Line:
    """Return the concentration in the bag, worked out from the dose and volume that were found, never the planned one."""
    low, high, found = p.recipe.final_min_mg_ml, p.recipe.final_max_mg_ml, measured.drawn_in_all(p)
    name, expected, limit = "final concentration", f"{reading(p.plan.final_mg_ml)} mg/mL", between(low, high)
    strength = measured.final_concentration(p)
    if found is None or strength is None:
        divided = "dose ÷ (base + volume drawn)" if p.plan.gain else "dose ÷ volume drawn"
        return Line(name, expected, "", "", limit, None, divided)
    has = strength.mg_per_ml
    inside = (low is None or has >= low) and (high is None or has <= high)
    into = (
        f"({reading(measured.fluid_in_all(p).ml) if p.pump else amount(p.plan.base_ml)} + {reading(found.volume.ml)} mL)"
        if p.plan.gain
        else f"{reading(found.volume.ml)} mL"
    )
    formula = f"{reading(found.dose.mg, 1)} mg ÷ {into}"
    return Line(name, expected, f"{reading(has)} mg/mL", percent(has / p.plan.final_mg_ml - 1), limit, inside, formula)


def _dating(p: Preparation) -> Iterator[Line]:
    limit = beyond_use(p)
    hours = f"{amount(p.recipe.stability_h or Decimal(0))} h at {p.master.storage}"
    cabinet = p.cabinet.code if p.cabinet else ""
    if limit is None:
        yield Line("beyond use", hours, "", "", "", None)
        return
    local = limit.at.astimezone(ZoneInfo(p.policy.zone))
    reasons = "; ".join(
        f"{one.why}: {one.at.astimezone(ZoneInfo(p.policy.zone)):%Y-%m-%d %H:%M}" for one in limit.limits
    )
    if p.order.duration_min and not p.pump and p.recipe.stable_through_infusion is None and p.counts is None:
        reasons += "; the recipe does not state whether the stability includes the infusion: it has to begin within it"
    yield Line("beyond use", hours, f"{local:%Y-%m-%d %H:%M}", "", f"limited by {limit.limited_by}", True, reasons)
    yield Line("cabinet", "certified, decontaminated", cabinet, "", "", True)


def _label(p: Preparation) -> Iterator[Line]:
    printed = p.final_label()
    if printed is None:
        yield Line("final label", "printed and scanned back", "", "", "this preparation's", None)
        return
    back = "label-scan" in p.entries
    found = f"{printed.label_id}, copy {printed.copy}" + (", scanned back" if back else ", not scanned yet")
    yield Line("final label", "printed and scanned back", found, "", "this preparation's", back or None)
