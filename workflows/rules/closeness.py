"""Is it clear of its limits: an amount nearer to a limit than its uncertainty is too close to call, and weighed again (R12, R14).

It only ever stops what would pass. What is outside by itself is outside, whatever a mean says; that is `IS_WITHIN_TOLERANCE`.
"""

from __future__ import annotations

from collections.abc import Callable

from workflows import budgets, measured
from workflows.evidence import Weighing
from workflows.findings import Finding
from workflows.pairs import before_slot
from workflows.preparation import Preparation
from workflows.quantities import Mass
from workflows.rules.rule import Case, Rule
from workflows.rules.weighing import named, recorded_only, with_reading
from workflows.standing import TOO_CLOSE
from workflows.targets import Target
from workflows.uncertainty import Guard
from workflows.wording import letter, reading

AGAIN = "Weigh it again: take it off, put it on again."


def _too_close(case: Case[Weighing]) -> Finding | None:
    p, slot = case.preparation, case.slot
    aim, before = budgets.target(p, slot), p.weighing(before_slot(slot))
    if aim is None or before is None or not aim.low_g <= case.evidence.g - before.g <= aim.high_g:
        return None
    if recorded_only(case, aim):
        return None
    together = with_reading(p, slot, case.evidence, load=True)
    found = budgets.of_difference(together, slot)
    if found is not None and not found.clear:
        name = named(slot.partition(":")[0].partition("-")[0], case.unit)
        readings = len(together.load(slot))
        return Finding(TOO_CLOSE, _says(f"{name} measured", found, readings), _what_helps(case, found, aim))
    return _sum(case, together) or _strength(case, together) or _infused(case, together)


def _sum(case: Case[Weighing], together: Preparation) -> Finding | None:
    found = budgets.of_dose(together) if case.slot.startswith("syringe-full") else None
    if found is None or found.clear or not _inside_alone(case, budgets.of_dose):
        return None
    return Finding(
        TOO_CLOSE, _says("ALL SYRINGES TOGETHER hold", found), f"{AGAIN} Or correct this syringe, or REDO another."
    )


def _strength(case: Case[Weighing], together: Preparation) -> Finding | None:
    if not case.slot.startswith("recon-after"):
        return None
    found = budgets.of_strength(together, case.unit)
    if found is None or found.clear or not _inside_alone(case, lambda p: budgets.of_strength(p, case.unit)):
        return None
    return Finding(
        TOO_CLOSE, _says(f"VIAL {letter(case.unit)} is", found), f"{AGAIN} If it stays so: REDO with a new vial."
    )


def _infused(case: Case[Weighing], together: Preparation) -> Finding | None:
    found = budgets.of_infused(together) if case.slot.startswith("fluid-full") else None
    if found is None or found.clear or not _inside_alone(case, budgets.of_infused):
        return None
    return Finding(
        TOO_CLOSE, _says("WHAT IS INFUSED holds", found), f"{AGAIN} Or correct this syringe, or REDO another."
    )


def _inside_alone(case: Case[Weighing], guard: Callable[[Preparation], Guard | None]) -> bool:
    """Say whether this reading by itself is inside the limits: one that is not was found outside by another rule."""
    found = guard(with_reading(case.preparation, case.slot, case.evidence))
    return found is not None and found.inside


def _says(what: str, found: Guard, readings: int = 1) -> str:
    limit = found.low if found.found - found.low < found.high - found.found else found.high
    places = {"g": 2, "mg": 1}.get(found.unit, 2)
    amount, edge, off = (reading(one, places) for one in (found.found, limit, found.expanded))
    mean = f", the mean of {readings} weighings" if readings > 1 else ""
    off = f"The limit is {edge} {found.unit}, and it may be off by {off} {found.unit}."
    return f"TOO CLOSE TO CALL. {what} {amount} {found.unit}{mean}. {off}"


def _what_helps(case: Case[Weighing], found: Guard, aim: Target) -> str:
    """Return what to do: weigh again, and where it can be put right, nearer to what is wanted."""
    step, low = case.slot.partition(":")[0], found.found < aim.expected_g
    if step == "syringe-full" and not low:
        surplus = Mass(found.found - aim.expected_g).of(measured.density(case.preparation))
        return f"{AGAIN} Or return {surplus.ml:.1f} mL to the vial last entered, through the connector, then weigh."
    if low:
        topped = step in ("syringe-full", "recon-after", "fluid-full")
        more = "top up" if topped else "inject what is still in a syringe"
        return f"{AGAIN} Or {more}, then weigh."
    return f"{AGAIN} Add nothing and take nothing out."


IS_CLEAR_OF_ITS_LIMITS = Rule[Weighing](
    "The mean of all readings of the load is inside every limit by its expanded uncertainty (k = 2); closer is too close "
    "to call: it is weighed again, and nobody can accept it (R9, R12, R14).",
    _too_close,
    edges=("just inside", "too close", "weighed again"),
)
