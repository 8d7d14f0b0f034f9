"""The account of every container that was brought in (property 8)."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from workflows import events as happened
from workflows import measured, sharing
from workflows.evidence import Container
from workflows.preparation import Preparation
from workflows.quantities import Concentration
from workflows.recipe import Recipe


def accounts(p: Preparation) -> tuple[happened.ContainerAccount, ...]:
    """Return what became of each container of the preparation, devices included."""
    released = p.outcome == "released"
    inside = tuple(_account(container, p, released) for container in p.containers())
    aside = tuple(happened.ContainerAccount(one.unit, one.text, one.lot, _thrown(one, p)) for one in p.set_aside)
    return (*inside, *aside)


def _thrown(container: Container, p: Preparation) -> Literal["wasted", "not opened"]:
    """Return the fate of what no dose came of: wasted once work began, for it may have been entered by then.

    A vial opened for an earlier dose always is: nobody saw it between its scan and the stop, and it was not kept anew (R32).
    """
    return "wasted" if p.started_at is not None or container.opened is not None else "not opened"


def _account(container: Container, p: Preparation, released: bool) -> happened.ContainerAccount:
    line = (container.unit, container.text, container.lot)
    if p.counts:
        fate: Literal["used, rest kept", "not opened"] = "used, rest kept" if poured(p) else "not opened"
        return happened.ContainerAccount(*line, fate)
    if released and container.role == "base" and (p.pump is None or container.part == p.pump.part):
        return happened.ContainerAccount(*line, "dispensed")
    if released and any(one.container.opened and one.container.opened.of == container.unit for one in sharing.kept(p)):
        return happened.ContainerAccount(*line, "used, rest kept")
    if released:
        return happened.ContainerAccount(*line, "used, rest wasted" if container.role != "device" else "used")
    return happened.ContainerAccount(*line, _thrown(container, p))


def poured(p: Preparation) -> bool:
    """Say whether units may lie in the tray, or lay there: from the last stock bottle on, whatever was counted since (R54)."""
    stocked = sum(slot.startswith("stock:") for slot in p.entries)
    return p.counts is not None and (p.started_at is not None or stocked >= p.counts.bottles)


def close(p: Preparation) -> happened.Closed:
    """Return the event that closes it, with every container's fate and the drug discarded (R58).

    Of a count what lay in the tray and was not released counts as discarded whole: nothing goes back into a stock bottle.
    """
    released = p.outcome == "released"
    if p.counts:
        thrown_mg = p.counts.total_mg if poured(p) and not released else Decimal(0)
        return happened.Closed(accounts(p), Decimal(0), thrown_mg)
    thrown = [one for one in (*p.set_aside, *(() if released else p.containers())) if one.role == "drug"]
    held = [_held(one, p.recipe) for one in thrown if _thrown(one, p) == "wasted"]
    ml, mg = (sum((one[part] for one in held), Decimal(0)) for part in (0, 1))
    brought, kept = mg, sum((one.left_mg for one in sharing.kept(p)), Decimal(0))
    if released:
        left = measured.leftover(p)
        ml, mg = ml + left.ml, mg + left.holds(Concentration(p.recipe.concentration_mg_ml)).mg
        brought += sharing.vials_ml(p) * p.recipe.concentration_mg_ml
    return happened.Closed(accounts(p), ml, mg, kept, brought)


def _held(vial: Container, recipe: Recipe) -> tuple[Decimal, Decimal]:
    """Return mL and mg of a vial that was thrown away; one of an earlier recipe held what its own label says."""
    if vial.opened is not None and vial.concentration_mg_ml:
        return vial.opened.left_ml, vial.opened.left_ml * vial.concentration_mg_ml
    known = vial.concentration_mg_ml == recipe.concentration_mg_ml and vial.amount_mg == recipe.vial_mg
    if known or not vial.concentration_mg_ml or vial.amount_mg is None:
        return recipe.vial_ml, recipe.vial_mg
    return vial.amount_mg / vial.concentration_mg_ml, vial.amount_mg
