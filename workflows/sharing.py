"""May an opened vial serve another patient, how much is in it, is it enough: amounts and permission, no persons (R32)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from workflows import holding, intrathecal
from workflows.accounts import VialKept, VialSetApart
from workflows.evidence import Container, Scan
from workflows.open_vial import CameWith, OpenVial
from workflows.order import Order
from workflows.preparation import Preparation
from workflows.recipe import Policy, Recipe
from workflows.standing import HAZARDS
from workflows.trials import is_trial

OPENED_H = Decimal(12)
"""Hours that a vial may be drawn from after it was entered, in the cabinet (R31, unconfirmed)."""
LOOKS_RIGHT = "clear, no particles, its adaptor on and dry"
"""What whoever draws from a vial that another opened has to see of it first."""
COVERAGE = Decimal(2)
"""k of an expanded uncertainty."""
NOISE = 3 * Decimal(2).sqrt()
"""How many times s two readings of one unchanged object may differ (R4)."""


def why_not(order: Order, recipe: Recipe, policy: Policy) -> str:
    """Say why no opened vial goes into this dose or comes out of it, in words; empty where it may."""
    return barred(recipe, policy) or ("nothing of a clinical trial is shared" if is_trial(order, recipe) else "")


def off(policy: Policy | None) -> str:
    """Say why a site shares no vials at all, in words; empty where it does. None: no policy is in force."""
    if policy is None:
        return "no site policy is signed"
    if not policy.share_vials:
        return "the site shares no vials"
    return "" if policy.cstd else "without closed-system devices nothing that was opened is kept"


def barred(recipe: Recipe, policy: Policy | None) -> str:
    """Say what forbids that vials of a recipe are shared at a site, whatever is ordered; empty where nothing does."""
    making, site = recipe.reconstitution, off(policy)
    said = {
        site: bool(site),
        f"the recipe {recipe.name} does not let its vials be shared": not recipe.may_be_shared,
        "an intrathecal dose has vials of its own": intrathecal.ROUTE in recipe.routes,
        "it is drawn by its actual strength, which is no other dose's": making is not None and making.mode == "B",
        "whether its vials are single-dose containers is not recorded": recipe.single_dose is None,
        "no in-use limit of its opened vials is recorded": recipe.opened_h is None,
        "how long it is stable is not recorded": recipe.stability_h is None,
    }
    return next((says for says, so in said.items() if so), "")


def shares(p: Preparation) -> bool:
    """Say whether opened vials may go in and come out here."""
    return not p.counts and not why_not(p.order, p.recipe, p.policy)


def hours_open(recipe: Recipe) -> Decimal:
    """Return the hours that one of its vials may be drawn from after it was entered (R31)."""
    return min(OPENED_H, recipe.opened_h or OPENED_H)


def hours_kept(recipe: Recipe) -> Decimal:
    """Return the hours that one of its vials may serve other doses after it was entered: never longer than it is stable."""
    return min(hours_open(recipe), recipe.stability_h or Decimal(0))


def made_up_otherwise(known: OpenVial, recipe: Recipe) -> str:
    """Say in words why what is in an opened vial is not what `recipe` draws; empty where it is (R5, R12).

    It is dissolved in the diluent that the recipe names, or in none; what is left was worked out with the recipe's density.
    """
    making, diluent = recipe.reconstitution, known.part("diluent")
    wanted, inside = making.diluent if making else "", diluent.what if diluent else ""
    if inside != wanted:
        return f"holds {inside or 'no diluent on record'}; this recipe takes {wanted or 'none'}"
    if known.density_g_per_ml is None or known.density_g_per_ml != recipe.density.g_per_ml:
        return "was measured with another density than this recipe has"
    return _touches(known, recipe)


def _touches(known: OpenVial, recipe: Recipe) -> str:
    """Say in words that an opened vial has an adaptor on which `recipe` keeps its drug from, or one that nobody knows (R46)."""
    adaptor = known.part("device")
    if adaptor is None or not recipe.keeps_from:
        return ""
    wrong = {one.casefold() for one in recipe.keeps_from} & {one.casefold() for one in adaptor.materials}
    if adaptor.materials and not wrong:
        return ""
    return f"has an adaptor of {', '.join(sorted(wrong)) or 'nobody knows what'}; it is kept from {', '.join(recipe.keeps_from)}"


def day_over(day: date, zone: str) -> datetime:
    """Return the last moment of a day in the site's zone, UTC (B10)."""
    return datetime.combine(day, time.max, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def good_until(known: OpenVial, recipe: Recipe) -> datetime:
    """Return until when an opened vial may go into a dose of `recipe`: its own limit, and no longer than this recipe lets."""
    return min(known.until, known.punctured_at + timedelta(minutes=int(hours_kept(recipe) * 60)))


def limit_of(p: Preparation, unit: str) -> datetime | None:
    """Return the end of vial `unit`'s in-use limit: never later than it was before; None where nothing was opened yet.

    The least of the hours since its first puncture, of its stability, and of the expiry of the vial and what is in it.
    """
    before, vial = holding.opened_vial(p, unit), vial_of(p, unit)
    if before is not None:
        return good_until(before, p.recipe)
    opened = punctured_at(p, unit)
    if p.started_at is None or vial is None or opened is None:
        return None
    things: tuple[Container | CameWith, ...] = (vial, *parts_of(p, unit))
    days = [one.expiry for one in things if one.expiry is not None]
    ends = (day_over(day, p.policy.zone) for day in days)
    return min((opened + timedelta(minutes=int(hours_kept(p.recipe) * 60)), *ends))


def punctured_at(p: Preparation, unit: str) -> datetime | None:
    """Return the first puncture of vial `unit` at the earliest: when it was first scanned, sealed; None for none (R31).

    A scan that was taken back counts too: nobody knows that the vial was not entered meanwhile.
    """
    before, entry, vial = holding.opened_vial(p, unit), p.entries.get(f"vial:{unit}"), vial_of(p, unit)
    if before is not None or entry is None or vial is None:
        return before.punctured_at if before else None
    return min(entry.at, p.first_scans.get(vial.unit, entry.at))


def parts_of(p: Preparation, unit: str) -> tuple[CameWith, ...]:
    """Return the diluent and the adaptor of vial `unit`, as far as the record knows them for certain."""
    before = holding.opened_vial(p, unit)
    if before is not None:
        return before.parts
    found = (_diluent_of(p, unit), _scanned(p, f"device:vial adaptor:{unit}"))
    return tuple(came_with(one) for one in found if one is not None)


def came_with(one: Container) -> CameWith:
    """Return a diluent or an adaptor as it stays with its vial."""
    role: Literal["diluent", "device"] = "diluent" if one.role == "diluent" else "device"
    names = (one.item_id, one.text, one.fluid or one.part, one.ndc, one.gtin14, one.lot)
    return CameWith(role, *names, one.expiry, one.unit, one.materials)


def _diluent_of(p: Preparation, unit: str) -> Container | None:
    """Return what vial `unit` was dissolved in: nothing that was scanned after it had its diluent."""
    dry, diluent = p.entries.get(f"recon-before:{unit}"), p.entries.get("diluent")
    if dry is None or diluent is None or diluent.version > dry.version:
        return None
    return _scanned(p, "diluent")


def _scanned(p: Preparation, slot: str) -> Container | None:
    scan = p.evidence(slot)
    return scan.found if isinstance(scan, Scan) and isinstance(scan.found, Container) else None


def harmed(p: Preparation) -> bool:
    """Say whether a spill, a leak or particles were noted at any time: of work, of a vial, or as why it ended."""
    said = (getattr(note.event, name, "") for note in p.notes for name in ("why", "reason"))
    return any(why in HAZARDS for why in said)


def spoilt(p: Preparation) -> bool:
    """Say whether no opened vial of it is put back: something was spilt or seen in it, or one did not weigh as it was kept."""
    return harmed(p) or any("NOT_AS_KEPT" in miss.codes for miss in p.near_misses)


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


def carried(p: Preparation, unit: str) -> bool:
    """Say whether another cabinet was scanned after a vial was: it did not stay where it can have been opened."""
    cabinet, vial = p.entries.get("cabinet"), p.entries.get(f"vial:{unit}")
    return cabinet is None or vial is None or cabinet.version > vial.version


def set_apart(p: Preparation) -> VialSetApart | None:
    """Return the vial that waits to be weighed with its new label on: the last one alone, so that no two labels are mixed up."""
    last = next((one.event for one in reversed(p.notes) if isinstance(one.event, VialSetApart)), None)
    done = last is None or any(one.label == last.label for one in kept(p))
    return None if done else last


def vial_of(p: Preparation, unit: str) -> Container | None:
    """Return the container that was scanned as vial `unit`."""
    return _scanned(p, f"vial:{unit}")


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
