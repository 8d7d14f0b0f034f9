"""What a log says of a preparation that is made by volume, read without the rules (R13)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from workflows import events as happened
from workflows.evidence import VolumeRead


def by_volume(begun: happened.Opened | happened.CountOpened) -> bool:
    """Say whether volumes are read off syringes instead of weighed."""
    return isinstance(begun, happened.Opened) and begun.plan.by_volume is not None


def read_ml(kept: Mapping[str, Any], unit: int) -> Decimal | None:
    """Return the mL kept as read of syringe `unit`; None while nobody read it."""
    found = kept.get(f"syringe-read:{unit}")
    return found.evidence.volume_ml if found is not None and isinstance(found.evidence, VolumeRead) else None


def in_all(kept: Mapping[str, Any], syringes: int) -> Decimal | None:
    """Return the mL read of all syringes together; None while one is not read."""
    each = [read_ml(kept, unit) for unit in range(1, syringes + 1)]
    return None if None in each else sum((one for one in each if one is not None), Decimal(0))
