"""What the page of the scale check says: the words of its task, of its lines, and the drawing beside them."""

from __future__ import annotations

from datetime import datetime

from app.stations import gates, register
from app.stations.gates import TestWeight
from app.web.station.screen import Picture
from devices.balance import qualification
from workflows.circumstances import BalanceStatus
from workflows.station_fit import unfit


def picture(wanted: TestWeight | None, ends: bool, adjusts: bool) -> Picture:
    """Return the drawing of what belongs on the pan."""
    if ends or adjusts:
        return Picture("hand", "empty pan", ("nothing on it, hands off",))
    return Picture("weight", f"{wanted.name} weight" if wanted else "check weights", ("with tweezers or gloves",))


def ending(ends: bool, adjusts: bool, levels: bool, adjusting: str) -> str:
    """Say what comes before the first weight or after the last; empty in between."""
    if levels:
        return "Is the balance level? Its bubble is in the ring: then NEXT."
    if adjusts:
        return adjusting
    return "Take the weight off. The empty pan is read." if ends else ""


def read(one: gates.Reading) -> str:
    """Say what a weight read, and the empty pan before it."""
    return f"read {one.reading_g} g, empty pan {one.zero_g} g before"


def most(status: BalanceStatus | None) -> str:
    """Return how far the empty pan may be from zero, in g."""
    return str(qualification.zero_limit(status.division_g)) if status else "0"


def may_read(status: BalanceStatus | None, one: TestWeight) -> str:
    """Say between what a weight may read."""
    return f"{register.limits(status, one.certificate_g)} is right" if status else ""


def barred(status: BalanceStatus | None, at: datetime) -> str:
    """Say why a balance that passed its check may still weigh no dose; empty where it may (R13, R15)."""
    found = unfit(status, at) if status else None
    return f"The check passed, but no dose is weighed here. {found.says}" if found else ""


def task(barred: str, passed: bool, weights: int, wanted: TestWeight | None) -> str:
    """Return what to do next, or what came of the check."""
    if barred:
        return barred
    if passed:
        return "The balance is checked. Go on with NEXT."
    if weights < 2:
        return "Two check weights must be registered for this station first."
    return f"Put the {wanted.name} weight on the pan." if wanted else "This station has no balance on its register."
