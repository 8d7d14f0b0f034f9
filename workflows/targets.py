"""A mass that is to be moved, with its limits: the window of R1 and the tolerance of R11."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from workflows import gravimetry
from workflows.quantities import Density, Mass, Volume
from workflows.recipe import Policy, Recipe


@dataclass(frozen=True, slots=True)
class Target:
    """One mass to be moved, with its limits (R1)."""

    volume_ml: Decimal
    """mL of liquid."""
    low_g: Decimal
    """Smallest accepted difference in g; 0 by volume."""
    expected_g: Decimal
    """Expected difference in g; 0 by volume: nothing is weighed, and no gram is worked out (R12)."""
    high_g: Decimal
    """Greatest accepted difference in g; 0 by volume."""
    tolerance: Decimal
    """The fraction behind the limits."""


def target(volume: Volume, density: Density, tolerance: Decimal) -> Target:
    """Return the mass of `volume` with its window (R1)."""
    limits = gravimetry.window(gravimetry.expected_mass(volume, density), tolerance)
    return Target(volume.ml, limits.low.g, limits.expected.g, limits.high.g, tolerance)


def by_scale(volume: Volume, tolerance: Decimal) -> Target:
    """Return a volume that is read off a syringe's scale: it has limits of its own, and no mass (R13)."""
    none = Decimal(0)
    return Target(volume.ml, none, none, none, tolerance)


def draw_tolerance(share: Volume, recipe: Recipe, policy: Policy) -> Decimal | None:
    """Return the fraction allowed for one draw of `share`: the policy's band, or the recipe's where that is narrower (R11).

    None where a weight alone is not accepted.
    """
    allowed = gravimetry.draw_tolerance(share, policy.bands)
    if allowed is None or recipe.tolerance is None:
        return allowed
    return min(allowed, recipe.tolerance)


def together(drug: Target, fluid_ml: Decimal, density: Density) -> Target:
    """Return the mass of `drug` and `fluid_ml` of a fluid in one container, with the tolerance of `drug`."""
    expected = Mass(drug.expected_g + fluid_ml * density.g_per_ml)
    limits = gravimetry.window(expected, drug.tolerance)
    return Target(drug.volume_ml + fluid_ml, limits.low.g, expected.g, limits.high.g, drug.tolerance)
