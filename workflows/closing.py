"""The account of every container that was brought in (property 8)."""

from __future__ import annotations

from decimal import Decimal

from workflows import events as happened
from workflows import measured
from workflows.evidence import Container
from workflows.preparation import Preparation
from workflows.quantities import Concentration


def accounts(p: Preparation) -> tuple[happened.ContainerAccount, ...]:
    """Return what became of each container of the preparation, devices included."""
    released = p.outcome == "released"
    inside = tuple(_account(container, p, released) for container in p.containers())
    aside = tuple(
        happened.ContainerAccount(container.unit, container.text, container.lot, "wasted") for container in p.set_aside
    )
    return (*inside, *aside)


def _account(container: Container, p: Preparation, released: bool) -> happened.ContainerAccount:
    line = (container.unit, container.text, container.lot)
    if released and container.role == "base":
        return happened.ContainerAccount(*line, "dispensed")
    if released:
        return happened.ContainerAccount(*line, "used, rest wasted" if container.role != "device" else "used")
    opened = p.started_at is not None
    return happened.ContainerAccount(*line, "wasted" if opened else "not opened")


def close(p: Preparation) -> happened.Closed:
    """Return the event that closes it, with every container's fate and the drug discarded (R58)."""
    if p.outcome == "released":
        left = measured.leftover(p)
        return happened.Closed(accounts(p), left.ml, left.holds(Concentration(p.recipe.concentration_mg_ml)).mg)
    opened = p.started_at is not None
    wasted = p.plan.vials_ml if opened else Decimal(0)
    return happened.Closed(accounts(p), wasted, p.recipe.vial_mg * p.plan.vials if opened else Decimal(0))
