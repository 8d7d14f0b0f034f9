"""The final label of a pump's reservoir (R55): a cassette that a pump empties, or an elastomeric device that empties itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal, TypeAlias

from labels.agreement import dose_agrees, pace_agrees, rounded
from labels.label import complete
from labels.sterile import SterileLabel
from labels.trouble import LabelIncomplete, LabelRefused
from labels.wording import quantity

Device: TypeAlias = Literal["cassette", "elastomeric"]
LONGEST = 336
"""Hours: two weeks."""
_COLD = re.compile(r"\b2\s*(?:to|and|-|–)\s*8\b|fridge|refrigerator|(?<!do not )refrigerate")
"""Words of a storage that is a refrigerator."""


@complete
@dataclass(frozen=True, kw_only=True)
class PumpLabel(SterileLabel):
    """`total_volume` is all that was filled in: to infuse, to fill the line, and to stay behind."""

    device: Device
    """cassette: a pump is set to the rate; elastomeric: the device has its own, which is nominal."""
    volume_to_infuse: Decimal
    """mL that reach the patient: the dose is in these."""
    reservoir_volume: Decimal
    """mL in the reservoir when it starts, after the line was filled: what a pump is told."""
    prime_volume: Decimal | None = None
    """mL that fill the line; None where it is filled with something else."""
    residual_volume: Decimal | None = None
    """mL that stay behind on purpose; None for none."""
    total_dose: Decimal | None = None
    """All the drug in the device, in `dose_unit`; required where something was added to the volume to infuse."""
    rate: Decimal
    """mL/h, as it is set at the pump or stands on the device."""
    rate_step: Decimal = Decimal("0.1")
    """mL/h: what the pump can be set to in steps of."""
    hours: Decimal
    """How long it runs, up to 336 (two weeks)."""
    start: datetime | None = None
    """When it is to be connected, where that is known; else the label has blank lines for start and end."""
    library_entry: str | None = None
    """Entry and version of the pump's drug library; required for a cassette."""
    do_not_refrigerate: bool = False
    """True prints the sentence."""

    def __post_init__(self) -> None:
        """Refuse volumes, rate, hours and dose that do not say the same."""
        super().__post_init__()
        if self.device not in {"cassette", "elastomeric"}:
            raise LabelRefused("device", "must be 'cassette' or 'elastomeric'")
        if self.device == "cassette" and self.library_entry is None:
            raise LabelIncomplete("library_entry", "is missing: a pump is set by its library's entry and version")
        if not 0 < self.hours <= LONGEST:
            raise LabelRefused("hours", f"must be up to {LONGEST} hours")
        self._kept_one_way()
        self._volumes_add_up()
        self._paces()
        dose_agrees(self.dose, self.dose_unit, self.concentration, self.concentration_unit, self.volume_to_infuse)
        self._whole_dose()
        self._starts_in_time()

    @property
    def added(self) -> Decimal:
        """ML in the device beyond the volume to infuse."""
        return (self.prime_volume or Decimal(0)) + (self.residual_volume or Decimal(0))

    @property
    def end(self) -> datetime | None:
        """When it has run, if it is known when it starts."""
        # In UTC: a clock that is put forward or back meanwhile must not make the infusion shorter or longer.
        return self.start.astimezone(UTC) + timedelta(seconds=int(self.hours * 3600)) if self.start else None

    def _kept_one_way(self) -> None:
        if self.do_not_refrigerate and _COLD.search(self.storage.casefold()):
            raise LabelRefused("storage", f"{self.storage!r} is a refrigerator, and the label says DO NOT REFRIGERATE")

    def _volumes_add_up(self) -> None:
        filled = self.volume_to_infuse + self.added
        if self.total_volume != filled:
            says = f"is {quantity(self.total_volume, 'mL')}, and what is infused, fills the line and stays behind is"
            raise LabelRefused("total_volume", f"{says} {quantity(filled, 'mL')}")
        most = self.volume_to_infuse + (self.residual_volume or 0)
        if not self.volume_to_infuse <= self.reservoir_volume <= most:
            span = quantity(self.volume_to_infuse, "mL") + (
                f" to {quantity(most, 'mL')}" if self.residual_volume else ""
            )
            raise LabelRefused("reservoir_volume", f"must be {span}: what is infused, and what stays behind")

    def _paces(self) -> None:
        """Refuse a rate that the pump cannot be set to, or that does not run the volume in these hours (R55)."""
        step = quantity(self.rate_step, "mL/h")
        if self.device == "cassette" and self.rate % self.rate_step:
            says = f"{quantity(self.rate, 'mL/h')} cannot be set at a pump that goes in steps of {step}"
            raise LabelRefused(
                "rate", f"{says}: dilute to a volume that a rate it has runs in {quantity(self.hours, 'h')}"
            )
        # To within what the pump shows: a rate that is rounded to its step runs a volume that is not ordered.
        pace_agrees(self.rate, self.hours, self.volume_to_infuse, self.rate_step)

    def _whole_dose(self) -> None:
        """Refuse a total in the device that is not the dose and what was added, to three digits."""
        if self.total_dose is None:
            if self.added:
                raise LabelIncomplete("total_dose", "is missing, and more is in the device than is infused")
            return
        exact = self.dose * self.total_volume / self.volume_to_infuse
        if abs(self.total_dose - exact) > exact / 200:
            says = f"is {quantity(self.total_dose, self.dose_unit)}, and {quantity(self.total_volume, 'mL')} hold"
            raise LabelRefused("total_dose", f"{says} {quantity(rounded(exact), self.dose_unit)}")

    def _starts_in_time(self) -> None:
        if self.start and not self.prepared_at <= self.start <= self.use_before:
            raise LabelRefused("start", "must lie between the time of preparing and the beyond-use time")
