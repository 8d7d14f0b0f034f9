"""What the vials held, and what has left them: the balance's second opinion of every draw (R4)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Protocol

from workflows.evidence import Container, Evidence, Scan, Weighing
from workflows.open_vial import OpenVial
from workflows.plan import Plan
from workflows.recipe import Recipe
from workflows.standing import OUTSIDE


class Vials(Protocol):
    """What is asked of a preparation here: how it is made, what was scanned and what was weighed."""

    @property
    def recipe(self) -> Recipe:
        """How it is made by weight."""

    @property
    def plan(self) -> Plan:
        """The plan by weight."""

    def weighing(self, slot: str) -> Weighing | None:
        """Return the accepted weighing of a slot, or None."""

    def evidence(self, slot: str) -> Evidence | None:
        """Return the accepted evidence of a slot, or None."""


def opened_vial(p: Vials, unit: str) -> OpenVial | None:
    """Return what the record says of vial `unit` where it was opened for an earlier dose; None for a sealed one, or none."""
    scan = p.evidence(f"vial:{unit}")
    found = scan.found if isinstance(scan, Scan) else None
    return found.opened if isinstance(found, Container) else None


def full_slot(p: Vials, unit: str) -> str:
    """Return the slot that weighs vial `unit` before anything is drawn: with its diluent in, as it came, or as it was kept."""
    if opened_vial(p, unit) is not None:
        return f"vial-opened:{unit}"
    return f"recon-after:{unit}" if p.recipe.reconstitution else f"vial-before:{unit}"


def lost(p: Vials, unit: str) -> Decimal | None:
    """Return the grams that have left vial `unit`; None while a reading is missing."""
    return _fall(p, full_slot(p, unit), f"vial-after:{unit}")


def lost_in_all(p: Vials) -> Decimal | None:
    """Return the grams that have left all vials together; None until each is weighed."""
    return _sum(lost(p, str(unit)) for unit in range(1, p.plan.vials + 1))


def drawn_in_all(p: Vials) -> Decimal | None:
    """Return the grams in all syringes together; None until each is weighed."""
    return _sum(_drawn(p, unit) for unit in range(1, len(p.plan.syringes_ml) + 1))


def held(p: Vials, unit: str) -> Decimal | None:
    """Return the most grams that syringe `unit` can take from the vials meant for it; None where nobody knows.

    As many syringes as vials: each has its own. Else the vials are one stock, less what the other syringes hold. What
    a vial holds is its diluent and its drug; of a drug that comes as a liquid the overfill is not known.
    """
    each = [_content(p, str(vial)) for vial in range(1, p.plan.vials + 1)]
    if len(p.plan.syringes_ml) == p.plan.vials:
        return each[int(unit) - 1]
    stock = _sum(each)
    others = (_drawn(p, other) for other in range(1, len(p.plan.syringes_ml) + 1) if str(other) != unit)
    return None if stock is None else stock - sum((one for one in others if one is not None), Decimal(0))


def labelled(p: Vials, unit: str) -> Decimal | None:
    """Return the grams of liquid in vial `unit` before anything was drawn, overfill not counted; None while it is not known."""
    known, density = opened_vial(p, unit), p.recipe.density.g_per_ml
    if known is not None:
        return known.left_g
    if p.recipe.reconstitution:
        return _content(p, unit)
    return None if density is None else p.recipe.vial_ml * density


def exceeds(p: Vials, slot: str, reading: object, codes: Collection[str] = ()) -> bool:
    """Say whether a true reading of a filled syringe is more than its vials held: something else was entered too.

    A reading that was itself no good (unsettled, no pair) says nothing of where the liquid came from.
    """
    step, _, unit = slot.partition(":")
    if step != "syringe-full" or not isinstance(reading, Weighing) or not OUTSIDE.issuperset(codes):
        return False
    empty, most = p.weighing(f"syringe-empty:{unit}"), held(p, unit)
    return empty is not None and most is not None and reading.g - empty.g > most


def injected(p: Vials, slot: str, reading: object, gate: Decimal) -> bool:
    """Say whether a used syringe is lighter than it was filled, by more than the noise: some of it is in the bag."""
    step, _, unit = slot.partition(":")
    full = p.weighing(f"syringe-full:{unit}") if step == "syringe-used" else None
    return full is not None and isinstance(reading, Weighing) and full.g - reading.g > p.plan.draw.expected_g * gate


def _content(p: Vials, unit: str) -> Decimal | None:
    known = opened_vial(p, unit)
    if known is not None:
        return known.left_g if p.recipe.reconstitution else None
    gain = _fall(p, f"recon-after:{unit}", f"recon-before:{unit}")
    return None if gain is None else gain + p.recipe.vial_mg / 1000


def _drawn(p: Vials, unit: int) -> Decimal | None:
    return _fall(p, f"syringe-full:{unit}", f"syringe-empty:{unit}")


def _fall(p: Vials, heavy: str, light: str) -> Decimal | None:
    first, second = p.weighing(heavy), p.weighing(light)
    return first.g - second.g if first and second else None


def _sum(parts: Iterable[Decimal | None]) -> Decimal | None:
    total = Decimal(0)
    for part in parts:
        if part is None:
            return None
        total += part
    return total
