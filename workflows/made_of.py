"""What bags, reservoirs and devices can be made of: one word for each, so that no spelling hides one from the other (R46)."""

from __future__ import annotations

MATERIALS = (
    *("ABS", "acrylic", "aluminium", "copolyester", "DEHP", "EVA", "glass", "latex", "nylon", "polycarbonate"),
    *("polyester", "polyethylene", "polyisoprene", "polyolefin", "polypropylene", "polystyrene", "polyurethane"),
    *("PTFE", "PVC", "silicone", "stainless steel", "thermoplastic elastomer"),
)
"""Materials that the drug may touch. Where a plastic holds two that matter (PVC with DEHP, MABS is ABS), both are named."""


def not_known(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of the names that are none of MATERIALS, letter for letter."""
    return tuple(one for one in names if one not in MATERIALS)
