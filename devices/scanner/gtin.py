"""What a GTIN with a right check digit says by itself: packaging level, restricted numbers, the NDC inside.

A right check digit accepts nothing (B4): only the exact GTIN-14 in the formulary does.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from devices.scanner.answer import CASE_LEVEL_GTIN, RCN_NOT_TRADE_ITEM, VARIABLE_MEASURE


@dataclass(frozen=True)
class GtinClaims:
    """What follows from a GTIN alone; all empty without one."""

    gtin14: str | None = None
    """Fourteen digits."""
    ndc10: str | None = None
    """The ten NDC digits of a GTIN `x03…`."""
    ndc11_candidates: tuple[str, ...] = ()
    """The three 11-digit forms in the order 4-4-2, 5-3-2, 5-4-1: the split is unknown (B25)."""
    flags: frozenset[str] = field(default_factory=frozenset)
    """CASE_LEVEL_GTIN, VARIABLE_MEASURE, RCN_NOT_TRADE_ITEM."""


def claims(gtin14: str | None) -> GtinClaims:
    """Return what `gtin14` (14 digits, check digit tested) says; everything empty for None."""
    if gtin14 is None:
        return GtinClaims()
    ndc10 = gtin14[3:13] if gtin14[1:3] == "03" else None
    return GtinClaims(gtin14, ndc10, ndc11_of(ndc10) if ndc10 else (), _flags(gtin14))


def ndc11_of(ndc10: str) -> tuple[str, ...]:
    """Return the three billing forms of ten NDC digits: a zero put into the labeler, product or package segment."""
    return "0" + ndc10, ndc10[:5] + "0" + ndc10[5:], ndc10[:9] + "0" + ndc10[9:]


def _flags(gtin14: str) -> frozenset[str]:
    flags = set()
    if gtin14[0] == "9":
        flags.add(VARIABLE_MEASURE)
    elif gtin14[0] != "0":
        flags.add(CASE_LEVEL_GTIN)
    short = gtin14.startswith("000000")  # a GTIN-8 filled with zeros
    if gtin14[1] == "2" or gtin14[1:3] in {"02", "04"} or (short and gtin14[6] in "02"):
        flags.add(RCN_NOT_TRADE_ITEM)
    return frozenset(flags)
