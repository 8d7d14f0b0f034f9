"""Did a zero or a tare come about? A command that is not acknowledged is known only by the weight that follows it."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from devices.balance.says import NotShown, Weight
from devices.readings import WeightRead, decimals_of

STEPS: Final = 2
"""A weight of no more than so many steps of its last digit is near zero (R10)."""


def near_zero(weight: Weight | WeightRead) -> bool:
    """True if the weight is at most two steps of its last digit away from zero, either way."""
    return abs(weight.value) <= STEPS * Decimal(1).scaleb(-decimals_of(weight.value))


def not_shown(command: str, weight: WeightRead) -> NotShown:
    """What the technician reads when a `zero` or `tare` was sent and the balance still shows a weight (F26)."""
    says = (
        f"The balance shows {weight.value} {weight.unit} after it was told to {command}: it did not. "
        "Press the key on the balance, and see that it has that command."
    )
    return NotShown(says, "not_ready", f"{command}_failed", raw=weight.raw[-1])
