"""Doses of one order that are made together: for how many of them something made now is still good (R30)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from workflows.made_by import Master, Planned
from workflows.plan import Plan
from workflows.pumping import ROOM_TEMPERATURE
from workflows.recipe import Recipe
from workflows.rules.dating import STERILITY_HOURS
from workflows.wording import amount


def lasts(master: Master, made: Planned) -> tuple[Decimal, str]:
    """Return for how many hours a dose made now may be kept at most, and why; 0 hours where it is not made ahead at all.

    The stability of the recipe, less the run of a pump that is kept as it is run, and what is sterile in the best of cabinets
    (R30): in which one it will be made is not known yet, so that the true limit may be shorter and is judged at the dose.
    """
    if not isinstance(master, Recipe) or not isinstance(made, Plan):
        return Decimal(0), "Counted units go into one bottle."
    if master.protocol:
        return Decimal(0), "Each dose of a trial has an order of its own."
    if master.stability_h is None:
        return Decimal(0), f"The recipe {master.name} knows no limit of stability."
    runs = made.pump.hours if made.pump is not None and master.storage == ROOM_TEMPERATURE else Decimal(0)
    sterile = Decimal(STERILITY_HOURS[2, master.storage])
    if sterile < master.stability_h - runs:
        return sterile, f"sterile for {amount(sterile)} h at {master.storage} at most"
    less = f", less the {amount(runs)} h it runs" if runs else ""
    return master.stability_h - runs, f"stable for {amount(master.stability_h)} h at {master.storage}{less}"


def made_ahead(dues: tuple[datetime, ...], hours: Decimal, at: datetime) -> int:
    """Return how many of these doses, one after another, a dose made at `at` that keeps so many hours is still good for."""
    until = at + timedelta(minutes=int(hours * 60))
    return next((n for n, due in enumerate(dues) if due > until), len(dues))
