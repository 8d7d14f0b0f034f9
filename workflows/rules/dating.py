"""How long it may be used: the beyond-use time and what limits it (R30, R31, R34)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from workflows import sharing
from workflows.oral import is_oral
from workflows.preparation import Preparation
from workflows.pumping import ROOM_TEMPERATURE
from workflows.recipe import LONGEST_H
from workflows.wording import amount

STERILITY_HOURS = {
    (2, "20 to 25 °C"): 96,
    (2, "2 to 8 °C"): 240,
    (1, "20 to 25 °C"): 12,
    (1, "2 to 8 °C"): 24,
}
"""Hours by category and storage for aseptic work from sterile components only (R30, unconfirmed)."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One reason why a preparation may not be used later."""

    why: str
    """In words."""
    at: datetime
    """Moment, UTC."""


@dataclass(frozen=True, slots=True)
class BeyondUse:
    """The moment by which administration must begin, with every limit that was weighed."""

    at: datetime
    """UTC; the earliest of the limits."""
    limited_by: str
    """The limit that decides, in words."""
    limits: tuple[Limit, ...]
    """All of them, earliest first."""


def started_at(p: Preparation) -> datetime | None:
    """Return when compounding began: the first accepted weighing, when the first adaptor went on; None before.

    It never moves later, whatever is taken back or done again.
    """
    return p.started_at


def beyond_use(p: Preparation) -> BeyondUse | None:
    """Return the beyond-use time: start plus the least of all limits (R30); None before compounding began."""
    if p.counts:
        return _of_stock(p)
    start, kind, hours = started_at(p), p.category, p.recipe.stability_h
    if start is None or kind is None or hours is None:
        return None
    if is_oral(p.planned.container):  # nothing sterile: stability and expiry alone (R30)
        return _earliest([_stable(p, start, hours), *_expiries(p)])
    sterile = STERILITY_HOURS[kind, p.master.storage]
    limits = [
        Limit(f"sterility, category {kind}, {sterile} h at {p.master.storage}", start + timedelta(hours=sterile)),
        _stable(p, start, hours),
    ]
    return _earliest([*limits, *_expiries(p), *_in_use(p)])


def _in_use(p: Preparation) -> list[Limit]:
    """Return the in-use limit of every vial that was opened for an earlier dose: no dose outlasts what it is made of (R30)."""
    vials = [(vial, vial.opened) for vial in p.containers() if vial.opened is not None]
    return [
        Limit(f"in-use limit of {vial.text}, opened before", sharing.good_until(known, p.recipe))
        for vial, known in vials
    ]


def _stable(p: Preparation, start: datetime, hours: Decimal) -> Limit:
    """Return by when it must be begun to be stable: a pump's run has to end before that too, where it is kept as it is run.

    What was opened for an earlier dose has been aging since: the oldest puncture counts.
    """
    start = min((start, *(known.punctured_at for known in sharing.opened_vials(p))))
    why, hours = f"stability, {amount(hours)} h at {p.master.storage}", min(hours, Decimal(LONGEST_H))
    if runs := running_h(p):
        told = f"{amount(p.pump.hours)} h" if p.pump else f"{amount(p.order.duration_min or runs)} min"
        why, hours = f"{why} less the {told} it runs", hours - runs
    return Limit(why, start + timedelta(minutes=int(hours * 60)))


def running_h(p: Preparation) -> Decimal:
    """Return the hours of its run that the stability has to cover besides: those of a pump that is kept as it is run, and of any
    infusion where the recipe says that its hours include it.
    """
    if p.pump is not None and p.master.storage == ROOM_TEMPERATURE:
        return p.pump.hours
    minutes = p.order.duration_min if p.recipe.stable_through_infusion else None
    return (minutes or Decimal(0)) / 60


def _of_stock(p: Preparation) -> BeyondUse | None:
    """Return until when counted units may be used: their stock's expiry; None before anything was counted (R54)."""
    start = started_at(p)
    limits = _expiries(p) if start else []
    return _earliest(limits) if limits else None


def _expiries(p: Preparation) -> list[Limit]:
    limits = []
    for container in p.containers():
        if container.expiry is not None and container.role != "device":
            end = sharing.day_over(container.expiry, p.policy.zone)
            limits.append(Limit(f"expiry of {container.text}, lot {container.lot}", end))
    return limits


def _earliest(limits: list[Limit]) -> BeyondUse:
    limits.sort(key=lambda limit: limit.at)
    return BeyondUse(limits[0].at, limits[0].why, tuple(limits))
