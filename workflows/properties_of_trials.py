"""What a trial's dose and a trial's stock are judged by, read from the log alone: neither is ever the other's (2, R56)."""

from __future__ import annotations

from collections.abc import Iterator

from workflows import events as happened
from workflows.evidence import Container
from workflows.facts import Facts
from workflows.sentences import Breach


def taken(f: Facts, slot: str, found: Container) -> Iterator[Breach]:
    """Yield where drug of one stock was accepted for a dose of another, or of a kit that was not assigned (2)."""
    if found.role != "drug":
        return
    recipe = None if f.counted else f.opened.recipe
    wanted = recipe.protocol if recipe is not None and recipe.protocol_stock else ""
    if found.protocol != wanted:
        yield Breach(2, f"{found.text} of the stock “{found.protocol}” was taken for a dose of “{wanted}”")
    assigned = None if f.counted else f.opened.plan.trial
    if assigned is not None and assigned.kits and wanted and found.kit not in assigned.kits:
        yield Breach(2, f"{slot} is of kit {found.kit}; {', '.join(assigned.kits)} is assigned")


def opened(f: Facts) -> Iterator[Breach]:
    """Yield where a trial's dose was begun for an order that does not name it, for nobody, or on one person's word (2)."""
    if f.counted or not f.opened.recipe.protocol:
        return
    recipe, assigned = f.opened.recipe, f.opened.plan.trial
    said = f.opened.order.protocol.upper().replace(",", " ").replace(";", " ").split()
    if recipe.protocol.upper() not in said or len(recipe.protocol) < 4:
        yield Breach(2, f"a dose of the trial {recipe.protocol} for an order of {said}")
    if assigned is None or not assigned.subject or not assigned.second or assigned.by == assigned.second:
        yield Breach(2, "a trial's dose without a subject that two people have seen")
    elif recipe.assigned_kits and not assigned.kits:
        yield Breach(2, "a trial's dose without the kit that was assigned")


def on_paper(f: Facts, e: happened.MadeOnPaper) -> Iterator[Breach]:
    """Yield where a trial's dose was entered from paper and no unit of its stock is named that went in (8)."""
    if f.counted or not f.opened.recipe.protocol or not f.opened.recipe.protocol_stock:
        return
    if not any(one.unit for one in e.sheet.ingredients):
        yield Breach(8, "a trial's dose entered from paper without the units it was made of")
