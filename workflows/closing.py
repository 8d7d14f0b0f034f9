"""The account of every container that was brought in (property 8)."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from workflows import events as happened
from workflows import measured
from workflows.evidence import Container
from workflows.preparation import Preparation
from workflows.quantities import Concentration


def accounts(p: Preparation) -> tuple[happened.ContainerAccount, ...]:
    """Return what became of each container of the preparation, devices included."""
    released = p.outcome == "released"
    inside = tuple(_account(container, p, released) for container in p.containers())
    opened = p.started_at is not None
    aside = tuple(
        happened.ContainerAccount(one.unit, one.text, one.lot, "wasted" if opened else "not opened")
        for one in p.set_aside
    )
    return (*inside, *aside)


def _account(container: Container, p: Preparation, released: bool) -> happened.ContainerAccount:
    line = (container.unit, container.text, container.lot)
    if p.counts:
        fate: Literal["used, rest kept", "not opened"] = "not opened" if p.started_at is None else "used, rest kept"
        return happened.ContainerAccount(*line, fate)
    if released and container.role == "base" and (p.pump is None or container.part == p.pump.part):
        return happened.ContainerAccount(*line, "dispensed")
    if released:
        return happened.ContainerAccount(*line, "used, rest wasted" if container.role != "device" else "used")
    opened = p.started_at is not None
    return happened.ContainerAccount(*line, "wasted" if opened else "not opened")


def close(p: Preparation) -> happened.Closed:
    """Return the event that closes it, with every container's fate and the drug discarded (R58).

    Of a count what lay in the tray and was not released counts as discarded whole: nothing goes back into a stock bottle.
    """
    released = p.outcome == "released"
    if p.counts:
        thrown_mg = Decimal(0) if released or p.started_at is None else p.counts.total_mg
        return happened.Closed(accounts(p), Decimal(0), thrown_mg)
    thrown = sum(one.role == "drug" for one in (*p.set_aside, *(() if released else p.containers())))
    thrown = thrown if p.started_at is not None else 0
    ml, mg = p.recipe.vial_ml * thrown, p.recipe.vial_mg * thrown
    if released:
        left = measured.leftover(p)
        ml, mg = ml + left.ml, mg + left.holds(Concentration(p.recipe.concentration_mg_ml)).mg
    return happened.Closed(accounts(p), ml, mg)
