"""The final labels of sterile preparations: bag, syringe, pump. What they carry besides, and what their amounts must say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, TypeAlias

from labels.agreement import APART, dose_agrees, pace_agrees
from labels.final import FinalLabel
from labels.label import IntoAVein, complete, safe_unit
from labels.trouble import LabelIncomplete, LabelRefused

VINCA_ROUTES = ("intravenous infusion", "intravenous")
"""All that a vinca drug's label may give as its route: a longer text could name another one beside it (L3)."""

INTRATHECAL = "FOR INTRATHECAL USE ONLY"
"""What stands on the syringe of an intrathecal dose, and on no other label."""

BY_MOUTH = "FOR ORAL USE ONLY"
"""What stands on an oral syringe, and on no other label."""

Overfill: TypeAlias = Literal["plus overfill", "exact volume"]
DoseUse: TypeAlias = Literal["single dose", "multiple dose"]
GivenBy: TypeAlias = Literal["push", "pump", "mouth"]


@dataclass(frozen=True, kw_only=True)
class SterileLabel(IntoAVein, FinalLabel):
    """What goes into a vein or a body space, and until when it may (R50)."""

    diluent: str
    """In words: dextrose 5 %; for an undiluted drug: undiluted."""
    container: str
    """In words: non-PVC bag."""
    total_volume: Decimal
    """mL in the container, overfill included where the policy counts it."""
    concentration: Decimal
    """In `concentration_unit`."""
    concentration_unit: str
    """mg/mL, units/mL."""
    route: str
    """In full words: intravenous infusion."""
    use_before: datetime
    """Beyond-use date and time, from the record."""
    dose_use: DoseUse
    """Single or multiple dose."""
    blinded: bool = False
    """Of a blinded study: `drug` is the study's own text, and the concentration is not printed (R56)."""

    def __post_init__(self) -> None:
        """Refuse a vinca drug by any other route, and a beyond-use time before its making."""
        super().__post_init__()
        safe_unit("concentration_unit", self.concentration_unit)
        self._only_into_a_vein()
        self._into_the_spine()
        self._into_the_mouth()
        if self.dose_use not in {"single dose", "multiple dose"}:
            raise LabelRefused("dose_use", "must be 'single dose' or 'multiple dose'")
        if self.use_before <= self.prepared_at:
            raise LabelRefused("use_before", "is not later than the time of preparing")

    def _into_the_spine(self) -> None:
        """Refuse an intrathecal dose in anything but a syringe, or without its sentence, and the sentence anywhere else."""
        spinal = "intrathecal" in self.route.casefold()
        if spinal and not isinstance(self, SyringeLabel):
            raise LabelRefused("route", "an intrathecal dose is made in a syringe")
        if spinal != (INTRATHECAL in self.warnings):
            raise LabelRefused(
                "warnings", f"{INTRATHECAL!r} stands on the label of an intrathecal dose, and on no other"
            )

    def _into_the_mouth(self) -> None:
        """Refuse what is swallowed in anything but an oral syringe, an oral syringe for anything else, and half its words."""
        swallowed = self.route.casefold().strip() == "oral"
        mouth = isinstance(self, SyringeLabel) and self.given_by == "mouth"
        oral = isinstance(self, SyringeLabel) and self.container.casefold().endswith("oral syringe")
        if len({swallowed, mouth, oral}) > 1:
            raise LabelRefused("route", "what is taken by mouth, and that alone, is in an oral syringe and says so")
        if swallowed != (BY_MOUTH in self.warnings):
            raise LabelRefused("warnings", f"{BY_MOUTH!r} stands on an oral syringe, and on nothing else")

    def _only_into_a_vein(self) -> None:
        """Refuse a vinca drug by any other route (L3)."""
        if self.vinca and self.route.casefold().strip() not in VINCA_ROUTES:
            allowed = " or ".join(map(repr, VINCA_ROUTES))
            says = f"{self.drug} is for intravenous use only, and the route says {self.route!r}: write {allowed}"
            raise LabelRefused("route", says)


@complete
@dataclass(frozen=True, kw_only=True)
class IvBagLabel(SterileLabel):
    """The final label of an infusion bag."""

    bag_volume: Decimal
    """mL, as the bag is sold or as measured."""
    overfill: Overfill
    """What the recipe does with the bag's overfill (R51)."""
    rate: Decimal
    """mL/h."""
    duration_minutes: int
    """Minutes, 1 to 10,080 (a week)."""
    admin_code: str | None = None
    """What the hospital's bedside system expects in a Code 128; printable ASCII."""

    def __post_init__(self) -> None:
        """Refuse an overfill policy that is none, and a duration of nothing."""
        super().__post_init__()
        if self.overfill not in {"plus overfill", "exact volume"}:
            raise LabelRefused("overfill", "must be 'plus overfill' or 'exact volume'")
        if not 1 <= self.duration_minutes <= 10_080:
            raise LabelRefused("duration_minutes", "must be 1 to 10,080 minutes")


@complete
@dataclass(frozen=True, kw_only=True)
class SyringeLabel(SterileLabel):
    """The final label of a syringe. `total_volume` is what is in it, and all of it is the dose."""

    given_by: GivenBy
    """push: by hand; pump: by a syringe pump; mouth: swallowed, out of an oral syringe."""
    rate: Decimal | None = None
    """mL/h, by a pump only."""
    duration_minutes: Decimal | None = None
    """Minutes, in whole seconds, up to 10,080 (a week). A push into a vein needs it, a pump needs it or the rate."""
    admin_code: str | None = None
    """What the hospital's bedside system expects in a Code 128; printable ASCII. Needs larger stock than the kind's own."""

    def __post_init__(self) -> None:
        """Refuse a pace that is none, and a volume that is not the dose."""
        super().__post_init__()
        if not any(letter.islower() for letter in self.route):
            raise LabelRefused("route", f"{self.route!r} is misread too easily: write the route in full words (N3)")
        if self.given_by not in {"push", "pump", "mouth"}:
            raise LabelRefused("given_by", "must be 'push', 'pump' or 'mouth'")
        minutes = self.duration_minutes
        if minutes is not None and not (minutes * 60 % 1 == 0 and 0 < minutes <= 10_080):
            raise LabelRefused("duration_minutes", "must be whole seconds, and no more than 10,080 minutes")
        {"push": self._pushed, "pump": self._pumped, "mouth": self._swallowed}[self.given_by]()
        dose_agrees(self.dose, self.dose_unit, self.concentration, self.concentration_unit, self.total_volume)

    def _pushed(self) -> None:
        """Refuse a push with a rate, as an infusion, or into a vein without its time."""
        if self.rate is not None:
            raise LabelRefused("rate", "is for a pump: a push says over how long")
        route = self.route.casefold()
        if "infusion" in route:
            raise LabelRefused("route", f"a push is no infusion, and the route says {self.route!r}")
        if "intravenous" in route and self.duration_minutes is None:
            raise LabelIncomplete("duration_minutes", "is missing: over how long is it pushed into the vein?")

    def _swallowed(self) -> None:
        """Refuse a pace: what is swallowed has none."""
        if self.rate is not None or self.duration_minutes is not None:
            raise LabelRefused("rate", "is for a pump: what is swallowed has neither a rate nor a time")

    def _pumped(self) -> None:
        """Refuse a pump without rate and time, or with two that do not run the volume."""
        if self.rate is None and self.duration_minutes is None:
            raise LabelIncomplete("rate", "is missing: give the pump's rate, its time, or both")
        if self.rate is not None and self.duration_minutes is not None:
            pace_agrees(self.rate, self.duration_minutes / 60, self.total_volume, APART * self.total_volume)

    def _only_into_a_vein(self) -> None:
        """Refuse a vinca drug altogether: from a syringe it can be given into the spine (L3)."""
        if self.vinca:
            says = f"{self.drug} is never given from a syringe, by whatever route: make it in an infusion bag"
            raise LabelRefused("container", says)
