"""What a message says, as values, before any store is asked: orders, a patient's news, or the reasons it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.interfaces.profile import Profile
from app.interfaces.reasons import Fault
from workflows.order import Order, OrderFinding, OrderKey, PatientText, Received, Source


@dataclass(frozen=True, slots=True)
class Header:
    """What the answer and the log need to know of a message; empty where it could not be read."""

    app: str = ""
    """MSH-3.1."""
    facility: str = ""
    """MSH-4.1."""
    to_app: str = ""
    """MSH-5.1."""
    to_facility: str = ""
    """MSH-6.1."""
    type: str = ""
    """MSH-9.1."""
    event: str = ""
    """MSH-9.2."""
    control_id: str = ""
    """MSH-10."""
    processing_id: str = ""
    """MSH-11.1."""
    version: str = ""
    """MSH-12.1."""
    accept: str = ""
    """MSH-15."""
    application: str = ""
    """MSH-16."""

    @property
    def sender(self) -> str:
        """The sender as part of an order key."""
        return f"{self.app}|{self.facility}"

    @property
    def enhanced(self) -> bool:
        """Whether the sender asks for enhanced mode."""
        return bool(self.accept or self.application)


@dataclass(frozen=True, slots=True)
class OrderAct:
    """What a message asks for one order."""

    control: str
    """ORC-1: NW, XO, RP, CA, DC, HD, RL, SC."""
    key: OrderKey
    """Which order."""
    at: str
    """Place of its ORC-2, for faults."""
    control_at: str
    """Place of its ORC-1."""
    changed_at: datetime | None
    """ORC-9, aware, UTC."""
    changed_place: str
    """Place of its ORC-9."""
    order: Order | None
    """The order as read, version 1 and active; None for CA, DC, HD, RL, SC, which need only ORC."""
    findings: tuple[OrderFinding, ...] = ()
    """What the reading itself noticed."""
    reason: str = ""
    """ORC-16 in words: why it is cancelled or held."""
    expected_version: int | None = None
    """Version that the sender believes to change (If-Match of FHIR); None where it says none."""
    received: tuple[Received, ...] = ()
    """Clinical values as they stood there, with their places, also where no order came of them."""
    revision: int | None = None
    """The sheet's own number of this change; a lower one than stored is refused."""


@dataclass(frozen=True, slots=True)
class PatientNews:
    """What an ADT message says."""

    event: str
    """A01 … A60."""
    weight_kg: Decimal | None = None
    """kg, if it brings one."""
    merged: tuple[tuple[str, str], ...] = ()
    """(record number, authority) of records that no longer exist (MRG-1)."""
    findings: tuple[OrderFinding, ...] = ()
    """What could not be read, for the patient's open orders: never silently absent (I42)."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One message, read. `errors` empty: it may be judged against the book. Not empty: nothing of it may be stored."""

    raw: bytes
    """The bytes, unchanged."""
    digest: str
    """SHA-256 in hex over all segments with MSH-7 and MSH-13 blanked: a restamped resend has the same (I52)."""
    header: Header
    """For the answer."""
    profile: Profile | None
    """Whose message it is; None if the sender is not known."""
    errors: tuple[Fault, ...] = ()
    """Reasons it is refused; one at the door, every one of the content."""
    patient: PatientText | None = None
    """The identity half."""
    deleted: tuple[str, ...] = ()
    """Patient fields sent as `""`: to be deleted; a field merely empty is unchanged (I16)."""
    orders: tuple[OrderAct, ...] = ()
    """In message order."""
    news: PatientNews | None = None
    """For ADT."""
    source: Source = "hl7v2"
    """Door it came in by."""

    @property
    def allergies_said(self) -> bool:
        """Whether the message says anything of allergies."""
        return bool(self.patient and self.patient.allergies) or "allergies" in self.deleted
