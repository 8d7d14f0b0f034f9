"""What became of everything that was brought in: each container's fate, a vial kept for another dose, the drug thrown away."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from workflows.evidence import Container, Scan, Weighing


@dataclass(frozen=True, slots=True)
class VialSetApart:
    """An opened vial of a released dose was weighed and gets a unit label; it is no stock before it was weighed with it on."""

    slot: str
    """Which vial it was: vial:1."""
    container: Container
    """What it is to be as stock: its new unit, and under `opened` what is left and until when."""
    scan: Scan
    """Its own code, read once more."""
    weighing: Weighing
    """The vial with its adaptor, before the new label is on it."""
    label: str
    """Eight characters of the unit label that it gets."""


@dataclass(frozen=True, slots=True)
class VialKept:
    """An opened vial of a released dose stays in its cabinet as stock; it has a code of its own from now on."""

    slot: str
    """Which vial it was: vial:1."""
    container: Container
    """What it is as stock: its new unit, and under `opened` what is left and until when."""
    scan: Scan
    """Its new unit label, read on the vial."""
    weighing: Weighing
    """The vial with its adaptor and that label, as it was kept."""
    label: str
    """Eight characters of its unit label."""

    @property
    def left_ml(self) -> Decimal:
        """ML left in it, by weight."""
        return self.container.opened.left_ml if self.container.opened else Decimal(0)

    @property
    def left_mg(self) -> Decimal:
        """Mg of drug in that."""
        return self.left_ml * (self.container.concentration_mg_ml or Decimal(0))


@dataclass(frozen=True, slots=True)
class ContainerAccount:
    """What became of one container that was scanned in (property 8)."""

    unit: str
    """Its unit id."""
    text: str
    """What it is."""
    lot: str
    """Lot."""
    fate: Literal["used", "used, rest wasted", "used, rest kept", "wasted", "not opened", "put back", "dispensed"]
    """What became of it; “put back” stands in old records alone."""


@dataclass(frozen=True, slots=True)
class Closed:
    """Every container is accounted for; nothing more can happen but corrections."""

    accounts: tuple[ContainerAccount, ...]
    """One a container."""
    wasted_ml: Decimal
    """mL of drug solution discarded."""
    wasted_mg: Decimal
    """mg of drug discarded."""
    kept_mg: Decimal = Decimal(0)
    """mg of drug in opened vials that were kept (R32)."""
    brought_mg: Decimal | None = None
    """mg in all that was brought in, by label or by what was left in it; None: not stated. Less the other two, it was used."""
