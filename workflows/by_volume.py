"""Making by volume where a balance cannot decide: for what, with which reason, and how far a volume read may be off (R13)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from workflows import gravimetry
from workflows.circumstances import BalanceStatus
from workflows.findings import Finding
from workflows.quantities import Mass, Volume
from workflows.recipe import Policy, Recipe

Why = Literal["draw too small to weigh", "density not known well enough", "balance away"]
WHYS: tuple[Why, ...] = ("draw too small to weigh", "density not known well enough", "balance away")
"""For what a site may let a pharmacist have something made by volume."""
SMALL_ML = Decimal("2.5")
"""Greatest mL of one draw that may be called too small: the coarsest balance (d = 0.01 g) judges 2.32 g and more (R13)."""
LEAST_REASON = 10
"""Letters that a reason must have (Q3)."""
LIFTED = frozenset({"DRAW_TOO_SMALL", "DENSITY_MISSING", "DENSITY_DOES_NOT_GATE", "DENSITY_TOO_UNCERTAIN"})
"""What stands in the way of weighing only."""
OF_DENSITY = LIFTED - {"DRAW_TOO_SMALL"}
"""Findings by which a density is not known well enough."""
WEIGH = "Have it made by weight."


@dataclass(frozen=True, slots=True)
class ByVolume:
    """That one preparation is made by volume instead of by weight."""

    why: Why
    """What keeps a balance from deciding."""
    reason: str
    """In the pharmacist's own words, at least ten letters."""


def left(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings that stand in the way of making by volume too."""
    return tuple(one for one in findings if one.code not in LIFTED)


def unfit(
    asked: ByVolume, share_ml: Decimal, recipe: Recipe, policy: Policy, found: Iterable[Finding]
) -> Iterator[Finding]:
    """Yield why this is not made by volume: not allowed here, no reason, a powder, or a balance can decide after all.

    `share_ml`: mL of one draw. `found`: everything that stands in the way of weighing.
    """
    codes = {one.code for one in found}
    if asked.why not in policy.by_volume:
        says = f"The site policy lets nothing be made by volume for this: {asked.why}."
        yield Finding("NOT_BY_VOLUME", says, WEIGH)
    if len(asked.reason.strip()) < LEAST_REASON:
        says = f"Making by volume has a reason of at least {LEAST_REASON} letters."
        yield Finding("REASON_NEEDED", says, "Write why.")
    if recipe.reconstitution is not None:
        says = f"{recipe.drug} comes as a powder: how strong its solution is, only weighed diluent tells (R5)."
        yield Finding("POWDER_NOT_BY_VOLUME", says, WEIGH)
    if asked.why == "draw too small to weigh" and "DRAW_TOO_SMALL" not in codes and share_ml > SMALL_ML:
        says = f"A draw of {share_ml.normalize():f} mL is not too small to be weighed."
        yield Finding("CAN_BE_WEIGHED", says, WEIGH)
    if asked.why == "density not known well enough" and codes.isdisjoint(OF_DENSITY):
        yield Finding("CAN_BE_WEIGHED", f"The density of {recipe.drug} is known well enough to be weighed.", WEIGH)


def weighed_by(
    asked: ByVolume, share_ml: Decimal, recipe: Recipe, policy: Policy, balances: Iterable[BalanceStatus]
) -> str:
    """Return why a draw that is called too small is weighed after all: a balance of the site can judge it (R13); else empty.

    `share_ml`: mL of one draw. A balance that is not to be had is another reason, and the pharmacist's to give.
    """
    density = recipe.density.g_per_ml
    allowed = gravimetry.draw_tolerance(Volume(share_ml), policy.bands)
    if asked.why != "draw too small to weigh" or density is None or allowed is None:
        return ""
    for one in balances:
        s, d = Mass(one.repeatability_g), Mass(one.division_g)
        least = gravimetry.smallest_weighable(s, d, policy.weigh_gate)
        if s.g > 0 and share_ml * density >= least.g:
            says = f"{one.name} can judge a draw of {share_ml.normalize():f} mL: it weighs {least.g:.2f} g and more."
            return f"{says} Have it made by weight there, or say that the balance is away."
    return ""


def tolerance(recipe: Recipe, policy: Policy) -> Decimal:
    """Return the fraction by which a volume read may be off: never more than the dose, or this product, may be."""
    return min(policy.volume_tolerance, policy.dose_tolerance, policy.dispensed_ceiling, recipe.tolerance or Decimal(1))
