"""An opened vial as stock: what is left in it, until when, where, and what else is in it or on it (R31, R32)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal


@dataclass(frozen=True, slots=True)
class CameWith:
    """What an opened vial holds or carries beside its drug: its recall or expiry is the vial's own (R19, R30)."""

    role: Literal["diluent", "device"]
    """The diluent that its powder was dissolved in, or the closed-system adaptor that is on it."""
    item_id: str
    """The product all its package codes map to (R18a)."""
    text: str
    """Name, size and maker as a person reads them."""
    what: str
    """Name of the fluid, or kind of device: dextrose 5 %, vial adaptor."""
    ndc: str
    """National drug code with its dashes; empty where there is none."""
    gtin14: str
    """14 digits; empty where its code was one of our own unit labels for goods without a GTIN."""
    lot: str
    """Lot, verbatim."""
    expiry: date | None
    """Last day of use in the site's zone; None if not known."""
    unit: str
    """Which container or piece it was; empty if its code cannot tell."""
    materials: tuple[str, ...] = ()
    """What it is made of, as the formulary says; empty where nobody has said (R46)."""


@dataclass(frozen=True, slots=True)
class OpenVial:
    """What the record says of a vial that was opened for an earlier dose and kept in its cabinet for another (R32)."""

    of: str
    """The unit id that it had before it was kept."""
    punctured_at: datetime
    """First puncture, UTC, at the earliest: when it was scanned, sealed, for the dose that opened it (R31)."""
    until: datetime
    """End of its in-use limit, UTC: the least of all that was ever known of it (R30, R31)."""
    cabinet: str
    """The one cabinet in which it was opened and has stayed."""
    gross_g: Decimal
    """Gross g as it was kept, with its adaptor and, once `label_g` is known, its unit label: what it must still weigh."""
    left_g: Decimal
    """g of liquid left, by weight; overfill is not counted."""
    left_ml: Decimal
    """The same in mL."""
    unsure_ml: Decimal
    """Expanded uncertainty (k = 2) of `left_ml`."""
    balance: str
    """Serial number of the balance that weighed it."""
    label_g: Decimal | None = None
    """g that its unit label weighs; None: it was not weighed with its label on yet, and is no stock."""
    history: int = 0
    """Number of the last line of its cabinet's history at the first puncture: what stands behind it happened later."""
    parts: tuple[CameWith, ...] = ()
    """Its diluent, where it was a powder, and its adaptor."""
    density_g_per_ml: Decimal | None = None
    """g/mL that `left_ml` was worked out with; None: not recorded, and so held against no recipe's."""

    def part(self, role: Literal["diluent", "device"]) -> CameWith | None:
        """Return its diluent or its adaptor; None where the record names none."""
        return next((one for one in self.parts if one.role == role), None)


@dataclass(frozen=True, slots=True)
class StandsOpen:
    """An opened vial that stands in a cabinet: stock, waiting for its label, or to be discarded (R20, R42)."""

    drug: str
    """Generic name in lower case."""
    text: str
    """Name, size and maker as a person reads them."""
    label: str
    """Eight characters of its unit label; empty for one that has none yet, or none of its own any more."""
    preparation: str = ""
    """The dose that it was opened or brought in for, and whose leftovers are not discarded; empty for one that was kept."""
