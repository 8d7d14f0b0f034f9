"""The final label of a bottle of tablets or capsules (R54): what a patient reads at home."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from labels.final import FinalLabel
from labels.label import complete
from labels.trouble import LabelIncomplete, LabelRefused
from labels.wording import is_vinca, quantity

LONGEST_SUPPLY = 366
"""Days."""


@complete
@dataclass(frozen=True, kw_only=True)
class OralBottleLabel(FinalLabel):
    """`dose` is what is taken from this bottle at one time. It has no route but the mouth, and nothing that flows."""

    form: str
    """In words, in the plural: film-coated tablets, capsules."""
    strength: Decimal
    """Of one of them, in `dose_unit`."""
    each_time: int
    """How many are taken at a time; whole ones, as none is split (R54)."""
    times_a_day: int
    """How often on a day of taking, 1 to 12."""
    directions: str
    """In plain words, as the patient is to read them."""
    days_supply: int
    """Days that the bottle lasts, days without taking included, 1 to 366."""
    taking_days: int
    """On how many of them it is taken."""
    days_on: int | None = None
    """Of a cycle: taken on so many days …"""
    days_off: int | None = None
    """… then not on so many; both or neither. An irregular cycle stands in the directions alone."""
    count: int
    """How many are in the bottle: what was counted twice."""
    swallow_whole: bool = True
    """False only for a form that is made to be dissolved or chewed; the directions then say how."""
    child_resistant: bool
    """False prints that the closure is not."""
    refills: int
    """How often it may be filled again, 0 to 11; 0 prints none."""
    lot: str
    """Of the stock bottle."""
    discard_after: date
    """Last day of use; not before the supply is used up."""
    prescriber: str
    """Name."""

    def __post_init__(self) -> None:
        """Refuse a vinca drug, split tablets, and a count that is not what the directions take."""
        super().__post_init__()
        if is_vinca(self.drug):
            raise LabelRefused(
                "drug", f"{self.drug} is for intravenous use only: it gets no label of an oral bottle (L3)"
            )
        self._ranges()
        self._cycle()
        self._counts()
        self._lasts()

    def _ranges(self) -> None:
        for name, most in (("each_time", 50), ("times_a_day", 12), ("days_supply", LONGEST_SUPPLY), ("count", 9_999)):
            if not 1 <= getattr(self, name) <= most:
                raise LabelRefused(name, f"must be 1 to {most:,}")
        if not 0 <= self.refills <= 11:
            raise LabelRefused("refills", "must be 0 to 11")

    def _counts(self) -> None:
        """Refuse a dose that these tablets are not, and a count that is not what the directions take."""
        taken = self.each_time * self.strength
        if taken != self.dose:
            says = (
                f"{self.each_time} of {quantity(self.strength, self.dose_unit)} are {quantity(taken, self.dose_unit)}"
            )
            raise LabelRefused("dose", f"{says}, and the dose says {quantity(self.dose, self.dose_unit)}")
        needed = self.each_time * self.times_a_day * self.taking_days
        if needed != self.count:
            says = (
                f"{self.each_time} at a time, {self.times_a_day} times a day, on {self.taking_days} days are {needed:,}"
            )
            raise LabelRefused("count", f"{says}, and the bottle holds {self.count:,}")

    def _cycle(self) -> None:
        if not 1 <= self.taking_days <= self.days_supply:
            raise LabelRefused("taking_days", "must be 1 or more, and no more than the days' supply")
        if (self.days_on is None) != (self.days_off is None):
            lacking = "days_off" if self.days_on else "days_on"
            raise LabelIncomplete(lacking, "is missing: give both or neither")
        if self.days_on is None or self.days_off is None:
            return
        if self.days_on < 1 or self.days_off < 1:
            raise LabelRefused("days_on", "days on and days off must be 1 or more; leave both out where none is off")
        cycles, rest = divmod(self.days_supply, self.days_on + self.days_off)
        falls = cycles * self.days_on + min(rest, self.days_on)
        if falls != self.taking_days:
            says = f"{self.days_on} days on and {self.days_off} off are {falls} days of taking in {self.days_supply}"
            raise LabelRefused("taking_days", f"{says}, and the label says {self.taking_days}")

    def _lasts(self) -> None:
        made = self.prepared_at.astimezone(ZoneInfo(self.zone)).date()
        if self.discard_after < made + timedelta(days=self.days_supply):
            raise LabelRefused("discard_after", f"is before the supply of {self.days_supply} days is used up")
