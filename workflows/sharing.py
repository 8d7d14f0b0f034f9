"""May an opened vial serve another patient, how much is in it, is it enough: amounts and permission, no persons (R32)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from workflows import holding
from workflows.accounts import VialKept
from workflows.evidence import Container, OpenVial, Scan
from workflows.order import Order
from workflows.preparation import Preparation
from workflows.recipe import Policy, Recipe
from workflows.trials import is_trial

OFFERED: bool = False
"""Whether a site may share vials at all: not before a kept vial carries its stability, its diluent and its label's weight."""
NOT_YET = "Opened vials are not kept as stock yet."
OPENED_H = Decimal(12)
"""Hours that a vial may be drawn from after it was entered, in the cabinet (R31, unconfirmed)."""
COVERAGE = Decimal(2)
"""k of an expanded uncertainty."""
NOISE = 3 * Decimal(2).sqrt()
"""How many times s two readings of one unchanged object may differ (R4)."""


def why_not(order: Order, recipe: Recipe, policy: Policy) -> str:
    """Say why no opened vial goes into this dose or comes out of it, in words; empty where it may."""
    making = recipe.reconstitution
    said = {
        "the site shares no vials": not policy.share_vials,
        f"the recipe {recipe.name} does not let its vials be shared": not recipe.may_be_shared,
        "without closed-system devices nothing that was opened is kept": not policy.cstd,
        "it is drawn by its actual strength, which is no other dose's": making is not None and making.mode == "B",
        "whether its vials are single-dose containers is not recorded": recipe.single_dose is None,
        "nothing of a clinical trial is shared": is_trial(order),
    }
    return next((says for says, so in said.items() if so), "")


def shares(p: Preparation) -> bool:
    """Say whether opened vials may go in and come out here."""
    return not p.counts and not why_not(p.order, p.recipe, p.policy)


def hours_open(recipe: Recipe) -> Decimal:
    """Return the hours that one of its vials may be drawn from after it was entered (R31)."""
    return min(OPENED_H, recipe.opened_h or OPENED_H)


def limit_of(p: Preparation, unit: str) -> datetime | None:
    """Return the end of vial `unit`'s in-use limit: never later than it was before; None where nothing was opened yet."""
    before = holding.opened_vial(p, unit)
    if before is not None:
        return before.until
    return None if p.started_at is None else p.started_at + timedelta(minutes=int(hours_open(p.recipe) * 60))


def opened_units(p: Preparation) -> tuple[str, ...]:
    """Return the numbers of the vials that had been opened for an earlier dose: 1, 2."""
    if p.counts:
        return ()
    return tuple(unit for unit in map(str, range(1, p.plan.vials + 1)) if holding.opened_vial(p, unit) is not None)


def opened_vials(p: Preparation) -> tuple[OpenVial, ...]:
    """Return what the record says of each of them."""
    return tuple(known for unit in opened_units(p) if (known := holding.opened_vial(p, unit)))


def sealed_units(p: Preparation) -> tuple[str, ...]:
    """Return the numbers of the other vials, also of those that are not scanned yet."""
    return tuple(unit for unit in map(str, range(1, p.plan.vials + 1)) if holding.opened_vial(p, unit) is None)


def kept(p: Preparation) -> tuple[VialKept, ...]:
    """Return the vials of this preparation that were kept."""
    return tuple(note.event for note in p.notes if isinstance(note.event, VialKept))


def vial_of(p: Preparation, unit: str) -> Container | None:
    """Return the container that was scanned as vial `unit`."""
    scan = p.evidence(f"vial:{unit}")
    return scan.found if isinstance(scan, Scan) and isinstance(scan.found, Container) else None


def vials_ml(p: Preparation) -> Decimal:
    """Return the mL in all vials that went in, by their labels; of one opened before, what was left in it (R32)."""
    gone = (p.recipe.vial_ml - known.left_ml for known in opened_vials(p))
    return p.plan.vials_ml - sum(gone, Decimal(0))


def spare_ml(p: Preparation) -> Decimal:
    """Return the mL that no dose and no kept vial has been counted for yet: more is never kept, or a mg would count twice."""
    return vials_ml(p) - p.plan.volume_ml - sum((one.left_ml for one in kept(p)), Decimal(0))


def usable_ml(known: OpenVial, policy: Policy) -> Decimal:
    """Return the mL that can surely be drawn from an opened vial: less its doubt, less what no syringe reaches (R32)."""
    return known.left_ml - known.unsure_ml - policy.dead_ml


def asked_of(p: Preparation, unit: str) -> Decimal:
    """Return the mL that vial `unit` has to give: its own syringe's share, or what the other vials leave."""
    if len(p.plan.syringes_ml) == p.plan.vials > 1:
        return p.plan.draw.volume_ml
    others = (holding.opened_vial(p, other) for other in map(str, range(1, p.plan.vials + 1)) if other != unit)
    given = sum((usable_ml(one, p.policy) if one else p.recipe.vial_ml for one in others), Decimal(0))
    return p.plan.volume_ml - given


def left_after(full_g: Decimal, held_g: Decimal, now_g: Decimal) -> Decimal:
    """Return the g of liquid left in a vial that held `held_g` when it weighed `full_g`, and weighs `now_g`."""
    return held_g - max(full_g - now_g, Decimal(0))


def unsure_ml(left_g: Decimal, scatter_g: Decimal, density: Decimal, density_u: Decimal) -> Decimal:
    """Return the expanded uncertainty in mL of `left_g`: of two readings with the scatter `scatter_g`, and of the density."""
    by_weight = COVERAGE * Decimal(2).sqrt() * scatter_g / density
    by_density = COVERAGE * density_u / density * left_g / density
    return (by_weight**2 + by_density**2).sqrt()
