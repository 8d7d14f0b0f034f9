"""What every label that leaves with a dose carries (R50), whatever the dose is in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from labels.label import PatientLabel
from labels.trouble import LabelIncomplete


@dataclass(frozen=True, kw_only=True)
class FinalLabel(PatientLabel):
    """What a bag, a syringe, a pump and a bottle of tablets have in common."""

    warnings: tuple[str, ...] = ()
    """Further warnings, in words."""
    storage: str
    """2 to 8 °C, protect from light."""
    handling: tuple[str, ...] = ()
    """Filter, line, vesicant: one sentence each."""
    cycle_day: str | None = None
    """Cycle 3, day 1; left out where the order has none."""
    order_number: str
    """As the ordering system prints it."""
    prepared_by: str
    """Name or initials."""
    prepared_at: datetime
    """When preparing was finished."""
    approved_by: str | None = None
    """Only where the label waits for approval."""
    approved_at: datetime | None = None
    """With `approved_by`, or neither."""
    pharmacy: str
    """Name of the pharmacy."""
    telephone: str
    """Its telephone."""
    study: str | None = None
    """Protocol and subject number of an investigational product (R56)."""

    def __post_init__(self) -> None:
        """Refuse half an approval."""
        super().__post_init__()
        if (self.approved_by is None) != (self.approved_at is None):
            lacking = "approved_at" if self.approved_by else "approved_by"
            raise LabelIncomplete(lacking, "is missing: give both or neither")
