"""The pharmacist's table of what is counted: ordered beside counted, each number with its formula (SCREENS 11, R54)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from workflows import by_weight, sheet_of_added
from workflows.count_words import undecided
from workflows.counting import CountPlan, directions, must_last
from workflows.evidence import Container, Count, Scan, Weighing
from workflows.lines import Line
from workflows.preparation import Preparation
from workflows.recipe import CountRecipe
from workflows.rules.counting import CLEANED, FIRST, SECOND, number
from workflows.rules.dating import beyond_use
from workflows.wording import amount, of_units, reading

NAMES = {FIRST: "count 1", SECOND: "count 2"}


def lines(p: Preparation, recipe: CountRecipe, plan: CountPlan) -> Iterator[Line]:
    """Yield the table of a count as far as it has come."""
    yield from _stock(p, recipe, plan)
    yield from _sums(recipe, plan)
    yield Line("directions", directions(p.order, plan), "as the label says them", "", "compare with the order", None)
    yield from _counts(p, plan)
    yield from _by_weight(p, plan)
    yield from sheet_of_added.lines(p)
    yield _until(p, plan)
    clean = p.entries.get("tray-clean")
    yield Line("tray", CLEANED, CLEANED if clean else "", "", "before approval", bool(clean) or None, "R54, G24")


def _until(p: Preparation, plan: CountPlan) -> Line:
    limit, lasts = beyond_use(p), must_last(plan, _counted_at(p) or p.order.due_at, p.policy.zone)
    day = limit.at.astimezone(ZoneInfo(p.policy.zone)).date() if limit else None
    right, why = (None, "") if day is None or limit is None else (day >= lasts, limit.limited_by)
    last = f"{plan.taking_days} days of taking"
    return Line("use before", f"not before {lasts:%Y-%m-%d}", f"{day or ''}", "", last, right, why)


def _counted_at(p: Preparation) -> datetime | None:
    counted = p.entries.get(SECOND)
    return counted.at if counted else None


def _stock(p: Preparation, recipe: CountRecipe, plan: CountPlan) -> Iterator[Line]:
    wanted = f"{recipe.printed_drug} {amount(recipe.strength_mg)} mg {recipe.form}"
    scans = [(slot, one.evidence) for slot, one in p.entries.items() if slot.startswith("stock:")]
    if not scans:
        yield Line("stock bottle", wanted, "", "", ", ".join(recipe.ndcs), None)
    for slot, scan in scans:
        if not isinstance(scan, Scan) or not isinstance(scan.found, Container):
            continue
        found, typed = scan.found, " — TYPED with a witness" if scan.how == "typed" else ""
        expiry = f"{found.expiry:%Y-%m-%d}" if found.expiry else "unknown"
        said = f"{found.text}, NDC {found.ndc}, lot {found.lot}, expires {expiry}, {found.left} left{typed}"
        name = f"stock bottle {slot.partition(':')[2]}" if plan.bottles > 1 else "stock bottle"
        yield Line(name, wanted, said, "", ", ".join(recipe.ndcs), True)


def _sums(recipe: CountRecipe, plan: CountPlan) -> Iterator[Line]:
    one, dose = f"{amount(plan.strength_mg)} mg", f"{amount(plan.ordered_mg)} mg"
    each = f"{dose} ÷ {one} = {plan.each_time}"
    yield Line("at a time", dose, f"{plan.each_time} × {one}", "", "whole units", True, each)
    most = f"at most {recipe.most_days}" if recipe.most_days else ""
    days = f"{plan.doses} doses ÷ {plan.times_a_day} a day"
    yield Line("days of taking", "", f"{plan.taking_days}", "", most, None, days)


def _counts(p: Preparation, plan: CountPlan) -> Iterator[Line]:
    wanted = f"{plan.count:,}"
    how = f"{plan.each_time} at a time × {plan.doses} doses = {wanted}"
    for slot, name in NAMES.items():
        found = number(p, slot)
        off = "" if found is None or found == plan.count else f"{found - plan.count:+,}"
        right, told = (None, "") if found is None else (found == plan.count, f"{found:,}")
        yield Line(name, wanted, told, off, "equal, and as ordered", right, how, strong=slot == SECOND)
    for miss in p.near_misses:
        if isinstance(miss.evidence, Count):
            name = f"{NAMES.get(miss.slot, miss.slot)}, not accepted"
            yield Line(name, wanted, f"{miss.evidence.number:,}", "", "recounted", False, miss.says)
    ordered, total = f"{amount(plan.ordered_mg * plan.doses)} mg", f"{amount(plan.total_mg)} mg"
    sums = f"{wanted} × {amount(plan.strength_mg)} mg; {plan.doses} × {amount(plan.ordered_mg)} mg"
    yield Line("in all", ordered, total, "", "equal", True, sums, strong=True)


def _by_weight(p: Preparation, plan: CountPlan) -> Iterator[Line]:
    """Yield what was weighed after the counts, and what it tells of their number; nothing where it is not asked for."""
    empty = p.weighing(by_weight.EMPTY)
    for units in by_weight.laid_in(p):
        known, some = by_weight.reference(p, units), p.weighing(by_weight.slot_of(units))
        if known is None or empty is None or some is None:
            yield Line(f"weight of {units}", "", "", "", "", None)
            continue
        each = f"{some.g:,f} g − {empty.g:,f} g = {of_units(known.mass_g)}; ÷ {units} = {of_units(known.mean_g)} each"
        tells = f"tells all to ± {reading(known.off)} (k = 2)"
        yield Line(f"weight of {units}", "", of_units(known.mass_g), "", tells, None, each)
    for miss in p.near_misses:
        if miss.slot == by_weight.ALL and isinstance(miss.evidence, Weighing):
            yield Line("by weight, not accepted", "", f"{miss.evidence.g:,f} g", "", "recounted", False, miss.says)
    open_still, aim, found = undecided(p), by_weight.target(p), by_weight.number(p)
    if open_still:
        yield Line("by weight", "", "not told", "", "the two counts are the proof", None, open_still)
    if aim is None:
        return
    wanted, limits = of_units(aim.expected_g), f"{of_units(aim.low_g)} to {of_units(aim.high_g)}"
    full = p.weighing(by_weight.ALL)
    if found is None or full is None or empty is None:
        yield Line("by weight", wanted, "", "", limits, None)
        return
    gain = full.g - empty.g
    how = f"{full.g:,f} g − {empty.g:,f} g = {of_units(gain)} = {reading(found)} units"
    inside = aim.low_g <= gain <= aim.high_g
    yield Line("by weight", wanted, of_units(gain), f"{found - plan.count:+.2f} units", limits, inside, how)
