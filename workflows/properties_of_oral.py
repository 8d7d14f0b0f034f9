"""What the checker asks of a liquid taken by mouth, reckoned on its own: it asks neither the rules nor the engine (R54)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from workflows import facts as read
from workflows.evidence import Container, Scan
from workflows.facts import Facts
from workflows.order import Order
from workflows.properties_of_names import is_fatal, is_never_daily
from workflows.sentences import Breach

SHAKEN = "bottle shaken, nothing left on its bottom"
MARKS = {1: "0.05", 3: "0.1", 5: "0.2", 10: "0.5", 20: "1", 35: "1"}
"""mL between two marks of an oral syringe, by the greatest nominal mL that has them; larger ones have 2 mL."""
ONCE_OR_WEEKLY = re.compile(r"once|weekly|q1w|qweek|wk|1\s+per\s+(7\s+d|1\s+wk)")
"""The only words of an order by which methotrexate is swallowed, in lower case."""


def by_mouth(order: Order) -> bool:
    """Say whether an order is made as a liquid by mouth."""
    return order.container == "oral syringe"


def is_for_it(f: Facts, found: Container) -> bool:
    """Say whether a scanned thing is the oral syringe that was planned."""
    return found.role == "device" and found.part == f"oral syringe {f.opened.plan.syringes_ml[0].normalize():f} mL"


def codes(f: Facts) -> tuple[str, ...]:
    """Return the competencies that are asked for besides the policy's general ones."""
    asked = f.begun.policy.counting
    return asked.competencies if asked and by_mouth(f.begun.order) else ()


def drawn(f: Facts, slot: str) -> Iterator[Breach]:
    """Yield where a syringe is filled that was not scanned as an oral one, or out of a bottle not shaken since (12, 13)."""
    step, _, unit = slot.partition(":")
    if not by_mouth(f.begun.order) or not step.startswith("syringe"):
        return
    scan = f.kept.get(f"dispenser:{unit}")
    if scan is None or not isinstance(scan.evidence, Scan) or not isinstance(scan.evidence.found, Container):
        yield Breach(12, f"{slot} was weighed before an oral syringe was scanned")
    shaken, empty = f.kept.get(f"shaken:{unit}"), f.kept.get(f"syringe-empty:{unit}")
    if step == "syringe-full" and (shaken is None or empty is None or shaken.version < empty.version):
        yield Breach(13, f"{slot} was drawn from a bottle that was not shaken since the empty syringe was weighed")


def said(slot: str, item: str) -> Iterator[Breach]:
    """Yield where something else was said than that the bottle was shaken (13)."""
    if slot.startswith("shaken:") and item != SHAKEN:
        yield Breach(13, f"{slot} was answered with: {item}")


def leaves(f: Facts) -> Iterator[Breach]:
    """Yield what may not be released to be taken by mouth (10, 11, 12, 14 to 16, 18, 19)."""
    recipe, order, size = f.opened.recipe, f.opened.order, f.opened.plan.syringes_ml[0]
    if is_fatal(recipe):
        yield Breach(10, f"{recipe.drug} was released to be swallowed")
    if order.route != "PO" or recipe.routes != ("PO",) or recipe.containers != ("oral syringe",):
        yield Breach(12, f"{recipe.name} by the route {order.route} is no recipe and no order for the mouth")
    if is_never_daily(f"{recipe.drug} {order.drug}") and not ONCE_OR_WEEKLY.fullmatch(
        order.frequency.strip().casefold()
    ):
        yield Breach(15, f"{recipe.drug} to be swallowed was released for “{order.frequency}”")
    volume = read.dose_mg(f) / recipe.concentration_mg_ml
    if read.syringes(f) != 1 or volume > size * Decimal("0.75"):
        yield Breach(11, f"{volume} mL in {read.syringes(f)} oral syringes of {size} mL")
    apart = next((Decimal(step) for most, step in MARKS.items() if size <= most), Decimal(2))
    if volume % apart:
        yield Breach(14, f"{volume} mL cannot be read off marks that are {apart} mL apart")
    if order.total_volume_ml is not None and abs(order.total_volume_ml - volume) > apart:
        yield Breach(16, f"{volume} mL were released; the order names {order.total_volume_ml} mL")
    asked, often = order.doses_total, order.frequency.strip().casefold()
    if asked not in (None, 1) or (asked is None and often not in ("", "once")):
        yield Breach(18, f"one dose was released for {asked or 'no'} doses ordered, “{order.frequency}”")
    if recipe.stability_h is None or recipe.stability_h > 840:
        yield Breach(19, f"it is dated {recipe.stability_h} h after it was drawn")
